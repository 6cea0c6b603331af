"""Cases of the rule about what a load balancer leads to."""

from dataclasses import replace
from typing import Any

from policies.plan import UNKNOWN
from tests.policies.cases.exposure import BEHIND, INTERNAL, grant, of_project
from tests.policies.cases.exposure import v1 as first
from tests.policies.cases.ingress import GLOBAL, compute
from tests.policies.kit import late, passes, refuted, unproven
from tests.policies.wire import PROJECT, Case, Declared, service

REACHES = "ingress-reaches-service"
EARLY = (REACHES,)
ONLY, NOBODY, TOKENS = "INGRESS_INTERNAL_ONLY", "NOBODY_MAY_INVOKE", "USERS_MAY_NOT_INVOKE"
MISSING, AWAY, NOT_KNOWN = "SERVICE_MISSING", "SERVICE_IN_ANOTHER_REGION", "SERVICE_UNKNOWN"
REGION = "us-central1"
GROUPS = f"projects/{PROJECT}/regions/{REGION}/networkEndpointGroups"
EVERYBODY = grant(member="allUsers")
OTHER = service([], name="other", resource="other", ingress=BEHIND)


def web(ingress: Any = BEHIND, **more: Any) -> Declared:
    return service([], ingress=ingress, **more)


def neg(named: Any = "web-staging", *, region: str = REGION, **inputs: Any) -> Declared:
    return compute(
        "RegionNetworkEndpointGroup",
        "neg",
        **{"region": region, "networkEndpointType": "SERVERLESS", "cloudRun": {"service": named}, **inputs},
    )


def back(scheme: Any = "EXTERNAL_MANAGED", **inputs: Any) -> Declared:
    given = {"loadBalancingScheme": scheme, "backends": [{"group": f"{GROUPS}/neg"}], **inputs}
    return compute("BackendService", "back", **given)


def door(scheme: str = "EXTERNAL_MANAGED", **url_map: Any) -> list[Declared]:
    """Forwarding rule, proxy and URL map in front of the backend service."""
    leads = url_map or {"defaultService": f"{GLOBAL}/backendServices/back"}
    return [
        compute("URLMap", "urls", **leads),
        compute("TargetHttpProxy", "proxy", urlMap=f"{GLOBAL}/urlMaps/urls"),
        compute(
            "GlobalForwardingRule",
            "rule",
            loadBalancingScheme=scheme,
            target=f"{GLOBAL}/targetHttpProxies/proxy",
        ),
    ]


def outside(*declared: str) -> dict[str, str]:
    lines = "".join(
        f"  - {{kind: service, environment: staging, id: {one}, why: theirs}}\n" for one in declared
    )
    environments = "environments:\n  staging: {projects: [netra-staging]}\n"
    return {"environments.yaml": environments, "externals.yaml": f"externals:\n{lines}"}


def theirs(case: Case, *declared: str) -> Case:
    return replace(case, contracts=outside(*declared))


FUNCTION = Declared(
    "gcp:cloudfunctionsv2/function:Function",
    "f",
    {"name": "Web_Hook", "project": PROJECT, "location": REGION},
)
UNNAMED = Declared(OTHER.type, "other", {k: v for k, v in OTHER.inputs.items() if k != "name"})
BY_PATH = {
    "pathMatchers": [
        {"name": "all", "pathRules": [{"paths": ["/*"], "service": f"{GLOBAL}/backendServices/back"}]}
    ]
}
BY_WEIGHT = {
    "defaultRouteAction": {
        "weightedBackendServices": [{"backendService": f"{GLOBAL}/backendServices/back", "weight": 100}]
    }
}

