"""Cloud SQL for PostgreSQL.

https://cloud.google.com/sql/docs/postgres

Other engines are made without a look at their tiers and versions.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any, Final

from catalog import sql as limits
from catalog import sql_sizing
from catalog.source import Breach
from sandbox import kinds
from sandbox.addresses import NETWORK, external
from sandbox.compose import number_from, timestamp
from sandbox.kinds import Checking, Kind, Ref, Request
from sandbox.services.servicenetworking import CONNECTION, allocated
from sandbox.wire import UNKNOWN, first

if TYPE_CHECKING:
    from sandbox.authority import Authority

API: Final = "sqladmin.googleapis.com"
INSTANCE: Final = "gcp:sql/databaseInstance:DatabaseInstance"
SERVER_KEY: Final = "__serverCaKey"
"""Where an instance's body keeps the private key of its authority: no output, never shown."""
_DAY_S = 86_400
_ENUMS: Final = {
    "edition": ("ENTERPRISE", "ENTERPRISE_PLUS"),
    "availabilityType": ("REGIONAL", "ZONAL"),
    "activationPolicy": ("ALWAYS", "NEVER", "ON_DEMAND"),
    "connectorEnforcement": ("NOT_REQUIRED", "REQUIRED"),
}
_SSL_MODES: Final = (
    "ALLOW_UNENCRYPTED_AND_ENCRYPTED",
    "ENCRYPTED_ONLY",
    "TRUSTED_CLIENT_CERTIFICATE_REQUIRED",
)


def _check(checking: Checking) -> None:
    settings = checking.inputs.get("settings")
    if (
        settings is None
        and not checking.inputs.get("clone")
        and not checking.inputs.get("replicationCluster")
    ):
        checking.fail('"settings": one of `clone,settings` must be specified')
    if not isinstance(settings, dict):
        return
    for name, allowed in _ENUMS.items():
        _one_of(checking, f"settings.{name}", settings.get(name), allowed)
    _one_of(
        checking, "settings.ipConfiguration.sslMode", first(settings, "ipConfiguration.sslMode"), _SSL_MODES
    )


def _one_of(checking: Checking, path: str, value: Any, allowed: tuple[str, ...]) -> None:  # noqa: ANN401 - an input
    if value is None or value is UNKNOWN or value in allowed:
        return
    listed = " ".join(f'"{each}"' for each in allowed)
    words = [kinds.english(step).replace(" ", "_") for step in path.split(".")]
    checking.fail(f"expected {'.0.'.join(words)} to be one of [{listed}], got {value}", path)


def _instance(request: Request) -> None:
    settings = request.body.get("settings") or {}
    version = str(request.inputs.get("databaseVersion", ""))
    if version.startswith("POSTGRES"):
        _postgres(request, version, settings)
    _network(request, settings)
    body = request.body
    if request.old is None:
        _certificate(request)
        body["availableMaintenanceVersions"] = []
        body["maintenanceVersion"] = f"{version}.R20250727.00_23"
        body["instanceType"] = (
            "READ_REPLICA_INSTANCE" if body.get("masterInstanceName") else "CLOUD_SQL_INSTANCE"
        )
        number = kinds.project_number(request.cloud, request.project)
        suffix = kinds.digest(request.id)[:6]
        body["serviceAccountEmailAddress"] = f"p{number}-{suffix}@gcp-sa-cloud-sql.iam.gserviceaccount.com"
    body["connectionName"] = f"{request.project}:{request.region}:{request.name}"
    body["selfLink"] = f"https://sqladmin.googleapis.com/sql/v1beta4/{request.id}"
    body["region"] = request.region
    settings["version"] = int(settings.get("version") or 0) + 1
    settings["effectiveAvailabilityType"] = settings.get("availabilityType") or "ZONAL"


