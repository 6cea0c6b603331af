"""What must hold for every component and every resource, whatever it is."""

from __future__ import annotations

import importlib
import inspect
import json
from typing import TYPE_CHECKING

import pulumi
import pytest

from components.cache import Cache
from components.connector import Egress
from components.database import Database
from components.firewall import EgressFirewall
from components.ingress import Ingress
from components.network import Network
from components.platform import Platform
from components.project import Project
from components.secrets import Secrets
from components.service import Service
from components.verification import Verification
from tests.components.recorder import AUTH_STRING, PASSWORDS, run
from tests.components.stacks import LABELS, staging

if TYPE_CHECKING:
    from tests.components.recorder import Cloud, Declared

COMPONENTS = (
    Cache,
    Database,
    Egress,
    EgressFirewall,
    Ingress,
    Network,
    Platform,
    Project,
    Secrets,
    Service,
    Verification,
)
PROTECTED_BY_PULUMI = {
    "ingress-address",
    "ingress-zone",
    "project-images",
    "cache-redis",
    "database-instance",
    "database-netra",
    "database-auth",
    "secrets-postgres-password-netra",
    "secrets-postgres-password-auth",
    "secrets-redis-password",
    "backend-service",
    "auth-service",
    "frontend-service",
}


def _parameters(declared: Declared) -> set[str]:
    """Inputs that the resource's own class takes."""
    _, module, kind = declared.type.split(":")
    package = importlib.import_module(f"pulumi_gcp.{module.split('/')[0]}")
    return set(inspect.signature(getattr(package, kind)._internal_init).parameters)


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def test_everything_that_takes_labels_has_the_stacks_labels(cloud: Cloud) -> None:
    takers = [each for each in cloud.declared if each.custom and "labels" in _parameters(each)]

    assert {each.name: each.inputs.get("labels") for each in takers} == {each.name: LABELS for each in takers}
    assert {each.type for each in takers} == {
        "gcp:artifactregistry/repository:Repository",
        "gcp:cloudrunv2/job:Job",
        "gcp:cloudrunv2/service:Service",
        "gcp:compute/globalAddress:GlobalAddress",
        "gcp:compute/globalForwardingRule:GlobalForwardingRule",
        "gcp:compute/securityPolicy:SecurityPolicy",
        "gcp:dns/managedZone:ManagedZone",
        "gcp:networkmanagement/connectivityTest:ConnectivityTest",
        "gcp:redis/instance:Instance",
        "gcp:secretmanager/secret:Secret",
    }
    assert cloud.one("sql/databaseInstance:DatabaseInstance").inputs["settings"]["userLabels"] == LABELS


def test_everything_that_takes_a_project_or_a_region_says_it(cloud: Cloud) -> None:
    for each in filter(lambda each: each.custom, cloud.declared):
        parameters = _parameters(each)
        if "project" in parameters:
            assert each.inputs.get("project") == "netra-staging", each.name
        for place in {"region", "location"} & parameters:
            assert each.inputs.get(place) == "us-central1", each.name


def test_everything_that_takes_a_name_has_one_that_is_not_random(cloud: Cloud) -> None:
    again = run(lambda: Platform("platform", staging()))

    def names(of: Cloud) -> dict[str, object]:
        return {each.urn: each.inputs.get("name") for each in of.declared if each.custom}

    assert names(again) == names(cloud)
    for each in filter(lambda each: each.custom and "name" in _parameters(each), cloud.declared):
        assert each.inputs.get("name"), each.name


def test_every_resource_is_the_child_of_its_own_component(cloud: Cloud) -> None:
    by_urn = {each.urn: each for each in cloud.declared}
    for each in filter(lambda each: each.custom, cloud.declared):
        component = by_urn[each.parent]
        assert component.type.startswith("plumbline:components:")
        assert each.name.startswith(f"{component.name}-"), each.name
    platform = cloud.component("Platform")
    others = [each for each in cloud.declared if not each.custom and each.type != platform.type]
    assert {each.parent for each in others if each.type.startswith("plumbline")} == {platform.urn}


def test_no_option_of_a_component_leaks_to_its_children() -> None:
    options = pulumi.ResourceOptions(ignore_changes=["labels"])
    cloud = run(lambda: Platform("platform", staging(), options))

    assert cloud.component("Platform").ignore_changes == ("labels",)
    assert not [each.name for each in cloud.declared if each.custom and "labels" in each.ignore_changes]


@pytest.mark.parametrize("kind", COMPONENTS, ids=lambda kind: kind.__name__)
def test_a_component_registers_every_output_that_it_declares(cloud: Cloud, kind: type) -> None:
    declared = {
        _camel(name)
        for name, annotation in kind.__annotations__.items()
        if annotation.startswith("pulumi.Output")
    }
    token = f"plumbline:components:{kind.__name__}"
    registered = [cloud.outputs[each.urn] for each in cloud.declared if each.type == token]

    assert declared
    assert registered
    for outputs in registered:
        assert set(outputs) == declared
        assert None not in outputs.values()


def test_nothing_says_latest(cloud: Cloud) -> None:
    assert "latest" not in json.dumps([each.inputs for each in cloud.declared])


def test_secret_values_go_only_to_the_database_and_to_secret_manager(cloud: Cloud) -> None:
    values = {*PASSWORDS.values(), AUTH_STRING}
    holders = {
        each.type
        for each in cloud.declared
        if each.custom and any(value in json.dumps(each.inputs) for value in values)
    }
    assert holders == {"gcp:sql/user:User", "gcp:secretmanager/secretVersion:SecretVersion"}


def test_one_switch_protects_all_that_cannot_be_had_again(cloud: Cloud) -> None:
    assert {each.name for each in cloud.declared if each.protect} == PROTECTED_BY_PULUMI
    for each in filter(lambda each: each.custom, cloud.declared):
        if "deletion_protection" in _parameters(each):
            assert each.inputs["deletionProtection"] is True, each.name


def test_without_the_switch_nothing_is_protected() -> None:
    cloud = run(lambda: Platform("platform", staging(deletionProtection=False)))

    assert not [each.name for each in cloud.declared if each.protect]
    for each in filter(lambda each: each.custom, cloud.declared):
        assert each.inputs.get("deletionProtection") in {None, False}, each.name
    settings = cloud.one("sql/databaseInstance:DatabaseInstance").inputs["settings"]
    assert settings["deletionProtectionEnabled"] is False


def test_what_refers_to_nothing_of_ours_waits_for_the_apis(cloud: Cloud) -> None:
    apis = {each.urn for each in cloud.of("projects/service:Service").values()}
    for each in filter(lambda each: each.custom and each.urn not in apis, cloud.declared):
        assert each.depends_on, each.name
        # Directly, or through something that does: nothing may start beside them.
        assert _reaches(cloud, each.depends_on, apis), each.name


def _reaches(cloud: Cloud, start: frozenset[str], goal: set[str]) -> bool:
    by_urn = {each.urn: each for each in cloud.declared}
    seen, ahead = set(), set(start)
    while ahead:
        if ahead & goal:
            return True
        seen |= ahead
        ahead = {urn for each in ahead if each in by_urn for urn in by_urn[each].depends_on} - seen
    return False
