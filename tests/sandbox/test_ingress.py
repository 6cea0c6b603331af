from __future__ import annotations

import pytest

from sandbox.errors import ApiError
from tests.sandbox.world import GLOBAL_ADDRESS

NEG = "gcp:compute/regionNetworkEndpointGroup:RegionNetworkEndpointGroup"
BACKEND = "gcp:compute/backendService:BackendService"
URL_MAP = "gcp:compute/uRLMap:URLMap"
CERTIFICATE = "gcp:compute/managedSslCertificate:ManagedSslCertificate"
PROXY = "gcp:compute/targetHttpsProxy:TargetHttpsProxy"
RULE = "gcp:compute/globalForwardingRule:GlobalForwardingRule"
ARMOR = "gcp:compute/securityPolicy:SecurityPolicy"
ZONE = "gcp:dns/managedZone:ManagedZone"
RECORDS = "gcp:dns/recordSet:RecordSet"


def neg(world, name="neg"):
    """A group may name a service that is not there: Google does not look."""
    run = {"service": "not-there-yet"}
    return world.up(
        NEG, name, name=name, region="us-central1", networkEndpointType="SERVERLESS", cloudRun=run
    )


def backend(world, group, name="be", **inputs):
    return world.up(
        BACKEND,
        name,
        name=name,
        loadBalancingScheme="EXTERNAL_MANAGED",
        backends=[{"group": group}],
        **inputs,
    )


def https(world):
    """A whole load balancer; the parts by name."""
    group = neg(world)
    service = backend(world, group.id)
    urls = world.up(URL_MAP, "u", name="u", defaultService=service.id)
    certificate = world.up(CERTIFICATE, "c", name="c", managed={"domains": ["a.b"]})
    proxy = world.up(PROXY, "p", name="p", urlMap=urls.id, sslCertificates=[certificate.id])
    address = world.up(GLOBAL_ADDRESS, "ip", name="ip")
    rule = {"name": "f", "target": proxy.id, "ipAddress": address["address"], "portRange": "443"}
    front = world.up(RULE, "f", **rule)
    return {
        "group": group,
        "service": service,
        "urls": urls,
        "certificate": certificate,
        "proxy": proxy,
        "address": address,
        "front": front,
    }


def test_a_load_balancer_hangs_together(world):
    parts = https(world)
    assert parts["front"]["ipAddress"] == parts["address"]["address"]
    assert parts["front"]["target"] == parts["proxy"]["selfLink"]


@pytest.mark.parametrize("name", ["group", "service", "urls", "certificate", "proxy", "address"])
def test_no_part_of_a_load_balancer_is_deleted_before_what_stands_on_it(world, name):
    parts = https(world)
    with pytest.raises(ApiError, match="already being used"):
        world.down(parts[name])


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"timeoutSec": 3600}, "Timeout sec is not supported for a backend service with Serverless"),
        ({"healthChecks": "hc"}, "cannot have a healthcheck with Serverless"),
        ({"portName": "http"}, "Port name is not supported for a backend service with Serverless"),
    ],
)
def test_a_serverless_backend_takes_no_settings_of_others(world, inputs, said):
    group = neg(world)
    assert world.failures(BACKEND, "be", backends=[{"group": group.id}], **inputs) == []
    with pytest.raises(ApiError, match=said):
        backend(world, group.id, **inputs)


def test_a_backend_names_a_group_that_exists(world):
    with pytest.raises(ApiError, match="does not exist"):
        backend(world, "projects/netra-staging/regions/us-central1/networkEndpointGroups/nothing")


def test_a_backend_names_a_policy_that_exists(world):
    group = neg(world)
    with pytest.raises(ApiError, match="securityPolicies/nothing' was not found"):
        backend(world, group.id, securityPolicy="nothing")
    policy = world.up(ARMOR, "a", name="a")
    assert policy["rules"][0]["priority"] == 2147483647
    assert backend(world, group.id, securityPolicy=policy.id)["securityPolicy"] == policy["selfLink"]


def test_two_rules_of_a_policy_do_not_share_a_priority(world):
    rule = {"action": "allow", "priority": 1, "match": {"versionedExpr": "SRC_IPS_V1"}}
    with pytest.raises(ApiError, match="same priority"):
        world.up(ARMOR, "a", name="a", rules=[rule, rule])


def test_a_group_names_something_serverless(world):
    with pytest.raises(ApiError, match="must name one of Cloud Run"):
        world.up(NEG, "n", name="n", region="us-central1")
    with pytest.raises(ApiError, match="one of service or urlMask"):
        world.up(NEG, "n", name="n", region="us-central1", cloudRun={"tag": "candidate"})


