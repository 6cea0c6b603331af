"""Google Cloud APIs that must be enabled, and who needs each.

Owns the list. Does not enable anything.
"""

from dataclasses import dataclass

from catalog.source import Source

DOCS = Source("https://cloud.google.com/service-usage/docs/enable-disable")


@dataclass(frozen=True, slots=True)
class Api:
    """An API of Google Cloud.

    Attributes:
        name: Its service name.
        used_for: What of ours does not work without it.
        types: Beginnings of the Pulumi types that call it.
    """

    name: str
    used_for: str
    types: tuple[str, ...]


APIS = (
    Api("artifactregistry.googleapis.com", "the repository of images", ("gcp:artifactregistry/",)),
    Api(
        "compute.googleapis.com",
        "networks, subnets, routers, load balancing and Cloud Armor",
        ("gcp:compute/",),
    ),
    Api("dns.googleapis.com", "the managed zone and its records", ("gcp:dns/",)),
    Api("iam.googleapis.com", "service accounts", ("gcp:serviceaccount/",)),
    Api("logging.googleapis.com", "log-based metrics, log buckets and sinks", ("gcp:logging/",)),
    Api("monitoring.googleapis.com", "alerts, uptime checks and objectives", ("gcp:monitoring/",)),
    Api(
        "networkmanagement.googleapis.com",
        "connectivity tests: Google's own verdict on each private route",
        ("gcp:networkmanagement/",),
    ),
    Api("redis.googleapis.com", "Memorystore for Redis", ("gcp:redis/",)),
    Api("run.googleapis.com", "Cloud Run services and jobs", ("gcp:cloudrun/", "gcp:cloudrunv2/")),
    Api("secretmanager.googleapis.com", "secrets, their versions and grants", ("gcp:secretmanager/",)),
    Api("servicenetworking.googleapis.com", "private services access", ("gcp:servicenetworking/",)),
    Api("sqladmin.googleapis.com", "Cloud SQL", ("gcp:sql/",)),
    Api("vpcaccess.googleapis.com", "Serverless VPC Access connectors", ("gcp:vpcaccess/",)),
)
"""By name; a platform enables those of the types that it declares."""


KEYS = Api("cloudkms.googleapis.com", "keys of our own, where there are any", ("gcp:kms/",))
"""Beside the others, only where data is encrypted with keys of our own."""


def api_for(type_token: str) -> Api | None:
    """The API that a Pulumi type such as `gcp:redis/instance:Instance` calls; None when it is not listed."""
    return next((api for api in (*APIS, KEYS) if type_token.startswith(api.types)), None)
