"""Fault 7: sessions in a Redis without AUTH, TLS or a replica, which evicts them when it is full."""

import sys
from pathlib import Path

import pulumi_gcp as gcp

sys.path.append(str(Path(__file__).resolve().parents[1] / "common"))
from chat import REGION, Chat

chat = Chat()
gcp.redis.Instance(
    "cache",
    name="netra-redis",
    region=REGION,
    redis_version="REDIS_7_2",
    tier="BASIC",
    memory_size_gb=4,
    authorized_network=chat.network.id,
    reserved_ip_range="10.30.0.0/29",
    redis_configs={"maxmemory-policy": "allkeys-lru"},
    opts=chat.after(*chat.apis),
)
