"""Cloud SQL for PostgreSQL: versions, editions, machine tiers, backups.

Owns what an instance may be. Does not own how it is sized for its clients: see `sql_sizing` and `pools`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from catalog.source import Breach, Limit, Source

Edition = Literal["ENTERPRISE", "ENTERPRISE_PLUS"]
Family = Literal["shared-core", "custom", "custom-n4", "perf-optimized", "c4a"]
DiskType = Literal["PD_SSD", "HYPERDISK_BALANCED"]

SETTINGS = Source("https://cloud.google.com/sql/docs/postgres/instance-settings")
SERIES = Source("https://cloud.google.com/sql/docs/postgres/machine-series-overview")
EDITIONS = Source("https://cloud.google.com/sql/docs/postgres/editions-intro")
SLA = Source("https://cloud.google.com/sql/sla")
BACKUPS = Source("https://cloud.google.com/sql/docs/postgres/backup-recovery/backups")
ZONES = Source("https://cloud.google.com/sql/docs/postgres/locations", checked=False)
"""Google's reference says that an instance lies within its region; not what it does with a zone elsewhere."""
PITR = Source("https://cloud.google.com/sql/docs/postgres/backup-recovery/pitr")

ACTIVATION = Source("https://cloud.google.com/sql/docs/postgres/start-stop-restart-instance")
STOPPED = "NEVER"
"""The activation policy of an instance that is stopped, and so answers nobody (`ACTIVATION`)."""
PSC = Source("https://cloud.google.com/sql/docs/postgres/configure-private-service-connect")
"""An instance takes endpoints of its allowed consumer projects, given by id or number, and of no other."""
REPLICATION = Source("https://cloud.google.com/sql/docs/postgres/replication")
"""A read replica takes no writes."""

VERSIONS: dict[str, tuple[Edition, ...]] = {
    "POSTGRES_9_6": ("ENTERPRISE",),
    "POSTGRES_10": ("ENTERPRISE",),
    "POSTGRES_11": ("ENTERPRISE",),
    "POSTGRES_12": ("ENTERPRISE", "ENTERPRISE_PLUS"),
    "POSTGRES_13": ("ENTERPRISE", "ENTERPRISE_PLUS"),
    "POSTGRES_14": ("ENTERPRISE", "ENTERPRISE_PLUS"),
    "POSTGRES_15": ("ENTERPRISE", "ENTERPRISE_PLUS"),
    "POSTGRES_16": ("ENTERPRISE", "ENTERPRISE_PLUS"),
    "POSTGRES_17": ("ENTERPRISE", "ENTERPRISE_PLUS"),
    "POSTGRES_18": ("ENTERPRISE", "ENTERPRISE_PLUS"),
}
"""Versions that an instance may be created with, and the editions that each comes in."""

POSTGRES_PORT = 5432
POOLER_PORT = 6432
"""Port of managed connection pooling: clients of it share a few connections to the database."""
POOLER = Source("https://cloud.google.com/sql/docs/postgres/managed-connection-pooling")
PLUS_ONLY = "data cache and managed connection pooling come with edition ENTERPRISE_PLUS only"
VCPUS = Limit("a custom tier has 1 vCPU or an even number up to 96", 1, 96, SETTINGS, step=1)
N4_VCPUS = Limit("an N4 tier has an even number of vCPUs, 2 to 80", 2, 80, SERIES, step=2)
MEMORY_STEP_MB = 256
LEAST_MEMORY_MB = 3840
LEAST_MB_PER_VCPU = 0.9 * 1024
MOST_MB_PER_VCPU = 6.5 * 1024
N4_MB_PER_VCPU = (2 * 1024, int(7.8 * 1024))

BACKUPS_RETAINED = Limit("Cloud SQL keeps 1 to 365 automated backups", 1, 365, BACKUPS, step=1)
PITR_DAYS: dict[Edition, Limit] = {
    "ENTERPRISE": Limit("ENTERPRISE keeps 1 to 7 days of write-ahead log", 1, 7, PITR, step=1),
    "ENTERPRISE_PLUS": Limit("ENTERPRISE_PLUS keeps 1 to 35 days of write-ahead log", 1, 35, PITR, step=1),
}
DISK_GB: dict[DiskType, Limit] = {
    "PD_SSD": Limit("a Cloud SQL SSD has 10 to 65536 GB", 10, 65_536, SETTINGS, step=1),
    "HYPERDISK_BALANCED": Limit(
        "a Cloud SQL Hyperdisk Balanced has 20 to 65536 GB", 20, 65_536, SERIES, step=1
    ),
}
MAINTENANCE_DAY = Limit("a maintenance window's day is 1 (Monday) to 7 (Sunday)", 1, 7, SETTINGS, step=1)
MAINTENANCE_HOUR = Limit("a maintenance window's hour is 0 to 23, in UTC", 0, 23, SETTINGS, step=1)
NAME_KEPT_DAYS = 7
"""Days for which the name of a deleted instance cannot be used again."""


