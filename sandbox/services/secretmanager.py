"""Secret Manager, global and regional secrets.

https://cloud.google.com/secret-manager/docs
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sandbox import kinds, references
from sandbox.compose import timestamp
from sandbox.errors import ApiError
from sandbox.grants import access_kinds
from sandbox.kinds import Checking, Kind, Place, Ref, Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.cloud import Cloud, Thing
    from sandbox.wire import Props

API: Final = "secretmanager.googleapis.com"
SECRET: Final = "gcp:secretmanager/secret:Secret"  # noqa: S105 - a type's name
VERSION: Final = "gcp:secretmanager/secretVersion:SecretVersion"
REGIONAL_SECRET: Final = "gcp:secretmanager/regionalSecret:RegionalSecret"  # noqa: S105 - a type's name
REGIONAL_VERSION: Final = "gcp:secretmanager/regionalSecretVersion:RegionalSecretVersion"
_NO_SECRET = "Secret [{ref}] not found or has no versions."  # noqa: S105 - the API's words


def by_number(cloud: Cloud, path: str) -> str:
    """The path with the project's number, as the API writes a secret's name."""
    head, project, *rest = path.split("/")
    return "/".join((head, kinds.project_number(cloud, project), *rest))


def versions(cloud: Cloud, secret: Thing) -> list[Thing]:
    """A secret's versions, the oldest first."""
    token = REGIONAL_VERSION if secret.type == REGIONAL_SECRET else VERSION
    found = [each for each in cloud.all(token, secret.project) if each.body.get("__secret") == secret.id]
    return sorted(found, key=lambda each: int(each.body["version"]))


def find_version(cloud: Cloud, secret: Thing, version: str) -> Thing | None:
    """A version by number; `latest` is the newest, whatever its state, as in the API."""
    every = versions(cloud, secret)
    if version == "latest":
        return every[-1] if every else None
    aliases = secret.body.get("versionAliases") or {}
    wanted = str(aliases.get(version, version))
    return next((each for each in every if each.body["version"] == wanted), None)


def state_of(version: Thing) -> str:
    """ENABLED, DISABLED or DESTROYED."""
    if version.body.get("destroyTime"):
        return "DESTROYED"
    return "ENABLED" if version.body.get("enabled", True) else "DISABLED"


def _create_secret(request: Request) -> None:
    request.body["name"] = by_number(request.cloud, request.id)
    protection = request.inputs.get("deletionProtection")
    request.body["deletionProtection"] = bool(protection)


def _delete_secret(request: Request) -> None:
    """A secret takes its versions and grants along."""
    for thing in request.cloud.all(project=request.id.split("/")[1]):
        if thing.body.get("__secret") == request.id or thing.body.get("__on") == request.id:
            request.cloud.remove(thing)


def _create_version(request: Request) -> None:
    body = request.body
    if request.old is None:
        token = REGIONAL_SECRET if request.kind.token == REGIONAL_VERSION else SECRET
        secret = request.resolve(token, str(request.inputs.get("secret")))
        if secret is None:  # pragma: no cover - the reference was checked before
            raise request.refuse(404, _NO_SECRET.format(ref=request.inputs.get("secret")))
        number = request.cloud.count(f"versions of {secret.id} {secret.body.get('createTime')}")
        body["version"] = str(number)
        body["__secret"] = secret.id
        body["secret"] = secret.id
        body["project"] = secret.project
        request.id = f"{by_number(request.cloud, secret.id)}/versions/{number}"
        body["name"] = request.id
        body["createTime"] = timestamp(request.now)
    body.setdefault("enabled", True)
    body["destroyTime"] = body.get("destroyTime") or ""
    body["deletionPolicy"] = body.get("deletionPolicy") or "DELETE"


def _check_version(checking: Checking) -> None:
    given = [name for name in ("secretData", "secretDataWo") if checking.inputs.get(name) is not None]
    if not given:
        checking.fail('"secret_data": one of `secret_data,secret_data_wo` must be specified')


def _secret_for(cloud: Cloud, place: Place, args: Props) -> Thing | None:
    project = str(args.get("project") or place.project)
    wanted = str(args.get("secret") or args.get("secretId"))
    region = str(args.get("location") or "")
    return references.resolve(cloud, REGIONAL_SECRET if region else SECRET, wanted, project, region)


