"""Load balancing and Cloud Armor.

https://cloud.google.com/load-balancing/docs/negs/serverless-neg-concepts
"""

from __future__ import annotations

from typing import Final

from catalog import load_balancer
from sandbox import addresses
from sandbox.addresses import GLOBAL_ADDRESS
from sandbox.compose import number_from
from sandbox.kinds import Kind, Ref, Request
from sandbox.services._compute_network import API, named_as_gce_at_create
from sandbox.wire import at

SECURITY_POLICY: Final = "gcp:compute/securityPolicy:SecurityPolicy"
SSL_POLICY: Final = "gcp:compute/sSLPolicy:SSLPolicy"
CERTIFICATE: Final = "gcp:compute/managedSslCertificate:ManagedSslCertificate"
OWN_CERTIFICATE: Final = "gcp:compute/sSLCertificate:SSLCertificate"
NEG: Final = "gcp:compute/regionNetworkEndpointGroup:RegionNetworkEndpointGroup"
BACKEND: Final = "gcp:compute/backendService:BackendService"
BUCKET: Final = "gcp:compute/backendBucket:BackendBucket"
URL_MAP: Final = "gcp:compute/uRLMap:URLMap"
HTTPS_PROXY: Final = "gcp:compute/targetHttpsProxy:TargetHttpsProxy"
HTTP_PROXY: Final = "gcp:compute/targetHttpProxy:TargetHttpProxy"
_GROUPS: Final = (
    NEG,
    "gcp:compute/globalNetworkEndpointGroup:GlobalNetworkEndpointGroup",
    "gcp:compute/networkEndpointGroup:NetworkEndpointGroup",
    "gcp:compute/instanceGroup:InstanceGroup",
    "gcp:compute/instanceGroupManager:InstanceGroupManager",
    "gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager",
)
_MOST_DOMAIN_CHARACTERS = 64


def _certificate(request: Request) -> None:
    named_as_gce_at_create(request)
    domains: list[str] = next(at(request.inputs, "managed.domains"), [])
    breach = load_balancer.CERTIFICATE_DOMAINS.check(len(domains))
    if breach is not None:
        raise request.refuse(
            400,
            f"Invalid value for field 'resource.managed.domains': {len(domains)} domains: {breach.why}.",
            "invalid",
        )
    request.body["subjectAlternativeNames"] = list(domains)
    if request.old is None:
        request.body["certificateId"] = int(number_from(request.id + str(request.now), 12))
    request.body["expireTime"] = ""


def _neg(request: Request) -> None:
    """Google does not look whether the Cloud Run service is there: a group may be made before it."""
    named_as_gce_at_create(request)
    ends = ("cloudRun", "cloudFunction", "appEngine", "serverlessDeployment")
    kind = request.inputs.get("networkEndpointType", "SERVERLESS")
    if kind == "SERVERLESS" and not any(request.inputs.get(end) for end in ends):
        raise request.refuse(
            400,
            "Invalid value for field 'resource': a serverless network endpoint group must name one of "
            "Cloud Run, App "
            "Engine, Cloud Functions or a serverless deployment.",
            "invalid",
        )
    run = request.inputs.get("cloudRun") or {}
    if run and not run.get("service") and not run.get("urlMask"):
        raise request.refuse(
            400,
            "Invalid value for field 'resource.cloudRun': one of service or urlMask must be set.",
            "invalid",
        )


def _backend(request: Request) -> None:
    named_as_gce_at_create(request)
    body, inputs = request.body, request.inputs
    groups = list(at(inputs, "backends[].group"))
    serverless = False
    for group in groups:
        found = next(
            (t for t in (request.resolve(token, str(group)) for token in _GROUPS) if t is not None), None
        )
        if found is None:
            raise request.refuse(
                404,
                f"Invalid value for field 'resource.backends[0].group': '{group}'. The referenced network "
                "endpoint "
                "group or instance group does not exist.",
                "invalid",
            )
        request.refers_to.append((found.type, found.id))
        serverless = serverless or found.body.get("networkEndpointType") == "SERVERLESS"
    if serverless:
        _serverless_backend(request)
    body["protocol"] = body.get("protocol") or "HTTP"
    body["sessionAffinity"] = body.get("sessionAffinity") or "NONE"
    body["timeoutSec"] = body.get("timeoutSec") or 30
    body["portName"] = body.get("portName") or "http"


