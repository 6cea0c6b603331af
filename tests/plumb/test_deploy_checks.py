"""What a deploy asks before and after: how answers are summed up for the record."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from google.auth.exceptions import RefreshError

from plumb import pulumi
from plumb.deploy.checks import StackChecks
from plumb.verifying.google import Google, verify
from plumb.verifying.verdict import Target

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

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
