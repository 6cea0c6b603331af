"""One Cloud Run service with an account of its own.

Owns the service, its account, and its account's access to exactly the secrets it reads. Does not own its
routes (`components.connector`), the secrets, the load balancer, nor its traffic: `traffics` is left alone,
for a rollout moves it and an update must not move it back.

The revision is named by a hash of its template. The same template always gives the same name, so that an
update without changes makes no revision; any change gives another, so that Cloud Run never refuses a name
that exists with other contents. Before the first `up` the name is unknown, because addresses in it are.

The startup probe asks `healthPath`, which answers only when database and cache do: no request, and no
WebSocket handshake, reaches an instance before. It gives up inside Cloud Run's 4 minutes. The liveness probe
asks the same path and is patient on purpose: an instance is restarted after 5 minutes without an answer, not
for a failover of the database.

Sources: https://cloud.google.com/run/docs/configuring/healthchecks,
https://cloud.google.com/run/docs/configuring/max-instances,
https://cloud.google.com/run/docs/triggering/websockets,
https://cloud.google.com/run/docs/securing/service-identity
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pulumi

from catalog.cloud_run import execution_environment
from components.lean import cloudrunv2, serviceaccount

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pulumi_gcp.cloudrunv2 import (
        ServiceTemplateArgsDict,
        ServiceTemplateContainerArgsDict,
        ServiceTemplateContainerEnvArgsDict,
        ServiceTemplateVpcAccessArgsDict,
    )

    from components.placement import Placement
    from components.secrets import Secrets
    from components.settings import ServiceSettings

Invoker = Literal["allUsers", "invokerIamDisabled"]

STARTUP_PERIOD_SECONDS = 10
STARTUP_FAILURES = 22
LIVENESS_PERIOD_SECONDS = 30
LIVENESS_FAILURES = 10
PROBE_TIMEOUT_SECONDS = 5
REVISION_HASH_DIGITS = 10

# `client` and `clientVersion` name the tool that last touched the service, a rollout's among them.
_LEFT_ALONE = ["traffics", "client", "clientVersion"]


@dataclass(frozen=True, slots=True)
class ServiceLinks:
    """What a service takes from other components."""

    secrets: Secrets
    """Where its secret variables come from."""
    environment: Mapping[str, pulumi.Input[str]]
    """Derived plain variables, beside those of the settings."""
    vpc_access: ServiceTemplateVpcAccessArgsDict | None
    """Way into the network; None for a service without a private route."""
    invoker: Invoker | None
    """How the load balancer's callers are let in; None for a service that is not behind it."""
    ready: Sequence[pulumi.Resource]
    """What must exist before an instance can start."""


