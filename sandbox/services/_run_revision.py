"""What Cloud Run asks of a revision, whichever API it came by.

Two sorts of fault: what the API refuses at once (sizes, names, images), and what keeps the first revision
from starting, so that the service exists and is not ready (secrets, connector, network).
https://cloud.google.com/run/docs/configuring/services/secrets
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from catalog import cloud_run as limits
from sandbox import kinds
from sandbox.addresses import CONNECTOR, NETWORK, SUBNETWORK
from sandbox.grants import ACCOUNT, holds
from sandbox.references import tail
from sandbox.services import secretmanager

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sandbox.cloud import Thing
    from sandbox.kinds import Request

_IMAGE = re.compile(
    r"^(?:(?P<host>[a-z0-9.-]+\.[a-z0-9.-]+)/)?[a-z0-9._/-]+(?::[\w][\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$"
)
_HOSTS = re.compile(r"(?:^|\.)gcr\.io$|-docker\.pkg\.dev$|^docker\.io$")
_ACCESS: Final = frozenset(
    {
        "roles/secretmanager.secretAccessor",
        "roles/secretmanager.admin",
        "roles/owner",
        "secretmanager.versions.access",
    }
)
_SMALLEST_FULL_CPU = 1.0


@dataclass(frozen=True, slots=True)
class SecretUse:
    """One environment variable or file that comes from Secret Manager.

    Attributes:
        where: Its field, as Google names it.
        secret: The secret as it is written.
        version: The version; `latest` where none is.
        volume: Whether it is a file: that is read when it is opened, so that no instance waits for it. Who
            may read it is checked at the deploy all the same.
    """

    where: str
    secret: str
    version: str
    volume: bool = False


@dataclass(frozen=True, slots=True)
class Spelling:
    """How one of the two APIs spells a reference to a secret: the keys of a template.

    Attributes:
        source: Of a variable, where its value comes from.
        secret: The secret in a variable's reference.
        version: Its version, in a reference and in a volume's item.
        volume_secret: The secret in a volume.
    """

    source: str
    secret: str
    version: str
    volume_secret: str


def secret_uses(pod: Mapping[str, Any], spelled: Spelling) -> Iterator[SecretUse]:
    """The variables and files that a template, by the API that spells it, has from Secret Manager."""
    for index, container in enumerate(pod.get("containers") or ()):
        for number, env in enumerate(container.get("envs") or ()):
            reference = (env.get(spelled.source) or {}).get("secretKeyRef")
            if reference:
                where = f"spec.template.spec.containers[{index}].env[{number}].value_from.secret_key_ref.name"
                version = str(reference.get(spelled.version) or "latest")
                yield SecretUse(where, str(reference.get(spelled.secret)), version)
    for number, volume in enumerate(pod.get("volumes") or ()):
        source = volume.get("secret") or {}
        # Without items there is one file: the latest version.
        items: Iterable[Mapping[str, Any]] = (source.get("items") or ({},)) if source else ()
        for item in items:
            where = f"spec.template.spec.volumes[{number}].secret"
            version = str(item.get(spelled.version) or "latest")
            yield SecretUse(where, str(source.get(spelled.volume_secret)), version, volume=True)


@dataclass(slots=True)
class Revision:
    """A revision, whichever API it came by. Memory as the API writes it (`512Mi`), timeout in seconds."""

    name: str
    containers: list[dict[str, Any]]
    account: str = ""
    secrets: list[SecretUse] = field(default_factory=list)
    connector: str = ""
    interfaces: list[dict[str, Any]] = field(default_factory=list)
    concurrency: float = 0
    timeout_s: float = limits.DEFAULT_TIMEOUT_SECONDS
    least: float = 0
    most: float = 0


def account_of(request: Request, given: str) -> str:
    """The identity the revision runs as; the project's default compute account when none is given."""
    number = kinds.project_number(request.cloud, request.project)
    return given or f"{number}-compute@developer.gserviceaccount.com"


