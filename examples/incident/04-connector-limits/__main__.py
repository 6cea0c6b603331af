"""Fault 4: a connector that no create will accept: sized twice, too many instances, no such machine."""

import sys
from pathlib import Path

import pulumi_gcp as gcp

sys.path.append(str(Path(__file__).resolve().parents[1] / "common"))
from chat import REGION, Chat

chat = Chat()
chat.connector = gcp.vpcaccess.Connector(
    "connector",
    name="netra-staging",
    region=REGION,
    network=chat.network.name,
    ip_cidr_range="10.8.0.0/28",
    machine_type="e2-standard-8",
    min_instances=2,
    max_instances=100,
    min_throughput=300,
    max_throughput=1000,
    opts=chat.after(*chat.apis),
)
chat.deploy("backend")
