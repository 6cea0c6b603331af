"""Cases of the rules about how requests come in."""

from dataclasses import replace
from typing import Any

from policies.plan import UNKNOWN, Secret
from tests.policies.kit import found, late, passes, refuted, unproven
from tests.policies.wire import PROJECT, Case, Declared, plain, service, service_v1

HOSTS, AFFINITY, TIMEOUT = "ingress-hosts", "websocket-affinity", "websocket-timeout"
EARLY = (HOSTS, AFFINITY, TIMEOUT)

# A certificate for app.example.com and *.api.example.com, signed by itself; its key is nowhere.
PEM = """
-----BEGIN CERTIFICATE-----
MIIBqjCCAVCgAwIBAgIUHKJAIF9WgAvRCqScYBukATvGOlEwCgYIKoZIzj0EAwIw
EjEQMA4GA1UEAwwHZXhhbXBsZTAeFw0yNjExMjQxMjI2NTlaFw0zNjExMjExMjI2
NTlaMBIxEDAOBgNVBAMMB2V4YW1wbGUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AASruwFwIk+TsWoJ6bo0MG+VKqUSakoblk0ktAd/q7f1aKBBj8TpH3nQwQIh4q/W
Em1EBq0FSpkuA/tDtrq8Pv62o4GDMIGAMB0GA1UdDgQWBBRFHmlQk/+S0+AqDJbm
/iiU3hsNAzAfBgNVHSMEGDAWgBRFHmlQk/+S0+AqDJbm/iiU3hsNAzAPBgNVHRMB
Af8EBTADAQH/MC0GA1UdEQQmMCSCD2FwcC5leGFtcGxlLmNvbYIRKi5hcGkuZXhh
bXBsZS5jb20wCgYIKoZIzj0EAwIDSAAwRQIhAMD7oVQJIBQmbxHCP3O/v4nesy/X
Uh4NcrPXlBhRFMz5AiA+iK4bfmHETXiRQQ3HEWAKbKnH0mGH34+7wzxe0nQfgQ==
-----END CERTIFICATE-----
"""
GLOBAL = f"projects/{PROJECT}/global"
MANAGER = f"projects/{PROJECT}/locations/global"


def compute(kind: str, name: str, **inputs: Any) -> Declared:
    told = {key: inputs.pop(key) for key in ("depends",) if key in inputs}
    given = {"name": name, "project": PROJECT, **inputs}
    return Declared(f"gcp:compute/{kind[0].lower()}{kind[1:]}:{kind}", name, given, **told)


def urls(*hosts: Any, rules: Any = None, **matcher: Any) -> Declared:
    rules = [{"hosts": list(hosts), "pathMatcher": "all"}] if rules is None else rules
    matchers = [{"name": "all", "defaultService": f"{GLOBAL}/backendServices/back", **matcher}]
    return compute("URLMap", "urls", hostRules=rules, pathMatchers=matchers)


def certificate(*domains: Any, name: str = "cert", kind: str = "ManagedSslCertificate") -> Declared:
    return compute(kind, name, managed={"domains": list(domains)})


def proxy(*certificates: Any, **inputs: Any) -> Declared:
    given = {"urlMap": f"{GLOBAL}/urlMaps/urls", "sslCertificates": list(certificates), **inputs}
    return compute("TargetHttpsProxy", "proxy", **given)


def manager(kind: str, name: str, **inputs: Any) -> Declared:
    type_ = f"gcp:certificatemanager/{kind[0].lower()}{kind[1:]}:{kind}"
    return Declared(type_, name, {"name": name, "project": PROJECT, **inputs})


def entry(*certificates: str, **inputs: Any) -> Declared:
    listed = [f"{MANAGER}/certificates/{one}" for one in certificates]
    return manager("CertificateMapEntry", "entry", map="map", certificates=listed, **inputs)


OWN = f"{GLOBAL}/sslCertificates/cert"
APP, API = "app.example.com", "v1.api.example.com"
SELF = compute("SSLCertificate", "cert", certificate=Secret(PEM))
MAP = manager("CertificateMap", "map")
NEWER = manager("Certificate", "newer", managed={"domains": [APP]})
PEMS = manager("Certificate", "newer", selfManaged={"pemCertificate": PEM})
MAPPED = compute(
    "TargetHttpsProxy",
    "proxy",
    urlMap="urls",
    certificateMap=f"//certificatemanager.googleapis.com/{MANAGER}/certificateMaps/map",
)
MISSING, DOMAINS, NOT_HOSTS = "HOST_NOT_IN_CERTIFICATE", "CERTIFICATE_UNKNOWN", "HOSTS_UNKNOWN"

ENVIRONMENTS = "environments:\n  staging: {projects: [netra-staging]}\n"
HOUR = {"environments.yaml": ENVIRONMENTS, "web.yaml": "service: web-{environment}\nwebSockets: true\n"}
TEN = {**HOUR, "web.yaml": "service: web-{environment}\nwebSockets: {seconds: 600}\n"}
V1 = service_v1([])


