"""Database flags of Cloud SQL for PostgreSQL that hold a number: what each may be.

Owns the ranges, in the unit of the flag: Cloud SQL takes a bare number and no unit. Does not own what is wise
(`sql_sizing`) nor the flags that hold words.
"""

from catalog.source import Breach, Limit, Source
from catalog.sql_sizing import FLAGS, MAX_CONNECTIONS

POSTGRES = Source("https://www.postgresql.org/docs/current/runtime-config.html")
_MOST = 2_147_483_647


def _limit(name: str, low: int, high: int = _MOST, unit: str = "") -> Limit:
    return Limit(f"the flag {name} is {low} to {high}{unit}", low, high, POSTGRES, step=1)


NUMBERS = {
    "max_connections": MAX_CONNECTIONS,
    "autovacuum_max_workers": _limit("autovacuum_max_workers", 1, 262_143),
    "deadlock_timeout": _limit("deadlock_timeout", 1, unit=" milliseconds"),
    "effective_cache_size": _limit("effective_cache_size", 1, unit=" pages of 8 KiB"),
    "idle_in_transaction_session_timeout": _limit(
        "idle_in_transaction_session_timeout", 0, unit=" milliseconds"
    ),
    "lock_timeout": _limit("lock_timeout", 0, unit=" milliseconds"),
    "log_min_duration_statement": _limit("log_min_duration_statement", -1, unit=" milliseconds"),
    "maintenance_work_mem": _limit("maintenance_work_mem", 64, unit=" kB"),
    "shared_buffers": _limit("shared_buffers", 16, _MOST // 2, " pages of 8 KiB"),
    "statement_timeout": _limit("statement_timeout", 0, unit=" milliseconds"),
    "temp_buffers": _limit("temp_buffers", 100, _MOST // 2, " pages of 8 KiB"),
    "work_mem": _limit("work_mem", 64, unit=" kB"),
}
"""By the flag's name; a flag that is not here is not judged."""


def whole_number(value: str) -> int | None:
    """The number that a flag's value is; None when it is none, as with a unit behind it."""
    return int(value) if value.removeprefix("-").isascii() and value.removeprefix("-").isdigit() else None


def check_flag(name: str, value: str) -> Breach | None:
    """Whether a flag may have this value; None also for a flag that is not listed."""
    limit = NUMBERS.get(name)
    if limit is None:
        return None
    number = whole_number(value)
    if number is None:
        return Breach(f"is {value!r}", f"{limit.says}, written without a unit", FLAGS, int(limit.low))
    return limit.check(number)
