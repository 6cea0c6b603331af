"""The rule about waivers: registered here so that the engine and the reader know it by name.

It is judged once for a whole plan, not for a resource of some type: `policies.waivers` does it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.rules.finding import Severity
from policies.rules.registry import World, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.plan import Resource
    from policies.rules.finding import Claim


@rule(
    id="waiver",
    title="A waiver has an owner, ends within 90 days and is in use",
    severity=Severity.HIGH,
    why="what a waiver lets pass is let pass by somebody, for a reason and for a while; else nobody decides",
    fix="mend what the waiver lets pass and delete it, or have its owner decide anew",
    types=(),
    refutes_early=False,
)
def waiver(resource: Resource, world: World) -> Iterator[Claim]:
    """Of no resource: whatever is wrong with a waiver is said once the plan is whole."""
    del resource, world
    yield from ()
