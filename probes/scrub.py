"""Takes every value of the environment out of a text, whatever wrote the text.

Owns that alone. Servers and libraries quote what they were given: a refused login names the user, a failed
parse repeats the line. Nothing leaves this program but through here.
"""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_SHORTEST_PLAIN: Final = 4
"""A plain value of fewer characters (a port's `1`, an `on`) tells nothing and would riddle every number."""
_SHORTEST_PART: Final = 12
WITHHELD: Final = "(words withheld: a secret may be in them)"


class Scrubber:
    """Replaces values by the names of their variables.

    Args:
        environ: The whole environment.
        secrets: The variables whose values are secrets; of these every form and every length is taken out.
    """

    def __init__(self, environ: Mapping[str, str], secrets: Iterable[str]) -> None:
        """Works out once what must not be shown."""
        self._names: dict[str, str] = {}
        self._whole: set[str] = set()
        self._short: set[str] = set()
        self._compiled: re.Pattern[str] | None = None
        hidden = set(secrets)
        for name in sorted(environ, key=lambda each: each not in hidden):
            if name in hidden:
                self.hide(environ[name], f"${name}")
            elif len(environ[name]) >= _SHORTEST_PLAIN:
                self._add(environ[name], f"${name}", whole=True)

    def hide(self, secret: str, shown: str) -> None:
        """Takes out one more secret from now on."""
        if not secret:
            return
        if len(secret) < _SHORTEST_PLAIN:
            self._short.add(secret)
        else:
            self._add(secret, shown)

    def _add(self, value: str, shown: str, *, whole: bool = False) -> None:
        for form in _forms(value):
            if form and self._names.setdefault(form, shown) == shown and whole:
                self._whole.add(form)
        self._compiled = None

    def __call__(self, text: str) -> str:
        """The text without values."""
        if self._compiled is None and self._names:
            # The longest first: of two values one may be part of the other.
            every = sorted(self._names, key=len, reverse=True)
            self._compiled = re.compile("|".join(map(self._pattern, every)))
        if self._compiled is not None:
            text = self._compiled.sub(lambda found: self._names[found[0]], text)
        # One or two characters cannot be told from the words around them.
        return WITHHELD if any(secret in text for secret in self._short) else text

    def _pattern(self, form: str) -> str:
        # A plain value, such as `require`, is also part of words that have nothing to do with it.
        return rf"(?<!\w){re.escape(form)}(?!\w)" if form in self._whole else re.escape(form)


def _forms(value: str) -> Iterator[str]:
    """The value and what libraries make of it when they quote it."""
    yield value
    yield value.strip()
    yield repr(value)[1:-1]
    yield json.dumps(value)[1:-1]
    yield quote(value)
    yield quote_plus(value)
    yield base64.b64encode(value.encode()).decode()
    for line in value.splitlines():
        if len(line) >= _SHORTEST_PART:
            yield line