def refuse_impossible(request: Request, revision: Revision) -> None:
    """Raise what the API refuses at once."""
    if not revision.containers:
        raise request.refuse(400, "Revision template should have exactly one container with a port", "")
    for index, container in enumerate(revision.containers):
        _image(request, str(container.get("image", "")))
        _resources(request, revision, container, index)
        _environment(request, container)
        _probe(request, container, index)
    broken = limits.TIMEOUT_SECONDS.check(revision.timeout_s)
    if broken is not None:
        raise request.refuse(400, f"template.timeout {broken.what}: {broken.why}", "")
    if revision.most and revision.least > revision.most:
        raise request.refuse(
            400,
            "template.scaling.min_instance_count must not be greater than "
            "template.scaling.max_instance_count",
            "",
        )
    if revision.connector and revision.interfaces:
        raise request.refuse(
            400, "template.vpc_access: connector and network_interfaces cannot be given together", ""
        )
    _acts_as(request, revision.account)


def why_not_ready(request: Request, revision: Revision) -> str:
    """What keeps the revision from starting, in Cloud Run's words; "" when nothing does."""
    reasons = [*_secret_faults(request, revision), *_network_faults(request, revision)]
    if not reasons:
        return ""
    return f"Revision '{revision.name}' is not ready and cannot serve traffic. {' '.join(reasons)}"


def _image(request: Request, image: str) -> None:
    match = _IMAGE.match(image)
    if not image or match is None or (match["host"] and not _HOSTS.search(match["host"])):
        raise request.refuse(
            400,
            "Expected an image path like [host/]repo-path[:tag and/or @digest], where host is one of "
            "[region.]gcr.io, "
            f"[region-]docker.pkg.dev or docker.io but obtained {image}",
            "",
        )


def _resources(request: Request, revision: Revision, container: dict[str, Any], index: int) -> None:
    given = (container.get("resources") or {}).get("limits") or {}
    where = f"template.containers[{index}].resources.limits"
    cpu = limits.cpus(str(given.get("cpu", "1")))
    memory = limits.mebibytes(str(given.get("memory", "512Mi")))
    if cpu is None or limits.check_cpu(cpu) is not None:
        raise request.refuse(400, f"{where}.cpu: Invalid value specified for cpu: {given.get('cpu')}", "")
    if memory is None or limits.check_memory(int(memory), cpu) is not None:
        low, high = limits.memory_mib(cpu)
        raise request.refuse(
            400,
            f"{where}.memory: Invalid value specified for container memory. For {cpu:.1f} CPU, memory must "
            "be between "
            f"{low}Mi and {high}Mi inclusive, got {given.get('memory')}.",
            "",
        )
    if cpu < _SMALLEST_FULL_CPU and revision.concurrency > 1:
        raise request.refuse(400, "Total cpu < 1 is not supported with concurrency > 1.", "")
    if revision.concurrency and limits.CONCURRENCY.check(revision.concurrency) is not None:
        raise request.refuse(
            400,
            f"template.max_instance_request_concurrency {revision.concurrency:g}: {limits.CONCURRENCY.says}",
            "",
        )


def _environment(request: Request, container: dict[str, Any]) -> None:
    names = [str(each.get("name")) for each in container.get("envs") or ()]
    reserved = sorted(name for name in names if limits.check_env_name(name) is not None)
    if reserved:
        raise request.refuse(
            400,
            f"The following reserved env names were provided: {', '.join(reserved)}. These values are "
            "automatically "
            "set by the system.",
            "",
        )
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise request.refuse(400, f"Duplicate env names: {', '.join(twice)}", "")


def _probe(request: Request, container: dict[str, Any], index: int) -> None:
    probe = container.get("startupProbe")
    if not probe:
        return
    where = f"template.containers[{index}].startup_probe"
    period, timeout = float(probe.get("periodSeconds") or 10), float(probe.get("timeoutSeconds") or 1)
    if timeout > period:
        raise request.refuse(400, f"{where}.timeout_seconds must not be greater than period_seconds", "")
    total = period * float(probe.get("failureThreshold") or 3) + float(probe.get("initialDelaySeconds") or 0)
    if total > limits.MAX_STARTUP_SECONDS:
        raise request.refuse(
            400,
            f"{where}: failure_threshold * period_seconds must not be greater than "
            f"{limits.MAX_STARTUP_SECONDS} seconds",
            "",
        )


