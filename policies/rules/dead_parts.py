"""Rules about parts that do nothing: firewall rules that match nothing, ranges and policies nobody uses.

A part that does nothing is believed in: whoever wrote the rule takes the path for open, or for closed. They
judge only what is certain to do nothing; a connector or a secret without a user may be another stack's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies import controls
from policies.plan import tokens
from policies.plan.values import UNKNOWN, Unknown, bare, elements, text
from policies.posture import tags
from policies.posture.values import ON, among
from policies.rules.finding import Claim, Severity, Verdict
from policies.rules.registry import World, rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policies.plan import Plan, Resource
    from policies.plan.graph import Key

FIREWALL: Final = "gcp:compute/firewall:Firewall"
ADDRESS: Final = tokens.GLOBAL_ADDRESS
CONNECTION: Final = "gcp:servicenetworking/connection:Connection"
ARMOR: Final = "gcp:compute/securityPolicy:SecurityPolicy"
BACKENDS: Final = tokens.BACKEND_SERVICES


@rule(
    id="firewall-matches-nothing",
    title="A firewall rule aims at network tags that something carries",
    severity=Severity.HIGH,
    why="a rule that matches nothing neither opens nor closes anything, and is believed to: the path that it "
    "was written for is not what its author thinks",
    fix="aim at tags that something carries: vpc-connector-REGION-NAME for a connector, the tags of the "
    "network interfaces for Direct VPC egress",
    types=(FIREWALL,),
    refutes_early=False,
    controls=(controls.SOC2_BOUNDARY,),
)
def firewall_matches_nothing(resource: Resource, world: World) -> Iterator[Claim]:
    """Something on the rule's network carries one of its tags; for ingress, not Direct VPC egress alone.

    A tag that machines of other stacks carry is declared under `externals` (kind `tag`). A rule that is
    disabled says so itself.
    """
    targets = elements(resource.at("targetTags"))
    if not world.closed or among(resource.at("disabled"), ON) is Verdict.PROVEN:
        return
    if isinstance(targets, Unknown) or UNKNOWN in [bare(one) for one in targets]:
        if not _from_a_carrier(resource, world.plan):
            yield Claim(
                Verdict.UNPROVEN,
                "FIREWALL_TAGS_UNKNOWN",
                f"cannot tell what {resource.name} matches: its target tags are not known before the update",
                "write the tags out, or derive them from the connector or service that carries them",
                (resource.name,),
            )
        return
    aimed = [tag for tag in map(text, targets) if isinstance(tag, str)]
    if not aimed or any(_declared(tag, resource, world) for tag in aimed):
        return
    yield from _matched(resource, aimed, world.plan)


def _matched(firewall: Resource, aimed: list[str], plan: Plan) -> Iterator[Claim]:
    direction = text(firewall.at("direction"))
    network = tags.network_of(plan, firewall, "network")
    ingress = direction != "EGRESS" and not isinstance(direction, Unknown)
    met = {tags.reach(plan, tag, network, ingress=ingress) for tag in aimed}
    if tags.Reach.MATCHED in met:
        return
    listed, name = ", ".join(aimed), firewall.name
    if tags.Reach.ONLY_DIRECT in met:
        verdict, cause = Verdict.REFUTED, "INGRESS_FIREWALL_TAGS_UNSUPPORTED_BY_DIRECT_VPC_EGRESS"
        message = f"{name} is an ingress rule for {listed}: tags of Direct VPC egress match egress rules only"
        fix = "set direction to EGRESS, or delete the rule: nothing connects to a Cloud Run service this way"
    elif tags.Reach.ELSEWHERE in met:
        verdict, cause = Verdict.REFUTED, "FIREWALL_TAGS_ON_ANOTHER_NETWORK"
        message = f"{name} aims at {listed}, which is carried on another network than the rule's"
        fix = "set network to the one that carries the tags"
    elif any(tags.may_be_carried(plan, tag) for tag in aimed):
        verdict, cause = Verdict.UNPROVEN, "FIREWALL_TAGS_UNKNOWN"
        message = (
            f"cannot tell whether anything carries {listed}, at which {name} aims: not all tags are known"
        )
        fix = "write out the tags of the resources that are to carry it"
    else:
        verdict, cause = Verdict.REFUTED, "FIREWALL_MATCHES_NOTHING"
        message = f"{name} aims at {listed}, which nothing carries: the rule does nothing"
        fix = (
            "set targetTags to vpc-connector-REGION-NAME of the connector, or to the tags of the service's "
            "network interfaces; what another stack's machines carry is declared under externals (kind: tag)"
        )
    yield Claim(verdict, cause, message, fix, (name,))


def _from_a_carrier(firewall: Resource, plan: Plan) -> bool:
    sources = (plan.get(urn) for urn in firewall.property_dependencies.get("targetTags", ()))
    return any(one is not None and one.type in tags.CARRIERS for one in sources)


def _declared(tag: str, firewall: Resource, world: World) -> bool:
    environment = world.environment_of(firewall)
    names = {"tag": tag, "connector": tag.removeprefix("vpc-connector-")}
    return any(
        external.environment == environment and _is(external.id.rsplit("/", 1)[-1], external.kind, names)
        for external in world.contracts.externals
    )


def _is(name: str, kind: str, names: Mapping[str, str]) -> bool:
    # A connector's tag is vpc-connector-REGION-NAME, and its region need not be declared.
    wanted = names.get(kind, "")
    return wanted == name or (kind == "connector" and wanted.endswith(f"-{name}"))


@rule(
    id="dead-part",
    title="Nothing is made that cannot do anything",
    severity=Severity.LOW,
    why="what does nothing is paid for, reviewed and believed in: a rate limit on no backend limits "
    "nobody, and a range that no connection offers gives no address",
    fix="connect the part to what it was made for, or delete it",
    types=(ADDRESS, ARMOR),
    refutes_early=False,
)
def dead_part(resource: Resource, world: World) -> Iterator[Claim]:
    """Two parts that are certain to be dead, each only where the plan shows what should have used it.

    A range for private services access that no connection of its network offers; a Cloud Armor policy that no
    backend carries, in a plan with backends.
    """
    if world.closed:
        yield from (_range if resource.type == ADDRESS else _policy)(resource, world.plan)


def _range(address: Resource, plan: Plan) -> Iterator[Claim]:
    if text(address.at("purpose")) != "VPC_PEERING":
        return
    network, name = tags.network_of(plan, address, "network"), text(address.at("name"))
    connections = [] if network is None else plan.index((CONNECTION,), _network_of).get(network.urn)
    if not connections or not isinstance(name, str):
        return
    for connection in connections:
        offered = elements(connection.at("reservedPeeringRanges"))
        of_it = connection.property_dependencies.get("reservedPeeringRanges", ())
        names = [] if isinstance(offered, Unknown) else [text(one) for one in offered]
        if isinstance(offered, Unknown) or UNKNOWN in names:
            if address.urn in of_it:
                return
            if not of_it:
                yield _offer_unknown(address, connection)
                return
        elif name in [one.rsplit("/", 1)[-1] for one in names if isinstance(one, str)]:
            return
    connection = connections[0]
    yield Claim(
        Verdict.REFUTED,
        "RANGE_NOT_OFFERED",
        f"{address.name} is reserved for private services access, and {connection.name} does not offer it",
        f"add {name} to reservedPeeringRanges of {connection.name}, or delete the range",
        (address.name, connection.name),
    )


def _offer_unknown(address: Resource, connection: Resource) -> Claim:
    return Claim(
        Verdict.UNPROVEN,
        "RANGE_UNKNOWN",
        f"cannot tell whether {connection.name} offers {address.name}: its ranges are not known",
        f"write the ranges of {connection.name} out, or take them from the addresses' own names",
        (address.name, connection.name),
    )


def _policy(policy: Resource, plan: Plan) -> Iterator[Claim]:
    if text(policy.at("type")) not in {None, "CLOUD_ARMOR"}:
        return
    project = plan.project_of(policy)
    carried = plan.index(BACKENDS, _policies_of)
    key = text(policy.at("name"))
    alike = isinstance(project, str) and project in plan.index(BACKENDS, _projects)
    if not alike or not isinstance(key, str) or key in carried or policy.urn in carried:
        return
    if UNKNOWN in carried:
        yield Claim(
            Verdict.UNPROVEN,
            "POLICY_UNKNOWN",
            f"cannot tell whether a backend service carries {policy.name}: what some carry is not known",
            f"set securityPolicy of the backend services to {policy.name}'s own id or self link",
            (policy.name,),
        )
        return
    yield Claim(
        Verdict.REFUTED,
        "POLICY_ON_NO_BACKEND",
        f"{policy.name} protects nothing: no backend service carries it",
        "set securityPolicy of the backend services to it, or delete it",
        (policy.name,),
    )


def _network_of(plan: Plan, connection: Resource) -> Iterator[Key]:
    network = tags.network_of(plan, connection, "network")
    if network is not None:
        yield network.urn


def _projects(plan: Plan, backend: Resource) -> Iterator[Key]:
    project = plan.project_of(backend)
    if project is not None:
        yield project


def _policies_of(plan: Plan, backend: Resource) -> Iterator[Key]:
    """The name of each policy a backend carries, or what an unknown one comes from."""
    del plan
    for key in ("securityPolicy", "edgeSecurityPolicy"):
        said = text(backend.at(key))
        if isinstance(said, Unknown):
            sources = backend.property_dependencies.get(key, ())
            yield from sources
            if not sources:
                yield UNKNOWN
        elif said is not None:
            yield said.rsplit("/", 1)[-1]
