"""What is asked of a deployed service: thresholds, the login, the WebSocket, the golden path.

Owns the shape of `probes` and `goldenPath`. Where a service is reached from outside is the stack's to say:
a step names a contract (its file's name), and the host follows from it. `$VARIABLE` in a step stands for what
the service itself reads there; nothing here is a value.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import AfterValidator, Field, StrictFloat, StrictInt, StrictStr, model_validator

from contracts.fields import Model, VariableName, empty_is_defaults, expand, fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TOKEN: Final = "token"  # noqa: S105 - what stands for a token
_VARIABLE: Final = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*(?:\{[A-Za-z]+\})?)")


def _path(path: str) -> str:
    if not path.startswith("/"):
        raise fault(f"{path!r} is no path", "a path begins with /", f"/{path}")
    return path


UrlPath = Annotated[StrictStr, AfterValidator(_path)]
Seconds = Annotated[StrictInt | StrictFloat, Field(gt=0, le=60)]
Texts = dict[StrictStr, StrictStr]


def variables_in(text: str) -> Iterator[str]:
    """The variables that a text takes in, without `$token`."""
    for name in _VARIABLE.findall(text):
        if name != TOKEN:
            yield name


def _within(texts: Mapping[str, str], environment: str) -> dict[str, str]:
    return {key: expand(text, environment) for key, text in texts.items()}


class DatabaseProbe(Model):
    """How fast the database must be, and the variables by which the service logs in."""

    p95_ms: Annotated[StrictInt, Field(ge=1, le=5000, alias="p95Ms")] = 500
    name: VariableName = "POSTGRES_DB"
    user: VariableName = "POSTGRES_USER"
    password: VariableName = "POSTGRES_PASSWORD"  # noqa: S105 - a variable's name
    ssl_mode: VariableName = Field("POSTGRES_SSLMODE", alias="sslMode")


class CacheProbe(Model):
    """What the cache must do when its memory is full, and the variables by which the service logs in."""

    maxmemory_policy: (
        Literal[
            "noeviction",
            "allkeys-lru",
            "volatile-lru",
            "allkeys-random",
            "volatile-random",
            "volatile-ttl",
            "allkeys-lfu",
            "volatile-lfu",
        ]
        | None
    ) = None
    password: VariableName = "REDIS_PASSWORD"  # noqa: S105 - a variable's name
    ca_cert: VariableName = "REDIS_CA_CERT"


class Step(Model):
    """Where a step goes: a service of another contract (this one's own, unless it is named), or a host."""

    service: StrictStr | None = Field(None, description="The other contract, by its file's name.")
    host: StrictStr | None = Field(None, description="A host that no stack of ours gives a service.")
    path: UrlPath = "/"
    headers: Texts = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_place(self) -> Step:
        if self.service is not None and self.host is not None:
            raise fault(
                "service and host", "a step goes to one place", "keep service where the stack has its host"
            )
        return self


class Login(Step):
    """How a token is had: one POST with JSON."""

    json_body: Texts = Field(default_factory=dict, alias="json")
    token: StrictStr = Field("access_token", min_length=1, description="The key of the token in the answer.")


class WebSocketProbe(Step):
    """A WebSocket that must open, stay open, and open many times in a row."""

    open_seconds: Seconds = 2
    handshakes: Annotated[StrictInt, Field(ge=1, le=1000)] = 100


class Probes(Model):
    """What is asked of the deployed service, from inside its network."""

    database: Annotated[DatabaseProbe, empty_is_defaults(DatabaseProbe)] = DatabaseProbe()
    cache: Annotated[CacheProbe, empty_is_defaults(CacheProbe)] = CacheProbe()
    login: Login | None = None
    web_socket: WebSocketProbe | None = None

    @model_validator(mode="after")
    def _token_is_had(self) -> Probes:
        socket = self.web_socket
        if socket is not None and self.login is None and f"${TOKEN}" in "".join(socket.headers.values()):
            raise fault(
                "the WebSocket takes $token, and there is no login",
                "nothing gives the token",
                "add login: {service: …, path: …}",
            )
        return self

    def within(self, environment: str) -> Probes:
        """The probes with the environment's name in their places."""
        database = {
            name: expand(getattr(self.database, name), environment)
            for name in ("name", "user", "password", "ssl_mode")
        }
        cache = {name: expand(getattr(self.cache, name), environment) for name in ("password", "ca_cert")}
        update: dict[str, object] = {
            "database": self.database.model_copy(update=database),
            "cache": self.cache.model_copy(update=cache),
        }
        for name in ("login", "web_socket"):
            step = getattr(self, name)
            if step is not None:
                update[name] = step.model_copy(update=_step(step, environment))
        return self.model_copy(update=update)

    def steps(self) -> Iterator[tuple[str, Step]]:
        """Each step and its key in YAML."""
        if self.login is not None:
            yield "login", self.login
        if self.web_socket is not None:
            yield "webSocket", self.web_socket


def _step(step: Step, environment: str) -> dict[str, object]:
    update: dict[str, object] = {"headers": _within(step.headers, environment)}
    if step.host is not None:
        update["host"] = expand(step.host, environment)
    if isinstance(step, Login):
        update["json_body"] = _within(step.json_body, environment)
    return update


class GoldenPath(Model):
    """What a user does: log in, open the WebSocket of `probes`, send a message, get the first token."""

    send: Texts = Field(min_length=1, description="The message, as JSON.")
    expect: Texts = Field(min_length=1, description="What the first message that counts holds.")
    seconds: Seconds = Field(description="From the login to the first token.")
