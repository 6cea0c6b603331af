"""Fault 9: a host without a certificate, a time-out where none is taken, no session affinity."""

import sys
from pathlib import Path

import pulumi_gcp as gcp

sys.path.append(str(Path(__file__).resolve().parents[1] / "common"))
from chat import DOMAIN, Chat

HOSTS = {f"app.{DOMAIN}": "frontend", f"api.{DOMAIN}": "backend"}

chat = Chat()
chat.deploy("frontend")
chat.deploy("backend", session_affinity=False)
chat.let_everybody_in()
certificate = gcp.compute.ManagedSslCertificate(
    "certificate", name="netra", managed={"domains": [f"app.{DOMAIN}"]}, opts=chat.after(*chat.apis)
)
chat.publish({host: chat.backend_service(key, timeout_sec=3600) for host, key in HOSTS.items()}, certificate)
