"""Random platforms, from a seed.

Owns what a platform may hold and how often something in it is wrong. Each service has one fault that its
platform's seed chooses, so that every one has its turn, and any other by chance: right and wrong in any mix.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from benchmarks.truth import stores
from benchmarks.truth.parts import (
    ADDRESS,
    BY_CHANCE,
    CONNECTION,
    CONNECTOR,
    FAULTS,
    FIREWALL,
    GLOBAL_ADDRESS,
    HOST_PROJECT,
    IMAGE,
    JOB,
    NAT,
    NETWORK,
    OF_NETWORKS,
    OTHER_REGION,
    PEERING,
    ROUTE,
    ROUTER,
    SERVICE,
    SERVICES,
    SUBNET,
    Net,
)
from benchmarks.truth.program import Hidden, Out, Program
from benchmarks.truth.up import PROJECT, REGION

if TYPE_CHECKING:
    from collections.abc import Sequence


class Maker:
    """Makes one platform."""

    def __init__(self, seed: int) -> None:
        """Takes the platform's seed: all follows from it."""
        self.random = Random(seed)  # noqa: S311 - nothing here is a secret
        self.program = Program(seed)
        self.nets: list[Net] = []
        self.fault = ""

    def platform(self) -> Program:
        """The platform."""
        number = self.random.choice((2, 3, 3, SERVICES))
        for index in range(number):
            turn = self.program.seed * 7 + index * 11 if index < 2 else self.random.randrange(10_000)  # noqa: PLR2004 - the rest by chance
            self.fault = FAULTS[turn % len(FAULTS)] if index < 2 or self.chance(0.3) else ""  # noqa: PLR2004 - likewise
            self._service(index)
        return self.program

    def chance(self, share: float) -> bool:
        """Whether something that happens so often happens now."""
        return self.random.random() < share

    def wrong(self, fault: str, net: Net | None = None) -> bool:
        """Whether this fault is in what is made now; what is on no declared network nobody can know of."""
        if net is not None and net.undeclared:
            return False
        return fault == self.fault or self.chance(BY_CHANCE)

    def network(self, *, undeclared: bool = False) -> Net:
        """A new network with a subnet in each region, private services access, and what stands in the way."""
        number = len(self.nets)
        shared = self.fault == "connector-range-on-shared-network" or self.chance(0.15)
        project = HOST_PROJECT if shared else PROJECT
        net = Net(f"net-{number}", project, self.random.randrange(1, 100), undeclared=undeclared)
        self.nets.append(net)
        deleted = (
            self.wrong("default-route-deleted")
            or self.wrong("default-route-for-other-tags")
            or self.wrong("default-route-elsewhere")
            or self.chance(0.15)
        )
        self.program.add(
            NETWORK,
            net.name,
            name=net.name,
            project=project,
            autoCreateSubnetworks=False,
            deleteDefaultRoutesOnCreate=deleted or None,
            _outside=undeclared,
        )
        for region in (REGION, OTHER_REGION):
            self.subnet(net, region)
        self._routes(net, deleted=deleted)
        if not self.wrong("no-private-services"):
            self._private_services(net)
        self._firewalls(net)
        return net

    def range(self, net: Net, prefix: int) -> str:
        """A small range of a network that nothing there has."""
        net.small += 1
        return f"10.{net.base}.{128 + net.small}.0/{prefix}"

    def subnet(self, net: Net, region: str, range_: str | None = None, *, undeclared: bool = False) -> str:
        """A further subnet of a network."""
        name = f"{net.name}-{region}"
        if range_ is not None:
            name = f"{net.name}-small-{sum(one.type == SUBNET for one in self.program.resources)}"
        if range_ is None:
            net.subnets[region] = name
        slot = 0 if region == REGION else 16
        return self.program.add(
            SUBNET,
            name,
            name=name,
            project=net.project,
            region=region,
            network=net.reference,
            ipCidrRange=range_ or f"10.{net.base}.{slot}.0/20",
            privateIpGoogleAccess=self.chance(0.3) or None,
            _outside=net.undeclared or undeclared,
        )

    def peer(self, one: Net, other: Net) -> None:
        """Peers two networks; by chance only one of them says so."""
        for left, right in ((one, other), (other, one))[: 1 if self.chance(0.1) else 2]:
            name = f"peer-{left.name}-{right.name}"
            if not left.undeclared and not any(each.name == name for each in self.program.resources):
                self.program.add(
                    PEERING, name, name=name, network=left.reference, peerNetwork=right.reference
                )

    def _routes(self, net: Net, *, deleted: bool) -> None:
        own = self.fault not in {"default-route-deleted", "default-route-elsewhere"}
        if deleted and own and (self.fault or self.chance(0.7)):
            other = self.wrong("default-route-for-other-tags")
            tags = ["batch"] if other else self.random.choice((None, None, ["vpc-connector", "web"]))
            self._route(net, "0.0.0.0/0", tags=tags)
        elif deleted and not own and self.fault == "default-route-elsewhere":
            self._route(net, "8.8.8.0/24")
        if self.chance(0.1):
            # A wider route than what is behind peerings: the more specific one wins.
            self._route(net, "10.0.0.0/8", hop={"nextHopIp": f"10.{net.base}.0.9"}, depends=True)

    def _route(
        self,
        net: Net,
        to: str,
        *,
        tags: list[str] | None = None,
        hop: dict[str, str] | None = None,
        depends: bool = False,
    ) -> None:
        name = f"route-{net.name}-{sum(one.type == ROUTE for one in self.program.resources)}"
        self.program.add(
            ROUTE,
            name,
            name=name,
            project=net.project,
            network=net.reference,
            destRange=to,
            priority=self.random.choice((None, 100, 900)),
            tags=tags,
            **(hop or {"nextHopGateway": "default-internet-gateway"}),
            _depends=(net.subnets[REGION],) if depends else (),
            _outside=net.undeclared,
        )

    def _private_services(self, net: Net) -> None:
        public = self.wrong("private-services-public")
        name = f"{net.name}-services"
        self.program.add(
            GLOBAL_ADDRESS,
            name,
            name=name,
            project=net.project,
            network=net.reference,
            purpose="VPC_PEERING",
            addressType="INTERNAL",
            address="6.10.0.0" if public else self.random.choice((None, "172.20.0.0")),
            prefixLength=16,
            _outside=net.undeclared,
        )
        net.private_services = self.program.add(
            CONNECTION,
            f"{net.name}-connection",
            network=net.reference,
            service="servicenetworking.googleapis.com",
            reservedPeeringRanges=[name if net.undeclared else Out(name, "name")],
            _outside=net.undeclared,
        )

    def _firewalls(self, net: Net) -> None:
        if net.undeclared:
            return
        tags = self.random.choice((["vpc-connector"], ["web"], ["vpc-connector", "web"]))
        if self.wrong("denied-everything"):
            self._firewall(net, denies=[{"protocol": "all"}])
        if self.wrong("denied-by-tag"):
            to = self.random.choice((None, ["10.0.0.0/8", "172.16.0.0/12"], ["0.0.0.0/0"]))
            self._firewall(net, denies=[{"protocol": "tcp"}], targetTags=tags, destinationRanges=to)
        if self.wrong("denied-port"):
            ports = self.random.choice((["6379", "6378"], ["5432"], ["443"], ["3306-6400"]))
            self._firewall(net, denies=[{"protocol": "tcp", "ports": ports}], targetTags=tags)
        if self.wrong("denied-then-allowed"):
            self._firewall(net, denies=[{"protocol": "all"}], priority=65000)
            self._firewall(
                net, allows=[{"protocol": "tcp"}], priority=self.random.choice((None, 64999, 65000))
            )
        if self.chance(0.2):
            # None of these is in the way of anything.
            self._firewall(net, denies=[{"protocol": "all"}], targetTags=["batch"])
            self._firewall(net, denies=[{"protocol": "all"}], disabled=True)
            self._firewall(net, denies=[{"protocol": "udp"}])
            self._firewall(net, denies=[{"protocol": "tcp", "ports": ["25"]}])
            self._firewall(net, denies=[{"protocol": "tcp"}], direction="INGRESS", sourceRanges=["0.0.0.0/0"])
            self._firewall(net, denies=[{"protocol": "tcp"}], destinationRanges=["192.168.0.0/16"])

    def _firewall(self, net: Net, **inputs: Any) -> None:  # noqa: ANN401 - inputs
        name = f"fw-{net.name}-{sum(one.type == FIREWALL for one in self.program.resources)}"
        given = {"direction": "EGRESS", "priority": self.random.choice((None, 500, 1000)), **inputs}
        self.program.add(
            FIREWALL,
            name,
            name=name,
            project=net.project,
            network=net.reference,
            _outside=net.undeclared,
            **given,
        )

    def _nat(self, net: Net, region: str, subnet: str | None) -> None:
        """Cloud NAT for a way that comes from a subnet, or from a connector's own range."""
        if self.wrong("no-nat"):
            return
        where = OTHER_REGION if self.wrong("nat-of-other-region") else region
        router, nat = f"{net.name}-router-{where}", f"{net.name}-nat-{where}"
        if any(one.name == router for one in self.program.resources):
            return
        place = {"project": net.project, "region": where, "_outside": net.undeclared}
        self.program.add(ROUTER, router, name=router, network=net.reference, **place)
        inputs: dict[str, Any] = {"sourceSubnetworkIpRangesToNat": "ALL_SUBNETWORKS_ALL_IP_RANGES"}
        other = self.wrong("nat-of-other-subnet")
        if other or (subnet is not None and self.chance(0.3)):
            listed = net.subnets[where] if other or subnet is None else subnet
            if other and listed == subnet:
                listed = self.subnet(net, where, self.range(net, 26))
            inputs = {
                "sourceSubnetworkIpRangesToNat": "LIST_OF_SUBNETWORKS",
                "subnetworks": [
                    {
                        "name": Out(listed, "id"),
                        "sourceIpRangesToNats": [self.random.choice(("ALL_IP_RANGES", "PRIMARY_IP_RANGE"))],
                    }
                ],
            }
        elif self.chance(0.2):
            inputs = {"sourceSubnetworkIpRangesToNat": "ALL_SUBNETWORKS_ALL_PRIMARY_IP_RANGES"}
        allocation: dict[str, Any] = {"natIpAllocateOption": "AUTO_ONLY"}
        if self.wrong("nat-without-addresses"):
            allocation = {"natIpAllocateOption": "MANUAL_ONLY"}
        elif self.wrong("nat-private"):
            allocation = {"type": "PRIVATE"}
        elif self.chance(0.2):
            address = self.program.add(ADDRESS, f"{nat}-ip", name=f"{nat}-ip", **place)
            allocation = {"natIpAllocateOption": "MANUAL_ONLY", "natIps": [Out(address, "selfLink")]}
        self.program.add(
            NAT,
            nat,
            name=nat,
            router=router if net.undeclared else Out(router, "name"),
            **inputs,
            **allocation,
            **place,
        )

    def _service(self, index: int) -> None:
        undeclared = self.wrong("network-undeclared")
        fresh = not self.nets or undeclared or self.fault in OF_NETWORKS or self.chance(0.5)
        fresh = fresh or self.fault == "connector-range-on-shared-network"
        net = self.network(undeclared=undeclared) if fresh else self.random.choice(self.nets)
        region = OTHER_REGION if self.chance(0.2) else REGION
        way, subnet = self._way(net, region, index)
        everything = self.chance(0.45) or self.fault.startswith(
            ("nat-", "no-nat", "default-route", "network-un")
        )
        egress: Any = "ALL_TRAFFIC" if everything else self.random.choice((None, "PRIVATE_RANGES_ONLY"))
        if self.wrong("egress-hidden"):
            egress = Hidden("ALL_TRAFFIC")
        if way is not None:
            way["egress"] = egress
            if egress not in (None, "PRIVATE_RANGES_ONLY"):
                self._nat(net, region, subnet)
        made = stores.Stores(self, net, region, index)
        envs, volumes = made.environment()
        container: dict[str, Any] = {
            "image": IMAGE,
            "envs": [{"name": name, "value": value} for name, value in envs.items()],
        }
        template: dict[str, Any] = {"containers": [container], "vpcAccess": way}
        if volumes:
            template["volumes"] = [{"name": "cloudsql", "cloudSqlInstance": {"instances": volumes}}]
            container["volumeMounts"] = [{"name": "cloudsql", "mountPath": "/cloudsql"}]
        template = {key: value for key, value in template.items() if value is not None}
        name = f"svc-{index}"
        if self.chance(0.2):
            self.program.add(JOB, name, name=name, location=region, template={"template": template})
        else:
            self.program.add(SERVICE, name, name=name, location=region, template=template)

    def _way(self, net: Net, region: str, index: int) -> tuple[dict[str, Any] | None, str | None]:
        """What a service says of its way, and the subnet it comes from; None for a connector's own range."""
        if self.wrong("no-way"):
            return None, None
        direct = self.fault in {
            "subnet-undeclared",
            "subnet-of-other-network",
            "subnet-of-other-region",
            "public-source",
        }
        connector = self.fault.startswith("connector-")
        if direct or (not connector and self.chance(0.45)):
            return self._direct(net, region)
        return self._connector(net, region, index)

    def _direct(self, net: Net, region: str) -> tuple[dict[str, Any], str | None]:
        name = net.subnets[region]
        subnet: Any = Out(name, "id")
        network: Any = net.reference if self.chance(0.7) else None
        if self.wrong("subnet-of-other-network"):
            other = self.network()
            subnet, network = Out(other.subnets[region], "id"), net.reference
        elif self.wrong("subnet-of-other-region"):
            subnet = Out(net.subnets[OTHER_REGION if region == REGION else REGION], "id")
        elif self.wrong("public-source"):
            name = self.subnet(net, region, f"6.{20 + net.base}.{len(self.program.resources)}.0/26")
            subnet = Out(name, "id")
        elif self.wrong("subnet-undeclared"):
            name = self.subnet(net, region, self.range(net, 26), undeclared=True)
            subnet = f"projects/{net.project}/regions/{region}/subnetworks/{name}"
            network = None
        if net.undeclared and isinstance(subnet, Out):
            subnet = f"projects/{net.project}/regions/{region}/subnetworks/{subnet.of}"
            network = network or net.reference
        interface = {"network": network, "subnetwork": subnet, "tags": self.random.choice((None, ["web"]))}
        return {"networkInterfaces": [{k: v for k, v in interface.items() if v is not None}]}, name

    def _connector(self, net: Net, region: str, index: int) -> tuple[dict[str, Any], str | None]:
        name, subnet = f"con-{index}", None
        where = region
        if self.wrong("connector-of-other-region"):
            where = OTHER_REGION if region == REGION else REGION
        path = f"projects/{PROJECT}/locations/{where}/connectors/{name}"
        if self.wrong("connector-nowhere"):
            return {"connector": path}, None
        inputs: dict[str, Any] = {"network": net.reference, "ipCidrRange": self.range(net, 28)}
        if self.wrong("connector-network-hidden"):
            inputs["network"] = Hidden(net.reference)
        elif self.chance(0.4) or (
            net.project != PROJECT and not self.wrong("connector-range-on-shared-network")
        ):
            subnet = self.subnet(net, where, self.range(net, 28))
            inputs = {"subnet": {"name": Out(subnet, "name"), "projectId": net.project}}
            if net.undeclared:
                inputs = {"subnet": {"name": subnet, "projectId": net.project}}
        undeclared = self.wrong("connector-undeclared")
        self.program.add(
            CONNECTOR,
            name,
            name=name,
            region=where,
            minInstances=2,
            maxInstances=3,
            _outside=undeclared,
            **inputs,
        )
        reference: Any = path if undeclared or self.chance(0.2) else Out(name, "id")
        return {"connector": Hidden(Out(name, "id")) if self.wrong("connector-hidden") else reference}, subnet


def platform(seed: int) -> Program:
    """The platform of a seed."""
    return Maker(seed).platform()


def every_fault() -> Sequence[str]:
    """The faults, in the order in which platforms take their turns."""
    return FAULTS
