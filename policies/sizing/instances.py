"""A Cloud SQL instance as the rules about sizing see it: memory, connections, pooling.

Owns reading tier and flags. What is wrong in itself (a tier that is none, a flag with a unit) is
`sql-limits`', and reads here as if it were not set.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from catalog import sql, sql_flags, sql_sizing
from catalog.source import Breach
from policies.plan import UNKNOWN, Secret, Unknown, tokens
from policies.plan.values import at, bare, elements, text

if TYPE_CHECKING:
    from policies.plan import Resource

INSTANCE: Final = tokens.SQL_INSTANCE


def is_postgres(instance: Resource) -> bool:
    """Whether it is PostgreSQL, as far as that is known."""
    version = text(instance.at("databaseVersion"))
    return not isinstance(version, str) or version.startswith("POSTGRES")


def is_replica(instance: Resource) -> bool:
    """Whether it copies another: nobody writes to it."""
    return bare(instance.at("masterInstanceName")) not in (None, "")


def tier_of(instance: Resource) -> sql.Tier | None:
    """Its tier; None while it is unknown or is none."""
    name = text(instance.at("settings", "tier"))
    tier = sql.parse_tier(name) if isinstance(name, str) else None
    return None if isinstance(tier, Breach) else tier


def flag(instance: Resource, name: str) -> int | Unknown | None:
    """A flag's number; None when it is not set, or is no number."""
    flags = elements(instance.at("settings", "databaseFlags"))
    if isinstance(flags, Unknown):
        return UNKNOWN
    unclear = False
    for one in flags:
        named = text(at(one, "name"))
        unclear = unclear or isinstance(named, Unknown)
        if named == name:
            value = text(at(one, "value"))
            return sql_flags.whole_number(value) if isinstance(value, str) else value
    return UNKNOWN if unclear else None


def flags_are_secret(instance: Resource) -> bool:
    """Whether a flag stands in a secret: what follows from it may then not be shown."""
    flags = instance.at("settings", "databaseFlags")
    listed = elements(flags)
    return isinstance(flags, Secret) or (
        not isinstance(listed, Unknown)
        and any(isinstance(one, Secret) or isinstance(at(one, "value"), Secret) for one in listed)
    )


def max_connections(instance: Resource) -> int | Unknown:
    """The connections it has: by its flag, else by its memory; `UNKNOWN` when neither is known."""
    written = flag(instance, "max_connections")
    if written is not None:
        return written
    tier = tier_of(instance)
    return UNKNOWN if tier is None else sql_sizing.default_max_connections(tier.memory_mb)


def pools_itself(instance: Resource) -> bool:
    """Whether managed connection pooling stands between it and its clients."""
    return text(instance.at("settings", "connectionPoolConfigs", 0, "connectionPoolingEnabled")) == "true"
