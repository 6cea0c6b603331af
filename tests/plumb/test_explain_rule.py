"""`plumb rules` and `plumb explain RULE`."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from plumb.app import app
from policies.rules import registered


def run(*arguments: str):
    return CliRunner().invoke(app, arguments)


@pytest.mark.parametrize("rule", registered(), ids=lambda rule: rule.id)
def test_a_page_is_shown_with_why_and_fix(rule):
    shown = run("explain", rule.id)
    assert shown.exit_code == 0
    words = " ".join(shown.output.split())
    for said in (rule.id, rule.title, str(rule.severity), "Why", "Fix"):
        assert said in words
    assert max(map(len, shown.output.splitlines())) <= 100


def test_an_unknown_rule_ends_with_those_that_were_probably_meant(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where there is no program whose service it could be
    wrong = run("explain", "redis-aut")
    assert wrong.exit_code == 1
    assert "did you mean redis-auth" in wrong.output
    assert "redis-tls" in run("explain", "redis").output
    assert "`plumb rules` lists all" in run("explain", "zzz").output


def test_rules_are_listed_one_a_line_with_their_severity():
    lines = run("rules").output.splitlines()
    assert [line.split()[:2] for line in lines] == [[rule.id, str(rule.severity)] for rule in registered()]
    assert all(line.endswith(rule.title) for line, rule in zip(lines, registered(), strict=True))


def test_the_rules_that_refute_early_are_listed_alone():
    lines = run("rules", "--early").output.splitlines()
    assert [line.split()[0] for line in lines] == [rule.id for rule in registered() if rule.refutes_early]
