"""What an alert is before it is a resource: why it exists, what it looks at, and whom it concerns.

Owns those shapes and the few ways to write a Cloud Monitoring filter. Owns no alert: each group of them is a
module beside this one. What an alert says of itself (`means`, `look`, `ask`) depends on no setting, so that
its page under docs/runbooks is the same for every stack.

Sources: https://cloud.google.com/monitoring/api/v3/filters,
https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

from catalog.metrics import USER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from components.settings import PlatformSettings

MINUTE = 60


class Weight(IntEnum):
    """How near to the users a fault is: each step away lowers severity, channel and repeat by one."""

    OUTAGE = 0
    """Users feel it now."""
    DEGRADED = 1
    """Some feel it, or all will soon."""
    NOTICE = 2
    """Nobody feels it yet."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that must hold for an incident to open.

    Attributes:
        says: What it looks at, in a few words.
        filter: The time series: one metric, one monitored resource.
        threshold: In the metric's own unit; None where the incident opens when no data comes at all.
        below: Whether the incident opens below the threshold rather than above.
        aligner: How the points of a period become one.
        period: That period in seconds, a multiple of 60.
        duration: For how long it must hold, in seconds, a multiple of 60.
        reducer: How several time series become one; empty for none.
        by: Labels that keep time series apart.
        of: The time series to divide by, aligned and reduced alike; empty for none.
    """

    says: str
    filter: str
    threshold: float | None
    below: bool = False
    aligner: str = "ALIGN_MEAN"
    period: int = 5 * MINUTE
    duration: int = 5 * MINUTE
    reducer: str = ""
    by: tuple[str, ...] = ()
    of: str = ""


@dataclass(frozen=True, slots=True)
class LogMetric:
    """A counter of log entries.

    Attributes:
        name: Its name, as it stands in `logging.googleapis.com/user/NAME`.
        says: What it counts.
        filter: Which entries, in Cloud Logging's language; None where the settings give nothing to count.
        labels: Labels, each with the field that it is extracted from.
    """

    name: str
    says: str
    filter: Callable[[PlatformSettings], str | None]
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def type(self) -> str:
        """Its metric type."""
        return f"{USER}{self.name}"


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert policy.

    Attributes:
        key: Its name: of the page, of the Pulumi resource, and in the policy's labels.
        title: What has happened, as the notification's subject has it.
        weight: How near to the users it is.
        means: What it means, in a sentence or two.
        look: The first three things to look at.
        ask: The rule, or the probe, that tells why: commands.
        concerns: Keys of the services that suffer.
        conditions: What must hold; none where a stack has nothing to watch.
        together: Whether all conditions must hold, rather than any.
        counts: The log-based metrics that its conditions look at.
    """

    key: str
    title: str
    weight: Weight
    means: str
    look: tuple[str, str, str]
    ask: tuple[str, ...]
    concerns: Callable[[PlatformSettings], Sequence[str]]
    conditions: Callable[[PlatformSettings], Sequence[Condition]]
    together: bool = False
    counts: tuple[LogMetric, ...] = ()


def everyone(settings: PlatformSettings) -> Sequence[str]:
    """Every service."""
    return sorted(settings.services)


def of_database(settings: PlatformSettings) -> Sequence[str]:
    """The services that use the database."""
    return [key for key, service in sorted(settings.services.items()) if service.database is not None]


def of_cache(settings: PlatformSettings) -> Sequence[str]:
    """The services that use the cache."""
    return [key for key, service in sorted(settings.services.items()) if service.cache]


def in_the_network(settings: PlatformSettings) -> Sequence[str]:
    """The services that reach into the network."""
    return [key for key, service in sorted(settings.services.items()) if service.has_private_route]


def series(metric: str, resource: str, **labels: str) -> str:
    """A filter: one metric of one monitored resource, and what its resource labels must be."""
    parts = [f'metric.type="{metric}"', f'resource.type="{resource}"']
    return " AND ".join([*parts, *(f'resource.labels.{name}="{value}"' for name, value in labels.items())])


def run_services(settings: PlatformSettings, keys: Sequence[str] | None = None) -> str:
    """A filter's part: revisions of these services of the stack, or of all of them."""
    names = sorted(settings.services[key].name for key in (keys if keys is not None else settings.services))
    if len(names) == 1:
        return f'resource.labels.service_name="{names[0]}"'
    quoted = ", ".join(f'"{name}"' for name in names)
    return f"resource.labels.service_name=one_of({quoted})"


def logged_services(settings: PlatformSettings, keys: Sequence[str] | None = None) -> str:
    """The same for Cloud Logging, whose language has no `one_of`."""
    names = sorted(settings.services[key].name for key in (keys if keys is not None else settings.services))
    quoted = " OR ".join(f'"{name}"' for name in names)
    return f'resource.type="cloud_run_revision" AND resource.labels.service_name=({quoted})'
