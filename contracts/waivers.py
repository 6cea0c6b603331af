"""Waivers: findings that are let pass for a while, by somebody who answers for them. The shape of their file.

Owns what a waiver is and when it holds. Whether one is used, and what is wrong with one that must not hold,
is judged where the findings are (`policies.waivers`): a waiver without an owner can be read, it lets nothing
pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Final

from pydantic import AfterValidator, Field, StrictStr, model_validator

from contracts.fields import EnvironmentName, Model, fault

LONGEST: Final = timedelta(days=90)
BREAK_GLASS: Final = timedelta(hours=24)
_APPROVERS: Final = 2
# The rule that judges waivers. One that lets it pass would let itself pass.
RULE: Final = "waiver"


def _moment(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


class BreakGlass(Model):
    """An emergency: two people let a finding pass for a day."""

    approved_by: tuple[StrictStr, ...] = Field(
        min_length=1, description="The two people who let it pass: two different names."
    )
    at: Annotated[datetime, AfterValidator(_moment)] = Field(
        description="When they did; UTC where no zone is written. It holds for 24 hours."
    )

    @model_validator(mode="after")
    def _two_people(self) -> BreakGlass:
        people = {name.strip().casefold() for name in self.approved_by} - {""}
        if len(people) < _APPROVERS:
            raise fault(
                "approvedBy names fewer than two people",
                "nobody breaks the glass alone",
                "approvedBy: [on-call@example.com, lead@example.com]",
            )
        return self


class WaiverEntry(Model):
    """One waiver as it is written."""

    rule: StrictStr = Field(min_length=1, description="The id of the rule: sql-regional.")
    resource: StrictStr = Field(
        min_length=1, description="The resource's name in the program, or its URN; no pattern."
    )
    environment: EnvironmentName = Field(description="Where it holds; a waiver never holds everywhere.")
    reason: StrictStr = Field(min_length=1, description="Why this may pass for now.")
    owner: StrictStr | None = Field(
        None, description="Who answers for it: a person or a team. Without one it lets nothing pass."
    )
    expires: date | None = Field(
        None, description="The last day it holds (UTC), at most 90 days from the day it is read."
    )
    break_glass: BreakGlass | None = Field(
        None, description="In place of expires: an emergency, for 24 hours, on the word of two people."
    )

    @model_validator(mode="after")
    def _ends(self) -> WaiverEntry:
        if (self.expires is None) == (self.break_glass is None):
            raise fault(
                "a waiver wants exactly one of expires and breakGlass",
                "what never ends is no waiver, and what ends twice ends nobody knows when",
                "expires: 2026-01-31",
            )
        if self.rule == RULE:
            raise fault(
                f"rule {RULE} cannot be waived",
                "a waiver that lets waivers pass lets everything pass",
                "mend the waiver that is refused",
            )
        return self


class WaiversFile(Model):
    """`waivers`: what is let pass."""

    waivers: tuple[WaiverEntry, ...]


@dataclass(frozen=True, slots=True)
class Waiver:
    """A waiver and where it is written.

    Attributes:
        rule: The id of the rule.
        resource: The resource's name in the program, or its URN.
        owner: Who answers for it; empty where nobody does.
        until: The moment it ends.
        since: The moment it begins to hold; None for one that held from the day it was written.
        approved_by: The people who broke the glass; empty for an ordinary one.
        file: As problems of contracts name it.
        line: Counted from 1.
    """

    rule: str
    resource: str
    environment: str
    reason: str
    owner: str
    until: datetime
    since: datetime | None = None
    approved_by: tuple[str, ...] = ()
    file: str = ""
    line: int = 1

    @property
    def expires(self) -> date:
        """The last day it holds, in UTC."""
        return (self.until - timedelta(microseconds=1)).date()

    @property
    def break_glass(self) -> bool:
        """Whether it is an emergency's."""
        return bool(self.approved_by)

    @classmethod
    def placed(cls, entry: WaiverEntry, file: str, line: int) -> Waiver:
        """The waiver of an entry that was read."""
        glass = entry.break_glass
        return cls(
            rule=entry.rule,
            resource=entry.resource,
            environment=entry.environment,
            reason=entry.reason,
            owner=(entry.owner or "").strip() or (", ".join(glass.approved_by) if glass else ""),
            until=glass.at + BREAK_GLASS if glass else _end_of(entry.expires),
            since=glass.at if glass else None,
            approved_by=glass.approved_by if glass else (),
            file=file,
            line=line,
        )


def _end_of(day: date | None) -> datetime:
    if day is None or day == date.max:  # no other end is there, says the entry; and no day follows the last
        return datetime.max.replace(tzinfo=UTC)
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=UTC)
