"""Every route of a workload: each destination found, and the way to it walked.

Owns what follows when a destination is not certain: one candidate is it; of several, all must be within
reach, or none is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from policies.plan.values import UNKNOWN, Unknown, text
from policies.plan.workloads import Environment, environment, environments, shown_name
from policies.routes.addresses import holder
from policies.routes.answers import (
    ZONE_UNKNOWN,
    agreed,
    best,
    from_nothing,
    local,
    not_seen,
    unsure,
    wrong_kind,
)
from policies.routes.approach import Asked, Mode, Target
from policies.routes.destinations import (
    ALIKE,
    LOCAL,
    TYPES,
    Endpoint,
    candidates_for,
    comes_from,
    declared_external,
    endpoints,
    endpoints_of,
    mode_of,
    only_from,
    owners,
    shown_wrong,
    sidecars,
    unknown_values,
)
from policies.routes.hosts import Host, hosts_of, last
from policies.routes.internet import to_internet
from policies.routes.names import Record, record_of
from policies.routes.networks import REDIS, SQL, externals
from policies.routes.private import only_public_is_ruled_out, walk
from policies.routes.route import Kind, Route, Trace
from policies.routes.serving import writable
from policies.routes.sockets import (
    CONNECTION_NAME,
    SOCKET,
    Said,
    any_unknown,
    by_socket,
    mounted,
    mounts_any,
)
from policies.routes.ways import Way, way_of
from policies.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from contracts import External, Requirements
    from contracts.model import Destination
    from policies.plan import Resource
    from policies.rules.registry import World

KINDS: Final[tuple[Kind, ...]] = ("database", "cache", "internet")


def routes_of(resource: Resource, world: World, kinds: Iterable[Kind] = KINDS) -> Sequence[Route]:
    """The routes of a workload to destinations of some kinds.

    Before the plan is whole, only those of which something can be certain.
    """
    requirements = world.requirements_of(resource)
    env = environment(resource, None if requirements is None else requirements.container)
    judged = _Workload(resource, world, requirements, env, way_of(resource, world))
    found: list[Route] = []
    for kind in kinds:
        found += judged.internet() if kind == "internet" else judged.instances(kind)
    return found


@dataclass(frozen=True, slots=True)
class _Workload:
    """A workload, and all that is needed to judge its routes."""

    resource: Resource
    world: World
    required: Requirements | None
    env: Environment
    way: Way

    @property
    def shown(self) -> str:
        return shown_name(self.resource)

    def instances(self, kind: Kind) -> Iterator[Route]:
        """The routes to caches or databases: the contract's, then those the environment refers to."""
        wanted = self._wanted(kind)
        reached: set[str] = set()
        if wanted is not None:
            for route, urn in self._contracted(kind, wanted):
                reached.add(urn)
                yield route
        if self.world.closed:
            yield from self._referred(kind, wanted, reached)

    def internet(self) -> Iterator[Route]:
        """The routes to hosts on the internet."""
        everywhere = environments(self.resource)
        for host in hosts_of(self.required, self.env, self.way, everywhere, closed=self.world.closed):
            trace = Trace("internet", host.shown, [self.shown])
            to_internet(self.world, trace, self.way, host)
            yield trace.route()

    def _wanted(self, kind: Kind) -> Destination | None:
        if self.required is None:
            return None
        wanted = self.required.destinations
        return wanted.cache if kind == "cache" else wanted.database

    def _contracted(self, kind: Kind, wanted: Destination) -> Iterator[tuple[Route, str]]:
        port: str | Unknown | None = None
        told = last(self.env, wanted.port) if wanted.port else None
        if told is not None:
            port = UNKNOWN if told.from_secret is not False else text(told.value)
        asked = Asked(kind, wanted.host, port, wanted.port, writes=not wanted.read_only)
        variable = last(self.env, wanted.host)
        if variable is None:
            if self.world.closed:
                yield unsure(self.shown, asked, "ENV_MISSING", "is not set", "env-required"), ""
            return
        if variable.from_secret is not False:
            if self.world.closed:
                yield (
                    unsure(
                        self.shown, Asked(kind, wanted.host), "HOST_UNKNOWN", "is read from Secret Manager"
                    ),
                    "",
                )
            return
        value = text(variable.value)
        if isinstance(value, Unknown):
            yield from self._unknown(asked)
        elif value is not None and value.strip():
            yield from self._known(asked, value.strip())
        elif self.world.closed:
            yield unsure(self.shown, asked, "ENV_MISSING", "is empty", "env-required"), ""

    def _unknown(self, asked: Asked) -> Iterator[tuple[Route, str]]:
        """A host that is not known yet: what the template depends on, and never what merely could be it."""
        if not self.world.closed:
            yield from self._no_way_at_all(asked)
            return
        mode: Mode = "socket" if asked.kind == "database" and mounts_any(self.resource) else "tcp"
        candidates: list[Resource] = [*candidates_for(self.world, self.resource, asked.kind)]
        if asked.writes:
            # Whose output an unknown host is nobody can tell: it is taken for that of the one which fits.
            candidates = [*writable(candidates)]
        candidates = candidates or [*endpoints_of(self.world, self.resource)]
        if candidates:
            targets = [asked.target(one, mode) for one in candidates]
            yield self._of_all(asked, targets), candidates[0].urn if len(candidates) == 1 else ""
            return
        wrong = SQL if asked.kind == "cache" else REDIS
        other = [shown_wrong(one) for one in comes_from(self.world, self.resource, wrong)]
        if other and only_from(self.world, self.resource, wrong):
            yield wrong_kind(self.shown, asked, other[0]), ""
            return
        outside = [one.id for one in externals(self.world, self.resource, asked.kind)]
        yield from_nothing(self.shown, asked, next(iter(other), None), outside), ""

    def _no_way_at_all(self, asked: Asked) -> Iterator[tuple[Route, str]]:
        """Certain before the plan is whole: no way into a network, and every candidate is private."""
        if self.way.kind != "none":
            return
        if asked.kind == "database" and mounts_any(self.resource):
            return
        private = only_public_is_ruled_out(self.world, asked.kind)
        if private is not None:
            yield walk(self.world, self.shown, self.way, asked.target(private)), private.urn

    def _known(self, asked: Asked, value: str) -> Iterator[tuple[Route, str]]:
        socket = SOCKET.search(value)
        if socket is not None:
            if asked.kind == "database":
                yield from self._socket(Said(socket[1], asked.variable, writes=asked.writes))
            elif self.world.closed:
                yield wrong_kind(self.shown, asked, "a Cloud SQL socket"), ""
            return
        told = endpoints(value)
        if not told and self.world.closed:
            yield unsure(self.shown, asked, "HOST_UNKNOWN", "holds no host and no address of IPv4"), ""
        # Of several hosts one may be for reading.
        asked = replace(asked, writes=asked.writes and len(told) == 1)
        for host in told:
            # A port that is written beside the host is the one that counts, and the one to mend.
            own = replace(asked, port=host.port, port_variable=asked.variable) if host.port else asked
            if host.host in LOCAL:
                if self.world.closed:
                    yield local(self.shown, own, listens=sidecars(self.resource)), ""
            elif host.address is None:
                yield from self._by_name(own, host)
            else:
                yield from self._at_address(own, host)

    def _at_address(self, asked: Asked, host: Endpoint) -> Iterator[tuple[Route, str]]:
        external = declared_external(self.world, self.resource, host.host)
        found = owners(self.world, host.host)
        if found:
            yield self._owned(asked, host, found)
        elif external is not None:
            yield self._declared(asked, host, external), ""
        elif self.world.closed:
            at_ = holder(self.world.plan, host.host)
            if at_ is not None:
                target = asked.target(at_, "private", host.host)
                yield walk(self.world, self.shown, self.way, target), ""
            elif host.private:
                why = "holds a private address that nothing in this plan has"
                yield unsure(self.shown, asked, "ADDRESS_UNKNOWN", why, "route-address"), ""
            else:
                yield self._public(asked), ""
        elif host.private and not self.world.plan.preview:
            if asked.kind == "database" and self._is_the_cache(host):
                yield wrong_kind(self.shown, asked, "its cache, by its other variable"), ""
            else:
                yield from self._seen_so_far(asked, host)

    def _is_the_cache(self, host: Endpoint) -> bool:
        """Whether the contract's cache is told the same address: one of the two is wrong, whosever it is."""
        wanted = self._wanted("cache")
        told = None if wanted is None else last(self.env, wanted.host)
        value = None if told is None else text(told.value)
        return isinstance(value, str) and host.host in {one.host for one in endpoints(value.strip())}

    def _seen_so_far(self, asked: Asked, host: Endpoint) -> Iterator[tuple[Route, str]]:
        """In the update, an address is that of something created before: if none is in reach, none is it."""
        first: Route | None = None
        for candidate in reversed(list(self.world.plan.of_type((TYPES[asked.kind],)))):
            route = walk(self.world, self.shown, self.way, asked.target(candidate, "private", host.host))
            if route.verdict is not Verdict.REFUTED:
                return
            first = first or route
        if first is not None:
            yield first, ""

    def _owned(self, asked: Asked, host: Endpoint, found: Sequence[Resource]) -> tuple[Route, str]:
        """Of several that have the address, the one on the service's network is it."""
        alike = [one for one in found if one.type == TYPES[asked.kind]]
        if not alike:
            return wrong_kind(self.shown, asked, shown_wrong(found[0])), found[0].urn
        targets = [asked.target(one, mode_of(one, host), host.host) for one in alike]
        routes = [walk(self.world, self.shown, self.way, target) for target in targets]
        route = best(routes)
        return route, alike[routes.index(route)].urn

    def _declared(self, asked: Asked, host: Endpoint, external: External) -> Route:
        if external.kind in ("cache", "database") and external.kind != asked.kind:
            return wrong_kind(self.shown, asked, f"the external {external.kind} {external.id}")
        target = asked.target(external, "tcp", host.host)
        return walk(self.world, self.shown, self.way, target)

    def _by_name(self, asked: Asked, host: Endpoint) -> Iterator[tuple[Route, str]]:
        if not self.world.closed:
            return
        external = declared_external(self.world, self.resource, host.host)
        if external is not None:
            yield self._declared(asked, Endpoint(host.host, None), external), ""
            return
        record = record_of(self.world, host.host, self.way.net)
        if record is not None:
            yield from self._looked_up(asked, host, record)
            return
        why = "holds a host name that neither this plan nor the externals declare"
        yield unsure(self.shown, asked, "HOST_UNKNOWN", why), ""

    def _looked_up(self, asked: Asked, host: Endpoint, record: Record) -> Iterator[tuple[Route, str]]:
        """A name that this plan gives: each of its addresses is one the service may be led to."""
        if record.seen is False and record.zone is not None and self.way.net is not None:
            yield not_seen(self.shown, asked, shown_name(record.zone), self.way.net.shown), ""
            return
        for address in record.addresses:
            for route, urn in self._at_address(asked, Endpoint(address, host.port)):
                sure = record.zone is not None or route.verdict is not Verdict.PROVEN
                yield route if sure else unsure(self.shown, asked, "HOST_UNKNOWN", ZONE_UNKNOWN), urn
        types = (TYPES[asked.kind], *ALIKE[asked.kind])
        targets = [asked.target(one) for one in record.sources if one.type in types]
        if targets:
            yield self._of_all(asked, targets), ""
        elif not record.addresses:
            why = "holds a name of this plan whose addresses come from nothing that can be told yet"
            yield unsure(self.shown, asked, "HOST_UNKNOWN", why), ""

    def _public(self, asked: Asked) -> Route:
        trace = Trace(asked.kind, f"the public address in {asked.variable}", [self.shown])
        port = int(asked.port) if isinstance(asked.port, str) and asked.port.isdigit() else None
        to_internet(self.world, trace, self.way, Host(trace.destination, port))
        return trace.route()

    def _referred(self, kind: Kind, wanted: Destination | None, reached: set[str]) -> Iterator[Route]:
        """Instances whose address, socket or connection name stands in the environment."""
        contracted = frozenset(filter(None, (wanted.host, wanted.port) if wanted else ()))
        for name, value in self._values(contracted):
            yield from self._mentioned(Asked(kind, name), value, reached)
        names = mounted(self.resource) if kind == "database" else ()
        if not isinstance(names, Unknown):
            for mount in names:
                if isinstance(mount, str) and mount not in reached:
                    reached.add(mount)
                    yield from (one for one, urn in self._socket(Said(mount, None)) if urn not in reached)
        if wanted is None and (unknown_values(self.env, contracted) or any_unknown(names)):
            asked = Asked(kind, "the environment")
            for found in candidates_for(self.world, self.resource, kind):
                if found.urn not in reached:
                    reached.add(found.urn)
                    yield self._any_mode(asked, found)

    def _values(self, but: frozenset[str]) -> Iterator[tuple[str, str]]:
        """What the variables of all containers hold, where it is known; sidecars have destinations too."""
        for env in environments(self.resource):
            for name, variables in env.variables.items():
                for value in (text(one.value) for one in variables if name not in but):
                    if isinstance(value, str) and value:
                        yield name, value

    def _any_mode(self, asked: Asked, found: Resource) -> Route:
        """An unknown value may be an address, or the name that a connector library wants: one must do."""
        modes: tuple[Mode, ...] = ("tcp",)
        if asked.kind == "database":
            modes = ("socket",) if mounts_any(self.resource) else ("tcp", "socket")
        return best([walk(self.world, self.shown, self.way, asked.target(found, mode)) for mode in modes])

    def _mentioned(self, asked: Asked, value: str, reached: set[str]) -> Iterator[Route]:
        socket = SOCKET.search(value)
        if socket is not None or CONNECTION_NAME.fullmatch(value):
            if asked.kind == "database":
                meant = socket[1] if socket is not None else value
                for route, urn in self._socket(Said(meant, asked.variable, mount=socket is not None)):
                    if urn not in reached:
                        reached.update((urn, meant))
                        yield route
            return
        for told in endpoints(value):
            found = [*owners(self.world, told.host)] if told.address is not None else []
            held = holder(self.world.plan, told.host) if not found and told.private else None
            types = (TYPES[asked.kind], *ALIKE[asked.kind])
            alike = [one for one in (*found, held) if one is not None and one.type in types]
            if not alike or reached & {one.urn for one in alike}:
                continue
            reached.update(one.urn for one in alike)
            targets = [asked.target(one, mode_of(one, told), told.host) for one in alike]
            yield best([walk(self.world, self.shown, self.way, target) for target in targets])

    def _socket(self, said: Said) -> Iterator[tuple[Route, str]]:
        return by_socket(self.world, self.resource, self.way, said)

    def _of_all(self, asked: Asked, targets: Sequence[Target]) -> Route:
        routes = [walk(self.world, self.shown, self.way, target) for target in targets]
        return agreed(self.shown, asked, targets, routes)