class Service(pulumi.ComponentResource):
    """A Cloud Run service.

    Args:
        name: Pulumi name; children are named after it.
        settings: The service's settings.
        placement: Project, region, labels, protection, enabled APIs.
        links: What it takes from other components.
        opts: Options of the component itself.
    """

    service_name: pulumi.Output[str]
    """Name of the service, known at preview."""
    account_email: pulumi.Output[str]
    """Address of the service's own account, known at preview."""
    revision: pulumi.Output[str]
    """Name of the revision that this template makes."""
    uri: pulumi.Output[str]
    """The service's own run.app URL, closed to outsiders when it is behind the load balancer."""

    def __init__(
        self,
        name: str,
        settings: ServiceSettings,
        placement: Placement,
        links: ServiceLinks,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the account, its grants, the service, and who may invoke it."""
        super().__init__("plumbline:components:Service", name, None, opts)
        self._prefix, self._settings, self._placement = name, settings, placement
        self.account = serviceaccount.Account(
            f"{name}-account",
            project=placement.project,
            account_id=settings.service_account_id,
            display_name=f"Cloud Run service {settings.name}",
            opts=pulumi.ResourceOptions(parent=self, depends_on=placement.apis),
        )
        self.grants = links.secrets.grant(name, self.account.member, settings.secrets.values(), parent=self)
        self.envs = self._envs(links)
        """What the container's environment is; a job beside the service takes the same."""
        self.needs: list[pulumi.Resource] = self._needs(links)
        """What must exist before anything with this account and environment can start."""
        self.vpc_access = links.vpc_access
        template = self._template(links)
        self.revision = revision_name(settings.name, template)
        self.service = self._service({**template, "revision": self.revision}, links)
        if links.invoker == "allUsers":
            self._let_everyone_in()
        self.service_name = self.service.name
        self.account_email = self.account.email
        self.uri = self.service.uri
        self.register_outputs(
            {
                "serviceName": self.service_name,
                "accountEmail": self.account_email,
                "revision": self.revision,
                "uri": self.uri,
            }
        )

    def _service(self, template: ServiceTemplateArgsDict, links: ServiceLinks) -> cloudrunv2.Service:
        settings, placement = self._settings, self._placement
        behind = "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"
        return cloudrunv2.Service(
            f"{self._prefix}-service",
            project=placement.project,
            location=placement.region,
            name=settings.name,
            ingress=behind if links.invoker else "INGRESS_TRAFFIC_INTERNAL_ONLY",
            invoker_iam_disabled=links.invoker == "invokerIamDisabled",
            # Of the service, not of a revision: two revisions in a rollout share these.
            scaling=cloudrunv2.ServiceScalingArgs(
                min_instance_count=settings.min_instances, max_instance_count=settings.max_instances
            ),
            template=template,
            deletion_protection=placement.deletion_protection,
            labels=placement.labels,
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=self.needs,
                ignore_changes=_LEFT_ALONE,
                protect=placement.deletion_protection,
            ),
        )

    def _needs(self, links: ServiceLinks) -> list[pulumi.Resource]:
        made = links.secrets.versions
        used = sorted(set(self._settings.secrets.values()))
        versions = [made[secret_id] for secret_id in used if secret_id in made]
        return [*self._placement.apis, *self.grants, *versions, *links.ready]

    def _let_everyone_in(self) -> None:
        cloudrunv2.ServiceIamMember(
            f"{self._prefix}-invoker",
            project=self._placement.project,
            location=self._placement.region,
            name=self.service.name,
            role="roles/run.invoker",
            member="allUsers",
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _template(self, links: ServiceLinks) -> ServiceTemplateArgsDict:
        settings = self._settings
        template: ServiceTemplateArgsDict = {
            "service_account": self.account.email,
            "execution_environment": execution_environment(settings.cpu),
            "timeout": f"{settings.request_timeout_seconds}s",
            "session_affinity": settings.web_sockets,
            "max_instance_request_concurrency": settings.concurrency,
            "scaling": {"max_instance_count": settings.max_instances},
            "containers": [self._container()],
        }
        if links.vpc_access is not None:
            template["vpc_access"] = links.vpc_access
        return template

    def _envs(self, links: ServiceLinks) -> list[ServiceTemplateContainerEnvArgsDict]:
        settings = self._settings
        plain: dict[str, pulumi.Input[str]] = {**settings.env, **links.environment}
        envs: list[ServiceTemplateContainerEnvArgsDict] = [
            {"name": variable, "value": value} for variable, value in sorted(plain.items())
        ]
        for variable, secret_id in sorted(settings.secrets.items()):
            reference = links.secrets.references[secret_id]
            key_ref: cloudrunv2.ServiceTemplateContainerEnvValueSourceSecretKeyRefArgsDict = {
                "secret": reference.secret_id,
                "version": reference.version,
            }
            envs.append({"name": variable, "value_source": {"secret_key_ref": key_ref}})
        return envs

    def _container(self) -> ServiceTemplateContainerArgsDict:
        settings = self._settings
        return {
            "image": settings.image,
            "ports": {"container_port": settings.port},
            "resources": {
                "limits": {"cpu": f"{settings.cpu:g}", "memory": f"{settings.memory_mib}Mi"},
                # Said again because `resources` without it would bill CPU between requests.
                "cpu_idle": True,
                "startup_cpu_boost": True,
            },
            "startup_probe": {
                "http_get": {"path": settings.health_path, "port": settings.port},
                "period_seconds": STARTUP_PERIOD_SECONDS,
                "failure_threshold": STARTUP_FAILURES,
                "timeout_seconds": PROBE_TIMEOUT_SECONDS,
            },
            "liveness_probe": {
                "http_get": {"path": settings.health_path, "port": settings.port},
                "period_seconds": LIVENESS_PERIOD_SECONDS,
                "failure_threshold": LIVENESS_FAILURES,
                "timeout_seconds": PROBE_TIMEOUT_SECONDS,
            },
            "envs": self.envs,
        }


def revision_name(service: str, template: ServiceTemplateArgsDict) -> pulumi.Output[str]:
    """`SERVICE-HASH`, at most 60 characters: Cloud Run wants the service's name first and allows 63.

    Args:
        service: Name of the service, at most 49 characters.
        template: The template without `revision`. As long as a value in it is unknown, so is the name.
    """

    def name(text: str) -> str:
        return f"{service}-{hashlib.sha256(text.encode()).hexdigest()[:REVISION_HASH_DIGITS]}"

    return pulumi.Output.json_dumps(template, sort_keys=True).apply(name)
