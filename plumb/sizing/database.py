"""Which database the services of a stack need, with the shares from which their pools follow."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Final

from catalog.load import CONCURRENCY_TARGET, connections_for
from catalog.pools import Demand, PoolRefusal, split
from catalog.sizing import Need, Site, SizedDatabase, Unfit, size_database
from catalog.sql_sizing import MB_PER_CONNECTION, budget, default_max_connections, shared_buffers_mb
from components.settings.pools import plan_pools, tier_of
from plumb.sizing.proposal import number
from plumb.sizing.services import SERVICES, TARGET
from policies.parity import LEAST_MEMORY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from catalog.load import Load
    from catalog.pools import Pool
    from components.settings import PlatformSettings, ServiceSettings
    from plumb.sizing.proposal import Ask, Proposal

DATABASE: Final = "plumbline:database"


def pools_now(settings: PlatformSettings) -> Mapping[str, Pool]:
    """The pool of each process as the settings give it; one connection each where they give none."""
    plan = plan_pools(settings.database, settings.services)
    if not isinstance(plan, PoolRefusal):
        return plan.pools
    return {demand.service: split(1) for demand in plan.demands}


def size_database_of(
    result: Proposal,
    settings: PlatformSettings,
    services: Mapping[str, ServiceSettings],
    ask: Ask,
    production: PlatformSettings | None,
) -> None:
    """The cheapest database for what the services need."""
    needs = _needs(result, settings, services, ask)
    quarter = 0 if production is None else ceil(tier_of(production.database).memory_mb * LEAST_MEMORY)
    site = Site(
        edition=settings.database.edition,
        disk_type=tier_of(settings.database).disk_type,
        shared_core=settings.environment == "development",
        least_vcpus=ask.least_vcpus,
        least_memory_mb=max(ask.least_memory_mb, quarter),
    )
    sized = size_database(needs, site, settings.database.max_connections)
    if isinstance(sized, Unfit):
        result.unfit.append(sized)
        return
    _say_memory(result, sized)
    if site.least_memory_mb > sized.needed_mb:
        why = (
            "asked for" if ask.least_memory_mb > quarter else "a quarter of production's: staging is like it"
        )
        result.step("least memory", f"{site.least_memory_mb} MB, {why}")
    _say_tier(result, sized)
    result.change((DATABASE, "tier"), settings.database.tier, sized.tier.name)
    result.change((DATABASE, "maxConnections"), settings.database.max_connections, sized.flag)
    for service, share in sized.shares.items():
        result.change((SERVICES, service, "poolShare"), services[service].pool_share, share)
    _warn(result, settings, sized)


def _needs(
    result: Proposal, settings: PlatformSettings, services: Mapping[str, ServiceSettings], ask: Ask
) -> Sequence[Need]:
    now = pools_now(settings)
    needs = []
    for key, service in sorted(services.items()):
        if service.database is None:
            continue
        needed = now[key].connections
        if key == ask.service and ask.pool is not None:
            needed = ask.pool
        elif key == ask.service and ask.load is not None and ask.load.requests_per_second:
            needed = _connections(result, ask.load, service)
        demand = Demand(
            key, service.max_instances, service.candidate_instances, service.workers, service.pool_share
        )
        need = Need(demand, needed)
        needs.append(need)
        result.step(f"connections of {key}", str(need).removeprefix(f"{key}: "))
    together = sum(need.together for need in needs)
    if len(needs) > 1:
        result.step("together", f"{' + '.join(str(need.together) for need in needs)} = {together}")
    return needs


def _connections(result: Proposal, load: Load, service: ServiceSettings) -> int:
    processes = service.max_instances * service.workers
    most = ceil(service.concurrency / service.workers)
    needed = connections_for(load, processes, service.concurrency, service.workers)
    each = "as long as it runs" if load.connection_seconds is None else f"{load.connection_seconds:g} s"
    exact = float(load.holding / (processes * CONCURRENCY_TARGET))
    result.step(
        "connections a process",
        f"{number(float(load.holding))} requests hold one ({each}) / ({processes} processes x {TARGET}) = "
        f"{number(exact)}, and no more than the {most} that it answers, so {needed}",
    )
    return needed


def _say_memory(result: Proposal, sized: SizedDatabase) -> None:
    buffers = shared_buffers_mb(sized.needed_mb)
    result.step("max_connections", str(budget(sized.max_connections)))
    result.step(
        "memory of the database",
        f"{sized.max_connections} x {MB_PER_CONNECTION} MB beside a third for shared_buffers ({buffers} MB) "
        f"= {sized.needed_mb} MB",
    )


def _say_tier(result: Proposal, sized: SizedDatabase) -> None:
    tier, default = sized.tier, default_max_connections(sized.tier.memory_mb)
    result.step(
        "tier",
        f"{tier.name}: fewest vCPUs ({tier.vcpus}), then least memory ({tier.memory_mb} MB), with as much",
    )
    if sized.flag is None:
        result.step("flag", f"Google's default for the tier, {default}, is enough")
    elif default < sized.max_connections:
        result.step("flag", f"Google's default for the tier is {default}, so that {sized.flag} is written")
    for service, pool in sized.plan.pools.items():
        result.step(
            f"pool of {service}",
            f"DB_POOL_SIZE {pool.pool_size} + DB_MAX_OVERFLOW {pool.max_overflow} = {pool.connections} a "
            "process",
        )


def _warn(result: Proposal, settings: PlatformSettings, sized: SizedDatabase) -> None:
    now, then = tier_of(settings.database), sized.tier
    if then.vcpus < now.vcpus or then.memory_mb < now.memory_mb:
        result.notes.append(
            f"{then.name} is smaller than {now.name}. The rules count connections and what memory they take; "
            "how much CPU and page cache the queries need, no rule knows. Keep what you measured with "
            "--least-vcpus and --least-memory-mb."
        )
