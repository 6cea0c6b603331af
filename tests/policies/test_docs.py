"""The pages of the rules: one each, none stale, and an address for whoever wants to read one."""

from __future__ import annotations

import re

import pytest

from contracts import load
from policies import docs
from policies.rules import registered


def test_every_rule_has_its_page_and_no_page_is_left_over():
    assert docs.stale() == [], "run: python -m policies.docs --write"


@pytest.mark.parametrize("rule", registered(), ids=lambda rule: rule.id)
def test_a_page_says_what_the_rule_says(rule):
    page = docs.page(rule)
    assert rule.title in page
    assert rule.why[1:] in page
    assert rule.fix[1:] in page
    assert all(type_ in page for type_ in rule.types)
    assert all(control.clause in page and control.source in page for control in rule.controls)
    assert f"[{rule.id}]({rule.id}.md)" in (docs.FOLDER / docs.INDEX).read_text()


def test_writing_mends_what_is_stale_and_touches_nothing_else(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(docs, "FOLDER", tmp_path)
    assert docs.write(tmp_path) == sorted(docs.pages())
    assert docs.write(tmp_path) == []
    (tmp_path / "env-required.md").write_text("stale")
    (tmp_path / "gone.md").write_text("left over")
    (tmp_path / "redis-tls.md").unlink()
    assert docs.stale(tmp_path) == ["env-required.md", "gone.md", "redis-tls.md"]
    docs.write(tmp_path)
    assert docs.stale(tmp_path) == []
    assert not (tmp_path / "gone.md").exists()
    assert docs.main(["--check"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("environ", "address"),
    [
        ({}, (docs.FOLDER / "env-required.md").as_uri()),
        ({"PLUMB_DOCS": "https://docs.example/rules/"}, "https://docs.example/rules/env-required.md"),
        (
            {
                "GITHUB_WORKSPACE": str(docs.ROOT),
                "GITHUB_SERVER_URL": "https://github.example",
                "GITHUB_REPOSITORY": "netra/plumbline",
                "GITHUB_SHA": "abc",
            },
            "https://github.example/netra/plumbline/blob/abc/docs/rules/env-required.md",
        ),
        (
            {
                "CI_PROJECT_DIR": str(docs.ROOT),
                "CI_PROJECT_URL": "https://gitlab.example/netra/plumbline",
                "CI_COMMIT_SHA": "abc",
            },
            "https://gitlab.example/netra/plumbline/-/blob/abc/docs/rules/env-required.md",
        ),
        # A pipeline of somebody else's repository holds no page of ours.
        (
            {"GITHUB_WORKSPACE": "/elsewhere", "GITHUB_SERVER_URL": "https://github.example"},
            (docs.FOLDER / "env-required.md").as_uri(),
        ),
        ({"GITHUB_WORKSPACE": str(docs.ROOT)}, (docs.FOLDER / "env-required.md").as_uri()),
    ],
)
def test_a_page_has_an_address(environ, address):
    assert docs.address("env-required", environ) == address


def test_what_is_no_rule_has_no_address():
    assert docs.address("no-such-rule", {}) is None


def test_the_contracts_that_other_teams_are_shown_can_be_read(tmp_path):
    shown = (docs.ROOT / "docs" / "pack.md").read_text()
    files = re.findall(r"```yaml\n# contracts/(\S+)\n(.*?)```", shown, re.DOTALL)
    for name, text in files:
        (tmp_path / name).write_text(text)
    contracts = load(tmp_path)
    assert [name for name, _ in files] == [
        "environments.yaml", "web.yaml", "externals.yaml", "waivers.yaml",
    ]  # fmt: skip
    assert [secret.id for secret in contracts.outside("staging", "secret")] == ["session-key"]
    assert [waiver.break_glass for waiver in contracts.waivers] == [False, True]
    assert set(contracts.requirements("shop-staging", "web-staging").secrets) == {"SESSION_KEY"}
