"""The language host, driven over Pulumi's protocol without an engine."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import grpc
import psutil
import pytest
from google.protobuf import struct_pb2
from pulumi.runtime.proto import language_pb2, language_pb2_grpc

from toolchain.places import CLI_STAMP, ROOT

HOST = Path(CLI_STAMP.read_text().strip()) / "pulumi-language-python" if CLI_STAMP.exists() else Path("none")
# An official CLI brings a host of its own, with other words and other scripts beside it.
OURS = HOST.parent.parent.name.startswith("built-")
pytestmark = pytest.mark.skipif(
    not OURS, reason="the CLI was not built here, so that this host is not in use"
)


class Host:
    """A host that was started as the engine starts it, and a connection to it."""

    def __init__(self):
        self.process = subprocess.Popen(  # noqa: S603 - the host alone
            [str(HOST), "127.0.0.1:1"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
        self.port = int(self.process.stdout.readline())
        self.channel = grpc.insecure_channel(f"127.0.0.1:{self.port}")
        self.stub = language_pb2_grpc.LanguageRuntimeStub(self.channel)

    def close(self):
        self.channel.close()
        self.process.kill()
        self.process.wait()

    def output_until_end(self):
        """What it printed; returns only once nobody holds its output any more, as the engine's wait does."""
        return self.process.stdout.read().decode()


@pytest.fixture
def host():
    started = Host()
    yield started
    started.close()


def info(folder, **options):
    given = struct_pb2.Struct()
    given.update(options)
    return language_pb2.ProgramInfo(
        root_directory=str(folder), program_directory=str(folder), entry_point=".", options=given
    )


