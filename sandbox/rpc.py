"""The engine's calls, answered.

Owns the translation between the plugin protocol's messages and the provider: nothing is decided here.

Built on the SDK's generated gRPC stubs and not on `pulumi.provider.experimental`: that module cannot marshal
an unknown (`PropertyValue.computed()`), answers neither Invoke nor detailed diffs, and importing it means
importing the whole SDK, which costs four tenths of a second and 15 MB in every preview.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf import any_pb2, empty_pb2

from sandbox import check, diff, kinds, lookups
from sandbox.errors import ApiError, HalfCreatedError, ProviderError, UserFileError
from sandbox.kinds import Place
from sandbox.protocol import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2
from sandbox.provider import Existing, Made, Provider
from sandbox.schema_source import NoSuchTypeError, package_version
from sandbox.wire import DEFAULTS, UNKNOWN, Path, Props, decode, encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.cloud import Cloud
    from sandbox.settings import Settings

_MODES = {0: "PROPOSE", 1: "ENFORCE", 2: "DISABLE"}
_PLACE_KEYS = ("project", "region", "zone")


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """One provider process, serving one engine.

    Args:
        settings: where the cloud is kept and what it starts with.
    """

    def __init__(self, settings: Settings) -> None:
        """Nothing is opened before the engine configures the provider."""
        self._settings = settings
        self._cloud: Cloud | None = None
        self._provider: Provider | None = None

    def Handshake(self, request: Any, context: Any) -> Any:  # noqa: N802, ANN401, ARG002 - the protocol's shape
        """What this provider can take: secrets, and references to resources as their ids."""
        return provider_pb2.ProviderHandshakeResponse(
            accept_secrets=True,
            accept_resources=False,
            accept_outputs=False,
            supports_autonaming_configuration=True,
        )

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: N802, ANN401, ARG002 - likewise
        """The version of the pulumi-gcp whose types are served."""
        return plugin_pb2.PluginInfo(version=package_version())

    def GetSchema(self, request: Any, context: Any) -> Any:  # noqa: N802, ANN401, ARG002 - likewise
        """None: programs bring pulumi-gcp, which carries its own."""
        return provider_pb2.GetSchemaResponse(
            schema=json.dumps({"name": "gcp", "version": package_version()})
        )

    def Attach(self, request: Any, context: Any) -> Any:  # noqa: N802, ANN401, ARG002 - likewise
        """The engine found this process by its port."""
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> Any:  # noqa: N802, ANN401, ARG002 - likewise
        """Nothing to give up: what was sent to the cloud completes there."""
        return empty_pb2.Empty()

    def CheckConfig(self, request: Any, context: Any) -> Any:  # noqa: N802, ANN401, ARG002 - likewise
        """Any configuration passes, as with Google's provider when it validates no credentials."""
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:  # noqa: N802, ANN401, ARG002 - likewise
        """A change of configuration never replaces the provider."""
        olds, news = decode(request.olds), decode(request.news)
        changed = sorted(key for key in {*olds, *news} if olds.get(key) != news.get(key))
        kind = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(changes=kind, diffs=changed)

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802, ANN401 - likewise
        """Open the cloud and read the faults."""

        def configure() -> Any:  # noqa: ANN401 - a protocol message
            given = decode(request.args)
            values = {
                key: given.get(key) or request.variables.get(f"gcp:config:{key}") for key in _PLACE_KEYS
            }
            place = Place(*("" if v is None or v is UNKNOWN else str(v) for v in values.values()))
            self._cloud = self._cloud or self._settings.open_cloud()
            self._provider = Provider(
                self._cloud, place, self._settings.fault_rules(), settle=self._settings.settle()
            )
            return provider_pb2.ConfigureResponse(
                acceptSecrets=True, supportsPreview=True, acceptResources=False, acceptOutputs=False
            )

        return _answer(context, configure)

    def Check(self, request: Any, context: Any) -> Any:  # noqa: N802, ANN401 - likewise
        """Refuse what Google's provider refuses at preview; complete the inputs with defaults."""

        def run() -> Any:  # noqa: ANN401 - a protocol message
            secrets: set[Path] = set()
            news = decode(request.news, secrets)
            wish = None
            if request.HasField("autonaming"):
                wish = check.Autonaming(request.autonaming.proposed_name, _MODES[request.autonaming.mode])
            checked = check.check(
                kinds.kind(_token(request.urn)),
                _name(request.urn),
                decode(request.olds),
                news,
                self._ready.place,
                seed=request.randomSeed,
                autonaming=wish,
                secrets=frozenset(secrets),
            )
            failures = [provider_pb2.CheckFailure(reason=reason) for reason in checked.failures]
            return provider_pb2.CheckResponse(inputs=encode(checked.inputs, secrets), failures=failures)

        return _answer(context, run)

    def Diff(self, request: Any, context: Any) -> Any:  # noqa: N802, ANN401 - likewise
        """What changed, with its paths, and what it replaces."""

        def run() -> Any:  # noqa: ANN401 - a protocol message
            found = diff.diff(
                kinds.kind(_token(request.urn)),
                decode(request.olds),
                decode(request.old_inputs),
                decode(request.news),
                tuple(request.ignoreChanges),
            )
            some, none = provider_pb2.DiffResponse.DIFF_SOME, provider_pb2.DiffResponse.DIFF_NONE
            return provider_pb2.DiffResponse(
                changes=some if found.changed else none,
                diffs=found.top_level,
                replaces=found.top_level_replaces,
                deleteBeforeReplace=found.delete_first,
                detailedDiff={
                    path: _property_diff(path, what, found) for path, what in found.changed.items()
                },
                hasDetailedDiff=True,
            )

        return _answer(context, run)

    def Create(self, request: Any, context: Any) -> Any:  # noqa: N802, ANN401 - likewise
        """Make it, or say what would be known of it."""

        def run() -> Any:  # noqa: ANN401 - a protocol message
            secrets: set[Path] = set()
            inputs = decode(request.properties, secrets)
            token = _token(request.urn)
            if request.preview:
                made = self._ready.preview_create(token, inputs, frozenset(secrets))
            else:
                made = self._ready.create(token, request.urn, inputs, frozenset(secrets))
            return provider_pb2.CreateResponse(id=made.id, properties=_outputs(made))

        return _answer(context, run, request.urn, "creating")

    def Read(self, request: Any, context: Any) -> Any:  # noqa: N802, ANN401 - likewise
        """The present state: for refresh, import and get."""

        def run() -> Any:  # noqa: ANN401 - a protocol message
            secrets: set[Path] = set()
            decode(request.properties, secrets)
            old_inputs = decode(request.inputs, secrets)
            token, marked = _token(request.urn), frozenset(secrets)
            made = self._ready.read(token, request.urn, request.id, old_inputs, secrets=marked)
            if made is None:
                return provider_pb2.ReadResponse()
            return provider_pb2.ReadResponse(
                id=made.id, properties=_outputs(made), inputs=encode(made.inputs or {}, made.secrets)
            )

        return _answer(context, run, request.urn, "reading")

    def Update(self, request: Any, context: Any) -> Any:  # noqa: N802, ANN401 - likewise
        """Change it, or say what would be known of it."""

        def run() -> Any:  # noqa: ANN401 - a protocol message
            secrets: set[Path] = set()
            inputs = decode(request.news, secrets)
            existing = Existing(request.id, decode(request.olds), decode(request.old_inputs))
            token, marked = _token(request.urn), frozenset(secrets)
            if request.preview:
                made = self._ready.preview_update(token, request.urn, existing, inputs, marked)
            else:
                made = self._ready.update(token, request.urn, existing, inputs, marked)
            return provider_pb2.UpdateResponse(properties=_outputs(made))

        return _answer(context, run, request.urn, "updating")

    def Delete(self, request: Any, context: Any) -> Any:  # noqa: N802, ANN401 - likewise
        """Delete it, unless it is protected or in use."""

        def run() -> Any:  # noqa: ANN401 - a protocol message
            self._ready.delete(_token(request.urn), request.urn, request.id, decode(request.properties))
            return empty_pb2.Empty()

        return _answer(context, run, request.urn, "deleting")

    def Invoke(self, request: Any, context: Any) -> Any:  # noqa: N802, ANN401 - likewise
        """Look something up that exists."""

        def run() -> Any:  # noqa: ANN401 - a protocol message
            result, secrets = lookups.look_up(self._ready, request.tok, decode(request.args))
            response = provider_pb2.InvokeResponse()
            getattr(response, "return").CopyFrom(encode(result, secrets))  # the field's name is a Python word
            return response

        return _answer(context, run, request.tok, "invoking")

    @property
    def _ready(self) -> Provider:
        if self._provider is None:
            raise ProviderError("the engine sent an operation before it configured the provider")
        return self._provider


