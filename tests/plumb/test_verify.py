"""`plumb verify`: what it runs, reads and shows, in the sandbox and on Google Cloud."""

import json

import pytest
from google.cloud.network_management_v1.types import (
    AbortInfo,
    ConnectivityTest,
    DropInfo,
    ReachabilityDetails,
    Step,
    Trace,
)
from rich.console import Console
from typer.testing import CliRunner

from plumb import pulumi
from plumb.app import app
from plumb.verifying import google as on_google
from plumb.verifying import sandbox as in_sandbox
from plumb.verifying.text import show
from plumb.verifying.verdict import (
    SERVICES_NONE,
    NotVerifiedError,
    Route,
    Target,
    Verdict,
    exit_code,
    report_in,
)
from probes.causes import causes_of
from probes.report import Evidence, Report, Result
from sandbox.live.client import Live, LiveError
from tests.plumb.google_cloud import EXECUTION, google_cloud

JOB = EXECUTION.partition("/executions/")[0]
CACHE, DATABASE = (
    f"projects/netra-staging/locations/global/connectivityTests/backend-to-{kind}"
    for kind in ("cache", "database")
)
TARGET = Target("backend", JOB, {"cache": CACHE, "database": DATABASE})


def report(*failed: tuple[str, str, Evidence, str]) -> Report:
    results = [
        Result(name="secrets", subject="environment", status="passed", observed={"asked": 14},
               deadline_seconds=1, took_seconds=0.0),
        Result(name="golden-path", subject="golden-path", status="skipped", reason="the contract gives none",
               deadline_seconds=4, took_seconds=0.0),
        *(
            Result(name=name, subject=subject, status="failed", evidence=evidence, reason=reason,
                   deadline_seconds=4, took_seconds=4.0)
            for name, subject, evidence, reason in failed
        ),
    ]  # fmt: skip
    return Report(
        service="netra-backend-staging",
        passed=not failed,
        took_seconds=4.0,
        checks=results,
        causes=causes_of(results),
        notes=["the server is PostgreSQL 15, and the settings ask for 17: 15 stands in for 17"],
    )


OUT = ("cache", "cache", Evidence.TIMEOUT, "nothing answers the connection")
PASSED, FAILED = report(), report(OUT)


def line(one: Report) -> str:
    return one.model_dump_json(by_alias=True)


class Runner:
    """What `sandbox.live.client.Live` offers, with the answers of a test."""

    def __init__(self, lines=(), logs=(), status=0, error=None):
        self.lines, self.logs, self.status, self.error = lines, logs, status, error
        self.ran = []

    def run_job(self, job, *, env, on_line, on_log):
        self.ran.append(job)
        self.env = env
        if self.error:
            raise self.error
        for each in self.lines:
            on_line(each)
        for each in self.logs:
            on_log(each)
        return self.status


def verified(runner):
    told = []
    (verdict,) = in_sandbox.verify(runner, [TARGET], told.append)
    assert told == [verdict]
    return verdict


def test_in_the_sandbox_the_report_is_the_last_line_that_is_one():
    runner = Runner(["starting", line(FAILED), line(PASSED), "bye"])
    verdict = verified(runner)
    assert runner.ran == [JOB]
    assert verdict.report == PASSED
    assert verdict.passed


def test_a_job_that_leaves_no_report_is_not_verified_and_its_last_words_are_told():
    verdict = verified(Runner(logs=["probes: PLUMB_PROBES is no assignment"], status=2))
    assert verdict.error == (
        "the job ended with status 2 and without a report: probes: PLUMB_PROBES is no assignment"
    )
    assert exit_code([verdict]) == 2


def test_a_job_that_the_sandbox_cannot_run_is_not_verified():
    verdict = verified(Runner(error=LiveError("there is no such job")))
    assert verdict.error == "there is no such job"


def test_the_live_client_is_what_a_job_is_run_with():
    runner: in_sandbox.Runner = Live(None)
    assert runner.run_job


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ([Verdict("a", PASSED)], 0),
        ([Verdict("a", PASSED), Verdict("b", FAILED)], 1),
        ([Verdict("a", PASSED, routes=(Route("cache", "UNREACHABLE"),))], 1),
        ([Verdict("a", FAILED), Verdict("b", None, "no job")], 2),
    ],
)
def test_the_exit_code_is_the_worst(verdicts, code):
    assert exit_code(verdicts) == code


def test_what_is_no_report_is_passed_over():
    assert report_in(["{", '{"version": 1}', "", "x"]) is None


