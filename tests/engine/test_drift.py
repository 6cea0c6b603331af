# ruff: noqa: ARG001 - a step needs the step before it, whether or not it looks at it
"""Drift made by hand in the sandbox, found by the real engine; and the policies on what is deployed."""

import json

import pytest

REDIS = "gcp:redis/instance:Instance"


@pytest.fixture(scope="module")
def shared(up_once, tmp_path_factory):
    """Staging as it is deployed."""
    return up_once.copy(tmp_path_factory.mktemp("drift"))


@pytest.fixture(scope="module")
def clean(shared):
    return shared.run("plumb", "drift", "staging")


@pytest.fixture(scope="module")
def analyzed(shared):
    """The policies on the exported state, as every night."""
    state = shared.folder / "state.json"
    shared.pulumi("stack", "export", "--file", str(state)).must()
    return shared.run("pulumi", "policy", "analyze", "--file", str(state), "--policy-pack", "policies/run")


@pytest.fixture(scope="module")
def drifted(shared, clean, analyzed):
    """Somebody makes the cache larger, moves it, and deletes the TLS policy."""
    shared.run("python", "-m", "sandbox", "set", "netra-redis", "memorySizeGb=5", "host=10.30.0.6").must()
    shared.run(
        "python", "-m", "sandbox", "rm", "projects/netra-staging/global/sslPolicies/netra-ingress"
    ).must()
    return shared.run("plumb", "drift", "staging", "--format", "json")


def test_after_an_up_nothing_has_drifted(clean):
    assert clean.code == 0, clean.text
    assert "staging: no drift" in clean.text


def test_the_policies_pass_on_the_state_of_what_is_deployed(analyzed):
    assert analyzed.code == 0, analyzed.text
    assert "plumbline@v" in analyzed.text


def test_the_right_resource_and_property_are_named_and_nothing_else(drifted):
    assert drifted.code == 1, drifted.text
    found = {one["name"]: one for one in json.loads(drifted.text)["drifted"]}
    assert found.keys() == {"cache-redis", "ingress-tls"}
    assert found["ingress-tls"]["gone"]
    size, host = found["cache-redis"]["changes"]
    assert size == {"path": "memorySizeGb", "old": "4", "new": "5", "usedBy": []}
    assert (host["path"], host["new"]) == ("host", "10.30.0.6")
    assert {"auth-service", "backend-service"} <= set(host["usedBy"])


def test_looking_changes_nothing_and_leaves_no_lock(shared, drifted):
    [redis] = [each for each in shared.resources() if each["type"] == REDIS]
    assert redis["outputs"]["memorySizeGb"] == 4
    assert list((shared.state / "pulumi" / ".pulumi" / "locks").rglob("*.json")) == []


def test_what_could_not_be_read_is_not_taken_for_no_drift(shared, drifted):
    shared.faults({"type": "gcp:redis/*", "operation": "read", "status": 503})
    ran = shared.run("plumb", "drift", "staging")
    assert ran.code == 2
    assert "cache-redis" in ran.text
    assert "503" in ran.text
    assert "Traceback" not in ran.text
