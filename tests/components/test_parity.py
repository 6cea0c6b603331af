"""Our own two stacks: staging differs from production only in what it may."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.platform import Platform
from components.settings import load_settings
from policies.parity import compare
from policies.plan import UNKNOWN, Plan, Resource
from tests.components import recorder

ROOT = Path(__file__).parents[2]


def plan_of(stack: str, **changes: Any) -> Plan:
    config = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    for key, change in changes.items():
        config[f"plumbline:{key}"] = {**config[f"plumbline:{key}"], **change}
    told = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    cloud = recorder.run(
        lambda: Platform("platform", load_settings()), preview=True, config=told | recorder.PASSWORDS
    )
    plan = Plan(project=config["gcp:project"], region=config["gcp:region"])
    for one in cloud.declared:
        plan.add(Resource(one.urn, one.type, one.name, read=lambda inputs=one.inputs: known(inputs)))
    return plan


def known(value: Any) -> Any:
    """The recorder's word for an unknown as the plan's own."""
    if isinstance(value, dict):
        return {key: known(member) for key, member in value.items()}
    if isinstance(value, list):
        return [known(member) for member in value]
    return UNKNOWN if value == recorder.UNKNOWN else value


@pytest.fixture(scope="module")
def production() -> Plan:
    return plan_of("production")


def test_staging_is_like_production(production):
    assert list(compare(plan_of("staging"), production)) == []


def test_what_differs_is_named(production):
    staging = plan_of("staging", database={"availability": "ZONAL"}, cache={"memorySizeGb": 1})
    found = {
        (one.resource.type.rpartition(":")[2], one.knob, one.cause) for one in compare(staging, production)
    }
    assert ("DatabaseInstance", "settings.availabilityType", "STAGING_DIFFERS") in found


def test_a_service_of_one_stack_only_is_named_from_both_sides(production):
    without = Plan()
    for one in production:
        if one.name != "frontend-service":
            without.add(one)
    assert [(one.cause, one.resource.name) for one in compare(without, production)] == [
        ("ONLY_IN_ONE", "frontend-service")
    ]
    assert [(one.cause, one.resource.name) for one in compare(production, without)] == [
        ("ONLY_IN_ONE", "frontend-service")
    ]
