"""Rules about Serverless VPC Access connectors: what the API refuses at create though previews pass.

Owns sizes, machine types and the size of the range. Whether the range is one at all is for `cidr-limits`,
where a connector leads for the rules about routes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from catalog import cidr, connector
from catalog.source import Breach, Limit
from policies.limits import Subject
from policies.plan import Resource, Secret, Unknown, tokens
from policies.plan.values import bare
from policies.plan.workloads import shown_name
from policies.rules.finding import Severity
from policies.rules.registry import World, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.rules.finding import Claim

CONNECTOR: Final = tokens.CONNECTOR
_INSTANCES: Final = ("minInstances", "maxInstances")
_THROUGHPUT: Final = ("minThroughput", "maxThroughput")


@rule(
    id="connector-limits",
    title="A connector has a size that Google Cloud can make",
    severity=Severity.HIGH,
    why="Google's preview accepts any number of instances; the create fails, and with it every service whose "
    "route leads through the connector",
    fix="size it by minInstances and maxInstances, the least below the most, in a range of its own "
    f"(/{connector.RANGE_PREFIX}): {connector.MIN_INSTANCES.says}; {connector.MAX_INSTANCES.says}",
    types=(CONNECTOR,),
    refutes_early=True,
)
def connector_limits(resource: Resource, _: World) -> Iterator[Claim]:
    """Instances, throughput, machine type and range are what the API takes, and do not exclude each other."""
    if not resource.declared:
        return  # it exists: Google has accepted it
    subject = Subject(resource, f"the connector {shown_name(resource)}")
    _sized_once(subject)
    _size(
        subject,
        "CONNECTOR_INSTANCES",
        ((connector.MIN_INSTANCES, connector.DEFAULT_MIN_INSTANCES), _INSTANCES[0]),
        ((connector.MAX_INSTANCES, connector.DEFAULT_MAX_INSTANCES), _INSTANCES[1]),
    )
    _size(
        subject,
        "CONNECTOR_THROUGHPUT",
        ((connector.MIN_THROUGHPUT, connector.DEFAULT_MIN_THROUGHPUT), _THROUGHPUT[0]),
        ((connector.MAX_THROUGHPUT, connector.DEFAULT_MAX_THROUGHPUT), _THROUGHPUT[1]),
    )
    subject.hold_text("CONNECTOR_MACHINE_TYPE", connector.check_machine_type, "machineType")
    _range(subject)
    yield from subject.claims


def _is_set(resource: Resource, name: str) -> bool:
    # What is unknown is set: an output is not nothing.
    return bare(resource.at(name)) is not None


def _sized_once(subject: Subject) -> None:
    instances = [name for name in _INSTANCES if _is_set(subject.resource, name)]
    throughput = [name for name in _THROUGHPUT if _is_set(subject.resource, name)]
    if instances and throughput:
        breach = Breach("stands beside " + " and ".join(instances), connector.ONE_SIZE, connector.GCLOUD)
        subject.refute(
            "CONNECTOR_SIZED_TWICE",
            " and ".join(throughput),
            breach,
            fix=f"delete {' and '.join(throughput)}: Google advises sizing by instances",
        )


def _size(
    subject: Subject, cause: str, least: tuple[tuple[Limit, int], str], most: tuple[tuple[Limit, int], str]
) -> None:
    (low_limit, low_default), low_name = least
    (high_limit, high_default), high_name = most
    if not (_is_set(subject.resource, low_name) or _is_set(subject.resource, high_name)):
        return
    before = len(subject.claims)
    low = subject.hold(cause, low_limit, low_name)
    high = subject.hold(cause, high_limit, high_name)
    if len(subject.claims) > before:
        return  # the order of two numbers of which one is wrong already says nothing
    low, high = low_default if low is None else low, high_default if high is None else high
    breach = connector.check_order(int(low), int(high), low_name, high_name)
    if breach is not None:
        hidden = any(isinstance(subject.resource.at(name), Secret) for name in (low_name, high_name))
        subject.refute(f"{cause}_ORDER", low_name, breach, hidden=hidden)


def _range(subject: Subject) -> None:
    resource = subject.resource
    own, shared = bare(resource.at("ipCidrRange")), bare(resource.at("subnet"))
    if own is not None and shared is not None and not isinstance(own, Unknown):
        breach = Breach("stands beside subnet", connector.ONE_RANGE, connector.DOCS)
        subject.refute("CONNECTOR_RANGE_TWICE", "ipCidrRange", breach, fix="delete ipCidrRange or subnet")
    elif own is None and shared is None:
        breach = Breach("is not set, and subnet neither", connector.ONE_RANGE, connector.DOCS)
        subject.refute("CONNECTOR_RANGE_MISSING", "ipCidrRange", breach, fix="set ipCidrRange to a free /28")
    else:
        subject.hold_text("CONNECTOR_RANGE_SIZE", _size_of_range, "ipCidrRange")


def _size_of_range(text: str) -> Breach | None:
    return None if isinstance(cidr.parse(text), Breach) else connector.check_size(text)
