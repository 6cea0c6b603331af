"""What is asked of a stack, and what is proposed for it: the sums step by step, and the settings to change.

Owns the order in which sizes follow from one another. How each follows is `services`', `database`'s and
`around`'s.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from plumb.sizing.stack import Change

if TYPE_CHECKING:
    from catalog.load import Load
    from catalog.sizing import Unfit
    from components.settings import PlatformSettings
    from components.settings.problem import Path


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked of a stack.

    Attributes:
        service: The service that is sized, by its key.
        load: Its load; None to keep its instances.
        pool: Connections that each of its processes is to have; None: what follows from the load, or as now.
        max_instances: Its most instances, at least; None: what follows from the load, or as now.
        concurrency: Requests that an instance of it answers at a time; None: as now.
        least_vcpus: Fewest vCPUs of the database.
        least_memory_mb: Least memory of the database, in MB.
    """

    service: str
    load: Load | None = None
    pool: int | None = None
    max_instances: int | None = None
    concurrency: int | None = None
    least_vcpus: int = 1
    least_memory_mb: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the arithmetic.

    Attributes:
        what: What is worked out.
        sum: How, with its result.
    """

    what: str
    sum: str


@dataclass
class Proposal:
    """What is proposed.

    Attributes:
        steps: The arithmetic, in order.
        changes: The settings that differ from what they are.
        unfit: What stops there being a proposal.
        notes: What the reader should know and no sum says.
    """

    steps: list[Step] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    unfit: list[Unfit] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def step(self, what: str, how: str) -> None:
        """Adds a line of the arithmetic."""
        self.steps.append(Step(what, how))

    def change(self, path: Path, now: object, then: object) -> None:
        """Adds a change, where it is one."""
        if now != then:
            self.changes.append(Change(path, now, then))


def propose(settings: PlatformSettings, ask: Ask, production: PlatformSettings | None = None) -> Proposal:
    """The cheapest sizes that the sizing rules accept.

    Args:
        settings: The stack's settings.
        ask: What is asked of it.
        production: Production's settings, of which staging must keep a part; None for any other stack.
    """
    # Each of these imports this module for its types.
    from plumb.sizing.around import size_cache, size_connector_of, size_subnet  # noqa: PLC0415
    from plumb.sizing.database import size_database_of  # noqa: PLC0415
    from plumb.sizing.services import size_service  # noqa: PLC0415

    result = Proposal()
    sized = size_service(result, settings, ask, production)
    services = {**settings.services, ask.service: sized}
    if any(one.database is not None for one in services.values()):
        size_database_of(result, settings, services, ask, production)
    size_connector_of(result, settings, sized, ask)
    size_subnet(result, settings, services)
    size_cache(result, settings, services, ask, production)
    return result


def number(value: float) -> str:
    """A number as a person reads it: at most two digits behind the point, none where they are nought."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
