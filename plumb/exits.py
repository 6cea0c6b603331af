"""What each command's exit codes mean: the one table, which the reference shows and a test holds.

Owns no code path: a command exits as its own module says, and the test runs each into each of these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

WRONG_ARGUMENTS: Final = "wrong arguments"
INTERRUPTED: Final = 130

EXITS: Final[Mapping[str, Mapping[int, str]]] = {
    "check": {0: "nothing is refused", 1: "something is refused", 2: "it could not judge"},
    "contract scan": {
        0: "code and contract agree",
        1: "they differ; with --strict also: it cannot tell",
        2: "code or contract could not be read",
    },
    "deploy": {
        0: "all traffic is on the new revisions",
        1: "it is not: refused, or given back",
        2: "it could not begin or go on",
    },
    "drift": {0: "nothing drifted", 1: "something did", 2: "it could not tell"},
    "explain": {
        0: "a rule's page was shown, or every route of the service is proven",
        1: "a route is not proven, or there is no such rule or service",
        2: "it could not judge",
    },
    "recover": {0: "the stack is in order", 1: "it is not: what is needed is said"},
    "rules": {0: "listed"},
    "schema": {0: "printed or written", 2: "it could not be written"},
    "size": {0: "something fits", 1: "nothing does", 2: "it could not size"},
    "verify": {0: "everything passed", 1: "something failed", 2: "it could not verify"},
}
