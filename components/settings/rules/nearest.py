"""The name that was probably meant. Owns the wording of that hint."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that looks most like this one; None when none does."""
    by_lower = {one.lower(): one for one in known}
    begun = [one for lower, one in by_lower.items() if len(name) > 2 and lower.startswith(name.lower())]  # noqa: PLR2004 - two letters begin too much
    if len(begun) == 1:
        return begun[0]
    close = get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[close[0]] if close else None


def listed(known: Iterable[str]) -> str:
    """Known names in one line."""
    return ", ".join(sorted(known)) or "none"
