"""Certificate authorities: what signs the certificates of the sandbox's servers.

Owns making one and signing with it. A Memorystore or Cloud SQL instance has an authority of its own, whose
certificate its body shows and whose key stays in the cloud; the live sandbox makes one more for the internet.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

# Making a certificate is rare; importing the library in every preview is not worth it: `services` import
# this module inside the functions that need it.
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from collections.abc import Iterable

DAYS = 3650
_SLACK = timedelta(hours=1)
_MOST_NAME_CHARACTERS = 64


@dataclass(frozen=True, slots=True)
class Authority:
    """An authority's certificate and private key, both PEM."""

    certificate: str
    key: str

    @classmethod
    def make(cls, name: str) -> Authority:
        """A new authority of that common name."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _name(name)
        public = key.public_key()
        certificate = (
            _builder(subject, subject, public)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .sign(key, hashes.SHA256())
        )
        return cls(_pem(certificate), _key(key))

    def issue(self, name: str, hosts: Iterable[str] = (), addresses: Iterable[str] = ()) -> Authority:
        """A server's certificate with its key, signed by this authority.

        Args:
            name: Common name.
            hosts: Host names that it is for.
            addresses: Addresses that it is for.
        """
        signer = serialization.load_pem_private_key(self.key.encode(), None)
        if not isinstance(signer, ec.EllipticCurvePrivateKey):
            raise TypeError("an authority's key is on an elliptic curve")
        above = x509.load_pem_x509_certificate(self.certificate.encode())
        key = ec.generate_private_key(ec.SECP256R1())
        names: list[x509.GeneralName] = [x509.DNSName(host) for host in hosts]
        names += [x509.IPAddress(ipaddress.ip_address(address)) for address in addresses]
        issuer = signer.public_key()
        builder = (
            _builder(_name(name), above.subject, key.public_key())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer), critical=False)
        )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return Authority(_pem(builder.sign(signer, hashes.SHA256())), _key(key))

    @property
    def sha1(self) -> str:
        """The certificate's fingerprint, as the API shows it."""
        certificate = x509.load_pem_x509_certificate(self.certificate.encode())
        return certificate.fingerprint(hashes.SHA1()).hex()  # noqa: S303 - the API's field is SHA-1


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Plumbline sandbox"),
            x509.NameAttribute(NameOID.COMMON_NAME, common[:_MOST_NAME_CHARACTERS]),
        ]
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SLACK)
        .not_valid_after(now + timedelta(days=DAYS))
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _key(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
