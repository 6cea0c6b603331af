"""What set-up says when something it needs is missing, and what it chooses when there is a choice."""

import os
import shutil
import subprocess

import pytest

from toolchain import progress, pulumi_cli, virtual_environment
from toolchain.places import ROOT, ToolchainError

FIND_PYTHON = ROOT / "toolchain" / "find-python"


def executable(folder, name, text):
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def python(folder, name, *, minor, venv=True):
    """A stand-in that answers find-python's two questions."""
    old, bare = minor < 11, not venv
    text = f'case "$2" in *version_info*) exit {int(old)};; *) exit {int(bare)};; esac'
    return executable(folder, name, text)


def find_python(folder):
    tools = {"PATH": f"{folder}:/nonexistent"}
    for tool in ("basename",):
        if not (folder / tool).exists():
            (folder / tool).symlink_to(f"/usr/bin/{tool}")
    command = ["/bin/sh", str(FIND_PYTHON)]
    return subprocess.run(command, env=tools, capture_output=True, text=True, check=False)  # noqa: S603 - ours


def test_the_newest_python_is_chosen(tmp_path):
    for name, minor in (("python3", 11), ("python3.12", 12), ("python3.13", 13)):
        python(tmp_path, name, minor=minor)
    assert find_python(tmp_path).stdout.strip() == str(tmp_path / "python3.13")


def test_a_python_without_venv_is_passed_over_for_an_older_one_that_has_it(tmp_path):
    python(tmp_path, "python3.13", minor=13, venv=False)
    python(tmp_path, "python3.11", minor=11)
    assert find_python(tmp_path).stdout.strip() == str(tmp_path / "python3.11")


def test_a_launcher_whose_python_is_not_installed_is_passed_over(tmp_path):
    executable(tmp_path, "python3.13", "echo not installed >&2; exit 127")
    python(tmp_path, "python3", minor=11)
    assert find_python(tmp_path).stdout.strip() == str(tmp_path / "python3")


def test_no_python_is_one_line_that_says_how_to_get_it(tmp_path):
    python(tmp_path, "python3", minor=10)
    done = find_python(tmp_path)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "Python 3.11 or newer is needed" in done.stderr
    assert "apt-get install python3" in done.stderr


def test_no_venv_module_is_one_line_that_says_how_to_get_it(tmp_path):
    python(tmp_path, "python3.12", minor=12, venv=False)
    done = find_python(tmp_path)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "lacks the venv module; get it with: apt-get install python3.12-venv" in done.stderr


@pytest.mark.parametrize(
    ("version", "enough"),
    [
        ("v3.259.0", True),
        ("3.272.1\n", True),
        ("v4.0.0", True),
        ("v3.258.9", False),
        ("v2.300.0", False),
        ("", False),
    ],
)
def test_which_versions_of_the_cli_are_new_enough(version, enough):
    assert pulumi_cli.new_enough(version) is enough


def test_the_cli_on_path_is_taken_when_it_is_new_enough_and_complete(tmp_path, monkeypatch):
    executable(tmp_path, "pulumi", "echo v3.300.0")
    executable(tmp_path, "pulumi-language-python", "")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert pulumi_cli.on_path() == tmp_path


@pytest.mark.parametrize(("version", "host"), [("v3.200.0", True), ("v3.300.0", False)])
def test_the_cli_on_path_is_left_when_it_is_old_or_lacks_its_language_host(
    tmp_path, monkeypatch, version, host
):
    executable(tmp_path, "pulumi", f"echo {version}")
    if host:
        executable(tmp_path, "pulumi-language-python", "")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert pulumi_cli.on_path() is None


