"""Settings of the Cloud Run services. What can be derived from other sections is not written here."""

from collections.abc import Mapping
from typing import Literal

from catalog.pools import CANDIDATE_INSTANCES
from components.settings.base import Section
from components.settings.fields import (
    CandidateInstances,
    Concurrency,
    Cpu,
    EnvName,
    HostLabel,
    Image,
    MaxInstances,
    MemoryMib,
    MinInstances,
    PoolShare,
    Port,
    ServiceAccountId,
    ServiceName,
    TimeoutSeconds,
    UrlPath,
    Workers,
)

DEFAULT_TIMEOUT_SECONDS = 300
WEB_SOCKET_TIMEOUT_SECONDS = 3600


class UrlSettings(Section):
    """An env var whose value is the public URL of an ingress host."""

    host: HostLabel
    """Key of the host under `plumbline:ingress.hosts`."""
    scheme: Literal["https", "wss"] = "https"
    """Scheme of the URL. Default `https`."""
    path: UrlPath = ""
    """Path behind the host, beginning with `/`. Default none."""


class ServiceSettings(Section):
    """One Cloud Run service."""

    name: ServiceName
    """Name of the service, and the id of its own service account unless `serviceAccount` says another."""
    service_account: ServiceAccountId | None = None
    """Id of the service's own account, 6 to 30 characters. Default: the service's name."""
    image: Image
    """Image by digest: `REGION-docker.pkg.dev/PROJECT/REPOSITORY/NAME@sha256:…`."""
    port: Port
    """Port that the container listens on."""
    cpu: Cpu
    """vCPUs an instance: 1, 2, 4, 6, 8, or below 1 with concurrency 1."""
    memory_mib: MemoryMib
    """Memory an instance, in MiB; Cloud Run bounds it by `cpu`."""
    min_instances: MinInstances = 0
    """Instances kept warm. Default 0."""
    max_instances: MaxInstances
    """Most instances of the whole service (all revisions that receive traffic)."""
    concurrency: Concurrency = 80
    """Requests that one instance answers at a time. Default 80, as Google's."""
    workers: Workers = 1
    """Worker processes an instance (WEB_CONCURRENCY), each with a pool of its own. Default 1."""
    candidate_instances: CandidateInstances = CANDIDATE_INSTANCES
    """Instances that a tagged revision without traffic may add while it is checked. Default 1."""
    pool_share: PoolShare = 1
    """Weight of this service when database connections are shared out. Default 1."""
    web_sockets: bool = False
    """Session affinity and one hour's timeout. Default false."""
    timeout_seconds: TimeoutSeconds | None = None
    """Longest request in seconds, at most 3600. Default 300, or 3600 with `webSockets`."""
    database: str | None = None
    """Database that the service uses; POSTGRES_* and DB_POOL_* are derived. Default none."""
    cache: bool = False
    """Whether the service uses the cache; REDIS_* are derived. Default false."""
    health_path: UrlPath = "/health"
    """HTTP path of the probes: startup covers database and cache. Default `/health`."""
    env: Mapping[EnvName, str] = {}
    """Plain environment variables. Secrets do not belong here, nor what is derived."""
    secrets: Mapping[EnvName, str] = {}
    """Environment variables from Secret Manager: variable to key under `plumbline:secrets`."""
    urls: Mapping[EnvName, UrlSettings] = {}
    """Environment variables that hold the public URL of an ingress host."""

    @property
    def has_private_route(self) -> bool:
        """Whether the service reaches into the VPC network: it uses a database or the cache."""
        return self.database is not None or self.cache

    @property
    def service_account_id(self) -> str:
        """Id of the service's own account."""
        return self.service_account or self.name

    @property
    def request_timeout_seconds(self) -> int:
        """The timeout that applies: as written, else 3600 with WebSockets, else 300 (Cloud Run's default)."""
        if self.timeout_seconds is not None:
            return self.timeout_seconds
        return WEB_SOCKET_TIMEOUT_SECONDS if self.web_sockets else DEFAULT_TIMEOUT_SECONDS
