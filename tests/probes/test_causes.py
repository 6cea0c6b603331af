"""The table from observations to causes: what it names exists, and how it ranks."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from policies.rules import registered
from probes import schema
from probes.causes import FITS, LAYERS, causes_of
from probes.known import KNOWN
from probes.registry import checks
from probes.report import Evidence, Report, Result

ROOT = Path(__file__).resolve().parents[2]
EVERY_FIT = sorted({fit for fits in FITS.values() for fit in fits}, key=str)


def failed(name, subject, evidence, **observed):
    return Result(
        name=name,
        subject=subject,
        status="failed",
        evidence=evidence,
        observed=observed,
        deadline_seconds=1,
        took_seconds=1,
    )


def words(results):
    return [cause.cause for cause in causes_of(results)]


@pytest.mark.parametrize(("cause", "rule"), [fit for fit in EVERY_FIT if fit[1] is not None])
def test_every_rule_exists_and_says_the_cause_itself(cause, rule):
    assert rule in {each.id for each in registered()}
    said = [path for path in (ROOT / "policies").rglob("*.py") if f'"{cause}"' in path.read_text()]
    assert said, f"no rule says {cause}"


def test_every_cause_is_known_and_none_is_known_for_nothing():
    used = {cause for cause, _ in EVERY_FIT} | {"UNKNOWN", "VPC_CONNECTOR_NOT_SET", "SERVICE_NOT_READY"}
    assert used == set(KNOWN)


def test_every_cause_and_every_check_is_explained():
    page = (ROOT / "docs" / "probes.md").read_text(encoding="utf-8")
    assert [cause for cause in KNOWN if f"`{cause}`" not in page] == []
    assert [check.name for check in checks() if f"`{check.name}`" not in page] == []


def test_every_subject_has_its_layer():
    assert {check.subject for check in checks()} == set(LAYERS)


def test_there_are_never_more_than_three():
    everything = [failed(f"{subject}-x", subject, evidence) for subject, evidence in FITS]
    assert len(causes_of(everything)) == 3


def test_what_fails_below_comes_before_what_fails_above_it():
    found = words(
        [
            failed("golden-path", "golden-path", Evidence.CLOSED_EARLY),
            failed("cache", "cache", Evidence.TIMEOUT),
            failed("secrets", "environment", Evidence.SECRET_EMPTY),
        ]
    )
    assert found == ["SECRET_VALUE_EMPTY", "REDIS_INSTANCE_NO_ROUTE_TO_DESTINATION_NETWORK", "FIREWALL_RULE"]


def test_each_failed_check_gives_its_likeliest_before_any_gives_its_second():
    found = words(
        [
            failed("cache", "cache", Evidence.TIMEOUT),
            failed("database", "database", Evidence.SLOW),
            failed("internet", "internet", Evidence.ALL_HOSTS_OUT),
        ]
    )
    assert found == ["REDIS_INSTANCE_NO_ROUTE_TO_DESTINATION_NETWORK", "DATABASE_OVERLOADED", "NO_ROUTE"]


def test_one_cause_names_every_check_that_it_explains():
    (cause,) = causes_of(
        [
            failed("database-pool", "database", Evidence.TOO_MANY_CLIENTS),
            failed("database-capacity", "database", Evidence.TOO_FEW_CONNECTIONS),
        ]
    )
    assert cause.checks == ["database-capacity", "database-pool"]


def test_what_nothing_fits_is_unknown_only_where_nothing_else_is_known():
    strange = failed("database", "database", Evidence.UNEXPECTED)
    assert words([strange]) == ["UNKNOWN"]
    assert words([strange, failed("cache", "cache", Evidence.EVICTS)]) == ["REDIS_EVICTS_SESSIONS"]


def test_a_503_is_a_service_that_is_not_ready():
    assert (
        words([failed("websocket", "front-door", Evidence.HTTP_STATUS, status=503)])[0] == "SERVICE_NOT_READY"
    )


def test_what_passed_has_no_cause():
    assert causes_of([]) == []


def test_the_schema_in_the_docs_is_the_reports():
    assert schema.FILE.read_text(encoding="utf-8") == schema.text()
    jsonschema.Draft202012Validator.check_schema(Report.model_json_schema(by_alias=True))