def shown(*verdicts: Verdict) -> list[str]:
    console = Console(
        width=100, force_terminal=False, highlight=False, markup=False, record=True, quiet=False
    )
    with console.capture() as captured:
        show("staging", verdicts, console)
    return [each.rstrip() for each in captured.get().splitlines()]


def test_a_failure_is_shown_with_its_cause_its_rule_and_what_to_do():
    assert shown(Verdict("backend", FAILED, routes=(Route("cache", "UNREACHABLE", ("NO_ROUTE",)),))) == [
        "staging (deployed)",
        "",
        "backend  netra-backend-staging  4 s",
        "  ✓ secrets              asked 14",
        "  - golden-path          the contract gives none",
        "  ✗ cache                timeout  nothing answers the connection",
        "  ✗ Google: to cache     UNREACHABLE  NO_ROUTE",
        "",
        "  1.    REDIS_INSTANCE_NO_ROUTE_TO_DESTINATION_NETWORK  the instance is attached to another network",
        "        than the one that the service goes out into",
        "  rule  route-cache",
        "  fix   attach it to the network of the service's connector (authorizedNetwork)",
        "  2.    FIREWALL_RULE  a firewall rule of the network drops the packets",
        "  rule  route-cache",
        "  fix   let the service's tag out to address and port",
        "  3.    ADDRESS_STALE  the service is told an address that nothing has any more",
        "  rule  route-address",
        "  fix   take the address from the resource itself, then pulumi up",
        "  note: the server is PostgreSQL 15, and the settings ask for 17: 15 stands in for 17",
        "",
        "failed: backend",
    ]


def test_what_could_not_be_verified_is_no_pass():
    assert shown(Verdict("auth", PASSED), Verdict("backend", None, "the job is gone"))[-4:] == [
        "backend",
        "  ? the job is gone",
        "",
        "not verified: backend",
    ]


@pytest.fixture
def cloud():
    with google_cloud() as one:
        one.tests = {name: reachable(name) for name in (CACHE, DATABASE)}
        yield one


def reachable(name):
    details = ReachabilityDetails(result=ReachabilityDetails.Result.REACHABLE)
    return ConnectivityTest(name=name, reachability_details=details)


def entry(one: Report | str):
    base = {"logName": "projects/netra-staging/logs/run.googleapis.com%2Fstdout", "insertId": "1"}
    # Cloud Logging makes a structure of a line that is JSON.
    return base | ({"textPayload": one} if isinstance(one, str) else {"jsonPayload": json.loads(line(one))})


def on(cloud):
    (verdict,) = on_google.verify(cloud.google, [TARGET], lambda _: None)
    return verdict


def test_on_google_cloud_the_report_is_read_from_the_log_of_its_execution(cloud):
    cloud.entries = [[], [entry("starting")], [entry("starting"), entry(PASSED)]]
    verdict = on(cloud)
    assert verdict.report == PASSED
    assert verdict.routes == (Route("cache", "REACHABLE"), Route("database", "REACHABLE"))
    assert verdict.passed
    logs = [each for each in cloud.asked if each.startswith("log ")]
    assert len(logs) == 3
    assert 'labels."run.googleapis.com/execution_name"="run-1"' in logs[0]
    assert 'resource.labels.job_name="netra-backend-staging-verify"' in logs[0]


def test_a_job_whose_checks_failed_has_failed_and_is_read_all_the_same(cloud):
    cloud.exit_code, cloud.entries = 1, [[entry(FAILED)]]
    verdict = on(cloud)
    assert verdict.report == FAILED
    assert exit_code([verdict]) == 1


def test_a_job_that_printed_nothing_is_not_verified_and_says_how_it_ended(cloud):
    cloud.exit_code = 1
    verdict = on(cloud)
    assert verdict.report is None
    assert verdict.error.startswith(
        "execution run-1 left no report in Cloud Logging (its execution ended so:"
    )
    assert "exited with an error" in verdict.error


def test_a_job_that_may_not_be_run_is_told_in_googles_words(cloud):
    import grpc  # noqa: PLC0415 - only here

    cloud.refused = grpc.StatusCode.PERMISSION_DENIED
    verdict = on(cloud)
    assert verdict.error == f"{JOB} could not be started: Permission 'run.jobs.run' denied"