def test_neither_cli_nor_installer_nor_go_is_one_line_that_says_how_to_get_one(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLUMB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(pulumi_cli, "INSTALLER", (tmp_path / "no-installer").as_uri())
    with pytest.raises(ToolchainError) as refused:
        pulumi_cli.ensure()
    assert str(refused.value).count("\n") == 0
    assert "https://www.pulumi.com/docs/install/" in str(refused.value)
    assert "https://go.dev/doc/install" in str(refused.value)


def test_the_official_installer_is_used_where_it_can_be_reached_and_its_cli_kept(tmp_path, monkeypatch):
    script = 'while [ $# -gt 0 ]; do [ "$1" = --install-root ] && root=$2; shift; done; '
    script += 'mkdir -p "$root/bin" && touch "$root/bin/pulumi"'
    installer = executable(tmp_path, "install.sh", script)
    monkeypatch.setattr(pulumi_cli, "INSTALLER", installer.as_uri())
    cache = tmp_path / "cache"
    cache.mkdir()
    folder = pulumi_cli.installed(cache)
    assert (folder / "pulumi").exists()
    installer.unlink()
    assert pulumi_cli.installed(cache) == folder
    assert [each.name for each in cache.iterdir()] == [folder.parent.name]


def test_an_installer_that_fails_leaves_nothing_behind_and_go_is_next(tmp_path, monkeypatch, capfd):
    installer = executable(tmp_path, "install.sh", "echo the disk is full; exit 1")
    monkeypatch.setattr(pulumi_cli, "INSTALLER", installer.as_uri())
    cache = tmp_path / "cache"
    cache.mkdir()
    assert pulumi_cli.installed(cache) is None
    assert list(cache.iterdir()) == []
    assert "the disk is full" in capfd.readouterr().err


def test_pips_index_is_uvs_index_and_uvs_own_setting_wins(monkeypatch):
    for name in virtual_environment.PIP_TO_UV.values():
        monkeypatch.delenv(name, raising=False)
    pip = {"index-url": "https://index.example/simple", "find-links": "/wheels", "quiet": "1"}
    assert virtual_environment.uv_settings(pip) == {
        "UV_DEFAULT_INDEX": "https://index.example/simple",
        "UV_FIND_LINKS": "/wheels",
    }
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://own.example/simple")
    assert virtual_environment.uv_settings(pip) == {"UV_FIND_LINKS": "/wheels"}


def test_a_changed_lock_makes_the_environment_stale(tmp_path, monkeypatch):
    stamp = tmp_path / "stamp"
    stamp.write_text("one digest")
    monkeypatch.setattr(virtual_environment, "STAMP", stamp)
    assert virtual_environment.is_current("one digest")
    assert not virtual_environment.is_current("another digest")


def make(*arguments):
    command = [shutil.which("make"), "--no-print-directory", *arguments]
    env = {
        name: value for name, value in os.environ.items() if not name.startswith("MAKE")
    }  # of an outer make
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)  # noqa: S603 - ours
    return done.stdout.splitlines()


def test_setup_does_nothing_when_all_is_there():
    make("setup")
    assert make("-n", "setup") == ["make: Nothing to be done for 'setup'."]


def test_make_without_a_target_lists_the_targets():
    assert {"preview", "test", "setup"} <= {line.split()[1] for line in make()}


@pytest.fixture
def stale(tmp_path, monkeypatch):
    """An environment that must be filled, and the commands that would fill it."""
    commands = []
    monkeypatch.setattr(virtual_environment, "STAMP", tmp_path / "stamp")
    monkeypatch.setenv("PLUMB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(
        virtual_environment.progress, "run", lambda _label, words, **_: commands.append(words)
    )
    return commands


def test_the_environment_is_filled_by_uv_from_the_lock_with_hashes_and_stamped(stale, tmp_path, monkeypatch):
    monkeypatch.setattr(virtual_environment, "ensure_uv", lambda: tmp_path / "uv")
    virtual_environment.ensure()
    [command] = stale
    assert command[:3] == [str(tmp_path / "uv"), "pip", "sync"]
    assert "--require-hashes" in command
    assert command[-1] == str(ROOT / "requirements.lock")
    assert virtual_environment.is_current((tmp_path / "stamp").read_text())
    virtual_environment.ensure()
    assert len(stale) == 1


def test_where_there_is_no_uv_for_the_machine_pip_fills_it_with_hashes_too(stale, monkeypatch):
    def no_wheel(_label, words, **_):
        if "--target" in words:
            raise ToolchainError("no matching distribution")
        stale.append(words)

    monkeypatch.setattr(virtual_environment.progress, "run", no_wheel)
    virtual_environment.ensure()
    [command] = stale
    assert command[1:4] == ["-m", "pip", "install"]
    assert "--require-hashes" in command


@pytest.mark.usefixtures("stale")
def test_an_installer_that_fails_leaves_no_stamp(tmp_path, monkeypatch):
    def fail(_label, _words, **_):
        raise ToolchainError("the network is down")

    monkeypatch.setattr(virtual_environment, "ensure_uv", lambda: tmp_path / "uv")
    monkeypatch.setattr(virtual_environment.progress, "run", fail)
    with pytest.raises(ToolchainError, match="the network is down"):
        virtual_environment.ensure()
    assert not (tmp_path / "stamp").exists()


def test_a_command_that_fails_is_shown_with_its_last_lines(capfd):
    with pytest.raises(ToolchainError, match=r"a label failed \(exit code 3\):\n  one\n  two"):
        progress.run("a label", ["sh", "-c", "echo one; echo two >&2; exit 3"])
    assert capfd.readouterr().err.splitlines() == ["a label: 0 s", "a label: failed after 0 s"]
