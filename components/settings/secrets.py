"""Settings of secrets: where each value comes from. Never a value itself."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from components.settings.base import Section
from components.settings.fields import ConfigKey, SecretVersion


class SecretSettings(Section):
    """Where the value of one Secret Manager secret comes from."""

    example: ClassVar[Mapping[str, object]] = {"from": "outside", "version": "1"}

    from_: Literal["config", "cacheAuthString", "outside"] = Field(alias="from")
    """`config`: an encrypted value of this stack. `cacheAuthString`: the Redis instance's own AUTH string.
    `outside`: the secret is made and filled elsewhere; this stack only refers to a version of it."""
    config_key: ConfigKey | None = None
    """With `from: config`: the secret key in the `plumbline` namespace."""
    version: SecretVersion | None = None
    """With `from: outside`: the version's number, as text. `latest` is not pinned and is refused."""
