"""Environment variables that are derived from other settings, and so are not written by hand.

Owns their names and what each follows from. Does not own their values: the components have them.
"""

from collections.abc import Mapping

from components.settings.services import ServiceSettings

FROM_DATABASE = (
    "POSTGRES_HOST",
    "POSTGRES_PORT",
    "POSTGRES_DB",
    "POSTGRES_USER",
    "POSTGRES_SSLMODE",
    "DB_POOL_SIZE",
    "DB_MAX_OVERFLOW",
    "DB_POOL_RECYCLE_SECONDS",
)
FROM_CACHE = ("REDIS_HOST", "REDIS_PORT", "REDIS_CA_CERT")
FROM_ENVIRONMENT = ("ENVIRONMENT",)
FROM_WORKERS = ("WEB_CONCURRENCY",)

ORIGINS: Mapping[str, str] = {
    **dict.fromkeys(FROM_DATABASE, "database"),
    **dict.fromkeys(FROM_CACHE, "cache"),
    **dict.fromkeys(FROM_ENVIRONMENT, "plumbline:environment"),
    **dict.fromkeys(FROM_WORKERS, "workers"),
}
"""Each derived variable, and the setting that it follows from."""

DATABASE_PASSWORD = "POSTGRES_PASSWORD"  # noqa: S105 - a variable's name
CACHE_PASSWORD = "REDIS_PASSWORD"  # noqa: S105 - a variable's name
SERVICE_ID = "SERVICE_ID"


def derived_env(service: ServiceSettings) -> tuple[str, ...]:
    """Variables that this service is given without being asked, in a fixed order.

    A service with a database or the cache also gets ENVIRONMENT and WEB_CONCURRENCY; one with neither gets
    none.
    """
    if not service.has_private_route:
        return ()
    return (
        *FROM_ENVIRONMENT,
        *FROM_WORKERS,
        *(FROM_DATABASE if service.database else ()),
        *(FROM_CACHE if service.cache else ()),
    )
