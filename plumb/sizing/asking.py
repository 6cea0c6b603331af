"""One run of `plumb size`: what was asked for, judged; what is proposed, judged too.

Owns that nothing is proposed that the rules, or the settings' own checks, refuse. Does not print, nor write.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, isfinite
from typing import TYPE_CHECKING, Final

from catalog import sql, sql_sizing
from catalog.load import Load
from catalog.pools import split
from catalog.source import Breach
from components.settings import SettingsError
from components.settings.pools import tier_of
from plumb.sizing.database import pools_now
from plumb.sizing.plan import refused, sizing_rules
from plumb.sizing.proposal import Ask, Proposal, propose
from plumb.sizing.report import Sizing
from plumb.sizing.stack import SizingError, beside
from policies.parity import LEAST_INSTANCES, LEAST_MEMORY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from catalog.pools import Pool
    from components.settings import PlatformSettings
    from plumb.sizing.stack import Stack

SECONDS_EACH: Final = 1.0
"""How long a request takes where nobody says."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command was given; None where an option was left out.

    Attributes:
        service: The service's key.
        load: The parts of the load, by `Load`'s names.
        pool: Connections of each process.
        max_instances: Most instances.
        concurrency: Requests that an instance answers at a time.
        tier: The tier to judge.
        max_connections: The flag to judge.
        least_vcpus: Fewest vCPUs of the database.
        least_memory_mb: Least memory of the database.
    """

    service: str | None
    load: Mapping[str, float | None]
    pool: int | None = None
    max_instances: int | None = None
    concurrency: int | None = None
    tier: str | None = None
    max_connections: int | None = None
    least_vcpus: int = 1
    least_memory_mb: int = 0


def sized(stack: Stack, wanted: Wanted) -> Sizing:
    """Judges what is wanted, and proposes what works.

    Raises:
        SizingError: What is wanted means nothing for this stack.
        SettingsError: The stack is wrong in something that no size mends.
    """
    ask = _ask(stack, wanted)
    settings, pools = _as_wanted(stack, ask, wanted)
    twin = next(beside(stack, "production"), None) if stack.settings.environment == "staging" else None
    proposal = propose(stack.settings, ask, None if twin is None else twin.settings)
    if not proposal.unfit:
        _hold(stack, proposal)
        _warn_staging(stack, proposal)
    return Sizing(
        stack=stack.name,
        service=ask.service if _is_about_one(ask) else None,
        asked=_words(stack, ask, wanted),
        refused=refused(settings, pools),
        proposal=proposal,
        rules=sorted(rule.id for rule in sizing_rules()),
    )


def _ask(stack: Stack, wanted: Wanted) -> Ask:
    services = stack.settings.services
    with_database = [key for key, one in services.items() if one.database is not None]
    key = wanted.service or next(iter(with_database or services), "")
    given = {name: value for name, value in wanted.load.items() if value is not None}
    asks = (wanted.pool, wanted.max_instances, wanted.concurrency)
    if key not in services:
        raise SizingError(
            f"{stack.shown}: no service {key!r}; there are {', '.join(sorted(services)) or 'none'}"
        )
    if wanted.service is None and len(services) > 1 and (given or any(one is not None for one in asks)):
        raise SizingError(f"say whose load this is: --service, one of {', '.join(sorted(services))}")
    if wanted.pool is not None and services[key].database is None:
        raise SizingError(
            f"--pool: {key} uses no database; those that do: {', '.join(with_database) or 'none'}"
        )
    return Ask(
        service=key,
        load=_load(given) if given else None,
        pool=wanted.pool,
        max_instances=wanted.max_instances,
        concurrency=wanted.concurrency,
        least_vcpus=wanted.least_vcpus,
        least_memory_mb=wanted.least_memory_mb,
    )


def _is_about_one(ask: Ask) -> bool:
    return any(one is not None for one in (ask.load, ask.pool, ask.max_instances, ask.concurrency))


def _load(given: Mapping[str, float]) -> Load:
    if not all(isfinite(number) for number in given.values()):
        raise SizingError("a load is made of numbers that end; inf is none")
    if "requests_per_second" not in given and "web_sockets" not in given:
        raise SizingError(
            "say how many there are: --requests-per-second, --web-sockets or both; the other parts of a load "
            "say what one of them takes"
        )
    if "session_kib" in given and not given.get("web_sockets"):
        raise SizingError("--session-kib is of each WebSocket: say how many with --web-sockets")
    return Load(
        requests_per_second=given.get("requests_per_second", 0),
        seconds_each=given.get("seconds_each", SECONDS_EACH),
        web_sockets=int(given.get("web_sockets", 0)),
        connection_seconds=given.get("connection_seconds"),
        kib_each=given.get("kib_each"),
        session_kib=given.get("session_kib"),
    )


def _as_wanted(stack: Stack, ask: Ask, wanted: Wanted) -> tuple[PlatformSettings, Mapping[str, Pool]]:
    """The stack as it would be with exactly what is wanted, right or not."""
    settings = stack.settings
    database = settings.database
    if wanted.tier is not None:
        tier = sql.parse_tier(wanted.tier)
        if isinstance(tier, Breach):
            raise SizingError(f"--tier {tier.what}: {tier.reason}; such as {tier.example}")
        database = database.model_copy(update={"tier": tier.name})
    if wanted.max_connections is not None:
        breach = sql_sizing.MAX_CONNECTIONS.check(wanted.max_connections)
        if breach is not None:
            raise SizingError(f"--max-connections {breach.what}: {breach.reason}; such as {breach.example}")
        database = database.model_copy(update={"max_connections": wanted.max_connections})
    elif wanted.tier is not None:
        database = database.model_copy(update={"max_connections": None})
    changes = {"max_instances": ask.max_instances, "concurrency": ask.concurrency}
    service = settings.services[ask.service].model_copy(
        update={name: value for name, value in changes.items() if value is not None}
    )
    changed = settings.model_copy(
        update={"database": database, "services": {**settings.services, ask.service: service}}
    )
    if ask.pool is None:
        return changed, pools_now(changed)
    return changed, {**pools_now(settings), ask.service: split(ask.pool)}


def _hold(stack: Stack, proposal: Proposal) -> None:
    """Holds the proposal against the settings' checks and the rules: one that they refuse is none.

    Raises:
        SettingsError: The stack is wrong in something that no size mends.
        SizingError: A rule refuses it.
    """
    try:
        settings = stack.with_changes(proposal.changes)
    except SettingsError as error:
        raise SizingError(f"mend this first, no size does:\n{error}") from None
    for one in refused(settings, pools_now(settings)):
        raise SizingError(
            f"mend this first, no size does:\n{one.rule} {one.cause}: {one.message}\n  fix: {one.fix}"
        )


def _warn_staging(stack: Stack, proposal: Proposal) -> None:
    """That staging is too small beside what is proposed for production."""
    if stack.settings.environment != "production":
        return
    then = stack.with_changes(proposal.changes)
    for other in beside(stack, "staging"):
        memory, theirs = tier_of(then.database).memory_mb, tier_of(other.settings.database).memory_mb
        small = (
            [f"database.tier at least {ceil(memory * LEAST_MEMORY)} MB"]
            if theirs < memory * LEAST_MEMORY
            else []
        )
        for key, service in other.settings.services.items():
            twin = then.services.get(key)
            if twin is not None and service.max_instances < twin.max_instances * LEAST_INSTANCES:
                small.append(f"{key}.maxInstances at least {ceil(twin.max_instances * LEAST_INSTANCES)}")
        if small:
            proposal.notes.append(f"{other.name} must grow with it (parity): {', '.join(small)}.")


def _words(stack: Stack, ask: Ask, wanted: Wanted) -> str:
    database = stack.settings.database
    said = []
    if ask.pool is not None:
        said.append(f"a pool of {ask.pool}")
    if ask.max_instances is not None:
        said.append(f"{ask.max_instances} instances")
    if ask.concurrency is not None:
        said.append(f"{ask.concurrency} requests at a time")
    if wanted.tier is not None or wanted.max_connections is not None or said:
        flag = "" if wanted.max_connections is None else f" with max_connections {wanted.max_connections}"
        said.append(f"on {wanted.tier or database.tier}{flag}")
    return ", ".join(said) if said else "the stack as it is"
