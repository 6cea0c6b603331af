"""No secret's value ever comes out: canaries in every place that may hold one, and every output searched.

The programs are those of all rules' cases, so that every rule finds something while canaries are about. Names
of resources, networks, regions and ranges are no secrets: findings name them.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from plumb.formats import formats, render
from policies.judge import Judge
from policies.lookups import Answers
from policies.pack.findings import FindingsFile
from policies.pack.trial import Trial
from policies.plan import Secret, Unknown
from policies.plan.values import SECRET_SIGNATURE, SIGNATURE
from policies.plan.workloads import WORKLOADS
from policies.report import NotJudged, Report, Waived
from policies.rules import Finding, registered
from policies.rules.finding import RULE_FAILED
from tests.plumb.reports import WAIVER
from tests.policies.conftest import SMALL, contracts_of
from tests.policies.test_rules import CASES
from tests.policies.wire import Case, Declared, analyze, analyze_stack, from_secret, plain, service

ROOT = Path(__file__).resolve().parents[2]
CANARY = "kanary5b0e"
A_FEW = 2
# Properties of Google's resources that hold a secret, beside variables.
SECRET_PROPERTIES = (
    *("secretData", "secretDataWo", "password", "passwordWo", "rootPassword"),
    *("authString", "privateKey", "sharedSecret"),
)
FREE_TEXT = ("description", "displayName", "comment")
_number = count()


def canary() -> str:
    return f"{CANARY}{next(_number)}"


def hidden() -> Secret:
    return Secret(canary())


def more_variables() -> list[dict[str, Any]]:
    """What careless programs have among their variables."""
    names = (
        "API_KEY",
        "JWT_SECRET_KEY",
        "TOKEN",
        "BYPASS_STARTUP_VALIDATION",
        "DB_POOL_SIZE",
        "SERVICE_SECRET",
    )
    urls = (
        ("DATABASE_URL", "postgresql://user:{}@10.99.8.7:5432/db?password={}"),
        ("REDIS_URL", "rediss://:{}@10.99.8.8:6378/0"),
        ("CLICKHOUSE_URL", "https://user:{}@clickhouse.example.com:8443"),
        ("SOCKET_URL", "postgresql:///db?host=/cloudsql/p:r:i&password={}"),
    )
    connections = [plain(name, url.replace("{}", canary())) for name, url in urls]
    sealed = [plain(f"SEALED_{name}", Secret(url.replace("{}", canary()))) for name, url in urls]
    both = {**from_secret("BOTH", "token", "1"), "value": canary()}
    return [
        *(plain(name, canary()) for name in names),
        *connections,
        *sealed,
        plain("SEALED", hidden()),
        both,
    ]


def with_password(value: str) -> str:
    """The same address, with a canary where a password stands in one."""
    scheme, separator, rest = value.partition("://")
    address = rest.rpartition("@")[2] if separator else value
    return f"{scheme if separator else 'redis'}://user:{canary()}@{address}"


# How the value of each variable is changed.
VALUES = {
    "as it is": lambda value: value,
    "another value": lambda _: canary(),
    "another value, marked": lambda _: hidden(),
    "with something behind it": lambda value: f"{value}{canary()}",
    "in a URL with a password": with_password,
    "in a URL with a password, marked": lambda value: Secret(with_password(value)),
}


def changed(value: Any, how: Any) -> Any:
    """A template with every variable changed, more of them added, and canaries among its arguments."""
    if isinstance(value, Secret):
        return Secret(value.judge(lambda inside: changed(inside, how)))
    if isinstance(value, list | tuple):
        return [changed(each, how) for each in value]
    if not isinstance(value, dict):
        return value
    more = {key: changed(each, how) for key, each in value.items()}
    if "name" in value and isinstance(value.get("value"), str):
        more["value"] = how(value["value"])
    if isinstance(value.get("envs"), list | tuple):
        more["envs"] = [*more["envs"], *more_variables()]
        more |= {"args": [f"--token={canary()}"], "commands": ["run", canary()]}
        more["livenessProbe"] = {"httpGet": {"httpHeaders": [{"name": "authorization", "value": canary()}]}}
    return more


def planted(case: Case, how: Any, *, whole: bool = False) -> list[Declared]:
    """The case's resources with canaries in every place of a secret, and some resources that are secrets."""

    def plant(resource: Declared) -> Declared:
        inputs = changed(dict(resource.inputs), how) if resource.type in WORKLOADS else dict(resource.inputs)
        inputs |= {key: canary() for key in FREE_TEXT if key not in inputs}
        inputs |= {key: (hidden() if whole else canary()) for key in SECRET_PROPERTIES if key not in inputs}
        inputs["labels"] = {"note": canary()}
        if whole and "template" in inputs and not isinstance(inputs["template"], Unknown):
            inputs["template"] = Secret(inputs["template"])
        outputs = None if resource.outputs is None else {**resource.outputs, "authString": hidden()}
        return replace(resource, inputs=inputs, outputs=outputs)

    version = "gcp:secretmanager/secretVersion:SecretVersion"
    secrets = [
        Declared(version, "planted-version", {"secret": "token", "secretData": hidden()}),
        Declared(version, "planted-plain-version", {"secret": "token", "secretData": canary()}),
        Declared(version, "planted-placeholder", {"secret": "token", "secretData": f"changeme-{canary()}"}),
        Declared(
            "gcp:sql/user:User", "planted-user", {"name": "web", "instance": "db", "password": canary()}
        ),
        Declared("gcp:redis/instance:Instance", "planted-cache", {"name": "c", "authString": canary()}),
        Declared("random:index/randomPassword:RandomPassword", "planted-random", {"result": hidden()}),
    ]
    return [*map(plant, case.resources), *secrets]


