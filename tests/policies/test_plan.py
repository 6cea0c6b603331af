"""The graph: finding resources by every spelling of a reference, and what each source of a plan adds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.plan import UNKNOWN, Plan, Secret
from policies.plan.analyze import ended, seen
from policies.plan.references import Context, canonical
from tests.policies.wire import Declared, analyze, analyze_stack, service

NETWORK = "gcp:compute/network:Network"
SUBNETWORK = "gcp:compute/subnetwork:Subnetwork"
CONNECTOR = "gcp:vpcaccess/connector:Connector"
SECRET = "gcp:secretmanager/secret:Secret"  # noqa: S105 - a type
SQL = "gcp:sql/databaseInstance:DatabaseInstance"
ACCOUNT = "gcp:serviceaccount/account:Account"
NAMES = st.from_regex(r"[a-z][a-z0-9-]{4,20}[a-z0-9]", fullmatch=True)

# Each spelling of one resource in project P, region R, called N.
SPELLINGS = {
    NETWORK: [
        "N",
        "global/networks/N",
        "projects/P/global/networks/N",
        "https://www.googleapis.com/compute/v1/projects/P/global/networks/N",
        "https://compute.googleapis.com/compute/beta/projects/P/global/networks/N",
        "//compute.googleapis.com/projects/P/global/networks/N",
    ],
    SUBNETWORK: [
        "N",
        "regions/R/subnetworks/N",
        "projects/P/regions/R/subnetworks/N",
        "https://www.googleapis.com/compute/v1/projects/P/regions/R/subnetworks/N",
    ],
    CONNECTOR: [
        "N",
        "projects/P/locations/R/connectors/N",
        "//vpcaccess.googleapis.com/projects/P/locations/R/connectors/N",
    ],
    SECRET: ["N", "projects/P/secrets/N", "projects/12345/secrets/N", "projects/P/secrets/N/versions/3"],
    SQL: ["N", "P:R:N", "projects/P/instances/N", "https://sqladmin.googleapis.com/sql/v1beta4/projects/P/instances/N"],
    ACCOUNT: ["N@P.iam.gserviceaccount.com", "serviceAccount:N@P.iam.gserviceaccount.com",
              "projects/P/serviceAccounts/N@P.iam.gserviceaccount.com"],
}  # fmt: skip
NAMED_BY = {SECRET: "secretId", ACCOUNT: "accountId"}


def plan_of(*resources: Declared, **more: str) -> tuple[Plan, list]:
    plan = Plan(**more)
    return plan, [seen(plan, analyze(resource)) for resource in resources]


@pytest.mark.parametrize("type_", SPELLINGS)
@settings(deadline=None)
@given(project=NAMES, name=NAMES, region=st.sampled_from(["us-central1", "europe-west4"]))
def test_every_spelling_finds_the_one_resource(type_, project, name, region):
    def spelled(pattern: str) -> str:
        return "".join({"P": project, "R": region, "N": name}.get(part, part) for part in _split(pattern))

    inputs = {NAMED_BY.get(type_, "name"): name, "region": region, "project": project}
    other = {**inputs, NAMED_BY.get(type_, "name"): f"{name}x"}
    plan, (one, _, near) = plan_of(
        Declared(type_, "one", inputs),
        Declared(type_, "other", other),
        service([], project=project, location=region),
    )
    assert {plan.find(type_, spelled(pattern), near) for pattern in SPELLINGS[type_]} == {one}


def _split(pattern: str) -> list[str]:
    parts, word = [], ""
    for letter in pattern:
        if letter in "/:@.":
            parts += [word, letter]
            word = ""
        else:
            word += letter
    return [*parts, word]


def test_another_project_or_region_is_another_resource():
    plan, (_, near) = plan_of(
        Declared(SUBNETWORK, "a", {"name": "a", "region": "us-central1", "project": "netra-staging"}),
        service([]),
    )
    assert plan.find(SUBNETWORK, "projects/netra-production/regions/us-central1/subnetworks/a", near) is None
    assert plan.find(SUBNETWORK, "regions/europe-west4/subnetworks/a", near) is None
    assert plan.find(SUBNETWORK, "projects/netra-staging/global/networks/a", near) is None


def test_an_unknown_reference_is_unknown_and_a_secret_one_is_followed():
    plan, (network, near) = plan_of(
        Declared(NETWORK, "n", {"name": "n", "project": "netra-staging"}), service([])
    )
    assert plan.find(NETWORK, UNKNOWN, near) is UNKNOWN
    assert plan.find(NETWORK, Secret("n"), near) is network
    assert plan.find(NETWORK, None, near) is None


def test_a_resource_that_comes_later_is_found_too():
    plan, (near,) = plan_of(service([]))
    assert plan.find(NETWORK, "n", near) is None
    network = seen(plan, analyze(Declared(NETWORK, "n", {"name": "n", "project": "netra-staging"})))
    assert plan.find(NETWORK, "n", near) is network


def test_two_of_one_name_are_nobody():
    plan, (_, _, near) = plan_of(
        *(Declared(SECRET, p, {"secretId": "s", "project": p}) for p in ("project-a", "project-b")),
        service([]),
    )
    assert plan.find(SECRET, "projects/12345/secrets/s", near) is None


def test_a_type_nobody_refers_to_has_no_name():
    assert canonical("gcp:dns/recordSet:RecordSet", "a", Context()) is None


def test_the_project_is_the_resources_else_the_providers_else_the_stacks():
    plan, (own, provided, left, unknown) = plan_of(
        service([], project="own-project", provider={"project": "theirs"}),
        service([], resource="b", project=None, provider={"project": "theirs", "region": "r"}),
        service([], resource="c", project=None),
        service([], resource="d", project=UNKNOWN),
        project="the-stacks",
    )
    assert [plan.project_of(r) for r in (own, provided, left, unknown)] == [
        "own-project", "theirs", "the-stacks", UNKNOWN,
    ]  # fmt: skip
    assert plan.region_of(own) == "us-central1"


def test_the_end_adds_outputs_dependencies_and_what_was_only_read():
    network = Declared(NETWORK, "n", {"name": "n"})
    read = Declared(NETWORK, "old", {"name": "old"}, read_only=True)
    web = service(
        [], depends={"template": [network.urn]}, outputs={"name": "web-staging", "uri": "https://w"}
    )
    plan, _ = plan_of(network, web)
    ended(plan, analyze_stack([network, web, read]))
    known = plan.get(web.urn)
    assert known is not None
    assert known.outputs["uri"] == "https://w"
    assert "uri" not in known.inputs
    assert known.property_dependencies == {"template": (network.urn,)}
    assert known.dependencies == (network.urn,)
    old = plan.get(read.urn)
    assert old is not None
    assert not old.declared
    assert old.inputs == {"name": "old"}
    assert len(plan) == len(list(plan)) == 3


def test_inputs_are_read_once_and_only_when_asked():
    plan, (network, other) = plan_of(
        Declared(NETWORK, "n", {"name": "n"}), Declared(NETWORK, "m", {"name": "m"})
    )
    assert network.inputs is network.inputs
    assert "inputs" not in vars(other)
    assert len(list(plan.of_type([NETWORK]))) == 2


def named(_plan, resource):
    yield resource.at("name")


def test_an_index_keeps_up_with_the_plan_and_forgets_what_was_replaced():
    plan, (first,) = plan_of(Declared(NETWORK, "a", {"name": "one"}))
    networks = plan.index((NETWORK,), named)
    assert list(networks.get("one")) == [first]
    again = seen(plan, analyze(Declared(NETWORK, "a", {"name": "two"})))
    other = seen(plan, analyze(Declared(NETWORK, "b", {"name": UNKNOWN})))
    assert list(networks.get("one")) == []
    assert list(networks.get("two")) == [again]
    assert list(networks.get(UNKNOWN)) == [other]
    assert plan.index((NETWORK,), named) is networks


def test_an_unknown_reference_is_traced_to_the_one_resource_its_property_comes_from():
    network, other = Declared(NETWORK, "a", {"name": "one"}), Declared(NETWORK, "b", {"name": "two"})
    near = Declared(SUBNETWORK, "s", {"network": UNKNOWN}, depends={"network": [network.urn]})
    unsure = Declared(SUBNETWORK, "t", {"network": UNKNOWN}, depends={"network": [network.urn, other.urn]})
    everything = (network, other, near, unsure)
    plan, (first, _, subnet, twofold) = plan_of(*everything)
    assert plan.refers(NETWORK, subnet, "network") is UNKNOWN
    ended(plan, analyze_stack(everything))
    assert plan.refers(NETWORK, subnet, "network") is first
    assert plan.refers(NETWORK, twofold, "network") is UNKNOWN


def test_one_name_in_many_projects_is_found_where_it_is_meant():
    secrets = [Declared(SECRET, f"s{n}", {"secretId": "token", "project": f"project-{n}"}) for n in range(50)]
    plan, declared = plan_of(*secrets)
    near = declared[3]
    assert plan.find(SECRET, "projects/project-7/secrets/token", near) is declared[7]
    assert plan.find(SECRET, "token", near) is near
    assert plan.find(SECRET, "projects/12345/secrets/token", near) is None


def test_a_resource_whose_project_nobody_knows_may_be_meant_too():
    here, nowhere = Declared(SECRET, "a", {"secretId": "token", "project": "p"}), {"secretId": "token"}
    plan, (known, _) = plan_of(here, Declared(SECRET, "b", nowhere))
    assert plan.find(SECRET, "projects/p/secrets/token", known) is None
    assert plan.find(SECRET, "projects/q/secrets/token", known) is plan.get(Declared(SECRET, "b", {}).urn)
