"""The way to Google's own APIs from inside a network: Private Google Access, also by a virtual range.

Owns which names are Google's, the two virtual ranges, and the private zone that leads to one.

https://cloud.google.com/vpc/docs/configure-private-google-access
"""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Final

from policies.plan.values import UNKNOWN, Unknown, bare, elements, text
from policies.routes.networks import ROUTE, Net, may_be_on, network_of, read_range

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.plan import Plan, Resource
    from policies.plan.graph import Key
    from policies.rules.registry import World

# https://cloud.google.com/vpc/docs/configure-private-google-access#domain-options
_NAMES: Final = (".googleapis.com", ".gcr.io", ".pkg.dev", ".run.app", ".cloudfunctions.net")
# private.googleapis.com and restricted.googleapis.com, on the same page.
VIRTUAL: Final = (IPv4Network("199.36.153.8/30"), IPv4Network("199.36.153.4/30"))
ZONE: Final = "gcp:dns/managedZone:ManagedZone"
RECORDS: Final = "gcp:dns/recordSet:RecordSet"


def is_google(host: str) -> bool:
    """Whether a host is one of Google's that Private Google Access leads to."""
    return host.lower().rstrip(".").endswith(_NAMES)


def virtual_range(world: World, net: Net, host: str) -> IPv4Network | None:
    """The virtual range that private zones of a network lead a host of Google's to."""
    labels = host.lower().rstrip(".").split(".")
    index = world.plan.index((ZONE,), _by_domain)
    zones = [zone for place in range(len(labels)) for zone in index.get(".".join(labels[place:]))]
    for zone in zones:
        if sees(world, zone, net) is not True:
            continue
        for record in world.plan.index((RECORDS,), _by_zone).get(_name(zone)):
            listed = elements(record.at("rrdatas"))
            for one in () if isinstance(listed, Unknown) else listed:
                range_ = read_range(one)
                for virtual in VIRTUAL:
                    if range_ is not None and range_.subnet_of(virtual):
                        return virtual
    return None


def sees(world: World, zone: Resource, net: Net) -> bool | Unknown:
    """Whether a private zone answers on a network; a public one answers everywhere."""
    visibility = text(zone.at("visibility"))
    if isinstance(visibility, Unknown):
        return UNKNOWN
    if visibility != "private":
        return True
    path = ("privateVisibilityConfig", "networks")
    listed = elements(zone.at(*path))
    if isinstance(listed, Unknown):
        return UNKNOWN
    nets = [network_of(world.plan, zone, *path, place, "networkUrl") for place in range(len(listed))]
    answers = [one.same(net) if isinstance(one, Net) else UNKNOWN for one in nets if one is not None]
    if any(answer is True for answer in answers):
        return True
    return UNKNOWN if any(answer is UNKNOWN for answer in answers) else False


def leads_to(world: World, net: Net, range_: IPv4Network) -> bool:
    """Whether a route of a network takes a virtual range to the internet gateway, which Google asks for."""
    for route, here in may_be_on(world, ROUTE, net):
        to = read_range(route.at("destRange"))
        if (
            here is True
            and to is not None
            and range_.subnet_of(to)
            and bare(route.at("nextHopGateway")) not in (None, "")
        ):
            return True
    return False


def _by_domain(_plan: Plan, zone: Resource) -> Iterator[Key]:
    name = text(zone.at("dnsName"))
    if isinstance(name, str):
        yield name.lower().rstrip(".")


def _name(zone: Resource) -> str:
    name = text(zone.at("name"))
    return name if isinstance(name, str) else zone.urn


def _by_zone(plan: Plan, record: Resource) -> Iterator[Key]:
    spelled = text(record.at("managedZone"))
    if isinstance(spelled, str):
        yield spelled.rsplit("/", 1)[-1]
        return
    for zone in plan.sources(ZONE, record, "managedZone"):
        yield _name(zone)