def _acts_as(request: Request, account: str) -> None:
    match = re.fullmatch(r"[^@]+@([a-z0-9-]+)\.iam\.gserviceaccount\.com", account)
    if match is None or match[1].startswith("gcp-sa-"):
        return
    if request.cloud.get(ACCOUNT, f"projects/{match[1]}/serviceAccounts/{account}") is None:
        raise request.refuse(
            403,
            f"Permission 'iam.serviceaccounts.actAs' denied on service account {account} (or it may not "
            "exist).",
        )


def _secret_faults(request: Request, revision: Revision) -> Iterator[str]:
    number = kinds.project_number(request.cloud, request.project)
    for use in revision.secrets:
        path = use.secret if use.secret.startswith("projects/") else f"projects/{number}/secrets/{use.secret}"
        secret = request.resolve(secretmanager.SECRET, use.secret)
        full = f"{path}/versions/{use.version}"
        version = secretmanager.find_version(request.cloud, secret, use.version) if secret else None
        if secret is None or (version is None and not use.volume):
            yield f"{use.where}: Secret {full} was not found."
        elif version is not None and not use.volume and secretmanager.state_of(version) != "ENABLED":
            yield f"{use.where}: Secret Version [{version.id}] is in {secretmanager.state_of(version)} state."
        elif not holds(
            request.cloud, f"serviceAccount:{revision.account}", _ACCESS, [secret.id], secret.project
        ):
            yield (
                f"{use.where}: Permission denied on secret: {full} for Revision service account "
                f"{revision.account}. "
                "The service account used must be granted the 'Secret Manager Secret Accessor' role "
                "(roles/secretmanager.secretAccessor) at the secret, project or higher level."
            )


def _network_faults(request: Request, revision: Revision) -> Iterator[str]:
    if revision.connector:
        path = revision.connector
        if "/" not in path:
            path = f"projects/{request.project}/locations/{request.region}/connectors/{path}"
        found = request.resolve(CONNECTOR, path)
        region = path.split("/")[3] if path.startswith("projects/") else request.region
        if region != request.region:
            yield f"VPC connector {path} is not in the region of the service, {request.region}."
        elif found is None:
            yield f"VPC connector {path} does not exist, or Cloud Run does not have permission to use it."
        elif found.body.get("state") != "READY" or found.ready_at > request.now:
            yield f"VPC connector {path} is not ready, or Cloud Run does not have permission to use it."
        # A connector can be deleted under the services that use it (they hang); a subnet with interfaces
        # cannot.
    for interface in revision.interfaces:
        yield from _interface_faults(request, interface)


def _interface_faults(request: Request, interface: dict[str, Any]) -> Iterator[str]:
    """Direct VPC egress wants a subnet of the service's region, and of the network named beside it."""
    present: dict[str, Thing] = {}
    for name, token in (("network", NETWORK), ("subnetwork", SUBNETWORK)):
        reference = interface.get(name)
        if not reference:
            continue
        found = request.resolve(token, str(reference))
        if found is None:
            yield f"VPC {name} {reference} does not exist, or Cloud Run may not use it."
        else:
            present[name] = found
            request.refers_to.append((found.type, found.id))
    network, subnet = present.get("network"), present.get("subnetwork")
    if subnet is not None and f"/regions/{request.region}/" not in subnet.id:
        yield f"VPC subnetwork {subnet.id} is not in the region of the service, {request.region}."
    if subnet is not None and network is not None and tail(str(subnet.body.get("network"))) != network.id:
        yield f"VPC subnetwork {subnet.id} is not a subnetwork of the network {network.id}."