@pytest.fixture(scope="module")
def contracts(tmp_path_factory):
    kept = {}

    def of(case: Case):
        if id(case.contracts) not in kept:
            files = SMALL if case.contracts is None else case.contracts
            kept[id(case.contracts)] = contracts_of(files, tmp_path_factory.mktemp("contracts"))
        return kept[id(case.contracts)]

    return of


def told(case: Case, resources: list[Declared], judge: Judge, file: Path) -> list[Finding]:
    """Everything that a run of the pack says."""
    trial = Trial(lambda: judge, FindingsFile(file))
    config = {"gcp:project": "netra-staging", "app:password": canary(), "app:token": canary()}
    trial.configure(config, {}, preview=case.preview)
    said = [one for each in resources if not each.read_only for one in trial.early(analyze(each))]
    said += trial.end(analyze_stack(resources))
    return [one.finding if isinstance(one, Waived) else one for one in said]


def shown_everywhere(findings: list[Finding]) -> list[str]:
    """What readers get: each format, with every finding also as a waived one."""
    distinct = list({(one.rule, one.cause, one.message, one.fix): one for one in findings}.values())
    report = Report(
        "staging",
        "program",
        distinct,
        [Waived(one, WAIVER) for one in distinct],
        [NotJudged("secret-required", "masked")],
    )
    return [render([report], form) for form in formats()]


VARIANTS = [(how, whole) for how in VALUES for whole in (False, True)]


def sample(variant: int) -> list[Case]:
    """A few cases of each rule, others in each variant: all of them with all variants take minutes."""
    by_rule: dict[str, list[Case]] = {}
    for case in CASES:
        if case.kind != "pass":
            by_rule.setdefault(case.rule, []).append(case)
    return [of[(variant * A_FEW + each) % len(of)] for of in by_rule.values() for each in range(A_FEW)]


