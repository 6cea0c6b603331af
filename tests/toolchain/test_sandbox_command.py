"""bin/sandbox: its options, the environment it makes, the stack a command is about."""

import importlib.metadata
import json
import os
import subprocess
from pathlib import Path

import pytest

from toolchain import sandbox
from toolchain.places import ROOT, ToolchainError

BIN = ROOT / "bin" / "sandbox"


def bin_sandbox(*arguments, state, **kwargs):
    env = {**os.environ, "SANDBOX_STATE": str(state)}
    command = [str(BIN), *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False, **kwargs)  # noqa: S603 - ours


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    """One state for the tests that only look at what a command sees: creating its stack takes a second."""
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def seen(state):
    """The environment of a command in the sandbox."""
    done = bin_sandbox("python", "-c", "import json, os; print(json.dumps(dict(os.environ)))", state=state)
    return json.loads(done.stdout)


def test_live_goes_with_unprotected_in_any_order():
    both = sandbox.Options(unprotected=True, live=True)
    assert sandbox.parse(["--live", "--unprotected", "pulumi", "up"]) == (both, ["pulumi", "up"])
    assert sandbox.parse(["--unprotected", "--live", "pulumi", "up"]) == (both, ["pulumi", "up"])


def test_only_the_option_makes_a_run_live(state, monkeypatch):
    monkeypatch.setenv("SANDBOX_LIVE", "1")  # left over from elsewhere
    assert bin_sandbox("sh", "-c", "echo [$SANDBOX_LIVE]", state=state).stdout == "[]\n"


def test_an_unknown_option_is_refused_by_name():
    with pytest.raises(ToolchainError, match="unknown option --protected"):
        sandbox.parse(["--protected", "pulumi", "up"])


def test_no_command_is_refused(tmp_path):
    done = bin_sandbox(state=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("bin/sandbox: which command?")


def test_options_of_the_command_are_not_options_of_the_sandbox():
    assert sandbox.parse(["--unprotected", "pulumi", "--help"]) == (
        sandbox.Options(unprotected=True),
        ["pulumi", "--help"],
    )


def test_only_its_own_option_lifts_the_protection(state, monkeypatch):
    monkeypatch.setenv("SANDBOX_UNPROTECTED", "1")  # left over from elsewhere
    said = ["sh", "-c", "echo [$SANDBOX_UNPROTECTED]"]
    assert bin_sandbox(*said, state=state).stdout == "[]\n"
    assert bin_sandbox("--unprotected", *said, state=state).stdout == "[1]\n"


def test_help_is_printed(state):
    done = bin_sandbox("--help", state=state)
    assert done.returncode == 0
    assert "bin/sandbox [--live] [--unprotected] COMMAND…" in done.stdout


def test_a_command_that_does_not_exist_is_named(state):
    done = bin_sandbox("no-such-command", state=state)
    assert done.stderr == "bin/sandbox: there is no command 'no-such-command' on PATH\n"


def test_the_exit_code_is_the_commands_own(state):
    assert bin_sandbox("sh", "-c", "exit 42", state=state).returncode == 42


def test_all_that_pulumi_writes_lies_in_the_state_folder(seen, state):
    assert seen["PULUMI_HOME"] == str(state / "home")
    assert seen["PULUMI_BACKEND_URL"] == f"file://{state}/pulumi"
    assert seen["PULUMI_CONFIG_PASSPHRASE_FILE"] == str(state / "passphrase")


def test_the_passphrase_is_random_private_and_kept(seen, state):
    passphrase = state / "passphrase"
    before = passphrase.read_text()
    assert len(before) >= 24
    assert passphrase.stat().st_mode & 0o777 == 0o600
    bin_sandbox("true", state=state)
    assert passphrase.read_text() == before
    assert "PULUMI_CONFIG_PASSPHRASE" not in seen


def test_the_pinned_cli_and_the_virtual_environment_come_first_on_path(seen):
    first, second, *_ = seen["PATH"].split(":")
    assert (Path(first) / "pulumi").exists()
    assert second == str(ROOT / ".venv" / "bin")


def test_the_sandbox_provider_is_installed_as_the_version_that_the_sdk_asks_for(seen, state):
    version = importlib.metadata.version("pulumi-gcp")
    plugin = Path(seen["PULUMI_HOME"], "plugins", f"resource-gcp-v{version}", "pulumi-resource-gcp")
    assert str(ROOT / "sandbox" / "bin" / "pulumi-resource-gcp") in plugin.read_text()
    assert os.access(plugin, os.X_OK)
    assert str(state) in str(plugin)


@pytest.mark.parametrize(
    ("command", "stack"),
    [
        ("pulumi preview --stack production", "production"),
        ("pulumi preview --stack=production", "production"),
        ("pulumi up -s production --yes", "production"),
        ("pulumi -s organization/plumbline/production up", "production"),
        ("pulumi stack init other", "other"),
        ("pulumi up", "staging"),
        ("bash", "staging"),
        ("plumb recover production", "production"),
        ("plumb recover --yes production", "production"),
        ("plumb verify production", "production"),
        ("plumb verify --service backend --format json production", "production"),
        (f"{ROOT}/bin/plumb recover production", "production"),
    ],
)
def test_the_stack_is_the_one_that_the_command_names(command, stack, tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    found = sandbox.stack_copy(command.split(), {"SANDBOX_STATE": str(tmp_path)})
    assert (found.stack, found.name, found.project) == (stack, "plumbline", ROOT)


def test_without_a_stack_on_the_command_line_the_environment_names_it(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    env = {"SANDBOX_STATE": str(tmp_path), "PULUMI_STACK": "production"}
    assert sandbox.stack_copy(["pulumi", "up"], env).stack == "production"


def test_a_project_in_the_current_folder_is_the_one_meant(tmp_path, monkeypatch):
    (tmp_path / "Pulumi.yaml").write_text("name: raw\n")
    monkeypatch.chdir(tmp_path)
    found = sandbox.stack_copy(["pulumi", "up"], {"SANDBOX_STATE": str(tmp_path / "state")})
    assert (found.name, found.project) == ("raw", tmp_path)


def test_another_stack_file_can_be_tried_in_the_place_of_the_tracked_one(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    other = tmp_path / "other.yaml"
    other.write_text("config: {}\n")
    env = {"SANDBOX_STATE": str(tmp_path), "SANDBOX_STACK_FILE": str(other)}
    assert sandbox.stack_copy(["pulumi", "up"], env).tracked == other
    other.unlink()
    with pytest.raises(ToolchainError, match=r"names .*other\.yaml, and there is no such file"):
        sandbox.stack_copy(["pulumi", "up"], env)


@pytest.mark.parametrize("command", ["pulumi version", "pulumi plugin ls", "pulumi --help", "pulumi whoami"])
def test_a_command_that_is_about_no_stack_creates_none(command, tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert sandbox.stack_copy(command.split(), {"SANDBOX_STATE": str(tmp_path)}) is None


def test_without_a_cli_the_user_is_told_to_run_setup(tmp_path, monkeypatch):
    monkeypatch.setattr(sandbox, "CLI_STAMP", tmp_path / "none")
    with pytest.raises(ToolchainError, match=r"make -C .* setup"):
        sandbox.environment()


def test_the_sandbox_itself_is_imported_without_anything_that_is_installed():
    code = "import sys; sys.path.insert(0, sys.argv[1]); import toolchain.sandbox; print(len(sys.path))"
    command = [str(ROOT / ".venv" / "bin" / "python"), "-S", "-c", code, str(ROOT)]
    assert not subprocess.run(command, check=False, capture_output=True).returncode  # noqa: S603 - the command above
