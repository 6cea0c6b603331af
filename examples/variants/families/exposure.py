"""Doors left open, each in another way."""

import json

import pulumi
import pulumi_gcp as gcp
from chat import NAMES, REGION, Chat

INVOKER = "roles/run.invoker"


def everybody_past_the_load_balancer() -> None:
    """Everybody may call the service, and reaches it at its run.app address."""
    chat = Chat()
    chat.ingress = "INGRESS_TRAFFIC_ALL"
    chat.deploy("frontend")
    chat.let_everybody_in()


def anybody_with_an_account() -> None:
    """Any Google account will do: allAuthenticatedUsers."""
    chat = Chat()
    chat.ingress = "INGRESS_TRAFFIC_ALL"
    chat.deploy("frontend")
    _member(chat, member="allAuthenticatedUsers")


def one_of_several_members() -> None:
    """A binding with everybody among its members."""
    chat = Chat()
    chat.ingress = "INGRESS_TRAFFIC_ALL"
    chat.deploy("frontend")
    gcp.cloudrunv2.ServiceIamBinding(
        "invokers",
        location=REGION,
        name=chat.services["frontend"].name,
        role=INVOKER,
        members=["group:staff@netrasystems.ai", "allUsers"],
    )


def a_whole_policy() -> None:
    """A policy as JSON that lets everybody in."""
    chat = Chat()
    chat.ingress = "INGRESS_TRAFFIC_ALL"
    chat.deploy("frontend")
    gcp.cloudrunv2.ServiceIamPolicy(
        "policy",
        location=REGION,
        name=chat.services["frontend"].name,
        policy_data=json.dumps({"bindings": [{"role": INVOKER, "members": ["allUsers"]}]}),
    )


def by_the_first_api() -> None:
    """The grant is written with the types of the first API, the service with those of the second."""
    chat = Chat()
    chat.ingress = "INGRESS_TRAFFIC_ALL"
    chat.deploy("frontend")
    gcp.cloudrun.IamMember(
        "everybody", location=REGION, service=NAMES["frontend"], role=INVOKER, member="allUsers"
    )


def invokers_unchecked() -> None:
    """No invoker is checked at all, at an address that everybody reaches."""
    chat = Chat()
    account = gcp.serviceaccount.Account("account", account_id="netra-frontend", opts=chat.after(*chat.apis))
    gcp.cloudrunv2.Service(
        "frontend",
        name=NAMES["frontend"],
        location=REGION,
        invoker_iam_disabled=True,
        template={
            "service_account": account.email,
            "containers": [
                {
                    "image": f"{REGION}-docker.pkg.dev/netra-staging/netra/frontend@sha256:{'0' * 64}",
                    "envs": [{"name": key, "value": value} for key, value in chat.plain["frontend"].items()],
                }
            ],
        },
    )


def open_in_two_halves() -> None:
    """0.0.0.0/1 and 128.0.0.0/1 are the whole world."""
    chat = Chat()
    halves = [{"name": half[:1], "value": half} for half in ("0.0.0.0/1", "128.0.0.0/1")]
    chat.database = chat.make_database(
        {"ip_configuration": _private(chat, authorized_networks=halves, ipv4_enabled=True)}
    )


def public_by_default() -> None:
    """Where nothing is said, an instance has a public address."""
    chat = Chat()
    chat.database = chat.make_database(
        {"ip_configuration": {"private_network": chat.network.id, "ssl_mode": "ENCRYPTED_ONLY"}}
    )


def nothing_said_of_addresses() -> None:
    """No ipConfiguration: a public address, and plain text is taken."""
    chat = Chat()
    chat.database = chat.make_database({"ip_configuration": None})


def tls_not_said() -> None:
    """Without sslMode plain text is taken."""
    chat = Chat()
    chat.database = chat.make_database(
        {"ip_configuration": {"ipv4_enabled": False, "private_network": chat.network.id}}
    )


def redis_encrypted_and_open() -> None:
    """TLS, and nobody is asked who they are."""
    chat = Chat()
    chat.cache = chat.make_cache(auth_enabled=False)


def redis_asked_in_plain_text() -> None:
    """AUTH, and the password crosses the network in plain text."""
    chat = Chat()
    chat.cache = chat.make_cache(transit_encryption_mode="DISABLED")


def hidden_in_a_secret_output() -> None:
    """A public address does not hide in a secret."""
    chat = Chat()
    chat.database = chat.make_database(
        {"ip_configuration": _private(chat, ipv4_enabled=pulumi.Output.secret(True))}  # noqa: FBT003 - a value
    )


def _private(chat: Chat, **changed: object) -> dict:
    return {"ipv4_enabled": False, "private_network": chat.network.id, "ssl_mode": "ENCRYPTED_ONLY"} | changed


def _member(chat: Chat, member: str) -> None:
    gcp.cloudrunv2.ServiceIamMember(
        "invoker", location=REGION, name=chat.services["frontend"].name, role=INVOKER, member=member
    )
