"""No value of the environment leaves the program, whatever fails and whoever words it."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import urllib.parse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.registry import checks
from probes.scrub import WITHHELD, Scrubber
from tests.probes.conftest import Asked


def run(asked: Asked) -> subprocess.CompletedProcess[str]:
    """The program as Cloud Run starts it: a process with an environment."""
    kept = {name: os.environ[name] for name in ("PATH", "SSL_CERT_FILE") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "probes"],
        env={**kept, **asked.environ, "PLUMB_PROBES": json.dumps(asked.assignment)},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def canaries(asked: Asked) -> list[str]:
    return [value for value in asked.environ.values() if "canary" in value]


@pytest.fixture
def everything(database, cache, users) -> Asked:
    whole = Asked({}, {})
    for part in (database, cache, users):
        whole.assignment.update(part.assignment)
        whole.environ.update(part.environ)
    whole.assignment["secrets"] = ["SERVICE_SECRET", "POSTGRES_PASSWORD", "REDIS_PASSWORD"]
    # These tests share their machine with others.
    whole.assignment["deadlines"] = {check.name: 15 for check in checks()}
    whole.assignment["deadlineSeconds"] = 15
    return whole


def test_the_program_prints_one_line_and_exits_with_0_when_all_passes(everything):
    done = run(everything)
    assert done.returncode == 0, done.stdout
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == 1
    assert json.loads(done.stdout)["passed"] is True
    assert not [one for one in canaries(everything) if one in done.stdout]


@pytest.mark.parametrize("broken", ["passwords", "users", "hosts", "not json", "sockets"])
def test_no_value_is_in_any_output_when_it_fails(everything, front, broken):
    environ = everything.environ
    if broken == "passwords":
        environ.update({"POSTGRES_PASSWORD": "canary-wrong-1", "REDIS_PASSWORD": "canary-wrong-2"})
    elif broken == "users":
        environ.update({"POSTGRES_USER": "canary-user", "SERVICE_SECRET": "canary-wrong-3"})
    elif broken == "hosts":
        environ.update(POSTGRES_HOST="canary-host.invalid", REDIS_HOST="canary-cache.invalid")
    elif broken == "not json":
        environ.update(POSTGRES_PORT="canary-port", REDIS_CA_CERT="canary-certificate")
    else:
        front.close_after, front.close_code = 0.01, 4401
    done = run(everything)
    assert done.returncode == 1, done
    assert done.stderr == ""
    assert json.loads(done.stdout)["passed"] is False
    for canary in [*canaries(everything), "canary-of-token"]:
        assert canary not in done.stdout


def test_an_assignment_that_is_none_is_not_repeated(everything):
    everything.assignment = {"service": "web", "canary-key": "canary-value"}
    done = run(everything)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Extra inputs are not permitted" in done.stderr
    assert "canary-value" not in done.stderr


def test_without_an_assignment_it_says_what_it_lacks():
    done = subprocess.run(
        [sys.executable, "-m", "probes"], capture_output=True, text=True, check=False, env={}
    )
    assert done.returncode == 2
    assert "PLUMB_PROBES is not set" in done.stderr


@given(st.text(min_size=4, max_size=40).filter(str.strip), st.text(), st.text())
def test_a_secret_is_taken_out_in_every_form(secret, before, after):
    scrub = Scrubber({"SECRET": secret}, {"SECRET"})
    for form in (
        secret,
        repr(secret)[1:-1],
        json.dumps(secret)[1:-1],
        urllib.parse.quote(secret),
        base64.b64encode(secret.encode()).decode(),
    ):
        assert form not in scrub(f"{before}{form}{after}").replace("$SECRET", "")


def test_a_secret_too_short_to_be_cut_out_takes_the_words_with_it():
    assert Scrubber({"PIN": "42"}, {"PIN"})("the answer is 42") == WITHHELD


def test_a_plain_value_is_taken_out_as_a_word_and_not_out_of_words():
    scrub = Scrubber({"MODE": "require", "WORKERS": "1"}, ())
    assert scrub("mode require is required of 1 server") == "mode $MODE is required of 1 server"
