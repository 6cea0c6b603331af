"""Serverless VPC Access connectors: instances, machine types, throughput, range.

Owns what the API accepts at create; most of it passes a preview. Does not own routes: a connector's region
and network are judged where the plan is.
"""

from dataclasses import dataclass

from catalog import cidr
from catalog.source import Breach, Limit, Source

DOCS = Source("https://cloud.google.com/vpc/docs/serverless-vpc-access")
SCALING = Source("https://cloud.google.com/vpc/docs/serverless-vpc-access#scaling")
MACHINES = Source("https://cloud.google.com/compute/docs/general-purpose-machines", checked=False)
GCLOUD = Source("https://cloud.google.com/sdk/gcloud/reference/compute/networks/vpc-access/connectors/create")

OWN_RULE = Source("https://cloud.google.com/functions/docs/networking/connecting-vpc#restrict-access")
"""A rule that nobody sees lets a connector in to all destinations of its network, at this priority."""
OWN_RULE_PRIORITY = 1000

RANGE_PREFIX = 28
DEFAULT_MACHINE_TYPE = "e2-micro"
DEFAULT_MIN_INSTANCES = 2
DEFAULT_MAX_INSTANCES = 10
DEFAULT_MIN_THROUGHPUT = 200
DEFAULT_MAX_THROUGHPUT = 300
ONE_SIZE = "a connector is sized by instances or by throughput, never by both"
ONE_RANGE = (
    "a connector takes a range of its own (ipCidrRange, with network) or a subnet, exactly one of them"
)

MIN_INSTANCES = Limit(
    "a Serverless VPC Access connector keeps 2 to 9 instances running", 2, 9, SCALING, step=1
)
MAX_INSTANCES = Limit("a Serverless VPC Access connector has 3 to 10 instances", 3, 10, SCALING, step=1)
MIN_THROUGHPUT = Limit(
    "a connector's least throughput is 200 to 900 Mbps in steps of 100", 200, 900, GCLOUD, step=100
)
MAX_THROUGHPUT = Limit(
    "a connector's most throughput is 300 to 1000 Mbps in steps of 100", 300, 1000, GCLOUD, step=100
)


@dataclass(frozen=True, slots=True)
class MachineType:
    """A machine type that connectors may have.

    Attributes:
        name: Its name.
        least_mbps: Throughput of 2 instances, in Mbps.
        most_mbps: Throughput of 10 instances, in Mbps.
        milli_vcpus: Thousandths of a vCPU that one is (`MACHINES`); of a shared core the part.
        memory_mb: Memory of one, in MB.
    """

    name: str
    least_mbps: int
    most_mbps: int
    milli_vcpus: int
    memory_mb: int

    def mbps(self, instances: int) -> int:
        """Throughput that Google expects of so many instances, in Mbps; it grows evenly."""
        return self.most_mbps * instances // 10


MACHINE_TYPES = {
    machine.name: machine
    for machine in (
        MachineType("f1-micro", 100, 500, 200, 614),
        MachineType("e2-micro", 200, 1000, 250, 1024),
        MachineType("e2-standard-4", 3200, 16000, 4000, 16_384),
    )
}


def check_machine_type(name: str) -> Breach | None:
    """Whether connectors come in this machine type."""
    if name in MACHINE_TYPES:
        return None
    why = f"a connector's instances are {', '.join(MACHINE_TYPES)}, and no other machine type"
    return Breach(f"is {name!r}", why, SCALING, DEFAULT_MACHINE_TYPE)


def check_range(text: str) -> Breach | None:
    """Whether a connector may have this range: a /28, no other size."""
    return cidr.check(text) or check_size(text)


def check_size(text: str) -> Breach | None:
    """Whether the range is a /28; None also when it is not well formed."""
    return cidr.check_prefix(
        text,
        shortest=RANGE_PREFIX,
        longest=RANGE_PREFIX,
        says=f"a connector takes a /{RANGE_PREFIX} of its own, no larger and no smaller",
        source=DOCS,
    )


def check_order(
    least: int, most: int, least_name: str = "minInstances", most_name: str = "maxInstances"
) -> Breach | None:
    """Whether the least number lies below the most; equal is refused too."""
    if least < most:
        return None
    limit, step = (MIN_INSTANCES, 1) if least_name == "minInstances" else (MIN_THROUGHPUT, 100)
    why = f"a connector's {least_name} lies below its {most_name}, which is {most}"
    return Breach(f"is {least}", why, GCLOUD, int(limit.nearest(most - step)))


def firewall_tags(region: str, name: str) -> tuple[str, str]:
    """The network tags that a connector's instances carry: firewall rules aimed at these do work."""
    return ("vpc-connector", f"vpc-connector-{region}-{name}")
