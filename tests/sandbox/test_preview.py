from __future__ import annotations

from typing import Any

import pytest

from sandbox import schema
from sandbox.wire import UNKNOWN, at, has_unknown
from tests.sandbox.world import ACCOUNT, NETWORK, RUN, cache, connector, database, service

N = UNKNOWN
# The inputs of each recorded type, as a stack gives them at its first preview: references are unknown.
INPUTS: dict[str, dict[str, Any]] = {
    RUN: service(
        ingress="INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER",
        template={"serviceAccount": "a@b", "vpcAccess": {"connector": N, "egress": "PRIVATE_RANGES_ONLY"}},
    ),
    "gcp:cloudrunv2/serviceIamMember:ServiceIamMember": {
        "name": "backend",
        "location": "us-central1",
        "role": "roles/run.invoker",
        "member": "allUsers",
    },
    "gcp:compute/backendService:BackendService": {
        "name": "b",
        "loadBalancingScheme": "EXTERNAL_MANAGED",
        "protocol": "HTTPS",
        "backends": [{"group": N}],
        "securityPolicy": N,
    },
    "gcp:compute/globalAddress:GlobalAddress": {"name": "a", "purpose": "VPC_PEERING", "network": N},
    "gcp:compute/globalForwardingRule:GlobalForwardingRule": {
        "name": "f",
        "target": N,
        "ipAddress": N,
        "portRange": "443",
        "loadBalancingScheme": "EXTERNAL_MANAGED",
    },
    "gcp:compute/managedSslCertificate:ManagedSslCertificate": {"name": "c", "managed": {"domains": ["a.b"]}},
    NETWORK: {"name": "n", "autoCreateSubnetworks": False},
    "gcp:compute/regionNetworkEndpointGroup:RegionNetworkEndpointGroup": {
        "name": "g",
        "region": "us-central1",
        "networkEndpointType": "SERVERLESS",
        "cloudRun": {"service": "s"},
    },
    "gcp:compute/router:Router": {"name": "r", "network": N, "region": "us-central1"},
    "gcp:compute/routerNat:RouterNat": {
        "name": "n",
        "router": "r",
        "region": "us-central1",
        "natIpAllocateOption": "AUTO_ONLY",
        "sourceSubnetworkIpRangesToNat": "ALL_SUBNETWORKS_ALL_IP_RANGES",
    },
    "gcp:compute/securityPolicy:SecurityPolicy": {
        "name": "s",
        "rules": [{"action": "allow", "priority": 1, "match": {"versionedExpr": "SRC_IPS_V1"}}],
    },
    "gcp:compute/subnetwork:Subnetwork": {
        "name": "s",
        "network": N,
        "region": "us-central1",
        "ipCidrRange": "10.0.0.0/24",
        "privateIpGoogleAccess": True,
    },
    "gcp:compute/targetHttpsProxy:TargetHttpsProxy": {"name": "p", "urlMap": N},
    "gcp:compute/uRLMap:URLMap": {"name": "u", "defaultService": N},
    "gcp:redis/instance:Instance": cache(N, redisVersion="REDIS_7_2"),
    "gcp:secretmanager/secret:Secret": {"secretId": "s", "replication": {"auto": {}}},
    "gcp:secretmanager/secretIamMember:SecretIamMember": {
        "secretId": "s",
        "role": "roles/x",
        "member": "user:a@b",
    },
    "gcp:secretmanager/secretVersion:SecretVersion": {"secret": N, "secretData": "x"},
    ACCOUNT: {"accountId": "frontend-run"},
    "gcp:servicenetworking/connection:Connection": {
        "network": N,
        "service": "servicenetworking.googleapis.com",
        "reservedPeeringRanges": ["r"],
    },
    "gcp:sql/database:Database": {"name": "d", "instance": N},
    "gcp:sql/databaseInstance:DatabaseInstance": database(N, backupConfiguration={"enabled": True}),
    "gcp:vpcaccess/connector:Connector": connector(minInstances=2, maxInstances=10),
}


