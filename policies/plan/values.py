"""The values a plan holds: JSON's, and two of their own, `UNKNOWN` and `Secret`.

Owns how a value is read, compared and shown. Does not know where values come from: every source of a plan
hands its strings and objects through `from_string` and `from_object` and so agrees with every other.

Reading never raises. What is unknown is `UNKNOWN`, what is absent is `None`, what stands inside a secret is a
`Secret` itself. What a source hides for good (`pulumi preview --json` prints `[secret]`) is `MASKED`: a
secret that nobody can look into. It reads as unknown, and `READS` remembers that a mask was in the way.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NoReturn, TypeAlias, TypeVar, final

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

Answer = TypeVar("Answer")

# The engine's own marks for a value that is not known yet, one for each kind of value
# (https://github.com/pulumi/pulumi/blob/v3.259.0/sdk/go/common/resource/plugin/rpc.go).
UNKNOWN_MARKS: Final = frozenset(
    {
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # boolean
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",  # string
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)

# The key under which an object tells that it is more than an object, and what it may tell
# (https://github.com/pulumi/pulumi/blob/v3.259.0/sdk/go/common/resource/sig/sig.go).
SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a mark of the wire format
OUTPUT_SIGNATURE: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
RESOURCE_SIGNATURE: Final = "5cf8f73096256a8f31e491e813e4eb8e"

# What a program that is run without an engine is given in place of a value that is not to be had. It may put
# them into longer strings, which then are as little known.
STAND_IN: Final = "plumb-stand-in-c2a51e76"
UNKNOWN_STAND_IN: Final = f"{STAND_IN}-unknown"
MASKED_STAND_IN: Final = f"{STAND_IN}-masked"
# Likewise for a number, which has no room for words: one that nobody writes, and that a float holds exactly.
NUMBER_STAND_IN: Final = 8613527904141603
_DIGITS: Final = str(NUMBER_STAND_IN)

_DEFAULTS: Final = "__defaults"
_HIDDEN: Final = "[secret]"


@final
class Unknown:
    """A value that exists once the update has run, and not before. There is one: `UNKNOWN`.

    It has no truth value: a rule that asks `if value:` without asking `value is UNKNOWN` first would pass or
    refuse by accident, so that question is a TypeError, which the judge turns into a refusal.
    """

    _only: Unknown | None = None

    def __new__(cls) -> Unknown:
        """Returns the one unknown, so that `is` may compare it."""
        if cls._only is None:
            cls._only = super().__new__(cls)
        return cls._only

    def __repr__(self) -> str:
        """Shows as its name."""
        return "UNKNOWN"

    def __bool__(self) -> NoReturn:
        """Refuses: neither answer would be right."""
        raise TypeError("an unknown value is neither true nor false: compare it with `is UNKNOWN`")

    def __reduce__(self) -> tuple[type[Unknown], tuple[()]]:
        """Copies and pickles to itself."""
        return (Unknown, ())


UNKNOWN: Final = Unknown()


@final
class Secret:
    """A value that may be judged and must never be shown: every way of turning it into text hides it."""

    __slots__ = ("_hidden", "masked")

    def __init__(self, value: Value, *, masked: bool = False) -> None:
        """Hides a value; a secret in a secret is one secret.

        Args:
            value: What to hide.
            masked: Whether the source has hidden it already, so that nobody will ever tell what it is.
        """
        self._hidden: Value = value.judge(lambda hidden: hidden) if isinstance(value, Secret) else value
        self.masked: bool = masked or (isinstance(value, Secret) and value.masked)

    def judge(self, question: Callable[[Value], Answer]) -> Answer:
        """Asks something of the hidden value. The answer must not carry the value out into a message."""
        if self._hidden is UNKNOWN:
            READS.masked = self.masked
        return question(self._hidden)

    def __repr__(self) -> str:
        """Shows that there is a secret, never which."""
        return _HIDDEN

    def __eq__(self, other: object) -> bool:
        """Two secrets that hide the same are equal; a secret never equals a value that is not hidden."""
        return isinstance(other, Secret) and self._hidden == other._hidden

    def __hash__(self) -> int:
        """The same for all: a hash would tell two secrets apart in a log."""
        return hash(Secret)


class Reads:
    """What was in the way of the last read that found nothing it could judge.

    Attributes:
        masked: Whether it was a mask; else the value is merely not known yet. The judge clears it before each
            claim: what a rule cannot say because of a mask is not judged, and no fault of the program.
    """

    masked: bool = False


READS: Final = Reads()
MASKED: Final = Secret(UNKNOWN, masked=True)


@final
class Asset:
    """A file or an archive. Rules do not look into it, so nothing of it is kept."""

    def __repr__(self) -> str:
        """Shows as its name."""
        return "ASSET"


ASSET: Final = Asset()

Value: TypeAlias = (
    "bool | int | float | str | Unknown | Secret | Asset | Sequence[Value] | Mapping[str, Value] | None"
)


def from_number(number: float) -> Value:
    """A number as it was meant: the wire knows only floats, a port of 8000.0 is 8000."""
    if number == NUMBER_STAND_IN:
        return UNKNOWN
    return int(number) if number.is_integer() else number


def from_string(text: str) -> Value:
    """A string as it was meant: `UNKNOWN` for a mark or a stand-in, `MASKED` for a secret's stand-in."""
    if STAND_IN in text:
        return MASKED if MASKED_STAND_IN in text else UNKNOWN
    return UNKNOWN if text in UNKNOWN_MARKS or _DIGITS in text else text


