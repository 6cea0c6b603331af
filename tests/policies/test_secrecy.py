"""No value of a property ever leaves the pack: not in a message, not in the findings, not in a log."""

from __future__ import annotations

import subprocess
import sys
from itertools import count
from pathlib import Path

from policies.plan import UNKNOWN, Secret
from tests.policies.wire import Declared, from_secret, job, plain, service, service_v1

ROOT = Path(__file__).resolve().parents[2]
CANARY = "canary-5b0e-"


def canaries():
    return (f"{CANARY}{number}" for number in count())


def test_no_value_is_ever_told(engine, capfd, caplog):
    value = canaries()
    names = ("ENVIRONMENT", "HOST", "MODE", "PORT", "TOKEN", "TOKEN_STAGING")
    plains = [plain(name, next(value)) for name in names]
    hidden = [plain(name, Secret(next(value))) for name in names]
    both = [
        {**from_secret(name, Secret(next(value)), Secret(next(value))), "value": next(value)}
        for name in names
    ]
    resources = [
        service(plains, resource="plain"),
        service(hidden, resource="hidden"),
        service(both, resource="both"),
        service([], resource="whole", template=Secret({"containers": [{"envs": plains, "args": [CANARY]}]})),
        service(plains, resource="secret-name", name=Secret(next(value))),
        service([*both, UNKNOWN], resource="unknown", description=next(value)),
        service([], resource="nothing", labels={"a": next(value)}, provider={"project": Secret(next(value))}),
        service_v1(plains),
        job(hidden),
        Declared(
            "gcp:secretmanager/secretVersion:SecretVersion", "version",
            {"secret": "token", "secretData": Secret(next(value))},
        ),
        Declared("gcp:sql/user:User", "user", {"name": "web", "password": next(value)}),
    ]  # fmt: skip
    engine.configure({"gcp:project": "netra-staging", "app:password": next(value)})
    told = engine.run(resources)
    assert len(told) > 20
    said = [*map(str, told), engine.file.read_text(), *capfd.readouterr(), caplog.text]
    assert not [text for text in said if CANARY in text]


def test_what_rules_about_secrets_say_names_nothing_that_is_marked_as_a_secret(engine):
    value = canaries()

    def hidden():
        return Secret(next(value))

    envs = [
        plain("API_KEY", next(value)),
        plain("DATABASE_URL", f"postgresql://app:{next(value)}@10.0.0.3/netra"),
        plain("BYPASS_CHECKS", next(value)),
        plain("SKIP_AUTH", hidden()),
        from_secret("TOKEN", hidden(), hidden()),
        from_secret("TOKEN_STAGING", hidden(), "1"),
        from_secret("OTHER", Secret(f"projects/{next(value)}/secrets/{next(value)}"), "1"),
    ]
    volumes = [{"name": hidden(), "secret": {"secret": hidden(), "items": [{"version": hidden()}]}}]
    template = {"containers": [{"image": "i", "envs": envs}], "volumes": volumes}
    made = Secret(next(value))
    resources = [
        Declared("gcp:secretmanager/secret:Secret", "made", {"secretId": made, "project": hidden()}),
        Declared(
            "gcp:secretmanager/secretVersion:SecretVersion", "version",
            {"secret": made, "secretData": Secret(f"your-{next(value)}-here"), "enabled": False},
        ),
        Declared(
            "gcp:secretmanager/secretVersion:SecretVersion", "none", {"secret": hidden(), "secretData": " "}
        ),
        Declared(
            "gcp:serviceaccount/account:Account", "account", {"accountId": hidden(), "project": hidden()}
        ),
        service([], resource="own", template={**template, "serviceAccount": hidden()}),
        service([], resource="none", template=template),
        service([from_secret("A", made)], resource="made", name="api"),
        service([], resource="all", template=Secret({**template, "serviceAccount": next(value)}), name="api"),
        service([], resource="project", template=template, project=hidden()),
    ]  # fmt: skip
    told = engine.run(resources)
    assert {one.policyName for one in told} >= {
        "secret-in-plain-env", "secret-version-pinned", "secret-version-exists", "secret-version-filled",
        "secret-own-account", "secret-readable", "bypass-switch",
    }  # fmt: skip
    said = [*map(str, told), engine.file.read_text()]
    assert not [text for text in said if CANARY in text]


def test_contracts_need_no_pulumi_and_rules_no_engine():
    for module, forbidden in (
        ("contracts", ("pulumi", "grpc", "policies")),
        ("policies.rules", ("pulumi", "grpc")),
    ):
        code = f"import sys, {module}; print([name for name in {forbidden} if name in sys.modules])"
        done = subprocess.run(  # noqa: S603 - our own code
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == "[]"


def test_the_protocol_is_loaded_without_the_sdk_and_leaves_the_sdk_whole():
    code = (
        "import sys; from policies.pack import wire; before = 'pulumi' in sys.modules; "
        "import pulumi, pulumi_policy; from pulumi.runtime.proto import analyzer_pb2 as again; "
        "print(before, again.AnalyzeRequest is wire.analyzer_pb2.AnalyzeRequest, bool(pulumi.Output))"
    )
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split()[0] == "False"
    assert done.stdout.split()[2] == "True"


def test_a_token_that_is_told_by_its_shape_is_not_told_on(engine, capfd, caplog):
    token = "ghp_" + "canary5b0e12" * 3
    envs = [plain("X", token), plain("URL", f"redis://:{token}@10.0.0.3"), plain("API_KEY", token)]
    containers = [{"image": "i", "envs": envs, "args": ["--token", token, f"--key={token}"]}]
    told = engine.run([service([], containers=containers, labels={"a": token})])
    assert {one.policyName for one in told} >= {"secret-in-plain-env"}
    said = [*map(str, told), engine.file.read_text(), *capfd.readouterr(), caplog.text]
    assert not [text for text in said if "canary5b0e" in text]
