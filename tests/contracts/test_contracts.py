"""Contracts: what ours require, and how every fault of a file is told."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from contracts import ContractError, Contracts, SecretPlace, load
from contracts.schema import FOLDER, schemas

OURS = Path(__file__).resolve().parents[2] / "contracts"
ENVIRONMENTS = "environments: {staging: {projects: [netra-staging]}}\n"

BACKEND_ENV = """
    ENVIRONMENT SERVICE_ID POSTGRES_HOST POSTGRES_PORT POSTGRES_DB POSTGRES_USER POSTGRES_SSLMODE
    REDIS_HOST REDIS_PORT REDIS_CA_CERT CLICKHOUSE_HOST
""".split()  # noqa: SIM905 - words are read more easily as words
BACKEND_SECRETS = """
    POSTGRES_PASSWORD JWT_SECRET_KEY JWT_SECRET_STAGING SECRET_KEY SESSION_SECRET_KEY SERVICE_SECRET
    FERNET_KEY GOOGLE_OAUTH_CLIENT_ID_STAGING GOOGLE_OAUTH_CLIENT_SECRET_STAGING REDIS_PASSWORD
    OPENAI_API_KEY ANTHROPIC_API_KEY GEMINI_API_KEY CLICKHOUSE_PASSWORD
""".split()  # noqa: SIM905 - as above
AUTH_SECRETS = """
    POSTGRES_PASSWORD JWT_SECRET_KEY SERVICE_SECRET OAUTH_HMAC_SECRET GOOGLE_OAUTH_CLIENT_ID_STAGING
    GOOGLE_OAUTH_CLIENT_SECRET_STAGING REDIS_PASSWORD
