from __future__ import annotations

from components.platform import Platform
from tests.components.recorder import Cloud, run
from tests.components.stacks import staging

HOSTS = [
    f"{label}.staging.netrasystems.ai"
    for label in ("api", "app", "auth", "candidate-api", "candidate-app", "candidate-auth")
]
BACKENDS = "projects/netra-staging/global/backendServices/"


def _certificate(cloud: Cloud) -> dict:
    return cloud.one("compute/managedSslCertificate:ManagedSslCertificate").inputs


def _url_map(cloud: Cloud) -> dict:
    return cloud.of("compute/uRLMap:URLMap")["ingress-urls"].inputs


def test_certificate_routes_and_records_name_the_same_hosts(cloud: Cloud) -> None:
    routed = [host for rule in _url_map(cloud)["hostRules"] for host in rule["hosts"]]
    records = [each.inputs["name"] for each in cloud.of("dns/recordSet:RecordSet").values()]

    assert _certificate(cloud)["managed"] == {"domains": HOSTS}
    assert sorted(routed) == HOSTS
    assert sorted(records) == [f"{host}." for host in HOSTS]


def test_each_host_leads_to_its_service_and_its_twin_to_the_candidate(cloud: Cloud) -> None:
    matchers = {each["name"]: each["defaultService"] for each in _url_map(cloud)["pathMatchers"]}
    led = {
        host.partition(".")[0]: matchers[rule["pathMatcher"]].removeprefix(BACKENDS)
        for rule in _url_map(cloud)["hostRules"]
        for host in rule["hosts"]
    }

    assert led == {
        "api": "netra-backend-staging",
        "app": "netra-frontend-staging",
        "auth": "netra-auth-service",
        "candidate-api": "netra-backend-staging-candidate",
        "candidate-app": "netra-frontend-staging-candidate",
        "candidate-auth": "netra-auth-service-candidate",
    }


def test_a_host_in_no_list_gets_404(cloud: Cloud) -> None:
    fault = _url_map(cloud)["defaultRouteAction"]["faultInjectionPolicy"]

    assert fault == {"abort": {"httpStatus": 404, "percentage": 100}}


def test_only_the_candidates_groups_carry_the_tag(cloud: Cloud) -> None:
    groups = cloud.of("compute/regionNetworkEndpointGroup:RegionNetworkEndpointGroup").values()

    assert {each.inputs["name"]: each.inputs["cloudRun"] for each in groups} == {
        f"{service}{suffix}": {"service": service, **tag}
        for service in ("netra-backend-staging", "netra-auth-service", "netra-frontend-staging")
        for suffix, tag in (("", {}), ("-candidate", {"tag": "candidate"}))
    }
    assert {each.inputs["networkEndpointType"] for each in groups} == {"SERVERLESS"}


def test_no_serverless_backend_has_a_timeout_and_all_are_limited_and_logged(cloud: Cloud) -> None:
    backends = cloud.of("compute/backendService:BackendService").values()

    assert len(backends) == 6
    for each in backends:
        assert "timeoutSec" not in each.inputs
        assert each.inputs["loadBalancingScheme"] == "EXTERNAL_MANAGED"
        assert each.inputs["securityPolicy"] == "projects/netra-staging/global/securityPolicies/netra-ingress"
        assert each.inputs["logConfig"] == {"enable": True, "sampleRate": 1}
        (backend,) = each.inputs["backends"]
        assert backend["group"] == (
            "projects/netra-staging/regions/us-central1/networkEndpointGroups/" + each.inputs["name"]
        )


def test_cloud_armor_bans_an_address_that_asks_too_often_and_lets_the_rest_in(cloud: Cloud) -> None:
    limit, default = cloud.one("compute/securityPolicy:SecurityPolicy").inputs["rules"]

    assert limit["action"] == "rate_based_ban"
    assert limit["rateLimitOptions"] == {
        "enforceOnKey": "IP",
        "conformAction": "allow",
        "exceedAction": "deny(429)",
        "rateLimitThreshold": {"count": 1200, "intervalSec": 60},
        "banDurationSec": 300,
    }
    assert (default["priority"], default["action"]) == (2147483647, "allow")
    assert limit["priority"] < default["priority"]


def test_https_is_modern_and_http_only_redirects(cloud: Cloud) -> None:
    policy = cloud.one("compute/sSLPolicy:SSLPolicy").inputs
    rules = {each.inputs["portRange"]: each.inputs for each in _rules(cloud)}
    https = cloud.one("compute/targetHttpsProxy:TargetHttpsProxy").inputs
    http = cloud.one("compute/targetHttpProxy:TargetHttpProxy").inputs
    redirect = cloud.of("compute/uRLMap:URLMap")["ingress-redirect"].inputs

    assert (policy["profile"], policy["minTlsVersion"]) == ("MODERN", "TLS_1_2")
    assert https["sslPolicy"].endswith(policy["name"])
    assert https["sslCertificates"] == [
        f"projects/netra-staging/global/sslCertificates/{_certificate(cloud)['name']}"
    ]
    assert https["urlMap"].endswith(f"/{_url_map(cloud)['name']}")
    assert http["urlMap"].endswith(f"/{redirect['name']}")
    assert redirect["defaultUrlRedirect"]["httpsRedirect"] is True
    assert "hostRules" not in redirect
    assert rules["443"]["target"].endswith(f"targetHttpsProxies/{https['name']}")
    assert rules["80"]["target"].endswith(f"targetHttpProxies/{http['name']}")
    assert {rule["ipAddress"] for rule in rules.values()} == {"203.0.113.7"}


def _rules(cloud: Cloud) -> list:
    return list(cloud.of("compute/globalForwardingRule:GlobalForwardingRule").values())


def test_the_zone_is_signed_and_its_records_point_at_the_load_balancer(cloud: Cloud) -> None:
    zone = cloud.one("dns/managedZone:ManagedZone").inputs

    assert (zone["name"], zone["dnsName"]) == ("staging-netrasystems-ai", "staging.netrasystems.ai.")
    assert zone["dnssecConfig"] == {"state": "on"}
    for record in cloud.of("dns/recordSet:RecordSet").values():
        assert record.inputs["managedZone"] == zone["name"]
        assert (record.inputs["type"], record.inputs["rrdatas"]) == ("A", ["203.0.113.7"])


def test_other_hosts_are_another_certificate_so_that_it_is_made_before_the_old_one_goes(
    cloud: Cloud,
) -> None:
    hosts = {"www": {"service": "frontend"}, "api": {"service": "backend"}, "auth": {"service": "auth"}}
    changed = run(lambda: Platform("platform", staging(ingress__hosts=hosts)))
    same = run(lambda: Platform("platform", staging()))

    assert _certificate(changed)["name"] != _certificate(cloud)["name"] == _certificate(same)["name"]
    assert _certificate(cloud)["name"].startswith("netra-hosts-")


def test_two_hosts_of_one_service_share_its_backend() -> None:
    hosts = {
        "app": {"service": "frontend"},
        "www": {"service": "frontend"},
        "api": {"service": "backend"},
        "auth": {"service": "auth"},
    }
    cloud = run(lambda: Platform("platform", staging(ingress__hosts=hosts)))
    rules = {rule["pathMatcher"]: rule["hosts"] for rule in _url_map(cloud)["hostRules"]}

    assert len(cloud.of("compute/backendService:BackendService")) == 6
    assert rules["frontend"] == ["app.staging.netrasystems.ai", "www.staging.netrasystems.ai"]
