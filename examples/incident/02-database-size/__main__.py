"""Fault 2: a database of 1.7 GB promises 200 connections and 2 GB of buffers; pools never recycle."""

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
    deletion_protection=True,
    settings={
        "tier": "db-g1-small",
        "edition": "ENTERPRISE",
        "availability_type": "REGIONAL",
        "deletion_protection_enabled": True,
        "database_flags": [
            {"name": "max_connections", "value": "200"},
            {"name": "shared_buffers", "value": "262144"},  # pages of 8 KiB: 2 GiB
        ],
        "ip_configuration": {
            "ipv4_enabled": False,
            "private_network": chat.network.id,
            "ssl_mode": "ENCRYPTED_ONLY",
        },
        "backup_configuration": {"enabled": True, "point_in_time_recovery_enabled": True},
    },
    opts=chat.after(*chat.apis, chat.private_services),
)
chat.plain["backend"] |= {"DB_POOL_SIZE": "10", "DB_MAX_OVERFLOW": "0", "DB_POOL_RECYCLE_SECONDS": "-1"}
chat.deploy("backend")
