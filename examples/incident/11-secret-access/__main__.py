"""Fault 11: only the default account may read secrets, versions are `latest`, three names mean one secret."""

import sys
from pathlib import Path

import pulumi_gcp as gcp

sys.path.append(str(Path(__file__).resolve().parents[1] / "common"))
from chat import PROJECT, Chat

DEFAULT_ACCOUNT = "serviceAccount:418722330501-compute@developer.gserviceaccount.com"


def latest(secrets: dict) -> dict:
    """Whatever version is the newest when an instance starts."""
    return {variable: (secret, "latest") for variable, (secret, _) in secrets.items()}


chat = Chat()
chat.secrets["backend"] = latest(chat.secrets["backend"]) | {"JWT_SECRET_STAGING": ("secret-key", "latest")}
chat.secrets["auth"] = latest(chat.secrets["auth"]) | {"JWT_SECRET_KEY": ("session-secret-key", "latest")}
grant = gcp.projects.IAMMember(
    "default-account-reads-secrets",
    project=PROJECT,
    role="roles/secretmanager.secretAccessor",
    member=DEFAULT_ACCOUNT,
)
chat.account = lambda key, secrets: (None, [grant])  # noqa: ARG005 - no account of its own
chat.deploy("backend", "auth")
