"""`plumb drift`: what of the engine's answer is drift, how it is shown, how it exits."""

import json

import pytest
from typer.testing import CliRunner

from plumb import pulumi
from plumb.app import app
from plumb.drift import Change, DriftError, drift, read
from plumb.drift_report import FORMATS, as_markdown, as_text

REDIS = "gcp:redis/instance:Instance"
RUN = "gcp:cloudrunv2/service:Service"


def step(name, op="refresh", *, token=REDIS, old=None, new=None, **more):
    urn = f"urn:pulumi:staging::p::my:Component${token}::{name}"
    state = {
        "urn": urn,
        "type": token,
        "custom": True,
        "id": f"projects/p/{name}",
        "inputs": more.pop("inputs", {}),
    }
    before = {**state, "outputs": old or {}}
    after = {**state, "outputs": new if new is not None else old or {}}
    return {"op": op, "urn": urn, "oldState": before, "newState": after, **more}


def changed(name, path, **sides):
    return step(name, "update", detailedDiff={path: {"kind": "update", "inputDiff": False}}, **sides)


def found(*steps):
    return read("staging", {"steps": list(steps)})


def test_a_resource_that_was_read_as_it_was_is_no_drift():
    assert found(step("cache", old={"memorySizeGb": 4})).drifted == []


def test_a_changed_property_is_named_with_what_the_state_has_and_what_is_there():
    seen = found(changed("cache", "memorySizeGb", old={"memorySizeGb": 4}, new={"memorySizeGb": 5}))
    [one] = seen.drifted
    assert (one.name, one.type, one.gone) == ("cache", REDIS, False)
    assert one.changes == [Change("memorySizeGb", "4", "5")]


@pytest.mark.parametrize(
    ("path", "old", "new", "shown"),
    [
        ("redisConfigs.maxmemory-policy", {"redisConfigs": {"maxmemory-policy": "a"}}, {}, ("a", None)),
        ('labels["a.b"]', {"labels": {}}, {"labels": {"a.b": "x"}}, (None, "x")),
        ("flags[1].value", {"flags": [1, {"value": 2}]}, {"flags": [1]}, ("2", None)),
        ("flags[0]", {"flags": [{"name": "n", "__defaults": []}]}, {"flags": []}, ('{"name": "n"}', None)),
    ],
)
def test_a_value_is_found_at_a_path_however_pulumi_writes_it(path, old, new, shown):
    [one] = found(changed("cache", path, old=old, new=new)).drifted
    assert (one.changes[0].old, one.changes[0].new) == shown


def test_a_provider_that_tells_only_the_property_still_names_it():
    [one] = found(step("c", "update", old={"size": 1}, new={"size": 2}, diffReasons=["size"])).drifted
    assert one.changes == [Change("size", "1", "2")]


def test_what_was_deleted_is_gone():
    [one] = found({**step("cache", "delete"), "newState": None}).drifted
    assert (one.gone, one.changes) == (True, ())


def test_an_address_that_google_changed_is_drift_for_whoever_still_holds_the_old_one():
    cache = step("cache", old={"host": "10.3.0.4"}, new={"host": "10.3.0.9"})
    backend = step("backend", token=RUN, inputs={"template": {"envs": [{"value": "10.3.0.4"}]}})
    [one] = found(cache, backend).drifted
    assert one.changes == [Change("host", "10.3.0.4", "10.3.0.9", ("backend",))]


def test_what_google_counts_by_itself_and_nobody_holds_is_no_drift():
    assert found(step("cache", old={"etag": "abcdef"}, new={"etag": "ghijkl"})).drifted == []


def test_a_component_and_a_provider_are_not_counted_as_read():
    component = step("platform")
    component["oldState"]["custom"] = False
    assert found(component, step("default", token="pulumi:providers:gcp"), step("cache")).looked_at == 1  # noqa: S106 - a type


def test_a_hostile_value_draws_nothing_of_its_own():
    evil = "`|<img src=x>\n@team\x1b[31m"
    seen = found(changed("cache", "label", old={"label": "a"}, new={"label": evil}))
    assert "\x1b" not in as_text(seen)
    [row] = [line for line in as_markdown(seen).splitlines() if "label" in line]
    assert "`` `\\|<img src=x>\\u000a@team\\u001b[31m ``" in row or row.count("``") == 2
    assert "\x1b" not in row


def test_the_issue_never_grows_past_what_github_takes():
    steps = [changed(f"cache-{n}", "a" * 90, old={"a" * 90: "x" * 500}, new={}) for n in range(2000)]
    assert len(as_markdown(found(*steps))) < 65_536


def test_json_holds_every_change():
    seen = found(changed("cache", "memorySizeGb", old={"memorySizeGb": 4}, new={"memorySizeGb": 5}))
    whole = json.loads(FORMATS["json"](seen))
    assert whole["drifted"][0]["changes"] == [{"path": "memorySizeGb", "old": "4", "new": "5", "usedBy": []}]
    assert (whole["stack"], whole["lookedAt"]) == ("staging", 1)


@pytest.fixture
def engine(monkeypatch):
    """An engine that answers as told."""

    def answers(code, printed, errors=""):
        monkeypatch.setattr(pulumi, "attempt", lambda *_: (code, printed, errors))

    return answers


def test_a_read_that_failed_is_told_in_the_engines_words_and_is_not_taken_for_no_drift(engine):
    urn = step("cache")["urn"]
    failed = {"urn": urn, "severity": "error", "message": "error: Error 503: unavailable"}
    engine(255, json.dumps({"steps": [step("db")], "diagnostics": [failed]}))
    with pytest.raises(DriftError, match="cache: Error 503: unavailable"):
        drift("staging")


def test_a_stack_without_resources_is_not_taken_for_no_drift(engine):
    engine(0, '{"duration": 204774}')
    with pytest.raises(DriftError, match="PULUMI_BACKEND_URL"):
        drift("staging")


@pytest.mark.parametrize(
    ("printed", "code"),
    [
        (json.dumps({"steps": [step("cache")]}), 0),
        (json.dumps({"steps": [changed("cache", "a", old={"a": 1}, new={"a": 2})]}), 1),
        ("no stack named 'x'", 2),
    ],
)
def test_the_exit_code_says_none_some_or_cannot_tell(engine, printed, code):
    engine(0, printed)
    assert CliRunner().invoke(app, ["drift", "staging"]).exit_code == code


def test_a_report_is_written_to_a_file(engine, tmp_path):
    engine(0, json.dumps({"steps": [step("cache")]}))
    path = tmp_path / "drift.md"
    assert CliRunner().invoke(app, ["drift", "staging", "-f", "markdown", "-o", str(path)]).exit_code == 0
    assert path.read_text().startswith("### ✅ `staging`: no drift")


def test_an_unknown_format_is_refused():
    ran = CliRunner().invoke(app, ["drift", "staging", "-f", "xml"])
    assert ran.exit_code == 2
