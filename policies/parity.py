"""Staging held against production: what may differ, what may not, and by how much.

Owns the pairs and the knobs. `compare` takes two plans, one of each stack; the rule `parity` takes the pairs
of one program that declares both, or of the stacks that are judged together (`Beside`). Staging may be
smaller (a quarter of the memory, a fifth of the instances) and nothing else: a fault that only production's
shape brings out must not meet its first load there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from catalog import sql
from policies.plan.values import Secret, Unknown, Value, at, elements, text
from policies.plan.workloads import SERVICE, SERVICES
from policies.posture import stores
from policies.sizing.demand import max_instances
from policies.sizing.instances import tier_of
from policies.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from policies.plan import Plan, Resource
    from policies.plan.graph import Key

PARITY: Final = "parity"  # the rule that holds them against one another
LEAST_MEMORY: Final = 1 / 4
LEAST_INSTANCES: Final = 1 / 5
STAGING: Final = frozenset({"staging", "stage", "stg"})
PRODUCTION: Final = frozenset({"production", "prod", "prd"})
TYPES: Final[Mapping[str, str]] = {
    stores.SQL: "database",
    stores.REDIS: "cache",
    **dict.fromkeys(SERVICES, "service"),
}
# These follow from the tier's memory, which may differ.
_SIZED_FLAGS: Final = frozenset(
    {
        *("max_connections", "shared_buffers", "effective_cache_size", "work_mem", "maintenance_work_mem"),
        *("temp_buffers", "wal_buffers", "autovacuum_work_mem", "hash_mem_multiplier", "max_wal_size"),
    }
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which staging is not like production.

    Attributes:
        knob: What differs, as the resource spells it.
        resource: Staging's resource, or the one that has no counterpart.
        verdict: Unproven while a value of either is not known.
        message: What differs.
        fix: What to do.
    """

    knob: str
    resource: Resource
    verdict: Verdict
    cause: str
    message: str
    fix: str


@dataclass(frozen=True, slots=True)
class Beside:
    """What a stack is held against: the stacks of the other environment that are judged together with it.

    Attributes:
        environment: The stack's own: `staging` or `production`.
        others: The other environment's stacks, by what the user calls them.
    """

    environment: str
    others: Mapping[str, Plan]


def compare(staging: Plan, production: Plan) -> Iterator[Difference]:
    """Everything in which one stack may not differ from the other, and does."""
    for plan, own, other in ((staging, "staging", production), (production, "production", staging)):
        for resource in plan.of_type(TYPES):
            yield from against(resource, plan, own, other)


def against(resource: Resource, plan: Plan, own: str, other: Plan) -> Iterator[Difference]:
    """In what one resource of a stack may not differ from the other environment's stack, and does.

    What differs is said of staging's resource; that there is no counterpart, of whichever has none.

    Args:
        resource: The resource.
        plan: Its stack.
        own: Its environment: `staging` or `production`.
        other: The other environment's stack.
    """
    if not is_compared(resource):
        return
    kind = TYPES[resource.type]
    ours, theirs = plan.index(tuple(TYPES), _roles), other.index(tuple(TYPES), _roles)
    same = theirs.get(f"{kind} {role(resource)}")
    if kind != "service" and len(ours.get(kind)) == len(theirs.get(kind)) == 1:
        # The only ones of their kind need no name in common.
        same = theirs.get(kind)
    counterpart = same[-1] if same else None
    if counterpart is None:
        yield alone(resource, "production" if own == "staging" else "staging")
    elif own == "staging":
        yield from differences(resource, counterpart)


def environment_of(words: str) -> str | None:
    """The environment that a stack's name or a project's id names by a word: `chat-stg` is staging."""
    parts = set(re.split(r"[-_./]", words.lower()))
    if parts & STAGING:
        return "staging"
    return "production" if parts & PRODUCTION else None


def is_compared(resource: Resource) -> bool:
    """Whether a resource has a counterpart: a replica may be one environment's alone."""
    return resource.type != stores.SQL or not stores.is_replica(resource)


