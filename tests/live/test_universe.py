import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from sandbox.live import universe

pytestmark = pytest.mark.usefixtures("machine")


def run(*argv):
    return subprocess.run(universe.command(argv), capture_output=True, text=True, check=False)


def test_a_program_ends_with_its_own_status_and_says_what_it_says():
    done = run("sh", "-c", "echo out; echo err >&2; exit 7")
    assert (done.returncode, done.stdout, done.stderr) == (7, "out\n", "err\n")


def test_there_is_no_way_out_and_nothing_of_the_machines_network():
    links = run("ip", "-o", "link").stdout.splitlines()
    assert len(links) == 1
    assert ": lo:" in links[0]


def test_it_keeps_its_files_and_namespaces_to_itself():
    done = run("sh", "-c", "ip netns add inner && touch /run/plumbline/file && ip netns")
    assert done.stdout.split() == ["inner"]
    assert not Path("/run/netns/inner").exists()
    assert not Path("/run/plumbline/file").exists()


def test_names_are_asked_for_where_cloud_run_asks():
    assert "nameserver 169.254.169.254" in run("cat", "/etc/resolv.conf").stdout
    assert "169.254.169.254" not in Path("/etc/resolv.conf").read_text()


@pytest.mark.parametrize("who", ["the program outside", "the first process"])
def test_nothing_is_left_after_kill_9(who):
    mark = f"{os.getpid()}.{time.monotonic_ns()}"
    sleeper = [sys.executable, "-c", "import time; time.sleep(600)", mark]
    started = subprocess.Popen(universe.command(["sh", "-c", 'setsid "$@" & wait', "sh", *sleeper]))
    assert eventually(lambda: sleeping(mark))
    first = psutil.Process(started.pid).children()[0].pid
    os.kill(started.pid if who == "the program outside" else first, signal.SIGKILL)
    started.wait(30)
    assert eventually(lambda: not sleeping(mark))


def test_a_signal_ends_it():
    argv = ["sh", "-c", "echo up; exec sleep 600"]
    started = subprocess.Popen(universe.command(argv), stdout=subprocess.PIPE, text=True)
    assert started.stdout is not None
    assert started.stdout.readline() == "up\n"
    psutil.Process(started.pid).children()[0].terminate()
    try:
        assert started.wait(30) == 128 + signal.SIGTERM
    finally:
        started.kill()


def test_what_is_missing_is_said_in_one_line():
    reason = universe.why_not({"no-such-server": "no-such-package"})
    assert reason is not None
    assert "no-such-server" in reason
    assert "apt-get install no-such-package" in reason
    assert "\n" not in reason


def test_who_is_not_root_is_told_so(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "must run as root" in (universe.why_not() or "")


def sleeping(mark):
    """The sleeper itself, not those who were told to start it."""
    lines = [one.info["cmdline"] or [] for one in psutil.process_iter(["cmdline"])]
    return [line for line in lines if line[:2] == [sys.executable, "-c"] and line[-1] == mark]


def eventually(holds):
    deadline = time.monotonic() + 30
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)
    return bool(holds())
