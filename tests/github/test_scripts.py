"""The scripts that the workflows run, and the pre-commit hook: run as they are, with real exit codes."""

import json
import os
import re
import shutil
import subprocess

import pytest
from ruamel.yaml import YAML

from toolchain.places import ROOT

PROGRAM = "examples/incident/03-cache-network"


def run(*command, cwd=ROOT, **environ):
    env = {**os.environ, **environ}
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)  # noqa: S603 - ours


@pytest.fixture
def checkout(tmp_path):
    """A folder with the scripts, and stand-ins for `plumb` and `pulumi` that do as they are told."""

    def make(name, plumb, pulumi="true"):
        folder = tmp_path / name
        (folder / "bin").mkdir(parents=True)
        (folder / "tools").mkdir()
        shutil.copytree(ROOT / ".github", folder / ".github")
        (folder / "toolchain").symlink_to(ROOT / "toolchain")
        for path, text in ((folder / "bin" / "plumb", plumb), (folder / "tools" / "pulumi", pulumi)):
            path.write_text(f"#!/bin/bash\n{text}\n")
            path.chmod(0o755)
        return folder

    return make


# Writes its arguments into each file that --output names, unless it cannot judge.
PLUMB = """
outs=()
for word; do if [[ $last == --output ]]; then outs+=("$word"); fi; last=$word; done
if [[ $CODE == 2 ]]; then echo "plumb check: bin/plumb:3: the program stopped: KeyError: x" >&2; exit 2; fi
for out in "${outs[@]}"; do echo "$PWD: $*" >"$out"; done
echo "1 rule was not judged" >&2
exit $CODE
"""


@pytest.mark.parametrize("code", [0, 1])
def test_a_stack_is_judged_in_every_format_against_the_base(checkout, tmp_path, code):
    head, base = checkout("head", PLUMB), checkout("base", PLUMB)
    ran = run(".github/check", ".", "staging", tmp_path / "out", cwd=head, BASE=str(base), CODE=str(code))
    assert ran.returncode == code, ran.stderr
    written = {path.name: path.read_text() for path in (tmp_path / "out").iterdir()}
    assert written.keys() == {"base.json", "report.sarif", "report.md", "report.html", "report.txt"}
    assert written["base.json"].startswith(f"{base}: check . --stack staging --format json")
    against = f"--base {tmp_path}/out/base.json"
    assert written["report.md"].startswith(f"{head}: check . --stack staging {against} --format sarif")
    assert all(f"--format {one} --output" in written["report.md"] for one in ("markdown", "html", "text"))
    assert written["report.txt"] in ran.stdout


def test_what_could_not_be_judged_ends_with_2_and_leaves_what_was_said_instead_of_a_report(
    checkout, tmp_path
):
    ran = run(".github/check", ".", "staging", tmp_path / "out", cwd=checkout("head", PLUMB), CODE="2")
    assert ran.returncode == 2
    [left] = (tmp_path / "out").iterdir()
    assert (left.name, left.read_text()) == ("error.txt", ran.stderr)
    assert "the program stopped: KeyError: x" in ran.stderr
    # As an error of the job too: a fork's pull request shows nothing else.
    assert ran.stdout.startswith("::error ")
    assert "the program stopped: KeyError: x" in ran.stdout


def test_a_wrong_setting_of_the_real_program_is_told_on_its_line(tmp_path):
    clone = tmp_path / "clone"
    ignored = shutil.ignore_patterns(
        ".git", ".venv", ".cache", ".sandbox", "site", "tests", "examples", "__pycache__"
    )
    shutil.copytree(ROOT, clone, ignore=ignored, symlinks=True)
    (clone / ".venv").symlink_to(ROOT / ".venv")
    file = clone / "bootstrap" / "Pulumi.staging.yaml"
    text = file.read_text()
    assert "versionsKept: 100" in text
    file.write_text(text.replace("versionsKept: 100", "versionsKept: 1"))
    line = text[: text.index("versionsKept")].count("\n") + 1
    ran = run(".github/check", "bootstrap", "staging", tmp_path / "out", cwd=clone)
    assert ran.returncode == 2
    title = "title=bootstrap-staging could not be judged"
    assert f"::error file=bootstrap/Pulumi.staging.yaml,line={line},{title}::" in ran.stdout
    assert "fix: versionsKept: 10" in ran.stdout


