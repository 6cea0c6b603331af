"""Rules about names: what Google Cloud refuses as the name of a resource.

Owns which input is a name and which rule it keeps (`catalog.names`). Does not know which names are taken. A
name that is left out is made by Pulumi; one that comes from another resource is judged once it is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from catalog import names
from policies.limits import Subject
from policies.plan import Secret, Unknown, tokens
from policies.plan.values import text
from policies.rules.finding import Severity
from policies.rules.registry import World, rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from catalog.names import NameRule
    from policies.plan import Resource
    from policies.rules.finding import Claim

_SQL: Final = tokens.SQL_INSTANCE
_COMPUTE: Final = (
    "address:Address",
    "backendBucket:BackendBucket",
    "backendService:BackendService",
    "firewall:Firewall",
    "forwardingRule:ForwardingRule",
    "globalAddress:GlobalAddress",
    "globalForwardingRule:GlobalForwardingRule",
    "managedSslCertificate:ManagedSslCertificate",
    "regionBackendService:RegionBackendService",
    "regionNetworkEndpointGroup:RegionNetworkEndpointGroup",
    "router:Router",
    "routerNat:RouterNat",
    "sSLPolicy:SSLPolicy",
    "securityPolicy:SecurityPolicy",
    "targetHttpProxy:TargetHttpProxy",
    "targetHttpsProxy:TargetHttpsProxy",
    "uRLMap:URLMap",
)
NAMED: Final[Mapping[str, tuple[str, NameRule]]] = {
    "gcp:artifactregistry/repository:Repository": ("repositoryId", names.REPOSITORY),
    "gcp:cloudrun/service:Service": ("name", names.CLOUD_RUN_SERVICE),
    "gcp:cloudrunv2/job:Job": ("name", names.CLOUD_RUN_JOB),
    "gcp:cloudrunv2/service:Service": ("name", names.CLOUD_RUN_SERVICE),
    tokens.NETWORK: ("name", names.NETWORK),
    tokens.SUBNET: ("name", names.SUBNET),
    "gcp:dns/managedZone:ManagedZone": ("name", names.DNS_ZONE),
    tokens.REDIS_INSTANCE: ("name", names.REDIS_INSTANCE),
    tokens.SECRET: ("secretId", names.SECRET),
    tokens.SERVICE_ACCOUNT: ("accountId", names.SERVICE_ACCOUNT),
    _SQL: ("name", names.SQL_INSTANCE),
    tokens.CONNECTOR: ("name", names.CONNECTOR),
    **{f"gcp:compute/{kind}": ("name", names.COMPUTE) for kind in _COMPUTE},
}


@rule(
    id="name-limits",
    title="Every resource has a name that Google Cloud allows",
    severity=Severity.HIGH,
    why="most names that are too long or hold a wrong character pass the preview; the create is refused when "
    "half of the stack is there",
    fix="write a shorter name, of the characters that are allowed for the resource",
    types=tuple(NAMED),
    refutes_early=True,
)
def name_limits(resource: Resource, world: World) -> Iterator[Claim]:
    """The name keeps the length and the characters of its kind."""
    if not resource.declared:
        return  # it exists: Google has accepted it
    place, allowed = NAMED[resource.type]
    value = resource.at(place)
    name = text(value)
    subject = Subject(resource, f"{resource.name} ({resource.type.rsplit(':', maxsplit=1)[-1]})")
    if isinstance(name, Unknown):
        if not resource.property_dependencies.get(place):  # else the update judges it before the create
            subject.unknown(place, "NAME_UNKNOWN")
    elif name is not None:
        # Some resources take their whole id in place of a name; it ends in the name.
        breach = allowed.check(name.rsplit("/", maxsplit=1)[-1] if name.startswith("projects/") else name)
        project = world.plan.project_of(resource)
        if breach is None and resource.type == _SQL and isinstance(project, str):
            breach = names.check_sql_instance(project, name)
        if breach is not None:
            subject.refute("NAME_NOT_ALLOWED", place, breach, hidden=isinstance(value, Secret))
    yield from subject.claims