CASES = [
    passes(REACHES, "all the way, and everybody may invoke", web(), EVERYBODY, neg(), back(), *door()),
    passes(REACHES, "invokers are not checked", web(invokerIamDisabled=True), neg(), back(), *door()),
    passes(REACHES, "IAP at the backend service", web(), neg(), back(iap={"enabled": True}), *door()),
    passes(REACHES, "IAP at the service", web(iapEnabled=True), neg(), back(), *door()),
    passes(REACHES, "nothing leads to it from the internet", web(), neg(), back()),
    passes(REACHES, "an internal load balancer", web(INTERNAL), neg(), back("INTERNAL_MANAGED")),
    passes(
        REACHES,
        "an internal forwarding rule",
        web(),
        neg(),
        back("INTERNAL_MANAGED"),
        *door("INTERNAL_MANAGED"),
    ),
    passes(
        REACHES,
        "a regional backend is internal unless it says otherwise",
        web(INTERNAL),
        neg(),
        compute("RegionBackendService", "back", region=REGION, backends=[{"group": f"{GROUPS}/neg"}]),
    ),
    passes(REACHES, "the first API", first("internal-and-cloud-load-balancing"), EVERYBODY, neg(), back()),
    passes(
        REACHES, "a group that reads the service from the URL", OTHER, neg(cloudRun={"urlMask": "/<service>"})
    ),
    passes(REACHES, "a group of App Engine", OTHER, neg(cloudRun=None, appEngine={})),
    passes(REACHES, "a function, by the name of its service", OTHER, FUNCTION, neg("web-hook")),
    passes(REACHES, "a service of many regions", web(location="global"), neg()),
    passes(
        REACHES,
        "the name is unknown, and where it comes from is not",
        web(),
        neg(UNKNOWN, depends={"cloudRun": [web().urn]}),
    ),
    theirs(passes(REACHES, "a service that an external declares", OTHER, neg()), "web-staging"),
    theirs(
        passes(REACHES, "a service that an external declares by its path", OTHER, neg()),
        f"projects/{PROJECT}/locations/{REGION}/services/web-staging",
    ),
    passes(
        REACHES,
        "who may invoke a service that is only read is judged elsewhere",
        web(read_only=True),
        neg(),
        back(),
        *door(),
    ),
    refuted(REACHES, "internal traffic only", "back", ONLY, web(INTERNAL), EVERYBODY, neg(), back()),
    refuted(REACHES, "internal traffic only, the first API", "back", ONLY, first("internal"), neg(), back()),
    refuted(
        REACHES,
        "internal traffic only, and a scheme that is not said",
        "back",
        ONLY,
        web(INTERNAL),
        neg(),
        compute("BackendService", "back", backends=[{"group": f"{GROUPS}/neg"}]),
    ),
    late(REACHES, "the name of no service", "neg", MISSING, OTHER, neg()),
    late(REACHES, "another region", "neg", AWAY, web(), neg(region="us-east1")),
    late(REACHES, "nobody may invoke it", "back", NOBODY, web(), neg(), back(), *door(), kind="missing"),
    late(REACHES, "nobody, by a path", "back", NOBODY, web(), neg(), back(), *door(**BY_PATH)),
    late(REACHES, "nobody, by weight", "back", NOBODY, web(), neg(), back(), *door(**BY_WEIGHT)),
    late(
        REACHES,
        "a grant of another service",
        "back",
        NOBODY,
        web(),
        OTHER,
        grant(member="allUsers", name="other"),
        neg(),
        back(),
        *door(),
    ),
    unproven(
        REACHES,
        "only an account may invoke it",
        "back",
        TOKENS,
        web(),
        grant(member="serviceAccount:a@b.c"),
        neg(),
        back(),
        *door(),
    ),
    unproven(
        REACHES,
        "an account may invoke all of the project",
        "back",
        TOKENS,
        web(),
        of_project("serviceAccount:a@b.c"),
        neg(),
        back(),
        *door(),
    ),
    unproven(REACHES, "the ingress is unknown", "back", "INGRESS_UNKNOWN", web(UNKNOWN), neg(), back()),
    unproven(
        REACHES, "the scheme is unknown", "back", "INGRESS_UNKNOWN", web(INTERNAL), neg(), back(UNKNOWN)
    ),
    unproven(REACHES, "the service is unknown", "neg", NOT_KNOWN, OTHER, neg(UNKNOWN)),
    unproven(REACHES, "all services are elsewhere", "neg", NOT_KNOWN, neg()),
    unproven(REACHES, "a service's name is unknown", "neg", NOT_KNOWN, UNNAMED, neg()),
    theirs(unproven(REACHES, "an external of another name", "neg", NOT_KNOWN, neg()), "other"),
]
