"""Rules about what services ask of their databases: how many connections, how, and for how long.

Owns the verdicts on pools. The counting is in `policies.sizing`, the sums are the catalogue's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from catalog.network import IDLE_CUT_OFF, IDLE_CUT_OFF_SECONDS
from catalog.pools import RECYCLE_SECONDS, max_connections_for
from catalog.sql_sizing import CONNECTIONS_PER_INSTANCE_OVER_SOCKET, SOCKETS, budget, most_connections
from policies.plan import Unknown
from policies.plan.values import bare
from policies.plan.workloads import SERVICES, WORKLOADS, shown_name
from policies.rules.finding import Claim, Severity, Verdict
from policies.rules.registry import World, rule
from policies.sizing.databases import SOCKETS as SOCKET_FOLDER
from policies.sizing.databases import host_of, mounted
from policies.sizing.demand import ask_of, max_instances
from policies.sizing.instances import INSTANCE, flags_are_secret, is_postgres, max_connections, tier_of
from policies.sizing.ledger import ledger
from policies.sizing.variables import Lack, number, numbers_of, pool_variables

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policies.plan import Resource
    from policies.sizing.demand import Ask

_NAMED_IN_FULL: Final = 5


@rule(
    id="sql-connections",
    title="The services of a database ask for no more connections than it has",
    severity=Severity.CRITICAL,
    why="at full scale the connections run out: new ones are refused or wait, for every service of the "
    "database",
    fix="lower the pools (DB_POOL_SIZE, DB_MAX_OVERFLOW), the workers or the most instances, or raise "
    "max_connections on a tier whose memory bears it",
    types=(*WORKLOADS, INSTANCE),
    refutes_early=True,
)
def sql_connections(resource: Resource, world: World) -> Iterator[Claim]:
    """The sum over services, with a candidate revision and a margin, stays within max_connections.

    Jobs and worker pools count as services do: a job with as many tasks as may run at once.
    """
    if resource.type == INSTANCE:
        if world.closed:
            yield from _exceeded(resource, world)
        return
    entry = ledger(world).entry(resource)
    if entry is None:
        return
    ask, used = entry.ask, entry.used
    yield from _lacking(ask)
    if isinstance(max_instances(resource), Unknown):
        yield _unproven(ask, "maxInstanceCount", f"how many instances {ask.shown} may have")
    if world.closed and len(used) > 1:
        yield from _unclear(ask, used, world)
    elif not world.closed and len(used) == 1:
        yield from _exceeded(used[0], world, ask.connections)


def _lacking(ask: Ask) -> Iterator[Claim]:
    unknown = " and ".join(variable for variable, lack in ask.lacks if lack is Lack.UNKNOWN)
    if unknown:
        yield _unproven(ask, unknown, f"{unknown} of {ask.shown}")
    for variable, lack in ask.lacks:
        if lack is Lack.WRONG or (lack is Lack.ABSENT and ask.decided):
            yield _no_number(ask.shown, variable, lack, f"set {variable} to a whole number")


def _no_number(shown: str, variable: str, lack: Lack, fix: str) -> Claim:
    said = "does not set" if lack is Lack.ABSENT else "sets to what is no number of its kind:"
    cause = "POOL_NOT_SET" if lack is Lack.ABSENT else "POOL_NO_NUMBER"
    return Claim(Verdict.REFUTED, cause, f"{shown} {said} {variable}", fix, (shown, variable))


def _unproven(ask: Ask, place: str, what: str) -> Claim:
    return Claim(
        Verdict.UNPROVEN,
        "POOL_UNKNOWN",
        f"cannot tell how many connections {ask.shown} may open: {what} is not known before the update",
        f"write {place} out as a plain value",
        (ask.shown, place),
    )


def _exceeded(database: Resource, world: World, added: int | None = None) -> Iterator[Claim]:
    """What is too much for a database; of a service that was just `added`, when it is the one too many."""
    most = max_connections(database)
    if isinstance(most, Unknown) or not is_postgres(database):
        return  # sql-limits says so
    book = ledger(world)
    asked, room = book.sums[database.urn], budget(most)
    if asked <= room.usable or (added is not None and asked - added > room.usable):
        return
    shown = shown_name(database)
    asks = book.asks(database)
    has = "fewer" if flags_are_secret(database) else str(room)
    named = "; ".join(str(ask) for ask in asks[:_NAMED_IN_FULL])
    if len(asks) > _NAMED_IN_FULL:
        named += f"; and {len(asks) - _NAMED_IN_FULL} more"
    yield Claim(
        Verdict.REFUTED,
        "CONNECTIONS_EXCEEDED",
        f"the services of {shown} may open {asked} connections, and it has {has} for them. {named}",
        _mend(database, asked),
        (shown, "max_connections"),
        resource=database,
    )


def _mend(database: Resource, asked: int) -> str:
    needed, tier = max_connections_for(asked), tier_of(database)
    fix = "lower pools, workers or most instances"
    if tier is None:
        return f"{fix}, or set the flag max_connections to {needed} where memory bears it"
    bears = most_connections(tier.memory_mb)
    if needed <= bears:
        return f"{fix}, or set the flag max_connections to {needed}, which {tier.name} bears"
    return f"{fix}: {needed} connections would be needed, and {tier.name} bears {bears}"


def _unclear(ask: Ask, used: Sequence[Resource], world: World) -> Iterator[Claim]:
    """A service that may use one of several: unproven where it would be too much for one of them."""
    book = ledger(world)
    for database in used:
        most = max_connections(database)
        if isinstance(most, Unknown):
            continue
        asked = book.sums[database.urn] + book.possible[database.urn]
        if asked > budget(most).usable >= book.sums[database.urn]:
            names = " or ".join(sorted(shown_name(one) for one in used))
            yield Claim(
                Verdict.UNPROVEN,
                "DATABASE_UNKNOWN",
                f"cannot tell whether {ask.shown} uses {names}, and {shown_name(database)} could not bear "
                "it too",
                f"let the variable that holds the database's host in {ask.shown} come from one instance",
                (ask.shown, shown_name(database)),
            )


@rule(
    id="sql-socket-connections",
    title="No instance of a service opens more connections over the Cloud SQL socket than it carries",
    severity=Severity.HIGH,
    why="the built-in socket carries a fixed number of connections an instance; the next one fails, though "
    "the database has room",
    fix="lower the pool or the workers, or connect over the private address",
    types=SERVICES,
    refutes_early=True,
)
def sql_socket_connections(resource: Resource, world: World) -> Iterator[Claim]:
    """Workers times pool and overflow stay within what the socket of one instance carries."""
    sockets = [one for one in mounted(resource) if bare(one) is not None]
    host = host_of(resource, world).value
    over_socket = isinstance(host, str) and host.startswith(SOCKET_FOLDER)
    if not over_socket and (not sockets or (isinstance(host, str) and host)):
        return
    ask = ask_of(resource, world)
    if ask is None or ask.per_instance <= CONNECTIONS_PER_INSTANCE_OVER_SOCKET:
        if ask is not None and any(lack is Lack.UNKNOWN for _, lack in ask.lacks):
            yield _unproven(ask, "socket", "its pool")
        return
    certain = over_socket or host is None
    yield Claim(
        Verdict.REFUTED if certain else Verdict.UNPROVEN,
        "SOCKET_CONNECTIONS" if certain else "HOST_UNKNOWN",
        f"an instance of {ask.shown} may open {ask.per_instance} connections"
        + (
            f" over the Cloud SQL socket, which carries {CONNECTIONS_PER_INSTANCE_OVER_SOCKET}"
            if certain
            else ", and whether it does so over the Cloud SQL socket that it mounts is not known"
        ),
        f"open at most {CONNECTIONS_PER_INSTANCE_OVER_SOCKET} connections an instance: lower the pool or the "
        f"workers, or connect over the private address ({SOCKETS})",
        (ask.shown, "socket"),
    )


@rule(
    id="pool-recycle",
    title="A pool replaces its connections before the network forgets them",
    severity=Severity.HIGH,
    why="VPC firewalls forget a connection that was idle for long, and tell nobody: the next query on it "
    "hangs until it times out",
    fix=f"set the pool's recycling (DB_POOL_RECYCLE_SECONDS) to {RECYCLE_SECONDS} seconds",
    types=SERVICES,
    refutes_early=True,
)
def pool_recycle(resource: Resource, world: World) -> Iterator[Claim]:
    """The age at which connections are replaced lies above 0 and below the firewall's cut-off."""
    required = world.requirements_of(resource)
    decided = required is not None and required.pool is not None
    names = pool_variables(required)
    variable, shown = names.recycle_seconds, shown_name(resource)
    env = numbers_of(resource, required)
    age = number(env, variable)
    fix = f"set {variable} to {RECYCLE_SECONDS}"
    if isinstance(age, Lack):
        if age is Lack.ABSENT and decided:
            yield Claim(
                Verdict.REFUTED,
                "POOL_NOT_RECYCLED",
                f"{shown} does not set {variable}: its pool keeps connections for ever",
                fix,
                (shown, variable),
            )
        elif age is Lack.WRONG:
            yield _no_number(shown, variable, age, fix)
        elif age is Lack.UNKNOWN and (decided or variable in env.variables):
            yield Claim(
                Verdict.UNPROVEN,
                "POOL_UNKNOWN",
                f"cannot tell when the pool of {shown} replaces its connections: {variable} is not known",
                f"write {variable} out as a plain value, such as {RECYCLE_SECONDS}",
                (shown, variable),
            )
    elif not 0 < age < IDLE_CUT_OFF_SECONDS:
        yield Claim(
            Verdict.REFUTED,
            "RECYCLED_TOO_LATE" if age > 0 else "POOL_NOT_RECYCLED",
            f"the pool of {shown} replaces connections {'too late' if age > 0 else 'never'}: {variable} must "
            f"lie above 0 and below the {IDLE_CUT_OFF_SECONDS} seconds after which the network drops idle "
            f"ones ({IDLE_CUT_OFF})",
            fix,
            (shown, variable),
        )
