"""Customer-managed encryption keys: which service agent must be able to use one, and where it must lie.

Owns those facts. A key of another location is refused when the resource is created.
"""

from dataclasses import dataclass

from catalog.source import Source

ROLE = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
ROTATION_SECONDS = 90 * 86_400
"""This project's own number: Google recommends a rotation and names 90 days as an example."""
ROTATION = Source("https://cloud.google.com/kms/docs/key-rotation")
KMS = "cloudkms.googleapis.com"


@dataclass(frozen=True, slots=True)
class Agent:
    """A service that encrypts with a key of ours.

    Attributes:
        api: The API whose service agent it is.
        account: The agent's account name before `@`; `{number}` is the project's.
        domain: The agent's domain.
        is_global: Whether its key must be global rather than in the resource's region.
        source: Where that is written.
    """

    api: str
    account: str
    domain: str
    is_global: bool
    source: Source

    def email(self, number: str) -> str:
        """The agent's address in a project."""
        return f"{self.account.format(number=number)}@{self.domain}.iam.gserviceaccount.com"


AGENTS = {
    "database": Agent(
        "sqladmin.googleapis.com",
        "service-{number}",
        "gcp-sa-cloud-sql",
        is_global=False,
        source=Source("https://cloud.google.com/sql/docs/postgres/configure-cmek"),
    ),
    "cache": Agent(
        "redis.googleapis.com",
        "service-{number}",
        "cloud-redis",
        is_global=False,
        source=Source("https://cloud.google.com/memorystore/docs/redis/configure-cmek", checked=False),
    ),
    "registry": Agent(
        "artifactregistry.googleapis.com",
        "service-{number}",
        "gcp-sa-artifactregistry",
        is_global=False,
        source=Source("https://cloud.google.com/artifact-registry/docs/cmek", checked=False),
    ),
    # Secrets here replicate automatically; with user-managed replicas each key lies where its replica does.
    "secrets": Agent(
        "secretmanager.googleapis.com",
        "service-{number}",
        "gcp-sa-secretmanager",
        is_global=True,
        source=Source("https://cloud.google.com/secret-manager/docs/cmek"),
    ),
}
"""By what is encrypted."""