def _get_version(cloud: Cloud, place: Place, args: Props) -> Props:
    project = str(args.get("project") or place.project)
    wanted = str(args.get("version") or "latest")
    secret = _secret_for(cloud, place, args)
    number = kinds.project_number(cloud, project)
    name = f"projects/{number}/secrets/{kinds.short(args.get('secret'))}"
    doing = "error retrieving available secret manager secret versions"
    if secret is None or not versions(cloud, secret):
        raise ApiError(404, f"Secret [{name}] not found or has no versions.", doing=doing)
    found = find_version(cloud, secret, wanted)
    if found is None:
        raise ApiError(404, f"Secret Version [{name}/versions/{wanted}] not found.", doing=doing)
    fetch = args.get("fetchSecretData", True) is not False
    if fetch and state_of(found) != "ENABLED":
        raise ApiError(
            400,
            f"Secret Version [{found.id}] is in {state_of(found)} state.",
            reason="failedPrecondition",
            doing="error retrieving available secret manager secret version access",
        )
    return {
        "id": found.id,
        "name": found.id,
        "project": secret.project,
        "secret": secret.name,
        "version": found.body["version"],
        "createTime": found.body["createTime"],
        "destroyTime": found.body.get("destroyTime") or "",
        "enabled": state_of(found) == "ENABLED",
        "isSecretDataBase64": bool(args.get("isSecretDataBase64")),
        "fetchSecretData": fetch,
        "secretData": found.body.get("secretData", "") if fetch else "",
        **({"location": args["location"]} if args.get("location") else {}),
    }


def _get_secret(cloud: Cloud, place: Place, args: Props) -> Props:
    secret = _secret_for(cloud, place, args)
    if secret is None:
        project = str(args.get("project") or place.project)
        name = f"projects/{kinds.project_number(cloud, project)}/secrets/{args.get('secretId')}"
        raise ApiError(
            404, f"Secret [{name}] not found.", doing=f'Error when reading or editing Secret "{name}"'
        )
    public = {key: value for key, value in secret.body.items() if not key.startswith("__")}
    return {**public, "id": secret.id, "secretId": secret.name, "project": secret.project}


def _fills() -> dict[str, Callable[[Request], object]]:
    return {
        "createTime": lambda r: timestamp(r.now),
        "effectiveAnnotations": lambda r: r.inputs.get("annotations", {}),
    }


KINDS = (
    Kind(
        SECRET,
        noun="Secret",
        api=API,
        id="projects/{project}/secrets/{secret_id}",
        create=_create_secret,
        delete=_delete_secret,
        fills={**_fills(), "expireTime": ""},
        exists="Secret [{id}] already exists.",
        protection="cannot destroy secret without setting deletion_protection=false and running `pulumi up`",
    ),
    Kind(
        REGIONAL_SECRET,
        noun="RegionalSecret",
        api=API,
        id="projects/{project}/locations/{location}/secrets/{secret_id}",
        create=_create_secret,
        delete=_delete_secret,
        fills=_fills(),
        exists="Secret [{id}] already exists.",
        protection="cannot destroy secret without setting deletion_protection=false and running `pulumi up`",
    ),
    Kind(
        VERSION,
        noun="SecretVersion",
        api=API,
        id="{secret}/versions/{__number}",
        refs=(Ref("secret", SECRET, blocks=False, link=False, missing=_NO_SECRET),),
        defaults={"enabled": True},
        check=_check_version,
        create=_create_version,
        conflicts=(("secretData", "secretDataWo"),),
    ),
    Kind(
        REGIONAL_VERSION,
        noun="RegionalSecretVersion",
        api=API,
        id="{secret}/versions/{__number}",
        refs=(Ref("secret", REGIONAL_SECRET, blocks=False, link=False, missing=_NO_SECRET),),
        defaults={"enabled": True},
        create=_create_version,
    ),
    *access_kinds(
        SECRET,
        API,
        SECRET,
        "projects/{project}/secrets/{secret_id}",
        "secretmanager secret",
        parent_input="secretId",
    ),
    *access_kinds(
        REGIONAL_SECRET,
        API,
        REGIONAL_SECRET,
        "projects/{project}/locations/{location}/secrets/{secret_id}",
        "secretmanager regionalsecret",
        parent_input="secretId",
    ),
)
LOOKUPS = {
    "gcp:secretmanager/getSecretVersion:getSecretVersion": _get_version,
    "gcp:secretmanager/getRegionalSecretVersion:getRegionalSecretVersion": _get_version,
    "gcp:secretmanager/getSecret:getSecret": _get_secret,
    "gcp:secretmanager/getRegionalSecret:getRegionalSecret": _get_secret,
}
