"""Verification on Google Cloud: run each job, read its report from Cloud Logging, ask for each route.

Owns the three client libraries' calls. Not tried against Google itself (docs/probes.md): this repository is
developed without an account; the tests hold it against the libraries' own clients and messages.

Sources: https://cloud.google.com/run/docs/execute/jobs,
https://cloud.google.com/logging/docs/structured-logging,
https://cloud.google.com/network-intelligence-center/docs/connectivity-tests/how-to/running-connectivity-tests
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from google.api_core.exceptions import GoogleAPICallError, RetryError
from google.auth.exceptions import GoogleAuthError
from tenacity import RetryError as NeverThereError
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from plumb.verifying.verdict import NotVerifiedError, Route, Verdict, report_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from google.cloud.logging_v2 import Client as LoggingClient
    from google.cloud.network_management_v1 import ReachabilityServiceClient
    from google.cloud.network_management_v1.types import ReachabilityDetails
    from google.cloud.run_v2 import JobsClient, RunJobRequest

    from plumb.verifying.verdict import Target
    from probes.report import Report

JOB_SECONDS: Final = 300.0
ROUTE_SECONDS: Final = 120.0
LOG_SECONDS: Final = 60.0
LOG_PAUSE_SECONDS: Final = 2.0
_NOT_CALLED: Final = (GoogleAPICallError, GoogleAuthError, RetryError, TimeoutError)


@dataclass(frozen=True, slots=True)
class Google:
    """The clients, and how long to wait for a report to be readable.

    Attributes:
        jobs: Cloud Run's.
        routes: Network Management's.
        logs: Cloud Logging's, by project.
        log_seconds: How long a line may take from the job to the log.
        log_pause: Between two looks.
    """

    jobs: JobsClient
    routes: ReachabilityServiceClient
    logs: Callable[[str], LoggingClient]
    log_seconds: float = LOG_SECONDS
    log_pause: float = LOG_PAUSE_SECONDS


def clients() -> Google:
    """Clients with the user's credentials.

    Raises:
        NotVerifiedError: There are none.
    """
    from google.cloud import logging_v2, network_management_v1, run_v2  # noqa: PLC0415 - a second of imports

    try:
        return Google(
            run_v2.JobsClient(),
            network_management_v1.ReachabilityServiceClient(),
            lambda project: logging_v2.Client(project=project),  # type: ignore[no-untyped-call]  # it has no types
        )
    except GoogleAuthError as error:
        raise NotVerifiedError(
            f"no credentials for Google Cloud: {error}\n  fix: gcloud auth application-default login"
        ) from None


def verify(google: Google, targets: Sequence[Target], done: Callable[[Verdict], None]) -> Sequence[Verdict]:
    """Runs every job at once, and asks for every route meanwhile.

    Args:
        google: The clients.
        targets: The jobs and connectivity tests.
        done: Told of each service as it ends.
    """

    def one(target: Target) -> Verdict:
        verdict = _verify(google, target)
        done(verdict)
        return verdict

    with ThreadPoolExecutor(max_workers=max(1, len(targets))) as pool:
        return list(pool.map(one, targets))


def _verify(google: Google, target: Target) -> Verdict:
    with ThreadPoolExecutor(max_workers=max(1, len(target.tests))) as pool:
        asked = [pool.submit(_route, google, to, name) for to, name in sorted(target.tests.items())]
        try:
            report, error = _report(google, target), ""
        except NotVerifiedError as failed:
            report, error = None, str(failed)
        routes = tuple(each.result() for each in asked)
    return Verdict(target.service, report, error, routes)


def _report(google: Google, target: Target) -> Report:
    """Runs a job and returns what it printed.

    Raises:
        NotVerifiedError: It could not be started, or left no report.
    """
    job = target.job
    try:
        operation = google.jobs.run_job(request=_request(target))
    except _NOT_CALLED as error:
        raise NotVerifiedError(f"{job} could not be started: {_words(error)}") from None
    ended = ""
    try:
        operation.result(timeout=JOB_SECONDS)  # type: ignore[no-untyped-call]  # api_core has no types
    except _NOT_CALLED as error:
        # A job whose checks failed exits with 1, and its execution counts as failed: the report says why.
        ended = f" (its execution ended so: {_words(error)})"
    execution = str(operation.metadata.name).rpartition("/")[2]
    report = _logged(google, job, execution)
    if report is None:
        raise NotVerifiedError(f"execution {execution} left no report in Cloud Logging{ended}")
    return report


def _request(target: Target) -> RunJobRequest:
    from google.cloud import run_v2  # noqa: PLC0415 - loaded by now, with the clients

    overrides = run_v2.RunJobRequest.Overrides
    env = [run_v2.EnvVar(name=name, value=value) for name, value in target.overrides.items()]
    return run_v2.RunJobRequest(
        name=target.job,
        overrides=overrides(container_overrides=[overrides.ContainerOverride(env=env)]) if env else None,
    )


def _logged(google: Google, job: str, execution: str) -> Report | None:
    """The report of an execution: a line takes some seconds from a job to the log."""
    project = job.split("/")[1]
    wanted = " ".join(
        [
            'resource.type="cloud_run_job"',
            f'resource.labels.job_name="{job.rpartition("/")[2]}"',
            f'labels."run.googleapis.com/execution_name"="{execution}"',
            f'logName="projects/{project}/logs/run.googleapis.com%2Fstdout"',
        ]
    )
    client = google.logs(project)
    patience = Retrying(
        retry=retry_if_result(lambda report: report is None),
        stop=stop_after_delay(google.log_seconds),
        wait=wait_fixed(google.log_pause),
    )
    try:
        return patience(lambda: report_in(_lines(client, wanted)))
    except NeverThereError:
        return None
    except _NOT_CALLED as error:
        raise NotVerifiedError(f"Cloud Logging does not answer: {_words(error)}") from None


def _lines(client: LoggingClient, wanted: str) -> Iterator[str]:
    entries = client.list_entries(filter_=wanted)  # type: ignore[no-untyped-call]  # it has no types
    for entry in entries:
        payload: Any = entry.payload
        # Cloud Logging reads a line that is JSON, and hands it out as a structure.
        yield payload if isinstance(payload, str) else json.dumps(_plain(payload))


def _plain(payload: object) -> object:
    """The structure with whole numbers whole: a structure in a log knows no other numbers than floats."""
    if isinstance(payload, dict):
        return {str(key): _plain(value) for key, value in payload.items()}
    if isinstance(payload, list):
        return [_plain(value) for value in payload]
    return int(payload) if isinstance(payload, float) and payload.is_integer() else payload


def _route(google: Google, to: str, name: str) -> Route:
    """Google's verdict on a route, reckoned anew."""
    try:
        operation = google.routes.rerun_connectivity_test(request={"name": name})
        test = operation.result(timeout=ROUTE_SECONDS)  # type: ignore[no-untyped-call]  # api_core has no types
    except _NOT_CALLED as error:
        return Route(to, "UNDETERMINED", (_words(error),))
    details: ReachabilityDetails = test.reachability_details
    result = details.result.name
    causes = () if result == "REACHABLE" else tuple(dict.fromkeys(_causes(details)))
    return Route(to, result, causes)


def _causes(details: ReachabilityDetails) -> Iterator[str]:
    """What each trace ends in, in Google's words."""
    for trace in details.traces:
        for step in trace.steps:
            for end in ("abort", "drop"):
                if end in step:
                    yield getattr(step, end).cause.name
    if details.error.message:
        yield str(details.error.message)


def _words(error: Exception) -> str:
    message = getattr(error, "message", None)
    return " ".join(str(message or error or type(error).__name__).split())
