from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from concurrent import futures
from dataclasses import replace
from pathlib import Path

import grpc
import pytest
from google.protobuf import struct_pb2
from google.rpc import status_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from sandbox.rpc import Servicer
from sandbox.settings import Settings
from sandbox.wire import UNKNOWN, decode, encode
from tests.sandbox.world import NETWORK, REDIS, RUN, VERSION, cache, from_secret, service, urn

LAUNCHER = Path(__file__).parents[2] / "sandbox" / "bin" / "pulumi-resource-gcp"
OUTSIDE = "projects:\n  outsider: {number: '1'}\n"


@pytest.fixture
def settings(tmp_path):
    outside = tmp_path / "outside.yaml"
    outside.write_text(OUTSIDE)
    return Settings(tmp_path / "state", outside)


@pytest.fixture
def provider(settings):
    """The provider behind a real connection, configured as the engine does it."""
    server = grpc.server(futures.ThreadPoolExecutor(4))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Servicer(settings), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        args = encode({"project": "netra-staging", "region": "us-central1"})
        assert stub.Configure(provider_pb2.ConfigureRequest(args=args)).acceptSecrets
        yield stub
    server.stop(None)


def checked(provider, token, name, inputs, secrets=()):
    request = provider_pb2.CheckRequest(urn=urn(token, name), news=encode(inputs, secrets), randomSeed=b"x")
    return provider.Check(request)


def created(provider, token, name, inputs, **options):
    preview = options.get("preview", False)
    answer = checked(provider, token, name, inputs, options.get("secrets", ()))
    assert not answer.failures
    request = provider_pb2.CreateRequest(urn=urn(token, name), properties=answer.inputs, preview=preview)
    return provider.Create(request)


def test_the_provider_takes_secrets(provider):
    assert provider.Handshake(provider_pb2.ProviderHandshakeRequest()).accept_secrets


def test_the_plugin_says_which_version_it_serves(provider):
    version = provider.GetPluginInfo(struct_pb2_empty()).version
    assert int(version.partition(".")[0]) >= 10
    assert json.loads(provider.GetSchema(provider_pb2.GetSchemaRequest()).schema)["name"] == "gcp"


def struct_pb2_empty():
    from google.protobuf import empty_pb2  # noqa: PLC0415 - one call takes it

    return empty_pb2.Empty()


def test_every_failure_of_a_check_comes_back(provider):
    answer = checked(provider, REDIS, "r", {"tier": "GOLD"})
    assert len(answer.failures) == 2


def test_an_unknown_type_is_an_error_and_no_traceback(provider):
    with pytest.raises(grpc.RpcError) as failure:
        checked(provider, "gcp:redis/nothing:Nothing", "r", {})
    assert "has no resource type gcp:redis/nothing:Nothing" in failure.value.details()


def test_a_preview_has_no_id_and_sends_unknowns(provider):
    answer = created(provider, NETWORK, "n", {"name": "n"}, preview=True)
    outputs = decode(answer.properties)
    assert answer.id == ""
    assert outputs["id"] is UNKNOWN
    assert outputs["selfLink"] is UNKNOWN
    assert outputs["name"] == "n"


def test_a_create_makes_it_and_read_finds_it(provider):
    made = created(provider, NETWORK, "n", {"name": "n"})
    assert made.id == decode(made.properties)["id"] == "projects/netra-staging/global/networks/n"
    found = provider.Read(
        provider_pb2.ReadRequest(id=made.id, urn=urn(NETWORK, "n"), properties=made.properties)
    )
    assert decode(found.properties)["selfLink"] == decode(made.properties)["selfLink"]
    assert provider.Read(provider_pb2.ReadRequest(id="no", urn=urn(NETWORK, "n"))).id == ""


def test_notes_of_the_sandbox_do_not_reach_the_engine(provider):
    made = created(provider, RUN, "be", service())
    assert not [name for name in decode(made.properties) if name.startswith("__")]


def test_what_came_in_secret_goes_out_secret(provider):
    secret = created(
        provider, "gcp:secretmanager/secret:Secret", "s", {"secretId": "s", "replication": {"auto": {}}}
    )
    made = created(
        provider, VERSION, "v", {"secret": secret.id, "secretData": "hunter2"}, secrets=[("secretData",)]
    )
    secrets: set = set()
    assert decode(made.properties, secrets)["secretData"] == "hunter2"
    assert ("secretData",) in secrets


def test_a_nested_secret_stays_secret_through_check_create_and_read(provider):
    path = ("template", "containers", 0, "envs", 0, "value")
    inputs = service(container={"envs": [{"name": "A", "value": "hunter2"}]})
    answer = checked(provider, RUN, "be", inputs, [path])
    made = provider.Create(provider_pb2.CreateRequest(urn=urn(RUN, "be"), properties=answer.inputs))
    found = provider.Read(provider_pb2.ReadRequest(id=made.id, urn=urn(RUN, "be"), inputs=answer.inputs))
    for struct in (answer.inputs, made.properties, found.properties, found.inputs):
        secrets: set = set()
        decode(struct, secrets)
        assert path in secrets


def test_a_refusal_names_what_the_api_said(provider):
    created(provider, NETWORK, "n", {"name": "n"})
    with pytest.raises(grpc.RpcError) as failure:
        created(provider, NETWORK, "m", {"name": "n"})
    assert failure.value.details().startswith(
        "1 error occurred:\n\t* Error creating Network: googleapi: Error 409"
    )


def test_a_refused_delete_names_the_resource(provider):
    made = created(
        provider,
        REDIS,
        "r",
        cache(created(provider, NETWORK, "n", {"name": "n"}).id, deletionProtection=True),
    )
    with pytest.raises(grpc.RpcError) as failure:
        provider.Delete(
            provider_pb2.DeleteRequest(id=made.id, urn=urn(REDIS, "r"), properties=made.properties)
        )
    assert f"deleting {urn(REDIS, 'r')}: 1 error occurred" in failure.value.details()
    assert "deletion_protection" in failure.value.details()


