"""What uses a reserved address, and which Cloud SQL instance an endpoint of Private Service Connect leads to.

Owns how a machine or a forwarding rule names the address it has. Nothing answers at an address that is merely
reserved: https://cloud.google.com/compute/docs/ip-addresses#reservedaddress
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.plan.tokens import FORWARDING_RULE
from policies.plan.values import Unknown, at, elements, text
from policies.routes.networks import SQL

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policies.plan import Plan, Resource
    from policies.plan.graph import Key
    from policies.rules.registry import World

ADDRESS: Final = "gcp:compute/address:Address"
MACHINE: Final = "gcp:compute/instance:Instance"
_USERS: Final = (
    MACHINE,
    FORWARDING_RULE,
    "gcp:compute/instanceFromMachineImage:InstanceFromMachineImage",
    "gcp:compute/instanceFromTemplate:InstanceFromTemplate",
    "gcp:compute/instanceTemplate:InstanceTemplate",
    "gcp:compute/perInstanceConfig:PerInstanceConfig",
    "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate",
    "gcp:compute/regionPerInstanceConfig:RegionPerInstanceConfig",
)


def users(world: World, address: Resource) -> Sequence[Resource]:
    """What a plan puts at a reserved address; nothing before it is whole and tells what values come from."""
    if not world.closed:
        return ()
    index = world.plan.index(_USERS, _addresses)
    told = [address.urn, text(at(address.outputs, "address")), text(address.at("address"))]
    keys = [*told, text(address.at("name"))]
    found = {one.urn: one for key in keys if isinstance(key, str) and key for one in index.get(key)}
    return [*found.values()]


def behind(world: World, endpoint: Resource) -> Resource | None:
    """The Cloud SQL instance that a forwarding rule leads to, by its service attachment."""
    if endpoint.type != FORWARDING_RULE or not world.closed:
        return None
    target = text(endpoint.at("target"))
    if isinstance(target, str) and target:
        found = world.plan.index((SQL,), _attachment).get(_path(target))
    else:
        found = world.plan.sources(SQL, endpoint, "target")
    return found[0] if len(found) == 1 else None


def _addresses(_plan: Plan, user: Resource) -> Iterator[Key]:
    """What a resource names its addresses by: their URNs while they are unknown, else addresses or names."""
    of_rule = user.type == FORWARDING_RULE
    for key in ("ipAddress",) if of_rule else ("networkInterfaces", "preservedState"):
        yield from user.property_dependencies.get(key, ())
    listed = elements(user.at("networkInterfaces"))
    named = [user.at("ipAddress")] if of_rule else []
    named += [at(one, "networkIp") for one in (() if isinstance(listed, Unknown) else listed)]
    for spelled in map(text, named):
        if isinstance(spelled, str) and spelled:
            yield spelled.rsplit("/", 1)[-1]


def _attachment(_plan: Plan, sql: Resource) -> Iterator[Key]:
    link = text(at(sql.outputs, "pscServiceAttachmentLink"))
    if isinstance(link, str) and link:
        yield _path(link)


def _path(link: str) -> str:
    return link[link.find("projects/") :]
