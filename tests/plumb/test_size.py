"""`plumb size`: what it proposes is accepted by the rules and the settings, and is written whole."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st
from typer.testing import CliRunner

from catalog.load import Load
from catalog.pools import PoolPlan
from components.settings import PlatformSettings, SettingsError
from components.settings.pools import plan_pools, tier_of
from plumb.app import app
from plumb.sizing.database import pools_now
from plumb.sizing.plan import SIZING_RULES, plan_of, refused, sizing_rules
from plumb.sizing.proposal import Ask, propose
from plumb.sizing.stack import Change, SizingError, Stack, read_stack
from plumb.sizing.writing import difference, rewritten, write
from policies.rules import registered
from toolchain.places import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

STAGING = (ROOT / "Pulumi.staging.yaml").read_text(encoding="utf-8")
PRODUCTION = (ROOT / "Pulumi.production.yaml").read_text(encoding="utf-8")
INCIDENT = ("--service", "backend", "--pool", "50", "--max-instances", "20", "--tier", "db-g1-small")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("Pulumi.yaml", "Pulumi.staging.yaml", "Pulumi.production.yaml", "__main__.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def plumb(project, monkeypatch):
    """The command, run in the project's folder."""
    monkeypatch.chdir(project)
    monkeypatch.delenv("PULUMI_STACK", raising=False)
    monkeypatch.setenv("PULUMI_HOME", str(project / "home"))

    def run(*arguments: str) -> Result:
        done = CliRunner().invoke(app, arguments)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done

    return run


