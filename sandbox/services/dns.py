"""Cloud DNS.

https://cloud.google.com/dns/docs
"""

from __future__ import annotations

from typing import Final

from sandbox.compose import number_from
from sandbox.kinds import Kind, Ref, Request

ZONE: Final = "gcp:dns/managedZone:ManagedZone"
RECORDS: Final = "gcp:dns/recordSet:RecordSet"


def _zone(request: Request) -> None:
    name = str(request.inputs.get("dnsName", ""))
    if not name.endswith("."):
        raise request.refuse(
            400,
            f"Invalid value for 'entity.managedZone.dnsName': '{name}'. It must end with a dot.",
            "invalid",
        )
    if request.old is None:
        letter = "abcde"[int(number_from(request.id, 6)) % 5]
        request.body["nameServers"] = [f"ns-cloud-{letter}{i}.googledomains.com." for i in range(1, 5)]
        request.body["managedZoneId"] = number_from(request.id + str(request.now), 19)
    request.body["cloudLoggingConfig"] = request.body.get("cloudLoggingConfig") or {"enableLogging": False}


def _delete_zone(request: Request) -> None:
    project = request.id.split("/")[1]
    records = [
        each for each in request.cloud.all(RECORDS, project) if each.body.get("managedZone") == request.name
    ]
    if not records:
        return
    if request.body.get("forceDestroy"):
        for record in records:
            request.cloud.remove(record)
        return
    raise request.refuse(
        400,
        f"The resource named '{request.name}' cannot be deleted because it contains one or more 'resource "
        "records'.",
        "containerNotEmpty",
    )


def _records(request: Request) -> None:
    zone = request.resolve(ZONE, str(request.inputs.get("managedZone")))
    if zone is None:  # pragma: no cover - the reference was checked before
        return
    request.body["managedZone"] = zone.name
    name, domain = str(request.inputs.get("name", "")), str(zone.body.get("dnsName", ""))
    if not name.endswith("."):
        raise request.refuse(
            400,
            f"Invalid value for 'entity.change.additions[0].name': '{name}'. It must end with a dot.",
            "invalid",
        )
    if name != domain and not name.endswith(f".{domain}"):
        raise request.refuse(
            400,
            f"The resource record set '{name}' does not belong to the managed zone '{zone.name}' ({domain}).",
            "invalid",
        )
    same = [
        each
        for each in request.cloud.all(RECORDS, request.project)
        if each.body.get("managedZone") == zone.name
        and each.body.get("name") == name
        and each.id != request.id
    ]
    if any("CNAME" in (each.body.get("type"), request.inputs.get("type")) for each in same):
        raise request.refuse(
            400, f"The resource record set '{name}' conflicts: a CNAME stands alone at its name.", "invalid"
        )


KINDS = (
    Kind(
        ZONE,
        noun="ManagedZone",
        api="dns.googleapis.com",
        id="projects/{project}/managedZones/{name}",
        defaults={"description": "Managed by Pulumi"},
        create=_zone,
        delete=_delete_zone,
        exists="The resource 'entity.managedZone' named '{name}' already exists",
    ),
    Kind(
        RECORDS,
        noun="DNS RecordSet",
        api="dns.googleapis.com",
        id="projects/{project}/managedZones/{managed_zone}/rrsets/{name}/{type}",
        refs=(
            Ref(
                "managedZone",
                ZONE,
                blocks=False,
                link=False,
                missing="The 'parameters.managedZone' resource named '{name}' does not exist.",
            ),
        ),
        create=_records,
        exists="The resource 'entity.change.additions[0]' named '{id}' already exists",
    ),
)
