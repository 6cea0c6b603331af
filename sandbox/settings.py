"""Where a sandbox lives and what it starts with, from the environment.

Owns SANDBOX_STATE (folder of the cloud, default `.sandbox`), SANDBOX_OUTSIDE (what exists before the stack,
default `outside.yaml` beside this file), SANDBOX_FAULTS (faults and latencies, default none) and SANDBOX_LIVE
(real servers behind the things; `bin/sandbox --live` sets it).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.cloud import Cloud

if TYPE_CHECKING:
    from sandbox.faults import Rule
    from sandbox.provider import Settle

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Settings:
    """The sandbox's folders and files."""

    state: Path
    outside: Path
    faults: Path | None = None
    live: bool = False

    @classmethod
    def from_environment(cls) -> Settings:
        """Read the variables; what is not set takes its default."""
        faults = os.environ.get("SANDBOX_FAULTS")
        return cls(
            state=Path(os.environ.get("SANDBOX_STATE") or _HERE.parent / ".sandbox"),
            outside=Path(os.environ.get("SANDBOX_OUTSIDE") or _HERE / "outside.yaml"),
            faults=Path(faults) if faults else None,
            live=bool(os.environ.get("SANDBOX_LIVE")),
        )

    def open_cloud(self) -> Cloud:
        """The cloud, seeded when it is new."""
        from sandbox import outside  # noqa: PLC0415 - the YAML parser is loaded only for a new cloud

        cloud = Cloud(self.state / "cloud.sqlite")
        outside.seed_once(cloud, self.outside)
        return cloud

    def fault_rules(self) -> tuple[Rule, ...]:
        """The faults asked for; none without SANDBOX_FAULTS."""
        from sandbox import faults  # noqa: PLC0415 - likewise

        return faults.load(self.faults) if self.faults else ()

    def settle(self) -> Settle | None:
        """How a provider waits for what is real behind a thing; None when nothing is."""
        if not self.live:
            return None
        from sandbox.live.settle import Settling  # noqa: PLC0415 - likewise

        return Settling(self.state)
