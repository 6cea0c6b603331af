"""The ways out of workloads: Google's own path, a connector, Direct VPC egress.

Owns what each workload's namespace is linked to and where it sends what. A way that the API would not take,
such as a connector of another region, is none.

https://cloud.google.com/run/docs/configuring/connecting-vpc
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sandbox.live.wiring.networks import Attachment, Subnet
from sandbox.live.wiring.shape import GOOGLE_APIS, LEAVING, OWN, PRIVATE, Draft, Spot, device, number
from sandbox.live.wiring.things import (
    CONNECTOR,
    JOB,
    NETWORK,
    SERVICE_V1,
    WORKLOADS,
    at,
    place,
)

if TYPE_CHECKING:
    from sandbox.cloud import Thing
    from sandbox.live.wiring.networks import Networks

GOOGLE: Final = "google"
_ANNOTATIONS: Final = ("template", "metadata", "annotations")
_V1: Final = "run.googleapis.com/"


@dataclass(frozen=True, slots=True)
class Access:
    """What a workload says of its way into a network."""

    connector: str
    interface: Any
    everything: bool


def access_of(workload: Thing) -> Access:
    """What a workload says, wherever its API keeps that."""
    if workload.type == SERVICE_V1:
        said = at(workload.body, *_ANNOTATIONS) or {}
        interfaces = json.loads(said.get(f"{_V1}network-interfaces") or "[]")
        connector, egress = said.get(f"{_V1}vpc-access-connector"), said.get(f"{_V1}vpc-access-egress")
    else:
        base = ("template", "template") if workload.type == JOB else ("template",)
        own = at(workload.body, *base, "vpcAccess") or {}
        interfaces, connector, egress = own.get("networkInterfaces"), own.get("connector"), own.get("egress")
    everything = str(egress or "").upper().replace("-", "_") == "ALL_TRAFFIC"
    return Access(str(connector or ""), next(iter(interfaces or ()), None), everything)


def wire_workloads(draft: Draft, networks: Networks) -> None:
    """Gives every workload its namespace, its links and its routes."""
    _wire_connectors(draft, networks)
    for workload in networks.things.of(*WORKLOADS):
        address = f"169.254.{16 + number(workload.id, 200)}.{1 + number(workload.id + '#', 250)}"
        space = draft.space(workload_space(workload), f"address {address}/32 dev {GOOGLE}")
        draft.link(space, GOOGLE, GOOGLE, device("workload", workload.id))
        draft.space(GOOGLE, f"route {address}/32 dev {device('workload', workload.id)}")
        draft.space(space, f"route {OWN} dev {GOOGLE} src {address}")
        way = _way(draft, networks, workload, space, address)
        access = access_of(workload)
        everything = access.everything and way is not None
        for range_ in (*PRIVATE, *GOOGLE_APIS) if way and not everything else ():
            draft.space(space, f"route {range_} dev vpc src {way}")
        draft.space(space, f"route default dev vpc src {way}" if everything else _googles(address))
        draft.places[workload.id] = Spot(space, address)


def workload_space(workload: Thing) -> str:
    """The name of a workload's namespace."""
    return f"run.{workload.project}.{place(workload)}.{workload.id.split('/')[-2]}.{workload.name}"


def _googles(address: str) -> str:
    return f"route default dev {GOOGLE} src {address}"


def _way(draft: Draft, networks: Networks, workload: Thing, space: str, address: str) -> str | None:
    """Links a workload to its way into a network.

    Returns:
        The address that its packets have on that way; None where it has none.
    """
    access = access_of(workload)
    if access.connector:
        connector = networks.things.find(CONNECTOR, access.connector, workload)
        if connector is None or place(connector) != place(workload):
            return None
        if networks.subnet_of_connector(connector) is None:
            return None
        to = device("workload", workload.id)
        draft.link(space, "vpc", connector_space(connector), to)
        draft.space(connector_space(connector), f"route {address}/32 dev {to}")
        return address
    if access.interface is None:
        return None
    subnet = _interface_subnet(networks, workload, access.interface)
    if subnet is None:
        return None
    own = networks.free(subnet, workload.id)
    to = device("direct", workload.id)
    draft.space(space, f"address {own}/32 dev vpc")
    draft.link(space, "vpc", network_space(subnet.network), to)
    draft.space(network_space(subnet.network), f"route {own}/32 dev {to}")
    tags = frozenset(str(tag) for tag in access.interface.get("tags") or ())
    networks.attached[subnet.network].append(
        Attachment(to, subnet.network, place(workload), tags, subnet, own)
    )
    return own


def _interface_subnet(networks: Networks, workload: Thing, interface: Any) -> Subnet | None:  # noqa: ANN401 - JSON
    """The subnet of an interface; where it names none, the one with the network's name.

    https://cloud.google.com/run/docs/configuring/vpc-direct-vpc
    """
    named = interface.get("subnetwork")
    network = networks.things.find(NETWORK, interface.get("network"), workload)
    subnet = networks.subnet(named or (network.name if network else ""), workload)
    if subnet is None and network is not None and (not named or named == network.name):
        subnet = networks.auto_subnet(network, place(workload))
    if subnet is None or subnet.region != place(workload):
        return None
    return None if network is not None and network.id != subnet.network else subnet


def _wire_connectors(draft: Draft, networks: Networks) -> None:
    for connector in networks.things.of(CONNECTOR):
        subnet = networks.subnet_of_connector(connector)
        if subnet is None:
            continue
        own, to = networks.free(subnet, connector.id), device("connector", connector.id)
        space = draft.space(
            connector_space(connector), f"address {own}/32 dev vpc", f"route default dev vpc src {own}"
        )
        # Its machines translate: on the network, packets come from them.
        draft.chain(space, "out", LEAVING, f'oifname "vpc" snat to {own}')
        draft.link(space, "vpc", network_space(subnet.network), to)
        draft.space(network_space(subnet.network), f"route {own}/32 dev {to}")
        region = place(connector)
        tags = frozenset({"vpc-connector", f"vpc-connector-{region}-{connector.name}"})
        networks.attached[subnet.network].append(Attachment(to, subnet.network, region, tags, subnet, own))


def connector_space(connector: Thing) -> str:
    """The name of a connector's namespace."""
    return f"connector.{connector.project}.{place(connector)}.{connector.name}"


def network_space(network: str) -> str:
    """The name of a network's namespace, from its id."""
    _, project, *_, name = network.split("/")
    return f"net.{project}.{name}"