def _postgres(request: Request, version: str, settings: dict[str, Any]) -> None:
    if version not in limits.VERSIONS:
        raise request.refuse(
            400, f"Invalid request: Invalid value for databaseVersion: {version}.", "invalid"
        )
    edition = settings.get("edition") or limits.default_edition(version)
    tier = limits.parse_tier(str(settings.get("tier")))
    if isinstance(tier, Breach):
        raise request.refuse(
            400, f"Invalid request: Invalid Tier ({settings.get('tier')}): {tier.why}.", "invalid"
        )
    broken = limits.check_version(version, edition)
    if broken is not None:
        raise request.refuse(400, f"Invalid request: databaseVersion {broken.what}: {broken.why}.", "invalid")
    if limits.check_edition(edition, tier) is not None:
        series = "db-perf-optimized-N-*" if edition == "ENTERPRISE_PLUS" else "db-custom-*"
        raise request.refuse(
            400,
            f"Invalid request: Invalid Tier ({tier.name}) for ({edition}) Edition. Use a predefined Tier "
            "like "
            f"{series} instead. To learn more, see https://cloud.google.com/sql/docs/postgres/create-instance",
            "invalid",
        )
    for flag in settings.get("databaseFlags") or ():
        _flag(request, str(flag.get("name")), str(flag.get("value")))


def _flag(request: Request, name: str, value: str) -> None:
    if name != "max_connections":
        return
    broken = (
        sql_sizing.MAX_CONNECTIONS.check(float(value))
        if value.isdigit()
        else Breach(f"is {value!r}", "a number")
    )
    if broken is not None:
        raise request.refuse(
            400, f"Invalid request: Invalid flag value: {name} {broken.what}: {broken.why}.", "invalid"
        )


def _network(request: Request, settings: dict[str, Any]) -> None:
    given = settings.get("ipConfiguration") or {}
    body = request.body
    public = given.get("ipv4Enabled", True) is not False
    private = given.get("privateNetwork")
    psc = any(each.get("pscEnabled") for each in given.get("pscConfigs") or ())
    if not public and not private and not psc:
        raise request.refuse(
            400,
            "Invalid request: At least one of Public IP, Private IP or PSC connectivity must be enabled.",
            "invalid",
        )
    addresses = []
    if private:
        address = _private_address(request, str(private))
        body["privateIpAddress"] = address
        addresses.append({"type": "PRIVATE", "ipAddress": address, "timeToRetire": ""})
    if public:
        body["publicIpAddress"] = external(request.id)
        addresses.insert(0, {"type": "PRIMARY", "ipAddress": body["publicIpAddress"], "timeToRetire": ""})
    body["ipAddresses"] = addresses
    body["firstIpAddress"] = addresses[0]["ipAddress"] if addresses else ""
    body["dnsName"] = f"{kinds.digest(request.id)[:12]}.{request.region}.sql.goog."


def _private_address(request: Request, reference: str) -> str:
    network = request.resolve(NETWORK, reference)
    if network is None:
        raise request.refuse(400, f"Invalid request: The network '{reference}' was not found.", "invalid")
    connections = [each for each in request.cloud.all(CONNECTION) if each.body.get("__network") == network.id]
    if not connections:
        raise request.refuse(
            400,
            f"Invalid request: The network {network.name} doesn't have at least 1 private services "
            "connection. Please "
            "see https://cloud.google.com/sql/docs/postgres/private-ip#network_requirements for how to "
            "create this "
            "connection.",
            "invalid",
        )
    request.body["__network"] = network.id
    request.refers_to.append((network.type, network.id))
    if request.old is not None and request.old.get("privateIpAddress"):
        return str(request.old["privateIpAddress"])
    names = [str(name) for name in connections[0].body.get("reservedPeeringRanges", ())]
    ranges = [allocated(request, network.id, name) for name in names]
    usable = [each for each in ranges if each is not None and each.body.get("__range")]
    if not usable:
        raise request.refuse(
            400,
            "Invalid request: Failed to create subnetwork. Couldn't find free blocks in allocated IP ranges.",
            "invalid",
        )
    pool = ipaddress.IPv4Network(str(usable[0].body["__range"]))
    return str(pool[3 + int(number_from(request.id, 9)) % max(1, pool.num_addresses - 8)])


