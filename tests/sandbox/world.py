"""A small world to try the provider in: a cloud of its own, APIs enabled, and short words for what a "
"stack does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox import check, diff, kinds
from sandbox.cloud import PROJECT, Cloud, Thing
from sandbox.kinds import Place
from sandbox.provider import Existing, Made, Provider

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.faults import Rule

NETWORK = "gcp:compute/network:Network"
SUBNETWORK = "gcp:compute/subnetwork:Subnetwork"
GLOBAL_ADDRESS = "gcp:compute/globalAddress:GlobalAddress"
CONNECTION = "gcp:servicenetworking/connection:Connection"
CONNECTOR = "gcp:vpcaccess/connector:Connector"
REDIS = "gcp:redis/instance:Instance"
SQL = "gcp:sql/databaseInstance:DatabaseInstance"
SECRET = "gcp:secretmanager/secret:Secret"  # noqa: S105 - a type
VERSION = "gcp:secretmanager/secretVersion:SecretVersion"
SECRET_MEMBER = "gcp:secretmanager/secretIamMember:SecretIamMember"  # noqa: S105 - a type
ACCOUNT = "gcp:serviceaccount/account:Account"
RUN = "gcp:cloudrunv2/service:Service"
API = "gcp:projects/service:Service"
REGION = "us-central1"
DIGEST = "us-central1-docker.pkg.dev/netra-staging/netra/backend@sha256:" + "a" * 64
ACCESSOR = "roles/secretmanager.secretAccessor"


@dataclass
class Up:
    """One resource of the stack after `up`: what the engine would keep of it."""

    token: str
    name: str
    made: Made
    inputs: dict[str, Any]

    @property
    def id(self) -> str:
        return self.made.id

    def __getitem__(self, output: str) -> Any:
        return self.made.outputs[output]


@dataclass
class Clock:
    """A clock that a test moves."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class RefusedError(Exception):
    """Check refused the inputs."""


@dataclass
class World:
    """A provider on a cloud in a folder."""

    folder: Path
    rules: tuple[Rule, ...] = ()
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.cloud = Cloud(self.folder / "cloud.sqlite", self.clock)
        self.slept: list[float] = []
        self.provider = Provider(self.cloud, Place("netra-staging", REGION), self.rules, self.slept.append)

    def know_project(self, *apis: str) -> None:
        """Make the project a known one, with these APIs enabled."""
        body = {"projectId": "netra-staging", "name": "netra-staging", "number": "418722330501"}
        with self.cloud.transaction():
            self.cloud.put(Thing(PROJECT, "projects/netra-staging", "netra-staging", "netra-staging", body))
        for api in apis:
            self.up(API, api, service=f"{api}.googleapis.com")

    def checked(
        self, token: str, name: str, /, olds: dict[str, Any] | None = None, **inputs: Any
    ) -> check.Checked:
        return check.check(kinds.kind(token), name, olds or {}, inputs, self.provider.place)

    def failures(self, token: str, name: str, /, **inputs: Any) -> list[str]:
        return self.checked(token, name, **inputs).failures

    def preview(self, token: str, name: str, /, **inputs: Any) -> dict[str, Any]:
        checked = self.checked(token, name, **inputs)
        if checked.failures:
            raise RefusedError(checked.failures)
        return self.provider.preview_create(token, checked.inputs).outputs

    def up(self, token: str, name: str, /, **inputs: Any) -> Up:
        checked = self.checked(token, name, **inputs)
        if checked.failures:
            raise RefusedError(checked.failures)
        made = self.provider.create(token, urn(token, name), checked.inputs)
        return Up(token, name, made, checked.inputs)

    def change(self, up: Up, /, **inputs: Any) -> Up:
        checked = self.checked(up.token, up.name, olds=up.inputs, **inputs)
        if checked.failures:
            raise RefusedError(checked.failures)
        existing = Existing(up.id, up.made.outputs, up.inputs)
        made = self.provider.update(up.token, urn(up.token, up.name), existing, checked.inputs)
        return Up(up.token, up.name, made, checked.inputs)

    def diff(self, up: Up, /, **inputs: Any) -> diff.Difference:
        checked = self.checked(up.token, up.name, olds=up.inputs, **inputs)
        return diff.diff(kinds.kind(up.token), up.made.outputs, up.inputs, checked.inputs)

    def refresh(self, up: Up) -> Up | None:
        made = self.provider.read(up.token, urn(up.token, up.name), up.id, up.inputs)
        return None if made is None else Up(up.token, up.name, made, made.inputs or {})

    def down(self, up: Up) -> None:
        self.provider.delete(up.token, urn(up.token, up.name), up.id, up.made.outputs)

    def exists(self, up: Up) -> bool:
        with self.cloud.transaction():
            return self.cloud.get(up.token, up.id) is not None

    def network(self, name: str = "netra") -> Up:
        return self.up(NETWORK, name, name=name, autoCreateSubnetworks=False)

    def private_access(self, network: Up) -> Up:
        self.up(
            GLOBAL_ADDRESS,
            "private",
            name=f"private-{network['name']}",
            purpose="VPC_PEERING",
            addressType="INTERNAL",
            address="10.20.0.0",
            prefixLength=16,
            network=network.id,
        )
        return self.up(
            CONNECTION,
            "access",
            network=network.id,
            service="servicenetworking.googleapis.com",
            reservedPeeringRanges=[f"private-{network['name']}"],
        )

    def secret(self, name: str, *, versions: int = 1) -> Up:
        secret = self.up(SECRET, name, secretId=name, replication={"auto": {}})
        for number in range(versions):
            self.up(VERSION, f"{name}-{number}", secret=secret.id, secretData="hunter2")
        return secret

    def account(self, name: str = "backend-run") -> Up:
        return self.up(ACCOUNT, name, accountId=name)

    def may_read(self, account: Up, secret: Up) -> Up:
        name = f"{account.name}-{secret.name}"
        return self.up(SECRET_MEMBER, name, secretId=secret.id, role=ACCESSOR, member=account["member"])


