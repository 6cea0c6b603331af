"""One resource that is held against limits, and what was found so far.

Owns the words of a claim about a limit. What stands in a secret is judged and never shown: nor are the
catalogue's words about it then, for they quote.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from catalog.source import Breach
from policies.plan import Resource, Secret, Unknown, Value
from policies.plan.values import at, bare, text
from policies.verdict import Claim, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from catalog.source import Limit

UNKNOWN_CAUSE: Final = "LIMIT_UNKNOWN"
Step: TypeAlias = "str | int"


def number(value: Value) -> float | Unknown | str | None:
    """The value as a number, also from text (`"3"`); the text itself where it is none; None for nothing."""
    here = bare(value)
    if isinstance(here, int | float) and not isinstance(here, bool):
        return here
    spelled = text(here)
    if not isinstance(spelled, str):
        return spelled
    try:
        read = float(spelled)
    except ValueError:
        return spelled or None
    return read if math.isfinite(read) else spelled


@dataclass
class Subject:
    """One resource.

    Attributes:
        resource: What is judged.
        shown: What it is called in messages.
        claims: What is wrong with it.
    """

    resource: Resource
    shown: str
    claims: list[Claim] = field(default_factory=list)

    def number(self, cause: str, *path: Step) -> float | None:
        """The number at a path. What is unknown or no number is claimed, and None like what is absent."""
        value = self.resource.at(*path)
        read = number(value)
        if isinstance(read, Unknown):
            self.unknown(written(path))
        elif isinstance(read, str):
            said = Breach(f"is {read!r}", "it is no number")
            self.refute(cause, written(path), said, hidden=isinstance(value, Secret))
        else:
            return read
        return None

    def text(self, *path: Step) -> str | None:
        """The text at a path. What is unknown is claimed, and None like what is absent or empty."""
        read = text(self.resource.at(*path))
        if isinstance(read, Unknown):
            self.unknown(written(path))
            return None
        return read or None

    def flag(self, *path: Step) -> bool | None:
        """Whether a switch is on; None when it is not set. One that is unknown is claimed, and None."""
        read = self.text(*path)
        return None if read is None else read == "true"

    def hold(self, cause: str, limit: Limit, *path: Step) -> float | None:
        """Holds the number at a path against a limit; the number where it is known and within it."""
        read = self.number(cause, *path)
        breach = None if read is None else limit.check(read)
        self.judge(cause, path, breach)
        return read if breach is None else None

    def hold_text(self, cause: str, check: Callable[[str], Breach | None], *path: Step) -> str | None:
        """Holds the text at a path against a check; the text where it is known and passes."""
        read = self.text(*path)
        breach = None if read is None else check(read)
        self.judge(cause, path, breach)
        return read if breach is None else None

    def judge(self, cause: str, path: tuple[Step, ...], breach: Breach | None) -> None:
        """Claims a breach of what stands at a path, if there is one."""
        if breach is not None:
            hidden = isinstance(at(self.resource.inputs, *path), Secret)
            self.refute(cause, written(path), breach, hidden=hidden)

    def refute(
        self, cause: str, place: str, breach: Breach, *, fix: str | None = None, hidden: bool = False
    ) -> None:
        """Claims a breach at a place, which is a property as the program writes it."""
        message = f"{place} of {self.shown} {breach.what}"
        why: str | None = breach.reason
        if hidden:
            message, why = f"{place} of {self.shown} has a value that it must not have", None
            fix = f"correct {place}: it stands in a secret, and so is not shown"
        elif fix is None:
            fix = f"correct {place}"
            if breach.example is not None:
                # A number is what Google would take in its place; a name is one of many.
                fix = f"set {place} to {breach.example}"
                fix += ", for example" if isinstance(breach.example, str) else ""
        self._add(Claim(Verdict.REFUTED, cause, message, fix, (self.shown, place), why))

    def unknown(self, place: str, cause: str = UNKNOWN_CAUSE) -> None:
        """Claims that a place decides and is not known."""
        message = (
            f"cannot tell whether Google Cloud will accept {place} of {self.shown}: it is not known before "
            "the update"
        )
        fix = f"write {place} out as a plain value, or take it from the stack's configuration"
        self._add(Claim(Verdict.UNPROVEN, cause, message, fix, (self.shown, place)))

    def _add(self, claim: Claim) -> None:
        if all(other.path != claim.path for other in self.claims):  # the first word on a place is enough
            self.claims.append(claim)


def written(path: tuple[Step, ...]) -> str:
    """A path as a program writes it: `template.containers[0].image`."""
    said = ""
    for step in path:
        said += f"[{step}]" if isinstance(step, int) else f".{step}"
    return said.removeprefix(".")
