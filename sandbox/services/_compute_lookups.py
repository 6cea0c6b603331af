"""Lookups of networks, subnets, zones and regions.

Zones and regions are not asked of anybody: a region has the zones a, b, c and f.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sandbox import references
from sandbox.addresses import NETWORK, SUBNETWORK
from sandbox.errors import ApiError

if TYPE_CHECKING:
    from sandbox import kinds
    from sandbox.cloud import Cloud
    from sandbox.kinds import Place
    from sandbox.wire import Props

_REGIONS: Final = ("europe-west1", "us-central1", "us-east1", "us-west1")


def _get_zones(cloud: Cloud, place: Place, args: Props) -> Props:  # noqa: ARG001 - a lookup's shape
    region = str(args.get("region") or place.region or "us-central1")
    names = [f"{region}-{letter}" for letter in ("a", "b", "c", "f")]
    return {
        "id": f"projects/{place.project}/regions/{region}",
        "names": names,
        "project": place.project,
        "region": region,
    }


def _get_regions(cloud: Cloud, place: Place, args: Props) -> Props:  # noqa: ARG001 - likewise
    names = sorted({*_REGIONS, place.region} - {""})
    return {"id": f"projects/{place.project}", "names": names, "project": place.project}


def _getter(token: str, noun: str, key: str = "name") -> kinds.Lookup:
    def get(cloud: Cloud, place: Place, args: Props) -> Props:
        project = str(args.get("project") or place.project)
        wanted = str(args.get("selfLink") or args.get(key) or "")
        region = str(args.get("region") or place.region)
        thing = references.resolve(cloud, token, wanted, project, region)
        if thing is None:
            path = f"projects/{project}/global/networks/{wanted}" if token == NETWORK else wanted
            said = f"The resource '{path}' was not found"
            raise ApiError(404, said, doing=f"Error when reading or editing {noun} Not Found : {wanted}")
        public = {name: value for name, value in thing.body.items() if not name.startswith("__")}
        return {**public, "id": thing.id, "subnetworksSelfLinks": _subnets(cloud, thing.id)}

    return get


def _subnets(cloud: Cloud, network_id: str) -> list[str]:
    every = cloud.all(SUBNETWORK, network_id.split("/")[1])
    return [
        each.body["selfLink"] for each in every if references.tail(str(each.body["network"])) == network_id
    ]


LOOKUPS = {
    "gcp:compute/getNetwork:getNetwork": _getter(NETWORK, "Network"),
    "gcp:compute/getSubnetwork:getSubnetwork": _getter(SUBNETWORK, "Subnetwork"),
    "gcp:compute/getZones:getZones": _get_zones,
    "gcp:compute/getRegions:getRegions": _get_regions,
}
