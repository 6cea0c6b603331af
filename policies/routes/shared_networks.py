"""What Google takes of a connector on a network of another project.

Owns that it wants a subnet that is there. Which network a connector is on is `ways`'.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.plan.references import is_id
from policies.plan.workloads import shown_name
from policies.routes.route import Break

if TYPE_CHECKING:
    from policies.plan import Plan, Resource
    from policies.routes.networks import Net


def range_on_shared_network(plan: Plan, connector: Resource, net: Net) -> Break | None:
    """A range of its own on a network of another project.

    https://cloud.google.com/vpc/docs/configure-serverless-vpc-access#create-connector
    """
    project, name = plan.project_of(connector), shown_name(connector)
    if (
        not isinstance(project, str)
        or net.project is None
        or not is_id(net.project)
        or net.project == project
    ):
        return None
    return Break(
        "VPC_CONNECTOR_WANTS_SUBNET",
        f"the connector {name} of {project} wants a range of its own on the network {net.shown} of "
        f"{net.project}: on a network of another project a connector takes only a subnet that is there",
        f"make a /28 subnet on {net.shown} in {net.project}, and name it in the connector's subnet (name, "
        "projectId) in the place of network and ipCidrRange",
    )
