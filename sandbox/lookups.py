"""Lookups: the functions of pulumi-gcp that read what exists.

Owns finding the function's description in `services/`, and the generic answer of every `get<Type>` whose
type is kept in the cloud.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox import faults, kinds, schema
from sandbox.errors import ProviderError

if TYPE_CHECKING:
    from sandbox.cloud import Thing
    from sandbox.provider import Provider
    from sandbox.wire import Path, Props


def look_up(provider: Provider, token: str, args: Props) -> tuple[Props, frozenset[Path]]:
    """Answer one lookup: its results, and the paths in them that are secret.

    Raises:
        ApiError: what was asked for does not exist, or may not be read.
        ProviderError: the sandbox does not know this function.
        NoSuchTypeError: pulumi-gcp does not.
    """
    described = kinds.service(kinds.module_of(token))[1].get(token)
    name = token.rpartition(":")[2]
    with provider.cloud.transaction():
        fate = faults.decide(provider.rules, provider.cloud, "invoke", token, (name,))
        if fate.before is not None:
            raise fate.before
        if described is not None:
            result = described(provider.cloud, provider.place, args)
        else:
            result = _generic(provider, token, args)
    secrets = frozenset((name,) for name in ("secretData", "authString", "rootPassword") if result.get(name))
    return result, secrets


def _generic(provider: Provider, token: str, args: Props) -> Props:
    found = schema.function(token)
    name = token.rpartition(":")[2]
    type_name = name.removeprefix("get")
    resource = f"gcp:{kinds.module_of(token)}/{type_name[:1].lower()}{type_name[1:]}:{type_name}"
    try:
        schema.resource(resource)
    except schema.NoSuchTypeError:
        raise ProviderError(
            f"the sandbox has no answer to {token}: it looks up single resources it knows"
        ) from None
    thing = _thing(provider, resource, args)
    if thing is None:
        shown = ", ".join(f"{key} {value!r}" for key, value in sorted(args.items()) if isinstance(value, str))
        raise ProviderError(f"{kinds.english(type_name)} with {shown or 'these arguments'} not found")
    values = {**thing.body, **args, "id": thing.id}
    return {key: values[key] for key in (*found.outputs, "id") if values.get(key) is not None}


def _thing(provider: Provider, resource: str, args: Props) -> Thing | None:
    project = str(args.get("project") or provider.place.project)
    given = {key: str(value) for key, value in args.items() if isinstance(value, str) and key != "project"}
    for thing in provider.cloud.all(resource, project):
        parts = {*thing.id.split("/"), *(str(v) for v in thing.body.values() if isinstance(v, str))}
        if given and all(value in parts for value in given.values()):
            return thing
    return None
