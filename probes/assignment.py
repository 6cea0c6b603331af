"""The assignment: what to check, by names. It holds no value of a variable and no secret.

Owns its shape. It is the JSON in `PLUMB_PROBES`; the names are those of variables that the service reads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit, urlunsplit

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE: Final = "PLUMB_PROBES"
HOSTS: Final = "PLUMB_PROBES_HOSTS"
"""Environment variable of one run: hosts to come by instead, as JSON, so that a candidate is asked."""


class Model(BaseModel):
    """What the assignment's models share."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )


class Database(Model):
    """The PostgreSQL database: the variables that say where it is, and what it must bear."""

    host: str = "POSTGRES_HOST"
    port: str | None = "POSTGRES_PORT"
    name: str = "POSTGRES_DB"
    user: str = "POSTGRES_USER"
    password: str = "POSTGRES_PASSWORD"  # noqa: S105 - a variable's name
    ssl_mode: str = "POSTGRES_SSLMODE"
    pool_connections: int | None = Field(None, ge=1)
    """Connections that one process may open, overflow included; None where the service keeps no pool."""
    p95_ms: float = Field(500, gt=0)
    """Most that 95 of 100 trivial queries may take."""
    connections_asked: int | None = None
    """What all pools of all services ask for at full scale; None where nobody counted."""
    connections_reserved: int = 0
    """What must be left beside them, PostgreSQL's own reserve included."""
    version: int | None = None
    """The major version that the settings ask for; another one is a note, no failure."""


class Cache(Model):
    """The Redis instance: the variables that say where it is, and how it must be set."""

    host: str = "REDIS_HOST"
    port: str | None = "REDIS_PORT"
    password: str = "REDIS_PASSWORD"  # noqa: S105 - a variable's name
    ca_cert: str = "REDIS_CA_CERT"
    maxmemory_policy: str | None = None
    """The eviction policy that must be in force; None where it does not matter."""


class Host(Model):
    """A host on the internet, by name or by the variable that holds it."""

    host: str | None = None
    host_from: str | None = None
    port: int = 443


class Login(Model):
    """How a token is had: one POST with JSON. `$VARIABLE` stands for a variable's value."""

    url: str
    headers: dict[str, str] = {}
    json_body: dict[str, str] = Field({}, alias="json")
    token: str = "access_token"  # noqa: S105 - a key's name
    """The key of the token in the answer."""


class Socket(Model):
    """How a WebSocket is opened. `$token` stands for the login's token."""

    url: str
    headers: dict[str, str] = {}


class WebSockets(Model):
    """That a WebSocket opens and stays, and that many in a row do."""

    socket: Socket
    login: Login | None = None
    open_seconds: float = Field(2, ge=0)
    handshakes: int = Field(100, ge=1)


class GoldenPath(Model):
    """What a user does: log in, open the socket, send one message, wait for the first token."""

    login: Login | None = None
    socket: Socket
    send: dict[str, str]
    expect: dict[str, str]
    """What the first message that counts holds, beside whatever else it holds."""
    seconds: float = Field(gt=0)
    """The budget for all of it."""


class Assignment(Model):
    """Everything that one run checks."""

    service: str
    env: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    database: Database | None = None
    cache: Cache | None = None
    internet: tuple[Host, ...] = ()
    web_sockets: WebSockets | None = None
    golden_path: GoldenPath | None = None
    deadlines: dict[str, float] = {}
    """Seconds by check, in the place of a check's own."""
    deadline_seconds: float = Field(8, gt=0)
    """For the whole run."""

    def through(self, hosts: Mapping[str, str]) -> Assignment:
        """The same, with users coming by other hosts.

        Args:
            hosts: The other host by the host that the assignment names; one that is missing stays.
        """

        def socket(given: Socket) -> Socket:
            return given.model_copy(update={"url": _by(given.url, hosts)})

        def login(given: Login | None) -> Login | None:
            return given and given.model_copy(update={"url": _by(given.url, hosts)})

        changed = {
            name: part.model_copy(update={"socket": socket(part.socket), "login": login(part.login)})
            for name, part in (("web_sockets", self.web_sockets), ("golden_path", self.golden_path))
            if part is not None
        }
        return self.model_copy(update=changed)


def _by(url: str, hosts: Mapping[str, str]) -> str:
    parts = urlsplit(url)
    host = parts.hostname or ""
    return urlunsplit(parts._replace(netloc=parts.netloc.replace(host, hosts.get(host, host))))
