"""What names and values say of themselves: a secret, a token by its shape, a stand-in for one.

Owns the words. Pure functions over text: no plan, no verdict.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")

_SECRET_NOUNS: Final = frozenset(
    {
        *("PASSWORD", "PASSWD", "PWD", "PASSPHRASE", "PASSCODE", "SECRET", "SECRETS", "TOKEN", "CREDENTIAL"),
        *("CREDENTIALS", "APIKEY", "PRIVATEKEY", "SECRETKEY", "PASS"),
    }
)
_KEYS_OF: Final = frozenset(
    {
        *(
            "API",
            "PRIVATE",
            "SECRET",
            "ACCESS",
            "ENCRYPTION",
            "SIGNING",
            "FERNET",
            "MASTER",
            "ACCOUNT",
            "AUTH",
        ),
        *("SESSION", "HMAC", "JWT", "CRYPTO", "SSH", "RSA", "AES", "COOKIE", "WEBHOOK", "LICENSE", "SERVICE"),
    }
)
# Said after the noun without making it another thing: which one, and how it is written.
_TAILS: Final = frozenset(
    {
        *(
            "STAGING",
            "STAGE",
            "STG",
            "PRODUCTION",
            "PROD",
            "PRD",
            "DEVELOPMENT",
            "DEV",
            "TEST",
            "TESTING",
            "QA",
        ),
        *(
            "UAT",
            "LOCAL",
            "OLD",
            "NEW",
            "CURRENT",
            "PREVIOUS",
            "NEXT",
            "PRIMARY",
            "SECONDARY",
            "BACKUP",
            "VALUE",
        ),
        *("BASE", "B64", "64", "JSON", "PEM", "HEX", "STRING", "V", "DEFAULT"),
    }
)
_PUBLIC: Final = frozenset({"PUBLIC", "PUBLISHABLE", "SITE", "NEXTPUBLIC"})
# Tokens that a model reads, not ones that let anybody in; and a shell's own directory.
_OTHER_TOKENS: Final = frozenset({"EOS", "BOS", "PAD", "STOP", "MASK", "UNK", "SEP", "MAX", "MIN", "NUM"})
_SHELL: Final = frozenset({"PWD", "OLDPWD"})
_PREFIXES: Final = ("VITE_", "REACT_APP_", "NEXT_PUBLIC_", "EXPO_PUBLIC_", "NUXT_PUBLIC_", "GATSBY_")

_LONG: Final = 40  # shorter than any key, in Base64
_PEM: Final = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\"private_key\"\s*:")
_URL: Final = re.compile(r"[a-z][a-z0-9+.-]*://[^\s/@:]*:(?P<password>[^\s/@]+)@", re.IGNORECASE)
_DSN: Final = re.compile(
    r"(?:^|[\s;?&])(?:password|pwd|sharedaccesskey|accountkey)=(?P<password>[^\s;&]+)", re.IGNORECASE
)
# https://datatracker.ietf.org/doc/html/rfc6750#section-2.1; Basic is a password in other letters.
_HEADER: Final = re.compile(
    r"\bbearer\s+[a-z0-9._~+/-]{16,}|\bauthorization:\s*basic\s+[a-z0-9+/]{8,}=*", re.IGNORECASE
)
# Cloud Run fills in $(NAME); ${NAME}, {name} and %NAME% are for the program to fill in.
_FILLED_IN: Final = re.compile(
    r"\$\([A-Za-z_]\w*\)|\$\{?[A-Za-z_]\w*\}?|\{\{?\s*[\w.]*\s*\}?\}|%[\w(]+\)?[%s]?"
)
# What issuers made recognisable, so that whoever finds one knows what it is. No part of it is ever told.
# https://docs.github.com/en/code-security/secret-scanning/introduction/supported-secret-scanning-patterns,
# https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
_ISSUED: Final = re.compile(
    r"""(?x)(?<![A-Za-z0-9_-])(?:
      sk-(?:proj-|svcacct-|ant-[a-z0-9]+-)?[A-Za-z0-9_-]{20,}
    | GOCSPX-[A-Za-z0-9_-]{20,}  | ya29\.[A-Za-z0-9_-]{20,}
    | gh[oprsu]_[A-Za-z0-9]{36,} | github_pat_[A-Za-z0-9_]{22,} | glpat-[A-Za-z0-9_-]{20,}
    | xox[abeoprs]-[A-Za-z0-9-]{10,} | xapp-[0-9]-[A-Za-z0-9-]{10,}
    | [rs]k_(?:live|test)_[A-Za-z0-9]{16,} | whsec_[A-Za-z0-9+/=]{24,}
    | SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{32,} | hf_[A-Za-z0-9]{30,} | npm_[A-Za-z0-9]{36,}
    | pypi-[A-Za-z0-9_-]{32,} | dop_v1_[a-f0-9]{64}
    )"""
)
# Keys that a browser may hold: those of Google's web APIs, and signed tokens made for anonymous users.
_ISSUED_FOR_ANYBODY: Final = re.compile(
    r"""(?x)(?<![A-Za-z0-9_-])(?:
      AIza[A-Za-z0-9_-]{35}
    | eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}
    )"""
)
# Where a secret lies, which is no secret.
_PLACE: Final = re.compile(
    r"(?:/|\./|file:|projects/[^/]+/secrets/|(?:gcp-)?sm://|gs://)\S*|\S+/versions/\d+"
)


def says_secret(name: str) -> bool:
    """Whether a variable's name says that it holds a secret."""
    if name.upper() in _SHELL or name.upper().startswith(_PREFIXES):
        return False
    words = words_of(name)
    if set(words) & _PUBLIC:
        return False
    while len(words) > 1 and (words[-1] in _TAILS or words[-1].isdigit()):
        words.pop()
    if not words:
        return False
    if words[-1] == "KEY":
        return len(words) > 1 and words[-2] in _KEYS_OF
    if words[-1] == "TOKEN" and set(words) & _OTHER_TOKENS:
        return False
    return words[-1] in _SECRET_NOUNS


