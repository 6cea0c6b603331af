"""Settings of a deploy: how the traffic moves to a new revision.

No resource is made of them: `plumb deploy` reads them.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated

from catalog.source import Breach, Limit
from components.settings.base import Section
from components.settings.fields import Checked, within

_WHOLE = 100
_DEFAULT = (10, 50, _WHOLE)
_PAUSE = Limit("a pause is at most an hour: the pipeline waits for it", 0, 3600)


def check_percentages(percentages: Sequence[int]) -> Breach | None:
    """Whether these are shares that rise to all of the traffic."""
    rising = all(one < other for one, other in pairwise(percentages))
    if percentages and percentages[0] > 0 and rising and percentages[-1] == _WHOLE:
        return None
    why = "the new revision's share rises from step to step, and a deploy ends with all of the traffic on it"
    return Breach(f"is {list(percentages)}", why, None, str(list(_DEFAULT)))


Percentages = Annotated[
    Sequence[int],
    Checked(
        check_percentages, list(_DEFAULT), (("items", {"type": "integer", "minimum": 1, "maximum": _WHOLE}),)
    ),
]
PauseSeconds = Annotated[int, within(_PAUSE, 60)]


class RolloutSettings(Section):
    """How `plumb deploy` moves the traffic to a new revision."""

    percentages: Percentages = _DEFAULT
    """Shares of the new revision, rising to 100; the probes run after each. Default 10, 50, 100."""
    pause_seconds: PauseSeconds = 60
    """Seconds between a step and its probes. Default 60."""
