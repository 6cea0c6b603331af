"""Private services access.

https://cloud.google.com/vpc/docs/configure-private-services-access
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sandbox.addresses import GLOBAL_ADDRESS, NETWORK, REDIS
from sandbox.kinds import Kind, Ref, Request
from sandbox.references import tail

if TYPE_CHECKING:
    from sandbox.cloud import Thing

CONNECTION: Final = "gcp:servicenetworking/connection:Connection"
_SQL: Final = "gcp:sql/databaseInstance:DatabaseInstance"


def allocated(request: Request, network_id: str, name: str) -> Thing | None:
    """The range of that name in the project of the network: with a Shared VPC, not the one that asks."""
    project = network_id.split("/")[1]
    path = name if "/" in name else f"projects/{project}/global/addresses/{name}"
    return request.resolve(GLOBAL_ADDRESS, path)


def _create(request: Request) -> None:
    network = request.resolve(NETWORK, str(request.inputs.get("network")))
    if network is None:  # pragma: no cover - the reference was checked before
        return
    request.body["__network"] = network.id
    request.body["network"] = request.inputs["network"]
    if request.old is None:
        request.id = f"{network.id.replace('/', '%2F')}:{request.inputs.get('service')}"
        existing = request.cloud.get(CONNECTION, request.id)
        if existing is not None and not existing.body.get("__abandoned"):
            raise request.refuse(
                400, "Cannot modify allocated ranges in CreateConnection. Please use UpdateConnection.", ""
            )
    for name in request.inputs.get("reservedPeeringRanges", ()):
        found = allocated(request, network.id, str(name))
        if found is None or found.body.get("purpose") != "VPC_PEERING":
            raise request.refuse(400, f"Allocated IP range '{name}' not found in network.", "")
        if tail(str(found.body.get("network", ""))) != network.id:
            raise request.refuse(
                400, f"Allocated IP range '{name}' not found in network '{network.name}'.", ""
            )
    request.body["peering"] = str(request.inputs.get("service", "")).replace(".", "-")


def _delete(request: Request) -> None:
    """Google keeps the connection while something of a producer's still sits behind it."""
    network = str(request.body.get("__network", ""))
    users = [
        *(each for each in request.cloud.all(_SQL) if each.body.get("__network") == network),
        *(each for each in request.cloud.all(REDIS) if each.body.get("__behind") == network),
    ]
    if users:
        raise request.refuse(
            400,
            "Failed to delete connection; Producer services (e.g. CloudSQL, Cloud Memstore, etc.) are "
            "still using "
            "this connection.",
            "FLOW_SN_DC_RESOURCE_PREVENTING_DELETE_CONNECTION",
        )


KINDS = (
    Kind(
        CONNECTION,
        noun="Service Networking Connection",
        api="servicenetworking.googleapis.com",
        id="{network}:{service}",
        refs=(Ref("network", NETWORK, blocks=False, link=False),),
        create=_create,
        delete=_delete,
        adopts=True,
    ),
)