@dataclass(frozen=True, slots=True)
class Tier:
    """A machine tier.

    Attributes:
        name: Its name, as in `settings.tier`.
        family: The machine series that it belongs to.
        vcpus: vCPUs; 1 for a shared core, of which it has a part.
        memory_mb: Memory in MB (1,024 KB to the MB, as Google counts tiers).
        edition: The one edition that takes it.
        disk_type: The disk that it takes.
    """

    name: str
    family: Family
    vcpus: int
    memory_mb: int
    edition: Edition
    disk_type: DiskType

    @property
    def shared_core(self) -> bool:
        """Whether it shares its core, and so stands outside the service level agreement."""
        return self.family == "shared-core"


_GB = 1024
_N2_MEMORY_GB = {2: 16, 4: 32, 8: 64, 16: 128, 32: 256, 48: 384, 64: 512, 80: 640, 96: 768, 128: 864}
_C4A_MEMORY_GB = {2: 16, 4: 32, 8: 64, 16: 128, 32: 256, 48: 384, 64: 512, 72: 576}

FIXED_TIERS = {
    tier.name: tier
    for tier in (
        Tier("db-f1-micro", "shared-core", 1, 614, "ENTERPRISE", "PD_SSD"),
        Tier("db-g1-small", "shared-core", 1, 1740, "ENTERPRISE", "PD_SSD"),
        *(
            Tier(f"db-perf-optimized-N-{n}", "perf-optimized", n, gb * _GB, "ENTERPRISE_PLUS", "PD_SSD")
            for n, gb in _N2_MEMORY_GB.items()
        ),
        *(
            Tier(f"db-c4a-highmem-{n}", "c4a", n, gb * _GB, "ENTERPRISE_PLUS", "HYPERDISK_BALANCED")
            for n, gb in _C4A_MEMORY_GB.items()
        ),
    )
}
"""The tiers that have a name of their own; all others are `db-custom-…`."""

SMALLEST_OWN_CORE = f"db-custom-1-{LEAST_MEMORY_MB}"
"""The smallest tier that does not share its core."""

_CUSTOM = re.compile(r"db-custom-(?P<n4>N4-)?(?P<vcpus>\d{1,4})-(?P<memory>\d{1,7})")


def parse_tier(name: str) -> Tier | Breach:
    """Read a tier's name; a breach when Google has no such tier for PostgreSQL."""
    if name in FIXED_TIERS:
        return FIXED_TIERS[name]
    match = _CUSTOM.fullmatch(name)
    if match is None:
        why = (
            "PostgreSQL takes db-custom-CPU-MB, db-custom-N4-CPU-MB, db-f1-micro or db-g1-small (ENTERPRISE) "
            "and db-perf-optimized-N-CPU or db-c4a-highmem-CPU (ENTERPRISE_PLUS)"
        )
        return Breach(f"is {name!r}", why, SERIES, "db-custom-4-16384")
    vcpus, memory_mb = int(match["vcpus"]), int(match["memory"])
    if match["n4"]:
        return _n4_tier(name, vcpus, memory_mb)
    return _custom_tier(name, vcpus, memory_mb)


