"""`plumb recover`: what is written into the state, which ids are tried, what the user is told."""

import copy
import json
import os
import socket
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from plumb import recover
from plumb.app import app
from plumb.identities import computed_id
from plumb.recover import RecoveryError, drafted

NETWORK = "gcp:compute/network:Network"
PROVIDER = "urn:pulumi:s::p::pulumi:providers:gcp::default"
SECRET = "gcp:secretmanager/secret:Secret"  # noqa: S105 - a type's name
VERSION = "gcp:secretmanager/secretVersion:SecretVersion"


def resource(name, *, token=NETWORK, **more):
    urn = f"urn:pulumi:s::p::{token}::{name}"
    return {
        "urn": urn,
        "type": token,
        "custom": True,
        "provider": f"{PROVIDER}::1234",
        "inputs": {"name": name},
        **more,
    }


def state(*resources, pending=()):
    provider = {
        "urn": PROVIDER,
        "type": "pulumi:providers:gcp",
        "custom": True,
        "inputs": {"project": "proj", "region": "us-central1"},
    }
    operations = [{"type": kind, "resource": each} for kind, each in pending]
    return {
        "version": 3,
        "deployment": {"resources": [provider, *resources], "pending_operations": operations},
    }


def urns(draft):
    return [each["urn"] for each in draft.state["deployment"]["resources"][1:]]


def test_an_interrupted_create_becomes_a_resource_under_the_id_it_would_have():
    draft = drafted(state(pending=[("creating", resource("net"))]), {})
    made = draft.state["deployment"]["resources"][-1]
    assert made["id"] == "projects/proj/global/networks/net"
    assert made["outputs"] == made["inputs"]
    assert draft.candidates == [made["urn"]]
    assert "pending_operations" not in draft.state["deployment"]


def test_the_state_that_was_given_is_left_as_it_is():
    given = state(resource("a"), pending=[("creating", resource("net"))])
    before = copy.deepcopy(given)
    drafted(given, {})
    assert given == before


def test_an_interrupted_update_or_delete_stays_and_is_asked_about():
    existing = resource("net", id="projects/proj/global/networks/net")
    for kind in ("updating", "deleting"):
        draft = drafted(state(existing, pending=[(kind, existing)]), {})
        assert urns(draft) == [existing["urn"]]
        assert draft.uncertain == [existing["urn"]]
        assert draft.candidates == []


def test_a_component_or_a_provider_is_forgotten_because_up_makes_it_again():
    component = {"urn": "urn:pulumi:s::p::a:b:C::c", "type": "a:b:C", "custom": False}
    provider = resource("other", token="pulumi:providers:gcp")  # noqa: S106 - a type's name
    draft = drafted(state(pending=[("creating", component), ("creating", provider)]), {})
    assert urns(draft) == []
    assert draft.forgotten == [component["urn"], provider["urn"]]


def test_a_replacement_takes_the_place_of_what_was_deleted_for_it():
    old, after = resource("net", id="old", pendingReplacement=True), resource("later", id="x")
    draft = drafted(state(old, after, pending=[("creating", resource("net"))]), {})
    assert urns(draft) == [old["urn"], after["urn"]]
    assert draft.state["deployment"]["resources"][1]["id"] == "projects/proj/global/networks/net"
    assert "pendingReplacement" not in draft.state["deployment"]["resources"][1]


def test_a_replacement_stands_before_what_is_still_to_be_deleted():
    old = resource("net", id="old")
    draft = drafted(state(old, pending=[("creating", resource("net"))]), {})
    _, new, doomed = draft.state["deployment"]["resources"]
    assert (new["id"], new.get("delete")) == ("projects/proj/global/networks/net", None)
    assert (doomed["id"], doomed["delete"]) == ("old", True)


def test_an_id_that_the_user_gives_wins():
    net = resource("net")
    draft = drafted(state(pending=[("creating", net)]), {net["urn"]: "given"})
    assert draft.state["deployment"]["resources"][-1]["id"] == "given"


