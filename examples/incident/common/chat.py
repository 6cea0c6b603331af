"""The chat platform of the incident in plain pulumi-gcp, part by part, as it must be.

A part is declared when it is first asked for. A program that does one part in its own way sets it beforehand:
the programs beside this folder do so with the part that holds their fault. Imports nothing of Plumbline.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_gcp as gcp

if TYPE_CHECKING:
    from collections.abc import Mapping

PROJECT = "netra-staging"
REGION = "us-central1"
DOMAIN = "staging.netrasystems.ai"
APIS = (
    "cloudresourcemanager",
    "compute",
    "iam",
    "redis",
    "run",
    "servicenetworking",
    "sqladmin",
    "vpcaccess",
)
NAMES = {
    "backend": "netra-backend-staging",
    "auth": "netra-auth-service",
    "frontend": "netra-frontend-staging",
}
SIZES = {
    "backend": {"cpu": "4", "memory": "4Gi", "port": 8000, "instances": 20},
    "auth": {"cpu": "1", "memory": "512Mi", "port": 8080, "instances": 10},
    "frontend": {"cpu": "1", "memory": "512Mi", "port": 3000, "instances": 10},
}
# Each variable, the secret it reads, and the version: secrets that were made outside this stack.
SHARED = {
    "POSTGRES_PASSWORD": ("chat-postgres-password", "1"),
    "JWT_SECRET_KEY": ("jwt-secret", "3"),
    "SERVICE_SECRET": ("service-secret", "2"),
    "GOOGLE_OAUTH_CLIENT_ID_STAGING": ("google-oauth-client-id", "1"),
    "GOOGLE_OAUTH_CLIENT_SECRET_STAGING": ("google-oauth-client-secret", "1"),
}
SECRETS = {
    "backend": SHARED
    | {
        "JWT_SECRET_STAGING": ("jwt-secret", "3"),
        "SECRET_KEY": ("secret-key", "1"),
        "SESSION_SECRET_KEY": ("session-secret-key", "1"),
        "FERNET_KEY": ("fernet-key", "1"),
        "OPENAI_API_KEY": ("openai-api-key", "4"),
        "ANTHROPIC_API_KEY": ("anthropic-api-key", "2"),
        "GEMINI_API_KEY": ("gemini-api-key", "1"),
        "CLICKHOUSE_PASSWORD": ("clickhouse-password", "1"),
    },
    "auth": SHARED | {"OAUTH_HMAC_SECRET": ("oauth-hmac-secret", "1")},
    "frontend": {},
}


class Chat:
    """The platform. Attributes are its parts; `plain` and `secrets` hold each service's variables."""

    def __init__(self) -> None:
        """Take what does not depend on any part."""
        self.egress = "PRIVATE_RANGES_ONLY"
        self.ingress = "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"
        self.secrets: dict[str, dict[str, tuple[Any, Any]]] = {
            key: dict(each) for key, each in SECRETS.items()
        }
        self.services: dict[str, gcp.cloudrunv2.Service] = {}

    @cached_property
    def apis(self) -> list[pulumi.Resource]:
        """The APIs that everything else needs."""
        return [
            gcp.projects.Service(api, service=f"{api}.googleapis.com", disable_on_destroy=False)
            for api in APIS
        ]

    @cached_property
    def network(self) -> gcp.compute.Network:
        """The VPC network that connector, database and cache share."""
        return gcp.compute.Network(
            "network", name="netra", auto_create_subnetworks=False, opts=self.after(*self.apis)
        )

    @cached_property
    def private_services(self) -> gcp.servicenetworking.Connection:
        """Private services access, on which Cloud SQL has its address."""
        reserved = gcp.compute.GlobalAddress(
            "private-services-range",
            name="netra-private-services",
            purpose="VPC_PEERING",
            address_type="INTERNAL",
            address="10.20.0.0",
            prefix_length=16,
            network=self.network.id,
        )
        return gcp.servicenetworking.Connection(
            "private-services",
            network=self.network.id,
            service="servicenetworking.googleapis.com",
            reserved_peering_ranges=[reserved.name],
            deletion_policy="ABANDON",
        )

    @cached_property
    def connector(self) -> gcp.vpcaccess.Connector:
        """The services' way into the network."""
        return self.make_connector()

    @cached_property
    def database(self) -> gcp.sql.DatabaseInstance:
        """PostgreSQL by a private address: encrypted, backed up, in two zones."""
        return self.make_database()

    @cached_property
    def cache(self) -> gcp.redis.Instance:
        """Redis on the same network: AUTH, TLS, a replica, and no eviction of sessions."""
        return self.make_cache()

    def make_connector(self, **changed: Any) -> gcp.vpcaccess.Connector:  # noqa: ANN401 - of any input
        """A connector, with some inputs changed."""
        inputs = {
            "name": "netra-staging",
            "region": REGION,
            "network": self.network.name,
            "ip_cidr_range": "10.8.0.0/28",
            "machine_type": "e2-standard-4",
            "min_instances": 2,
            "max_instances": 10,
        }
        return gcp.vpcaccess.Connector("connector", **inputs | changed, opts=self.after(*self.apis))

    def make_database(
        self,
        settings: Mapping[str, Any] | None = None,
        **changed: Any,  # noqa: ANN401 - of any input
    ) -> gcp.sql.DatabaseInstance:
        """An instance, with some settings or other inputs changed."""
        whole = {
            "tier": "db-custom-4-16384",
            "edition": "ENTERPRISE",
            "availability_type": "REGIONAL",
            "deletion_protection_enabled": True,
            "ip_configuration": {
                "ipv4_enabled": False,
                "private_network": self.network.id,
                "ssl_mode": "ENCRYPTED_ONLY",
            },
            "backup_configuration": {"enabled": True, "point_in_time_recovery_enabled": True},
        }
        inputs = {
            "name": "netra-postgres",
            "region": REGION,
            "database_version": "POSTGRES_17",
            "deletion_protection": True,
            "settings": whole | dict(settings or {}),
            "opts": self.after(*self.apis, self.private_services),
        }
        return gcp.sql.DatabaseInstance("database", **inputs | changed)

    def make_cache(self, **changed: Any) -> gcp.redis.Instance:  # noqa: ANN401 - of any input
        """An instance, with some inputs changed."""
        inputs = {
            "name": "netra-redis",
            "region": REGION,
            "redis_version": "REDIS_7_2",
            "tier": "STANDARD_HA",
            "memory_size_gb": 4,
            "authorized_network": self.network.id,
            "reserved_ip_range": "10.30.0.0/29",
            "auth_enabled": True,
            "transit_encryption_mode": "SERVER_AUTHENTICATION",
            "redis_configs": {"maxmemory-policy": "noeviction"},
        }
        return gcp.redis.Instance("cache", **inputs | changed, opts=self.after(*self.apis))

    @cached_property
    def cache_password(self) -> tuple[gcp.secretmanager.Secret, gcp.secretmanager.SecretVersion]:
        """The cache's AUTH string in Secret Manager."""
        secret = gcp.secretmanager.Secret(
            "redis-password",
            secret_id="redis-password",  # noqa: S106 - a name
            replication={"auto": {}},
            opts=self.after(*self.apis),
        )
        version = gcp.secretmanager.SecretVersion(
            "redis-password-version", secret=secret.id, secret_data=self.cache.auth_string
        )
        return secret, version

    @cached_property
    def plain(self) -> dict[str, dict[str, Any]]:
        """Plain variables of each service."""
        stores = {
            "ENVIRONMENT": "staging",
            "POSTGRES_HOST": self.database.private_ip_address,
            "POSTGRES_PORT": "5432",
            "POSTGRES_SSLMODE": "require",
            "REDIS_HOST": self.cache.host,
            "REDIS_PORT": self.cache.port.apply(lambda port: str(int(port))),
            "REDIS_CA_CERT": self.cache.server_ca_certs.apply(lambda certs: certs[0].cert),
            "DB_MAX_OVERFLOW": "3",
            "DB_POOL_RECYCLE_SECONDS": "300",
            "WEB_CONCURRENCY": "1",
        }
        return {
            "backend": stores
            | {
                "SERVICE_ID": "netra-backend",
                "POSTGRES_DB": "netra",
                "POSTGRES_USER": "netra",
                "DB_POOL_SIZE": "10",
                "CLICKHOUSE_HOST": "clickhouse.netrasystems.ai",
            },
            "auth": stores
            | {
                "SERVICE_ID": "netra-auth",
                "POSTGRES_DB": "auth",
                "POSTGRES_USER": "auth",
                "DB_POOL_SIZE": "5",
            },
            "frontend": {
                "NEXT_PUBLIC_API_URL": f"https://api.{DOMAIN}",
                "NEXT_PUBLIC_WS_URL": f"wss://api.{DOMAIN}/ws",
                "NEXT_PUBLIC_AUTH_URL": f"https://auth.{DOMAIN}",
                "NEXT_PUBLIC_ENVIRONMENT": "staging",
            },
        }

    def deploy(self, *keys: str, **template: Any) -> None:  # noqa: ANN401 - whatever a template takes
        """Declare these services, or all three."""
        for key in keys or NAMES:
            secrets: dict[str, tuple[Any, Any]] = dict(self.secrets[key])
            if key != "frontend":
                secret, version = self.cache_password
                secrets.setdefault("REDIS_PASSWORD", (secret.secret_id, version.version))
            self.services[key] = self.service(
                key, self.plain[key], secrets, self.account(key, secrets), **template
            )

    def account(
        self, key: str, secrets: Mapping[str, tuple[Any, Any]]
    ) -> tuple[pulumi.Input[str] | None, list[pulumi.Resource]]:
        """An account of the service's own, and its grant of each secret that it reads."""
        account = gcp.serviceaccount.Account(
            f"{key}-account", account_id=f"netra-{key}", display_name=NAMES[key], opts=self.after(*self.apis)
        )
        # Two variables may read one secret, which is granted once.
        readers = {secret: variable for variable, (secret, _) in reversed(secrets.items())}
        grants: list[pulumi.Resource] = [
            gcp.secretmanager.SecretIamMember(
                f"{key}-reads-{variable}".lower().replace("_", "-"),
                secret_id=secret,
                role="roles/secretmanager.secretAccessor",
                member=account.member,
            )
            for secret, variable in readers.items()
        ]
        return account.email, grants

    def service(
        self,
        key: str,
        plain: Mapping[str, Any],
        secrets: Mapping[str, tuple[Any, Any]],
        account: tuple[pulumi.Input[str] | None, list[pulumi.Resource]],
        **template: Any,  # noqa: ANN401 - as above
    ) -> gcp.cloudrunv2.Service:
        """One Cloud Run service behind the load balancer."""
        size, (email, grants) = SIZES[key], account
        envs: list[dict[str, Any]] = [{"name": name, "value": value} for name, value in plain.items()]
        envs += [
            {"name": name, "value_source": {"secret_key_ref": {"secret": secret, "version": version}}}
            for name, (secret, version) in secrets.items()
        ]
        if key != "frontend":
            template.setdefault("vpc_access", {"connector": self.connector.id, "egress": self.egress})
        if key == "backend":  # an agent's run streams over a WebSocket for up to an hour
            template = {"timeout": "3600s", "session_affinity": True} | template
        return gcp.cloudrunv2.Service(
            key,
            name=NAMES[key],
            location=REGION,
            ingress=self.ingress,
            scaling={"min_instance_count": 1, "max_instance_count": size["instances"]},
            template={
                "service_account": email,
                "scaling": {"max_instance_count": size["instances"]},
                "containers": [
                    {
                        "image": f"{REGION}-docker.pkg.dev/{PROJECT}/netra/{key}@sha256:{'0' * 64}",
                        "ports": {"container_port": size["port"]},
                        "resources": {"limits": {"cpu": size["cpu"], "memory": size["memory"]}},
                        "envs": envs,
                    }
                ],
                **template,
            },
            opts=self.after(*self.apis, *grants, *([self.private_services] if grants else [])),
        )

    def backend_service(self, key: str, **more: Any) -> gcp.compute.BackendService:  # noqa: ANN401 - as above
        """The load balancer's way to one service."""
        group = gcp.compute.RegionNetworkEndpointGroup(
            f"{key}-neg",
            name=f"netra-{key}",
            region=REGION,
            network_endpoint_type="SERVERLESS",
            cloud_run={"service": self.services[key].name},
        )
        return gcp.compute.BackendService(
            f"{key}-backend",
            name=f"netra-{key}",
            load_balancing_scheme="EXTERNAL_MANAGED",
            protocol="HTTPS",
            backends=[{"group": group.id}],
            **more,
        )

    def let_everybody_in(self) -> None:
        """Callers come through the load balancer only: the services' ingress says so."""
        for key, service in self.services.items():
            gcp.cloudrunv2.ServiceIamMember(
                f"{key}-invoker",
                location=REGION,
                name=service.name,
                role="roles/run.invoker",
                member="allUsers",
            )

    def publish(
        self,
        hosts: Mapping[str, gcp.compute.BackendService],
        certificate: gcp.compute.ManagedSslCertificate,
    ) -> None:
        """The HTTPS load balancer in front of the services: a host for each backend."""
        keys = sorted(hosts)
        url_map = gcp.compute.URLMap(
            "urls",
            name="netra",
            default_service=hosts[keys[0]].id,
            host_rules=[{"hosts": [host], "path_matcher": matcher(host)} for host in keys],
            path_matchers=[{"name": matcher(host), "default_service": hosts[host].id} for host in keys],
        )
        proxy = gcp.compute.TargetHttpsProxy(
            "https-proxy", name="netra", url_map=url_map.id, ssl_certificates=[certificate.id]
        )
        address = gcp.compute.GlobalAddress("address", name="netra", opts=self.after(*self.apis))
        gcp.compute.GlobalForwardingRule(
            "https",
            name="netra",
            load_balancing_scheme="EXTERNAL_MANAGED",
            ip_address=address.address,
            port_range="443",
            target=proxy.id,
        )

    @staticmethod
    def after(*resources: pulumi.Resource) -> pulumi.ResourceOptions:
        """Options of a resource that must wait for these."""
        return pulumi.ResourceOptions(depends_on=list(resources))


def matcher(host: str) -> str:
    """The name of a host's path matcher."""
    return host.split(".", maxsplit=1)[0].replace("*", "any")
