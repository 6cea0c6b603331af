"""Cases of the rules about contracts."""

from policies.plan import UNKNOWN, Secret
from tests.policies.wire import Case, Declared, service, service_v1

RULE = "contract-present"
EARLY = (RULE,)
MISSING = frozenset({("web", "CONTRACT_MISSING")})
NOT_KNOWN = frozenset({("web", "CONTRACT_UNKNOWN")})
NETWORK = Declared("gcp:compute/network:Network", "web", {"name": "other"})
NUMBERED = {
    "environments.yaml": "environments:\n  staging: {projects: [netra-staging], numbers: [418722330501]}\n",
    "web.yaml": "service: web-{environment}\n",
}

CASES = [
    Case(RULE, "pass", "a contract names the service", [service([])]),
    Case(RULE, "pass", "the project is nobody's environment", [service([], name="x", project="elsewhere")]),
    Case(
        RULE,
        "pass",
        "the provider's project is nobody's environment",
        [service([], name="other", project=None, provider={"project": "elsewhere"})],
    ),
    Case(
        RULE, "pass", "no project is known, no contract has the name", [service([], name="x", project=None)]
    ),
    Case(RULE, "fail", "no contract names the service", [service([], name="other")], MISSING, MISSING),
    Case(RULE, "fail", "the first API is covered too", [service_v1([], name="other")], MISSING, MISSING),
    Case(
        RULE,
        "fail",
        "the name is another environment's",
        [service([], name="web-production")],
        MISSING,
        MISSING,
    ),
    Case(
        RULE,
        "fail",
        "the project is the provider's",
        [service([], name="other", project=None, provider={"project": "netra-staging"})],
        MISSING,
        MISSING,
    ),
    Case(
        RULE,
        "fail",
        "a service that is only read at the end",
        [service([], name="other", read_only=True)],
        closed=MISSING,
    ),
    Case(RULE, "missing", "there is no service at all", [NETWORK]),
    Case(RULE, "unknown", "the name is not known", [service([], name=UNKNOWN)], closed=NOT_KNOWN),
    Case(RULE, "unknown", "the project is not known", [service([], project=UNKNOWN)], closed=NOT_KNOWN),
    Case(
        RULE,
        "unknown",
        "no project is said, and a contract has the name",
        [service([], project=None)],
        closed=NOT_KNOWN,
    ),
    Case(
        RULE,
        "unknown",
        "the provider's project is not known",
        [service([], project=None, provider={"project": UNKNOWN})],
        closed=NOT_KNOWN,
    ),
    Case(
        RULE,
        "unknown",
        "a project by a number that no environment names, and a contract has the name",
        [service([], project="418722330501")],
        closed=NOT_KNOWN,
    ),
    Case(
        RULE,
        "unknown",
        "the provider's project is such a number",
        [service([], project=None, provider={"project": "418722330501"})],
        closed=NOT_KNOWN,
    ),
    Case(
        RULE,
        "pass",
        "a project by a number, and no contract has the name",
        [service([], name="x", project="418722330501")],
    ),
    Case(
        RULE,
        "pass",
        "a project by the number that an environment names",
        [service([], project="418722330501")],
        contracts=NUMBERED,
    ),
    Case(
        RULE,
        "fail",
        "no contract names a service of a project by its number",
        [service([], name="x", project="418722330501")],
        MISSING,
        MISSING,
        contracts=NUMBERED,
    ),
    Case(RULE, "fail", "a secret name is still a name", [service([], name=Secret("x"))], MISSING, MISSING),
]