def test_the_user_can_say_that_it_does_not_exist():
    net = resource("net")
    draft = drafted(state(pending=[("creating", net)]), {net["urn"]: "none"})
    assert (urns(draft), draft.forgotten) == ([], [net["urn"]])


def test_an_id_that_cannot_be_computed_is_asked_for_by_urn():
    version = resource("v", token=VERSION, inputs={})
    with pytest.raises(RecoveryError) as refused:
        drafted(state(pending=[("creating", version)]), {})
    assert version["urn"] in str(refused.value)
    assert "--id URN=ID" in str(refused.value)


@pytest.mark.parametrize(
    "token",
    [
        "gcp:monitoring/notificationChannel:NotificationChannel",
        "gcp:monitoring/alertPolicy:AlertPolicy",
        "gcp:monitoring/uptimeCheckConfig:UptimeCheckConfig",
        "gcp:monitoring/dashboard:Dashboard",
    ],
)
def test_a_number_that_google_chooses_is_asked_for_and_not_guessed(token):
    """A guess that the provider does not find would be forgotten, and made a second time."""
    made = resource("on-call", token=token, inputs={"displayName": "on call", "project": "proj"})
    with pytest.raises(RecoveryError, match="their ids are the provider's choice"):
        drafted(state(pending=[("creating", made)]), {})


def test_of_a_secrets_versions_the_next_number_is_tried_under_the_secrets_own_name():
    name = "projects/1234/secrets/s"
    secret = resource("s", token=SECRET, id="projects/proj/secrets/s", outputs={"name": name})
    other = resource("o", token=VERSION, id="projects/1234/secrets/not-s/versions/9", inputs={})
    version = resource("v", token=VERSION, inputs={"secret": "projects/proj/secrets/s"})
    deployment = state(secret, other)["deployment"]
    assert computed_id(deployment, version) == f"{name}/versions/1"
    deployment["resources"].append({**version, "id": f"{name}/versions/4"})
    assert computed_id(deployment, version) == f"{name}/versions/5"


@pytest.mark.parametrize(
    ("token", "inputs", "identity"),
    [
        ("gcp:sql/databaseInstance:DatabaseInstance", {"name": "db"}, "projects/proj/instances/db"),
        ("gcp:redis/instance:Instance", {"name": "r"}, "projects/proj/locations/us-central1/instances/r"),
        (
            "gcp:cloudrunv2/service:Service",
            {"name": "api", "location": "europe-west1", "project": "other"},
            "projects/other/locations/europe-west1/services/api",
        ),
        (
            "gcp:servicenetworking/connection:Connection",
            {
                "network": "https://www.googleapis.com/compute/v1/projects/proj/global/networks/n",
                "service": "s.g.c",
            },
            "projects%2Fproj%2Fglobal%2Fnetworks%2Fn:s.g.c",
        ),
    ],
)
def test_ids_are_those_that_google_gives(token, inputs, identity):
    assert computed_id(state()["deployment"], resource("x", token=token, inputs=inputs)) == identity


