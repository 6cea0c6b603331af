"""What the supervisor asks of everything it runs.

Owns the small protocol between the fleet and one sort of server. A sort of server is one file in `servers/`
that defines `SORT`; adding one is adding the file and its name to `servers.SORTS`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from sandbox.authority import Authority
    from sandbox.cloud import Cloud
    from sandbox.live.fabric import Fabric
    from sandbox.live.processes import Program


class NotReadyError(Exception):
    """A server did not come up; the text is what Google would say, or the reason as far as it can be told."""


@dataclass(slots=True)
class Faults:
    """What is broken on purpose: faults by the id of the thing."""

    by_thing: dict[str, frozenset[str]] = field(default_factory=dict)

    def of(self, thing_id: str) -> frozenset[str]:
        """The faults of one thing."""
        return self.by_thing.get(thing_id, frozenset())


@dataclass(frozen=True, slots=True)
class Spec:
    """What one server must be. Two that are equal need nothing done.

    Attributes:
        key: id of the thing it stands for, and of its place.
        faults: what was broken on purpose, as `live fault` was told.
    """

    key: str
    faults: frozenset[str] = field(default=frozenset(), kw_only=True)

    def fault(self, name: str) -> str | None:
        """The value of a fault `name:VALUE`, "" for a bare one; None without it."""
        for each in self.faults:
            head, _, value = each.partition(":")
            if head == name:
                return value
        return None


class Server(Protocol):
    """One server that runs."""

    @property
    def programs(self) -> Sequence[Program]:
        """Its processes."""

    def change(self, spec: Spec) -> bool:
        """Become what `spec` says without a restart; False when only a new start can."""

    def stop(self) -> None:
        """End every process of it."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What a server is started with.

    Attributes:
        fabric: the network.
        data: a folder in memory for what servers keep.
        authority: signs for the internet and for managed certificates.
        bundle: that authority's certificate, as a file.
        cloud: where secrets are read when a container starts.
    """

    fabric: Fabric
    data: Path
    authority: Authority
    bundle: Path
    cloud: Cloud


@dataclass(frozen=True, slots=True)
class Sort:
    """One sort of server.

    Attributes:
        name: what `live status` calls it.
        types: the types of things that it stands for or that change it, by what makes a key of their body and
            id: a create of such a thing ends when the server of that key is ready.
        specs: what must run, from the cloud.
        start: starts one and returns when it answers.
        rank: those of a lower rank are waited for first.
        faults: the faults it knows, each with what it does.
    """

    name: str
    types: Mapping[str, Callable[[str, Mapping[str, object]], str]]
    specs: Callable[[Cloud, Faults], Iterable[Spec]]
    start: Callable[[Spec, Machine], Server]
    rank: int = 0
    faults: Mapping[str, str] = field(default_factory=dict)
