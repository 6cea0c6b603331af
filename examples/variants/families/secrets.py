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


def a_token_under_an_innocent_name() -> None:
    """A token that its issuer made recognisable, in a variable that says nothing of secrets."""
    chat = Chat()
    chat.plain["frontend"] |= {"RELEASE_NOTES_SOURCE": "ghp_" + "a1B2c3D4e5F6" * 3}
    chat.deploy("frontend")


def within_a_configuration() -> None:
    """A password deep within a variable of JSON."""
    chat = Chat()
    chat.plain["frontend"] |= {"SETTINGS": '{"mail": {"smtp_password": "k3f9a1c77"}}'}
    chat.deploy("frontend")


def rights_taken_away_again() -> None:
    """A binding holds all who may read the secret, and forgets the one who was granted it beside."""
    chat = Chat()
    grant = chat.account

    def and_a_binding(key: str, secrets: dict) -> tuple:
        account, grants = grant(key, secrets)
        gcp.secretmanager.SecretIamBinding(
            "readers",
            project=PROJECT,
            secret_id="fernet-key",
            role="roles/secretmanager.secretAccessor",
            members=[f"serviceAccount:ci@{PROJECT}.iam.gserviceaccount.com"],
        )
        return account, grants

    chat.account = and_a_binding
    chat.deploy("backend")


def a_secret_that_ends() -> None:
    """A secret made for a trial, which Secret Manager deletes after a day."""
    chat = Chat()
    secret = gcp.secretmanager.Secret(
        "trial", secret_id="trial", replication={"auto": {}}, ttl="86400s", opts=chat.after(*chat.apis)
    )
    version = gcp.secretmanager.SecretVersion(
        "trial-version", secret=secret.id, secret_data=pulumi.Output.secret("k-3f9a1c77")
    )
    chat.secrets["frontend"] = {"TRIAL_API_KEY": (secret.secret_id, version.version)}
    chat.deploy("frontend")


def of_a_project_by_its_number() -> None:
    """A secret of a project that only its number names: nobody knows whose it is."""
    chat = Chat()
    chat.secrets["backend"] |= {"FERNET_KEY": ("projects/771100220033/secrets/fernet-key", "1")}
    chat.deploy("backend")


def authentication_switched_off() -> None:
    """A protection that stands off, under a name that speaks of no bypass."""
    chat = Chat()
    chat.plain["frontend"] |= {"AUTH_ENABLED": "false"}
    chat.deploy("frontend")


def an_option_that_skips() -> None:
    """The check is skipped by an argument, where no variable says so."""
    chat = Chat()
    envs = [{"name": name, "value": value} for name, value in chat.plain["frontend"].items()]
    image = f"us-central1-docker.pkg.dev/{PROJECT}/netra/frontend@sha256:{'0' * 64}"
    chat.deploy(
        "frontend",
        containers=[
            {
                "image": image,
                "args": ["serve", "--skip-auth-check"],
                "ports": {"container_port": 3000},
                "resources": {"limits": {"cpu": "1", "memory": "512Mi"}},
                "envs": envs,
            }
        ],
    )


def for_everybody() -> None:
    """One more reader of a key: whoever has an account at Google."""
    chat = Chat()
    chat.deploy("backend")
    gcp.secretmanager.SecretIamMember(
        "everybody",
        secret_id="fernet-key",
        role="roles/secretmanager.secretAccessor",
        member="allAuthenticatedUsers",
    )


def an_account_that_is_switched_off() -> None:
    """Every grant is there, and Google rejects whatever the account asks for."""
    chat = Chat()
    account = gcp.serviceaccount.Account(
        "account", account_id="netra-backend", disabled=True, opts=chat.after(*chat.apis)
    )
    role = "roles/secretmanager.secretAccessor"
    grant = gcp.projects.IAMMember("grant", project=PROJECT, role=role, member=account.member)
    chat.account = lambda *_: (account.email, [grant])
    chat.deploy("backend")
