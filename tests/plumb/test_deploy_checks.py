"""What a deploy asks before and after: how answers are summed up for the record."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from google.auth.exceptions import RefreshError

from plumb import pulumi
from plumb.deploy.checks import StackChecks
from plumb.subject import SubjectError
from plumb.verifying.google import Google, verify
from plumb.verifying.verdict import Route, Target, Verdict
from probes.causes import causes_of
from probes.report import Evidence, Report, Result
from toolchain.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pytest

    from plumb.deploy.outcome import Outcome

JOB = "projects/p/locations/r/jobs/backend-verify"


def raising(error: Exception) -> Callable[..., NoReturn]:
    def raise_it(*_: object, **__: object) -> NoReturn:
        raise error

    return raise_it


class Expired:
    """Clients whose credentials ended: whatever is called fails so."""

    def __getattr__(self, name: str) -> Callable[..., NoReturn]:
        del name
        return raising(RefreshError("the token has expired"))


def test_credentials_that_ended_are_a_service_that_was_not_verified_and_a_route_nobody_knows() -> None:
    google = Google(Expired(), Expired(), raising(RefreshError("gone")))  # type: ignore[arg-type] # stand-ins
    (verdict,) = verify(google, [Target("backend", JOB, {"cache": "tests/1"})], lambda _: None)
    assert "the token has expired" in verdict.error
    assert verdict.routes[0].result == "UNDETERMINED"


def test_outputs_that_are_no_json_are_told_as_what_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANDBOX_STATE", "nowhere")
    monkeypatch.setattr("plumb.deploy.checks.way", lambda _: raising(AssertionError()))
    monkeypatch.setattr(pulumi, "run", lambda *_, **__: "warning: a new version is available")
    outcome = StackChecks("staging").probe(candidate=False)
    assert not outcome.passed
    assert outcome.words == [
        "could not verify: `pulumi stack output --json` of stack staging printed no JSON"
    ]


def report(*failed: Result) -> Report:
    return Report(
        service="backend",
        passed=not failed,
        took_seconds=1.0,
        checks=list(failed),
        causes=causes_of(list(failed)),
    )


UNREACHABLE = Result(
    name="cache", subject="cache", status="failed", evidence=Evidence.TIMEOUT,
    reason="nothing answers the connection", deadline_seconds=4, took_seconds=4.0,
)  # fmt: skip


def probed(monkeypatch: pytest.MonkeyPatch, *verdicts: Verdict) -> Outcome:
    asked: list[bool] = []

    def targets(_: str, *, candidate: bool) -> Sequence[Target]:
        asked.append(candidate)
        return []

    monkeypatch.setattr("plumb.deploy.checks.targets", targets)
    monkeypatch.setattr("plumb.deploy.checks.way", lambda _: lambda *_: list(verdicts))
    outcome = StackChecks("staging").probe(candidate=True)
    assert asked == [True]
    return outcome


def test_a_probe_passes_when_every_service_does(monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = probed(monkeypatch, Verdict("auth", report()), Verdict("backend", report()))
    assert outcome.passed
    assert outcome.words == []
    assert [each["service"] for each in outcome.facts["services"]] == ["auth", "backend"]


def test_a_probe_that_fails_tells_the_cause_and_how_to_mend_it(monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = probed(monkeypatch, Verdict("auth", report()), Verdict("backend", report(UNREACHABLE)))
    assert not outcome.passed
    words, *_ = outcome.words
    assert words.startswith("backend: ")
    assert "\n  fix: " in words
    kept = outcome.facts["services"][1]
    assert kept["causes"]
    assert kept["failed"] == {"cache": "nothing answers the connection"}


def test_a_probe_tells_a_service_that_was_not_asked_and_googles_word_on_a_route(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    route = Route("cache", "UNREACHABLE", ("DROPPED_BY_FIREWALL",))
    outcome = probed(monkeypatch, Verdict("auth", None, "no log"), Verdict("backend", report(), "", (route,)))
    assert not outcome.passed
    assert outcome.words == [
        "auth: no log",
        "backend: Google on its route to cache: UNREACHABLE DROPPED_BY_FIREWALL",
    ]


def test_a_gate_that_could_not_judge_does_not_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plumb.deploy.checks.deployed", raising(SubjectError("there is no Pulumi.yaml here")))
    outcome = StackChecks("staging").gate()
    assert not outcome.passed
    assert outcome.words == ["could not judge: there is no Pulumi.yaml here"]


def test_a_gate_keeps_what_refuses_and_the_waivers_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    stack_file = ROOT / "Pulumi.staging.yaml"
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("PLUMB_STACK_FILE", raising=False)
    outcome = StackChecks("staging", stack_file).gate()
    assert outcome.passed, outcome.words
    assert set(outcome.facts) == {"findings", "waivers", "resources"}
    assert outcome.facts["resources"] > 100
