"""What names and values say of themselves: a switch that skips a check, a secret, a stand-in for one.

Owns the words. Pure functions over text: no plan, no verdict.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")

# Switches.
_ON: Final = frozenset({"1", "true", "t", "yes", "y", "on", "enable", "enabled", "active", "always", "all"})
_OFF: Final = frozenset(
    {"", "0", "false", "f", "no", "n", "off", "disable", "disabled", "inactive", "never", "none", "null"}
)
_SKIPS: Final = frozenset(
    {"SKIP", "DISABLE", "DISABLED", "IGNORE", "SUPPRESS", "NO", "WITHOUT", "OMIT", "DISABLES", "SKIPS"}
)
# What is skipped, for it to be a check that somebody relies on.
_CHECKS: Final = frozenset(
    {
        *("VALIDATION", "VALIDATIONS", "VALIDATE", "VALIDATOR", "VALIDATORS", "CHECK", "CHECKS", "CHECKING"),
        *("VERIFY", "VERIFICATION", "VERIFIED", "AUTH", "AUTHENTICATION", "AUTHORIZATION", "AUTHZ", "AUTHN"),
        *("OAUTH", "SSL", "TLS", "CSRF", "HEALTHCHECK", "SIGNATURE", "SIGNATURES", "PREFLIGHT"),
    }
)
_BYPASSES: Final = frozenset({"BYPASS", "BYPASSES", "BYPASSED"})
_ALONE: Final = frozenset({"NOVERIFY", "NOAUTH", "NOCHECK", "NOVALIDATE", "SKIPVALIDATION", "SKIPAUTH"})
_UNSAFE: Final = frozenset({"INSECURE", "UNSAFE"})
# A switch whose `off` skips the check, where what is checked is one of these.
_DEMANDS: Final = frozenset(
    {"VALIDATION", "VALIDATE", "VERIFY", "VERIFICATION", "REQUIRE", "REQUIRED", "ENFORCE", "CHECK", "CHECKS"}
)
_GUARDED: Final = frozenset(
    {
        *(
            "STARTUP",
            "OAUTH",
            "AUTH",
            "AUTHENTICATION",
            "JWT",
            "TOKEN",
            "SECRET",
            "SECRETS",
            "SSL",
            "TLS",
            "CERT",
        ),
        *(
            "CERTS",
            "CERTIFICATE",
            "HTTPS",
            "SIGNATURE",
            "ENV",
            "ENVIRONMENT",
            "CONFIG",
            "CREDENTIALS",
            "CSRF",
        ),
    }
)
# Switches of runtimes and tools, whose names tell nothing: which value skips the check.
_KNOWN_OFF: Final = frozenset({"NODE_TLS_REJECT_UNAUTHORIZED", "PYTHONHTTPSVERIFY"})
# Words that make of a switch's name the name of something else: a list, a limit, an address.
_NO_SWITCH: Final = frozenset(
    {
        *("URL", "URI", "HOST", "HOSTS", "PATH", "PATHS", "LIST", "TOKEN", "SECRET", "KEY", "SECONDS", "MS"),
        *("INTERVAL", "TIMEOUT", "PERIOD", "EMAIL", "REASON", "HEADER", "NAME", "ID", "PORT", "FILE", "DIR"),
        *("LOG", "LOGS", "LOGGING", "METRICS", "CACHE", "LEVEL", "COUNT", "MODE"),
    }
)


def skipping_value(name: str) -> bool | None:
    """Which position of a switch skips a check: on (True) or off (False); None for what is no switch."""
    if name.upper() in _KNOWN_OFF:
        return False
    words = _words(name)
    there = set(words)
    if not words or words[-1] in _NO_SWITCH:
        return None
    skips = bool(there & _SKIPS) and bool(there & _CHECKS)
    allows_unsafe = bool(there & _UNSAFE)
    if there & _BYPASSES or there & _ALONE or skips or allows_unsafe:
        return True
    if words[-1] in {"DISABLED", "SKIPPED"} and there & _GUARDED:
        return True
    if there & _DEMANDS and there & _GUARDED and not there & _SKIPS:
        return False
    return None


def position(value: str) -> bool | None:
    """Whether a switch stands on or off; None for a value that is neither."""
    said = value.strip().strip("\"'").strip().casefold()
    if said in _OFF:
        return False
    if said in _ON:
        return True
    try:
        return float(said) != 0
    except ValueError:
        return None


# Secrets.
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

_PEM: Final = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\"private_key\"\s*:")
_URL: Final = re.compile(r"[a-z][a-z0-9+.-]*://[^\s/@:]*:(?P<password>[^\s/@]+)@", re.IGNORECASE)
_DSN: Final = re.compile(r"(?:^|[\s;?&])(?:password|pwd)=(?P<password>[^\s;&]+)", re.IGNORECASE)
# Cloud Run fills in $(NAME); ${NAME}, {name} and %NAME% are for the program to fill in.
_FILLED_IN: Final = re.compile(
    r"\$\([A-Za-z_]\w*\)|\$\{?[A-Za-z_]\w*\}?|\{\{?\s*[\w.]*\s*\}?\}|%[\w(]+\)?[%s]?"
)
# Where a secret lies, which is no secret.
_PLACE: Final = re.compile(
    r"(?:/|\./|file:|projects/[^/]+/secrets/|(?:gcp-)?sm://|gs://)\S*|\S+/versions/\d+"
)


def says_secret(name: str) -> bool:
    """Whether a variable's name says that it holds a secret."""
    if name.upper() in _SHELL or name.upper().startswith(_PREFIXES):
        return False
    words = _words(name)
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


def is_place(value: str) -> bool:
    """Whether a value says where a secret lies, or is to be filled in, or is a switch: it is none itself."""
    said = value.strip()
    return bool(_PLACE.fullmatch(said) or _FILLED_IN.fullmatch(said)) or said.casefold() in {"true", "false"}


def holds_secret(value: str) -> bool:
    """Whether a value is a secret whatever its name: a private key, or a connection with its password."""
    if _PEM.search(value):
        return True
    found = [match["password"] for shape in (_URL, _DSN) for match in shape.finditer(value)]
    return any(not _FILLED_IN.fullmatch(password) for password in found)


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


def _words(name: str) -> list[str]:
    return [word.upper() for word in _WORD.findall(name)]