""".split()  # noqa: SIM905 - as above
FRONTEND_ENV = ["NEXT_PUBLIC_" + name for name in ("API_URL", "WS_URL", "AUTH_URL", "ENVIRONMENT")]


@pytest.fixture(scope="module")
def ours() -> Contracts:
    return load(OURS)


@pytest.mark.parametrize(
    ("service", "env", "secrets"),
    [
        ("netra-backend-staging", BACKEND_ENV, BACKEND_SECRETS),
        ("netra-auth-service", BACKEND_ENV[:-1], AUTH_SECRETS),
        ("netra-frontend-staging", FRONTEND_ENV, []),
    ],
)
def test_each_service_requires_what_it_cannot_run_without(ours, service, env, secrets):
    required = ours.requirements("netra-staging", service)
    assert required is not None
    assert list(required.env) == env
    assert list(required.secrets) == secrets


def test_in_production_the_names_end_otherwise(ours):
    required = ours.requirements("netra-production", "netra-backend-production")
    assert required is not None
    assert "JWT_SECRET_PRODUCTION" in required.secrets
    assert not [name for name in required.secrets if "STAGING" in name]
    assert required.env["ENVIRONMENT"].allowed == "production"


def test_secrets_that_are_one_are_said_to_be(ours):
    backend = ours.requirements("netra-staging", "netra-backend-staging")
    auth = ours.requirements("netra-staging", "netra-auth-service")
    assert backend is not None
    assert auth is not None
    assert backend.secrets["JWT_SECRET_STAGING"].same_as == ("JWT_SECRET_KEY",)
    assert backend.secrets["JWT_SECRET_KEY"].same_as == ("auth/JWT_SECRET_KEY",)
    assert auth.secrets["SERVICE_SECRET"].same_as == ("backend/SERVICE_SECRET",)


def test_pools_and_time_outs_are_those_of_the_environment(tmp_path):
    (tmp_path / "environments.yaml").write_text(ENVIRONMENTS)
    (tmp_path / "web.yaml").write_text(
        "service: web\npool:\n  size: POOL_{ENVIRONMENT}\ntimeouts:\n- REQUEST_{ENVIRONMENT}\n- QUERY\n"
    )
    required = load(tmp_path).requirements("netra-staging", "web")
    assert required.pool.model_dump() == {
        "size": "POOL_STAGING",
        "max_overflow": "DB_MAX_OVERFLOW",
        "recycle_seconds": "DB_POOL_RECYCLE_SECONDS",
        "workers": "WEB_CONCURRENCY",
    }
    assert required.timeouts == ["REQUEST_STAGING", "QUERY"]


def test_what_is_asked_of_a_deployed_service_is_said_by_names(ours):
    backend = ours.requirements("netra-staging", "netra-backend-staging")
    assert backend.probes.cache.maxmemory_policy == "noeviction"
    assert backend.probes.login.service == "auth"
    assert backend.probes.login.headers == {"X-Service-Secret": "$SERVICE_SECRET"}
    assert backend.probes.web_socket.handshakes == 100
    assert backend.golden_path.seconds == 4


def test_the_environment_stands_in_a_probe_where_its_place_is(tmp_path):
    (tmp_path / "environments.yaml").write_text(ENVIRONMENTS)
    (tmp_path / "web.yaml").write_text(
        "service: web\nsecrets:\n  KEY_{ENVIRONMENT}:\nprobes:\n  login:\n"
        "    host: login.{environment}.example.com\n    headers:\n      X-Key: $KEY_{ENVIRONMENT}\n"
        "    json:\n      key: $KEY_{ENVIRONMENT}\n"
    )
    login = load(tmp_path).requirements("netra-staging", "web").probes.login
    assert login.host == "login.staging.example.com"
    assert login.headers == {"X-Key": "$KEY_STAGING"}
    assert login.json_body == {"key": "$KEY_STAGING"}


def test_destinations_and_pools_are_named(ours):
    backend, auth, frontend = (ours.services[name] for name in ("backend", "auth", "frontend"))
    hosts = [host.host or host.host_from for host in backend.destinations.internet]
    assert hosts == [
        "api.openai.com", "api.anthropic.com", "generativelanguage.googleapis.com", "CLICKHOUSE_HOST",
    ]  # fmt: skip
    for contract in (backend, auth):
        assert (contract.destinations.database.host, contract.destinations.database.port) == (
            "POSTGRES_HOST", "POSTGRES_PORT",
        )  # fmt: skip
        assert (contract.destinations.cache.host, contract.destinations.cache.port) == (
            "REDIS_HOST",
            "REDIS_PORT",
        )
        assert contract.pool.model_dump() == {
            "size": "DB_POOL_SIZE",
            "max_overflow": "DB_MAX_OVERFLOW",
            "recycle_seconds": "DB_POOL_RECYCLE_SECONDS",
            "workers": "WEB_CONCURRENCY",
        }
    assert auth.destinations.internet == ()
    assert frontend.destinations.database is frontend.destinations.cache is frontend.pool is None


@pytest.mark.parametrize(
    ("variable", "value", "allowed"),
    [
        ("REDIS_PORT", "6378", True),
        ("REDIS_PORT", "6379", False),
        ("POSTGRES_SSLMODE", "verify-ca", True),
        ("POSTGRES_SSLMODE", "prefer", False),
        ("SERVICE_ID", "netra-backend", True),
        ("SERVICE_ID", "netra-backend-20250911120000", False),
        ("POSTGRES_HOST", "anything", True),
    ],
)
def test_a_value_is_allowed_or_not(ours, variable, value, allowed):
    required = ours.requirements("netra-staging", "netra-backend-staging")
    assert required is not None
    assert required.env[variable].allows(value) is allowed


def test_a_project_that_is_no_environment_requires_nothing(ours):
    assert ours.environment_of("somebody-elses") is None
    assert ours.requirements("somebody-elses", "netra-backend-staging") is None
    assert ours.requirements("netra-staging", "unheard-of") is None
    assert ours.names("netra-auth-service")
    assert not ours.names("unheard-of")


def test_externals_are_read(tmp_path):
    (tmp_path / "environments.yaml").write_text(ENVIRONMENTS)
    (tmp_path / "externals.yaml").write_text(
        "externals:\n  - {kind: network, environment: staging, id: projects/host/global/networks/shared, "
        "range: 10.0.0.0/8, why: the host project's}\n"
    )
    (external,) = load(tmp_path).externals
    assert (external.kind, external.range) == ("network", "10.0.0.0/8")


def test_an_external_secret_says_which_versions_are_there(tmp_path):
    (tmp_path / "environments.yaml").write_text(ENVIRONMENTS)
    (tmp_path / "externals.yaml").write_text(
        "externals:\n"
        "  - {kind: secret, environment: staging, id: jwt, versions: [3, '4'], readableBy: a@b.c, why: w}\n"
        "  - {kind: cache, environment: staging, id: c, port: 6378, ranges: [10.0.0.0/29], why: w}\n"
    )
    contracts = load(tmp_path)
    (secret,) = contracts.outside("staging", "secret")
    assert (secret.versions, secret.readable_by) == (("3", "4"), ("a@b.c",))
    (cache,) = contracts.outside("staging", "cache")
    assert (cache.port, cache.cidrs) == (6378, ("10.0.0.0/29",))
    assert contracts.outside("production", "secret") == contracts.outside(None, "secret") == ()


def test_secrets_that_are_one_are_so_from_both_sides(ours):
    backend = ours.requirements("netra-staging", "netra-backend-staging")
    auth = ours.requirements("netra-staging", "netra-auth-service")
    assert set(ours.same_secret(backend, "JWT_SECRET_KEY")) == {
        SecretPlace("staging", "auth", "JWT_SECRET_KEY"),
        SecretPlace("staging", "backend", "JWT_SECRET_STAGING"),
    }
    (place,) = ours.same_secret(auth, "JWT_SECRET_KEY")
    assert place == SecretPlace("staging", "backend", "JWT_SECRET_KEY")
    assert ours.service_of(place) == "netra-backend-staging"
    assert ours.same_secret(backend, "FERNET_KEY") == ()


WAIVERS = """\
# first
waivers:
  - {rule: a, resource: db, environment: staging, reason: r, owner: o, expires: 2026-01-31}
  - rule: b
    resource: db
    environment: staging
    reason: r
    breakGlass: {approvedBy: [Ada, Grace], at: 2026-01-31T14:00:00+02:00}
  - {rule: c, resource: db, environment: staging, reason: r, owner: " ", expires: 2026-01-31}