def test_googles_own_causes_are_told_for_a_route_that_is_broken(cloud):
    cloud.entries = [[entry(PASSED)]]
    dropped = Step(drop=DropInfo(cause=DropInfo.Cause.REDIS_INSTANCE_NO_ROUTE_TO_DESTINATION_NETWORK))
    aborted = Step(abort=AbortInfo(cause=AbortInfo.Cause.RESOURCE_CONFIG_NOT_FOUND))
    cloud.tests[CACHE] = ConnectivityTest(
        name=CACHE,
        reachability_details=ReachabilityDetails(
            result=ReachabilityDetails.Result.UNREACHABLE, traces=[Trace(steps=[Step(), dropped])] * 2
        ),
    )
    cloud.tests[DATABASE] = ConnectivityTest(
        name=DATABASE,
        reachability_details=ReachabilityDetails(
            result=ReachabilityDetails.Result.UNDETERMINED, traces=[Trace(steps=[aborted])]
        ),
    )
    verdict = on(cloud)
    assert verdict.routes == (
        Route("cache", "UNREACHABLE", ("REDIS_INSTANCE_NO_ROUTE_TO_DESTINATION_NETWORK",)),
        Route("database", "UNDETERMINED", ("RESOURCE_CONFIG_NOT_FOUND",)),
    )
    assert not verdict.passed


def test_a_route_that_google_does_not_judge_is_undetermined(cloud):
    cloud.entries, cloud.tests = [[entry(PASSED)]], {}
    assert on(cloud).routes[0] == Route("cache", "UNDETERMINED", ("there is no such test",))


def test_numbers_are_whole_again_where_the_log_made_fractions_of_them(cloud):
    payload = json.loads(line(PASSED))
    payload["version"] = 1.0
    cloud.entries = [[entry(PASSED) | {"jsonPayload": payload}]]
    assert on(cloud).report == PASSED


@pytest.fixture
def outputs(monkeypatch):
    def give(found):
        monkeypatch.setattr(pulumi, "run", lambda *_: json.dumps(found))

    return give


@pytest.fixture
def nothing_live(monkeypatch, tmp_path):
    monkeypatch.setenv("SANDBOX_STATE", str(tmp_path))
    return tmp_path


@pytest.fixture
def runs(monkeypatch, nothing_live):
    def give(runner):
        monkeypatch.setattr(in_sandbox, "connect", lambda *_: runner)

    del nothing_live
    return give


def invoke(*words):
    return CliRunner().invoke(app, ["verify", *words])


STACK = {
    "verification": {"backend": {"job": JOB, "connectivityTests": {"cache": CACHE}}, "auth": {"job": "a"}}
}


def test_json_holds_every_report(outputs, runs):
    outputs(STACK)
    runs(Runner([line(FAILED)]))
    result = invoke("staging", "--format", "json", "--service", "backend")
    whole = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (whole["stack"], whole["passed"]) == ("staging", False)
    assert whole["services"][0]["report"]["causes"][0]["rule"] == "route-cache"


def test_every_service_with_a_job_is_verified_when_none_is_named(outputs, runs):
    outputs(STACK)
    runner = Runner([line(PASSED)])
    runs(runner)
    result = invoke("staging")
    assert result.exit_code == 0, result.output
    assert sorted(runner.ran) == sorted(["a", JOB])
    assert result.stdout.splitlines()[-1] == "passed: auth, backend"


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({}, "plumb verify: stack staging is not deployed\n  fix: pulumi up --stack staging\n"),
        (
            {"verification": {}},
            f"plumb verify: stack staging: {SERVICES_NONE}\n",
        ),
        (
            STACK,
            "plumb verify: stack staging has no job for a service frontend\n  fix: one of auth, backend\n",
        ),
    ],
)
def test_what_cannot_be_verified_says_what_to_do(outputs, runs, found, said):
    outputs(found)
    runs(Runner())
    result = invoke("staging", "--service", "frontend")
    assert (result.exit_code, result.stderr) == (2, said)


def test_a_stack_that_there_is_not_is_told_in_pulumis_words(monkeypatch, runs):
    def refuse(*_):
        raise pulumi.PulumiError("`pulumi stack output` failed:\n  no stack named 'x' found")

    monkeypatch.setattr(pulumi, "run", refuse)
    runs(Runner())
    result = invoke("x")
    assert result.exit_code == 2
    assert "no stack named 'x' found" in result.stderr


def test_without_a_live_sandbox_it_says_how_to_have_one(nothing_live):
    result = invoke("staging")
    assert result.exit_code == 2
    assert result.stderr == (
        f"plumb verify: no live sandbox runs for {nothing_live}: "
        "without one the sandbox has no servers to ask\n"
        "  fix: bin/sandbox --live pulumi up --stack staging --yes\n"
    )


def test_without_credentials_google_is_not_asked(monkeypatch, tmp_path):
    monkeypatch.delenv("SANDBOX_STATE", raising=False)
    for name in ("GOOGLE_APPLICATION_CREDENTIALS", "CLOUDSDK_CONFIG", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    with pytest.raises(NotVerifiedError, match="gcloud auth application-default login"):
        on_google.clients()
