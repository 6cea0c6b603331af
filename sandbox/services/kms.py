"""Cloud KMS.

https://cloud.google.com/kms/docs/resource-hierarchy

Key rings and keys can never be deleted: the provider forgets them, and their names stay taken.
"""

from __future__ import annotations

from typing import Final

from sandbox.grants import access_kinds
from sandbox.kinds import Kind, Ref

API: Final = "cloudkms.googleapis.com"
RING: Final = "gcp:kms/keyRing:KeyRing"
KEY: Final = "gcp:kms/cryptoKey:CryptoKey"

KINDS = (
    Kind(
        RING,
        noun="KeyRing",
        api=API,
        id="projects/{project}/locations/{location}/keyRings/{name}",
        exists="KeyRing {id} already exists.",
        undeletable=True,
    ),
    Kind(
        KEY,
        noun="CryptoKey",
        api=API,
        id="{key_ring}/cryptoKeys/{name}",
        refs=(Ref("keyRing", RING, blocks=False, link=False, missing="KeyRing {ref} not found."),),
        defaults={"purpose": "ENCRYPT_DECRYPT"},
        exists="CryptoKey {id} already exists.",
        undeletable=True,
    ),
    *access_kinds("gcp:kms/cryptoKey:CryptoKey", API, "", "{crypto_key_id}", "KMS CryptoKey", names="IAM"),
    *access_kinds("gcp:kms/keyRing:KeyRing", API, "", "{key_ring_id}", "KMS KeyRing", names="IAM"),
)