def check(project: Path) -> subprocess.CompletedProcess[str]:
    """`plumb check staging`, the real program included."""
    return subprocess.run(
        [sys.executable, "-m", "plumb", "check", "staging"],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def stack_of(text: str, folder: Path):
    path = folder / "Pulumi.any.yaml"
    path.write_text(text, encoding="utf-8")
    return read_stack(str(path), {})


READ: dict[str, Stack] = {}


def once(text: str, folder: Path) -> Stack:
    if text not in READ:
        READ[text] = stack_of(text, folder)
    return READ[text]


loads = st.builds(
    Load,
    requests_per_second=st.floats(0, 400),
    seconds_each=st.floats(0.01, 600),
    web_sockets=st.integers(0, 20_000),
    connection_seconds=st.none() | st.floats(0, 60),
    kib_each=st.none() | st.floats(0, 2000),
    session_kib=st.none() | st.floats(0, 4000),
)
asks = st.builds(
    Ask,
    service=st.sampled_from(("backend", "auth", "frontend")),
    load=st.none() | loads,
    pool=st.none() | st.integers(1, 200),
    max_instances=st.none() | st.integers(1, 1200),
    concurrency=st.none() | st.integers(1, 1200),
    least_vcpus=st.sampled_from((1, 2, 3, 8)),
    least_memory_mb=st.sampled_from((0, 5000, 40_000)),
)
CONNECTOR = STAGING[STAGING.index("    connector:\n") : STAGING.index("    # direct:")]
DIRECT = STAGING.replace("via: connector ", "via: direct ").replace(
    CONNECTOR, "    direct: {subnetName: netra-direct, ipCidrRange: 10.12.0.0/24}\n"
)
PLUS = STAGING.replace("ENTERPRISE\n", "ENTERPRISE_PLUS\n").replace(
    "db-custom-4-16384", "db-perf-optimized-N-2"
)
SMALL = STAGING.replace("environment: staging", "environment: development").replace(
    "db-custom-4-16384", "db-f1-micro"
)


@pytest.mark.parametrize(
    "text",
    [STAGING, PRODUCTION, DIRECT, PLUS, SMALL],
    ids=["staging", "production", "direct", "plus", "small"],
)
@profile(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(ask=asks)
def test_what_is_proposed_is_accepted_by_the_settings_and_by_every_sizing_rule(text, ask, tmp_path):
    stack = once(text, tmp_path)
    proposal = propose(stack.settings, ask)
    if proposal.unfit:
        assert all(one.limit and one.change for one in proposal.unfit)
        return
    settings = stack.with_changes(proposal.changes)
    plan = plan_pools(settings.database, settings.services)
    assert isinstance(plan, PoolPlan)
    assert refused(settings, plan.pools) == []
    if ask.pool is not None and settings.services[ask.service].database:
        assert plan.pools[ask.service].connections >= ask.pool
    assert settings.services[ask.service].max_instances >= (ask.max_instances or 1)
    assert tier_of(settings.database).vcpus >= ask.least_vcpus


@profile(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(ask=asks)
def test_one_step_less_than_is_proposed_is_not_enough(ask, tmp_path):
    stack = once(STAGING, tmp_path)
    proposal = propose(stack.settings, ask)
    flags = [one for one in proposal.changes if one.path[-1] == "maxConnections" and one.then is not None]
    if proposal.unfit or not flags:
        return
    less = [one for one in proposal.changes if one is not flags[0]]
    less.append(Change(flags[0].path, flags[0].now, flags[0].then - 1))
    before = stack.with_changes(proposal.changes)
    wanted = pools_now(before)
    try:
        after = pools_now(stack.with_changes(less))
    except SettingsError:
        return
    assert any(after[key].connections < wanted[key].connections for key in wanted)


def test_the_rules_that_proposals_are_held_against_all_exist():
    assert {rule.id for rule in sizing_rules()} == SIZING_RULES <= {rule.id for rule in registered()}


def test_the_plan_that_the_rules_see_is_refused_where_it_should_be(tmp_path):
    bad = STAGING.replace(
        "machineType: e2-standard-4\n      minInstances: 2",
        "machineType: e2-standard-4\n      minInstances: 9",
    )
    bad = bad.replace("minInstances: 9\n      maxInstances: 10", "minInstances: 9\n      maxInstances: 3", 1)
    settings = stack_of(bad, tmp_path).settings
    assert [one.rule for one in refused(settings, pools_now(settings))] == ["connector-limits"]
    assert {one.type for one in plan_of(settings, {})} >= {"gcp:sql/databaseInstance:DatabaseInstance"}


def test_the_incident_s_ask_is_refused_by_its_rules_and_what_works_is_told(plumb):
    done = plumb("size", "staging", *INCIDENT, "--max-connections", "200")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "refused by sql-connections, sql-flags-memory, sql-shared-core" in done.stdout
    assert "x 1 workers = 21, x 50 connections = 1050" in done.stdout
    assert "1494 - 299 (margin of 20%) - 13 (reserved) = 1182" in done.stdout
    assert "plumbline:database.tier               db-custom-4-22528  (now db-custom-4-16384)" in done.stdout
    assert "none refuses it" in done.stdout
    assert "\x1b" not in done.stdout


def test_json_says_the_same(plumb):
    done = plumb("size", "staging", *INCIDENT, "--format", "json")
    told = json.loads(done.stdout)
    assert done.exit_code == 0
    assert {one["rule"] for one in told["asked"]["refused"]} == {"sql-connections", "sql-shared-core"}
    assert {one["setting"]: one["then"] for one in told["changes"]} == {
        "plumbline:database.tier": "db-custom-4-22528",
        "plumbline:database.maxConnections": 1494,
        "plumbline:services.auth.poolShare": 6,
        "plumbline:services.backend.poolShare": 25,
    }
    assert told["fits"]
    assert set(told["rules"]) == SIZING_RULES


def test_staging_keeps_a_quarter_of_production_s_memory_and_a_fifth_of_its_instances(plumb, project):
    done = plumb("size", "staging", "--service", "backend", "--requests-per-second", "1", "-f", "json")
    then = {one["setting"].rpartition(".")[2]: one["then"] for one in json.loads(done.stdout)["changes"]}
    assert then == {"maxInstances": 8}
    (project / "Pulumi.production.yaml").unlink()
    done = plumb("size", "staging", "--service", "backend", "--requests-per-second", "1", "-f", "json")
    then = {one["setting"].rpartition(".")[2]: one["then"] for one in json.loads(done.stdout)["changes"]}
    assert then["maxInstances"] == 1
    assert then["tier"] == "db-custom-1-3840"


def test_what_production_would_grow_to_says_what_staging_must_then_have(plumb):
    load = ("--requests-per-second", "400", "--agent-run-seconds", "30", "--concurrency", "200")
    done = plumb("size", "production", "--service", "backend", *load)
    assert done.exit_code == 0, done.stderr
    assert "staging must grow with it (parity)" in done.stdout
    assert "backend.maxInstances at least 20" not in done.stdout


def test_a_stack_whose_pools_do_not_fit_is_mended_though_the_settings_refuse_it(plumb, project):
    path = project / "Pulumi.staging.yaml"
    path.write_text(STAGING.replace("db-custom-4-16384", "db-g1-small"), encoding="utf-8")
    with pytest.raises(SettingsError, match="too few for the services"):
        PlatformSettings.from_stack_file(path)
    done = plumb("size", "staging", "--write", "--yes")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "refused by sql-connections, sql-shared-core" in done.stdout
    assert PlatformSettings.from_stack_file(path).database.tier == "db-custom-4-16384"


def test_what_is_written_passes_plumb_check_and_nothing_else_in_the_file_changes(plumb, project):
    path = project / "Pulumi.staging.yaml"
    path.chmod(0o664)
    done = plumb("size", "staging", *INCIDENT, "--write", "--yes")
    assert (done.exit_code, done.stderr) == (0, "")
    before, after = STAGING.splitlines(), path.read_text(encoding="utf-8").splitlines()
    assert [line for line in after if line not in before] == [
        "    tier: db-custom-4-22528",
        "    maxConnections: 1494 # null: Google's default for the tier's memory",
        "      poolShare: 25",
        "      poolShare: 6",
    ]
    assert len(after) == len(before) + 2
    assert path.stat().st_mode & 0o777 == 0o664
    assert "+    tier: db-custom-4-22528" in done.stdout
    checked = check(project)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    again = plumb("size", "staging", *INCIDENT, "--write", "--yes")
    assert "nothing to write" in again.stdout


@pytest.mark.parametrize("arguments", [("--write",), ("--write", "--format", "json")])
def test_nothing_is_written_unless_somebody_says_so(plumb, project, arguments):
    done = plumb("size", "staging", *INCIDENT, *arguments)
    assert done.exit_code == 2
    assert "--yes" in done.stderr
    assert (project / "Pulumi.staging.yaml").read_text(encoding="utf-8") == STAGING


def test_when_nothing_fits_it_says_what_stops_it_and_writes_nothing(plumb, project):
    load = ("--requests-per-second", "4000", "--agent-run-seconds", "300")
    done = plumb("size", "staging", "--service", "backend", *load, "--write", "--yes")
    assert done.exit_code == 1
    assert "Nothing fits" in done.stdout
    assert "backend needs 25000 instances: a Cloud Run service has 1 to 1000 instances" in done.stdout
    assert "What works" not in done.stdout
    assert (project / "Pulumi.staging.yaml").read_text(encoding="utf-8") == STAGING


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nope",), "no stack 'nope' here; its stacks: production, staging"),
        ((), "name one: plumb size STACK"),
        (("staging", "--service", "web"), "no service 'web'; there are auth, backend, frontend"),
        (("staging", "--pool", "9"), "say whose load this is"),
        (("staging", "--service", "frontend", "--pool", "9"), "frontend uses no database"),
        (("staging", "--service", "backend", "--tier", "db-huge"), "--tier is 'db-huge'"),
        (("staging", "--service", "backend", "--agent-run-seconds", "9"), "--requests-per-second"),
        (("staging", "--service", "backend", "--requests-per-second", "inf"), "inf is none"),
        (("staging", "--max-connections", "3"), "max_connections is 14 to 262143"),
    ],
)
def test_what_means_nothing_is_told_with_what_would(plumb, project, arguments, words):
    done = plumb("size", *arguments)
    assert done.exit_code == 2
    assert words in done.stderr
    assert str(project) not in done.stderr


def test_a_fault_that_no_size_mends_comes_first(plumb, project):
    path = project / "Pulumi.staging.yaml"
    path.write_text(STAGING.replace("10.8.0.0/28", "10.10.0.0/28"), encoding="utf-8")
    done = plumb("size", "staging")
    assert done.exit_code == 2
    assert "mend this first" in done.stderr
    assert "overlaps" in done.stderr


def test_a_new_key_goes_into_braces_where_the_mapping_has_them(tmp_path):
    flow = STAGING.replace(
        "    auth:\n      name: netra-auth-service\n", "    auth:\n      name: netra-auth-service # theirs\n"
    ).replace(CONNECTOR, "    connector: {name: netra-staging, ipCidrRange: 10.8.0.0/28} # small\n")
    stack = stack_of(flow, tmp_path)
    place = ("plumbline:egress", "connector", "maxInstances")
    text = rewritten(stack, [Change(place, 10, 4)])
    assert "connector: {name: netra-staging, maxInstances: 4, ipCidrRange: 10.8.0.0/28} # small\n" in text


def test_an_empty_value_is_filled(tmp_path):
    stack = stack_of(STAGING.replace("maxConnections: null #", "maxConnections: #"), tmp_path)
    text = rewritten(stack, [Change(("plumbline:database", "maxConnections"), None, 900)])
    assert "    maxConnections: 900 # null: Google's" in text


def test_a_change_that_would_reach_further_is_refused(tmp_path):
    shared = STAGING.replace("maxInstances: 20", "maxInstances: &most 20").replace(
        "minInstances: 1\n      maxInstances: 10\n      database: auth",
        "minInstances: 1\n      maxInstances: *most\n      database: auth",
    )
    stack = stack_of(shared, tmp_path)
    with pytest.raises(SizingError, match="by hand"):
        rewritten(stack, [Change(("plumbline:services", "auth", "maxInstances"), 20, 5)])


def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path):
    stack = stack_of(STAGING, tmp_path)
    text = rewritten(stack, [Change(("plumbline:database", "tier"), "", "db-custom-8-32768")])
    assert difference(stack, text).count("\n+") == 2
    stack.path.write_text(STAGING + "# mine\n", encoding="utf-8")
    with pytest.raises(SizingError, match="has changed"):
        write(stack, text)
    assert stack.path.read_text(encoding="utf-8").endswith("# mine\n")


def test_line_ends_stay_what_they_are(tmp_path):
    path = tmp_path / "Pulumi.any.yaml"
    path.write_bytes(STAGING.replace("\n", "\r\n").encode())
    stack = read_stack(str(path), {})
    place = ("plumbline:services", "auth")
    text = rewritten(stack, [Change((*place, "poolShare"), 1, 4), Change((*place, "maxInstances"), 10, 9)])
    write(stack, text)
    assert b"maxInstances: 9\r\n      poolShare: 4\r\n" in path.read_bytes()
    assert path.read_bytes().count(b"\n") == path.read_bytes().count(b"\r\n")
