"""The provider: create, read, update and delete against the cloud, as Google's provider and API would answer.

Owns the order in which things happen in one operation: faults, the API's own checks, clashes, references, the
write, and the wait. Knows nothing of gRPC (`rpc`) and nothing of any one service (`services/`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from sandbox import compose, faults, kinds, preview, states
from sandbox.cloud import PROJECT, Thing
from sandbox.errors import ApiError, HalfCreatedError, ProviderError
from sandbox.kinds import Kind, Place, Request
from sandbox.wire import Path, Props, without_defaults

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.cloud import Cloud
    from sandbox.faults import Fate, Rule

API = "gcp:projects/service:Service"
_NO_SECRETS: frozenset[Path] = frozenset()
Settle: TypeAlias = Callable[[str, str, Props], str]
"""Live mode: waits for what stands for a thing (type, id, body); what keeps it from being ready, or ""."""


@dataclass(frozen=True, slots=True)
class Made:
    """What the provider answers.

    Attributes:
        id: the resource's id, "" when it is not known yet.
        outputs: its outputs.
        secrets: paths in the outputs that are secret.
        inputs: its inputs as they are now; only after a read.
    """

    id: str
    outputs: Props
    secrets: frozenset[Path]
    inputs: Props | None = None


@dataclass(frozen=True, slots=True)
class Existing:
    """A resource as the engine's state has it."""

    id: str
    outputs: Props
    inputs: Props


