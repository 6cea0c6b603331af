"""Rules about backend services in front of Cloud Run: what Google refuses of one at create.

Owns the time-out and the health checks. Hosts, certificates and affinity are for the rules about ingress.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal

from catalog import load_balancer
from catalog.source import Breach
from policies.limits import Subject
from policies.plan import Resource, Unknown, tokens
from policies.plan.values import at, bare, elements, text
from policies.plan.workloads import shown_name
from policies.rules.finding import Severity
from policies.rules.registry import World, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.plan import Value
    from policies.rules.finding import Claim

BACKENDS: Final = tokens.BACKEND_SERVICES
NEG: Final = tokens.ENDPOINT_GROUP
Answer = Literal["yes", "no", "unknown"]
_REGIONAL_GROUP: Final = re.compile(r"regions/[^/]+/networkEndpointGroups/")


@rule(
    id="serverless-timeout",
    title="A backend service in front of Cloud Run sets no time-out and no health check",
    severity=Severity.HIGH,
    why="Google refuses the backend service at create: with a serverless backend the load balancer waits as "
    "long as the Cloud Run service does, and asks nothing about its health",
    fix="delete timeoutSec and healthChecks, and set the Cloud Run service's own timeout: a WebSocket lives "
    "as long as that",
    types=BACKENDS,
    refutes_early=True,
)
def serverless_timeout(resource: Resource, world: World) -> Iterator[Claim]:
    """No backend service whose backends are serverless groups sets what Google does not take there."""
    if not resource.declared:
        return  # it exists: Google has accepted it
    subject = Subject(resource, f"the backend service {shown_name(resource)}")
    asked = _asked(subject)
    if not asked:
        return
    serverless = _serverless(resource, world)
    if serverless == "no":
        return
    if serverless == "unknown":
        subject.unknown("backends", "BACKEND_UNKNOWN")
    else:
        for cause, place, breach in asked:
            if breach is None:
                subject.unknown(place)
            else:
                subject.refute(cause, place, breach, fix=f"delete {place}")
    yield from subject.claims


def _asked(subject: Subject) -> list[tuple[str, str, Breach | None]]:
    """What it sets that a serverless backend does not take; no breach where that is not known."""
    found: list[tuple[str, str, Breach | None]] = []
    timeout = bare(subject.resource.at("timeoutSec"))
    if isinstance(timeout, Unknown):
        found.append(("SERVERLESS_TIMEOUT", "timeoutSec", None))
    elif timeout not in (None, 0) and text(timeout) != str(load_balancer.DEFAULT_TIMEOUT_SECONDS):
        breach = Breach("is set", load_balancer.NO_TIMEOUT, load_balancer.NEG)
        found.append(("SERVERLESS_TIMEOUT", "timeoutSec", breach))
    checks = bare(subject.resource.at("healthChecks"))
    if isinstance(checks, Unknown):
        found.append(("SERVERLESS_HEALTH_CHECK", "healthChecks", None))
    elif checks not in (None, "", [], ()):
        breach = Breach("is set", load_balancer.NO_HEALTH_CHECK, load_balancer.NEG)
        found.append(("SERVERLESS_HEALTH_CHECK", "healthChecks", breach))
    return found


def _serverless(resource: Resource, world: World) -> Answer:
    """Whether one of its backends is a serverless group. Google lets all be of one sort only."""
    backends = elements(resource.at("backends"))
    if isinstance(backends, Unknown):
        return _traced(resource, world)
    answers = [_group(resource, at(backend, "group"), world) for backend in backends]
    return "yes" if "yes" in answers else "unknown" if "unknown" in answers else "no"


def _group(resource: Resource, group: Value, world: World) -> Answer:
    found = world.plan.find(NEG, group, resource)
    if isinstance(found, Unknown):
        return _traced(resource, world)
    if found is not None:
        return _kind(found)
    said = text(group)
    # A regional group of another stack may be serverless; zonal and global ones and instance groups are not.
    return "unknown" if isinstance(said, str) and _REGIONAL_GROUP.search(said) else "no"


def _traced(resource: Resource, world: World) -> Answer:
    sources = [world.plan.get(urn) for urn in resource.property_dependencies.get("backends", ())]
    groups = [_kind(one) for one in sources if one is not None and one.type == NEG]
    if not sources:
        return "unknown"
    if not groups:
        return "no"
    return groups[0] if len(set(groups)) == 1 else "unknown"


def _kind(group: Resource) -> Answer:
    kind = text(group.at("networkEndpointType"))
    if isinstance(kind, Unknown):
        return "unknown"
    return "yes" if kind in (None, "SERVERLESS") else "no"
