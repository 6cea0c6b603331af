"""What the settings ask of the database's connections.

Owns how settings become demands. Does not own the derivation: see `catalog.pools`.
"""

from collections.abc import Mapping

from catalog import sql, sql_sizing
from catalog.pools import Demand, PoolPlan, PoolRefusal, derive_pools
from catalog.source import Breach
from components.settings.database import DatabaseSettings
from components.settings.services import ServiceSettings


def tier_of(database: DatabaseSettings) -> sql.Tier:
    """The tier, which the field has read once before.

    Raises:
        ValueError: When the settings were built without validation.
    """
    tier = sql.parse_tier(database.tier)
    if isinstance(tier, Breach):
        raise ValueError(tier.what)  # noqa: TRY004 - a wrong value, not a wrong type
    return tier


def max_connections_of(database: DatabaseSettings) -> int:
    """The flag as it will be: as written, else Google's default for the tier's memory."""
    return database.max_connections or sql_sizing.default_max_connections(tier_of(database).memory_mb)


def plan_pools(database: DatabaseSettings, services: Mapping[str, ServiceSettings]) -> PoolPlan | PoolRefusal:
    """Pools of the services that use the database."""
    demands = [
        Demand(
            service=key,
            max_instances=service.max_instances,
            candidate_instances=service.candidate_instances,
            workers=service.workers,
            share=service.pool_share,
        )
        for key, service in sorted(services.items())
        if service.database is not None
    ]
    return derive_pools(max_connections_of(database), demands)
