"""Rules about a Cloud SQL instance's size: its flags against its memory, and shared cores.

Owns what one instance bears by itself. What services ask of it is in `sizing_pools`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from catalog import sql, sql_sizing
from policies.limits import Subject
from policies.plan import Unknown
from policies.plan.values import text
from policies.plan.workloads import shown_name
from policies.rules.finding import Claim, Severity, Verdict
from policies.rules.registry import World, rule
from policies.sizing.instances import INSTANCE, flag, flags_are_secret, is_postgres, tier_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catalog.source import Breach
    from policies.plan import Resource

_DEVELOPMENT: Final = frozenset({"ci", "dev", "development", "local", "sandbox", "test", "testing"})


@rule(
    id="sql-flags-memory",
    title="A database's flags ask for no more memory than its tier has",
    severity=Severity.CRITICAL,
    why="connections and buffers beyond the memory make the database swap or be killed: queries take "
    "seconds, then it restarts under its clients",
    fix="lower max_connections or shared_buffers, or take a tier with more memory",
    types=(INSTANCE,),
    refutes_early=True,
)
def sql_flags_memory(resource: Resource, _: World) -> Iterator[Claim]:
    """max_connections at 10 MB each and shared_buffers fit; shared_buffers leaves the page cache its part."""
    tier = tier_of(resource)
    if tier is None or not is_postgres(resource):
        return  # sql-limits says so
    subject = Subject(resource, f"the Cloud SQL instance {shown_name(resource)} ({tier.name})")
    memory = tier.memory_mb
    found = {name: flag(resource, name) for name in ("max_connections", "shared_buffers", "work_mem")}
    for name, value in found.items():
        if isinstance(value, Unknown):
            subject.unknown(f"the flag {name}", "SQL_FLAG_UNKNOWN")
    connections, pages, work = (None if isinstance(one, Unknown) else one for one in found.values())
    buffers = sql_sizing.shared_buffers_mb(memory)
    if pages is not None:
        breach = sql_sizing.check_shared_buffers(pages, memory)
        if breach is None:
            buffers = pages // sql_sizing.PAGES_PER_MB
        else:
            _refute(subject, "SHARED_BUFFERS_TOO_LARGE", "shared_buffers", breach)
    if connections is not None:
        breach = sql_sizing.check_connections_memory(connections, buffers, memory)
        _refute(subject, "CONNECTIONS_EXCEED_MEMORY", "max_connections", breach)
    if work is not None:
        breach = sql_sizing.check_work_mem(work, buffers, memory)
        _refute(subject, "WORK_MEM_TOO_LARGE", "work_mem", breach)
    yield from subject.claims


def _refute(subject: Subject, cause: str, name: str, breach: Breach | None) -> None:
    if breach is not None:
        fix = f"set the flag {name} to {breach.example}, or settings.tier to one with more memory"
        hidden = flags_are_secret(subject.resource)
        subject.refute(cause, f"the flag {name}", breach, fix=fix, hidden=hidden)


@rule(
    id="sql-shared-core",
    title="No database outside development shares its core",
    severity=Severity.HIGH,
    why="a shared-core instance has a part of one CPU and stands outside Google's service level agreement: "
    "under load every query waits",
    fix=f"take a tier with cores of its own, such as {sql.SMALLEST_OWN_CORE}",
    types=(INSTANCE,),
    refutes_early=True,
)
def sql_shared_core(resource: Resource, world: World) -> Iterator[Claim]:
    """A shared-core tier is for environments of development; one that is to survive a zone is not such."""
    said = text(resource.at("settings", "tier"))
    tier = tier_of(resource)
    if tier is not None and not tier.shared_core:
        return
    project, environment = world.plan.project_of(resource), world.environment_of(resource)
    shown = shown_name(resource)
    regional = text(resource.at("settings", "availabilityType")) == "REGIONAL"
    where = f"in {environment}" if environment is not None and environment not in _DEVELOPMENT else None
    if where is None and regional and environment is None:
        where = "with availability REGIONAL"
    if where is not None and (tier is not None or isinstance(said, Unknown)):
        known = tier is not None
        yield Claim(
            Verdict.REFUTED if known else Verdict.UNPROVEN,
            "SHARED_CORE" if known else "TIER_UNKNOWN",
            f"the Cloud SQL instance {shown} has the shared-core tier {tier.name} {where}"
            if tier is not None
            else f"cannot tell whether the Cloud SQL instance {shown} shares its core: its tier is not known",
            f"set settings.tier to {sql.SMALLEST_OWN_CORE} or larger",
            (shown, "settings.tier"),
        )
    elif tier is not None and isinstance(project, Unknown) and world.contracts.covers_anything:
        yield Claim(
            Verdict.UNPROVEN,
            "ENVIRONMENT_UNKNOWN",
            f"the Cloud SQL instance {shown} has the shared-core tier {tier.name}, and whether its project "
            "is one of development is not known",
            "write the instance's project out",
            (shown, "settings.tier"),
        )