@pytest.mark.parametrize(
    "variant", range(len(VARIANTS)), ids=lambda number: "-".join(map(str, VARIANTS[number]))
)
def test_no_rule_tells_what_a_secret_place_holds(variant, contracts, tmp_path, capfd):
    how, whole = VARIANTS[variant]
    findings, said = [], []
    for case in sample(variant):
        judge = Judge(registered(), contracts(case), lookups=Answers(case.cloud))
        findings += told(case, planted(case, VALUES[how], whole=whole), judge, tmp_path / "findings.json")
        said.append((tmp_path / "findings.json").read_text())
    # The canaries were there to be told: most rules had something to say.
    assert len({one.rule for one in findings}) > len(registered()) * 0.7
    assert [one.message for one in findings if one.cause == RULE_FAILED] == []
    said += [one.to_text() for one in findings]
    assert leaks([*said, *shown_everywhere(findings), *capfd.readouterr()]) == []


def leaks(said: list[str]) -> list[str]:
    return [line for text in said if CANARY in text for line in text.splitlines() if CANARY in line][:20]


def test_the_engine_is_told_no_canary(engine_of, capfd, caplog):
    case = next(case for case in CASES if case.rule == "secret-required" and case.kind == "fail")
    engine = engine_of(case)
    engine.configure({"gcp:project": "netra-staging", "app:password": canary()})
    said = [str(one) for how in VALUES.values() for one in engine.run(planted(case, how))]
    assert len(said) > 5
    assert leaks([*said, engine.file.read_text(), *capfd.readouterr(), caplog.text]) == []


def test_a_rule_that_fails_takes_no_value_with_it(contracts, tmp_path, capfd):
    def fails(resource, _):
        raise ValueError(str(resource.inputs))

    failing = [replace(rule, judge=fails) for rule in registered() if rule.types]
    case = next(case for case in CASES if case.rule == "secret-required" and case.kind == "fail")
    judge = Judge(failing, contracts(case))
    findings = told(case, planted(case, VALUES["another value"]), judge, tmp_path / "findings.json")
    assert {one.cause for one in findings} == {RULE_FAILED}
    said = [(tmp_path / "findings.json").read_text(), *shown_everywhere(findings), *capfd.readouterr()]
    assert leaks(said) == []


def state(*, sealed: bool) -> dict[str, Any]:
    """An exported state: `--show-secrets` writes secrets out, as JSON in a string."""

    def closed(value: str) -> dict[str, str]:
        kind = {"ciphertext": canary()} if sealed else {"plaintext": json.dumps(value)}
        return {SIGNATURE: SECRET_SIGNATURE, **kind}

    envs = [*more_variables(), *(plain(name, closed(canary())) for name in ("HOST", "MODE", "PORT"))]
    envs = [one for one in envs if not isinstance(one["value"], Secret)]
    web = service(envs, name="netra-backend-staging")
    resources = [
        (web.type, "web", dict(web.inputs)),
        (
            "gcp:secretmanager/secretVersion:SecretVersion",
            "v",
            {"secret": "token", "secretData": closed(canary())},
        ),
        ("gcp:sql/user:User", "u", {"name": "web", "instance": "db", "password": closed(canary())}),
        ("gcp:redis/instance:Instance", "cache", {"name": "cache", "authString": canary()}),
        (web.type, "other", {**web.inputs, "name": "unheard-of", "template": closed(canary())}),
    ]
    states = [
        {
            "urn": f"urn:pulumi:staging::test::{type_}::{name}",
            "type": type_,
            "custom": True,
            "inputs": inputs,
            "outputs": {**inputs, "authString": closed(canary())},
        }
        for type_, name, inputs in resources
    ]
    return {"version": 3, "deployment": {"resources": states}}