def web(**template: Any) -> Declared:
    return service([], template={"containers": [{"image": "i"}], **template})


def v1(affinity: str, seconds: int) -> Declared:
    notes = {"annotations": {"run.googleapis.com/sessionAffinity": affinity}}
    spec = {"containers": [{"image": "i"}], "timeoutSeconds": seconds}
    return Declared(V1.type, "web", {**V1.inputs, "template": {"metadata": notes, "spec": spec}})


def v1_of_one() -> Declared:
    notes = {"annotations": {"run.googleapis.com/maxScale": "1"}}
    return Declared(V1.type, "web", {**V1.inputs, "metadata": notes})


def hour(case: Case) -> Case:
    return replace(case, contracts=HOUR)


def free(name: str, **template: Any) -> Declared:
    """A service that no contract names."""
    return service(
        [],
        name=name,
        resource=name,
        project="elsewhere",
        template={"containers": [{"image": "i"}], **template},
    )


def group(service_: Any = "api", **more: Any) -> Declared:
    return compute(
        "RegionNetworkEndpointGroup", "neg", region="us-central1", cloudRun={"service": service_}, **more
    )


def front(variable: Any) -> Declared:
    return service([plain("WS_URL", variable)], name="front", resource="front", project="elsewhere")


def away(*resources: Declared) -> list[Declared]:
    return [replace(one, inputs={**one.inputs, "project": "elsewhere"}) for one in resources]


BACK = compute(
    "BackendService",
    "back",
    backends=[{"group": "projects/elsewhere/regions/us-central1/networkEndpointGroups/neg"}],
)


def routing(host: str) -> Declared:
    return compute(
        "URLMap",
        "urls",
        project="elsewhere",
        hostRules=[{"hosts": [host], "pathMatcher": "all"}],
        pathMatchers=[{"name": "all", "defaultService": "back"}],
    )


DOOR = [*away(group(), BACK), routing(APP)]
OTHER = free("other")
# Which of two services the host leads to is not known before the update.
EITHER = [
    *away(group(UNKNOWN, depends={"cloudRun": [free("api").urn, OTHER.urn]}), BACK),
    DOOR[-1],
]
NONE, SHORT = "WEBSOCKET_NO_AFFINITY", "WEBSOCKET_TIMEOUT_TOO_SHORT"
WSS = front(f"wss://{APP}/ws")

