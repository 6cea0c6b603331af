"""Fault 1: settings and secrets the backend cannot run without are not set, and nothing checks them."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "common"))
from chat import Chat

chat = Chat()
# No POSTGRES_HOST and no POSTGRES_PORT.
chat.plain["backend"] = {
    "ENVIRONMENT": "staging",
    "SERVICE_ID": "netra-backend",
    "POSTGRES_DB": "netra",
    "POSTGRES_USER": "netra",
    "POSTGRES_SSLMODE": "require",
    "DB_POOL_SIZE": "10",
    "DB_MAX_OVERFLOW": "3",
    "DB_POOL_RECYCLE_SECONDS": "300",
    "REDIS_HOST": chat.cache.host,
    "REDIS_PORT": chat.cache.port.apply(lambda port: str(int(port))),
    "REDIS_CA_CERT": chat.cache.server_ca_certs.apply(lambda certs: certs[0].cert),
    "CLICKHOUSE_HOST": "clickhouse.netrasystems.ai",
}
# No JWT_SECRET_STAGING, and nothing of the OAuth client.
chat.secrets["backend"] = {
    "POSTGRES_PASSWORD": ("chat-postgres-password", "1"),
    "JWT_SECRET_KEY": ("jwt-secret", "3"),
    "SECRET_KEY": ("secret-key", "1"),
    "SESSION_SECRET_KEY": ("session-secret-key", "1"),
    "SERVICE_SECRET": ("service-secret", "2"),
    "FERNET_KEY": ("fernet-key", "1"),
    "OPENAI_API_KEY": ("openai-api-key", "4"),
    "ANTHROPIC_API_KEY": ("anthropic-api-key", "2"),
    "GEMINI_API_KEY": ("gemini-api-key", "1"),
    "CLICKHOUSE_PASSWORD": ("clickhouse-password", "1"),
}
chat.deploy("backend")
