"""The approach to a cache or a database: by the service's way into its network, and across that.

Owns what holds for every private destination alike: the way, the network, firewalls and routes. What an
instance itself asks of whoever connects is in `private`.

https://cloud.google.com/vpc/docs/vpc-peering#transit-network
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from catalog.cidr import PRIVATE
from policies.plan import Resource
from policies.plan.values import Unknown
from policies.plan.workloads import shown_name
from policies.routes.endpoints import ALLOYDB, across_peering
from policies.routes.firewalls import guard, guards_are_certain
from policies.routes.networks import PEERING, REDIS, SQL, Net, both, network_of, on_network
from policies.routes.route import Break, Kind, Trace
from policies.routes.services import peered, peered_network

if TYPE_CHECKING:
    from contracts import External
    from policies.routes.guards import Goal
    from policies.routes.ways import Way
    from policies.rules.registry import World

Mode = Literal["tcp", "private", "public", "read", "socket"]
# What PRIVATE_RANGES_ONLY sends into the network.
# https://cloud.google.com/run/docs/configuring/connecting-vpc#manage
_SENT: Final = PRIVATE[:4]
_BOTH_WAYS: Final = 2


@dataclass(frozen=True, slots=True)
class Target:
    """What a service wants to reach, and how.

    Attributes:
        kind: A cache or a database.
        at: The instance, or the external that stands for it.
        mode: By which of its addresses; `tcp` where nobody can tell which, `read` for that of replicas.
        port: The port the service is told; None when it is told none.
        port_variable: The variable that holds it.
        address: The address the service is told, where it is known.
        variable: The variable that holds its host.
        writes: Whether the service writes there.
    """

    kind: Kind
    at: Resource | External
    mode: Mode = "tcp"
    port: str | Unknown | None = None
    port_variable: str | None = None
    address: str | None = None
    variable: str = ""
    writes: bool = False

    @property
    def shown(self) -> str:
        """What to call it in a message."""
        word = "Redis" if self.kind == "cache" else "Cloud SQL"
        if not isinstance(self.at, Resource):
            return f"{word} {self.at.id}"
        return f"{word if self.at.type in (REDIS, SQL) else 'endpoint'} {shown_name(self.at)}"


@dataclass(frozen=True, slots=True)
class Asked:
    """A destination before it is known which instance it is.

    Attributes:
        kind: A cache or a database.
        variable: The variable that holds its host.
        port: The port the service is told; None when it is told none.
        port_variable: The variable that holds it.
        writes: Whether the service writes there: only a contract says so.
    """

    kind: Kind
    variable: str
    port: str | Unknown | None = None
    port_variable: str | None = None
    writes: bool = False

    def target(self, at: Resource | External, mode: Mode = "tcp", address: str | None = None) -> Target:
        """The destination, once it is known what it is."""
        port_variable = self.port_variable or self.variable
        return Target(self.kind, at, mode, self.port, port_variable, address, self.variable, self.writes)


@dataclass(frozen=True, slots=True)
class Approach:
    """A route while it is walked: who walks, by which way, and to what."""

    world: World
    trace: Trace
    way: Way
    target: Target

    @property
    def service(self) -> str:
        """The service, as messages call it."""
        return self.trace.hops[0]

    def join(self, net: Net | Unknown | None, cause: str, note: str = "") -> bool:
        """Walks into the network.

        Args:
            net: The destination's network; None where nobody said.
            cause: What to call it when that is another one.
            note: What to add to its name.

        Returns:
            False when the route is broken before the network, or at it.
        """
        if self.way.kind == "none":
            where = f" on {net.shown}" if isinstance(net, Net) else ""
            self.trace.refute(
                Break(
                    "VPC_CONNECTOR_NOT_SET",
                    f"{self.service} has no way into a network, and {self.target.shown} is reached by a "
                    f"private address{where} only",
                    f"give {self.service} a way: vpcAccess.connector with a connector{where}, or "
                    f"vpcAccess.networkInterfaces with a subnet{where}",
                )
            )
            return False
        self.trace.hop(*self.way.hops)
        if self.way.broken is not None:
            self.trace.refute(self.way.broken)
            return False
        if self.way.doubted is not None:
            self.trace.doubt(self.way.doubted)
        if self.way.net is None:
            return True
        self.trace.hop(f"network {self.way.net.shown}")
        if isinstance(net, Unknown):
            self.trace.doubt(
                Break(
                    "NETWORK_UNKNOWN",
                    f"cannot tell the network of {self.target.shown}: it is not known before the update",
                    "name the network of this program (network.id), or write its id out: "
                    "projects/PROJECT/global/networks/NAME",
                )
            )
        elif net is not None:
            self._compare(self.way.net, net, cause, note)
        return self.trace.broken is None

    def cross(self, goal: Goal) -> None:
        """Walks through the network, to the instance."""
        if self.trace.broken is not None:
            return
        if self.way.all_traffic is not True and goal.range is not None:
            outside = not any(goal.range.subnet_of(sent) for sent in _SENT)
            if outside:
                (self.trace.refute if self.way.all_traffic is False else self.trace.doubt)(
                    Break(
                        "NO_ROUTE",
                        f"{self.target.shown} has an address in {goal.range}, outside the private ranges "
                        "that "
                        "PRIVATE_RANGES_ONLY sends into the network",
                        "set vpcAccess.egress to ALL_TRAFFIC (with Cloud NAT), or give the instance a range "
                        "of RFC 1918",
                    )
                )
                return
        if isinstance(self.target.at, Resource):
            self._private_services(self.target.at)
        if self.way.net is not None:
            broken, doubted = guard(self.world, self.way, self.way.net, goal, self.target.shown)
            if broken is not None and guards_are_certain(self.world, self.way.net):
                self.trace.refute(broken)
            if doubted is not None and self.world.closed:
                self.trace.doubt(doubted)
        self.trace.hop(self.target.shown)

    def _compare(self, own: Net, net: Net, cause: str, note: str) -> None:
        same = own.same(net)
        if same is True:
            return
        here, there = both(own, net)
        if same is not False:
            self.trace.doubt(
                Break(
                    "NETWORK_UNKNOWN",
                    f"cannot tell whether the network {here} and that of {self.target.shown}, {there}, "
                    "are one",
                    "give the network a name in the program, and refer to it by network.id in both places",
                )
            )
            return
        message = f"{self.service} goes into the network {here}, and {self.target.shown} is on {there}{note}"
        peerings = self._peerings(own, net)
        if peerings:
            at_ = self.target.at
            crosses = across_peering(at_) if isinstance(at_, Resource) else False
            if crosses is True and len(peerings) == _BOTH_WAYS:
                self.trace.hop(f"peering {peerings[0]}", f"network {there}")
                return
            if crosses is not False:
                self.trace.doubt(_unsure_across(peerings[0], message))
                return
            if isinstance(at_, Resource) and at_.type not in (REDIS, SQL, ALLOYDB):
                cause = "PSC_ENDPOINT_ACCESSED_FROM_PEERED_NETWORK"
            message += (
                f"; the peering {peerings[0]} between them does not help: {self.target.shown} is itself "
                "reached by a peering or an endpoint, and peering is not transitive"
            )
        fix = f"let the service go out into {there}"
        if isinstance(self.target.at, Resource) and self.target.at.type == REDIS:
            fix = f"set authorizedNetwork of the instance to {here}, or {fix}"
        elif isinstance(self.target.at, Resource) and self.target.at.type == SQL:
            fix = f"set settings.ipConfiguration.privateNetwork of the instance to {here}, or {fix}"
        self.trace.refute(Break(cause, message, fix))

    def _peerings(self, own: Net, net: Net) -> list[str]:
        """The peerings between two networks, by name: one for each side that this plan has."""
        found: list[str] = []
        for one, other in ((own, net), (net, own)):
            for peering in on_network(self.world, PEERING, one)[0]:
                peer = network_of(self.world.plan, peering, "peerNetwork")
                if isinstance(peer, Net) and peer.same(other) is True:
                    found.append(shown_name(peering))
                    break
        return found

    def _private_services(self, instance: Resource) -> None:
        """Its rule refuses by itself as instances come; here it is part of the proof."""
        if not self.world.closed:
            return
        net = peered_network(self.world, instance)
        # One that is only read is there already, and so is its peering.
        if not isinstance(net, Net) or not instance.declared:
            return
        broken, doubted = peered(self.world, instance, net)
        if broken is not None:
            self.trace.refute(broken)
        if doubted is not None:
            self.trace.doubt(doubted)
        self.trace.hop("private services access")


def _unsure_across(peering: str, message: str) -> Break:
    return Break(
        "NO_KNOWN_ROUTE_FROM_PEERED_NETWORK_TO_DESTINATION",
        f"cannot tell whether the peering {peering} leads there: {message}",
        "declare the peering of both sides, and take the host from the machine or the internal load balancer "
        "that has it; an endpoint of Private Service Connect is reached from its own network only",
    )
