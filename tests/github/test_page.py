"""docs/github.md: what it tells people to paste fits what is here."""

import re
import shutil
import subprocess

from ruamel.yaml import YAML

from bootstrap.settings import BootstrapSettings, read
from tests.bootstrap.conftest import CONFIG
from toolchain.places import ROOT

PAGE = (ROOT / "docs" / "github.md").read_text()
FENCED = r"^( *)```{}(?: title=\"[^\"]*\")?\n(.*?)^ *```$"
BLOCKS = {kind: re.findall(FENCED.format(kind), PAGE, re.MULTILINE | re.DOTALL) for kind in ("shell", "yaml")}


def yaml(key):
    [text] = [
        re.sub(f"^{indent}", "", text, flags=re.MULTILINE) for indent, text in BLOCKS["yaml"] if key in text
    ]
    return YAML(typ="safe").load(text), text


def test_another_repository_needs_five_lines_that_fit_the_workflow():
    given, text = yaml("policy-check.yml")
    assert len(text.splitlines()) == 5
    [call] = given["jobs"].values()
    workflow = YAML(typ="safe").load((ROOT / ".github" / "workflows" / "policy-check.yml").read_text())
    inputs = workflow["on"]["workflow_call"]["inputs"]
    assert call["with"].keys() <= inputs.keys()
    assert {name for name, one in inputs.items() if one["required"]} <= call["with"].keys()
    assert call["permissions"] == workflow["jobs"]["check"]["permissions"]
    assert call["uses"].startswith(f"{inputs['repository']['default']}/.github/workflows/policy-check.yml@")


def test_the_hook_is_named_as_it_is():
    given, _ = yaml("repos:")
    [hook] = YAML(typ="safe").load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert given["repos"][0]["hooks"][0]["id"] == hook["id"]


def test_the_break_glass_of_the_page_is_right():
    given, _ = yaml("breakGlass")
    assert isinstance(read({**CONFIG, **given}), BootstrapSettings)


def test_the_local_hook_is_written_and_runs_the_check(tmp_path):
    subprocess.run([shutil.which("git"), "init", "--quiet", tmp_path], check=True)  # noqa: S603 - git
    [command] = [text for _, text in BLOCKS["shell"] if ".git/hooks" in text]
    subprocess.run(["/bin/sh", "-c", command], cwd=tmp_path, check=True)  # noqa: S603 - the page's own command
    hook = tmp_path / ".git" / "hooks" / "pre-commit"
    (tmp_path / "bin").mkdir()
    told = tmp_path / "bin" / "plumb-hook"
    told.write_text("#!/bin/sh\necho called with $*\n")
    told.chmod(0o755)
    done = subprocess.run([hook], cwd=tmp_path, capture_output=True, text=True, check=True)  # noqa: S603 - as written
    assert done.stdout == "called with --stack staging\n"


def test_every_workflow_is_on_the_page():
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        assert path.name in PAGE or path.name == "deploy-stack.yml"
