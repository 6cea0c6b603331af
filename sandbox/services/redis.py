"""Memorystore for Redis.

https://cloud.google.com/memorystore/docs/redis
"""

from __future__ import annotations

import ipaddress
import re
import uuid
from typing import Final

from catalog import redis as limits
from sandbox import addresses, kinds
from sandbox.addresses import NETWORK, REDIS
from sandbox.compose import timestamp
from sandbox.kinds import Checking, Kind, Request
from sandbox.services.servicenetworking import CONNECTION, allocated
from sandbox.services.sql import server_authority

_NAME = re.compile(r"^[a-z][a-z0-9-]{0,39}[a-z0-9]$")
_TEN_YEARS_S = 3650 * 86_400
_ZONES: Final = ("a", "b", "c", "f")


def _check(checking: Checking) -> None:
    name = checking.inputs.get("name")
    if isinstance(name, str) and not name.startswith("projects/") and not _NAME.match(name):
        checking.fail(f'"name" ("{name}") doesn\'t match regexp "{_NAME.pattern}"', "name")


def _create(request: Request) -> None:
    inputs, body = request.inputs, request.body
    memory = limits.MEMORY_GB.check(float(inputs.get("memorySizeGb") or 0))
    if memory is not None:
        raise request.refuse(400, f"Invalid value for field memory_size_gb: {memory.what}: {memory.why}.", "")
    version = body.get("redisVersion") or "REDIS_7_0"
    broken = limits.check_version(str(version))
    if broken is not None:
        raise request.refuse(400, f"Invalid value for field redis_version: {broken.what}: {broken.why}.", "")
    body["redisVersion"] = version
    _configs(request)
    _place(request)
    tls = inputs.get("transitEncryptionMode") == "SERVER_AUTHENTICATION"
    body["port"] = limits.port(tls=tls)
    if request.old is None or not body.get("nodes"):
        _first_values(request, tls=tls)
    if inputs.get("authEnabled") and not body.get("authString"):
        body["authString"] = str(uuid.uuid4())
    elif not inputs.get("authEnabled"):
        body["authString"] = ""


def _configs(request: Request) -> None:
    policy = (request.inputs.get("redisConfigs") or {}).get("maxmemory-policy")
    if policy is not None and policy not in limits.EVICTION_POLICIES:
        raise request.refuse(400, f"Invalid value for redis config maxmemory-policy: {policy}.", "")


def _place(request: Request) -> None:
    inputs, body = request.inputs, request.body
    # Memorystore takes the network named `default` when none is given: not the stack's.
    reference = str(inputs.get("authorizedNetwork") or limits.DEFAULT_NETWORK)
    network = request.resolve(NETWORK, reference)
    if network is None:
        raise request.refuse(
            400, f"Invalid value for field authorized_network: network '{reference}' was not found.", ""
        )
    request.refers_to.append((network.type, network.id))
    body["authorizedNetwork"] = network.id
    if request.old is not None and request.old.get("host"):
        return
    pool = _behind_peering(request, network.id) if _is_private(request) else _own_range(request, network.id)
    body["reservedIpRange"] = inputs.get("reservedIpRange") or str(pool)
    body["effectiveReservedIpRange"] = str(pool)
    body["host"] = str(pool[4] if pool.num_addresses > 4 else pool[0])  # noqa: PLR2004 - the first Google gives out
    body["readEndpoint"] = str(pool[3]) if inputs.get("readReplicasMode") == "READ_REPLICAS_ENABLED" else ""


def _is_private(request: Request) -> bool:
    return request.inputs.get("connectMode") == "PRIVATE_SERVICE_ACCESS"


def _own_range(request: Request, network_id: str) -> ipaddress.IPv4Network:
    given = request.inputs.get("reservedIpRange")
    replicas = request.inputs.get("readReplicasMode") == "READ_REPLICAS_ENABLED"
    prefix = limits.READ_REPLICA_RANGE_PREFIX if replicas else limits.RANGE_PREFIX
    if not given:
        return addresses.free_range(request.cloud, network_id, prefix)
    wanted = addresses.parse(given)
    if wanted is None or wanted.prefixlen != prefix:
        raise request.refuse(
            400, f"Invalid value for field reserved_ip_range: '{given}' is not a /{prefix} range.", ""
        )
    other = addresses.clash(request.cloud, network_id, wanted, but=request.id)
    if other is not None:
        raise request.refuse(
            400,
            f"Invalid value for field reserved_ip_range: {given} overlaps {other.what} '{other.name}'.",
            "",
        )
    return wanted


def _behind_peering(request: Request, network_id: str) -> ipaddress.IPv4Network:
    every = [each for each in request.cloud.all(CONNECTION) if each.body.get("__network") == network_id]
    if not every:
        raise request.refuse(
            400,
            "Google private service access is not enabled. Enable private service access and try again.",
            "",
        )
    request.body["__behind"] = network_id
    names = [str(each) for each in every[0].body.get("reservedPeeringRanges", ())]
    wanted = request.inputs.get("reservedIpRange")
    if wanted and wanted not in names:
        raise request.refuse(400, f"Allocated IP range '{wanted}' not found in network.", "")
    found = allocated(request, network_id, str(wanted or names[0]))
    if found is None or not found.body.get("__range"):
        raise request.refuse(400, f"Allocated IP range '{wanted or names[0]}' not found in network.", "")
    pool = ipaddress.IPv4Network(str(found.body["__range"]))
    number = int(kinds.digest(request.id)[:6], 16) % max(1, pool.num_addresses // 8)
    return ipaddress.IPv4Network((int(pool.network_address) + 8 * number, 29))


def _first_values(request: Request, *, tls: bool) -> None:
    body, region = request.body, request.region
    zones = [f"{region}-{letter}" for letter in _ZONES]
    body["locationId"] = body.get("locationId") or zones[0]
    body["alternativeLocationId"] = body.get("alternativeLocationId") or zones[1]
    body["currentLocationId"] = body["locationId"]
    highly_available = request.inputs.get("tier") == "STANDARD_HA"
    body["replicaCount"] = int(request.inputs.get("replicaCount") or (1 if highly_available else 0))
    body["nodes"] = [{"id": f"node-{i}", "zone": zones[i]} for i in range(2 if highly_available else 1)]
    body["persistenceIamIdentity"] = (
        f"serviceAccount:service-{kinds.project_number(request.cloud, request.project)}"
        "@cloud-redis.iam.gserviceaccount.com"
    )
    if tls:
        made = server_authority(request)
        body["serverCaCerts"] = [
            {
                "cert": made.certificate,
                "createTime": timestamp(request.now),
                "expireTime": timestamp(request.now + _TEN_YEARS_S),
                "serialNumber": "0",
                "sha1Fingerprint": made.sha1,
            }
        ]


KINDS = (
    Kind(
        REDIS,
        noun="Instance",
        api="redis.googleapis.com",
        id="projects/{project}/locations/{region}/instances/{name}",
        defaults={"deletionProtection": True},
        check=_check,
        create=_create,
        fills={
            "readReplicasMode": "READ_REPLICAS_DISABLED",
            "readEndpointPort": 0,
            "secondaryIpRange": "",
            "maintenanceSchedules": [],
            "maintenanceVersion": "20250727_00_00",
            "persistenceConfig": {"persistenceMode": "DISABLED"},
            "authString": "",
            "serverCaCerts": [],
        },
        exists="Resource '{id}' already exists",
        protection=(
            "cannot destroy instance without setting deletion_protection=false and running `pulumi up`"
        ),
    ),
)
