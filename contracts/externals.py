"""What lives outside the stacks, declared so that it need not be proven: the shape of its file.

Owns what may be said of a thing by its kind. Knows no plan.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StrictInt, StrictStr, model_validator

from contracts.fields import EnvironmentName, Model, Port, ProjectId, fault, one_or_many

SecretState = Literal["enabled", "disabled", "destroyed"]
Kind = Literal[
    "secret", "network", "subnetwork", "connector", "address", "range", "database", "cache", "tag", "service"
]

# What may be said of a secret only, and what may be said of anything but a secret, by their keys in YAML.
_OF_SECRETS: Final = ("versions", "state", "readableBy")
_OF_PLACES: Final = ("network", "region", "range", "ranges", "port")
_VERSION: Final = re.compile(r"[1-9][0-9]*")


def _cidr(text: str) -> str:
    try:
        ipaddress.ip_network(text)
    except ValueError as error:
        raise fault(
            f"{text!r} is no range: {error}",
            "a route is held against it: it could hold no address",
            "CIDR notation with no bits set behind the prefix: 10.20.0.0/16",
        ) from None
    return text


def _number(version: str) -> str:
    if not _VERSION.fullmatch(version):
        raise fault(
            f"{version!r} is no version's number",
            "what a name stands for changes: only a number is the same version tomorrow",
            'versions: ["1"]',
        )
    return version


def _version(number: object) -> object:
    # `versions: [3]` is how everybody writes it; YAML makes a number of that.
    return str(number) if isinstance(number, int) and not isinstance(number, bool) else number


Cidr = Annotated[StrictStr, AfterValidator(_cidr)]
VersionNumber = Annotated[
    StrictStr,
    AfterValidator(_number),
    BeforeValidator(_version, json_schema_input_type=StrictStr | StrictInt),
]


class External(Model):
    """Something a service relies on that lives outside the stack, declared so that it need not be proven."""

    kind: Kind
    environment: EnvironmentName
    id: StrictStr = Field(
        min_length=1, description="Its id in Google Cloud, or an address; projects/… or a name."
    )
    project: ProjectId | None = Field(
        None, description="The project it lives in, where its id does not say; else any of the environment."
    )
    network: StrictStr | None = Field(None, description="The network it is on, where it is on one.")
    region: StrictStr | None = None
    range: Cidr | None = Field(None, description="The addresses it has, in CIDR notation.")
    ranges: Annotated[tuple[Cidr, ...], BeforeValidator(one_or_many)] = Field(
        (), description="The addresses it has, where they are several ranges."
    )
    port: Port | None = Field(None, description="The port it answers on.")
    versions: tuple[VersionNumber, ...] = Field((), description="A secret's versions that are there.")
    state: SecretState | None = Field(
        None, description="The state of these versions; enabled where it is not written."
    )
    readable_by: Annotated[
        tuple[StrictStr, ...], BeforeValidator(one_or_many, json_schema_input_type=str | list[str])
    ] = Field(
        (), description="Service accounts, by e-mail, that may read the secret by a grant made outside."
    )
    why: StrictStr = Field(min_length=1, description="Why it is not in the stack.")

    @model_validator(mode="after")
    def _says_what_its_kind_may(self) -> External:
        written = {str(type(self).model_fields[name].alias) for name in self.model_fields_set}
        for key in _OF_PLACES if self.kind == "secret" else _OF_SECRETS:
            if key in written:
                raise fault(
                    f"a {self.kind} has no {key}", "nothing would read it", f"delete {key}, or mend kind"
                )
        if self.kind == "secret" and self.state is not None and not self.versions:
            raise fault(
                "a state without versions",
                "a secret has no state of its own: its versions have",
                'name them: versions: ["1"]',
            )
        if self.kind == "range" and not self.cidrs:
            raise fault("a range without addresses", "nothing could be in it", "range: 10.20.0.0/16")
        return self

    @property
    def cidrs(self) -> tuple[str, ...]:
        """Its addresses, however they are written."""
        return (*(() if self.range is None else (self.range,)), *self.ranges)


class ExternalsFile(Model):
    """`externals`: what lives elsewhere."""

    externals: tuple[External, ...]
