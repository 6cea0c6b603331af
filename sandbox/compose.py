"""What a resource looks like once it exists.

Owns the making of outputs after create and update: the inputs, what the provider adds, what the service's
description fills in, and a plausible value for every output that Google always gives.
"""

from __future__ import annotations

import base64
import hashlib
import secrets as random_source
from copy import deepcopy
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sandbox import preview, references, schema
from sandbox.errors import ApiError, HalfCreatedError
from sandbox.wire import Props, Value, at, fill

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.kinds import Hook, Ref, Request

_TIMES = ("creationTimestamp", "createTime", "updateTime", "creationTime")
_HASHES = ("etag", "fingerprint", "labelFingerprint")


def compose(request: Request) -> None:
    """Fill `request.body` for a create or an update. Raises what the API refuses with."""
    kind = request.kind
    request.body = deepcopy(request.inputs)
    for name, value in preview.known(kind, request.inputs, request.place).items():
        if request.body.get(name) is None:
            request.body[name] = value
    if request.old is None:
        hook = kind.create
    else:
        hook = kind.update or kind.create
        _keep(request, request.old)
    for ref in kind.refs:
        _follow(request, ref)
    half = _run(hook, request)
    for path, value in kind.fills.items():
        fill(request.body, path, value(request) if callable(value) else deepcopy(value))
    _mint_missing(request)
    if request.old is not None:
        _touch(request)
    if half is not None:
        raise half


def _run(hook: Hook | None, request: Request) -> HalfCreatedError | None:
    """What the service does; a resource that is made and not ready is completed all the same."""
    try:
        if hook is not None:
            hook(request)
    except HalfCreatedError as error:
        return error
    return None


def timestamp(now: float) -> str:
    """RFC 3339, as most of Google's APIs write it."""
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def number_from(text: str, digits: int = 19) -> str:
    """A stable number of so many digits, as Google's numeric ids look."""
    value = int(hashlib.sha256(text.encode()).hexdigest(), 16) % (9 * 10 ** (digits - 1))
    return str(value + 10 ** (digits - 1))


def _keep(request: Request, old: Props) -> None:
    """An update keeps what Google computed and what the user does not set."""
    found = schema.resource(request.kind.token)
    computed = schema.computed(request.kind.token)
    for name, value in old.items():
        if name in {"id", "effectiveLabels", "pulumiLabels"}:
            continue  # the id is no property of the cloud's; labels are made anew
        if name not in found.inputs or (name in computed and request.body.get(name) is None):
            request.body[name] = deepcopy(value)
        else:
            _keep_nested(request.body.get(name), value, request.old_inputs.get(name))


def _keep_nested(new: Value, old: Value, given: Value) -> None:
    """Inside objects too, what Google computed stays; what the user had given and gives no more goes."""
    if isinstance(new, dict) and isinstance(old, dict):
        was = given if isinstance(given, dict) else {}
        for name, value in old.items():
            if name in new:
                _keep_nested(new[name], value, was.get(name))
            elif value is not None and name not in was:
                new[name] = deepcopy(value)


def _touch(request: Request) -> None:
    """An update shows in the times and hashes that Google changes."""
    body = request.body
    if "updateTime" in body:
        body["updateTime"] = timestamp(request.now)
    if "etag" in body:
        body["etag"] = _hash()
    for name in ("generation", "observedGeneration"):
        if str(body.get(name, "")).isdigit():
            body[name] = str(int(body[name]) + 1)


def _follow(request: Request, ref: Ref) -> None:
    """Each reference must name something that exists; the cloud remembers who needs whom."""
    for value in list(at(request.inputs, ref.path)):
        for each in value if isinstance(value, list) else [value]:
            if not isinstance(each, str) or not each:
                continue
            target = request.resolve(ref.to, each)
            if target is None:
                words = ref.missing.format(ref=_full(request, ref, each), name=each.rpartition("/")[2])
                raise ApiError(ref.status, words, reason=None if ref.status != 400 else "invalid")  # noqa: PLR2004
            if ref.blocks:
                request.refers_to.append((target.type, target.id))
            if ref.link and "selfLink" in target.body and not isinstance(value, list):
                _replace(request.body, ref.path, each, target.body["selfLink"])


def _full(request: Request, ref: Ref, given: str) -> str:
    path = references.tail(given)
    if path.startswith("projects/"):
        return path
    from sandbox.kinds import kind  # noqa: PLC0415 - kinds loads services, which load this module

    example = kind(ref.to if isinstance(ref.to, str) else ref.to[0]).id
    if "/" in path or not example.startswith("projects/"):
        return f"projects/{request.project}/{path}"
    head = example.replace("{project}", request.project).replace("{region}", request.region)
    return head.rpartition("/")[0] + "/" + path


def _replace(value: Value, path: str, old: str, new: str) -> None:
    head, _, rest = path.partition(".")
    name = head.removesuffix("[]")
    if not isinstance(value, dict) or name not in value:
        return
    found = value[name]
    if rest:
        for each in found if isinstance(found, list) else [found]:
            _replace(each, rest, old, new)
    elif found == old:
        value[name] = new


def _mint_missing(request: Request) -> None:
    """A plausible value for every output that Google always gives."""
    found = schema.resource(request.kind.token)
    facts = schema.facts(request.kind.token)
    always = facts["always_set"] if facts else [n for n, p in found.outputs.items() if p.required]
    for name in always:
        if request.body.get(name) is None and name in found.outputs and name not in request.kind.fills:
            request.body[name] = _mint(request, name, found.outputs[name].type)


def _mint(request: Request, name: str, of: str) -> Value:
    made = _BY_NAME.get(name) or (_hash_of if name in _HASHES else _time_of if name in _TIMES else None)
    if made is not None:
        return made(request)
    if name.endswith("Id") and of in {"int", "float", "str"}:
        digits = number_from(request.id + str(request.now), 19 if of == "str" else 12)
        return digits if of == "str" else int(digits)
    if of.startswith("["):
        return []
    return _EMPTY.get(of, {})


def _time_of(request: Request) -> str:
    return timestamp(request.now)


def _hash_of(_: Request) -> str:
    return _hash()


_EMPTY: Mapping[str, Value] = {"str": "", "int": 0, "float": 0, "bool": False}
_BY_NAME: Mapping[str, Callable[[Request], str]] = {
    "selfLink": lambda request: f"{references.LINK}{request.id}",
    "uid": lambda request: number_from(request.id + str(request.now), 20),
    "region": lambda request: request.region,
    "location": lambda request: request.region,
    "project": lambda request: request.project,
    "name": lambda request: request.id,
    "generation": lambda _: "1",
    "observedGeneration": lambda _: "1",
}


def _hash() -> str:
    return base64.b64encode(random_source.token_bytes(8)).decode()


def planned(request: Request) -> Props:
    """The outputs of an update at preview."""
    request.body = deepcopy(request.inputs)
    for name, value in preview.known(request.kind, request.inputs, request.place).items():
        if request.body.get(name) is None:
            request.body[name] = value
    _keep(request, request.old or {})
    return request.body
