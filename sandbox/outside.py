"""What exists before the stack.

Owns the reading of `outside.yaml` into a new cloud: projects, networks, secrets with their versions. The
file holds no secret value: each version's is made at random when it is loaded.
"""

from __future__ import annotations

import secrets as random_source
from typing import TYPE_CHECKING, Any, Final

from sandbox import compose, kinds
from sandbox.cloud import PROJECT, Thing
from sandbox.errors import UserFileError
from sandbox.kinds import Place, Request

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.cloud import Cloud

_SEEDED: Final = "seeded"
_SECRET: Final = "gcp:secretmanager/secret:Secret"  # noqa: S105 - a type's name
_VERSION: Final = "gcp:secretmanager/secretVersion:SecretVersion"
_NETWORK: Final = "gcp:compute/network:Network"
_API: Final = "gcp:projects/service:Service"
_PROJECT_KEYS: Final = {"number", "apis", "networks", "secrets", "parent"}
_STATES: Final = ("enabled", "disabled", "destroyed")


def seed_once(cloud: Cloud, path: Path) -> None:
    """Load the file into a cloud that has not been seeded.

    Raises:
        UserFileError: the file cannot be read, or says something that cannot be; with file and line.
    """
    with cloud.transaction():
        if cloud.note(_SEEDED):
            return
        for name, project in _read(path).items():
            _seed_project(cloud, path, str(name), project)
        cloud.note(_SEEDED, str(path))


def _read(path: Path) -> Any:  # noqa: ANN401 - a YAML mapping with line numbers
    from ruamel.yaml import YAML  # noqa: PLC0415 - only a new cloud pays for the YAML parser
    from ruamel.yaml.error import MarkedYAMLError  # noqa: PLC0415 - likewise

    try:
        document = YAML().load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserFileError(
            str(path), f"cannot be read ({error.strerror})", "set SANDBOX_OUTSIDE to a file"
        ) from None
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise UserFileError(
            f"{path}:{line}", f"is not YAML ({error.problem})", "see sandbox/outside.yaml"
        ) from None
    if not isinstance(document, dict) or not isinstance(document.get("projects"), dict):
        raise UserFileError(
            f"{path}:1", "has no projects", "projects: {my-project: {number: '123456789012'}}"
        )
    return document["projects"]


def _seed_project(cloud: Cloud, path: Path, name: str, given: Any) -> None:  # noqa: ANN401 - a YAML mapping
    for key in given:
        if key not in _PROJECT_KEYS:
            line = given.lc.key(key)[0] + 1
            raise UserFileError(
                f"{path}:{line}", f"{key!r} is no part of a project", ", ".join(sorted(_PROJECT_KEYS))
            )
    number = str(given.get("number", "")) or kinds.project_number(cloud, name)
    body: dict[str, Any] = {"projectId": name, "name": name, "number": number, "orgId": None, "labels": {}}
    cloud.put(Thing(PROJECT, f"projects/{name}", name, name, body, outside=True))
    for api in given.get("apis") or ():
        _seed(cloud, name, _API, {"service": str(api), "project": name})
    for network in given.get("networks") or ():
        _seed(cloud, name, _NETWORK, {"name": str(network), "autoCreateSubnetworks": False, "project": name})
    for secret, versions in (given.get("secrets") or {}).items():
        replication: dict[str, Any] = {"auto": {}}
        _seed(cloud, name, _SECRET, {"secretId": str(secret), "replication": replication, "project": name})
        for state in versions:
            if state not in _STATES:
                line = given["secrets"].lc.key(secret)[0] + 1
                raise UserFileError(
                    f"{path}:{line}", f"{state!r} is no state of a version", " or ".join(_STATES)
                )
            version = {
                "secret": f"projects/{name}/secrets/{secret}",
                "secretData": random_source.token_urlsafe(32),
                "enabled": state == "enabled",
                "project": name,
            }
            seeded = _seed(cloud, name, _VERSION, version)
            if state == "destroyed":
                seeded.body.update(destroyTime=compose.timestamp(cloud.clock()), secretData="")
                cloud.put(seeded)


def _seed(cloud: Cloud, project: str, token: str, inputs: dict[str, Any]) -> Thing:
    kind = kinds.kind(token)
    urn = f"urn:pulumi:outside::outside::{token}::{project}"
    request = Request(cloud, kind, urn, Place(project), inputs, cloud.clock())
    request.id = kinds.id_of(request)
    compose.compose(request)
    marks: list[list[str | int]] = [["secretData"]] if token == _VERSION else []
    thing = Thing(token, request.id, project, request.name, request.body, marks, outside=True)
    cloud.put(thing, request.refers_to)
    return thing