@pytest.fixture
def backend(tmp_path, monkeypatch):
    """A project whose backend is a folder, a lock that a dead process left, a `pulumi` noting its calls."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Pulumi.yaml").write_text("name: p\n")
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path}/backend")
    monkeypatch.setenv("SANDBOX_STATE", str(tmp_path / "state"))
    process = subprocess.Popen([sys.executable, "-S", "-c", ""])
    process.wait()
    lock = tmp_path / "backend" / ".pulumi" / "locks" / "organization" / "p" / "s" / "1.json"
    lock.parent.mkdir(parents=True)
    lock.write_text(
        json.dumps({"pid": process.pid, "hostname": socket.gethostname(), "timestamp": "t", "username": "u"})
    )
    calls = []
    exports = []

    def run(*arguments, stdin=""):
        calls.append(arguments)
        if arguments[:2] == ("stack", "import"):
            exports.append(json.loads(stdin))
        return json.dumps(exports[-1]) if arguments[:2] == ("stack", "export") else ""

    monkeypatch.setattr(recover.pulumi, "run", run)
    return calls, exports, lock


def test_the_steps_are_cancel_import_refresh_of_what_is_uncertain(backend):
    calls, exports, _ = backend
    net = resource("net")
    exports.append(state(pending=[("creating", net)]))
    done = recover.recover("s", ids={}, confirm=pytest.fail)
    verbs = [" ".join(each[:2]) for each in calls]
    assert verbs == ["stack export", "cancel --yes", "stack import", "refresh --yes", "stack export"]
    assert calls[3][-2:] == ("--target", net["urn"])
    assert done.adopted == [net["urn"]]


def test_the_state_is_saved_first_and_only_its_owner_can_read_it(backend):
    _, exports, _ = backend
    exports.append(state(pending=[("creating", resource("net"))]))
    before = copy.deepcopy(exports[0])
    done = recover.recover("s", ids={}, confirm=pytest.fail)
    assert json.loads(done.backup.read_text()) == before
    assert done.backup.stat().st_mode & 0o777 == 0o600
    assert done.backup.is_relative_to(os.environ["SANDBOX_STATE"])


def test_when_something_fails_the_way_back_is_named(backend, monkeypatch):
    _, exports, _ = backend
    exports.append(state(pending=[("creating", resource("net"))]))
    run = recover.pulumi.run

    def fail(*arguments, stdin=""):
        if arguments[0] == "refresh":
            raise recover.pulumi.PulumiError("no such luck")
        return run(*arguments, stdin=stdin)

    monkeypatch.setattr(recover.pulumi, "run", fail)
    with pytest.raises(
        recover.pulumi.PulumiError, match=r"no such luck\n.*pulumi stack import --stack s --file .*\.json"
    ):
        recover.recover("s", ids={}, confirm=pytest.fail)


def test_a_stack_that_is_in_order_is_left_alone(backend):
    calls, exports, lock = backend
    lock.unlink()
    exports.append(state(resource("net", id="x")))
    result = CliRunner().invoke(app, ["recover", "s"])
    assert result.output == "Stack s is in order: no update was interrupted.\n"
    assert [each[:2] for each in calls] == [("stack", "export")]


def test_an_update_that_still_runs_keeps_its_lock(backend, monkeypatch):
    calls, exports, _ = backend
    exports.append(state())
    monkeypatch.setattr("toolchain.backend._runs_pulumi", lambda _: True)
    result = CliRunner().invoke(app, ["recover", "s"])
    assert result.exit_code == 1
    assert "an update of s still runs: process" in result.output
    assert calls == []


def test_on_another_backend_the_user_is_asked_and_without_a_terminal_refused(backend, monkeypatch):
    calls, exports, _ = backend
    exports.append(state())
    monkeypatch.setenv("PULUMI_BACKEND_URL", "gs://bucket")
    result = CliRunner().invoke(app, ["recover", "s"])
    assert result.exit_code == 1
    assert "Say so with --yes" in result.output
    assert calls == []
    assert CliRunner().invoke(app, ["recover", "s", "--yes"]).exit_code == 0
    assert ("cancel", "--yes", "--stack", "s") in calls


def test_an_id_that_is_no_pair_is_refused_with_an_example():
    result = CliRunner().invoke(app, ["recover", "s", "--id", "net"])
    assert result.exit_code == 2
    assert "URN=ID" in result.output


def test_what_was_done_is_told_by_name_and_type(backend):
    _, exports, _ = backend
    exports.append(state(pending=[("creating", resource("net")), ("updating", resource("old", id="x"))]))
    result = CliRunner().invoke(app, ["recover", "s"])
    assert (
        "Kept, because the interrupted create had made it:\n  net  (gcp:compute/network:Network)\n"
        in result.output
    )
    assert (
        "Read anew, because its change was interrupted:\n  old  (gcp:compute/network:Network)\n"
        in result.output
    )
    assert result.output.endswith("Next: pulumi up --stack s\n")