"""


def test_waivers_say_until_when_they_hold_and_where_they_stand(tmp_path):
    (tmp_path / "environments.yaml").write_text(ENVIRONMENTS)
    (tmp_path / "waivers.yaml").write_text(WAIVERS)
    ordinary, glass, ownerless = load(tmp_path).waivers
    assert ordinary.until == datetime(2026, 2, 1, tzinfo=UTC)
    assert ordinary.expires == date(2026, 1, 31)
    assert (ordinary.file, ordinary.line) == (f"{tmp_path.name}/waivers.yaml", 3)
    assert (glass.since, glass.until) == (
        datetime(2026, 1, 31, 12, tzinfo=UTC),
        datetime(2026, 2, 1, 12, tzinfo=UTC),
    )
    assert (glass.break_glass, glass.owner, glass.line) == (True, "Ada, Grace", 4)
    assert (ownerless.owner, ownerless.line) == ("", 9)


FAULTS = YAML(typ="safe").load(Path(__file__).with_name("faults.yaml"))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_with_file_line_why_and_fix(fault, tmp_path):
    directory = tmp_path / "theirs"
    directory.mkdir()
    (directory / "environments.yaml").write_text(ENVIRONMENTS)
    (directory / "web.yaml").write_text(FAULTS[fault]["file"])
    with pytest.raises(ContractError) as refused:
        load(directory)
    assert f"theirs/{FAULTS[fault]['told']}" in str(refused.value)


def test_all_faults_of_all_files_are_told_at_once(tmp_path):
    (tmp_path / "environments.yaml").write_text("environments: {Staging: {projects: [netra-staging, X]}}\n")
    (tmp_path / "a.yaml").write_text("service: web\nsecret: {}\nenv: [x]\n")
    (tmp_path / "b.yaml").write_text("- a list\n")
    with pytest.raises(ContractError) as refused:
        load(tmp_path)
    places = [(problem.file.split("/")[1], problem.line) for problem in refused.value.problems]
    assert places == [
        ("a.yaml", 2),
        ("a.yaml", 3),
        ("b.yaml", 1),
        ("environments.yaml", 1),
        ("environments.yaml", 1),
    ]


def test_two_contracts_for_one_service_are_refused(tmp_path):
    (tmp_path / "environments.yaml").write_text(ENVIRONMENTS)
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text("service: web\n")
    with pytest.raises(ContractError, match=r"b.yaml:1: \S+/a.yaml is the contract of web already"):
        load(tmp_path)


def test_contracts_without_environments_are_refused(tmp_path):
    (tmp_path / "web.yaml").write_text("service: web\n")
    with pytest.raises(ContractError, match=r"web.yaml:1: no file maps a project to an environment"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("folder", "what"), [("", "there are no contracts here"), ("x", "there is no such folder")]
)
def test_a_folder_without_contracts_is_refused(folder, what, tmp_path):
    with pytest.raises(ContractError, match=what):
        load(tmp_path / folder)


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    (tmp_path / "web.yaml").write_bytes(b"service: \xff\xfe\n")
    with pytest.raises(ContractError, match=r"web.yaml:1: cannot be read"):
        load(tmp_path)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_no_text_at_all_makes_the_loader_fail_otherwise(tmp_path_factory, text):
    directory = tmp_path_factory.mktemp("fuzz")
    (directory / "environments.yaml").write_text(ENVIRONMENTS)
    (directory / "web.yaml").write_text("service: web\n" + text, encoding="utf-8")
    with suppress(ContractError):
        load(directory)


def test_the_editors_schemas_are_those_of_the_models():
    assert {path.name: path.read_text() for path in FOLDER.glob("*.json")} == dict(schemas())


@pytest.mark.parametrize("file", sorted(OURS.glob("*.yaml")), ids=lambda path: path.name)
def test_our_own_files_name_a_schema_they_keep(file):
    named = file.read_text().splitlines()[0].removeprefix("# yaml-language-server: $schema=")
    schema = json.loads((OURS / named).read_text())
    jsonschema.validate(YAML(typ="safe").load(file), schema)
