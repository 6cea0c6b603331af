"""The report: what was observed, what failed, and the causes that fit.

Owns its shape; a JSON Schema of it is generated into docs/ (`python -m probes.schema`). Holds names, numbers
and the servers' own words, from which every value of the environment was taken out (`probes.scrub`).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

VERSION: Final = 1
MOST_CAUSES: Final = 3

Scalar = str | int | float | bool | None


class Evidence(StrEnum):
    """How a check failed: what was seen, not why."""

    VARIABLE_MISSING = "variable-missing"
    VARIABLE_EMPTY = "variable-empty"
    SECRET_MISSING = "secret-missing"  # noqa: S105 - a kind of evidence
    SECRET_EMPTY = "secret-empty"  # noqa: S105 - likewise
    NAME_UNKNOWN = "name-unknown"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    OTHER_PORT = "other-port"
    TLS_MISSING = "tls-missing"
    TLS_UNTRUSTED = "tls-untrusted"
    TLS_FAILED = "tls-failed"
    PASSWORD_ASKED = "password-asked"  # noqa: S105 - a kind of evidence
    PASSWORD_WRONG = "password-wrong"  # noqa: S105 - likewise
    PASSWORD_NOT_ASKED = "password-not-asked"  # noqa: S105 - likewise
    NOT_ADMITTED = "not-admitted"
    DATABASE_UNKNOWN = "database-unknown"
    TOO_MANY_CLIENTS = "too-many-clients"
    TOO_FEW_CONNECTIONS = "too-few-connections"
    EVICTS = "evicts"
    SLOW = "slow"
    ALL_HOSTS_OUT = "all-hosts-out"
    HTTP_STATUS = "http-status"
    UNAUTHORIZED = "unauthorized"
    CLOSED_EARLY = "closed-early"
    HANDSHAKES_LOST = "handshakes-lost"
    UNEXPECTED = "unexpected"


class Model(BaseModel):
    """What the report's models share: camelCase in JSON, nothing unknown."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", use_attribute_docstrings=True
    )


class Result(Model):
    """What one check found."""

    name: str
    """The check's name, such as `database-pool`."""
    subject: str
    """What it is about: environment, names, database, cache, internet, front-door or golden-path."""
    status: Literal["passed", "failed", "skipped"]
    evidence: Evidence | None = None
    """How it failed; null when it did not."""
    reason: str = ""
    """Why it failed or was skipped, in words."""
    observed: dict[str, Scalar | list[str]] = {}
    """What was measured or read, by name."""
    deadline_seconds: float
    took_seconds: float


class Cause(Model):
    """One cause that fits what was observed."""

    cause: str
    """In the rules' words; one that no plan can show has a name of its own."""
    rule: str | None
    """The rule that would have caught it before the deploy; null where none can."""
    says: str
    """What it means."""
    fix: str
    """What to do."""
    checks: list[str]
    """The checks that it explains."""


class Report(Model):
    """Everything that one run found."""

    version: Literal[1] = VERSION
    service: str
    """The service's name in Google Cloud."""
    passed: bool
    took_seconds: float
    checks: list[Result]
    causes: list[Cause] = Field(max_length=MOST_CAUSES)
    """The likeliest first."""
    notes: list[str] = []
    """What a reader must know to weigh the rest, such as a server that stands in for another version."""
