"""What is promised, and the alerts that say how fast the promise is being spent.

Owns the objectives (availability and, where it is set, latency), and burn rates over two windows each: the
long one says that it matters, the short one that it still goes on. At 14.4 times the pace the budget of 28
days lasts two days, at 6 times five.

Source: https://cloud.google.com/stackdriver/docs/solutions/slo-monitoring/alerting-on-budget-burn-rate
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from components.monitoring.alert import Alert, Condition, Weight, run_services, series
from components.monitoring.services import LATENCIES, REQUESTS, REVISION

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from components.settings import PlatformSettings

PERIOD_DAYS = 28
LATENCY_SHARE = 0.95


@dataclass(frozen=True, slots=True)
class Objective:
    """One service level objective.

    Attributes:
        service: Key of the service.
        name: Id of the SLO, unique in its service.
        says: What is promised.
        goal: Share that must be good.
        sli: How good is told from bad, as the API takes it.
    """

    service: str
    name: str
    says: str
    goal: float
    sli: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Burn:
    """How fast is too fast, over a long and a short window in seconds."""

    alert: Alert
    rate: float
    windows: tuple[int, int]

    def conditions(self, slo: str) -> Sequence[Condition]:
        """Both windows burn faster; `slo` is the objective's whole name."""
        return [
            Condition(
                f"burns {self.rate:g} times too fast over {seconds // 60} minutes",
                f'select_slo_burn_rate("{slo}", "{seconds}s")',
                self.rate,
                aligner="",
                duration=0,
            )
            for seconds in self.windows
        ]


def objectives(settings: PlatformSettings) -> Iterator[Objective]:
    """What the settings promise, by service."""
    promised = settings.monitoring.objectives if settings.monitoring else {}
    for key, promise in sorted(promised.items()):
        asked = f"{series(REQUESTS, REVISION)} AND {run_services(settings, [key])}"
        ratio = {
            "total_service_filter": asked,
            "bad_service_filter": f'{asked} AND metric.labels.response_code_class="5xx"',
        }
        says = f"{promise.availability:.2%} of requests do not fail"
        yield Objective(key, "availability", says, promise.availability, {"good_total_ratio": ratio})
        if promise.latency_ms is None:
            continue
        took = (
            f"{series(LATENCIES, REVISION)} AND {run_services(settings, [key])} "
            'AND metric.labels.response_code_class!="1xx"'
        )
        cut = {"distribution_filter": took, "range": {"min": 0, "max": promise.latency_ms}}
        says = f"{LATENCY_SHARE:.0%} of requests take at most {promise.latency_ms} ms"
        yield Objective(key, "latency", says, LATENCY_SHARE, {"distribution_cut": cut})


_LOOK = (
    "Which promise of which service: the incident's condition names it.",
    "What changed when it began: a revision, a setting, a provider.",
    "The alerts beside it: an objective says that it hurts, they say where.",
)
_ASK = ("plumb verify STACK", "plumb check STACK")


def _nobody(_settings: PlatformSettings) -> Sequence[str]:
    return []


def _nothing(_settings: PlatformSettings) -> Sequence[Condition]:
    return []


BURNS = (
    Burn(
        Alert(
            "objective-burns-fast",
            "A promise will be broken within two days",
            Weight.OUTAGE,
            "The errors that 28 days may have are being spent 14 times too fast, over an hour and still.",
            _LOOK,
            _ASK,
            _nobody,
            _nothing,
            together=True,
        ),
        14.4,
        (3_600, 300),
    ),
    Burn(
        Alert(
            "objective-burns-slowly",
            "A promise will be broken within five days",
            Weight.DEGRADED,
            "The errors that 28 days may have are being spent 6 times too fast, over six hours and still.",
            _LOOK,
            _ASK,
            _nobody,
            _nothing,
            together=True,
        ),
        6,
        (21_600, 1_800),
    ),
)
ALERTS = tuple(burn.alert for burn in BURNS)
