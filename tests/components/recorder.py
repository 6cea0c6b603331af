"""A cloud that only remembers: what a program declared, how it wired it, and what it asked.

Owns the recording mock of these tests. Refuses every type and every call that it does not know, so that a
resource which nobody expected cannot slip through.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.output import Unknown
from pulumi.runtime import mocks, rpc

from components.outside import LOOK_UP

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PASSWORDS = {
    "plumbline:postgresPasswordNetra": "netra-canary",
    "plumbline:postgresPasswordAuth": "auth-canary",
}
AUTH_STRING = "auth-string-canary"
CA_CERTS = [
    {"cert": "-----BEGIN CERTIFICATE-----\nnew\n", "createTime": "2026-01-01T00:00:00Z"},
    {"cert": "-----BEGIN CERTIFICATE-----\nold\n", "createTime": "2025-01-01T00:00:00Z"},
]


def _account(inputs: dict[str, Any]) -> dict[str, Any]:
    email = f"{inputs['accountId']}@{inputs['project']}.iam.gserviceaccount.com"
    return {"email": email, "member": f"serviceAccount:{email}"}


# What Google computes once a resource exists; `_KNOWN_EARLY` is computed by the provider at preview already.
_COMPUTED: Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "gcp:artifactregistry/repository:Repository": lambda _: {},
    "gcp:cloudrunv2/job:Job": lambda _: {},
    "gcp:cloudrunv2/service:Service": lambda inputs: {"uri": f"https://{inputs['name']}-x.run.app"},
    "gcp:cloudrunv2/serviceIamMember:ServiceIamMember": lambda _: {},
    "gcp:compute/backendService:BackendService": lambda _: {},
    "gcp:compute/firewall:Firewall": lambda _: {},
    "gcp:compute/globalAddress:GlobalAddress": lambda _: {"address": "203.0.113.7"},
    "gcp:compute/globalForwardingRule:GlobalForwardingRule": lambda _: {},
    "gcp:compute/managedSslCertificate:ManagedSslCertificate": lambda _: {},
    "gcp:compute/network:Network": lambda _: {},
    "gcp:compute/regionNetworkEndpointGroup:RegionNetworkEndpointGroup": lambda _: {},
    "gcp:compute/router:Router": lambda _: {},
    "gcp:compute/routerNat:RouterNat": lambda _: {},
    "gcp:compute/sSLPolicy:SSLPolicy": lambda _: {},
    "gcp:compute/securityPolicy:SecurityPolicy": lambda _: {},
    "gcp:compute/subnetwork:Subnetwork": lambda _: {},
    "gcp:compute/targetHttpProxy:TargetHttpProxy": lambda _: {},
    "gcp:compute/targetHttpsProxy:TargetHttpsProxy": lambda _: {},
    "gcp:compute/uRLMap:URLMap": lambda _: {},
    "gcp:dns/managedZone:ManagedZone": lambda _: {"nameServers": ["ns-1.example."]},
    "gcp:dns/recordSet:RecordSet": lambda _: {},
    "gcp:kms/cryptoKey:CryptoKey": lambda _: {},
    "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": lambda _: {},
    "gcp:kms/keyRing:KeyRing": lambda _: {},
    "gcp:logging/metric:Metric": lambda _: {},
    "gcp:logging/projectBucketConfig:ProjectBucketConfig": lambda _: {},
    "gcp:logging/projectSink:ProjectSink": lambda _: {},
    "gcp:monitoring/alertPolicy:AlertPolicy": lambda _: {},
    "gcp:monitoring/customService:CustomService": lambda _: {},
    "gcp:monitoring/dashboard:Dashboard": lambda _: {},
    "gcp:monitoring/notificationChannel:NotificationChannel": lambda inputs: {
        "name": f"projects/{inputs['project']}/notificationChannels/{inputs['displayName']}"
    },
    "gcp:monitoring/slo:Slo": lambda _: {},
    "gcp:monitoring/uptimeCheckConfig:UptimeCheckConfig": lambda _: {},
    "gcp:projects/iAMAuditConfig:IAMAuditConfig": lambda _: {},
    "gcp:networkmanagement/connectivityTest:ConnectivityTest": lambda _: {},
    "gcp:projects/service:Service": lambda _: {},
    "gcp:projects/serviceIdentity:ServiceIdentity": lambda inputs: {
        "email": f"agent@{inputs['service']}",
        "member": f"serviceAccount:agent@{inputs['service']}",
    },
    "gcp:redis/instance:Instance": lambda _: {
        "host": "10.30.0.4",
        "port": 6378,
        "authString": AUTH_STRING,
        "serverCaCerts": CA_CERTS,
    },
    "gcp:secretmanager/secret:Secret": lambda _: {},
    "gcp:secretmanager/secretIamMember:SecretIamMember": lambda _: {},
    "gcp:secretmanager/secretVersion:SecretVersion": lambda _: {"version": "7"},
    "gcp:serviceaccount/account:Account": lambda _: {},
    "gcp:servicenetworking/connection:Connection": lambda _: {},
    "gcp:sql/database:Database": lambda _: {},
    "gcp:sql/databaseInstance:DatabaseInstance": lambda inputs: {
        "privateIpAddress": "10.20.0.3",
        "connectionName": f"{inputs['project']}:{inputs['region']}:{inputs['name']}",
    },
    "gcp:sql/user:User": lambda _: {},
    "gcp:vpcaccess/connector:Connector": lambda _: {},
}
_KNOWN_EARLY = {"gcp:serviceaccount/account:Account": _account}


@dataclass(frozen=True)
class Declared:
    """One resource as the program declared it."""

    type: str
    name: str
    inputs: dict[str, Any]
    urn: str
    parent: str
    depends_on: frozenset[str]
    property_depends_on: Mapping[str, frozenset[str]]
    protect: bool
    ignore_changes: tuple[str, ...]
    deleted_with: str

    @property
    def custom(self) -> bool:
        return self.type.startswith("gcp:")


@dataclass
class Answers:
    """What the cloud says of secret versions made outside: enabled unless a test says otherwise."""

    disabled: set[str] = field(default_factory=set)
    destroyed: set[str] = field(default_factory=set)
    failing: dict[str, str] = field(default_factory=dict)


class Cloud(mocks.MockMonitor):
    """The recording monitor and its answers."""

    def __init__(self, *, preview: bool, answers: Answers | None = None) -> None:
        super().__init__(_Provider(self))
        self.preview = preview
        self.answers = answers or Answers()
        self.declared: list[Declared] = []
        self.outputs: dict[str, dict[str, Any]] = {}
        self.calls: list[dict[str, Any]] = []

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the SDK's name
        response = super().RegisterResource(request)
        self.declared.append(
            Declared(
                type=request.type,
                name=request.name,
                inputs=_plain(rpc.deserialize_properties(request.object, keep_unknowns=True)),
                urn=response.urn,
                parent=request.parent,
                depends_on=frozenset(request.dependencies),
                property_depends_on={
                    key: frozenset(value.urns) for key, value in request.propertyDependencies.items()
                },
                protect=request.protect,
                ignore_changes=tuple(request.ignoreChanges),
                deleted_with=request.deletedWith,
            )
        )
        return response

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 - the SDK's name
        self.outputs[request.urn] = _plain(rpc.deserialize_properties(request.outputs, keep_unknowns=True))
        return super().RegisterResourceOutputs(request)

    def of(self, type_suffix: str) -> dict[str, Declared]:
        """Declared resources of a type such as `compute/network:Network`, by Pulumi name."""
        return {each.name: each for each in self.declared if each.type == f"gcp:{type_suffix}"}

    def one(self, type_suffix: str) -> Declared:
        """The only resource of a type."""
        (found,) = self.of(type_suffix).values()
        return found

    def component(self, kind: str) -> Declared:
        """The only component of a kind, for example `Network`."""
        (found,) = (each for each in self.declared if each.type == f"plumbline:components:{kind}")
        return found


class _Provider(mocks.Mocks):
    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        if args.typ.startswith("plumbline:components:"):
            return "", {}
        inputs = _plain(args.inputs)
        state = {**inputs, **_KNOWN_EARLY.get(args.typ, lambda _: {})(inputs)}
        computed = _COMPUTED[args.typ](inputs)
        if self.cloud.preview:
            return None, state
        return f"{args.name}-id", {**computed, **state}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        assert args.token == LOOK_UP, args.token
        self.cloud.calls.append(dict(args.args))
        secret, answers = args.args["secret"], self.cloud.answers
        if secret in answers.failing:
            return {}, [("secret", answers.failing[secret])]
        gone = secret in answers.destroyed
        return {
            "enabled": not gone and secret not in answers.disabled,
            "destroyTime": "2026-01-01T00:00:00Z" if gone else "",
        }, []


UNKNOWN = "(unknown)"


def _plain(value: Any) -> Any:
    """The value without the SDK's secret wrappers, and with a word for what is not known yet."""
    if isinstance(value, Unknown):
        return UNKNOWN
    if rpc.is_rpc_secret(value):
        return _plain(rpc.unwrap_rpc_secret(value))
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value


def run(
    program: Callable[[], object],
    *,
    preview: bool = False,
    answers: Answers | None = None,
    config: Mapping[str, str] = PASSWORDS,
) -> Cloud:
    """Run a program to its end against a new cloud; what it refused to know raises."""
    cloud = Cloud(preview=preview, answers=answers)
    pulumi.runtime.set_mocks(
        cloud.mocks, project="plumbline", stack="staging", preview=preview, monitor=cloud
    )
    pulumi.runtime.set_all_config(dict(config), list(config))

    @pulumi.runtime.test
    def whole() -> None:
        program()

    whole()
    return cloud
