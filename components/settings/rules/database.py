"""Rules of the database instance: what Google makes, what suits the environment, what memory holds."""

from collections.abc import Iterator

from catalog import names, sql, sql_sizing
from components.settings.draft import Draft
from components.settings.pools import tier_of
from components.settings.problem import Problem, entry, of_breach

_DATABASE = "plumbline:database"


def the_instance_is_one_that_google_makes(draft: Draft) -> Iterator[Problem]:
    """Name, edition, tier, version, disk and recovery go together."""
    database = draft.database
    if database is None:
        return
    tier = tier_of(database)
    checks = {
        (_DATABASE, "name"): names.check_sql_instance(draft.project or "", database.name),
        (_DATABASE, "version"): sql.check_version(database.version, database.edition),
        (_DATABASE, "edition"): sql.check_edition(database.edition, tier),
        (_DATABASE, "diskSizeGb"): sql.DISK_GB[tier.disk_type].check(database.disk_size_gb),
        (_DATABASE, "pointInTimeRecoveryDays"): sql.PITR_DAYS[database.edition].check(
            database.point_in_time_recovery_days
        ),
    }
    yield from (of_breach(path, breach) for path, breach in checks.items() if breach)


def the_tier_suits_the_environment(draft: Draft) -> Iterator[Problem]:
    """Outside development no instance shares its core."""
    if draft.database is None or draft.environment in (None, "development"):
        return
    tier = tier_of(draft.database)
    if tier.shared_core:
        why = (
            f"a shared core stands outside Google's service level agreement ({sql.SLA}); with "
            f"{tier.memory_mb} MB it bears {sql_sizing.default_max_connections(tier.memory_mb)} connections"
        )
        what = f"is {tier.name}, a shared core, in {draft.environment}"
        yield Problem((_DATABASE, "tier"), what, why, entry("tier", "db-custom-4-16384"))


def memory_holds_the_connections(draft: Draft) -> Iterator[Problem]:
    """`maxConnections`, where it is written, fits the tier's memory."""
    if draft.database is None or draft.database.max_connections is None:
        return
    tier = tier_of(draft.database)
    breach = sql_sizing.check_max_connections(draft.database.max_connections, tier.memory_mb)
    if breach:
        yield of_breach((_DATABASE, "maxConnections"), breach)


def users_and_databases_are_free(draft: Draft) -> Iterator[Problem]:
    """No database or user takes a name that PostgreSQL or Google keeps, and each user has one database."""
    if draft.database is None:
        return
    owners: dict[str, str] = {}
    for name, settings in draft.database.databases.items():
        path = (_DATABASE, "databases", name)
        if name in names.RESERVED_DATABASES:
            why = f"Cloud SQL makes and keeps a database of this name ({names.RESERVED_SQL_NAMES_SOURCE})"
            yield Problem(
                path, "is a reserved name", why, f"netra: {{user: {settings.user}, passwordConfigKey: …}}"
            )
        if settings.user in names.RESERVED_SQL_USERS:
            why = f"Cloud SQL makes and keeps a user of this name ({names.RESERVED_SQL_NAMES_SOURCE})"
            yield Problem((*path, "user"), f"is {settings.user!r}", why, entry("user", name))
        first = owners.setdefault(settings.user, name)
        if first != name:
            blamed, other = (first, name) if settings.user == name else (name, first)
            yield Problem(
                (_DATABASE, "databases", blamed, "user"),
                f"is {settings.user!r}, as",
                "users belong to the instance: one name is one user with one password, for both databases",
                entry("user", blamed),
                beside=(_DATABASE, "databases", other, "user"),
            )
