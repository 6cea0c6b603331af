"""The verification jobs: each has its service's place and environment, and is told names only."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pulumi
import pytest

from catalog.pools import budget
from catalog.sql_sizing import RESERVED, SUPERUSER_RESERVED
from components.assignment import NOT_A_JOBS, VARIABLE
from components.platform import Platform, pools_that_fit
from components.settings import PlatformSettings
from components.settings.pools import max_connections_of
from probes.assignment import Assignment
from tests.components.recorder import AUTH_STRING, PASSWORDS, UNKNOWN, run
from tests.components.stacks import staging

if TYPE_CHECKING:
    from tests.components.recorder import Cloud

ROOT = Path(__file__).parents[2]
MEASURING = 2
"""Connections that a job opens beside the pool: one for queries, one for the server's settings."""


def _jobs(cloud: Cloud) -> dict[str, dict[str, Any]]:
    return {name: each.inputs for name, each in cloud.of("cloudrunv2/job:Job").items()}


def _task(job: dict[str, Any]) -> dict[str, Any]:
    task: dict[str, Any] = job["template"]["template"]
    return task


def _assignment(job: dict[str, Any]) -> Assignment:
    (container,) = _task(job)["containers"]
    told = next(env["value"] for env in container["envs"] if env["name"] == VARIABLE)
    return Assignment.model_validate_json(told)


def _service(cloud: Cloud, key: str) -> dict[str, Any]:
    template: dict[str, Any] = cloud.of("cloudrunv2/service:Service")[f"{key}-service"].inputs["template"]
    return template


def test_each_service_with_a_route_has_a_job_and_the_frontend_none(cloud: Cloud) -> None:
    assert {name: job["name"] for name, job in _jobs(cloud).items()} == {
        "verification-auth": "netra-auth-service-verify",
        "verification-backend": "netra-backend-staging-verify",
    }


@pytest.mark.parametrize("key", ["auth", "backend"])
def test_a_job_runs_where_and_as_its_service_does(cloud: Cloud, key: str) -> None:
    task, template = _task(_jobs(cloud)[f"verification-{key}"]), _service(cloud, key)
    (job,), (service,) = task["containers"], template["containers"]

    assert task["serviceAccount"] == template["serviceAccount"]
    assert task["vpcAccess"] == template["vpcAccess"]
    own = [env for env in service["envs"] if env["name"] not in NOT_A_JOBS]
    assert [env for env in job["envs"] if env["name"] != VARIABLE] == own
    assert len(own) == len(service["envs"]) - len(NOT_A_JOBS)
    assert job["image"].partition("@")[0].endswith("/probes")
    assert (task["maxRetries"], task["timeout"]) == (0, "45s")


@pytest.mark.parametrize("key", ["auth", "backend"])
def test_a_job_waits_for_what_its_service_waits_for(cloud: Cloud, key: str) -> None:
    job = cloud.of("cloudrunv2/job:Job")[f"verification-{key}"]
    service = cloud.of("cloudrunv2/service:Service")[f"{key}-service"]

    assert set(service.depends_on) <= set(job.depends_on)


def test_the_backend_is_asked_what_its_contract_promises(cloud: Cloud) -> None:
    told = _assignment(_jobs(cloud)["verification-backend"])

    assert told.service == "netra-backend-staging"
    assert "JWT_SECRET_STAGING" in told.secrets
    assert told.deadline_seconds == 7
    assert told.database is not None
    assert told.database.pool_connections == 8 + 4
    assert (told.database.connections_asked, told.database.connections_reserved) == (384, 13)
    assert told.database.version == 17
    assert told.cache is not None
    assert told.cache.maxmemory_policy == "noeviction"
    assert [host.host or host.host_from for host in told.internet][-1] == "CLICKHOUSE_HOST"
    assert told.web_sockets is not None
    assert told.web_sockets.socket.url == "wss://api.staging.netrasystems.ai/ws"
    assert told.golden_path is not None
    assert told.golden_path.login is not None
    assert told.golden_path.login.url == "https://auth.staging.netrasystems.ai/auth/service"
    assert told.golden_path.socket == told.web_sockets.socket