def unknown_paths(value: Any, path: str = "") -> set[str]:
    """Paths of unknown values, written as the record writes them."""
    if value is UNKNOWN:
        return {path}
    if isinstance(value, dict):
        return {p for k, v in value.items() for p in unknown_paths(v, f"{path}.{k}" if path else k)}
    if isinstance(value, list):
        return {p for v in value for p in unknown_paths(v, f"{path}[]")}
    return set()


def test_every_recorded_type_is_compared():
    assert set(schema._all_records()) == set(INPUTS)


@pytest.mark.parametrize("token", sorted(INPUTS))
def test_the_preview_leaves_unknown_what_the_real_one_leaves_unknown(world, token):
    record = schema.preview_record(token)
    outputs = world.preview(token, "it", **INPUTS[token])
    own = unknown_paths(outputs) - unknown_paths(INPUTS[token])
    given = {path for path in record["unknown"] if any(v is not UNKNOWN for v in at(INPUTS[token], path))}
    assert own == set(record["unknown"]) - {"id"} - given - unknown_paths(INPUTS[token])


@pytest.mark.parametrize("token", sorted(INPUTS))
def test_the_preview_knows_what_the_real_one_knows(world, token):
    record = schema.preview_record(token)
    outputs = world.preview(token, "it", **INPUTS[token])
    for name, example in record["known_computed"].items():
        assert not has_unknown(outputs[name]), name
        if example != "…" and name not in {"email", "member"}:
            assert outputs[name] == example, name


def test_an_account_has_its_address_before_it_exists(world):
    outputs = world.preview(ACCOUNT, "a", accountId="frontend-run")
    assert outputs["email"] == "frontend-run@netra-staging.iam.gserviceaccount.com"
    assert outputs["member"] == "serviceAccount:frontend-run@netra-staging.iam.gserviceaccount.com"


def test_an_account_whose_id_is_unknown_has_none(world):
    assert world.preview(ACCOUNT, "a", accountId=UNKNOWN)["email"] is UNKNOWN


def test_labels_are_known_and_carry_the_mark_of_pulumi(world):
    outputs = world.preview("gcp:redis/instance:Instance", "r", **cache("n", labels={"a": "b"}))
    assert outputs["effectiveLabels"] == {"a": "b", "goog-pulumi-provisioned": "true"}


def test_an_unknown_label_makes_the_labels_unknown(world):
    outputs = world.preview("gcp:redis/instance:Instance", "r", **cache("n", labels={"a": UNKNOWN}))
    assert outputs["effectiveLabels"] is UNKNOWN


def test_what_the_user_gives_is_known(world):
    assert world.preview(NETWORK, "n", name="n", mtu=1500)["mtu"] == 1500
    inputs = service(container={"ports": {"containerPort": 80, "name": "h2c"}})
    assert world.preview(RUN, "r", **inputs)["template"]["containers"][0]["ports"]["name"] == "h2c"


def test_what_google_fills_in_is_unknown_when_it_is_left_out(world):
    outputs = world.preview("gcp:vpcaccess/connector:Connector", "c", name="c", ipCidrRange="10.8.0.0/28")
    assert {"network", "region", "minInstances", "maxInstances"} <= {
        k for k, v in outputs.items() if v is UNKNOWN
    }


def test_a_type_that_was_not_recorded_leaves_unknown_what_only_the_api_gives(world):
    outputs = world.preview("gcp:pubsub/topic:Topic", "t", name="t")
    assert outputs["name"] == "t"
    outputs = world.preview(
        "gcp:compute/instance:Instance",
        "i",
        machineType="e2-small",
        zone="z",
        bootDisk={},
        networkInterfaces=[],
    )
    assert outputs["selfLink"] is UNKNOWN
    assert outputs["instanceId"] is UNKNOWN
    assert outputs["project"] == "netra-staging"


def test_inputs_lose_their_lists_of_defaults(world):
    assert "__defaults" not in str(world.preview(RUN, "r", **service()))