def smallest_tiers(edition: Edition, disk_type: DiskType, memory_mb: int) -> Iterator[Tier]:
    """Of every number of vCPUs the smallest tier with at least so much memory, where there is one.

    Args:
        edition: The edition that takes them.
        disk_type: The disk that they take.
        memory_mb: Least memory, in MB.
    """
    for fixed in FIXED_TIERS.values():
        if (fixed.edition, fixed.disk_type) == (edition, disk_type) and fixed.memory_mb >= memory_mb:
            yield fixed
    if edition != "ENTERPRISE":
        return
    infix = "N4-" if disk_type == "HYPERDISK_BALANCED" else ""
    for vcpus in (1, *range(2, int(VCPUS.high) + 1, 2)):
        least = _n4_memory(vcpus)[0] if infix else _custom_memory(vcpus)[0]
        memory = max(least, -(-memory_mb // MEMORY_STEP_MB) * MEMORY_STEP_MB)
        tier = parse_tier(f"db-custom-{infix}{vcpus}-{memory}")
        if isinstance(tier, Tier):  # the family ends before that number of vCPUs, or before that much memory
            yield tier


def largest_tier(edition: Edition, disk_type: DiskType) -> Tier:
    """The tier with most memory of an edition on a disk."""
    names = [one.name for one in FIXED_TIERS.values() if (one.edition, one.disk_type) == (edition, disk_type)]
    if edition == "ENTERPRISE" and disk_type == "PD_SSD":
        names.append(f"db-custom-{VCPUS.high:g}-{_custom_memory(int(VCPUS.high))[1]}")
    elif edition == "ENTERPRISE":
        names.append(f"db-custom-N4-{N4_VCPUS.high:g}-{_n4_memory(int(N4_VCPUS.high))[1]}")
    tiers = (parse_tier(name) for name in names)
    return max((tier for tier in tiers if isinstance(tier, Tier)), key=lambda tier: tier.memory_mb)


def _custom_tier(name: str, vcpus: int, memory_mb: int) -> Tier | Breach:
    if not VCPUS.holds(vcpus) or (vcpus > 1 and vcpus % 2):
        right = max(1, int(VCPUS.nearest(vcpus)) // 2 * 2)
        example = _custom_name(right, memory_mb)
        return Breach(f"is {name!r}, with {vcpus} vCPUs", VCPUS.says, SETTINGS, example)
    least, most = _custom_memory(vcpus)
    if memory_mb % MEMORY_STEP_MB or not least <= memory_mb <= most:
        why = (
            f"a custom tier's memory is a multiple of {MEMORY_STEP_MB} MB, at least {LEAST_MEMORY_MB} MB and "
            f"0.9 to 6.5 GB a vCPU: {least} to {most} MB with {vcpus} vCPUs"
        )
        return Breach(f"is {name!r}", why, SETTINGS, _custom_name(vcpus, memory_mb))
    return Tier(name, "custom", vcpus, memory_mb, "ENTERPRISE", "PD_SSD")


def _custom_memory(vcpus: int) -> tuple[int, int]:
    """Least and most memory in MB of a custom tier with so many vCPUs, both multiples of 256."""
    steps = -(-max(LEAST_MB_PER_VCPU * vcpus, LEAST_MEMORY_MB) // MEMORY_STEP_MB)
    return int(steps) * MEMORY_STEP_MB, int(MOST_MB_PER_VCPU * vcpus // MEMORY_STEP_MB) * MEMORY_STEP_MB


def _n4_memory(vcpus: int) -> tuple[int, int]:
    """Least and most memory in MB of an N4 tier with so many vCPUs, both multiples of 256."""
    return N4_MB_PER_VCPU[0] * vcpus, N4_MB_PER_VCPU[1] * vcpus // MEMORY_STEP_MB * MEMORY_STEP_MB


def _custom_name(vcpus: int, memory_mb: int) -> str:
    """Name of the custom tier with so many vCPUs whose memory is nearest, from below where it can be."""
    least, most = _custom_memory(vcpus)
    return f"db-custom-{vcpus}-{min(max(memory_mb // MEMORY_STEP_MB * MEMORY_STEP_MB, least), most)}"


def _n4_tier(name: str, vcpus: int, memory_mb: int) -> Tier | Breach:
    if not N4_VCPUS.holds(vcpus):
        right = int(N4_VCPUS.nearest(vcpus))
        return Breach(
            f"is {name!r}, with {vcpus} vCPUs", N4_VCPUS.says, SERIES, f"db-custom-N4-{right}-{right * 4096}"
        )
    least, most = _n4_memory(vcpus)
    if memory_mb % MEMORY_STEP_MB or not least <= memory_mb <= most:
        why = (
            f"an N4 tier's memory is a multiple of {MEMORY_STEP_MB} MB, 2 to 7.8 GB a vCPU: "
            f"{least} to {most} MB with {vcpus} vCPUs"
        )
        right = min(max(memory_mb // MEMORY_STEP_MB * MEMORY_STEP_MB, least), most)
        return Breach(f"is {name!r}", why, SERIES, f"db-custom-N4-{vcpus}-{right}")
    return Tier(name, "custom-n4", vcpus, memory_mb, "ENTERPRISE", "HYPERDISK_BALANCED")


def default_edition(version: str) -> Edition:
    """The edition that Google chooses when none is written: ENTERPRISE_PLUS from PostgreSQL 16 on."""
    major = int(version.removeprefix("POSTGRES_").split("_")[0])
    return "ENTERPRISE_PLUS" if major >= 16 else "ENTERPRISE"  # noqa: PLR2004 - the version is the fact


def no_version(version: str) -> Breach:
    """That Google has no such version, and which it has."""
    why = f"Cloud SQL for PostgreSQL has {', '.join(VERSIONS)}"
    return Breach(f"is {version!r}", why, SETTINGS, next(reversed(VERSIONS)))


def check_version(version: str, edition: Edition) -> Breach | None:
    """Whether Google has this version, and has it in this edition."""
    if version not in VERSIONS:
        return no_version(version)
    if edition not in VERSIONS[version]:
        oldest = next(name for name, editions in VERSIONS.items() if edition in editions)
        return Breach(f"is {version!r}", f"{edition} begins with {oldest}", SETTINGS, oldest)
    return None


def check_edition(edition: Edition, tier: Tier) -> Breach | None:
    """Whether the edition takes the tier; it passes Google's preview and fails at create when it does not."""
    if edition == tier.edition:
        return None
    why = f"the tier {tier.name} comes only in edition {tier.edition}; the create fails though previews pass"
    return Breach(f"is {edition}", why, EDITIONS, tier.edition)