def _token(urn: str) -> str:
    """`gcp:redis/instance:Instance` of a URN; the last of its `$`-separated types."""
    return urn.split("::")[2].rpartition("$")[2]


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]


def _outputs(made: Made) -> Any:  # noqa: ANN401 - a protocol message
    shown = {
        name: value for name, value in made.outputs.items() if name == DEFAULTS or not name.startswith("__")
    }
    props: Props = {**shown, "id": made.id or UNKNOWN}
    return encode(props, made.secrets)


def _property_diff(path: str, what: str, found: diff.Difference) -> Any:  # noqa: ANN401 - a protocol message
    name = f"{what}_REPLACE" if path in found.replaces else what
    return provider_pb2.PropertyDiff(kind=provider_pb2.PropertyDiff.Kind.Value(name))


def _answer(context: Any, run: Callable[[], Any], urn: str = "", verb: str = "") -> Any:  # noqa: ANN401 - gRPC's
    """Run one call; what the user can cause becomes a message, never a traceback."""
    try:
        return run()
    except HalfCreatedError as error:
        _half_created(context, error)
    except (ApiError, ProviderError, NoSuchTypeError, UserFileError) as error:
        said = (
            f"1 error occurred:\n\t* {error}\n\n"
            if isinstance(error, ApiError | ProviderError)
            else str(error)
        )
        about = f"{verb} {urn}: " if verb == "deleting" else ""
        context.abort(grpc.StatusCode.UNKNOWN, f"{about}{said}")
    raise AssertionError("abort raises")  # pragma: no cover


def _half_created(context: Any, error: HalfCreatedError) -> None:  # noqa: ANN401 - gRPC's context
    """The protocol's way to say: it exists, keep it in the state, and tell the user why it is not ready."""
    detail = any_pb2.Any()
    detail.Pack(
        provider_pb2.ErrorResourceInitFailed(
            id=error.resource_id,
            properties=encode({**error.outputs, "id": error.resource_id}),
            reasons=[error.reason],
        )
    )
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=error.reason, details=[detail])
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(grpc.StatusCode.UNKNOWN, error.reason)
