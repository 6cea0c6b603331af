"""The shape of the contract files, as pydantic models.

Owns what a service requires and which project is which environment; `externals` and `waivers` own theirs.
Does not read files (`loader`) and judges no plan. Keys are camelCase in YAML, like those of the stack files.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from contracts.fields import (
    EnvironmentName,
    Model,
    Port,
    Profile,
    ProjectId,
    ProjectNumber,
    Scalar,
    ServicePattern,
    VariableName,
    empty_is_defaults,
    expand,
    fault,
    one_or_many,
    true_is_defaults,
)
from contracts.probes import GoldenPath, Probes  # noqa: TC001 - pydantic reads annotations at run time


class PlainRequirement(Model):
    """A variable that must be set and not empty, with a value it must hold where the contract fixes one."""

    value: Scalar | None = Field(None, description="The one value it may hold.")
    one_of: tuple[Scalar, ...] = Field((), description="The values it may hold.")
    matches: StrictStr | None = Field(None, description="A regular expression for the whole value.")
    why: StrictStr | None = Field(None, description="What breaks without it; part of the finding.")

    @field_validator("matches")
    @classmethod
    def _compiles(cls, pattern: str | None) -> str | None:
        try:
            re.compile(pattern or "")
        except re.error as error:
            raise fault(
                f"{pattern!r} is no regular expression: {error}",
                "it could match no value",
                "matches: '[a-z-]+'",
            ) from None
        return pattern

    @model_validator(mode="after")
    def _one_way(self) -> PlainRequirement:
        if sum((self.value is not None, bool(self.one_of), self.matches is not None)) > 1:
            raise fault(
                "more than one of value, oneOf and matches",
                "they could contradict one another",
                "keep one of the three",
            )
        return self

    @property
    def allowed(self) -> str:
        """What it may hold, in words; empty when anything may."""
        if self.value is not None:
            return str(self.value)
        if self.one_of:
            return "one of " + ", ".join(str(value) for value in self.one_of)
        return f"a value that matches {self.matches}" if self.matches is not None else ""

    def allows(self, value: str) -> bool:
        """Whether it may hold this value."""
        if self.value is not None:
            return value == str(self.value)
        if self.one_of:
            return value in {str(allowed) for allowed in self.one_of}
        return self.matches is None or re.fullmatch(self.matches, value) is not None

    def within(self, environment: str) -> PlainRequirement:
        """The requirement with the environment's name in its places."""
        one_of = tuple(expand(str(value), environment) for value in self.one_of)
        value = expand(self.value, environment) if isinstance(self.value, str) else self.value
        return self.model_copy(update={"value": value, "one_of": one_of})


class SecretRequirement(Model):
    """A variable that must be read from Secret Manager."""

    same_as: Annotated[
        tuple[StrictStr, ...], BeforeValidator(one_or_many, json_schema_input_type=str | list[str])
    ] = Field(
        (),
        description="Variables that must read the same secret: VARIABLE of this contract, or "
        "contract/VARIABLE of another, by the other contract's file name.",
    )
    why: StrictStr | None = Field(None, description="What breaks without it; part of the finding.")

    def within(self, environment: str) -> SecretRequirement:
        """The requirement with the environment's name in its places."""
        return self.model_copy(update={"same_as": tuple(expand(same, environment) for same in self.same_as)})


class Destination(Model):
    """A database or a cache the service must reach: the variables that hold where it is."""

    host: VariableName
    port: VariableName | None = None
    read_only: StrictBool = Field(
        False,  # noqa: FBT003 - the default, by position as everywhere here
        description="True when the service writes nothing there: a replica then serves it as well.",
    )

    def within(self, environment: str) -> Self:
        """The destination with the environment's name in its places."""
        port = None if self.port is None else expand(self.port, environment)
        return self.model_copy(update={"host": expand(self.host, environment), "port": port})


class CacheDestination(Destination):
    """A cache, and whether what it holds may be lost."""

    holds_sessions: StrictBool = Field(
        True,  # noqa: FBT003 - the default, by position as everywhere here
        description="False when every key may be lost at any time: its memory may then evict.",
    )


class InternetHost(Model):
    """A host on the internet the service must reach: by name, or by the variable that holds it."""

    host: StrictStr | None = None
    host_from: VariableName | None = Field(None, description="The plain variable that holds the host.")
    port: Port = 443

    @model_validator(mode="after")
    def _one_host(self) -> InternetHost:
        if (self.host is None) == (self.host_from is None):
            raise fault(
                "a destination wants exactly one of host and hostFrom",
                "it would be no destination, or two",
                "host: api.openai.com",
            )
        return self

    def within(self, environment: str) -> InternetHost:
        """The host with the environment's name in its places."""
        host = None if self.host is None else expand(self.host, environment)
        host_from = None if self.host_from is None else expand(self.host_from, environment)
        return self.model_copy(update={"host": host, "host_from": host_from})


