"""The platform of the incident as it must be: nothing is refused."""

import sys
from pathlib import Path

import pulumi_gcp as gcp

sys.path.append(str(Path(__file__).resolve().parents[1] / "common"))
from chat import DOMAIN, Chat

HOSTS = {f"app.{DOMAIN}": "frontend", f"api.{DOMAIN}": "backend", f"auth.{DOMAIN}": "auth"}

chat = Chat()
chat.deploy()
chat.let_everybody_in()
certificate = gcp.compute.ManagedSslCertificate(
    "certificate", name="netra", managed={"domains": [*HOSTS]}, opts=chat.after(*chat.apis)
)
chat.publish({host: chat.backend_service(key) for host, key in HOSTS.items()}, certificate)
