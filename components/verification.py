"""What says whether a deployed service keeps its promises: a job beside it, and Google's word on its routes.

Owns, for each service with a private route or hosts on the internet, a Cloud Run job with the service's own
account, environment, secrets and way into the network; and for each private route a connectivity test. Does
not own what is checked (`components.assignment`), nor who runs it and reads the results (`plumb verify`).

A job is tried once: a check that passes the second time has failed. A connectivity test names the revision
that this run makes, and a test of another revision is another test: it is made anew, the old one first, for
both have one name.

Sources: https://cloud.google.com/run/docs/create-jobs,
https://cloud.google.com/network-intelligence-center/docs/connectivity-tests/concepts/overview
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pulumi

from catalog.names import CLOUD_RUN_JOB
from catalog.redis import TLS_PORT
from catalog.sql import POSTGRES_PORT
from components.assignment import NOT_A_JOBS, VARIABLE
from components.lean import cloudrunv2, networkmanagement
from components.placement import known_id, suffixed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_gcp.cloudrunv2 import JobTemplateTemplateArgsDict, JobTemplateTemplateContainerEnvArgsDict
    from pulumi_gcp.networkmanagement import ConnectivityTestDestinationArgsDict

    from components.assignment import Assignments
    from components.cache import Cache
    from components.database import Database
    from components.placement import Placement
    from components.service import Service
    from components.settings import ProbesSettings, ServiceSettings

CPU = "1"
MEMORY = "512Mi"


class Verification(pulumi.ComponentResource):
    """The verification jobs and the connectivity tests.

    Args:
        name: Pulumi name; children are named after it.
        settings: The jobs' image and time.
        placement: Project, region, labels, protection, enabled APIs.
        assignments: What each job checks.
        services: The services by key.
        destinations: What private routes lead to.
        opts: Options of the component itself.
    """

    jobs: pulumi.Output[dict[str, Any]]
    """By service: `job`, the job's full name; `connectivityTests`, the tests' by destination; and
    `candidateHosts`, by host the one that leads to the revision tagged `candidate`."""

    def __init__(  # noqa: PLR0913 - it stands between all of these
        self,
        name: str,
        settings: ProbesSettings,
        placement: Placement,
        assignments: Assignments,
        *,
        services: Mapping[str, Service],
        destinations: tuple[Database, Cache],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare a job for each service that has a route, and a test for each private one."""
        super().__init__("plumbline:components:Verification", name, None, opts)
        self._prefix, self._settings, self._placement = name, settings, placement
        self._assignments = assignments
        self._database, self._cache = destinations
        ingress = assignments.settings.ingress
        candidates = {ingress.host_name(each): ingress.candidate_host_name(each) for each in ingress.hosts}
        found: dict[str, pulumi.Input[Any]] = {}
        for key, service in sorted(services.items()):
            decided = assignments.settings.services[key]
            if assignments.wanted(decided):
                job = self._job(key, decided, service)
                found[key] = {
                    "job": known_id(placement.project, "locations", placement.region, "jobs", job.name),
                    "connectivityTests": self._tests(key, decided, service),
                    "candidateHosts": candidates,
                }
        self.jobs = pulumi.Output.all(**found).apply(dict)
        self.register_outputs({"jobs": self.jobs})

    def _job(self, key: str, decided: ServiceSettings, service: Service) -> cloudrunv2.Job:
        placement = self._placement
        return cloudrunv2.Job(
            f"{self._prefix}-{key}",
            project=placement.project,
            location=placement.region,
            name=suffixed(decided.name, "verify", CLOUD_RUN_JOB.longest),
            template={"task_count": 1, "parallelism": 1, "template": self._task(key, decided, service)},
            deletion_protection=placement.deletion_protection,
            labels=placement.labels,
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=service.needs,
                # The tool that last touched it is no decision of this stack.
                ignore_changes=["client", "clientVersion"],
            ),
        )

    def _task(self, key: str, decided: ServiceSettings, service: Service) -> JobTemplateTemplateArgsDict:
        own = [env for env in service.envs if env["name"] not in NOT_A_JOBS]
        envs = cast("list[JobTemplateTemplateContainerEnvArgsDict]", own)
        envs.append({"name": VARIABLE, "value": self._assignments.of(key, decided)})
        task: dict[str, Any] = {
            "service_account": service.account_email,
            "timeout": f"{self._settings.job_timeout_seconds}s",
            "max_retries": 0,
            "containers": [
                {
                    "image": self._settings.image,
                    "envs": envs,
                    "resources": {"limits": {"cpu": CPU, "memory": MEMORY}},
                }
            ],
        }
        if service.vpc_access is not None:
            task["vpc_access"] = service.vpc_access
        return cast("JobTemplateTemplateArgsDict", task)

    def _tests(self, key: str, decided: ServiceSettings, service: Service) -> dict[str, pulumi.Output[str]]:
        placement = self._placement
        tests: dict[str, ConnectivityTestDestinationArgsDict] = {}
        if decided.cache:
            instance = self._cache.instance.name
            where = known_id(placement.project, "locations", placement.region, "instances", instance)
            tests["cache"] = {"redis_instance": where, "port": TLS_PORT}
        if decided.database is not None:
            where = known_id(placement.project, "instances", self._database.instance_name)
            tests["database"] = {"cloud_sql_instance": where, "port": POSTGRES_PORT}
        return {kind: self._test(key, kind, service, to) for kind, to in tests.items()}

    def _test(
        self, key: str, kind: str, service: Service, destination: ConnectivityTestDestinationArgsDict
    ) -> pulumi.Output[str]:
        placement = self._placement
        revision = known_id(placement.project, "locations", placement.region, "revisions", service.revision)
        test = networkmanagement.ConnectivityTest(
            f"{self._prefix}-{key}-to-{kind}",
            project=placement.project,
            name=f"{key}-to-{kind}",
            description=f"Whether {key} reaches the {kind}, in Google's own reckoning.",
            source={"cloud_run_revision": {"uri": revision}},
            destination=destination,
            protocol="TCP",
            labels=placement.labels,
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[*placement.apis, service.service],
                delete_before_replace=True,
            ),
        )
        return known_id(placement.project, "locations", "global", "connectivityTests", test.name)
