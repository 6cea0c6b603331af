"""The settings that these tests deploy: staging as in the incident, with every knob in plain sight."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from components.settings import PlatformSettings

DIGEST = "0123456789abcdef" * 4


def _image(name: str) -> str:
    return f"us-central1-docker.pkg.dev/netra-staging/netra/{name}@sha256:{DIGEST}"


STAGING: dict[str, Any] = {
    "project": "netra-staging",
    "region": "us-central1",
    "environment": "staging",
    "labels": {"cost-centre": "chat"},
    "deletionProtection": True,
    "registry": {"repository": "netra"},
    "network": {
        "name": "netra",
        "subnet": {"name": "netra-services", "ipCidrRange": "10.10.0.0/20"},
        "privateServicesRange": "10.20.0.0/16",
        "flowLogsSampling": 0.25,
    },
    "egress": {
        "via": "connector",
        "traffic": "PRIVATE_RANGES_ONLY",
        "connector": {
            "name": "netra-staging",
            "ipCidrRange": "10.8.0.0/28",
            "machineType": "e2-standard-4",
            "minInstances": 2,
            "maxInstances": 10,
        },
    },
    "database": {
        "name": "netra-postgres",
        "version": "POSTGRES_17",
        "edition": "ENTERPRISE",
        "tier": "db-custom-4-16384",
        "availability": "REGIONAL",
        "diskSizeGb": 50,
        "maxConnections": None,
        "backupsRetained": 8,
        "pointInTimeRecoveryDays": 6,
        "maintenance": {"day": 7, "hour": 4},
        "databases": {
            "netra": {"user": "netra-app", "passwordConfigKey": "postgresPasswordNetra"},
            "auth": {"user": "auth-app", "passwordConfigKey": "postgresPasswordAuth"},
        },
    },
    "cache": {
        "name": "netra-redis",
        "version": "REDIS_7_2",
        "tier": "STANDARD_HA",
        "memorySizeGb": 4,
        "reservedIpRange": "10.30.0.0/29",
        "maxmemoryPolicy": "noeviction",
    },
    "secrets": {
        "postgres-password-netra": {"from": "config", "configKey": "postgresPasswordNetra"},
        "postgres-password-auth": {"from": "config", "configKey": "postgresPasswordAuth"},
        "redis-password": {"from": "cacheAuthString"},
        "jwt-secret": {"from": "outside", "version": "3"},
        "openai-api-key": {"from": "outside", "version": "4"},
    },
    "services": {
        "backend": {
            "name": "netra-backend-staging",
            "image": _image("backend"),
            "port": 8000,
            "cpu": 4,
            "memoryMib": 4096,
            "minInstances": 1,
            "maxInstances": 20,
            "webSockets": True,
            "database": "netra",
            "cache": True,
            "env": {"SERVICE_ID": "netra-backend"},
            "secrets": {
                "POSTGRES_PASSWORD": "postgres-password-netra",
                "REDIS_PASSWORD": "redis-password",
                "JWT_SECRET_KEY": "jwt-secret",
                "JWT_SECRET_STAGING": "jwt-secret",
                "OPENAI_API_KEY": "openai-api-key",
            },
        },
        "auth": {
            "name": "netra-auth-service",
            "image": _image("auth"),
            "port": 8080,
            "cpu": 1,
            "memoryMib": 512,
            "minInstances": 1,
            "maxInstances": 10,
            "database": "auth",
            "cache": True,
            "healthPath": "/healthz/deep",
            "env": {"SERVICE_ID": "netra-auth"},
            "secrets": {
                "POSTGRES_PASSWORD": "postgres-password-auth",
                "REDIS_PASSWORD": "redis-password",
                "JWT_SECRET_KEY": "jwt-secret",
            },
        },
        "frontend": {
            "name": "netra-frontend-staging",
            "image": _image("frontend"),
            "port": 3000,
            "cpu": 1,
            "memoryMib": 512,
            "maxInstances": 10,
            "urls": {
                "NEXT_PUBLIC_API_URL": {"host": "api"},
                "NEXT_PUBLIC_WS_URL": {"host": "api", "scheme": "wss", "path": "/ws"},
            },
            "env": {"NEXT_PUBLIC_ENVIRONMENT": "staging"},
        },
    },
    "ingress": {
        "domain": "staging.netrasystems.ai",
        "dnsZone": "staging-netrasystems-ai",
        "hosts": {
            "app": {"service": "frontend"},
            "api": {"service": "backend"},
            "auth": {"service": "auth"},
        },
        "candidatePrefix": "candidate-",
        "invoker": "allUsers",
        "rateLimit": {"requestsPerMinute": 1200, "banSeconds": 300},
    },
    "probes": {"image": _image("probes"), "deadlineSeconds": 7, "jobTimeoutSeconds": 45},
}
LABELS = {"cost-centre": "chat", "environment": "staging", "managed-by": "pulumi"}


def staging(**changes: Any) -> PlatformSettings:
    """Staging with some keys changed; `egress__traffic="ALL_TRAFFIC"` changes a nested one."""
    settings = deepcopy(STAGING)
    for path, value in changes.items():
        *parents, last = path.split("__")
        section = settings
        for parent in parents:
            section = section[parent]
        section[last] = value
    return PlatformSettings.model_validate(settings)
