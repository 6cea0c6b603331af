"""Rules about Cloud SQL for PostgreSQL: what the API refuses at create though every preview passes.

Owns version, edition, tier, disk, flags, backups, maintenance and zones. Whether the numbers fit one another
and the clients is for the rules about sizing; other databases than PostgreSQL are not judged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from catalog import sql, sql_flags
from catalog.source import Breach
from policies.limits import Subject, zone
from policies.plan import Resource, Secret, Unknown, tokens
from policies.plan.values import at, bare, elements, text
from policies.plan.workloads import shown_name
from policies.rules.finding import Severity
from policies.rules.registry import World, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.rules.finding import Claim

INSTANCE: Final = tokens.SQL_INSTANCE
_OTHERS: Final = ("MYSQL_", "SQLSERVER_")
_EDITIONS: Final = ("ENTERPRISE", "ENTERPRISE_PLUS")
_PLUS_ONLY: Final = (
    ("dataCacheConfig", "dataCacheEnabled"),
    ("connectionPoolConfigs", 0, "connectionPoolingEnabled"),
)


@rule(
    id="sql-limits",
    title="A Cloud SQL instance is one that Google Cloud can make",
    severity=Severity.HIGH,
    why="Google's preview accepts any version, tier and edition; the create fails after minutes, and with it "
    "all that waits for the database",
    fix="set settings.tier and settings.edition to a pair that exists: db-custom-CPU-MB with ENTERPRISE, or "
    "db-perf-optimized-N-CPU with ENTERPRISE_PLUS",
    types=(INSTANCE,),
    refutes_early=True,
)
def sql_limits(resource: Resource, world: World) -> Iterator[Claim]:
    """Version, edition and tier exist and go together; disk, flags, backups and zones keep their limits."""
    version = text(resource.at("databaseVersion"))
    if not resource.declared or (isinstance(version, str) and version.startswith(_OTHERS)):
        return  # it exists, or is no PostgreSQL
    subject = Subject(resource, f"the Cloud SQL instance {shown_name(resource)}")
    if bare(resource.at("settings")) is not None:  # a clone may leave them to its source
        _judge(subject, world)
    else:
        _version(subject)
    yield from subject.claims


def _version(subject: Subject) -> str | None:
    return subject.hold_text("SQL_VERSION", _check_version, "databaseVersion")


def _check_version(said: str) -> Breach | None:
    return (
        sql.check_version(said, sql.default_edition(said)) if said in sql.VERSIONS else sql.no_version(said)
    )


def _judge(subject: Subject, world: World) -> None:
    if isinstance(bare(subject.resource.at("settings")), Unknown):
        _version(subject)
        subject.unknown("settings")
        return
    version = _version(subject)
    tier = _tier(subject)
    edition = _edition(subject, world, version)
    if edition is not None and version is not None:
        subject.judge("SQL_VERSION", ("databaseVersion",), sql.check_version(version, edition))
    if edition is not None and tier is not None:
        _together(subject, edition, tier, version)
    if edition == "ENTERPRISE":
        _plus_only(subject)
    _disk(subject, tier)
    _backups(subject, edition)
    subject.hold("SQL_MAINTENANCE", sql.MAINTENANCE_DAY, "settings", "maintenanceWindow", "day")
    subject.hold("SQL_MAINTENANCE", sql.MAINTENANCE_HOUR, "settings", "maintenanceWindow", "hour")
    _flags(subject)
    zone(subject, "SQL_ZONE", world.plan, sql.ZONES, "settings", "locationPreference", "zone")
    zone(subject, "SQL_ZONE", world.plan, sql.ZONES, "settings", "locationPreference", "secondaryZone")


def _tier(subject: Subject) -> sql.Tier | None:
    said = subject.text("settings", "tier")
    if said is None:
        return None
    tier = sql.parse_tier(said)
    if isinstance(tier, Breach):
        subject.judge("SQL_TIER", ("settings", "tier"), tier)
        return None
    return tier


def _edition(subject: Subject, world: World, version: str | None) -> sql.Edition | None:
    """The edition it will have: as written, else its primary's, else Google's default for the version."""
    said = subject.text("settings", "edition")
    if isinstance(text(subject.resource.at("settings", "edition")), Unknown):
        return None
    if said is None and text(subject.resource.at("masterInstanceName")) is not None:
        primary = world.plan.refers(INSTANCE, subject.resource, "masterInstanceName")
        if not isinstance(primary, Resource):
            return None
        inherited = text(primary.at("settings", "edition"))
        said = inherited if isinstance(inherited, str) else None
        if isinstance(inherited, Unknown):
            return None
    if said in _EDITIONS:
        return "ENTERPRISE_PLUS" if said == "ENTERPRISE_PLUS" else "ENTERPRISE"
    return sql.default_edition(version) if said is None and version is not None else None


def _together(subject: Subject, edition: sql.Edition, tier: sql.Tier, version: str | None) -> None:
    breach = sql.check_edition(edition, tier)
    if breach is None:
        return
    place, fix = "settings.edition", f"set settings.edition to {tier.edition}"
    written = text(subject.resource.at("settings", "edition")) is not None
    if not written:
        breach = Breach(f"is not set, and so {edition} for {version}", breach.why, breach.source)
    else:
        fix += f", or settings.tier to one of {edition}'s"
    hidden = isinstance(subject.resource.at("settings", "tier"), Secret)
    subject.refute("SQL_EDITION", place, breach, fix=fix, hidden=hidden)


def _plus_only(subject: Subject) -> None:
    for path in _PLUS_ONLY:
        if subject.flag("settings", *path):
            breach = Breach(
                "is true", sql.PLUS_ONLY, sql.EDITIONS, "false, or settings.edition to ENTERPRISE_PLUS"
            )
            subject.judge("SQL_EDITION_FEATURE", ("settings", *path), breach)


def _disk(subject: Subject, tier: sql.Tier | None) -> None:
    said = subject.text("settings", "diskType")
    kind = said or (None if tier is None else tier.disk_type)
    limit = sql.DISK_GB["HYPERDISK_BALANCED" if kind == "HYPERDISK_BALANCED" else "PD_SSD"]
    subject.hold("SQL_DISK", limit, "settings", "diskSize")


def _backups(subject: Subject, edition: sql.Edition | None) -> None:
    path = ("settings", "backupConfiguration")
    subject.hold("SQL_BACKUPS", sql.BACKUPS_RETAINED, *path, "backupRetentionSettings", "retainedBackups")
    if edition is not None:
        subject.hold("SQL_BACKUPS", sql.PITR_DAYS[edition], *path, "transactionLogRetentionDays")


def _flags(subject: Subject) -> None:
    flags = elements(subject.resource.at("settings", "databaseFlags"))
    if isinstance(flags, Unknown):
        subject.unknown("settings.databaseFlags")
        return
    for index, flag in enumerate(flags):
        path = ("settings", "databaseFlags", index)
        name, value = text(at(flag, "name")), text(at(flag, "value"))
        if isinstance(bare(flag), Unknown) or isinstance(name, Unknown):
            subject.unknown(f"settings.databaseFlags[{index}]")
        elif isinstance(name, str) and name in sql_flags.NUMBERS:
            if isinstance(value, Unknown):
                subject.unknown(f"the flag {name}")
            elif value is not None:
                _flag(subject, name, value, hidden=isinstance(subject.resource.at(*path, "value"), Secret))


def _flag(subject: Subject, name: str, value: str, *, hidden: bool) -> None:
    breach = sql_flags.check_flag(name, value)
    if breach is not None:
        subject.refute("SQL_FLAG", f"the flag {name}", breach, hidden=hidden)
