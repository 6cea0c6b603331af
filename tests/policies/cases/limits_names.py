"""Cases of the rule about names."""

from typing import Any

from policies.plan import UNKNOWN, Secret
from policies.rules.limits_names import NAMED
from tests.policies.wire import PROJECT, Case, Declared, job, service, service_v1

RULE = "name-limits"
EARLY = (RULE,)
TYPES = {type_.rpartition(":")[2]: type_ for type_ in NAMED if "cloudrun/" not in type_}
WORD = "urn:pulumi:staging::test::random:index/randomId:RandomId::word"


def named(kind: str, name: Any, **more: Any) -> Declared:
    token = TYPES[kind] if kind != "Instance" else "gcp:redis/instance:Instance"
    extra = {key: more.pop(key) for key in ("depends", "read_only") if key in more}
    return Declared(token, "thing", {NAMED[token][0]: name, **more}, **extra)


def both(kind: str, name: str, resource: Declared, *causes: str) -> Case:
    found = frozenset((resource.name, cause) for cause in causes)
    return Case(RULE, kind, name, [resource], found, found)


WRONG = "NAME_NOT_ALLOWED"
CASES = [
    both("pass", "25 characters for a connector", named("Connector", "c" * 25)),
    both("pass", "49 for a service", service([], name="s" * 49)),
    both("pass", "underscores in a secret's id", named("Secret", "JWT_secret-1")),
    both("pass", "six characters for an account", named("Account", "netra1")),
    both(
        "pass",
        "a whole id in place of a name",
        named("Instance", f"projects/{PROJECT}/locations/r/instances/cache"),
    ),
    both("pass", "a secret name", named("Network", Secret("netra"))),
    both("pass", "one that exists already", named("Network", "Netra", read_only=True)),
    both("pass", "letters and digits for a firewall rule", named("Firewall", "allow-6378")),
    both("fail", "26 characters for a connector", named("Connector", "c" * 26), WRONG),
    both("fail", "capitals", named("Network", "Netra"), WRONG),
    both("fail", "an underscore in a subnet", named("Subnetwork", "netra_services"), WRONG),
    both("fail", "a digit first", named("DatabaseInstance", "1-postgres"), WRONG),
    both("fail", "a hyphen last", named("Instance", "cache-"), WRONG),
    both("fail", "too long for a service", service([], name="s" * 50), WRONG),
    both("fail", "too long for a service of the first API", service_v1([], name="s" * 50), WRONG),
    both("fail", "too long for a job", job([], name="s" * 50), WRONG),
    both("fail", "too short for an account", named("Account", "netra"), WRONG),
    both("fail", "too long for an account", named("Account", "a" * 31), WRONG),
    both("fail", "a dot in a secret's id", named("Secret", "jwt.secret"), WRONG),
    both("fail", "a slash in a secret's id", named("Secret", "jwt/secret"), WRONG),
    both("fail", "too long for a backend service", named("BackendService", "b" * 64), WRONG),
    both("fail", "too long beside its project", named("DatabaseInstance", "d" * 90, project=PROJECT), WRONG),
    both("fail", "a secret name that is wrong", named("Network", Secret("Netra")), WRONG),
    both("missing", "no name: Pulumi makes one", named("Network", None)),
    Case(
        RULE,
        "unknown",
        "a name from nowhere",
        [named("Network", UNKNOWN)],
        closed=frozenset({("thing", "NAME_UNKNOWN")}),
    ),
    both(
        "unknown",
        "a name with a random word: the update judges it",
        named("Network", UNKNOWN, depends={"name": [WORD]}),
    ),
]
