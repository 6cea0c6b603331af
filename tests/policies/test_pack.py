"""The pack as a process of the engine: how it starts, what it says of itself, how it leaves."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from contracts import Contracts
from policies.rules import registered
from tests.policies.wire import analyze, analyze_stack, plain, service

ROOT = Path(__file__).resolve().parents[2]
RUN = [str(ROOT / "policies" / "run"), "127.0.0.1:1"]
FOLDER = [sys.executable, "-m", "pulumi.policy", "127.0.0.1:1", str(ROOT / "policies")]
AT_ONCE = 0.5  # seconds


@pytest.fixture
def started(tmp_path):
    """Starts a pack as the engine does, in another team's folder, and gives its process and a stub."""
    processes, channels = [], []

    def start(command=RUN, **environ):
        process = subprocess.Popen(  # noqa: S603 - the pack, started as the engine starts it
            command,
            cwd=tmp_path,
            env={**os.environ, "PLUMB_FINDINGS": str(tmp_path / "findings.json"), **environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        channel = grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}")
        channels.append(channel)
        return process, analyzer_pb2_grpc.AnalyzerStub(channel)

    yield start
    for channel in channels:
        channel.close()
    for process in processes:
        process.kill()
        process.communicate()


def configure(stub, **config):
    stub.ConfigureStack(analyzer_pb2.AnalyzerStackConfigureRequest(dry_run=True, config=config))


def leaves(process, signal_=signal.SIGINT):
    before = time.monotonic()
    process.send_signal(signal_)
    process.wait(timeout=10)
    return time.monotonic() - before


@pytest.mark.parametrize("command", [RUN, FOLDER], ids=["executable", "folder"])
def test_both_ways_of_starting_judge_by_our_contracts(started, command, tmp_path):
    process, stub = started(command)
    stub.Handshake(analyzer_pb2.AnalyzerHandshakeRequest(engine_address="127.0.0.1:1"))
    configure(stub, **{"gcp:project": "netra-staging"})
    backend = service([plain("HOST", "h")], name="netra-backend-staging", project=None)
    told = stub.Analyze(analyze(backend)).diagnostics
    assert "netra-backend-staging does not set JWT_SECRET_STAGING" in [m.message.split("\n")[0] for m in told]
    assert {one.enforcementLevel for one in told} == {analyzer_pb2.MANDATORY}
    # The end says nothing twice, and the file holds everything once.
    advised = stub.AnalyzeStack(analyze_stack([backend])).diagnostics
    assert {(one.policyName, one.enforcementLevel) for one in advised} == {("watched", analyzer_pb2.ADVISORY)}
    written = json.loads((tmp_path / "findings.json").read_text())
    assert len(written) == len(told) + len(advised)
    assert leaves(process) < AT_ONCE


def test_the_engine_need_not_wait_for_the_reading_of_contracts():
    slow = "{'pydantic', 'ruamel.yaml', 'pulumi'} & set(sys.modules)"
    start = f"import sys, policies.pack.serve; sys.exit({slow} or 0)"
    done = subprocess.run(  # noqa: S603 - the pack's own start
        [sys.executable, "-c", start], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_an_interrupt_ends_it_at_once_while_it_is_still_starting():
    for wait in (0.03, 0.1, 0.2, 0.3):
        process = subprocess.Popen(  # noqa: S603 - the pack
            RUN, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        time.sleep(wait)
        assert leaves(process) < AT_ONCE
        process.stdout.close()


def test_it_leaves_when_its_engine_is_gone(tmp_path):
    # An engine that dies without a word: the shell starts the pack and is killed.
    engine = subprocess.Popen(  # noqa: S603 - the pack, behind a shell
        ["/bin/sh", "-c", f"{RUN[0]} x > port & echo $! > pid; sleep 60"],
        cwd=tmp_path,
        start_new_session=True,
    )
    port = tmp_path / "port"
    assert _until(lambda: port.exists() and port.read_text())
    pid = int((tmp_path / "pid").read_text())
    os.kill(engine.pid, signal.SIGKILL)
    engine.wait()
    try:
        assert _until(lambda: not _alive(pid))
    finally:
        os.killpg(engine.pid, signal.SIGKILL)


def _until(true, seconds=5.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.02)
    return False


def _alive(pid):
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


def test_the_findings_are_a_list_from_the_start_and_when_it_is_stopped(started, tmp_path):
    file = tmp_path / "findings.json"
    file.write_text("what an earlier run left")
    process, stub = started()
    assert json.loads(file.read_text()) == []
    configure(stub, **{"gcp:project": "netra-staging"})
    stub.Analyze(analyze(service([], name="somebody-else")))
    process.send_signal(signal.SIGINT)
    process.wait()
    (finding,) = json.loads(file.read_text())
    assert list(finding) == [
        "rule", "severity", "verdict", "level", "cause", "resource", "message", "fix", "path", "source",
    ]  # fmt: skip
    assert finding["resource"] == {
        "urn": "urn:pulumi:staging::test::gcp:cloudrunv2/service:Service::web",
        "type": "gcp:cloudrunv2/service:Service",
        "name": "web",
    }
    assert (finding["rule"], finding["verdict"], finding["source"]) == ("contract-present", "refuted", None)
    assert [entry.name for entry in tmp_path.iterdir()] == ["findings.json"]


def test_findings_that_cannot_be_written_are_refused_in_one_line(tmp_path):
    told = _fails(PLUMB_FINDINGS=str(tmp_path / "nowhere" / "f.json"))
    assert (
        told
        == f"plumbline: PLUMB_FINDINGS={tmp_path}/nowhere/f.json cannot be written: No such file or directory"
    )


def test_a_python_without_pulumi_is_told_in_one_line(tmp_path):
    for room in ("policies", "contracts"):
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    bare = tmp_path / "bin" / "python3"
    bare.parent.mkdir()
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')
    bare.chmod(0o755)
    told = _fails([str(tmp_path / "policies" / "run"), "x"], PATH=f"{bare.parent}:/usr/bin:/bin")
    assert told.startswith("plumbline: ")
    assert (
        "cannot run the policy pack (No module named 'grpc'): install the packages of requirements.lock"
        in told
    )
    assert "\n" not in told


def test_no_python_at_all_is_told_in_one_line(tmp_path):
    shutil.copytree(ROOT / "policies", tmp_path / "policies")
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in ("readlink", "dirname"):
        (tools / tool).symlink_to(shutil.which(tool))
    told = _fails(["/bin/sh", str(tmp_path / "policies" / "run"), "x"], PATH=str(tools))
    assert told.startswith("plumbline: no Python found: ")


def _fails(command=RUN, **environ):
    done = subprocess.run(  # noqa: S603 - the pack
        command, env={**os.environ, **environ}, capture_output=True, text=True, timeout=20, check=False
    )
    assert done.returncode == 1
    assert done.stdout == ""
    return done.stderr.strip()


def test_broken_contracts_stop_the_engine_with_file_and_line(started, tmp_path):
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "web.yaml").write_text("service: Web\n")
    _, stub = started(PLUMB_CONTRACTS=str(tmp_path / "theirs"))
    with pytest.raises(grpc.RpcError) as refused:
        stub.Analyze(analyze(service([])))
    assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert "theirs/web.yaml:1: service: 'Web' is no name of a Cloud Run service" in refused.value.details()


def test_another_teams_contracts_take_the_place_of_ours(started, tmp_path):
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "a.yaml").write_text("environments: {live: {projects: [their-project]}}\n")
    (tmp_path / "theirs" / "web.yaml").write_text("service: web\nenv: {HOST: }\n")
    _, stub = started(PLUMB_CONTRACTS="theirs")
    told = stub.Analyze(analyze(service([], name="web", project="their-project"))).diagnostics
    assert [one.message.split("\n")[0] for one in told] == ["web does not set HOST"]
    assert stub.Analyze(analyze(service([], name="netra-backend-staging"))).diagnostics == []


def test_the_providers_own_environment_names_the_project(started):
    _, stub = started(GOOGLE_CLOUD_PROJECT="netra-staging")
    configure(stub)
    assert stub.Analyze(analyze(service([], name="nobodys", project=None))).diagnostics


def test_every_rule_is_named_to_the_engine_as_mandatory(engine):
    info = engine.stub.GetAnalyzerInfo(empty_pb2.Empty())
    assert (info.name, info.supportsConfig) == ("plumbline", False)
    assert [policy.name for policy in info.policies] == [rule.id for rule in registered()]
    assert {policy.enforcementLevel for policy in info.policies} == {analyzer_pb2.MANDATORY}
    assert all(
        policy.description and policy.remediation_steps and policy.severity for policy in info.policies
    )


def test_the_version_is_the_one_of_the_pack_file(engine):
    version = engine.stub.GetPluginInfo(empty_pb2.Empty()).version
    assert f"\nversion: {version}\n" in (ROOT / "policies" / "PulumiPolicy.yaml").read_text()


def test_no_configuration_lowers_a_rule(engine):
    lower = analyzer_pb2.PolicyConfig(enforcementLevel=analyzer_pb2.ADVISORY)
    with pytest.raises(grpc.RpcError) as refused:
        engine.stub.Configure(analyzer_pb2.ConfigureAnalyzerRequest(policyConfig={"env-required": lower}))
    assert "mandatory" in refused.value.details()
    engine.stub.Configure(analyzer_pb2.ConfigureAnalyzerRequest())


def test_nothing_is_remediated_and_a_cancel_is_heard(engine):
    assert not engine.stub.Remediate(analyze(service([]))).remediations
    engine.stub.Cancel(empty_pb2.Empty())


def test_a_team_without_contracts_is_held_to_none(engine_with):
    engine = engine_with(Contracts())
    assert engine.run([service([], name="anything")]) == []


def test_a_fault_of_the_pack_refuses_without_quoting(engine_with, monkeypatch):
    engine = engine_with(Contracts())
    monkeypatch.setattr("policies.pack.trial.seen", lambda *_: {}["canary-1f"])
    with pytest.raises(grpc.RpcError) as refused:
        engine.analyze(service([]))
    assert "the policy pack failed: KeyError at test_pack.py:" in refused.value.details()
    assert "canary" not in refused.value.details()
