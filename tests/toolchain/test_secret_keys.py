"""Keys that a stack's file names as the place of a secret: the sandbox sets what the check gives a stand-in.

The search stands twice, since the toolchain runs before anything is installed and imports no room.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from policies.plan.stack_file import named_secrets
from toolchain.stack_copy import secret_keys

ROOT = Path(__file__).resolve().parents[2]
ODD = {
    "a": {"passwordConfigKey": "one", "deep": [{"tokenConfigKey": "two"}, [{"configKey": "three"}]]},
    "ConfigKey": "not a name of ours",
    "configKeys": "nor this",
    "myconfigKey": "nor this",
    "numberConfigKey": 4,
    "listConfigKey": ["configKey"],
    "b": {"x_ConfigKey": {"innerConfigKey": "five"}},
}


@pytest.mark.parametrize(
    "config",
    [
        *(
            YAML(typ="safe").load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
            for stack in ("staging", "production")
        ),
        ODD,
    ],
    ids=["staging", "production", "odd"],
)
def test_the_toolchain_and_the_check_find_the_same_keys(config):
    assert secret_keys(config) == named_secrets(config) != set()
