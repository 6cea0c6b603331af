"""Transforms and hooks of a program: the rules see what they leave, as the engine does."""

from __future__ import annotations

import json

import pytest

from tests.plumb.test_check import PROJECT, check

SETUP = """
import pulumi
import pulumi_gcp as gcp

def widened(args):
    if args.type_ != "gcp:compute/subnetwork:Subnetwork":
        return None
    return pulumi.ResourceTransformResult({**args.props, "ipCidrRange": "10.0.0.0/99"}, args.opts)

async def later(args):
    return widened(args)

class Wrapped(pulumi.ComponentResource):
    def __init__(self, name, **options):
        super().__init__("own:net:Wrapped", name, None, pulumi.ResourceOptions(**options))
        subnet("inner", parent=self)

def subnet(name, **options):
    gcp.compute.Subnetwork(name, name=name, network="n", ip_cidr_range="10.0.0.0/24",
        opts=pulumi.ResourceOptions(**options))
"""


@pytest.fixture
def checked(tmp_path):
    def run(text: str):
        (tmp_path / "Pulumi.yaml").write_text(PROJECT)
        (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  gcp:project: p\n  gcp:region: us-central1\n")
        (tmp_path / "__main__.py").write_text(SETUP + text)
        return check(tmp_path, "-f", "json")

    return run


@pytest.fixture
def found(checked):
    def run(text: str) -> set[tuple[str, str]]:
        done = checked(text)
        assert done.returncode in (0, 1), done.stderr
        return {(one["resource"]["name"], one["cause"]) for one in json.loads(done.stdout)["findings"]}

    return run


WIDE = {("inner", "CIDR_NOT_ALLOWED")}


@pytest.mark.parametrize(
    "text",
    [
        "subnet('inner', transforms=[widened])",
        "subnet('inner', transforms=[later])",
        "pulumi.runtime.register_resource_transform(widened)\nsubnet('inner')",
        "Wrapped('wrapped', transforms=[widened])",
        "Wrapped('outer', transforms=[lambda args: None, widened])\nsubnet('other')",
    ],
)
def test_a_transform_changes_what_is_judged(found, text):
    assert found(text) == WIDE


def test_without_transforms_nothing_is_found(found):
    assert found("Wrapped('wrapped', transforms=[lambda args: None])") == set()


def test_its_own_transforms_come_before_those_of_the_stack(found):
    text = """
def narrow(args):
    return pulumi.ResourceTransformResult({**args.props, "ipCidrRange": "10.0.0.0/24"}, args.opts)

pulumi.runtime.register_resource_transform(narrow)
subnet('inner', transforms=[widened])
"""
    assert found(text) == set()


# The name of the service is not known: only where it comes from tells what the group leads to.
GROUP = """
def relabelled(args):
    return pulumi.ResourceTransformResult({**args.props}, args.opts)

pulumi.runtime.register_resource_transform(relabelled)
services = [
    gcp.cloudrunv2.Service(name, location="us-central1",
        template={"service_account": "a@p.iam.gserviceaccount.com", "containers": [{"image": "i"}]})
    for name in ("one", "other")
]
gcp.compute.RegionNetworkEndpointGroup("neg", name="neg", region="us-central1",
    network_endpoint_type="SERVERLESS", cloud_run={"service": NAME})
"""


def test_where_an_unknown_value_comes_from_is_kept(found):
    causes = {cause for name, cause in found(GROUP.replace("NAME", "services[1].name")) if name == "neg"}
    assert causes == set()


def test_a_value_that_comes_from_elsewhere_is_not_taken_for_known(found):
    text = GROUP.replace("NAME", "pulumi.StackReference('o/p/s').get_output('name')")
    assert ("neg", "SERVICE_UNKNOWN") in found(text)


def test_a_transform_may_give_another_provider(found):
    text = """
other = gcp.Provider("other", project="netra-staging", region="us-central1")

def moved(args):
    return pulumi.ResourceTransformResult(args.props, pulumi.ResourceOptions.merge(
        args.opts, pulumi.ResourceOptions(provider=other)))

gcp.cloudrunv2.Service("web", name="web", location="us-central1",
    opts=pulumi.ResourceOptions(transforms=[moved]),
    template={"service_account": "a@p.iam.gserviceaccount.com", "containers": [{"image": "i"}]})
"""
    assert ("web", "CONTRACT_MISSING") in found(text)
    assert ("web", "CONTRACT_MISSING") not in found(text.replace("transforms=[moved]", ""))


@pytest.mark.parametrize("hook", ["def hook(args): pass", "async def hook(args): pass"])
def test_hooks_change_nothing(found, hook):
    text = f"""
{hook}
named = pulumi.ResourceHook("named", hook)
subnet('inner', hooks=pulumi.ResourceHookBinding(after_create=[named], before_create=[hook]))
"""
    assert found(text) == set()
    assert found(text + "subnet('wide', transforms=[widened])") == {("wide", "CIDR_NOT_ALLOWED")}


def test_what_only_an_engine_has_is_told_with_the_way_round(checked):
    done = checked("pulumi.runtime.register_invoke_transform(lambda args: None)")
    assert done.returncode == 2
    assert "only an engine has: invoke transforms" in done.stderr
    assert "pulumi preview --json" in done.stderr
    assert "update the Pulumi CLI" not in done.stderr


def test_a_transform_that_fails_is_told(checked):
    done = checked("def broken(args):\n    raise ValueError('not so')\nsubnet('inner', transforms=[broken])")
    assert done.returncode == 2
    assert "not so" in done.stderr