def role(resource: Resource) -> str:
    """What a resource is called beside the name of its environment: `netra-backend`."""
    name = text(resource.at("name"))
    words = re.split(r"[-_]", name if isinstance(name, str) else resource.name)
    return "-".join(word for word in words if word not in STAGING | PRODUCTION)


def differences(staging: Resource, production: Resource) -> Iterator[Difference]:
    """In what two resources of one role may not differ, and do."""
    yield from _KINDS[TYPES[staging.type]](_Pair(staging, production))


def alone(resource: Resource, missing: str) -> Difference:
    """That a resource has no counterpart in the other environment."""
    kind, name = TYPES[resource.type], _called(resource)
    return Difference(
        "the set of " + kind + "s",
        resource,
        Verdict.REFUTED,
        "ONLY_IN_ONE",
        f"{name} has no counterpart in {missing}: what one environment runs the other does not",
        f"declare the {kind} in {missing} too, or take it out of both",
    )


@dataclass(frozen=True, slots=True)
class _Pair:
    staging: Resource
    production: Resource

    def same(self, knob: str, ours: Value, theirs: Value) -> Iterator[Difference]:
        one, other = text(ours), text(theirs)
        if isinstance(one, Unknown) or isinstance(other, Unknown):
            yield self._unknown(knob)
        elif one != other:
            yield self._differs(knob, f"{_shown(ours)} in staging, {_shown(theirs)} in production")

    def path(self, *path: str, default: str | None = None) -> Iterator[Difference]:
        ours, theirs = self.staging.at(*path), self.production.at(*path)
        yield from self.same(
            ".".join(path), default if ours is None else ours, default if theirs is None else theirs
        )

    def least(
        self, knob: str, share: float, ours: float | Unknown | None, theirs: float | Unknown | None
    ) -> Iterator[Difference]:
        if isinstance(ours, Unknown) or isinstance(theirs, Unknown):
            yield self._unknown(knob)
        elif ours is not None and theirs is not None and ours < theirs * share:
            yield self._differs(
                knob, f"{ours:g} in staging, less than 1/{1 / share:g} of production's {theirs:g}"
            )

    def _differs(self, knob: str, how: str) -> Difference:
        message = f"{_called(self.staging)} is not like {_called(self.production)}: {knob} is {how}"
        fix = f"set {knob} of staging to what production has, or as near as may be"
        return Difference(knob, self.staging, Verdict.REFUTED, "STAGING_DIFFERS", message, fix)

    def _unknown(self, knob: str) -> Difference:
        ours, theirs = _called(self.staging), _called(self.production)
        message = f"cannot tell whether {ours} is like {theirs}: {knob} is not known"
        return Difference(
            knob, self.staging, Verdict.UNPROVEN, "PARITY_UNKNOWN", message, f"write {knob} out in both"
        )


def _database(pair: _Pair) -> Iterator[Difference]:
    ours, theirs = pair.staging, pair.production
    yield from pair.path("databaseVersion")
    yield from pair.same("settings.edition", _edition(ours), _edition(theirs))
    yield from pair.path("settings", "availabilityType", default="ZONAL")
    yield from _flags(pair)
    yield from pair.least("the memory of settings.tier, in MB,", LEAST_MEMORY, _memory(ours), _memory(theirs))


def _cache(pair: _Pair) -> Iterator[Difference]:
    yield from pair.same("the major of redisVersion", _major(pair.staging), _major(pair.production))
    yield from pair.path("tier", default="BASIC")
    yield from pair.path("authEnabled", default="false")
    yield from pair.path("transitEncryptionMode", default="DISABLED")
    yield from pair.path("connectMode", default="DIRECT_PEERING")
    yield from pair.path("redisConfigs", "maxmemory-policy")
    ours, theirs = _number(pair.staging.at("memorySizeGb")), _number(pair.production.at("memorySizeGb"))
    yield from pair.least("memorySizeGb", LEAST_MEMORY, ours, theirs)