def _serverless_backend(request: Request) -> None:
    with_group = "with Serverless network endpoint group backends."
    if request.inputs.get("timeoutSec"):
        raise request.refuse(
            400,
            f"Invalid value for field 'resource.timeoutSec': '{int(request.inputs['timeoutSec'])}'. "
            "Timeout sec is not "
            f"supported for a backend service {with_group}",
            "invalid",
        )
    if request.inputs.get("healthChecks"):
        raise request.refuse(
            400,
            "Invalid value for field 'resource.healthChecks': A backend service cannot have a healthcheck "
            f"{with_group}",
            "invalid",
        )
    if request.inputs.get("portName"):
        raise request.refuse(
            400,
            f"Invalid value for field 'resource.portName': '{request.inputs['portName']}'. Port name is "
            "not supported "
            f"for a backend service {with_group}",
            "invalid",
        )


def _url_map(request: Request) -> None:
    named_as_gce_at_create(request)
    matchers = {str(name) for name in at(request.inputs, "pathMatchers[].name")}
    for index, wanted in enumerate(at(request.inputs, "hostRules[].pathMatcher")):
        if wanted not in matchers:
            raise request.refuse(
                400,
                f"Invalid value for field 'resource.hostRules[{index}].pathMatcher': '{wanted}'. The path "
                "matcher is "
                "not defined in this URL map.",
                "invalid",
            )
    seen: set[str] = set()
    for hosts in at(request.inputs, "hostRules[].hosts"):
        for host in hosts:
            if host in seen:
                raise request.refuse(
                    400,
                    f"Invalid value for field 'resource.hostRules': host '{host}' is given twice.",
                    "invalid",
                )
            seen.add(host)


def _service_or_bucket(request: Request, reference: object) -> None:
    found = request.resolve(BACKEND, str(reference)) or request.resolve(BUCKET, str(reference))
    if found is None:
        raise request.refuse(404, f"The resource '{reference}' was not found")
    request.refers_to.append((found.type, found.id))


def _url_map_with_services(request: Request) -> None:
    _url_map(request)
    paths = ("defaultService", "pathMatchers[].defaultService", "pathMatchers[].pathRules[].service")
    for path in paths:
        for reference in at(request.inputs, path):
            _service_or_bucket(request, reference)


def _forwarding_rule(request: Request) -> None:
    named_as_gce_at_create(request)
    body, inputs = request.body, request.inputs
    target = str(inputs.get("target", ""))
    found = request.resolve(HTTPS_PROXY, target) or request.resolve(HTTP_PROXY, target)
    if "targetHttp" in target and found is None:
        raise request.refuse(404, f"The resource '{target}' was not found")
    if found is not None:
        request.refers_to.append((found.type, found.id))
        body["target"] = found.body["selfLink"]
    given = inputs.get("ipAddress")
    reserved = request.resolve(GLOBAL_ADDRESS, str(given)) if given else None
    if reserved is None and given:
        every = request.cloud.all(GLOBAL_ADDRESS, request.project)
        reserved = next((each for each in every if each.body.get("address") == given), None)
    if reserved is not None:
        request.refers_to.append((reserved.type, reserved.id))
    body["ipAddress"] = str(reserved.body["address"]) if reserved else given or addresses.external(request.id)
    _refuse_used_address(request, str(body["ipAddress"]))
    body["ipProtocol"] = body.get("ipProtocol") or "TCP"
    body["networkTier"] = body.get("networkTier") or "PREMIUM"
    body["forwardingRuleId"] = body.get("forwardingRuleId") or int(
        number_from(request.id + str(request.now), 12)
    )


