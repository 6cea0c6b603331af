"""Secrets that are missing, open, shared or out of reach, each in another way."""

import pulumi
import pulumi_gcp as gcp
from chat import PROJECT, Chat


def a_version_of_last_year() -> None:
    """The version before the one that holds: switched off long ago."""
    chat = Chat()
    for key in ("backend", "auth"):
        chat.secrets[key] |= {"SERVICE_SECRET": ("service-secret", "1")}
    chat.deploy("backend", "auth")


def a_version_to_come() -> None:
    """The version that somebody will add, tomorrow."""
    chat = Chat()
    chat.secrets["backend"] |= {"FERNET_KEY": ("fernet-key", "2")}
    chat.deploy("backend")


def a_secret_that_nobody_made() -> None:
    """A typing error in the secret's name."""
    chat = Chat()
    chat.secrets["backend"] |= {"FERNET_KEY": ("fernet-keys", "1")}
    chat.deploy("backend")


def nobody_may_read() -> None:
    """The account has no grant of one of its secrets."""
    chat = Chat()
    grant = chat.account

    def forgetful(key: str, secrets: dict) -> tuple:
        return grant(key, {name: one for name, one in secrets.items() if name != "FERNET_KEY"})

    chat.account = forgetful
    chat.deploy("backend")


def may_see_and_not_read() -> None:
    """A viewer sees that a secret is there, and not what it holds."""
    chat = Chat()
    account = gcp.serviceaccount.Account("account", account_id="netra-backend", opts=chat.after(*chat.apis))
    grant = gcp.projects.IAMMember(
        "grant", project=PROJECT, role="roles/secretmanager.viewer", member=account.member
    )
    chat.account = lambda *_: (account.email, [grant])
    chat.deploy("backend")


def in_plain_text() -> None:
    """The key of the model's provider as a plain value."""
    chat = Chat()
    chat.plain["frontend"] |= {"ANALYTICS_API_KEY": "k-3f9a1c77"}
    chat.deploy("frontend")


def a_key_of_the_contract_in_plain_text() -> None:
    """What the contract wants from Secret Manager, written down."""
    chat = Chat()
    del chat.secrets["backend"]["FERNET_KEY"]
    chat.plain["backend"] |= {"FERNET_KEY": "k-3f9a1c77"}
    chat.deploy("backend")


def in_a_url() -> None:
    """The password within the address of a database."""
    chat = Chat()
    chat.plain["frontend"] |= {"DATABASE_URL": "postgresql://web:k3f9a1c77@10.20.0.3/web"}
    chat.deploy("frontend")


def of_production() -> None:
    """Staging reads production's secret."""
    chat = Chat()
    chat.secrets["backend"] |= {"FERNET_KEY": ("projects/netra-production/secrets/fernet-key", "1")}
    chat.deploy("backend")


def a_placeholder() -> None:
    """A version made with a value that was to be replaced."""
    chat = Chat()
    secret = gcp.secretmanager.Secret(
        "mail", secret_id="mail", replication={"auto": {}}, opts=chat.after(*chat.apis)
    )
    gcp.secretmanager.SecretVersion(
        "mail-version", secret=secret.id, secret_data=pulumi.Output.secret("changeme")
    )


def a_version_switched_off() -> None:
    """The version is made disabled."""
    chat = Chat()
    secret = gcp.secretmanager.Secret(
        "analytics", secret_id="analytics", replication={"auto": {}}, opts=chat.after(*chat.apis)
    )
    version = gcp.secretmanager.SecretVersion(
        "analytics-version", secret=secret.id, secret_data=pulumi.Output.secret("k-3f9a1c77"), enabled=False
    )
    chat.secrets["frontend"] = {"ANALYTICS_API_KEY": (secret.secret_id, version.version)}
    chat.deploy("frontend")


def two_names_for_one_thing() -> None:
    """JWT_SECRET_STAGING reads another secret than JWT_SECRET_KEY."""
    chat = Chat()
    chat.secrets["backend"] |= {"JWT_SECRET_STAGING": ("secret-key", "1")}
    chat.deploy("backend")


def the_newest() -> None:
    """Whatever version is the newest when an instance starts."""
    chat = Chat()
    chat.secrets["backend"] |= {"FERNET_KEY": ("fernet-key", "latest")}
    chat.deploy("backend")


def not_in_any_contract() -> None:
    """A service that nobody has said anything of."""
    chat = Chat()
    gcp.cloudrunv2.Service(
        "stray",
        name="netra-stray",
        location="us-central1",
        ingress=chat.ingress,
        template={
            "containers": [{"image": f"us-central1-docker.pkg.dev/{PROJECT}/netra/stray@sha256:{'0' * 64}"}]
        },
        opts=chat.after(*chat.apis),
    )