class Destinations(Model):
    """What the service must reach."""

    database: Destination | None = None
    cache: CacheDestination | None = None
    internet: tuple[InternetHost, ...] = ()

    def within(self, environment: str) -> Destinations:
        """The destinations with the environment's name in their places."""
        return Destinations.model_construct(
            database=None if self.database is None else self.database.within(environment),
            cache=None if self.cache is None else self.cache.within(environment),
            internet=tuple(host.within(environment) for host in self.internet),
        )


class Pool(Model):
    """The variables from which the service's database connections are computed."""

    size: VariableName = "DB_POOL_SIZE"
    max_overflow: VariableName = "DB_MAX_OVERFLOW"
    recycle_seconds: VariableName = "DB_POOL_RECYCLE_SECONDS"
    workers: VariableName = "WEB_CONCURRENCY"

    def within(self, environment: str) -> Pool:
        """The variables with the environment's name in their places."""
        return self.model_copy(
            update={name: expand(getattr(self, name), environment) for name in type(self).model_fields}
        )


class WebSockets(Model):
    """That a service answers WebSockets, and how long one stays open."""

    seconds: Annotated[StrictInt, Field(ge=1, le=3600)] = Field(
        3600, description="How long a WebSocket must be able to stay open; Cloud Run allows an hour."
    )


class ServiceContract(Model):
    """What one service cannot run without."""

    service: ServicePattern = Field(description="The Cloud Run service's name: netra-backend-{environment}.")
    container: StrictStr | None = Field(
        None, description="Which container the contract speaks of, where no port tells."
    )
    env: dict[VariableName, Annotated[PlainRequirement, empty_is_defaults(PlainRequirement)]] = Field(
        default_factory=dict, description="Plain variables that must be set."
    )
    secrets: dict[VariableName, Annotated[SecretRequirement, empty_is_defaults(SecretRequirement)]] = Field(
        default_factory=dict, description="Variables that must be read from Secret Manager."
    )
    destinations: Destinations = Destinations()
    web_sockets: Annotated[
        WebSockets | None,
        BeforeValidator(true_is_defaults, json_schema_input_type=Literal[True] | WebSockets | None),
    ] = Field(None, description="`true` when the service answers WebSockets; how long they stay open.")
    pool: Pool | None = Field(None, description="Present when the service keeps a pool of connections.")
    timeouts: tuple[VariableName, ...] = Field(
        (),
        description="Variables that hold time-outs in seconds, the outermost first: each must be smaller "
        "than the one before, and the first smaller than the service's own timeout.",
    )

    probes: Probes | None = Field(
        None, description="What is asked of the deployed service, from inside its network."
    )
    golden_path: GoldenPath | None = Field(
        None, description="What a user does, end to end, and within how many seconds."
    )

    @field_validator("timeouts")
    @classmethod
    def _each_once(cls, timeouts: tuple[str, ...]) -> tuple[str, ...]:
        for name in timeouts:
            if timeouts.count(name) > 1:
                raise fault(
                    f"{name} stands twice",
                    "no time-out can be smaller than itself",
                    f"name {name} once, where it is in the nest",
                )
        return timeouts

    @field_validator("secrets")
    @classmethod
    def _once(
        cls, secrets: dict[str, SecretRequirement], info: ValidationInfo
    ) -> dict[str, SecretRequirement]:
        for name in secrets:
            if name in info.data.get("env", {}):
                raise fault(
                    f"{name} stands under env and under secrets",
                    "it cannot be a plain value and a secret at once",
                    f"keep {name} under one of the two",
                )
        return secrets


class EnvironmentEntry(Model):
    """One environment: the projects that are it."""

    projects: tuple[ProjectId, ...] = Field(min_length=1, description="The projects' ids.")
    numbers: tuple[ProjectNumber, ...] = Field(
        (), description="The same projects' numbers, by which Google's own names refer to them."
    )
    compliance: Annotated[
        tuple[Profile, ...], BeforeValidator(one_or_many, json_schema_input_type=Profile | list[Profile])
    ] = Field((), description="Frameworks that it must keep: rules bind that are silent elsewhere.")


class EnvironmentsFile(Model):
    """`environments`: which Google Cloud project is which environment."""

    environments: dict[EnvironmentName, EnvironmentEntry] = Field(min_length=1)