def check(*arguments: object, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from plumb.app import app; app(prog_name='plumb')", "check"]
    return subprocess.run(  # noqa: S603 - our own command
        [*command, *map(str, arguments)],
        cwd=cwd,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "PLUMB_CONTRACTS": str(ROOT / "contracts")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("form", formats())
@pytest.mark.parametrize("written", ["sealed", "shown", "preview"])
def test_a_check_of_a_file_tells_no_canary(form, written, tmp_path):
    exported = state(sealed=written == "sealed")
    if written == "preview":
        steps = [
            {"op": "create", "urn": one["urn"], "newState": one}
            for one in exported["deployment"]["resources"]
        ]
        exported = {"steps": steps, "config": {"app:password": canary()}}
    file = tmp_path / "file.json"
    file.write_text(json.dumps(exported))
    done = check(file, "--format", form)
    assert done.returncode == 1, done.stderr
    assert "secret-required" in done.stdout
    assert leaks([done.stdout, done.stderr]) == []


def test_a_file_that_cannot_be_read_is_not_quoted(tmp_path):
    file = tmp_path / "state.json"
    file.write_text(json.dumps(state(sealed=False))[:-40])
    done = check(file)
    assert done.returncode == 2
    assert leaks([done.stdout, done.stderr]) == []


PROGRAM = f"""
import pulumi
import pulumi_gcp as gcp

config = pulumi.Config("app")
password = config.require_secret("password")
plain = {{"name": "JWT_SECRET_KEY", "value": "{CANARY}-plain"}}
web = gcp.cloudrunv2.Service("web", name="netra-backend-staging", location="us-central1", template={{
    "containers": [{{"image": "i", "ports": {{"container_port": 8000}}, "envs": [
        plain,
        {{"name": "REDIS_URL", "value": password.apply(lambda p: f"redis://:{{p}}@10.99.8.7:6379")}},
        {{"name": "BYPASS_STARTUP_VALIDATION", "value": password}},
    ]}}],
}})
every = gcp.cloudrunv2.Service("all", name="netra-auth-service", location="us-central1",
    template=password.apply(
    lambda p: {{"containers": [{{"image": "i", "envs": [{{"name": "REDIS_HOST", "value": p}}, plain]}}]}}))
# After the services: in an update they would be refused first, for APIs that are not enabled.
after = pulumi.ResourceOptions(depends_on=[web, every])
gcp.secretmanager.SecretVersion("v", secret="token", secret_data=password, opts=after)
gcp.sql.User("u", name="web", instance="db", password=password, opts=after)
gcp.sql.DatabaseInstance("db", name="db", database_version="POSTGRES_17", root_password=password,
    settings={{"tier": "db-f1-micro"}}, opts=after)
"""
STACK = f"""config:
  gcp:project: netra-staging
  gcp:region: us-central1
  app:password: {CANARY}-config
"""


@pytest.fixture
def program(tmp_path):
    (tmp_path / "Pulumi.yaml").write_text("name: planted\nruntime: python\n")
    (tmp_path / "Pulumi.staging.yaml").write_text(STACK)
    (tmp_path / "__main__.py").write_text(PROGRAM)
    return tmp_path


@pytest.mark.parametrize("form", formats())
def test_a_check_of_a_program_tells_no_canary(form, program):
    done = check("staging", "--format", form, cwd=program)
    assert done.returncode == 1, done.stderr
    assert "secret-required" in done.stdout
    assert leaks([done.stdout, done.stderr]) == []


@pytest.mark.engine
@pytest.mark.parametrize("command", [("preview",), ("up", "--yes", "--skip-preview")], ids=lambda one: one[0])
def test_the_real_engine_shows_no_canary_of_ours(command, program, tmp_path, monkeypatch):
    findings = tmp_path / "findings.json"
    monkeypatch.setenv("SANDBOX_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("PLUMB_FINDINGS", str(findings))
    monkeypatch.setenv("PLUMB_CONTRACTS", str(ROOT / "contracts"))
    done = subprocess.run(  # noqa: S603 - our own command
        [ROOT / "bin" / "sandbox", "pulumi", *command, "--stack", "staging", "--non-interactive"],
        cwd=program, capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert re.search(r"\[mandatory\].*secret-", done.stdout), done.stdout + done.stderr
    assert leaks([done.stdout, done.stderr, findings.read_text()]) == []
