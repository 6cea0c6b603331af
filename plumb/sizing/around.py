"""What stands beside services and database: the connector, the subnet for direct egress, the cache."""

from __future__ import annotations

from ipaddress import IPv4Network
from math import ceil
from typing import TYPE_CHECKING, Final

from catalog import connector, direct_egress, redis
from catalog.load import HEADROOM, with_headroom
from catalog.sizing import Unfit, size_connector
from plumb.sizing.proposal import number
from policies.parity import LEAST_MEMORY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from components.settings import PlatformSettings, ServiceSettings
    from plumb.sizing.proposal import Ask, Proposal

EGRESS: Final = "plumbline:egress"
CACHE: Final = "plumbline:cache"
_FREE: Final = f"with {float(HEADROOM):.0%} kept free"


def size_connector_of(
    result: Proposal, settings: PlatformSettings, service: ServiceSettings, ask: Ask
) -> None:
    """The cheapest connector for what the load moves, where it says what that is."""
    now, load = settings.egress.connector, ask.load
    if load is None or settings.egress.via != "connector" or now is None or not service.has_private_route:
        return
    if not load.kib_each:
        result.notes.append(
            f"The connector stays {now.machine_type}, {now.min_instances} to {now.max_instances} instances: "
            "how much a request moves through it, nobody said (--kib-per-request)."
        )
        return
    needed = with_headroom(load.mbps)
    result.step(
        "through the connector",
        f"{load.requests_per_second:g} a second x {load.kib_each:g} KiB = {number(float(load.mbps))} Mbps; "
        f"{_FREE} {number(float(needed))} Mbps",
    )
    sized = size_connector(needed)
    if isinstance(sized, Unfit):
        result.unfit.append(sized)
        return
    most = sized.max_instances
    result.step(
        "connector", f"{most} instances of {sized.machine.name} carry {sized.machine.mbps(most)} Mbps"
    )
    place = (EGRESS, "connector")
    result.change((*place, "machineType"), now.machine_type, sized.machine.name)
    result.change((*place, "minInstances"), now.min_instances, int(connector.MIN_INSTANCES.low))
    result.change((*place, "maxInstances"), now.max_instances, most)
    result.notes.append(
        f"The connector is sized for {ask.service} alone: add what other services move to --kib-per-request."
    )


def size_subnet(
    result: Proposal, settings: PlatformSettings, services: Mapping[str, ServiceSettings]
) -> None:
    """The subnet for direct egress, as large as all instances need."""
    direct = settings.egress.direct
    if settings.egress.via != "direct" or direct is None:
        return
    routed = [one for one in services.values() if one.has_private_route]
    network = IPv4Network(direct.ip_cidr_range)
    needed = direct_egress.addresses_needed(one.max_instances + one.candidate_instances for one in routed)
    given = direct_egress.addresses_given(network)
    result.step("addresses of the subnet", f"{needed} needed, and {network} gives {given}")
    if needed > given:
        larger = IPv4Network((network.network_address, direct_egress.prefix_for(needed)), strict=False)
        result.change((EGRESS, "direct", "ipCidrRange"), direct.ip_cidr_range, str(larger))


def size_cache(
    result: Proposal,
    settings: PlatformSettings,
    services: Mapping[str, ServiceSettings],
    ask: Ask,
    production: PlatformSettings | None,
) -> None:
    """Whether the cache takes all clients, and its memory where the load says what a session weighs."""
    users = {key: one for key, one in sorted(services.items()) if one.cache}
    if ask.load is None or ask.service not in users:
        return
    terms = [(one.max_instances + one.candidate_instances, one.concurrency) for one in users.values()]
    clients = sum(instances * concurrency for instances, concurrency in terms)
    written = " + ".join(f"{instances} x {concurrency}" for instances, concurrency in terms)
    result.step(
        "clients of the cache", f"at most one a request: {written} = {clients} of {redis.MAX_CLIENTS}"
    )
    if not redis.CLIENTS.holds(clients):
        result.unfit.append(
            Unfit(
                f"{clients} clients: {redis.CLIENTS.says} ({redis.CLIENTS.source})",
                "lower the concurrency or the most instances, or let requests share Redis connections",
            )
        )
    if ask.load.session_kib:
        _memory(result, settings, ask, production)


def _memory(
    result: Proposal, settings: PlatformSettings, ask: Ask, production: PlatformSettings | None
) -> None:
    load = ask.load
    if load is None:
        return
    memory = with_headroom(load.session_gb)
    quarter = 0 if production is None else ceil(production.cache.memory_size_gb * LEAST_MEMORY)
    needed = max(int(redis.MEMORY_GB.low), quarter, ceil(memory))
    result.step(
        "memory of the cache",
        f"{load.web_sockets} WebSockets x {load.session_kib:g} KiB; {_FREE} {number(float(memory))} GB, so "
        f"{needed}",
    )
    if redis.MEMORY_GB.holds(needed):
        result.change((CACHE, "memorySizeGb"), settings.cache.memory_size_gb, needed)
        return
    limit = f"{needed} GB of sessions: {redis.MEMORY_GB.says} ({redis.MEMORY_GB.source})"
    result.unfit.append(Unfit(limit, "keep less for each WebSocket, or sessions in more than one cache"))