CASES = [
    # ingress-hosts
    passes(
        HOSTS, "all hosts are in the certificate", urls(APP, API), certificate(API, f"{APP}."), proxy(OWN)
    ),
    passes(
        HOSTS,
        "in two certificates",
        urls(APP, API),
        certificate(APP),
        certificate(API, name="b"),
        proxy(OWN, "b"),
    ),
    passes(HOSTS, "under a wildcard", urls(API), certificate("*.api.example.com"), proxy("cert")),
    passes(HOSTS, "in a certificate of the team's own", urls(APP, API), SELF, proxy(OWN)),
    passes(HOSTS, "all other hosts are nobody's", urls(APP, "*"), certificate(APP), proxy(OWN)),
    passes(
        HOSTS,
        "in a certificate map, in capitals",
        urls("App.Example.com"),
        NEWER,
        MAP,
        entry("newer", hostname="APP.example.com"),
        MAPPED,
    ),
    passes(HOSTS, "in a certificate map", urls(APP), NEWER, MAP, entry("newer", hostname=APP), MAPPED),
    passes(
        HOSTS,
        "in a map's entry for all other hosts",
        urls(API),
        PEMS,
        MAP,
        entry("newer", matcher="PRIMARY"),
        MAPPED,
    ),
    passes(
        HOSTS,
        "the certificates are known by what they come from",
        urls(APP, API),
        certificate(APP),
        certificate(API, name="b"),
        proxy(
            UNKNOWN,
            UNKNOWN,
            urlMap=UNKNOWN,
            depends={
                "urlMap": [urls().urn],
                "sslCertificates": [certificate().urn, certificate(name="b").urn],
            },
        ),
    ),
    passes(HOSTS, "a redirect needs none", compute("URLMap", "to-https"), compute("TargetHttpProxy", "http")),
    refuted(HOSTS, "one is missing", "proxy", MISSING, urls(APP, API), certificate(APP), proxy(OWN)),
    refuted(
        HOSTS,
        "a wildcard covers one label",
        "proxy",
        MISSING,
        urls("a.b.example.com"),
        certificate("*.example.com"),
        proxy(OWN),
    ),
    refuted(
        HOSTS, "a wildcard is not its domain", "proxy", MISSING, urls("api.example.com"), SELF, proxy(OWN)
    ),
    refuted(
        HOSTS,
        "a host that is a wildcard",
        "proxy",
        MISSING,
        urls("*.example.com"),
        certificate(APP),
        proxy(OWN),
    ),
    refuted(
        HOSTS,
        "a certificate has it that is not of this proxy",
        "proxy",
        MISSING,
        urls(API),
        SELF,
        certificate(APP, name="b"),
        proxy("b"),
    ),
    late(
        HOSTS,
        "no entry of the map is for it",
        "proxy",
        MISSING,
        urls(API),
        NEWER,
        MAP,
        entry("newer", hostname=APP),
        MAPPED,
    ),
    late(
        HOSTS,
        "its entry has another certificate",
        "proxy",
        MISSING,
        urls(API),
        NEWER,
        MAP,
        entry("newer", hostname=API),
        MAPPED,
    ),
    refuted(HOSTS, "there is no certificate", "proxy", MISSING, urls(APP), proxy(), kind="missing"),
    unproven(
        HOSTS, "the domains are not known", "proxy", DOMAINS, urls(APP), certificate(UNKNOWN), proxy(OWN)
    ),
    unproven(HOSTS, "the certificate is elsewhere", "proxy", DOMAINS, urls(APP), proxy(OWN)),
    unproven(HOSTS, "the certificate is not known", "proxy", DOMAINS, urls(APP), proxy(UNKNOWN)),
    unproven(
        HOSTS,
        "the certificate cannot be read",
        "proxy",
        DOMAINS,
        urls(APP),
        compute("SSLCertificate", "cert", certificate="x"),
        proxy(OWN),
    ),
    unproven(HOSTS, "the map is elsewhere", "proxy", DOMAINS, urls(APP), MAPPED),
    unproven(HOSTS, "the hosts are not known", "proxy", NOT_HOSTS, urls(rules=UNKNOWN), proxy(OWN)),
    unproven(HOSTS, "the URL map is elsewhere", "proxy", NOT_HOSTS, certificate(APP), proxy(OWN)),
    # websocket-affinity
    hour(passes(AFFINITY, "the service has it", web(sessionAffinity=True))),
    hour(passes(AFFINITY, "the first API", v1("true", 3600))),
    hour(passes(AFFINITY, "one instance is always the same", web(scaling={"maxInstanceCount": 1}))),
    passes(AFFINITY, "no contract and no variable speaks of WebSockets", web()),
    passes(AFFINITY, "where a variable leads to", free("api", sessionAffinity=True), *DOOR, WSS),
    passes(
        AFFINITY, "a variable leads somewhere else", free("api"), *DOOR, front("wss://elsewhere.example.com")
    ),
    passes(
        AFFINITY, "one of two, and not known which", free("api", sessionAffinity=True), OTHER, *EITHER, WSS
    ),
    hour(refuted(AFFINITY, "switched off", "web", NONE, web(sessionAffinity=False))),
    hour(
        refuted(
            AFFINITY,
            "only on the load balancer",
            "web",
            NONE,
            compute("BackendService", "back", sessionAffinity="CLIENT_IP"),
            web(),
        )
    ),
    hour(passes(AFFINITY, "the first API, one instance of the whole service", v1_of_one())),
    hour(refuted(AFFINITY, "the first API", "web", NONE, v1("false", 3600))),
    late(AFFINITY, "a variable leads to it", "api", NONE, free("api"), *DOOR, WSS),
    Case(
        AFFINITY,
        "fail",
        "neither of two has it",
        [free("api"), OTHER, *EITHER, WSS],
        closed=found("api", NONE) | found("other", NONE),
    ),
    hour(refuted(AFFINITY, "nothing is said of it", "web", NONE, web(), kind="missing")),
    hour(
        unproven(
            AFFINITY, "it is not known", "web", "WEBSOCKET_AFFINITY_UNKNOWN", web(sessionAffinity=UNKNOWN)
        )
    ),
    # websocket-timeout
    hour(passes(TIMEOUT, "an hour", web(timeout="3600s"))),
    hour(passes(TIMEOUT, "an hour, the first API", v1("true", 3600))),
    replace(passes(TIMEOUT, "as long as the contract says", web(timeout="600s")), contracts=TEN),
    passes(TIMEOUT, "a service without WebSockets", web()),
    passes(TIMEOUT, "somebody's choice where a variable leads to", free("api", timeout="900s"), *DOOR, WSS),
    hour(refuted(TIMEOUT, "shorter than the contract says", "web", SHORT, web(timeout="1800s"))),
    hour(refuted(TIMEOUT, "shorter, the first API", "web", SHORT, v1("true", 300))),
    late(
        TIMEOUT,
        "the default where a variable leads to",
        "api",
        SHORT,
        free("api", timeout="300s"),
        *DOOR,
        WSS,
    ),
    hour(refuted(TIMEOUT, "nothing is said of it", "web", SHORT, web(), kind="missing")),
    hour(unproven(TIMEOUT, "it is not known", "web", "WEBSOCKET_TIMEOUT_UNKNOWN", web(timeout=UNKNOWN))),
]