def _refuse_used_address(request: Request, address: str) -> None:
    for other in request.cloud.all(request.kind.token, request.project):
        same_port = other.body.get("portRange") == request.inputs.get("portRange")
        if other.id != request.id and other.body.get("ipAddress") == address and same_port:
            raise request.refuse(
                400,
                "Invalid value for field 'resource.IPAddress': "
                f"'{address}'. Specified IP address is in-use and would result in a conflict.",
                "invalid",
            )


def _policy(request: Request) -> None:
    named_as_gce_at_create(request)
    rules = request.inputs.get("rules") or []
    priorities = [rule.get("priority") for rule in rules]
    if len(priorities) != len(set(priorities)):
        raise request.refuse(
            400, "Invalid value for field 'resource.rules': two rules have the same priority.", "invalid"
        )
    body = request.body
    body["type"] = body.get("type") or "CLOUD_ARMOR"
    if not rules:
        everyone = {"versionedExpr": "SRC_IPS_V1", "config": {"srcIpRanges": ["*"]}}
        body["rules"] = [
            {
                "action": "allow",
                "priority": 2147483647,
                "match": everyone,
                "description": "default rule",
                "preview": False,
            }
        ]


KINDS = (
    Kind(
        SECURITY_POLICY,
        noun="SecurityPolicy",
        api=API,
        id="projects/{project}/global/securityPolicies/{name}",
        create=_policy,
        fills={"rules[].preview": False},
    ),
    Kind(SSL_POLICY, noun="SslPolicy", api=API, id="projects/{project}/global/sslPolicies/{name}"),
    Kind(
        CERTIFICATE,
        noun="ManagedSslCertificate",
        api=API,
        id="projects/{project}/global/sslCertificates/{name}",
        create=_certificate,
    ),
    Kind(
        NEG,
        noun="RegionNetworkEndpointGroup",
        api=API,
        id="projects/{project}/regions/{region}/networkEndpointGroups/{name}",
        create=_neg,
    ),
    Kind(
        BACKEND,
        noun="BackendService",
        api=API,
        id="projects/{project}/global/backendServices/{name}",
        refs=(Ref("securityPolicy", SECURITY_POLICY), Ref("edgeSecurityPolicy", SECURITY_POLICY)),
        defaults={"connectionDrainingTimeoutSec": 300, "backends[].capacityScaler": 1},
        create=_backend,
        fills={"generatedId": lambda r: int(number_from(r.id + str(r.now), 12))},
    ),
    Kind(
        URL_MAP,
        noun="UrlMap",
        api=API,
        id="projects/{project}/global/urlMaps/{name}",
        create=_url_map_with_services,
        fills={"mapId": lambda r: int(number_from(r.id + str(r.now), 12))},
    ),
    Kind(
        HTTPS_PROXY,
        noun="TargetHttpsProxy",
        api=API,
        id="projects/{project}/global/targetHttpsProxies/{name}",
        refs=(
            Ref("urlMap", URL_MAP),
            Ref("sslCertificates", (CERTIFICATE, OWN_CERTIFICATE)),
            Ref("sslPolicy", SSL_POLICY),
        ),
        create=named_as_gce_at_create,
        fills={"tlsEarlyData": "DISABLED", "proxyBind": False},
    ),
    Kind(
        HTTP_PROXY,
        noun="TargetHttpProxy",
        api=API,
        id="projects/{project}/global/targetHttpProxies/{name}",
        refs=(Ref("urlMap", URL_MAP),),
        create=named_as_gce_at_create,
    ),
    Kind(
        "gcp:compute/globalForwardingRule:GlobalForwardingRule",
        noun="GlobalForwardingRule",
        api=API,
        id="projects/{project}/global/forwardingRules/{name}",
        create=_forwarding_rule,
    ),
)
