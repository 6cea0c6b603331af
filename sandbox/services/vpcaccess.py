"""Serverless VPC Access.

https://cloud.google.com/vpc/docs/serverless-vpc-access

Google's provider lets impossible sizes through at preview; only both ways of sizing together, and a
throughput out of 200 to 1000, are refused there.
"""

from __future__ import annotations

from typing import Final

from catalog import connector as limits
from sandbox import references
from sandbox.addresses import CONNECTOR, NETWORK, SUBNETWORK
from sandbox.kinds import Checking, Kind, Request
from sandbox.services._compute_network import refuse_clash

_THROUGHPUT: Final = (200, 1000)


def _check(checking: Checking) -> None:
    inputs = checking.inputs
    for which in ("min", "max"):
        instances, throughput = inputs.get(f"{which}Instances"), inputs.get(f"{which}Throughput")
        if instances is not None and throughput is not None:
            checking.fail(f'"{which}_throughput": conflicts with {which}_instances', f"{which}Throughput")
        low, high = _THROUGHPUT
        if isinstance(throughput, float) and not low <= throughput <= high:
            checking.fail(
                f"expected {which}_throughput to be in the range ({low} - {high}), got {throughput:g}",
                f"{which}Throughput",
            )


def _create(request: Request) -> None:
    inputs, body = request.inputs, request.body
    subnet = inputs.get("subnet") or {}
    if subnet.get("name"):
        found = request.resolve(SUBNETWORK, f"regions/{request.region}/subnetworks/{subnet['name']}")
        if subnet.get("projectId"):
            path = f"projects/{subnet['projectId']}/regions/{request.region}/subnetworks/{subnet['name']}"
            found = request.resolve(SUBNETWORK, path)
        if found is None:
            raise request.refuse(400, f"Subnet {subnet['name']} was not found.", "")
        request.refers_to.append((found.type, found.id))
        body["network"] = references.tail(str(found.body["network"])).rpartition("/")[2]
    else:
        _own_range(request)
    _size(request)
    body["connectedProjects"] = [request.project]
    body["state"] = "READY"
    body["selfLink"] = request.id


def _own_range(request: Request) -> None:
    inputs = request.inputs
    reference = str(inputs.get("network") or "default")
    network = request.resolve(NETWORK, reference)
    if network is None:
        raise request.refuse(400, f"VPC network {reference.rpartition('/')[2]} was not found.", "")
    if network.project != request.project:
        raise request.refuse(
            400,
            f"The request was invalid: network {network.id} is of another project: a connector on a Shared "
            "VPC network must use an existing subnet.",
            "",
        )
    given = inputs.get("ipCidrRange")
    if not given:
        raise request.refuse(400, "An IP CIDR range or a subnet must be specified.", "")
    breach = limits.check_range(str(given))
    if breach is not None:
        raise request.refuse(400, f"The request was invalid: ip_cidr_range: {breach.what}: {breach.why}", "")
    refuse_clash(request, network.id, given)
    request.refers_to.append((network.type, network.id))
    request.body["network"] = network.name


def _size(request: Request) -> None:
    inputs, body = request.inputs, request.body
    machine = str(body.get("machineType") or limits.DEFAULT_MACHINE_TYPE)
    breach = limits.check_machine_type(machine)
    if breach is not None:
        raise request.refuse(400, f"The request was invalid: machine_type: {breach.what}: {breach.why}", "")
    known = limits.MACHINE_TYPES[machine]
    by_throughput = inputs.get("maxThroughput") is not None or inputs.get("minThroughput") is not None
    if by_throughput:
        least, most = int(inputs.get("minThroughput") or 200), int(inputs.get("maxThroughput") or 300)
        rules = (
            ("min_throughput", limits.MIN_THROUGHPUT, least),
            ("max_throughput", limits.MAX_THROUGHPUT, most),
        )
        body.update(
            minThroughput=least, maxThroughput=most, minInstances=least // 100, maxInstances=most // 100
        )
    else:
        least = int(inputs.get("minInstances") or limits.DEFAULT_MIN_INSTANCES)
        most = int(inputs.get("maxInstances") or limits.DEFAULT_MAX_INSTANCES)
        rules = (
            ("min_instances", limits.MIN_INSTANCES, least),
            ("max_instances", limits.MAX_INSTANCES, most),
        )
        body.update(
            minInstances=least,
            maxInstances=most,
            minThroughput=known.mbps(least),
            maxThroughput=known.mbps(most),
        )
    for name, limit, value in rules:
        broken = limit.check(value)
        if broken is not None:
            raise request.refuse(400, f"The request was invalid: {name} {broken.what}: {broken.why}", "")
    if least >= most:
        least_name, most_name = rules[0][0], rules[1][0]
        raise request.refuse(400, f"The request was invalid: {least_name} must be less than {most_name}", "")


KINDS = (
    Kind(
        CONNECTOR,
        noun="Connector",
        api="vpcaccess.googleapis.com",
        id="projects/{project}/locations/{region}/connectors/{name}",
        defaults={"machineType": limits.DEFAULT_MACHINE_TYPE},
        check=_check,
        create=_create,
        exists="Requested entity already exists",
    ),
)