def says_password(name: str) -> bool:
    """As `says_secret`, for a member of a configuration: there a lone `secret` may say which one."""
    return says_secret(name) and (
        len(words_of(name)) > 1 or words_of(name)[0] not in {"SECRET", "TOKEN", "KEY"}
    )


def is_place(value: str) -> bool:
    """Whether a value says where a secret lies, or is to be filled in, or is a switch: it is none itself."""
    said = value.strip()
    return bool(_PLACE.fullmatch(said) or _FILLED_IN.fullmatch(said)) or said.casefold() in {"true", "false"}


def says_public(name: str) -> bool:
    """Whether a variable's name says that everybody may read it: what a page in a browser is built with."""
    return name.upper().startswith(_PREFIXES) or bool(set(words_of(name)) & (_PUBLIC | {"ANON", "BROWSER"}))


def holds_secret(value: str, *, public: bool = False) -> bool:
    """Whether a value is a secret whatever its name: a private key, a connection's password, a token.

    Args:
        value: The value.
        public: Whether it is meant for a browser: keys that browsers may hold are then no secrets.
    """
    if _PEM.search(value) or _ISSUED.search(value) or _HEADER.search(value):
        return True
    if not public and _ISSUED_FOR_ANYBODY.search(value):
        return True
    plain = decoded(value) if len(value) >= _LONG else value
    if plain != value and _PEM.search(plain):
        return True
    found = [match["password"] for shape in (_URL, _DSN) for match in shape.finditer(value)]
    return any(not _FILLED_IN.fullmatch(password) for password in found)


def members(value: str) -> Iterator[tuple[str, str]]:
    """The names and texts that a JSON object holds, at any depth; none for what is no such object."""
    if not value.lstrip().startswith(("{", "[")):
        return
    try:
        waiting = [json.loads(value)]
    except (ValueError, RecursionError):
        return
    while waiting:
        here = waiting.pop()
        if isinstance(here, dict):
            for name, held in here.items():
                if isinstance(held, dict | list):
                    waiting.append(held)
                elif isinstance(held, str | bool | int):
                    yield name, str(held).lower() if isinstance(held, bool) else str(held)
        elif isinstance(here, list):
            waiting += here


def given_by_flag(arguments: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The options among a command's arguments that have a value: `--token=x` and `--token x` alike."""
    for here, after in zip(arguments, [*arguments[1:], ""], strict=True):
        name, equals, value = here.partition("=")
        if not name.startswith("-") or not name.strip("-"):
            continue
        if equals:
            yield name.lstrip("-"), value
        elif after and not after.startswith("-"):
            yield name.lstrip("-"), after


_STAND_IN: Final = re.compile(
    r"""(?x)
    <.*> | \{\{.*\}\} | \$\{.*\} | \$\(.*\) | %[A-Z_]+% | \[\w[\w\ -]*\bhere\]
    | x{3,} | \*{2,} | \.{2,} | -+ | 0+ | \?+
    | (?:please[\W_]*)?(?:change|replace|fill|set|update|edit)[\W_]*(?:me|this|it|in|with.*)
      (?:[\W_]+.*)?[!.]*
    | (?:your|my|insert|enter|put|add|some|the|a)[\W_].*(?:here|key|secret|password|token|value|goes.*)
    | (?:todo|tbd|tba|fixme|xxx|wip)(?:[\W_].*)?
    | (?:place[\W_]?holder|dummy|fake|sample|example|temp|temporary|default|stub|mock|foo|bar|foobar|baz)
      (?:[\W_]*(?:value|secret|password|token|key|api[\W_]?key|\d+))*
    | (?:none|null|nil|undefined|n/?a|empty|unset|unknown|nothing)
    | (?:secret|password|passwd|pass|token|key|api[\W_]?key|test|testing|admin|root|letmein|hunter2)\d*
    | (?:test|secret|password)[\W_]+(?:test|secret|password|key|token|value)
    | 12345\d* | qwerty
    """,
    re.IGNORECASE | re.DOTALL,
)


def is_stand_in(value: str) -> bool:
    """Whether a value stands where a secret is yet to come: empty, blank, `changeme`, `<your key>`."""
    said = value.strip().strip("\"'").strip()
    return not said or _STAND_IN.fullmatch(said) is not None


def decoded(value: str) -> str:
    """The text that Base64 stands for; what is no such text is left as it is."""
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, ValueError):
        return value


def words_of(name: str) -> list[str]:
    """The words of a name, in whichever case and with whatever between them, in capitals."""
    return [word.upper() for word in _WORD.findall(name)]