def test_a_service_that_cannot_start_is_kept_in_the_state(provider):
    inputs = service(container={"envs": [from_secret("J", "nothing")]})
    with pytest.raises(grpc.RpcError) as failure:
        created(provider, RUN, "be", inputs)
    trailing = dict(failure.value.trailing_metadata())
    status = status_pb2.Status.FromString(trailing["grpc-status-details-bin"])
    kept = provider_pb2.ErrorResourceInitFailed()
    assert status.details[0].Unpack(kept)
    assert kept.id.endswith("/services/backend")
    assert "was not found" in kept.reasons[0]
    assert decode(kept.properties)["terminalConditions"][0]["state"] == "CONDITION_FAILED"


def test_a_diff_is_detailed(provider):
    made = created(provider, NETWORK, "n", {"name": "n", "description": "a"})
    news = checked(provider, NETWORK, "n", {"name": "n", "description": "b"}).inputs
    answer = provider.Diff(
        provider_pb2.DiffRequest(
            id=made.id, urn=urn(NETWORK, "n"), olds=made.properties, news=news, old_inputs=news
        )
    )
    assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME
    assert answer.hasDetailedDiff
    assert answer.detailedDiff["description"].kind == provider_pb2.PropertyDiff.UPDATE_REPLACE
    assert list(answer.replaces) == ["description"]
    assert answer.deleteBeforeReplace


def test_a_lookup_answers(provider):
    created(provider, NETWORK, "n", {"name": "n"})
    function = "gcp:compute/getNetwork:getNetwork"
    answer = provider.Invoke(provider_pb2.InvokeRequest(tok=function, args=encode({"name": "n"})))
    assert decode(getattr(answer, "return"))["name"] == "n"


def test_a_malformed_faults_file_stops_the_first_call_with_its_line(settings, tmp_path):
    faults = tmp_path / "faults.yaml"
    faults.write_text("rules:\n  - {statsu: 503}\n")
    servicer = Servicer(replace(settings, faults=faults))
    server = grpc.server(futures.ThreadPoolExecutor(1))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        with pytest.raises(grpc.RpcError) as failure:
            stub.Configure(provider_pb2.ConfigureRequest())
    assert failure.value.details().startswith(f"{faults}:2: 'statsu' is no key of a rule")
    server.stop(None)


def test_an_operation_before_configure_is_refused_in_words(settings):
    server = grpc.server(futures.ThreadPoolExecutor(1))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Servicer(settings), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        with pytest.raises(grpc.RpcError) as failure:
            stub.Create(provider_pb2.CreateRequest(urn=urn(NETWORK, "n")))
    assert "before it configured the provider" in failure.value.details()
    server.stop(None)


def test_values_survive_the_wire():
    value = {"a": None, "b": [True, 1.5, "x", UNKNOWN, {}], "c": {"d": {"e": "secret"}}}
    secrets: set = set()
    assert decode(encode(value, [("c", "d")]), secrets) == value
    assert secrets == {("c", "d")}


def test_an_output_value_is_read_as_its_value():
    struct = struct_pb2.Struct()
    output = struct.fields["a"].struct_value.fields
    output["4dabf18193072939515e22adb298388d"].string_value = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
    assert decode(struct) == {"a": UNKNOWN}
    output["value"].string_value = "x"
    output["secret"].bool_value = True
    secrets: set = set()
    assert decode(struct, secrets) == {"a": "x"}
    assert secrets == {("a",)}


def start(settings, *prefix):
    environment = {
        **os.environ,
        "SANDBOX_STATE": str(settings.state),
        "SANDBOX_OUTSIDE": str(settings.outside),
    }
    process = subprocess.Popen(  # noqa: S603 - our own launcher
        [*prefix, str(LAUNCHER), "127.0.0.1:1"], stdout=subprocess.PIPE, text=True, env=environment
    )
    readable, _, _ = select.select([process.stdout], [], [], 20)
    assert readable, "no port within 20 s"
    return process, int(process.stdout.readline())


def test_the_launcher_prints_its_port_and_leaves_at_once_when_interrupted(settings):
    process, port = start(settings)
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        assert provider_pb2_grpc.ResourceProviderStub(channel).GetPluginInfo(struct_pb2_empty()).version
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 0
        assert time.monotonic() - began < 0.5


@pytest.mark.skipif(sys.platform == "win32", reason="process groups")
def test_the_provider_leaves_when_its_engine_is_killed(settings, tmp_path):
    pid_file = tmp_path / "pid"
    engine = (
        "import pathlib, subprocess, sys, time\n"
        "provider = subprocess.Popen(sys.argv[2:])\n"
        "pathlib.Path(sys.argv[1]).write_text(str(provider.pid))\n"
        "time.sleep(60)\n"
    )
    process, _ = start(settings, sys.executable, "-c", engine, str(pid_file))
    provider_pid = int(pid_file.read_text())
    process.kill()
    process.wait(5)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and _alive(provider_pid):
        time.sleep(0.05)
    assert not _alive(provider_pid)


def _alive(pid):
    status = Path(f"/proc/{pid}/stat")
    if status.parent.parent.joinpath("self").exists():
        return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_provider_does_not_import_the_whole_sdk():
    script = "import sandbox.rpc, sys; sys.exit('pulumi' in sys.modules or 'ruamel.yaml' in sys.modules)"
    run = [sys.executable, "-c", script]
    assert subprocess.run(run, cwd=LAUNCHER.parents[2], check=False).returncode == 0  # noqa: S603 - our own script