def wait_for(condition, seconds=10.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def gone(pid):
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def fake_runner(folder, text):
    """A virtual environment whose python is a shell script, so that what the host passes can be seen."""
    binary = folder / "env" / "bin" / "python"
    binary.parent.mkdir(parents=True)
    binary.write_text(f"#!/bin/sh\n{text}\n")
    binary.chmod(0o755)


def run_request(folder):
    return language_pb2.RunRequest(
        project="p",
        stack="s",
        organization="o",
        pwd=str(folder),
        monitor_address="m",
        parallel=4,
        dryRun=True,
        info=info(folder, virtualenv="env"),
        config={"p:key": "value"},
        configSecretKeys=["p:key"],
    )


def test_a_program_gets_its_configuration_and_its_virtual_environment_first_on_path(host, tmp_path):
    fake_runner(
        tmp_path, 'echo "$PULUMI_CONFIG|$PULUMI_CONFIG_SECRET_KEYS|$VIRTUAL_ENV|${PATH%%:*}|$PWD" > seen'
    )
    answer = host.stub.Run(run_request(tmp_path))
    config, secrets, virtual_env, first_on_path, pwd = (tmp_path / "seen").read_text().strip().split("|")
    assert (answer.error, answer.bail) == ("", False)
    assert json.loads(config) == {"p:key": "value"}
    assert json.loads(secrets) == ["p:key"]
    assert virtual_env == str(tmp_path / "env")
    assert first_on_path == str(tmp_path / "env" / "bin")
    assert pwd == str(tmp_path)


def test_a_program_is_told_where_the_engine_is_and_what_it_runs(host, tmp_path):
    fake_runner(tmp_path, 'printf "%s\\n" "$@" > seen')
    host.stub.Run(run_request(tmp_path))
    arguments = (tmp_path / "seen").read_text().splitlines()
    assert arguments[:2] == ["-u", str(HOST.parent / "pulumi-language-python-exec")]
    given = dict(zip(arguments[2:-1:2], arguments[3:-1:2], strict=True))
    assert given == {
        "--project": "p", "--stack": "s", "--monitor": "m", "--engine": "127.0.0.1:1", "--dry_run": "true",
        "--parallel": "4", "--root_directory": str(tmp_path), "--pwd": str(tmp_path), "--organization": "o",
    }  # fmt: skip
    assert arguments[-1] == str(tmp_path)


@pytest.mark.parametrize(
    ("code", "bail", "error"), [(0, False, ""), (32, True, ""), (3, False, "exit status 3")]
)
def test_how_a_program_ended_is_what_the_engine_hears(host, tmp_path, code, bail, error):
    fake_runner(tmp_path, f"exit {code}")
    answer = host.stub.Run(run_request(tmp_path))
    assert answer.bail is bail
    assert error in answer.error
    assert bool(answer.error) is bool(error)


def test_what_a_program_prints_is_printed_by_the_host(host, tmp_path):
    fake_runner(tmp_path, "echo said by the program")
    host.stub.Run(run_request(tmp_path))
    host.process.send_signal(signal.SIGINT)
    assert "said by the program" in host.output_until_end()


def test_an_interrupt_ends_the_host_and_all_that_holds_its_output_at_once(host, tmp_path):
    fake_runner(tmp_path, "trap '' INT TERM HUP\nsleep 60 &\ntouch started\nsleep 60")
    pending = host.stub.Run.future(run_request(tmp_path))
    wait_for((tmp_path / "started").exists)
    begun = time.monotonic()
    os.killpg(host.process.pid, signal.SIGINT)
    host.output_until_end()
    assert host.process.wait() == 0
    assert time.monotonic() - begun < 1
    with pytest.raises(grpc.RpcError):
        pending.result()


def test_what_a_program_left_running_is_ended_with_it(host, tmp_path):
    fake_runner(tmp_path, "sleep 61 &\necho $! > orphan")
    host.stub.Run(run_request(tmp_path))
    orphan = int((tmp_path / "orphan").read_text())
    wait_for(lambda: gone(orphan))


def test_the_host_leaves_when_its_engine_was_killed():
    """The engine is stood for by a process that starts the host, prints its pid and is killed."""
    script = (
        "import subprocess, time\n"
        f"host = subprocess.Popen([{str(HOST)!r}, 'a:1'], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)\n"
        "print(host.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    command = [sys.executable, "-c", script]
    engine = subprocess.Popen(command, stdout=subprocess.PIPE)  # noqa: S603 - the command above
    pid = int(engine.stdout.readline())
    time.sleep(0.2)
    assert psutil.pid_exists(pid)
    engine.kill()
    engine.wait()
    wait_for(lambda: gone(pid), seconds=3)


def test_a_policy_pack_that_is_a_folder_is_run_and_its_output_streamed(host, tmp_path):
    fake_runner(tmp_path, 'printf "%s " "$@"; echo wrong >&2; exit 7')
    request = language_pb2.RunPluginRequest(
        pwd="/",  # noqa: S106 - a folder
        args=["engine:1"],
        env=["A=B", "PATH=/usr/bin:/bin"],
        kind="analyzer",
        info=info(tmp_path, virtualenv="env"),
    )
    messages = list(host.stub.RunPlugin(request))
    assert b"".join(m.stdout for m in messages).decode() == f"-u -m pulumi.policy engine:1 {tmp_path} "
    assert b"".join(m.stderr for m in messages).decode() == "wrong\n"
    assert messages[-1].exitcode == 7


def test_a_plugin_whose_call_the_engine_ends_is_killed(host, tmp_path):
    fake_runner(tmp_path, "trap '' INT TERM\necho $$ > pid\necho up\nsleep 60")
    request = language_pb2.RunPluginRequest(
        pwd=str(tmp_path), kind="analyzer", info=info(tmp_path, virtualenv="env")
    )
    call = host.stub.RunPlugin(request)
    assert next(call).stdout == b"up\n"
    pid = int((tmp_path / "pid").read_text())
    call.cancel()
    wait_for(lambda: gone(pid))


def test_a_missing_virtual_environment_is_named_with_its_remedy(host, tmp_path):
    with pytest.raises(grpc.RpcError) as refused:
        host.stub.Run(run_request(tmp_path))
    assert str(tmp_path / "env") in refused.value.details()
    assert "make setup" in refused.value.details()


def test_an_unknown_toolchain_is_refused_rather_than_ignored(host, tmp_path):
    request = run_request(tmp_path)
    request.info.options.update({"toolchain": "poetry"})
    with pytest.raises(grpc.RpcError, match="toolchain: poetry"):
        host.stub.Run(request)


def test_the_host_tells_which_python_and_which_packages_a_program_has(host, tmp_path):
    where = info(tmp_path, virtualenv=str(ROOT / ".venv"))
    about = host.stub.About(language_pb2.AboutRequest(info=where))
    found = host.stub.GetProgramDependencies(language_pb2.GetProgramDependenciesRequest(info=where))
    assert about.version == ".".join(map(str, sys.version_info[:3]))
    assert "pulumi" in {each.name for each in found.dependencies}
