"""Cases of the rule about time-outs inside one another."""

from typing import Any

from policies.plan import UNKNOWN, Secret
from policies.plan.workloads import SERVICE_V1
from tests.policies.wire import PROJECT, Case, Declared, from_secret, plain, service

RULE = "timeouts-nest"
EARLY = (RULE,)
CONTRACTS = {
    "environments.yaml": "environments: {staging: {projects: [netra-staging]}}\n",
    "web.yaml": """
service: web-{environment}
env:
  QUERY_SECONDS:
timeouts: [AGENT_SECONDS, LLM_SECONDS, QUERY_SECONDS]
""",
    "none.yaml": "service: none-{environment}\n",
}
NESTED = {"AGENT_SECONDS": "120", "LLM_SECONDS": "60", "QUERY_SECONDS": "5"}


def entries(**changed: Any) -> list[Any]:
    values = {**NESTED, **changed}
    return [v if isinstance(v, dict) else plain(k, v) for k, v in values.items() if v is not None]


def web(timeout: Any = "300s", name: str = "web-staging", **changed: Any) -> Declared:
    template = {"containers": [{"image": "i", "envs": entries(**changed)}], "timeout": timeout}
    template = {key: value for key, value in template.items() if value is not None}
    return service([], name=name, template=template)


def web_v1(timeout: Any = 300, **changed: Any) -> Declared:
    spec = {"containers": [{"image": "i", "envs": entries(**changed)}], "timeoutSeconds": timeout}
    inputs = {"name": "web-staging", "project": PROJECT, "template": {"spec": spec}}
    return Declared(SERVICE_V1, "web", inputs)


def both(kind: str, name: str, resource: Declared, *causes: str) -> Case:
    found = frozenset(("web", cause) for cause in causes)
    return Case(RULE, kind, name, [resource], found, found, CONTRACTS)


def unknown(name: str, resource: Declared) -> Case:
    return Case(
        RULE, "unknown", name, [resource], closed=frozenset({("web", "TIMEOUT_UNKNOWN")}), contracts=CONTRACTS
    )


WRONG = "TIMEOUTS_DO_NOT_NEST"
CASES = [
    both("pass", "each smaller than the one around it", web()),
    both("pass", "an hour around them, for WebSockets", web("3600s", AGENT_SECONDS="3599")),
    both("pass", "part of a second", web(QUERY_SECONDS="0.5")),
    both("pass", "numbers, not text", web(AGENT_SECONDS=120)),
    both("pass", "the service's default", web(None)),
    both("pass", "the first API", web_v1()),
    both("pass", "a contract that names none", web(name="none-staging", AGENT_SECONDS="9999")),
    both("pass", "a secret value", web(LLM_SECONDS=Secret("60"))),
    both("fail", "the agent waits longer than the service", web("100s"), WRONG),
    both("fail", "the agent waits longer than the service's default", web(None, AGENT_SECONDS="600"), WRONG),
    both("fail", "the model waits longer than the agent", web(LLM_SECONDS="180"), WRONG),
    both("fail", "as long as the one around it", web(LLM_SECONDS="120"), WRONG),
    both("fail", "the first API", web_v1(60), WRONG),
    both("fail", "with its unit", web(LLM_SECONDS="60s"), "TIMEOUT_NO_NUMBER"),
    both("fail", "no time at all", web(LLM_SECONDS="0"), "TIMEOUT_NO_NUMBER"),
    both("fail", "a secret value that is too large", web(LLM_SECONDS=Secret("180")), WRONG),
    both("missing", "one is not set", web(LLM_SECONDS=None), "TIMEOUT_NOT_SET"),
    both("missing", "one that is also required is told elsewhere", web(QUERY_SECONDS=None)),
    both(
        "missing",
        "one between is not set, and the inner is longer than the outer",
        web(LLM_SECONDS=None, QUERY_SECONDS="500"),
        "TIMEOUT_NOT_SET",
        WRONG,
    ),
    unknown("a variable", web(LLM_SECONDS=UNKNOWN)),
    unknown("a variable from Secret Manager", web(LLM_SECONDS=from_secret("LLM_SECONDS", "s"))),
    unknown("the service's own", web(UNKNOWN)),
]