class Provider:
    """One provider, pointed at one place.

    Args:
        cloud: what exists.
        place: project, region and zone from the configuration.
        rules: faults and latencies.
        sleep: how to wait, in seconds.
        settle: how to wait for what is real behind a thing; None: nothing is.
    """

    def __init__(
        self,
        cloud: Cloud,
        place: Place,
        rules: tuple[Rule, ...] = (),
        sleep: Callable[[float], None] = time.sleep,
        settle: Settle | None = None,
    ) -> None:
        """Nothing is asked of the cloud yet."""
        self._settle = settle
        self.cloud = cloud
        self.place = place
        self.rules = rules
        self._sleep = sleep

    def preview_create(self, token: str, inputs: Props, secrets: frozenset[Path] = _NO_SECRETS) -> Made:
        """What a create would give. Asks the API nothing, as the real provider does not."""
        outputs = preview.outputs(kinds.kind(token), inputs, self.place)
        return Made("", outputs, states.secret_paths(token, outputs, secrets))

    def create(self, token: str, urn: str, inputs: Props, secrets: frozenset[Path] = _NO_SECRETS) -> Made:
        """Make it.

        Raises:
            ApiError: the API refused; nothing was made.
            HalfCreatedError: it was made, and is not ready.
        """
        request = self._request(kinds.kind(token), urn, inputs)
        request.id = kinds.id_of(request)
        with self._operation("create", request) as fate:
            self._must_be_enabled(request)
            self._must_be_free(request)
            half = _compose(request)
            ready = self._not_yet(request, half)
            thing = self._write(request, secrets)
            thing.ready_at = request.now + fate.latency_s
            self.cloud.put(thing)
        return _made(request, secrets, half or self._settled(request, ready))

    def preview_update(
        self, token: str, urn: str, existing: Existing, inputs: Props, secrets: frozenset[Path] = _NO_SECRETS
    ) -> Made:
        """What an update would give: what Google computed stays known, as in the real provider's plan."""
        request = self._request(kinds.kind(token), urn, inputs)
        request.old = without_defaults(existing.outputs)
        request.old_inputs = without_defaults(existing.inputs)
        outputs = compose.planned(request)
        return Made(existing.id, outputs, states.secret_paths(token, outputs, secrets))

    def update(
        self, token: str, urn: str, existing: Existing, inputs: Props, secrets: frozenset[Path] = _NO_SECRETS
    ) -> Made:
        """Change it.

        Raises:
            ApiError: the API refused; nothing was changed.
            HalfCreatedError: it was changed, and is not ready.
        """
        request = self._request(kinds.kind(token), urn, inputs)
        request.id, request.old_inputs = existing.id, without_defaults(existing.inputs)
        with self._operation("update", request):
            self._must_be_enabled(request)
            present = self._present(request)
            request.old = {**without_defaults(existing.outputs), **present.body}
            half = _compose(request)
            ready = self._not_yet(request, half)
            thing = self._write(request, secrets)
            thing.ready_at, thing.outside = present.ready_at, present.outside
            self.cloud.put(thing)
        return _made(request, secrets, half or self._settled(request, ready))

    def delete(self, token: str, urn: str, thing_id: str, state: Props) -> None:
        """Delete it. What is gone already is no error.

        Raises:
            ProviderError: the provider protects it.
            ApiError: the API refused.
        """
        kind = kinds.kind(token)
        request = self._request(kind, urn, state)
        request.id, request.body = thing_id, dict(state)
        if _protected(kind, state):
            self._abandon(token, thing_id)
            return
        with self._operation("delete", request) as fate:
            thing = self.cloud.get(token, thing_id)
            if thing is not None and not kind.undeletable:
                request.body = {**state, **{k: v for k, v in thing.body.items() if k.startswith("__")}}
                self._remove(request, thing, request.now + fate.latency_s)

    def read(
        self,
        token: str,
        urn: str,
        thing_id: str,
        old_inputs: Props,
        *,
        secrets: frozenset[Path] = _NO_SECRETS,
    ) -> Made | None:
        """The present state: for a refresh, and with no `old_inputs` for an import or `get`. None: gone."""
        kind = kinds.kind(token)
        request = self._request(kind, urn, {})
        request.id = thing_id
        with self.cloud.transaction():
            fate = self._fate("read", request)
            thing = self.cloud.get(token, thing_id) or self._by_import_id(token, thing_id)
        self._sleep(fate.latency_s)
        if fate.before is not None:
            fate.before.doing = f'Error when reading or editing {kind.noun} "{thing_id}"'
            raise fate.before
        if thing is None or thing.gone_at is not None:
            return None
        kept = secrets | {tuple(path) for path in thing.secrets}
        body = thing.body
        inputs = states.refreshed(body, old_inputs) if old_inputs else states.imported(kind, body)
        return Made(thing.id, body, states.secret_paths(token, body, kept), inputs)

    def _not_yet(self, request: Request, half: HalfCreatedError | None) -> Props | None:
        """Where something real must start first, the cloud says so meanwhile; what it will say afterwards."""
        if self._settle is None or request.kind.unready is None or half is not None:
            return None
        ready = deepcopy(request.body)
        request.kind.unready(request.body, "")
        return ready

    def _settled(self, request: Request, ready: Props | None) -> HalfCreatedError | None:
        """Wait for what is real behind the thing; where it does not come up, the cloud says so too."""
        if self._settle is None:
            return None
        error = None
        why = self._settle(request.kind.token, request.id, request.body)
        if not why:
            request.body = ready or request.body
        elif request.kind.unready is None:
            error = HalfCreatedError(f"{request.kind.doing_what('creating')}: {why}")
        else:
            error = request.kind.unready(request.body, why)
        if ready is not None:
            with self.cloud.transaction():
                thing = self._present(request)
                thing.body = request.body
                self.cloud.put(thing)
        return error

    def _request(self, kind: Kind, urn: str, inputs: Props) -> Request:
        return Request(self.cloud, kind, urn, self.place, without_defaults(inputs), self.cloud.clock())

    @contextmanager
    def _operation(self, operation: str, request: Request) -> Iterator[Fate]:
        """One call of the API: its faults before and after, its transaction, and the wait for it."""
        try:
            with self.cloud.transaction():
                fate = self._fate(operation, request)
            if fate.before is not None:
                self._sleep(fate.latency_s)
                raise fate.before
            with self.cloud.transaction():
                yield fate
            self._sleep(fate.latency_s)
            if fate.after is not None:
                raise fate.after
        except ApiError as error:
            verb = {"create": "creating", "update": "updating"}.get(operation, "deleting")
            error.doing = error.doing or request.kind.doing_what(verb)
            raise

    def _fate(self, operation: str, request: Request) -> Fate:
        names = (request.urn.rpartition("::")[2], request.name)
        return faults.decide(self.rules, self.cloud, operation, request.kind.token, names)

    def _write(self, request: Request, secrets: frozenset[Path]) -> Thing:
        marked = states.secret_paths(request.kind.token, request.body, secrets)
        thing = Thing(
            type=request.kind.token,
            id=request.id,
            project=request.project,
            name=request.name,
            body=request.body,
            secrets=sorted(([*path] for path in marked), key=str),
        )
        self.cloud.put(thing, request.refers_to)
        return thing

    def _present(self, request: Request) -> Thing:
        thing = self.cloud.get(request.kind.token, request.id)
        if thing is None:
            raise ApiError(404, f"The resource '{request.id}' was not found")
        return thing

    def _must_be_enabled(self, request: Request) -> None:
        """Refuse when the API is off, in projects whose APIs the cloud knows anything about."""
        api, project = request.kind.api, request.project
        if not api or self.cloud.get(API, f"{project}/{api}"):
            return
        seeded = self.cloud.get(PROJECT, f"projects/{project}") is not None
        if not seeded and not self.cloud.all(API, project):
            return
        number = kinds.project_number(self.cloud, project)
        title = kinds.API_TITLES.get(api, api)
        raise ApiError(
            403,
            f"{title} has not been used in project {number} before or it is disabled. Enable it by visiting "
            f"https://console.developers.google.com/apis/api/{api}/overview?project={number} then retry. If "
            "you enabled this API recently, wait a few minutes for the action to propagate to our systems "
            "and retry.",
            reason="SERVICE_DISABLED",
        )

    def _must_be_free(self, request: Request) -> None:
        kind = request.kind
        if kind.adopts:
            return
        cloud, name = self.cloud, request.name
        taken = cloud.buried(kind.token, request.id) or cloud.get(kind.token, request.id)
        if taken or any(cloud.named(alias, name, request.project) for alias in kind.aliases):
            raise ApiError(409, kind.exists.format(id=request.id, name=name))

    def _remove(self, request: Request, thing: Thing, gone_at: float) -> None:
        kind = request.kind
        if kind.delete is not None:
            kind.delete(request)
            if request.keep:
                return
        users = self.cloud.users_of(thing)
        if users:
            raise ApiError(
                400,
                f"The {kinds.english(kind.noun)} resource '{thing.id}' is already being used by "
                f"'{users[0][1]}'",
                reason="resourceInUseByAnotherResource",
            )
        if kind.reserved_s:
            self.cloud.bury(kind.token, thing.id, request.now + kind.reserved_s)
        if gone_at > request.now:
            thing.gone_at = gone_at
            self.cloud.put(thing)
        else:
            self.cloud.remove(thing)

    def _abandon(self, token: str, thing_id: str) -> None:
        """The provider forgets it; in the cloud it stays."""
        with self.cloud.transaction():
            thing = self.cloud.get(token, thing_id)
            if thing is not None:
                thing.body["__abandoned"] = True
                self.cloud.put(thing)

    def _by_import_id(self, token: str, given: str) -> Thing | None:
        """The forms that `pulumi import` takes: parts of the id, with or without project and place."""
        wanted = [part for part in given.split("/") if part]
        for thing in self.cloud.named(token, wanted[-1]) if wanted else ():
            parts = thing.id.split("/")
            if all(part in parts for part in wanted) and self.place.project in {thing.project, *wanted}:
                return thing
        return None


def _compose(request: Request) -> HalfCreatedError | None:
    """Make the outputs; what is made and not ready is written down too, and told afterwards."""
    try:
        compose.compose(request)
    except HalfCreatedError as error:
        return error
    return None


def _made(request: Request, secrets: frozenset[Path], half: HalfCreatedError | None) -> Made:
    if half is not None:
        raise HalfCreatedError(half.reason, request.id, request.body)
    return Made(request.id, request.body, states.secret_paths(request.kind.token, request.body, secrets))


def _protected(kind: Kind, state: Props) -> bool:
    """Refuse what the provider protects; True when the resource is only to be forgotten."""
    policy = str(state.get("deletionPolicy") or "DELETE")
    if policy == "PREVENT":
        noun = kinds.english(kind.noun)
        raise ProviderError(
            f'cannot destroy {noun} without setting deletion_policy="DELETE" and running `pulumi up`'
        )
    if kind.protection and state.get("deletionProtection") is True:
        raise ProviderError(kind.protection)
    return policy == "ABANDON"
