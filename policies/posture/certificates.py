"""Which hosts a load balancer's certificates answer for.

Owns the domains of each kind of certificate (Google-managed, self-managed, of Certificate Manager) and how a
domain covers a host. A self-managed certificate is public: its names are read from its PEM text.

https://cloud.google.com/load-balancing/docs/ssl-certificates, https://cloud.google.com/certificate-manager/docs/maps
"""

from __future__ import annotations

import re
from base64 import b64decode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from policies.plan.values import UNKNOWN, Unknown, Value, bare, elements, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from policies.plan import Plan, Resource
    from policies.plan.graph import Key

MANAGED: Final = "gcp:compute/managedSslCertificate:ManagedSslCertificate"
SELF_MANAGED: Final = "gcp:compute/sSLCertificate:SSLCertificate"
REGIONAL: Final = "gcp:compute/regionSslCertificate:RegionSslCertificate"
MANAGER: Final = "gcp:certificatemanager/certificate:Certificate"
MAP: Final = "gcp:certificatemanager/certificateMap:CertificateMap"
ENTRY: Final = "gcp:certificatemanager/certificateMapEntry:CertificateMapEntry"

# 2.5.29.17, subjectAltName, as DER writes it; a dNSName is context tag 2 (RFC 5280, 4.2.1.6).
_ALT_NAME: Final = bytes.fromhex("0603551d11")
_DNS_NAME: Final = 0x82
_LONG_FORM: Final = 0x80
_PEM: Final = re.compile(r"-----BEGIN CERTIFICATE-----(?P<body>.*?)-----END CERTIFICATE-----", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Certificates:
    """What a proxy shows.

    Attributes:
        names: What to call the certificates in a message.
        domains: The domains they answer for, as far as they are known.
        complete: Whether that is all of them: where it is not, a host may be covered all the same.
    """

    names: Sequence[str]
    domains: frozenset[str]
    complete: bool

    def covers(self, host: str) -> bool:
        """Whether a known domain covers a host; a wildcard stands for one label."""
        wild = "*." + host.partition(".")[2]
        return bool({host, wild} & self.domains)


def of_proxy(plan: Plan, proxy: Resource) -> Certificates | None:
    """The certificates of a target HTTPS proxy's own; None when it has a map, which holds over them."""
    if proxy.at("certificateMap") is not None:
        return None
    own = referred(plan, proxy, (MANAGED, SELF_MANAGED, REGIONAL), "sslCertificates")
    newer = referred(plan, proxy, (MANAGER,), "certificateManagerCertificates")
    return _sum([*own, *newer])


def referred(plan: Plan, near: Resource, types: Iterable[str], key: str) -> Sequence[Resource | None]:
    """The resources that a list of references means; None for each that is not known or not in this plan."""
    listed = elements(near.at(key))
    wanted = tuple(types)
    sources = [plan.get(urn) for urn in near.property_dependencies.get(key, ())]
    candidates = [one for one in sources if one is not None and one.type in wanted]
    if isinstance(listed, Unknown):
        return candidates or [None]
    found: list[Resource | None] = []
    unknown = 0
    for reference in listed:
        if bare(reference) is UNKNOWN:
            unknown += 1
        else:
            matches = (plan.find(type_, reference, near) for type_ in wanted)
            found.append(next((one for one in matches if not isinstance(one, Unknown | None)), None))
    left = [one for one in candidates if one not in found]
    # Each unknown reference is one of those the property comes from: as many as there are, it is all of them.
    return [*found, *left] if len(left) == unknown else [*found, *[None] * unknown]


def domains_of(certificate: Resource) -> frozenset[str] | Unknown:
    """The domains of one certificate."""
    if certificate.type in {SELF_MANAGED, REGIONAL}:
        return _in_pem(certificate.at("certificate"))
    listed = certificate.at("managed", "domains")
    if certificate.type == MANAGER and listed is None:
        pem = certificate.at("selfManaged", "pemCertificate")
        return _in_pem(certificate.at("selfManaged", "certificatePem") if pem is None else pem)
    domains = elements(listed)
    if isinstance(domains, Unknown):
        return UNKNOWN
    names = [text(domain) for domain in domains]
    known = [name.lower().rstrip(".") for name in names if isinstance(name, str)]
    return frozenset(known) if len(known) == len(names) else UNKNOWN


def _sum(certificates: Sequence[Resource | None]) -> Certificates:
    domains: set[str] = set()
    complete = True
    for certificate in certificates:
        own = UNKNOWN if certificate is None else domains_of(certificate)
        if isinstance(own, Unknown):
            complete = False
        else:
            domains |= own
    names = [one.name for one in certificates if one is not None]
    return Certificates(names, frozenset(domains), complete)


def of_map(plan: Plan, proxy: Resource, host: str, *, closed: bool) -> Certificates:
    """The certificates that a proxy's certificate map chooses for a host.

    While the plan is not whole, more entries of the map may come.
    """
    map_ = plan.refers(MAP, proxy, "certificateMap")
    if map_ is None or isinstance(map_, Unknown):
        return Certificates((), frozenset(), complete=False)
    entries = list(plan.index((ENTRY,), _map_of_entry).get(map_.urn)) if closed else []
    hosts = [_lower(text(entry.at("hostname"))) for entry in entries]
    for wanted in (host, "*." + host.partition(".")[2], None):
        chosen = [entry for entry, name in zip(entries, hosts, strict=True) if name == wanted]
        if chosen:
            found = [one for entry in chosen for one in referred(plan, entry, (MANAGER,), "certificates")]
            return _sum(found)
    return Certificates([map_.name], frozenset(), complete=closed and UNKNOWN not in hosts)


def _lower(name: str | Unknown | None) -> str | Unknown | None:
    return name.lower() if isinstance(name, str) else name


def _map_of_entry(plan: Plan, entry: Resource) -> Iterator[Key]:
    # Asked once the world is closed, when an unknown reference can be traced.
    map_ = plan.refers(MAP, entry, "map")
    if map_ is not None:
        yield map_ if isinstance(map_, Unknown) else map_.urn


def _in_pem(pem: Value) -> frozenset[str] | Unknown:
    """The DNS names of the first certificate in a PEM text; `UNKNOWN` when it cannot be read."""
    written = text(pem)
    block = _PEM.search(written) if isinstance(written, str) else None
    if block is None:
        return UNKNOWN
    try:
        names = frozenset(_dns_names(b64decode(block["body"], validate=False)))
    except (ValueError, IndexError):
        return UNKNOWN
    return names or UNKNOWN


def _dns_names(der: bytes) -> Iterator[str]:
    start = der.find(_ALT_NAME)
    if start < 0:
        return
    at_ = start + len(_ALT_NAME)
    if der[at_] == 0x01:  # the extension is marked critical: BOOLEAN, three bytes
        at_ += 3
    at_, _ = _content(der, at_)  # OCTET STRING
    at_, end = _content(der, at_)  # SEQUENCE of names
    while at_ < end:
        tag = der[at_]
        begin, at_ = _content(der, at_)
        if tag == _DNS_NAME:
            yield der[begin:at_].decode("ascii").lower()


def _content(der: bytes, at_: int) -> tuple[int, int]:
    """Where the content of the element at a place begins and ends."""
    length, begin = der[at_ + 1], at_ + 2
    if length & _LONG_FORM:
        octets = length & ~_LONG_FORM
        length = int.from_bytes(der[begin : begin + octets], "big")
        begin += octets
    return begin, begin + length
