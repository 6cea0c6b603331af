"""Fault 3: Memorystore on another network than the one the connector joins."""

import sys
from pathlib import Path

import pulumi_gcp as gcp

sys.path.append(str(Path(__file__).resolve().parents[1] / "common"))
from chat import REGION, Chat

chat = Chat()
chat.cache = gcp.redis.Instance(
    "cache",
    name="netra-redis",
    region=REGION,
    redis_version="REDIS_7_2",
    tier="STANDARD_HA",
    memory_size_gb=4,
    reserved_ip_range="10.30.0.0/29",
    auth_enabled=True,
    transit_encryption_mode="SERVER_AUTHENTICATION",
    redis_configs={"maxmemory-policy": "noeviction"},
    opts=chat.after(*chat.apis),
)
chat.deploy("backend")
