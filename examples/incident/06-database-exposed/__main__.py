"""Fault 6: a database open to the world, in plain text, unprotected and in one zone."""

import sys
from pathlib import Path

import pulumi_gcp as gcp

sys.path.append(str(Path(__file__).resolve().parents[1] / "common"))
from chat import REGION, Chat

chat = Chat()
chat.database = gcp.sql.DatabaseInstance(
    "database",
    name="netra-postgres",
    region=REGION,
    database_version="POSTGRES_17",
    deletion_protection=False,
    settings={
        "tier": "db-custom-4-16384",
        "edition": "ENTERPRISE",
        "availability_type": "ZONAL",
        "ip_configuration": {
            "ipv4_enabled": True,
            "authorized_networks": [{"name": "everybody", "value": "0.0.0.0/0"}],
            "private_network": chat.network.id,
            "ssl_mode": "ALLOW_UNENCRYPTED_AND_ENCRYPTED",
        },
        "backup_configuration": {"enabled": True, "point_in_time_recovery_enabled": True},
    },
    opts=chat.after(*chat.apis, chat.private_services),
)
chat.deploy("backend")
