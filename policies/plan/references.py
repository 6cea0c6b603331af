"""How resources of Google Cloud are called, and the many spellings of one reference.

Owns the names: for each type that others refer to, its collection and its scope. Does not look resources up;
that is the graph's.

A reference may be a name (`netra`), a partial path (`regions/us-central1/subnetworks/a`), an id
(`projects/p/global/networks/netra`), a full resource name (`//compute.googleapis.com/projects/…`) or a URL
(`https://www.googleapis.com/compute/v1/projects/…`): https://cloud.google.com/apis/design/resource_names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from policies.plan.values import Value, at, text

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Kind:
    """How resources of one type are called.

    Attributes:
        collection: The word before the name in a path.
        located: Whether the path names a region or location; otherwise the resource is its project's.
        named_by: The input that holds the name.
    """

    collection: str
    located: bool = False
    named_by: str = "name"


# The collections as the resources' pages in the provider's documentation give them (Import section),
# e.g. https://www.pulumi.com/registry/packages/gcp/api-docs/compute/network/#import.
KINDS: Final[Mapping[str, Kind]] = {
    "gcp:alloydb/cluster:Cluster": Kind("clusters", located=True, named_by="clusterId"),
    "gcp:cloudrun/service:Service": Kind("services", located=True),
    "gcp:cloudrunv2/service:Service": Kind("services", located=True),
    "gcp:certificatemanager/certificate:Certificate": Kind("certificates"),
    "gcp:certificatemanager/certificateMap:CertificateMap": Kind("certificateMaps"),
    "gcp:compute/backendService:BackendService": Kind("backendServices"),
    "gcp:compute/managedSslCertificate:ManagedSslCertificate": Kind("sslCertificates"),
    "gcp:compute/network:Network": Kind("networks"),
    "gcp:compute/networkFirewallPolicy:NetworkFirewallPolicy": Kind("firewallPolicies"),
    "gcp:compute/networkFirewallPolicyWithRules:NetworkFirewallPolicyWithRules": Kind("firewallPolicies"),
    "gcp:compute/regionBackendService:RegionBackendService": Kind("backendServices", located=True),
    "gcp:compute/regionNetworkFirewallPolicy:RegionNetworkFirewallPolicy": Kind(
        "firewallPolicies", located=True
    ),
    "gcp:compute/regionNetworkFirewallPolicyWithRules:RegionNetworkFirewallPolicyWithRules": Kind(
        "firewallPolicies", located=True
    ),
    "gcp:compute/regionNetworkEndpointGroup:RegionNetworkEndpointGroup": Kind(
        "networkEndpointGroups", located=True
    ),
    "gcp:compute/regionSslCertificate:RegionSslCertificate": Kind("sslCertificates", located=True),
    "gcp:compute/regionTargetHttpProxy:RegionTargetHttpProxy": Kind("targetHttpProxies", located=True),
    "gcp:compute/regionTargetHttpsProxy:RegionTargetHttpsProxy": Kind("targetHttpsProxies", located=True),
    "gcp:compute/regionUrlMap:RegionUrlMap": Kind("urlMaps", located=True),
    "gcp:compute/sSLCertificate:SSLCertificate": Kind("sslCertificates"),
    "gcp:compute/targetHttpProxy:TargetHttpProxy": Kind("targetHttpProxies"),
    "gcp:compute/targetHttpsProxy:TargetHttpsProxy": Kind("targetHttpsProxies"),
    "gcp:compute/uRLMap:URLMap": Kind("urlMaps"),
    "gcp:compute/subnetwork:Subnetwork": Kind("subnetworks", located=True),
    "gcp:compute/globalAddress:GlobalAddress": Kind("addresses"),
    "gcp:compute/router:Router": Kind("routers", located=True),
    "gcp:dns/managedZone:ManagedZone": Kind("managedZones"),
    "gcp:organizations/iAMCustomRole:IAMCustomRole": Kind("roles", named_by="roleId"),
    "gcp:projects/iAMCustomRole:IAMCustomRole": Kind("roles", named_by="roleId"),
    "gcp:redis/instance:Instance": Kind("instances", located=True),
    "gcp:secretmanager/secret:Secret": Kind("secrets", named_by="secretId"),
    "gcp:serviceaccount/account:Account": Kind("serviceAccounts", named_by="accountId"),
    "gcp:sql/databaseInstance:DatabaseInstance": Kind("instances"),
    "gcp:vpcaccess/connector:Connector": Kind("connectors", located=True),
}

_SCHEME: Final = re.compile(r"^(?:https?:)?//[^/]+/")
_API_VERSION: Final = re.compile(r"^(?:[a-z]+/)?(?:v\d+|beta|alpha)[a-z0-9]*/")
_LOCATION_WORDS: Final = frozenset({"regions", "locations", "zones"})
# A service account is also meant by its e-mail: https://cloud.google.com/iam/docs/service-account-overview
_ACCOUNT_EMAIL: Final = re.compile(
    r"^(?:serviceAccount:)?(?P<name>[^@/]+)@(?P<project>[^.]+)\.iam\.gserviceaccount\.com$"
)
# Cloud SQL writes its connection name with colons:
# https://cloud.google.com/sql/docs/postgres/instance-settings
_SQL_CONNECTION: Final = re.compile(r"^(?P<project>[^/]+):[^:/]+:(?P<name>[^:/]+)$")


@dataclass(frozen=True, slots=True)
class Context:
    """Where the one who refers stands: what a reference means where it leaves something out."""

    project: str | None = None
    location: str | None = None


@dataclass(frozen=True, slots=True)
class Name:
    """A resource's full name. A part that nobody knows is None and fits any."""

    name: str
    project: str | None
    location: str | None

    def matches(self, other: Name) -> bool:
        """Whether both may mean one resource."""
        return (
            self.name == other.name
            and _same_project(self.project, other.project)
            and (self.location is None or other.location is None or self.location == other.location)
        )


