"""Numbers that a service is told by its environment.

Owns why such a number may be missing. Never hands out the text of a value: only a number, or why there is
none.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Final, TypeAlias

from policies.plan import Unknown
from policies.plan.values import text
from policies.plan.workloads import environment

if TYPE_CHECKING:
    from contracts import Requirements
    from contracts.model import Pool
    from policies.plan import Resource
    from policies.plan.workloads import Environment


class Lack(Enum):
    """Why there is no number."""

    ABSENT = "absent"
    WRONG = "wrong"
    UNKNOWN = "unknown"


Number: TypeAlias = "float | Lack"
# Few digits: what is longer counts nothing, and may be a secret in the wrong place.
_NUMBER: Final = re.compile(r"-?\d{1,6}(\.\d{1,3})?")


def numbers_of(resource: Resource, requirements: Requirements | None) -> Environment:
    """The environment in which a service's numbers stand: that of its own container."""
    return environment(resource, None if requirements is None else requirements.container)


def number(env: Environment, variable: str) -> Number:
    """The number a variable holds. Written twice, the last counts."""
    spelled = env.variables.get(variable, ())
    if not spelled:
        return Lack.ABSENT if env.complete else Lack.UNKNOWN
    last = spelled[-1]
    value = text(last.value)
    if isinstance(value, Unknown) or last.from_secret is not False:
        return Lack.UNKNOWN
    if value is None or not value.strip():
        return Lack.ABSENT
    return float(value) if _NUMBER.fullmatch(value.strip()) else Lack.WRONG


def whole(env: Environment, variable: str, least: int) -> int | Lack:
    """A whole number of at least so much, as a count is."""
    found = number(env, variable)
    if isinstance(found, Lack):
        return found
    return int(found) if found.is_integer() and found >= least else Lack.WRONG


def pool_variables(required: Requirements | None) -> Pool:
    """The variables that say what a service asks of its database: its contract's, else the usual ones."""
    if required is not None and required.pool is not None:
        return required.pool
    # Imported here: who judges has read contracts by now, and the pack need not wait for it to start.
    from contracts.model import Pool  # noqa: PLC0415

    return Pool()
