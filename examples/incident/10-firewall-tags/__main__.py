"""Fault 10: firewall rules aimed at tags that no serverless resource carries."""

import sys
from pathlib import Path

import pulumi_gcp as gcp

sys.path.append(str(Path(__file__).resolve().parents[1] / "common"))
from chat import Chat

chat = Chat()
chat.deploy("backend")
for name, port, network_range in (("database", "5432", "10.20.0.0/16"), ("cache", "6378", "10.30.0.0/29")):
    gcp.compute.Firewall(
        f"backend-to-{name}",
        name=f"netra-backend-to-{name}",
        network=chat.network.id,
        direction="EGRESS",
        target_tags=["cloud-run-backend"],
        destination_ranges=[network_range],
        allows=[{"protocol": "tcp", "ports": [port]}],
    )
