"""The settings of the bootstrap stack, and how they are read.

Owns the models. How a wrong value is told, with its line, is `components.settings`'s.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping  # noqa: TC003 - pydantic reads the annotations at run time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, ValidationError

from catalog.source import Breach, Limit, Source
from components.settings.base import Section
from components.settings.fields import Checked, ProjectId, Region, SecretId, within
from components.settings.loader import (
    STACK_FILE,
    USER_WAS_TOLD,
    default_stack_file,
    engine_config,
    lines_of,
)
from components.settings.problem import Problem
from components.settings.report import SettingsError
from components.settings.translate import config_key, problems_of

_GITHUB: Final = Source("https://docs.github.com/en/actions/reference/security/oidc")
_SOFT_DELETE: Final = Source("https://cloud.google.com/storage/docs/soft-delete")
_BUCKETS: Final = Source("https://cloud.google.com/storage/docs/buckets#naming")

LONGEST_BREAK_GLASS_HOURS: Final = 24
_APPROVERS: Final = 2
_ID: Final = Limit("GitHub counts from 1", 1, 2**53, _GITHUB)
_PERSON: Final = re.compile(r"user:[^@\s:]+@[^@\s:]+")
_REPOSITORY: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})/[A-Za-z0-9._-]{1,100}")
_BRANCH: Final = re.compile(r"[A-Za-z0-9._/-]{1,100}")
_BUCKET: Final = re.compile(r"(?!goog)[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]")
_TWO: Final = "[lead@example.com, owner@example.com]"
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def _matches(pattern: re.Pattern[str], what: str, why: str, example: str, source: Source | None) -> Checked:
    def check(value: str) -> Breach | None:
        return None if pattern.fullmatch(value) else Breach(f"is {value!r}, {what}", why, source, example)

    return Checked(check, example)


def _moment(value: str) -> Breach | None:
    why = "a moment is written in UTC"
    if not _MOMENT.fullmatch(value):
        return Breach(f"is {value!r}", why, None, "2026-03-01T14:00:00Z")
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return Breach(f"is {value!r}, which no calendar has", why, None, "2026-03-01T14:00:00Z")
    return None


def _approvers(value: list[str]) -> Breach | None:
    if len(set(value)) >= _APPROVERS:
        return None
    why = "break-glass takes two people besides the one who gets it"
    return Breach("names fewer than two people", why, None, _TWO)


class GitHub(Section):
    """The repository whose workflows the pipeline's identities trust."""

    repository: Annotated[
        str, _matches(_REPOSITORY, "no repository", "it is OWNER/NAME", "octo-org/plumbline", _GITHUB)
    ]
    """OWNER/NAME, as GitHub spells it."""
    owner_id: Annotated[int, within(_ID, 123456)]
    """The owner's number: a name can be given up and taken by others, a number cannot."""
    repository_id: Annotated[int, within(_ID, 456789)]
    """The repository's number."""
    branch: Annotated[str, _matches(_BRANCH, "no branch", "it is a branch's name", "main", None)] = "main"
    """The branch that deploys."""
    immutable_subjects: bool = True
    """Whether GitHub writes the numbers into the subject, as for repositories made since July 2026."""


class State(Section):
    """Where Pulumi's state is kept."""

    bucket: Annotated[
        str, _matches(_BUCKET, "no bucket's name", "3 to 63 of a-z, 0-9, - and _", "p-state", _BUCKETS)
    ]
    """The bucket's name, unique in all of Google Cloud."""
    versions_kept: Annotated[
        int, within(Limit("fewer than 10 old versions are gone within a day of deploys", 10, 10_000), 100)
    ] = 100
    """How many old versions of each file are kept."""
    soft_delete_days: Annotated[
        int, within(Limit("soft delete keeps what was deleted for 7 to 90 days", 7, 90, _SOFT_DELETE), 30)
    ] = 30
    """For how long even a deleted version can be had back."""
    key_rotation_days: Annotated[int, within(Limit("a key is rotated at least once a year", 1, 365), 90)] = 90
    """After how many days the key gets a new version."""


class BreakGlass(Section):
    """One person who may deploy past the pipeline, for hours."""

    who: Annotated[
        str, _matches(_PERSON, "no person", "a group would not say who", "user:lead@example.com", None)
    ]
    """`user:` and the address."""
    begins: Annotated[str, Checked(_moment, "2026-03-01T14:00:00Z")]
    """When it begins, in UTC."""
    hours: Annotated[int, within(Limit("break-glass ends within a day", 1, LONGEST_BREAK_GLASS_HOURS), 4)]
    """After how many hours it ends by itself."""
    approved_by: Annotated[list[str], Checked(_approvers, _TWO)]
    """Two people who approved it."""
    reason: str
    """Why the pipeline will not do."""

    @property
    def ends(self) -> str:
        """When it ends, in UTC."""
        end = datetime.fromisoformat(self.begins).astimezone(UTC) + timedelta(hours=self.hours)
        return end.strftime("%Y-%m-%dT%H:%M:%SZ")


class BootstrapSettings(Section):
    """Every decision of one bootstrap stack."""

    project: ProjectId
    """Google Cloud project id (`gcp:project`)."""
    region: Region
    """Google Cloud region (`gcp:region`)."""
    environment: Literal["staging", "production", "development"]
    """Which environment this project is; the GitHub environment of this name may deploy."""
    github: GitHub
    state: State
    own_secrets: list[SecretId] = Field(default_factory=list)
    """Secrets that the platform's stack makes, by id."""
    break_glass: Mapping[str, BreakGlass] = {}
    """Who may deploy past the pipeline, by incident."""


def read(config: Mapping[str, object]) -> BootstrapSettings | list[Problem]:
    """Validate config values.

    Args:
        config: Values by fully qualified key; objects as mappings.
    """
    aliases = (field.alias or name for name, field in BootstrapSettings.model_fields.items())
    ours = {config_key(alias): alias for alias in aliases}
    raw = {ours[key]: value for key, value in config.items() if key in ours}
    strangers = [
        Problem((key,), "is not a setting", f"the keys here are {', '.join(sorted(ours))}", "remove it")
        for key in config
        if key not in ours and key.startswith("plumbline:")
    ]
    try:
        settings = BootstrapSettings.model_validate(raw)
    except ValidationError as error:
        return [*strangers, *problems_of(error, BootstrapSettings)]
    return [*strangers, *_own_approvals(settings)] or settings


def _own_approvals(settings: BootstrapSettings) -> list[Problem]:
    return [
        Problem(
            ("plumbline:breakGlass", incident, "approvedBy"),
            "names the one who gets it",
            "nobody approves their own break-glass",
            f"approvedBy: {_TWO}",
        )
        for incident, entry in settings.break_glass.items()
        if entry.who.removeprefix("user:") in entry.approved_by
    ]


def load() -> BootstrapSettings:
    """Read and validate the settings of the running program.

    Raises:
        SystemExit: When anything is wrong; all of it has been logged as one error.
    """
    import pulumi  # noqa: PLC0415 - offline nothing needs the SDK

    config, _ = engine_config()
    found = read(config)
    if isinstance(found, BootstrapSettings):
        return found
    path = Path(os.environ.get(STACK_FILE) or default_stack_file(pulumi.get_stack()))
    pulumi.log.error(str(SettingsError(lines_of(path), found)))
    raise SystemExit(USER_WAS_TOLD)