def urn(token: str, name: str) -> str:
    return f"urn:pulumi:staging::plumbline::{token}::{name}"


def service(**changes: Any) -> dict[str, Any]:
    """Inputs of a Cloud Run service that is right; `container`, `template` and the rest may be changed."""
    container = {
        "image": DIGEST,
        "ports": {"containerPort": 8000},
        "resources": {"limits": {"cpu": "4", "memory": "4Gi"}},
        **changes.pop("container", {}),
    }
    template = {"containers": [container], **changes.pop("template", {})}
    return {
        "name": "backend",
        "location": REGION,
        "template": template,
        "deletionProtection": False,
        **changes,
    }


def from_secret(name: str, secret: str, version: str = "1") -> dict[str, Any]:
    return {"name": name, "valueSource": {"secretKeyRef": {"secret": secret, "version": version}}}


def database(network: str, **settings: Any) -> dict[str, Any]:
    """Inputs of a Cloud SQL instance that is right."""
    return {
        "name": "postgres",
        "databaseVersion": settings.pop("version", "POSTGRES_17"),
        "region": REGION,
        "deletionProtection": settings.pop("protected", False),
        "settings": {
            "tier": "db-custom-4-16384",
            "edition": "ENTERPRISE",
            "ipConfiguration": {"ipv4Enabled": False, "privateNetwork": network},
            **settings,
        },
    }


def cache(network: str | None, **changes: Any) -> dict[str, Any]:
    """Inputs of a Redis instance that is right."""
    on = {} if network is None else {"authorizedNetwork": network}
    return {
        "name": "redis",
        "memorySizeGb": 4,
        "tier": "STANDARD_HA",
        "region": REGION,
        "deletionProtection": False,
        **on,
        **changes,
    }


def connector(**changes: Any) -> dict[str, Any]:
    """Inputs of a connector that is right."""
    return {"name": "egress", "region": REGION, "network": "netra", "ipCidrRange": "10.8.0.0/28", **changes}
