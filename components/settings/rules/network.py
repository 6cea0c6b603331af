"""Rules of the network: ranges that do not overlap, and the services' way into it."""

from collections.abc import Iterator
from ipaddress import IPv4Network

from catalog import cidr, connector, direct_egress
from components.settings.draft import Draft
from components.settings.problem import Path, Problem, entry, of_breach

_NETWORK = "plumbline:network"
_EGRESS = "plumbline:egress"
_CACHE = "plumbline:cache"


def ranges_do_not_overlap(draft: Draft) -> Iterator[Problem]:
    """Every two ranges of the network lie apart."""
    ranges = _ranges(draft)
    taken = [network for text in ranges.values() if isinstance(network := cidr.parse(text), IPv4Network)]
    for first, second in cidr.overlaps(ranges):
        prefix = IPv4Network(ranges[second]).prefixlen
        yield Problem(
            second,
            f"is {ranges[second]}, which overlaps {ranges[first]},",
            f"ranges of one network, and of networks peered with it, share no address ({cidr.OVERLAP})",
            entry(second[-1], str(cidr.free(prefix, taken))),
            beside=first,
        )


def _ranges(draft: Draft) -> dict[Path, str]:
    ranges: dict[Path, str] = {}
    if draft.network:
        ranges[_NETWORK, "subnet", "ipCidrRange"] = draft.network.subnet.ip_cidr_range
        ranges[_NETWORK, "privateServicesRange"] = draft.network.private_services_range
    if draft.egress and draft.egress.connector:
        ranges[_EGRESS, "connector", "ipCidrRange"] = draft.egress.connector.ip_cidr_range
    if draft.egress and draft.egress.direct:
        ranges[_EGRESS, "direct", "ipCidrRange"] = draft.egress.direct.ip_cidr_range
    if draft.cache:
        ranges[_CACHE, "reservedIpRange"] = draft.cache.reserved_ip_range
    return ranges


def the_chosen_egress_is_described(draft: Draft) -> Iterator[Problem]:
    """The section that `via` names is there, and the other is not."""
    egress = draft.egress
    if egress is None:
        return
    described = {"connector": egress.connector is not None, "direct": egress.direct is not None}
    examples: dict[str, object] = {
        "connector": {"name": "netra", "ipCidrRange": "10.8.0.0/28"},
        "direct": {"subnetName": "netra-direct", "ipCidrRange": "10.9.0.0/24"},
    }
    if not described[egress.via]:
        why = "that section says what the services' traffic goes through"
        yield Problem(
            (_EGRESS, "via"),
            f"is {egress.via}, and {egress.via} is missing",
            why,
            entry(egress.via, examples[egress.via]),
        )
    other = "direct" if egress.via == "connector" else "connector"
    if described[other]:
        why = f"via is {egress.via}, so this section does nothing; a reader would think that it does"
        yield Problem((_EGRESS, other), "is described and not used", why, f"remove it, or write via: {other}")


def the_connector_can_grow(draft: Draft) -> Iterator[Problem]:
    """A connector's least number of instances lies below the most."""
    if draft.egress and (settings := draft.egress.connector):
        breach = connector.check_order(settings.min_instances, settings.max_instances)
        if breach:
            yield of_breach((_EGRESS, "connector", "minInstances"), breach)


def the_direct_subnet_is_large_enough(draft: Draft) -> Iterator[Problem]:
    """A subnet for Direct VPC egress holds every service at full scale, a candidate included."""
    if not (
        draft.egress and draft.egress.via == "direct" and draft.egress.direct and draft.all_services_read
    ):
        return
    routed = {key: service for key, service in draft.services.items() if service.has_private_route}
    for key, service in routed.items():
        breach = direct_egress.INSTANCES.check(service.max_instances)
        if breach:
            yield of_breach(("plumbline:services", key, "maxInstances"), breach)
    network = IPv4Network(draft.egress.direct.ip_cidr_range)
    asked = {key: service.max_instances + service.candidate_instances for key, service in routed.items()}
    needed, given = direct_egress.addresses_needed(asked.values()), direct_egress.addresses_given(network)
    if needed <= given:
        return
    terms = ", ".join(f"{key} {number}" for key, number in asked.items())
    larger = IPv4Network((network.network_address, direct_egress.prefix_for(needed)), strict=False)
    yield Problem(
        (_EGRESS, "direct", "ipCidrRange"),
        f"is {network}, {given} addresses for {needed}",
        f"each instance takes {direct_egress.ADDRESSES_PER_INSTANCE} addresses, in blocks of "
        f"{direct_egress.BLOCK} a service; at full scale with a candidate there are {terms} instances "
        f"({direct_egress.DOCS})",
        entry("ipCidrRange", str(larger)),
    )
