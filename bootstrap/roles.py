"""What the pipeline's identities may do: Google's predefined roles, and two of our own that hold less.

Owns the table from what the platform's program declares to the roles that its deploy needs. A test holds it
against the program: a component of a new module needs a line here. That each role suffices was read in
Google's description of it and not tried against Google itself.

Source: https://cloud.google.com/iam/docs/roles-permissions
"""

from __future__ import annotations

from typing import Final

DEPLOY: Final[dict[str, tuple[str, ...]]] = {
    "artifactregistry": ("roles/artifactregistry.admin",),
    "cloudrunv2": ("roles/run.admin",),
    # Network Admin leaves firewall rules and certificates to Security Admin.
    "compute": (
        "roles/compute.networkAdmin",
        "roles/compute.securityAdmin",
        "roles/compute.loadBalancerAdmin",
    ),
    "dns": ("roles/dns.admin",),
    "logging": ("roles/logging.configWriter",),
    "monitoring": ("roles/monitoring.editor",),
    "networkmanagement": ("roles/networkmanagement.admin",),
    "projects": ("roles/serviceusage.serviceUsageAdmin",),
    "redis": ("roles/redis.admin",),
    "secretmanager": ("roles/secretmanager.admin",),
    "serviceaccount": (),  # ACCOUNTS: each predefined role that makes accounts may also let others be them
    "servicenetworking": ("roles/servicenetworking.networksAdmin",),
    "sql": ("roles/cloudsql.admin",),
    "vpcaccess": ("roles/vpcaccess.admin",),
}
"""Roles by module of pulumi-gcp. None of them may grant roles on the project."""

ACCOUNTS: Final = (
    "iam.serviceAccounts.create",
    "iam.serviceAccounts.delete",
    "iam.serviceAccounts.get",
    "iam.serviceAccounts.list",
    "iam.serviceAccounts.update",
    # Whoever makes a service run as an account must be allowed to act as it.
    "iam.serviceAccounts.actAs",
)
"""What the deploying identity may do with accounts: make, change, remove and use them, in a role of our own.

It holds for every account of the project, the pipeline's own included: nothing here narrows it by name. It
may not say who may be an account (`setIamPolicy`), nor make a key or a token of one.
"""

BY_A_PERSON: Final[dict[str, str]] = {
    "gcp:projects/iAMAuditConfig:IAMAuditConfig": "who may write it may grant any role on the project",
    "gcp:kms/keyRing:KeyRing": "who administers keys may destroy the key of the state",
    "gcp:kms/cryptoKey:CryptoKey": "likewise",
    "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": "likewise",
    "gcp:projects/serviceIdentity:ServiceIdentity": "only keys need it",
}
"""What the platform may declare and the pipeline may not make: a person's `up` does, deploys find it made."""

PROBES: Final = ("roles/logging.viewer",)
"""What `plumb deploy` needs besides: the probes' answers are read from the log."""

READ: Final = ("roles/viewer", "roles/iam.securityReviewer")
"""Settings and grants of everything in the project; no content of a secret."""

READ_AUTH_STRING: Final = "redis.instances.getAuthString"
"""The permission by which a refresh reads a cache's AUTH string; no role that only reads has it."""
READ_SECRET: Final = "roles/secretmanager.secretAccessor"  # noqa: S105 - a role's name
FEDERATED: Final = "roles/iam.workloadIdentityUser"
ACT_AS: Final = "roles/iam.serviceAccountTokenCreator"
STATE_READER: Final = "roles/storage.objectViewer"
STATE_WRITER: Final = "roles/storage.objectUser"
DECRYPT: Final = "roles/cloudkms.cryptoKeyDecrypter"
ENCRYPT_AND_DECRYPT: Final = "roles/cloudkms.cryptoKeyEncrypterDecrypter"


def deploy_roles() -> tuple[str, ...]:
    """Every role of the deploying identity on the project, once."""
    return tuple(dict.fromkeys(role for roles in (*DEPLOY.values(), PROBES) for role in roles))