def _certificate(request: Request) -> None:
    made = server_authority(request)
    request.body["serverCaCerts"] = [
        {
            "cert": made.certificate,
            "commonName": f"C=US,O=Google Cloud SQL Server CA,dnQualifier={kinds.digest(request.id)[:8]}",
            "createTime": timestamp(request.now),
            "expirationTime": timestamp(request.now + 3650 * _DAY_S),
            "sha1Fingerprint": made.sha1,
        }
    ]


def server_authority(request: Request) -> Authority:
    """An authority of the instance's own; its key stays in the cloud, where the live sandbox finds it."""
    from sandbox.authority import Authority  # noqa: PLC0415 - previews sign nothing, and start sooner

    made = Authority.make(f"{request.name} server CA")
    request.body[SERVER_KEY] = made.key
    return made


def _delete_instance(request: Request) -> None:
    if first(request.body, "settings.deletionProtectionEnabled") is True:
        raise request.refuse(
            400,
            "The instance is protected. Please disable the deletion protection and try again.",
            "deletionProtectionEnabled",
        )
    for token in ("gcp:sql/database:Database", "gcp:sql/user:User"):
        for thing in request.cloud.all(token, request.id.split("/")[1]):
            if thing.body.get("instance") == request.name:
                request.cloud.remove(thing)


def _user(request: Request) -> None:
    name = str(request.inputs.get("name", ""))
    if not name:
        raise request.refuse(400, "Invalid request: User name is required.", "invalid")
    request.body["host"] = request.inputs.get("host") or ""


_INSTANCE_GONE = Ref(
    "instance",
    INSTANCE,
    blocks=False,
    link=False,
    missing="The Cloud SQL instance does not exist.",
    status=404,
)
KINDS = (
    Kind(
        INSTANCE,
        noun="DatabaseInstance",
        api=API,
        id="projects/{project}/instances/{name}",
        defaults={
            "deletionProtection": True,
            "settings.activationPolicy": "ALWAYS",
            "settings.availabilityType": "ZONAL",
            "settings.diskAutoresize": True,
            "settings.pricingPlan": "PER_USE",
            "settings.ipConfiguration.ipv4Enabled": True,
        },
        check=_check,
        create=_instance,
        delete=_delete_instance,
        fills={
            "settings.diskSize": 10,
            "settings.diskType": "PD_SSD",
            "settings.connectorEnforcement": "NOT_REQUIRED",
            "settings.userLabels": {},
            "settings.backupConfiguration.startTime": "03:00",
            "settings.backupConfiguration.transactionLogRetentionDays": 7,
            "settings.backupConfiguration.backupTier": "STANDARD",
            "settings.backupConfiguration.backupRetentionSettings": {
                "retainedBackups": 7,
                "retentionUnit": "COUNT",
            },
            "settings.ipConfiguration.serverCaMode": "GOOGLE_MANAGED_INTERNAL_CA",
            "encryptionKeyName": "",
            "privateIpAddress": "",
            "publicIpAddress": "",
            "replicaConfiguration": None,
            "replicationCluster": None,
        },
        doing="Error, failed to create instance",
        exists=(
            "The Cloud SQL instance already exists. When you delete an instance, you can't reuse the name "
            "of the "
            "deleted instance until one week from the deletion date."
        ),
        reserved_s=limits.NAME_KEPT_DAYS * _DAY_S,
        protection=(
            "Error, failed to delete instance because deletion_protection is set to true. Set it to false "
            "to proceed "
            "with instance deletion"
        ),
    ),
    Kind(
        "gcp:sql/database:Database",
        noun="Database",
        api=API,
        id="projects/{project}/instances/{instance}/databases/{name}",
        refs=(_INSTANCE_GONE,),
        fills={
            "charset": "UTF8",
            "collation": "en_US.UTF8",
            "selfLink": lambda r: f"https://sqladmin.googleapis.com/sql/v1beta4/{r.id}",
        },
        exists='database "{name}" already exists',
    ),
    Kind(
        "gcp:sql/user:User",
        noun="User",
        api=API,
        id="{project}/{instance}/{name}",
        refs=(_INSTANCE_GONE,),
        create=_user,
        exists='role "{name}" already exists',
        doing="Error, failed to insert user",
    ),
)