def from_object(members: dict[str, Value]) -> Value:
    """An object as it was meant: a secret, an output, an asset, or an object without `__defaults`."""
    signature = members.get(SIGNATURE)
    if signature is None:
        members.pop(_DEFAULTS, None)
        return members
    if signature == SECRET_SIGNATURE:
        return _secret(members)
    if signature == OUTPUT_SIGNATURE:
        value = members.get("value", UNKNOWN)
        return Secret(value) if members.get("secret") is True else value
    if signature == RESOURCE_SIGNATURE:
        identity = members.get("id")
        return members.get("urn") if identity in (None, "") else identity
    return ASSET


def _secret(members: Mapping[str, Value]) -> Value:
    """A secret of the wire, or of a state: there it is encrypted, or JSON in the clear."""
    if "value" in members:
        return Secret(members["value"])
    plain = members.get("plaintext")
    if not isinstance(plain, str):
        return MASKED
    try:
        return Secret(from_json(json.loads(plain)))
    except ValueError:
        return MASKED


def from_json(read: object, *, masks: AbstractSet[str] = frozenset()) -> Value:
    """A value of a JSON document, as `json.loads` gives it.

    Args:
        read: The value.
        masks: Strings that the document has in place of a secret.
    """
    if isinstance(read, str):
        return MASKED if read in masks else from_string(read)
    if isinstance(read, float):
        return from_number(read)
    if isinstance(read, list):
        return [from_json(element, masks=masks) for element in read]
    if isinstance(read, dict):
        return from_object({str(key): from_json(member, masks=masks) for key, member in read.items()})
    return read if isinstance(read, bool | int) else None


# Nearly all are dicts, and asking for the abstract class costs ten times as much.
_OBJECTS: Final = (dict, Mapping)


def bare(value: Value) -> Value:
    """The value without its secrecy: to compare with, never to show."""
    if isinstance(value, Secret):
        return value.judge(lambda hidden: hidden)
    if value is UNKNOWN:
        READS.masked = False
    return value


def at(value: Value, *path: str | int) -> Value:
    """The value under a path of keys and indexes.

    Returns:
        `UNKNOWN` when the path leads through something unknown, `None` when there is nothing there, a
        `Secret` when the path leads through a secret.
    """
    hidden = masked = False
    for step in path:
        if isinstance(value, Secret):
            hidden, masked = True, value.masked
        here = bare(value)
        if here is UNKNOWN:
            value = UNKNOWN
            break
        if isinstance(step, str):
            value = here.get(step) if isinstance(here, _OBJECTS) else None
        else:
            value = here[step] if isinstance(here, list | tuple) and -len(here) <= step < len(here) else None
    if value is UNKNOWN and not hidden:
        READS.masked = False
    return Secret(value, masked=masked) if hidden and value is not None else value


def elements(value: Value) -> Sequence[Value] | Unknown:
    """The elements of a list; of nothing, none; a secret list gives secret elements."""
    here = bare(value)
    if here is UNKNOWN:
        return UNKNOWN
    found: Sequence[Value] = here if isinstance(here, list | tuple) else ()
    return [Secret(element) for element in found] if isinstance(value, Secret) else found


def text(value: Value) -> str | Unknown | None:
    """The value as an environment would carry it: to compare with, never to show.

    A number is written as the provider writes it, a boolean in lower case; a list or an object has no text.
    """
    here = bare(value)
    if here is UNKNOWN:
        return UNKNOWN
    if isinstance(here, bool):
        return "true" if here else "false"
    return str(here) if isinstance(here, str | int | float) else None


def show(value: Value) -> str:
    """A name or an id, safe to print: hides what is secret, says what is unknown.

    For identities only (a service's name, a secret's name). What a property holds is never shown: a plain
    value may be a secret that nobody marked.
    """
    if isinstance(value, Secret):
        return _HIDDEN
    if value is UNKNOWN:
        return "(not known yet)"
    return value if isinstance(value, str) else repr(value)