def _service(pair: _Pair) -> Iterator[Difference]:
    ours, theirs = _way(pair.staging), _way(pair.production)
    yield from pair.same("the way into the network", ours, theirs)
    if ours == theirs and ours != _NO_WAY:
        yield from pair.same("the egress mode", _egress(pair.staging), _egress(pair.production))
    yield from pair.least(
        "the most instances", LEAST_INSTANCES, max_instances(pair.staging), max_instances(pair.production)
    )


_KINDS: Final[Mapping[str, Callable[[_Pair], Iterator[Difference]]]] = {
    "database": _database,
    "cache": _cache,
    "service": _service,
}
_NO_WAY: Final = "none"


def _roles(plan: Plan, resource: Resource) -> Iterator[Key]:
    del plan
    if is_compared(resource):
        yield TYPES[resource.type]
        yield f"{TYPES[resource.type]} {role(resource)}"


def _edition(instance: Resource) -> Value:
    said, version = instance.at("settings", "edition"), text(instance.at("databaseVersion"))
    if said is None and isinstance(version, str) and version in sql.VERSIONS:
        return sql.default_edition(version)
    return "ENTERPRISE" if said is None else said


def _memory(instance: Resource) -> float | Unknown | None:
    name = text(instance.at("settings", "tier"))
    if isinstance(name, Unknown):
        return name
    tier = tier_of(instance)
    return None if tier is None else tier.memory_mb


def _flags(pair: _Pair) -> Iterator[Difference]:
    ours, theirs = _written(pair.staging), _written(pair.production)
    if isinstance(ours, Unknown) or isinstance(theirs, Unknown):
        yield from pair.same("settings.databaseFlags", Unknown(), None)
        return
    for name in sorted(ours.keys() | theirs.keys()):
        if name in _SIZED_FLAGS:
            yield from pair.same(f"flag {name}", _set(name in ours), _set(name in theirs))
        else:
            yield from pair.same(f"flag {name}", ours.get(name), theirs.get(name))


def _written(instance: Resource) -> Mapping[str, Value] | Unknown:
    listed = elements(instance.at("settings", "databaseFlags"))
    if isinstance(listed, Unknown):
        return listed
    found = {text(at(one, "name")): at(one, "value") for one in listed}
    return {name: value for name, value in found.items() if isinstance(name, str)}


def _set(is_: bool) -> str:  # noqa: FBT001 - the word for a yes or no
    return "set" if is_ else "not set"


def _major(cache: Resource) -> Value:
    version = text(cache.at("redisVersion"))
    return version.removeprefix("REDIS_").partition("_")[0] if isinstance(version, str) else version


def _way(service: Resource) -> Value:
    if service.type == SERVICE:
        connector = text(service.at("template", "vpcAccess", "connector"))
        interfaces = elements(service.at("template", "vpcAccess", "networkInterfaces"))
        # A connector's id that is not known yet is still a connector's.
        if connector is not None:
            return "connector"
        return interfaces if isinstance(interfaces, Unknown) else "direct" if interfaces else _NO_WAY
    notes = ("template", "metadata", "annotations")
    if service.at(*notes, "run.googleapis.com/vpc-access-connector") is not None:
        return "connector"
    return "direct" if service.at(*notes, "run.googleapis.com/network-interfaces") is not None else _NO_WAY


def _egress(service: Resource) -> Value:
    if service.type == SERVICE:
        said = service.at("template", "vpcAccess", "egress")
    else:
        said = service.at("template", "metadata", "annotations", "run.googleapis.com/vpc-access-egress")
    word = text(said)
    if isinstance(word, Unknown):
        return word
    return "PRIVATE_RANGES_ONLY" if word is None else word.upper().replace("-", "_")


def _number(value: Value) -> float | Unknown | None:
    said = text(value)
    if isinstance(said, Unknown) or said is None:
        return said
    try:
        return float(said)
    except ValueError:
        return None


def _called(resource: Resource) -> str:
    name = resource.at("name")
    return name if isinstance(name, str) else resource.name


def _shown(value: Value) -> str:
    if isinstance(value, Secret):
        return "[secret]"
    return text(value) or "not set" if not isinstance(value, Unknown) else "not known"