def test_a_base_that_lacks_the_program_is_not_compared_with(checkout, tmp_path):
    base = checkout("base", PLUMB)
    ran = run(
        ".github/check",
        "new",
        "staging",
        tmp_path / "out",
        cwd=checkout("head", PLUMB),
        BASE=str(base),
        CODE="0",
    )
    assert ran.returncode == 0
    assert "--base" not in (tmp_path / "out" / "report.md").read_text()


# The policies' engine: `stack export --file F` writes a state, `policy analyze` ends as told.
PULUMI = """
case "$1" in
stack) echo '{}' >"${@: -1}"; exit $EXPORT ;;
policy) echo "analyzed"; exit $ANALYZE ;;
esac
"""


@pytest.mark.parametrize(
    ("codes", "result"),
    [
        ({"CODE": "0", "EXPORT": "0", "ANALYZE": "0"}, {"drift": 0, "policies": 0}),
        ({"CODE": "1", "EXPORT": "0", "ANALYZE": "0"}, {"drift": 1, "policies": 0}),
        ({"CODE": "2", "EXPORT": "0", "ANALYZE": "255"}, {"drift": 2, "policies": 255}),
        ({"CODE": "0", "EXPORT": "9", "ANALYZE": "0"}, {"drift": 0, "policies": 9}),
    ],
)
def test_a_nights_look_leaves_both_exit_codes_and_no_state(checkout, tmp_path, codes, result):
    head = checkout("head", PLUMB, PULUMI)
    path = f"{head / 'tools'}:{os.environ['PATH']}"
    ran = run(".github/look", "staging", tmp_path / "out", cwd=head, PATH=path, **codes)
    assert ran.returncode == 0, ran.stderr
    assert json.loads((tmp_path / "out" / "result.json").read_text()) == result
    assert not (tmp_path / "out" / "state.json").exists()


def test_a_nights_look_takes_the_pulumi_that_set_up_chose_before_any_other(checkout, tmp_path):
    head = checkout("head", PLUMB, PULUMI)
    (head / ".cache").mkdir()
    (head / ".cache" / "pulumi-cli").write_text(f"{head / 'tools'}\n")
    old = tmp_path / "old" / "pulumi"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\nexit 77\n")
    old.chmod(0o755)
    codes = {"CODE": "0", "EXPORT": "0", "ANALYZE": "0"}
    path = f"{old.parent}:{os.environ['PATH']}"
    ran = run(".github/look", "staging", tmp_path / "out", cwd=head, PATH=path, **codes)
    assert json.loads((tmp_path / "out" / "result.json").read_text()) == {"drift": 0, "policies": 0}, (
        ran.stderr
    )


def test_another_repositorys_program_is_judged_from_inside_it(tmp_path):
    program = tmp_path / "program"
    shutil.copytree(ROOT / PROGRAM, program / "infrastructure")
    shutil.copytree(ROOT / "examples" / "incident" / "common", tmp_path / "common")
    shutil.copytree(
        ROOT / "contracts", program / "ours", ignore=shutil.ignore_patterns("*.py", "__pycache__")
    )
    ran = run(
        ROOT / ".github" / "check-program",
        cwd=program,
        PROGRAM="infrastructure",
        STACK="staging",
        CONTRACTS="ours",
        PYTHONPATH=str(tmp_path / "common"),
    )
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "route-cache" in ran.stdout
    sarif = json.loads((program / "plumbline.sarif").read_text())
    assert "route-cache" in {result["ruleId"] for result in sarif["runs"][0]["results"]}


def test_the_hook_refuses_and_passes_as_plumb_check_does():
    [hook] = YAML(typ="safe").load((ROOT / ".pre-commit-hooks.yaml").read_text())
    entry = ROOT / hook["entry"]
    refused = run(entry, "--stack", "staging", cwd=ROOT / PROGRAM)
    assert refused.returncode == 1, refused.stderr
    assert "route-cache" in refused.stdout
    passed = run(entry, "--stack", "staging", cwd=ROOT / "examples" / "incident" / "clean")
    assert passed.returncode == 0, passed.stdout + passed.stderr


def test_the_hook_runs_for_what_decides_a_stack_and_not_for_a_text():
    [hook] = YAML(typ="safe").load((ROOT / ".pre-commit-hooks.yaml").read_text())
    runs = re.compile(hook["files"]).search
    for name in ("Pulumi.yaml", "infra/Pulumi.staging.yaml", "__main__.py", "contracts/backend.yaml"):
        assert runs(name), name
    for name in ("README.md", "docs/contracts.md", "app/main.go"):
        assert not runs(name), name
