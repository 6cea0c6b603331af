"""Who is told, how loudly and how often: what a fault costs decides, not who shouts.

Owns the ladder. The revenue at risk and its owner are settings; how near to the users a fault is, the alert
says. The numbers are this project's own: of 500,000 dollars a year an hour's outage costs 57.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.monitoring.alert import Weight
    from components.settings import MonitoringSettings

LARGE_USD, NOTABLE_USD = 250_000, 25_000


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the ladder.

    Attributes:
        severity: Of the alert policy.
        pages: Whether the owner's `page` channel is told.
        tells: Whether the owner's `tell` channel is told.
        renotify_seconds: How often an open incident is told of again; Google allows 30 minutes to a day.
    """

    severity: str
    pages: bool
    tells: bool
    renotify_seconds: int


LADDER = (
    Rung("CRITICAL", pages=True, tells=True, renotify_seconds=30 * 60),
    Rung("ERROR", pages=True, tells=False, renotify_seconds=2 * 60 * 60),
    Rung("WARNING", pages=False, tells=True, renotify_seconds=24 * 60 * 60),
)


@dataclass(frozen=True, slots=True)
class Escalation:
    """What becomes of one alert.

    Attributes:
        rung: How loudly, and how often.
        channels: Keys of the channels, each once.
        owners: Who answers for it.
        revenue_usd: What is at risk.
    """

    rung: Rung
    channels: tuple[str, ...]
    owners: tuple[str, ...]
    revenue_usd: int


def escalate(weight: Weight, concerned: Sequence[str], settings: MonitoringSettings) -> Escalation:
    """The escalation of an alert that concerns these services.

    One that concerns several is as urgent as the dearest of them, and tells every owner.
    """
    impacts = [settings.impacts[key] for key in concerned if key in settings.impacts]
    revenue = max((impact.revenue_at_risk_usd for impact in impacts), default=0)
    first = 0 if revenue >= LARGE_USD else 1 if revenue >= NOTABLE_USD else 2
    rung = LADDER[min(first + weight, len(LADDER) - 1)]
    owners = tuple(sorted({impact.owner for impact in impacts})) or tuple(sorted(settings.owners))
    channels = [
        channel
        for owner in owners
        for channel, told in (
            (settings.owners[owner].page, rung.pages),
            (settings.owners[owner].tell, rung.tells),
        )
        if told
    ]
    return Escalation(rung, tuple(dict.fromkeys(channels)), owners, revenue)
