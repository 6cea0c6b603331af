"""Secrets made outside the stack: are the pinned versions there, and enabled?

Owns the look-up at every run, preview and `up` alike (metadata only: `fetch_secret_data=False`), and the one
message that names everything missing. Does not create, enable or read a secret.

The look-ups run side by side and before anything is declared, so that a run which would end with a service
that cannot start ends before it has begun.

Source: https://cloud.google.com/run/docs/configuring/services/secrets
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from importlib.metadata import version as installed_version
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.runtime.sync_await import _sync_await

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from components.settings import SecretSettings, ServiceSettings

LOOK_UP = "gcp:secretmanager/getSecretVersion:getSecretVersion"
WHY = (
    "Cloud Run reads a secret when an instance starts; without this version no instance starts "
    "(https://cloud.google.com/run/docs/configuring/services/secrets)"
)
_MISSING = re.compile(r"\b404\b|not.?found", re.IGNORECASE)
_FORBIDDEN = re.compile(r"\b403\b|permission", re.IGNORECASE)
_LONGEST_CAUSE = 300


@dataclass(frozen=True, slots=True)
class OutsideVersion:
    """A version that someone else made, and who needs it."""

    project: str
    """Google Cloud project id."""
    secret_id: str
    """Id of the secret."""
    version: str
    """Number of the version."""
    needed_by: tuple[str, ...]
    """Services with the variables they read it into, for example `backend (JWT_SECRET_KEY)`."""


def outside_versions(
    project: str, secrets: Mapping[str, SecretSettings], services: Mapping[str, ServiceSettings]
) -> list[OutsideVersion]:
    """The versions from outside that a stack refers to, by id."""
    return [
        OutsideVersion(project, secret_id, secret.version or "", tuple(_needed_by(secret_id, services)))
        for secret_id, secret in sorted(secrets.items())
        if secret.from_ == "outside"
    ]


def require_outside_versions(
    versions: Sequence[OutsideVersion], meanwhile: Callable[[], object] = lambda: None
) -> None:
    """Look all of them up at once.

    Args:
        versions: What to look up.
        meanwhile: What to do, in another thread, while the provider starts and answers.

    Raises:
        pulumi.RunError: One or more are missing, disabled, destroyed or could not be looked up. The message
            names each, the services that need it, and the command that mends it.
    """
    answers = _sync_await(_look_up(versions, meanwhile))
    faults = [
        fault
        for version, answer in zip(versions, answers, strict=True)
        if (fault := _fault(version, answer)) is not None
    ]
    if faults:
        count = "1 secret version is" if len(faults) == 1 else f"{len(faults)} secret versions are"
        raise pulumi.RunError("\n".join([f"{count} not there for the services to start with:", *faults]))


async def _look_up(versions: Sequence[OutsideVersion], meanwhile: Callable[[], object]) -> list[Any]:
    """Answers in the order asked: the version's metadata, or the exception."""
    # With the version the engine asks the provider that serves the resources; without, it starts another.
    options = pulumi.InvokeOptions(version=installed_version("pulumi-gcp"))
    answers = asyncio.gather(
        *(
            pulumi.runtime.invoke_async(
                LOOK_UP,
                {
                    "project": version.project,
                    "secret": version.secret_id,
                    "version": version.version,
                    "fetchSecretData": False,
                },
                options,
            )
            for version in versions
        ),
        return_exceptions=True,
    )
    await asyncio.to_thread(meanwhile)
    return await answers


def _fault(version: OutsideVersion, answer: object) -> str | None:
    """What is wrong with a version and how to mend it; None when it is there and enabled."""
    if isinstance(answer, BaseException) and not isinstance(answer, Exception):
        raise answer
    if isinstance(answer, dict) and answer.get("enabled") is True:
        return None
    what, fix = _found(version, answer) if isinstance(answer, dict) else _not_found(version, str(answer))
    return "\n".join(
        [
            f"  plumbline:secrets.{version.secret_id} names version {version.version}, which {what}",
            f"    needed by: {', '.join(version.needed_by) or 'no service'}",
            f"    why: {WHY}",
            f"    fix: {fix}",
        ]
    )


def _found(version: OutsideVersion, metadata: Mapping[str, object]) -> tuple[str, str]:
    if metadata.get("destroyTime"):
        return f"was destroyed in {version.project}", f"{_add(version)}\n       and pin its number"
    enable = f"gcloud secrets versions enable {version.version} --secret={version.secret_id}"
    return f"is disabled in {version.project}", f"{enable} --project={version.project}"


def _not_found(version: OutsideVersion, error: str) -> tuple[str, str]:
    project, name = version.project, version.secret_id
    if _MISSING.search(error):
        create = (
            f"gcloud secrets create {name} --project={project} --replication-policy=automatic --data-file=-"
        )
        otherwise = f"or, where the secret exists: {_add(version)}"
        return f"does not exist in {project}", f"{create}\n       {otherwise}\n       and pin its number"
    what = f"could not be looked up in {project}: {_cause(error)}"
    if _FORBIDDEN.search(error):
        return what, f"grant roles/secretmanager.viewer in {project} to the identity that runs pulumi"
    return what, f"gcloud secrets versions describe {version.version} --secret={name} --project={project}"


def _add(version: OutsideVersion) -> str:
    return f"gcloud secrets versions add {version.secret_id} --project={version.project} --data-file=-"


def _cause(error: str) -> str:
    """The last line of what the provider said, which is Google's own, cut to a readable length."""
    lines = [line.strip(" *\t") for line in error.splitlines() if line.strip(" *\t")]
    return (lines[-1] if lines else "no reason was given")[:_LONGEST_CAUSE]


def _needed_by(secret_id: str, services: Mapping[str, ServiceSettings]) -> Iterable[str]:
    for key, service in sorted(services.items()):
        variables = sorted(variable for variable, secret in service.secrets.items() if secret == secret_id)
        if variables:
            yield f"{key} ({', '.join(variables)})"