def test_a_url_map_names_backends_and_matchers_that_exist(world):
    service = backend(world, neg(world).id)
    with pytest.raises(ApiError, match="'nothing' was not found"):
        world.up(URL_MAP, "u", name="u", defaultService="nothing")
    hosts = [{"hosts": ["a.b"], "pathMatcher": "m"}]
    with pytest.raises(ApiError, match=r"hostRules\[0\].pathMatcher': 'm'"):
        world.up(URL_MAP, "u", name="u", defaultService=service.id, hostRules=hosts)
    matcher = {"name": "m", "defaultService": "nothing"}
    with pytest.raises(ApiError, match="'nothing' was not found"):
        world.up(URL_MAP, "u", name="u", defaultService=service.id, hostRules=hosts, pathMatchers=[matcher])
    matcher = {"name": "m", "defaultService": service.id}
    with pytest.raises(ApiError, match=r"host 'a.b' is given twice"):
        world.up(
            URL_MAP, "u", name="u", defaultService=service.id, hostRules=hosts * 2, pathMatchers=[matcher]
        )


def test_a_certificate_has_at_most_a_hundred_domains(world):
    domains = [f"a{i}.b" for i in range(101)]
    with pytest.raises(ApiError, match="101 domains"):
        world.up(CERTIFICATE, "c", name="c", managed={"domains": domains})
    assert world.up(CERTIFICATE, "c", name="c", managed={"domains": domains[:100]})["subjectAlternativeNames"]


def test_a_proxy_names_a_certificate_that_exists(world):
    urls = world.up(URL_MAP, "u", name="u", defaultService=backend(world, neg(world).id).id)
    with pytest.raises(ApiError, match="sslCertificates/nothing' was not found"):
        world.up(PROXY, "p", name="p", urlMap=urls.id, sslCertificates=["nothing"])


def test_an_address_and_port_have_one_rule(world):
    parts = https(world)
    rule = {"target": parts["proxy"].id, "ipAddress": parts["address"]["address"]}
    with pytest.raises(ApiError, match="Specified IP address is in-use"):
        world.up(RULE, "g", name="g", portRange="443", **rule)
    world.up(RULE, "g", name="g", portRange="80", **rule)


def test_records_lie_in_a_zone_that_exists(world):
    record = {"name": "api.a.b.", "type": "A", "ttl": 300, "rrdatas": ["1.2.3.4"]}
    with pytest.raises(ApiError, match=r"'parameters.managedZone' resource named 'z' does not exist"):
        world.up(RECORDS, "r", managedZone="z", **record)
    zone = world.up(ZONE, "z", name="z", dnsName="a.b.")
    assert len(zone["nameServers"]) == 4
    world.up(RECORDS, "r", managedZone="z", **record)
    for name, said in (
        ("api.c.d.", "does not belong to the managed zone"),
        ("api.a.b", "must end with a dot"),
    ):
        with pytest.raises(ApiError, match=said):
            world.up(RECORDS, "s", managedZone="z", **{**record, "name": name})
    with pytest.raises(ApiError, match="a CNAME stands alone"):
        world.up(RECORDS, "c", managedZone="z", **{**record, "type": "CNAME"})


def test_a_zone_with_records_is_kept_unless_it_is_forced(world):
    zone = world.up(ZONE, "z", name="z", dnsName="a.b.")
    record = world.up(RECORDS, "r", managedZone="z", name="a.b.", type="A", rrdatas=["1.2.3.4"])
    with pytest.raises(ApiError, match="contains one or more 'resource records'"):
        world.down(zone)
    zone = world.change(zone, name="z", dnsName="a.b.", forceDestroy=True)
    world.down(zone)
    assert not world.exists(record)


def test_a_bucket_with_objects_is_kept_unless_it_is_forced(world):
    bucket = world.up("gcp:storage/bucket:Bucket", "b", name="netra-logs", location="us")
    assert (bucket["url"], bucket["location"]) == ("gs://netra-logs", "US")
    world.up("gcp:storage/bucketObject:BucketObject", "o", name="x", bucket="netra-logs", content="hunter2")
    with pytest.raises(ApiError, match="without `force_destroy`"):
        world.down(bucket)


def test_a_bucket_has_a_name_of_its_own(world):
    with pytest.raises(ApiError, match="Invalid bucket name"):
        world.up("gcp:storage/bucket:Bucket", "b", name="Netra", location="US")
    world.up("gcp:storage/bucket:Bucket", "b", name="netra-logs", location="US")
    with pytest.raises(ApiError, match="409"):
        world.up("gcp:storage/bucket:Bucket", "c", name="netra-logs", location="EU")


def test_keys_are_forgotten_and_never_deleted(world):
    ring = world.up("gcp:kms/keyRing:KeyRing", "r", name="r", location="us")
    with pytest.raises(ApiError, match=r"KeyRing .* not found"):
        world.up("gcp:kms/cryptoKey:CryptoKey", "k", name="k", keyRing="projects/p/locations/us/keyRings/x")
    world.up("gcp:kms/cryptoKey:CryptoKey", "k", name="k", keyRing=ring.id)
    world.down(ring)
    with pytest.raises(ApiError, match=r"KeyRing .* already exists"):
        world.up("gcp:kms/keyRing:KeyRing", "r", name="r", location="us")


def test_a_registry_has_its_address(world):
    made = world.up(
        "gcp:artifactregistry/repository:Repository",
        "a",
        repositoryId="netra",
        location="us-central1",
        format="DOCKER",
    )
    assert made["registryUri"] == "us-central1-docker.pkg.dev/netra-staging/netra"
