"""How the catalogue states a fact: a `Source`, a `Limit`, and the `Breach` of one.

Owns the three types. Does not own any fact.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact was read.

    Attributes:
        url: Page of Google's documentation, of the provider's, or of a standard.
        checked: False when the page could not be read again and the fact rests on a second-hand copy.
    """

    url: str
    checked: bool = True

    def __str__(self) -> str:
        """The address, as messages print it."""
        return self.url


@dataclass(frozen=True, slots=True)
class Breach:
    """A value that Google Cloud, or a rule with a source, does not allow.

    Attributes:
        what: What is wrong, as it follows a name: `is 100`.
        why: The rule that it breaks, as a sentence without a full stop.
        source: Where the rule is written; None for a rule of this project.
        example: A value that would be right in its place; None when there is no telling one.
    """

    what: str
    why: str
    source: Source | None = None
    example: object = None

    @property
    def reason(self) -> str:
        """The rule and where it is written."""
        return f"{self.why} ({self.source})" if self.source else self.why


@dataclass(frozen=True, slots=True)
class Limit:
    """A number that may lie between two others.

    Attributes:
        says: The rule as a sentence without a full stop.
        low: Smallest value allowed.
        high: Largest value allowed.
        source: Where the rule is written; None for a rule of this project.
        step: Values go up from `low` by this much; 0 allows any value between.
    """

    says: str
    low: float
    high: float
    source: Source | None = None
    step: float = 0

    def holds(self, value: float) -> bool:
        """Whether the value keeps the limit."""
        if not self.low <= value <= self.high:
            return False
        return not self.step or (value - self.low) % self.step == 0

    def nearest(self, value: float) -> float:
        """The allowed value nearest to this one, never above it unless it is below `low`."""
        bounded = min(max(value, self.low), self.high)
        if self.step:
            bounded -= (bounded - self.low) % self.step
        return bounded

    def check(self, value: float) -> Breach | None:
        """The breach, or None when the value keeps the limit."""
        if self.holds(value):
            return None
        return Breach(f"is {value:g}", self.says, self.source, _plain(self.nearest(value)))


def _plain(value: float) -> float:
    """The value as an integer where it is one, so that an example reads as one types it."""
    return int(value) if float(value).is_integer() else value
