"""A container's environment, as Cloud Run makes it when an instance starts.

Owns the variables of a template and the values of its secrets, which are read from the cloud at that moment
and not before. Values go into processes and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sandbox import references
from sandbox.live import processes
from sandbox.live.server import NotReadyError
from sandbox.services import secretmanager

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sandbox.cloud import Cloud

DEFAULT_PORT: Final = 8080


@dataclass(frozen=True, slots=True)
class Container:
    """The container of a template that serves: the one with a port, else the first.

    Attributes:
        project: where secrets are looked for that name no project.
        plain: variables with their values.
        secret: variables with secret and version.
        port: the port it is told to listen on.
        args: its arguments.
    """

    project: str
    plain: tuple[tuple[str, str], ...]
    secret: tuple[tuple[str, str, str], ...]
    port: int = DEFAULT_PORT
    args: tuple[str, ...] = ()

    def environment(self, cloud: Cloud, more: Mapping[str, str], bundle: Path) -> dict[str, str]:
        """Exactly what the process sees: PATH, the trusted authorities, what Cloud Run sets, and its own.

        Raises:
            NotReadyError: a secret cannot be read.
        """
        own = dict(self.plain)
        with cloud.reading():
            for name, secret, version in self.secret:
                own[name] = _value(cloud, self.project, secret, version)
        return {"PATH": processes.PATH, "SSL_CERT_FILE": str(bundle), **more, **own}


def of_template(template: Mapping[str, Any], project: str) -> Container:
    """The serving container of a revision's or task's template."""
    every: list[dict[str, Any]] = template.get("containers") or [{}]
    chosen = next((each for each in every if each.get("ports")), every[0])
    plain, secret = [], []
    for env in chosen.get("envs") or ():
        reference = (env.get("valueSource") or {}).get("secretKeyRef")
        if reference:
            version = str(reference.get("version") or "latest")
            secret.append((str(env["name"]), str(reference.get("secret")), version))
        else:
            plain.append((str(env["name"]), str(env.get("value") or "")))
    ports = chosen.get("ports") or {}
    first: Mapping[str, Any] = ports[0] if isinstance(ports, list) else ports
    return Container(
        project=project,
        plain=tuple(sorted(plain)),
        secret=tuple(sorted(secret)),
        port=int(first.get("containerPort") or DEFAULT_PORT),
        args=tuple(str(each) for each in chosen.get("args") or ()),
    )


def _value(cloud: Cloud, project: str, name: str, version: str) -> str:
    secret = references.resolve(cloud, secretmanager.SECRET, name, project)
    found = secretmanager.find_version(cloud, secret, version) if secret else None
    if found is None:
        raise NotReadyError(f"Secret {name}/versions/{version} was not found.")
    if secretmanager.state_of(found) != "ENABLED":
        raise NotReadyError(f"Secret Version [{found.id}] is in {secretmanager.state_of(found)} state.")
    return str(found.body.get("secretData") or found.body.get("secretDataWo") or "")
