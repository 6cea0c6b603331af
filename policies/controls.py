"""The clauses of public frameworks that rules serve, each with the page where it can be read.

Owns the constants that rules name as their `controls`. Only clauses that say what the rule holds stand here:
a mapping that nobody is sure of is left out, since an auditor would believe it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Control:
    """A clause of a framework that a rule serves.

    Attributes:
        framework: `SOC 2`, `HIPAA` or `CIS GCP`.
        clause: The clause as the framework numbers it.
        source: Where the clause can be read.
    """

    framework: str
    clause: str
    source: str


_SOC2: Final = "https://www.aicpa-cima.com/resources/download/2017-trust-services-criteria-with-revised-points-of-focus-2022"
_HIPAA: Final = (
    "https://www.ecfr.gov/current/title-45/subtitle-A/subchapter-C/part-164/subpart-C/section-164."
)
_CIS: Final = "https://www.cisecurity.org/benchmark/google_cloud_computing_platform"


def _soc2(clause: str) -> Control:
    return Control("SOC 2", clause, _SOC2)


def _hipaa(clause: str) -> Control:
    return Control("HIPAA", clause, _HIPAA + clause.partition(".")[2].partition("(")[0])


def _cis(clause: str) -> Control:
    return Control("CIS GCP", clause, _CIS)


# Logical access to what is protected; access from outside its boundary; data on the move.
SOC2_ACCESS: Final = _soc2("CC6.1")
SOC2_BOUNDARY: Final = _soc2("CC6.6")
SOC2_TRANSMISSION: Final = _soc2("CC6.7")
SOC2_MONITORING: Final = _soc2("CC7.2")
SOC2_CHANGE: Final = _soc2("CC8.1")
# Capacity; backup and recovery infrastructure.
SOC2_CAPACITY: Final = _soc2("A1.1")
SOC2_RECOVERY: Final = _soc2("A1.2")

HIPAA_AUDIT: Final = _hipaa("164.312(b)")
HIPAA_ENCRYPTION_AT_REST: Final = _hipaa("164.312(a)(2)(iv)")
HIPAA_ACCESS: Final = _hipaa("164.312(a)(1)")
HIPAA_TRANSMISSION: Final = _hipaa("164.312(e)(1)")
HIPAA_ENCRYPTION_ON_THE_MOVE: Final = _hipaa("164.312(e)(2)(ii)")
HIPAA_CONTINGENCY: Final = _hipaa("164.308(a)(7)(i)")
HIPAA_BACKUP: Final = _hipaa("164.308(a)(7)(ii)(A)")

# CIS Google Cloud Platform Foundation Benchmark 3.0.0, section 6: Cloud SQL.
CIS_SQL_TLS: Final = _cis("6.4")
CIS_SQL_NOT_THE_WORLD: Final = _cis("6.5")
CIS_SQL_NO_PUBLIC_ADDRESS: Final = _cis("6.6")
CIS_SQL_BACKUPS: Final = _cis("6.7")
