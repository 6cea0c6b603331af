"""What all commands do alike: progress, colour, quiet, version, completion, exit codes, and no traceback."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time

import pytest
from rich.console import Console
from typer.testing import CliRunner

from plumb import terminal
from plumb.app import app
from plumb.exits import EXITS
from plumb.reference.commands import commands
from plumb.spinner import Spinner
from plumb.terminal import SHOWN_AFTER_SECONDS
from policies import VERSION
from toolchain.places import ROOT

PLUMB = [sys.executable, "-m", "plumb"]
COLOUR = re.compile(r"\x1b\[[0-9;]*(?:3[0-7]|9[0-7]|38;[0-9;]+)m")
BARE = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "PYTHONPATH": str(ROOT)}
FAULTY = ROOT / "examples" / "incident" / "05-no-nat"


def in_a_pipe(*words, cwd=ROOT, **more):
    return subprocess.run(  # noqa: S603 - our own command
        [*PLUMB, *words], cwd=cwd, env={**BARE, **more}, capture_output=True, text=True, check=False
    )


def on_a_terminal(*words, cwd=ROOT, columns=80, **more):
    """What a person sees, standard error and output together, and the exit code."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    env = {**BARE, "TERM": "xterm-256color", **more}
    with subprocess.Popen(  # noqa: S603 - our own command
        [*PLUMB, *words], cwd=cwd, env=env, stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        seen = b""
        while select.select([ours], [], [], 120)[0]:
            try:
                part = os.read(ours, 65536)
            except OSError:
                break
            if not part:
                break
            seen += part
    os.close(ours)
    return seen.decode(), process.returncode


def test_a_check_on_a_terminal_says_what_it_does_and_leaves_only_its_result(tmp_path):
    slow = shutil.copytree(FAULTY, tmp_path / "slow")
    program = slow / "__main__.py"
    program.write_text(program.read_text() + f"\nimport time\ntime.sleep({2 * SHOWN_AFTER_SECONDS})\n")
    (tmp_path / "common").symlink_to(FAULTY.parent / "common")
    seen, code = on_a_terminal("check", str(slow), "--timeout", "60")
    assert code == 1, seen
    assert f"judging {slow}"[:60] in seen, seen
    assert COLOUR.search(seen)
    after = seen[seen.rindex("judging") :]
    assert "\x1b[2K" in after, "the line was not taken away"
    assert "refused: 1 refuted" in after


@pytest.mark.parametrize("more", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_who_wants_no_colour_gets_none(more):
    seen, _ = on_a_terminal("explain", "redis-tls", **more)
    assert "redis-tls" in seen
    assert not COLOUR.search(seen)


def test_a_pipe_gets_neither_colour_nor_progress_unless_it_asks_for_colour():
    plain = in_a_pipe("check", str(FAULTY))
    assert "\x1b" not in plain.stdout + plain.stderr
    assert not plain.stderr
    forced = in_a_pipe("check", str(FAULTY), FORCE_COLOR="1")
    assert COLOUR.search(forced.stdout)
    assert not forced.stderr


@pytest.mark.parametrize("words", [("--quiet", "check"), ("check", "-q")])
def test_quiet_shows_no_progress_and_no_good_news_before_or_after_the_commands_name(words, monkeypatch):
    monkeypatch.setattr("plumb.terminal.sys.stderr.isatty", lambda: True, raising=False)
    clean = CliRunner().invoke(app, [*words, str(ROOT / "examples" / "incident" / "clean")])
    assert (clean.exit_code, clean.output) == (0, "")
    assert terminal.is_quiet()


def test_quiet_never_hides_bad_news_nor_what_a_program_asked_for():
    assert "refused" in CliRunner().invoke(app, ["-q", "check", str(FAULTY)]).output
    clean = str(ROOT / "examples" / "incident" / "clean")
    assert '"counts"' in CliRunner().invoke(app, ["-q", "check", clean, "--format", "json"]).output
    CliRunner().invoke(app, ["rules"])
    assert not terminal.is_quiet(), "one run's quiet is not the next one's"


def test_what_stands_after_two_dashes_is_no_option():
    result = CliRunner().invoke(app, ["explain", "--", "-q"])
    assert "'-q'" in result.output
    assert not terminal.is_quiet()


def test_what_is_over_at_once_is_not_announced_and_what_takes_long_is():
    for seconds, said in ((0.0, False), (0.5, True)):
        console = Console(file=open(os.devnull, "w"), force_terminal=True, width=40, record=True)  # noqa: PTH123, SIM115 - thrown away
        with Spinner(
            "reading a very long name that no line of this terminal holds", after=0.1, console=console
        ):
            time.sleep(seconds)
        assert ("reading" in console.export_text()) == said


def test_the_version_is_the_packs():
    assert CliRunner().invoke(app, ["--version"]).output == f"plumb {VERSION}\n"


@pytest.mark.parametrize(
    ("shell", "mark"), [("bash", "complete -o"), ("zsh", "#compdef"), ("fish", "complete --command")]
)
def test_a_shell_is_given_its_completion(shell, mark):
    script = subprocess.run(  # noqa: S603 - our own command
        [str(ROOT / "bin" / "plumb")],
        env={**BARE, "_PLUMB_COMPLETE": f"source_{shell}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert mark in script.stdout
    if shutil.which(shell):
        subprocess.run([shutil.which(shell), "-n"], input=script.stdout, text=True, check=True)  # noqa: S603 - syntax only


def test_the_completion_offers_the_commands_and_their_options():
    offered = in_a_pipe(
        _PLUMB_COMPLETE="complete_bash", COMP_WORDS="plumb ", COMP_CWORD="1", _TYPER_COMPLETE_ARGS="plumb "
    ).stdout.split()
    assert {name.split()[0] for name in commands()} <= set(offered)


# Each exit code of each command, by what a user would type; {broken} is a folder with broken files.
TYPED = {
    ("check", 0): ["check", "examples/incident/clean"],
    ("check", 1): ["check", "examples/incident/05-no-nat"],
    ("check", 2): ["check", "nowhere"],
    ("contract scan", 0): ["contract", "scan", "{agrees}", "--service", "own"],
    ("contract scan", 1): ["contract", "scan", "examples/service/assistant"],
    ("contract scan", 2): ["contract", "scan", "nowhere"],
    ("deploy", 2): ["deploy", "nowhere"],
    ("drift", 2): ["drift", "nowhere"],
    ("verify", 2): ["verify", "nowhere"],
    ("explain", 0): ["explain", "redis-tls"],
    ("explain", 1): ["explain", "redis-tsl"],
    ("explain", 2): ["explain", "redis-tls", "nowhere"],
    ("recover", 1): ["recover", "staging"],
    ("rules", 0): ["rules", "--early"],
    ("schema", 0): ["schema"],
    ("schema", 2): ["schema", "--output", "/proc/x"],
    ("size", 0): ["size", "staging"],
    ("size", 1): ["size", "staging", "--service", "backend", "--pool", "100000"],
    ("size", 2): ["size", "nowhere"],
}
# What needs an engine or servers is tried where they are: tests/engine/test_killed_*.py, tests/live.
ELSEWHERE = {
    ("recover", 0),
    ("deploy", 0),
    ("deploy", 1),
    ("drift", 0),
    ("drift", 1),
    ("verify", 0),
    ("verify", 1),
}


def test_every_exit_code_of_the_table_is_tried():
    assert set(TYPED) | ELSEWHERE == {(name, code) for name, codes in EXITS.items() for code in codes}
    assert set(EXITS) == set(commands())


@pytest.mark.parametrize(("name", "code"), TYPED)
def test_a_command_exits_as_the_table_says(name, code, tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("PULUMI_BACKEND_URL", raising=False)
    agrees = tmp_path / "own"
    agrees.mkdir()
    (agrees / "main.py").write_text("import os\nHOST = os.environ['HOST']\n")
    folder = tmp_path / "contracts"
    folder.mkdir()
    (folder / "environments.yaml").write_text("environments:\n  staging: {projects: [own-staging]}\n")
    (folder / "own.yaml").write_text("service: own-{environment}\nenv:\n  HOST:\n")
    if "{agrees}" in TYPED[name, code]:
        monkeypatch.setenv("PLUMB_CONTRACTS", str(folder))
    done = CliRunner().invoke(app, [word.format(agrees=agrees) for word in TYPED[name, code]])
    assert done.exit_code == code, done.output
    assert "Traceback" not in done.output


@pytest.mark.parametrize("name", commands())
def test_wrong_arguments_exit_with_2_say_what_was_meant_and_print_nothing(name):
    done = CliRunner().invoke(app, [*name.split(), "--no-such-option"])
    assert done.exit_code == 2
    assert "--no-such-option" in done.stderr
    assert not done.stdout


@pytest.mark.parametrize(
    "words", [["check", "staging"], ["size", "staging"], ["explain", "redis-tls"], ["rules"], ["schema"]]
)
@pytest.mark.parametrize("after", [0.05, 0.6])
def test_an_interrupt_ends_a_command_with_130_and_no_traceback(words, after):
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*PLUMB, *words], cwd=ROOT, env=BARE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    time.sleep(after)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    if (
        process.returncode not in EXITS[words[0]]
    ):  # it may have ended first; before Python listens, it is killed
        assert process.returncode in (130, -signal.SIGINT), err
    assert "plumb" not in err.partition("Traceback")[2]


def test_a_reader_who_leaves_early_is_no_error():
    done = subprocess.run(  # noqa: S602 - a pipe of our own command
        f"{sys.executable} -m plumb rules | head -n 1",
        shell=True,
        cwd=ROOT,
        env=BARE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.count("\n") == 1
    assert not done.stderr