def test_what_a_job_is_told_is_known_at_preview_and_holds_no_value(preview: Cloud, cloud: Cloud) -> None:
    for found in (preview, cloud):
        for job in _jobs(found).values():
            _assignment(job)
            told = next(
                env["value"] for env in _task(job)["containers"][0]["envs"] if env["name"] == VARIABLE
            )
            assert not [one for one in (*PASSWORDS.values(), AUTH_STRING) if one in told]


def test_each_private_route_has_googles_own_verdict(cloud: Cloud) -> None:
    tests = cloud.of("networkmanagement/connectivityTest:ConnectivityTest")

    assert sorted(tests) == [
        f"verification-{key}-to-{kind}" for key in ("auth", "backend") for kind in ("cache", "database")
    ]
    to_cache, to_database = (
        tests[f"verification-backend-to-{kind}"].inputs for kind in ("cache", "database")
    )
    revision = _service(cloud, "backend")["revision"]
    assert to_cache["source"] == {
        "cloudRunRevision": {"uri": f"projects/netra-staging/locations/us-central1/revisions/{revision}"}
    }
    assert to_cache["destination"] == {
        "redisInstance": "projects/netra-staging/locations/us-central1/instances/netra-redis",
        "port": 6378,
    }
    assert to_database["destination"] == {
        "cloudSqlInstance": "projects/netra-staging/instances/netra-postgres",
        "port": 5432,
    }


def test_the_outputs_name_what_is_run_and_read(cloud: Cloud) -> None:
    jobs = cloud.outputs[cloud.component("Verification").urn]["jobs"]

    assert sorted(jobs) == ["auth", "backend"]
    assert jobs["backend"] == {
        "job": "projects/netra-staging/locations/us-central1/jobs/netra-backend-staging-verify",
        "connectivityTests": {
            kind: f"projects/netra-staging/locations/global/connectivityTests/backend-to-{kind}"
            for kind in ("cache", "database")
        },
        "candidateHosts": {
            f"{label}.staging.netrasystems.ai": f"candidate-{label}.staging.netrasystems.ai"
            for label in ("app", "api", "auth")
        },
    }


def test_at_preview_only_the_revision_is_unknown(preview: Cloud) -> None:
    tests = preview.of("networkmanagement/connectivityTest:ConnectivityTest")

    assert {each.inputs["source"]["cloudRunRevision"]["uri"] for each in tests.values()} == {UNKNOWN}
    assert UNKNOWN not in str([each.inputs["destination"] for each in tests.values()])


def test_without_the_section_nothing_is_made() -> None:
    cloud = run(lambda: Platform("platform", staging(probes=None)))

    assert _jobs(cloud) == {}
    assert cloud.of("networkmanagement/connectivityTest:ConnectivityTest") == {}


def test_a_step_that_no_host_serves_is_refused_with_what_to_do() -> None:
    hosts = {"app": {"service": "frontend"}, "api": {"service": "backend"}}
    with pytest.raises(pulumi.RunError) as refusal:
        run(lambda: Platform("platform", staging(ingress__hosts=hosts)))

    assert str(refusal.value).splitlines() == [
        (
            "contract backend: a step of probes goes to netra-auth-service, and no host under "
            "plumbline:ingress.hosts is that service's"
        ),
        "  why: the step is made as a user makes it, by a host of the load balancer",
        "  fix: give the service a host, or name one in the contract: host: …",
    ]


@pytest.mark.parametrize("stack", ["staging", "production"])
def test_the_jobs_connections_fit_into_what_is_kept_free(stack: str) -> None:
    """All jobs at once, at full scale: the sizing does not count them, for this is what the margin is for."""
    settings = PlatformSettings.from_stack_file(ROOT / f"Pulumi.{stack}.yaml")
    room = budget(max_connections_of(settings.database))
    kept_free = room.max_connections - room.usable - SUPERUSER_RESERVED - RESERVED

    opened = sum(pool.connections + MEASURING for pool in pools_that_fit(settings).pools.values())

    assert opened <= kept_free
