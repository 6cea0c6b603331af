"""The generated pages: none stale, and complete by another way of counting."""

from __future__ import annotations

import json
import re

import pytest

from plumb.exits import EXITS
from plumb.reference import __main__ as reference
from plumb.reference.commands import commands
from policies.rules import registered
from toolchain.places import ROOT


def test_no_page_is_stale():
    assert reference.stale() == [], "run: python -m plumb.reference --write"


def test_writing_mends_what_is_stale_and_touches_nothing_else(tmp_path, capsys):
    assert sorted(reference.write(tmp_path)) == sorted(reference.pages())
    (tmp_path / "reference" / "settings.md").write_text("stale")
    (tmp_path / "adr" / "README.md").unlink()
    assert reference.write(tmp_path) == ["reference/settings.md", "adr/README.md"]
    assert reference.stale(tmp_path) == []
    assert reference.main(["--check"]) == 0
    assert reference.main([]) == 2
    assert "--write" in capsys.readouterr().err


def test_every_key_of_the_schema_is_on_the_page_of_settings():
    page = reference.pages()["reference/settings.md"]
    schema = json.loads((ROOT / "schemas" / "stack.schema.json").read_text())
    keys = set(schema["properties"]["config"]["properties"])
    for model in schema["$defs"].values():
        keys |= set(model["properties"])
    assert not {key for key in keys if f"| `{key}` |" not in page}


def test_every_control_of_every_rule_is_on_the_page_of_controls():
    page = reference.pages()["reference/controls.md"]
    for rule in registered():
        assert f"(../rules/{rule.id}.md)" in page
        for control in rule.controls:
            assert f"[{control.clause}]({control.source})" in page


@pytest.mark.parametrize("name", commands())
def test_every_option_of_a_command_is_on_the_page_and_so_are_its_exit_codes(name):
    page = reference.pages()["reference/commands.md"]
    section = re.split(r"^## ", page, flags=re.MULTILINE)
    [own] = [part for part in section if part.startswith(f"plumb {name}\n")]
    for parameter in commands()[name].params:
        shown = parameter.opts if parameter.param_type_name == "option" else [parameter.help]
        assert all(one in own for one in shown)
    assert name in EXITS, f"plumb/exits.py does not say what the exit codes of {name} mean"


def test_every_decision_is_in_the_list():
    page = reference.pages()["adr/README.md"]
    assert page.count("\n- [") == len(list((ROOT / "docs" / "adr").glob("0*.md")))