def name_of(type_: str, inputs: Mapping[str, Value], context: Context) -> Name | None:
    """The full name of a declared resource; None while it is unknown or for a type nobody refers to."""
    kind = KINDS.get(type_)
    name = text(at(inputs, kind.named_by)) if kind is not None else None
    if kind is None or not isinstance(name, str):
        return None
    return Name(name.rsplit("/", 1)[-1], context.project, context.location if kind.located else None)


def canonical(type_: str, reference: str, context: Context) -> Name | None:
    """The full name that a reference means.

    Args:
        type_: The type token of what is referred to.
        reference: Any of the spellings above.
        context: Where the reference is written.

    Returns:
        None when the reference is not one to this type.
    """
    kind = KINDS.get(type_)
    if kind is None:
        return None
    special = {"serviceAccounts": _ACCOUNT_EMAIL, "instances": _SQL_CONNECTION}.get(kind.collection)
    match = special.match(reference.rsplit("/", 1)[-1]) if special is not None else None
    if match is not None:
        return Name(match["name"], match["project"], None)
    path = _API_VERSION.sub("", _SCHEME.sub("", reference)).strip("/").split("/")
    if len(path) == 1:
        return Name(path[0], context.project, context.location if kind.located else None)
    parts = dict(pairwise(path))
    if kind.collection not in parts:
        return None
    location = next((parts[word] for word in parts if word in _LOCATION_WORDS), context.location)
    return Name(
        parts[kind.collection],
        parts.get("projects", context.project),
        location if kind.located else None,
    )


def is_id(project: str | None) -> bool:
    """Whether it is a project's id. A number may be any project's: nothing in a plan ties numbers to ids."""
    return project is not None and not project.isdigit()


def _same_project(one: str | None, other: str | None) -> bool:
    if one is None or other is None or one.isdigit() != other.isdigit():
        return True
    return one == other
