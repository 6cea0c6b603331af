"""Where a report says that something stands: paths a reader can open, lines that GitHub can annotate."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from plumb.formats import render
from policies.plan import Plan, Resource, Source
from policies.plan.settings_lines import SettingsLines
from policies.report import Origin, Report, Waived
from policies.rules import registered
from tests.plumb.reports import ADVICE, FINDINGS, REDIS, SERVICE, WAIVED, WAIVER
from tests.plumb.test_check import check

ROOT = Path(__file__).resolve().parents[2]
SHOWN = ("html", "junit", "markdown", "text")
PROGRAM = """
import sys
from pathlib import Path
sys.path.append(str(Path(__file__).resolve().parents[1] / "common"))
import shared
"""
SHARED = """
import pulumi, pulumi_gcp as gcp
net = pulumi.Config().require_object("net")
gcp.compute.Subnetwork("sub", name=net["subnet"], network="n", ip_cidr_range=net["ipCidrRange"])
"""
STACK = "config:\n  small:net:\n    ipCidrRange: 10.0.0.0/99\n    subnet: services\n"


@pytest.fixture
def repository(tmp_path):
    """A checkout with a program in a folder of a folder, which imports what lies beside it."""
    top = tmp_path / "repository"
    program = top / "infra" / "05-no-nat"
    program.mkdir(parents=True)
    (top / ".git").write_text("gitdir: elsewhere\n")  # as a worktree and a submodule have it
    (program / "Pulumi.yaml").write_text("name: small\nruntime: python\n")
    (program / "Pulumi.dev.yaml").write_text(STACK)
    (program / "__main__.py").write_text(PROGRAM)
    (top / "infra" / "common").mkdir()
    (top / "infra" / "common" / "shared.py").write_text(SHARED)
    return top


def origin(top, **more):
    program = top / "infra" / "05-no-nat"
    return Origin(folders=(program,), file=program / "Pulumi.dev.yaml", **more)


def of(source, whence, **more):
    return Report("dev", "program", (replace(FINDINGS[0], source=source),), origin=whence, **more)


def results(*reports):
    return json.loads(render(reports, "sarif"))["runs"][0]["results"]


def artifact(place):
    return place["physicalLocation"]["artifactLocation"]


def first(report):
    return results(report)[0]["locations"][0]


def in_checkout(uri):
    return {"uri": uri, "uriBaseId": "%SRCROOT%"}


def test_a_program_in_a_folder_of_a_repository_is_annotated_where_its_files_are(repository):
    told = {}
    for cwd, named in ((repository, "infra/05-no-nat"), (repository / "infra" / "05-no-nat", ".")):
        options = [word for form in ("sarif", "text", "json") for word in ("-f", form, "-o", cwd / form)]
        done = check(named, *options, cwd=cwd)
        assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
        told[named] = {form: (cwd / form).read_text() for form in ("sarif", "text", "json")}
    for of_one in told.values():
        (result,) = json.loads(of_one["sarif"])["runs"][0]["results"]
        (place,), (related,) = result["locations"], result["relatedLocations"]
        assert artifact(place) == in_checkout("infra/05-no-nat/Pulumi.dev.yaml")
        assert place["physicalLocation"]["region"] == {"startLine": 3}
        assert artifact(related) == in_checkout("infra/common/shared.py")
        assert related["physicalLocation"]["region"] == {"startLine": 4}
        (finding,) = json.loads(of_one["json"])["findings"]
        assert finding["source"] == {
            "file": "../common/shared.py",
            "line": 4,
            "settings": "Pulumi.dev.yaml:4",
        }
    assert "infra/common/shared.py:4 (infra/05-no-nat/Pulumi.dev.yaml:4)" in told["infra/05-no-nat"]["text"]
    assert "../common/shared.py:4 (Pulumi.dev.yaml:4)" in told["."]["text"]


def test_sarif_tells_files_from_the_top_of_the_checkout_wherever_it_is_made(repository, monkeypatch):
    report = of(Source("__main__.py", 3, "Pulumi.dev.yaml:3"), origin(repository))
    for cwd in (repository, repository / "infra" / "common", repository.parent, Path("/")):
        monkeypatch.chdir(cwd)
        assert artifact(first(report)) == in_checkout("infra/05-no-nat/Pulumi.dev.yaml")
        (related,) = results(report)[0]["relatedLocations"]
        assert artifact(related) == in_checkout("infra/05-no-nat/__main__.py")


def test_sarif_names_a_file_outside_of_the_checkout_by_its_whole_path(repository):
    report = of(Source("../../../our lib/net.py", 3), origin(repository))
    where = (repository.parent / "our lib" / "net.py").as_uri()
    assert where.endswith("/our%20lib/net.py")
    assert artifact(first(report)) == {"uri": where}


def test_sarif_tells_files_from_the_current_folder_where_there_is_no_checkout(repository, monkeypatch):
    (repository / ".git").unlink()
    report = of(Source("../common/shared.py", 3), origin(repository))
    monkeypatch.chdir(repository / "infra")
    assert artifact(first(report)) == in_checkout("common/shared.py")
    monkeypatch.chdir(repository / "infra" / "05-no-nat")
    assert artifact(first(report)) == {"uri": (repository / "infra" / "common" / "shared.py").as_uri()}


def test_sarif_names_the_file_itself_where_the_program_reads_it_through_a_link(repository):
    # GitHub shows nothing of a file that is a link, or lies below one.
    program = repository / "infra" / "05-no-nat"
    (program / "linked").symlink_to("../common")
    report = of(Source("linked/shared.py", 4), origin(repository))
    assert artifact(first(report)) == in_checkout("infra/common/shared.py")


def test_sarif_points_at_the_stacks_file_where_nobody_tells_the_line(repository, monkeypatch):
    monkeypatch.chdir(repository / "infra" / "common")
    report = replace(of(None, origin(repository)), subject="../05-no-nat (dev)")
    assert artifact(first(report)) == in_checkout("infra/05-no-nat/Pulumi.dev.yaml")
    # Nor does it leave the checkout where there is no more than the subject's name.
    unknown = replace(of(None, Origin()), subject="../../../elsewhere (dev)")
    assert artifact(first(unknown)) == {"uri": (repository.parent / "elsewhere (dev)").as_uri()}


def test_a_waiver_is_found_in_the_folder_of_the_contracts(repository):
    fault = replace(FINDINGS[0], rule="waiver", source=Source("contracts/waivers.yaml", 3))
    report = Report(
        "dev", "program", (fault,), origin=origin(repository, contracts=repository / "ops" / "contracts")
    )
    assert artifact(first(report)) == in_checkout("ops/contracts/waivers.yaml")


def test_a_plan_names_files_of_the_folder_it_lies_in_or_else_of_the_current_one(repository, monkeypatch):
    program = repository / "infra" / "05-no-nat"
    monkeypatch.chdir(repository)
    report = of(Source("__main__.py", 3), Origin((program, Path()), program / "plan.json"))
    assert artifact(first(report)) == in_checkout("infra/05-no-nat/__main__.py")
    other = of(Source("net/own.py", 3), Origin((program, Path()), program / "plan.json"))
    assert artifact(first(other)) == in_checkout("net/own.py")


@pytest.mark.parametrize("form", SHOWN)
def test_what_people_read_names_files_as_they_open_them_from_here(repository, monkeypatch, form):
    report = of(Source("../common/shared.py", 4, "Pulumi.dev.yaml:3"), origin(repository))
    elsewhere = repository.parent / "elsewhere"
    elsewhere.mkdir()
    for cwd, shown in (
        (repository, ("infra/common/shared.py:4", "infra/05-no-nat/Pulumi.dev.yaml:3")),
        (repository / "infra", ("common/shared.py:4", "05-no-nat/Pulumi.dev.yaml:3")),
        (repository / "infra" / "05-no-nat", ("../common/shared.py:4", "Pulumi.dev.yaml:3")),
        # From outside, where a row of dots would lead through other people's folders, the whole path.
        (
            elsewhere,
            (
                str(repository / "infra" / "common" / "shared.py:4"),
                str(repository / "infra" / "05-no-nat" / "Pulumi.dev.yaml:3"),
            ),
        ),
    ):
        monkeypatch.chdir(cwd)
        rendered = render([report], form)
        assert "{} ({})".format(*shown) in rendered
        if form == "junit":
            case = next(one for one in ET.fromstring(rendered).iter("testcase") if one.get("file"))  # noqa: S314 - ours
            assert f"{case.get('file')}:{case.get('line')}" == shown[0]


def test_what_json_says_of_a_place_is_told_from_the_programs_folder_as_ever(repository, monkeypatch):
    source = Source("../common/shared.py", 4, "Pulumi.dev.yaml:3", "Pulumi.dev.yaml:9")
    monkeypatch.chdir(repository)
    (finding,) = json.loads(render([of(source, origin(repository))], "json"))["findings"]
    assert finding["source"] == {
        "file": "../common/shared.py",
        "line": 4,
        "settings": "Pulumi.dev.yaml:3",
    }


def test_sarif_annotates_the_line_of_the_stacks_file_and_tells_beside_it_where_it_is_declared(repository):
    report = of(Source("__main__.py", 42, "Pulumi.dev.yaml:3"), origin(repository))
    (result,) = results(report)
    (place,), (related,) = result["locations"], result["relatedLocations"]
    assert place["physicalLocation"]["region"] == {"startLine": 3}
    assert place["logicalLocations"][0]["fullyQualifiedName"] == FINDINGS[0].urn
    assert (related["id"], related["message"]) == (1, {"text": "declared here"})
    assert related["physicalLocation"]["region"] == {"startLine": 42}
    # GitHub shows a related location only where the message links to it.
    assert result["message"]["text"].endswith("\ndeclared [here](1)")
    bare = results(of(Source("__main__.py", 42), origin(repository)))[0]
    assert "relatedLocations" not in bare
    assert "(1)" not in bare["message"]["text"]
    assert result["partialFingerprints"] == bare["partialFingerprints"]


def test_sarif_annotates_the_nearest_line_that_is_known(repository):
    source = Source("__main__.py", 42, "Pulumi.dev.yaml:3", "Pulumi.dev.yaml:9")
    place = first(of(source, origin(repository)))
    assert place["physicalLocation"]["region"] == {"startLine": 9}


def alone(type_, name, inputs):
    """A plan of one resource, and the resource."""
    plan = Plan()
    resource = Resource(f"urn:pulumi:staging::p::{type_}::{name}", type_, name, lambda: inputs)
    plan.add(resource)
    return plan, resource


@pytest.mark.parametrize(
    ("rule", "path", "key"),
    [
        # What is missing is written under the section that the rule is about.
        ("secret-required", ("netra-backend-staging", "JWT_SECRET_STAGING"), "      secrets:"),
        ("env-required", ("netra-backend-staging", "LOG_LEVEL"), "      env:"),
        ("route-cache", ("netra-backend-staging", "connector c", "network n"), "      cache: true"),
        ("route-database", ("netra-backend-staging", "connector c"), "      database: netra"),
        ("websocket-affinity", ("netra-backend-staging",), "      webSockets: true"),
        # What is there has a line of its own.
        (
            "env-required",
            ("netra-backend-staging", "SERVICE_ID"),
            "        SERVICE_ID: netra-backend",
        ),
        ("cloud-run-limits", ("netra-backend-staging", "scaling.maxInstances"), "      maxInstances: 20"),
        # Where the section says neither, the resource's own line is the nearest.
        ("watched", ("netra-backend-staging", "api.openai.com"), "      name: netra-backend-staging"),
    ],
)
def test_the_nearest_line_is_a_key_of_the_resources_own_section(tmp_path, rule, path, key):
    lines = (ROOT / "Pulumi.staging.yaml").read_text().splitlines(keepends=True)
    file = tmp_path / "Pulumi.staging.yaml"
    file.write_text("".join(one for one in lines if "JWT_SECRET_STAGING" not in one))
    start = next(number for number, one in enumerate(lines) if one == "    backend:\n")
    expected = start + next(number for number, one in enumerate(lines[start:], 1) if one.startswith(key))
    settings = SettingsLines(file, "Pulumi.staging.yaml")
    backend = alone(SERVICE, "backend-service", {"name": "netra-backend-staging"})
    assert settings.nearest(*backend, rule, path) == f"Pulumi.staging.yaml:{expected}"


def test_a_line_that_two_keys_could_be_meant_by_is_not_guessed(tmp_path):
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text(
        "a:cache:\n  name: c\n  redisSize: 1\n  redisTier: BASIC\n  one: {size: 1}\n  two: {size: 2}\n"
    )
    cache, settings = alone(REDIS, "cache", {}), SettingsLines(file, "dev")
    assert settings.nearest(*cache, "redis-limits", ("cache", "size")) == "dev:1"
    assert settings.nearest(*cache, "redis-limits", ("cache", "redisTier")) == "dev:4"
    assert settings.nearest(*alone(REDIS, "other", {}), "redis-limits", ("redisTier",)) is None


def test_the_whole_configuration_is_no_section_of_a_resource(tmp_path):
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text("config:\n  a:cacheName: sessions\n  a:database: {tier: BASIC}\n")
    settings, cache = SettingsLines(file, "dev"), alone(REDIS, "redis", {"name": "sessions"})
    assert settings.nearest(*cache, "route-database", ("sessions", "tier")) == "dev:2"


def test_what_is_waived_is_a_note_and_keeps_who_waived_it():
    report = Report("dev", "program", FINDINGS[:1], WAIVED)
    found = results(report)
    assert [result["level"] for result in found] == ["error", "note", "note"]
    assert ["suppressions" in result for result in found] == [False, True, True]


def test_nothing_that_is_only_noted_has_a_security_severity():
    # GitHub prefers that of the rule to the level of the result, and fails a pull request by it.
    report = Report("dev", "program", FINDINGS, WAIVED, advised=(ADVICE,))
    run = json.loads(render([report], "sarif"))["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    noted = [result for result in run["results"] if result["level"] == "note"]
    assert len(noted) == len(WAIVED) + 1
    for result in noted:
        rule = rules[result["ruleIndex"]]
        assert rule["id"] == result["ruleId"]
        assert "security-severity" not in rule["properties"]
        assert rule["properties"]["tags"]
        assert rule["defaultConfiguration"]["level"] == "note"
    assert {result["ruleId"] for result in noted} == {"sql-regional/note", "run-public/note", "watched/note"}
    by_id = {rule["id"]: rule for rule in rules}
    assert by_id["sql-public-address"]["properties"]["security-severity"] == "9.5"
    assert len(by_id) == len(rules) == len(registered()) + 3
    # What the rule says and how it is mended is the same.
    assert by_id["run-public/note"]["help"] == by_id["run-public"]["help"]


def test_a_note_of_a_rule_without_a_security_severity_is_the_rules_own():
    waived = Waived(FINDINGS[1], replace(WAIVER, rule=FINDINGS[1].rule))
    (result,) = results(Report("dev", "program", (), (waived,), ()))
    assert (result["ruleId"], result["level"]) == ("secret-required", "note")


def test_the_place_of_what_is_waived_is_known_as_well_as_that_of_what_refuses(repository):
    contracts = repository / "infra" / "05-no-nat" / "contracts"
    contracts.mkdir()
    (contracts / "environments.yaml").write_text("environments: {staging: {projects: [somewhere]}}\n")
    (contracts / "waivers.yaml").write_text(
        "waivers:\n"
        + "".join(
            f"  - {{rule: cidr-limits, resource: {name}, environment: staging, reason: moved next week, "
            f"owner: ada, expires: {datetime.now(UTC).date() + timedelta(30)}}}\n"
            for name in ("sub", "gone")
        )
    )
    (repository / "infra" / "05-no-nat" / "Pulumi.dev.yaml").write_text(
        STACK.replace("config:\n", "config:\n  gcp:project: somewhere\n")
    )
    done = check("infra/05-no-nat", "-f", "sarif", cwd=repository)
    found = json.loads(done.stdout)["runs"][0]["results"]
    places = {one["ruleId"]: artifact(one["locations"][0])["uri"] for one in found}
    assert places == {
        "cidr-limits": "infra/05-no-nat/Pulumi.dev.yaml",
        "waiver": "infra/05-no-nat/contracts/waivers.yaml",
    }, done.stderr
