"""What must hold of every workflow, whatever its linters think."""

import re
import subprocess

import pytest
from ruamel.yaml import YAML

from toolchain import workflows
from toolchain.github.stacks import GATE
from toolchain.places import PULUMI_VERSION, ROOT, VENV, ToolchainError

FOLDER = ROOT / ".github" / "workflows"
FILES = sorted(FOLDER.glob("*.yml"))
# Read in the actions' own repositories, at the tag beside it.
PINNED = {
    "pulumi/actions": ("8e5e406f4007fca908480587cb9893c07090f58d", "v7.0.0"),
    "actions/checkout": ("3d3c42e5aac5ba805825da76410c181273ba90b1", "v7.0.1"),
    "actions/setup-python": ("5fda3b95a4ea91299a34e894583c3862153e4b97", "v7.0.0"),
    "google-github-actions/auth": ("7c6bc770dae815cd3e89ee6cdf493a5fab2cc093", "v3.0.0"),
    "google-github-actions/setup-gcloud": ("aa5489c8933f4cc7a4f7d45035b3b1440c9c10db", "v3.0.1"),
    "github/codeql-action/upload-sarif": ("8aad20d150bbac5944a9f9d289da16a4b0d87c1e", "v4.36.2"),
    "actions/upload-artifact": ("bbbca2ddaa5d8feaa63e36b76fdaad77386f024f", "v7.0.0"),
}
WRITES = {
    ("deploy-stack.yml", "deploy"): {"id-token"},
    ("deploy.yml", "production"): {"id-token"},
    ("deploy.yml", "staging"): {"id-token"},
    ("nightly.yml", "issue"): {"issues"},
    ("nightly.yml", "look"): {"id-token"},
    ("policy-check.yml", "check"): {"security-events"},
    ("pull-request.yml", "preview"): {"id-token"},
    ("pull-request.yml", "publish"): {"pull-requests", "security-events"},
}


def read(path):
    return YAML(typ="safe").load(path.read_text())


def jobs():
    return [(path.name, name, job) for path in FILES for name, job in read(path)["jobs"].items()]


def steps():
    return [(file, name, step) for file, name, job in jobs() for step in job.get("steps", ())]


def test_every_action_is_pinned_by_its_commit_with_its_tag_beside_it():
    found = [line for path in FILES for line in path.read_text().splitlines() if "uses:" in line]
    assert len(found) > 20
    for line in found:
        action = re.search(r"uses: (\S+)", line)[1]
        if action.startswith("./"):
            assert (ROOT / action).exists()
            continue
        name, commit, tag = re.fullmatch(r".*uses: ([\w./-]+)@([0-9a-f]{40}) # (v[\d.]+)", line).groups()
        assert PINNED[name] == (commit, tag)


def test_nothing_is_permitted_but_by_a_job_and_to_write_only_what_is_listed():
    for path in FILES:
        assert read(path)["permissions"] == {}, path.name
    writes = {
        (file, name): {scope for scope, access in job["permissions"].items() if access == "write"}
        for file, name, job in jobs()
    }
    assert {key: scopes for key, scopes in writes.items() if scopes} == WRITES


def test_every_job_that_runs_has_an_end():
    for file, name, job in jobs():
        assert ("uses" in job) or 0 < job["timeout-minutes"] <= 120, f"{file}: {name}"


def test_no_expression_is_written_into_a_script():
    for file, name, step in steps():
        assert "${{" not in step.get("run", ""), f"{file}: {name}"


def test_no_checkout_leaves_its_token_behind():
    for file, name, step in steps():
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False, f"{file}: {name}"


def test_no_workflow_runs_a_forks_code_with_our_rights_nor_holds_a_stored_secret():
    for path in FILES:
        on = read(path)["on"]
        assert not {"pull_request_target", "workflow_run", "issue_comment"} & set(on), path.name
        assert "secrets." not in path.read_text()
        assert "secrets: inherit" not in path.read_text()


def test_a_job_of_a_pull_request_that_may_write_or_is_believed_by_google_is_for_our_own_branches():
    for file, name, job in jobs():
        if file == "pull-request.yml" and "write" in job["permissions"].values():
            assert "github.event.pull_request.head.repo.full_name == github.repository" in job["if"], name


def test_the_job_that_may_write_runs_the_base_branchs_code():
    [checkout] = [step for step in publish() if "checkout" in step.get("uses", "")]
    assert checkout["with"]["ref"] == "${{ github.event.pull_request.base.sha }}"
    ran = [step for step in publish() if "python3" in step.get("run", "")]
    assert [step["working-directory"] for step in ran] == [checkout["with"]["path"]]


def test_findings_are_filed_under_the_merge_commit_though_the_base_is_checked_out():
    """upload-sarif asks git for HEAD in checkout_path, and takes `sha` where that is no repository."""
    [checkout] = [step["with"] for step in publish() if "checkout" in step.get("uses", "")]
    [upload] = [step["with"] for step in publish() if "upload-sarif" in step.get("uses", "")]
    assert checkout["path"] == "base"
    assert "checkout_path" not in upload  # the workspace, which holds only folders
    assert not upload["sarif_file"].startswith(checkout["path"])
    assert upload["ref"] == "${{ github.ref }}"
    assert upload["sha"] == "${{ github.sha }}"


def test_the_comment_is_told_what_was_to_be_checked_and_how_the_jobs_ended():
    [comment] = [step for step in publish() if "toolchain.github.comment" in step.get("run", "")]
    given = comment["env"]
    assert given["STACKS"] == "${{ needs.stacks.outputs.stacks }}"
    assert given["STACKS_RESULT"] == "${{ needs.stacks.result }}"
    assert given["CHECK_RESULT"] == "${{ needs.check.result }}"


def test_what_a_pull_request_is_compared_with_is_filed_on_main_by_the_same_job():
    """Code scanning compares what one workflow and job filed; of main no deploy or test files any."""
    assert read(FOLDER / "pull-request.yml")["on"]["push"] == {"branches": ["main"]}
    uploading = {(file, name) for file, name, step in steps() if "upload-sarif" in step.get("uses", "")}
    assert uploading == {("pull-request.yml", "publish"), ("policy-check.yml", "check")}
    for file, name, job in jobs():
        if (file, name) == ("pull-request.yml", "publish"):
            assert "github.event_name == 'push' ||" in job["if"]
    for step in publish():
        of_a_pull_request = "github.event.pull_request" in str(step)
        assert not of_a_pull_request or step["if"] == "github.event_name == 'pull_request'"


def test_where_code_scanning_is_not_switched_on_a_notice_says_so_and_nothing_fails():
    for each in {(file, name) for file, name, step in steps() if "upload-sarif" in step.get("uses", "")}:
        mine = [step for file, name, step in steps() if (file, name) == each]
        [at] = [index for index, step in enumerate(mine) if "upload-sarif" in step.get("uses", "")]
        assert mine[at]["continue-on-error"] is True
        assert mine[at + 1]["if"] == f"steps.{mine[at]['id']}.outcome == 'failure'"
        assert mine[at + 1]["run"].startswith('echo "::notice')


def test_who_files_findings_may_do_so_in_a_private_repository_too():
    """upload-sarif's own page: actions: read and contents: read are needed there."""
    for file, name, step in steps():
        if "upload-sarif" in step.get("uses", ""):
            permissions = read(FOLDER / file)["jobs"][name]["permissions"]
            needed = {"actions": "read", "contents": "read", "security-events": "write"}
            assert needed.items() <= permissions.items(), f"{file}: {name}"


SOME = '[{"name": "staging"}]'
FINE = {"STACKS": "success", "CHECK": "success", "PUBLISH": "success", "PREVIEW": "success"}
NONE = {"TOUCHED": "[]", "CHECK": "skipped", "PREVIEW": "skipped"}
FORK = {"OURS": "false", "PUBLISH": "skipped", "PREVIEW": "skipped"}


@pytest.mark.parametrize(
    ("changes", "passes"),
    [
        ({}, True),
        (NONE, True),
        (FORK, True),
        ({**FORK, **NONE}, True),
        ({"EVENT": "push", "PREVIEW": "skipped"}, True),
        ({"CHECK": "skipped"}, False),
        ({"PREVIEW": "skipped"}, False),
        ({"PUBLISH": "skipped"}, False),
        ({**FORK, "CHECK": "skipped"}, False),
        ({**FORK, "CHECK": "failure"}, False),
        ({"STACKS": "failure", "TOUCHED": "", "CHECK": "skipped", "PREVIEW": "skipped"}, False),
        ({**NONE, "STACKS": "cancelled"}, False),
        *(({job: how}, False) for job in FINE for how in ("failure", "cancelled")),
    ],
)
def test_the_verdict_is_every_jobs_and_a_job_may_be_skipped_only_where_it_has_nothing_to_do(changes, passes):
    verdict = read(FOLDER / "pull-request.yml")["jobs"]["verdict"]
    [step] = verdict["steps"]
    given = {"TOUCHED": SOME, "OURS": "true", "EVENT": "pull_request", **FINE, **changes}
    assert given.keys() == step["env"].keys()
    script = ["/bin/bash", "-e", "-c", step["run"]]
    done = subprocess.run(script, env=given, capture_output=True, text=True, check=False)  # noqa: S603 - as written
    assert (done.returncode == 0) is passes, done.stdout
    assert ("::error::" in done.stdout) is not passes


def test_the_verdict_waits_for_every_job_and_is_never_skipped():
    every = read(FOLDER / "pull-request.yml")["jobs"]
    assert {*every["verdict"]["needs"], "verdict"} == every.keys()
    assert every["verdict"]["if"] == "always()"


def test_the_page_asks_for_the_checks_that_there_are():
    names = {job["name"] for file, _, job in jobs() if file in ("pull-request.yml", "ci.yml")}
    page = (ROOT / "docs" / "github.md").read_text()
    for check in ("Plumbline verdict", "make test"):
        assert check in names
        assert f"`{check}`" in page


def publish():
    return [step for file, name, step in steps() if (file, name) == ("pull-request.yml", "publish")]


def test_only_a_job_in_an_environment_deploys():
    deploying = [(file, name) for file, name, step in steps() if "place.outputs.deploy" in str(step)]
    assert deploying == [("deploy-stack.yml", "deploy")]
    assert read(FOLDER / "deploy-stack.yml")["jobs"]["deploy"]["environment"] == "${{ inputs.stack }}"


def test_production_that_waits_for_its_reviewers_holds_no_deploy_of_staging_back():
    assert "concurrency" not in read(FOLDER / "deploy.yml")
    held = read(FOLDER / "deploy-stack.yml")["jobs"]["deploy"]["concurrency"]
    assert held == {"group": "deploy-${{ inputs.stack }}", "cancel-in-progress": False}


def test_what_is_in_no_deploy_deploys_nothing():
    ignored = set(read(FOLDER / "deploy.yml")["on"]["push"]["paths-ignore"])
    assert {"bootstrap/**", ".github/**", "docs/**", "tests/**", "**.md"} <= ignored
    assert not ignored & {f"{part}**" for part in ("components/", "contracts/", "policies/", "plumb/")}


def test_the_preview_is_made_by_the_engine_that_everything_else_is_made_with_and_by_the_policies():
    [preview] = [step["with"] for _, _, step in steps() if "pulumi/actions" in step.get("uses", "")]
    assert preview["pulumi-version"] == PULUMI_VERSION
    assert preview["policyPacks"].endswith("policies/run")


def test_the_linters_have_nothing_to_say():
    assert workflows.main() == 0


BAD = """
on: pull_request_target
jobs:
  a:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4
        with: {ref: "${{ github.event.pull_request.head.sha }}"}
      - run: echo ${{ github.event.pull_request.title }}
      - run: echo ${{ nonsense.of.mine }}
"""


def ran(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - the linters


def test_the_linters_do_see_a_bad_workflow(tmp_path):
    bad = tmp_path / "bad.yml"
    bad.write_text(BAD)
    zizmor = ran(VENV / "bin" / "zizmor", "--offline", bad)
    assert zizmor.returncode != 0
    assert "template-injection" in zizmor.stdout
    assert "dangerous-triggers" in zizmor.stdout
    actionlint = workflows.had({})
    if actionlint is None:
        pytest.skip("there is no actionlint, and no Go to build it with")
    said = ran(actionlint, bad)
    assert said.returncode != 0
    assert "nonsense" in said.stdout


def test_without_go_one_line_says_so_and_only_continuous_integration_insists(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLUMB_CACHE", str(tmp_path / "cache"))
    assert workflows.had({}) is None
    with pytest.raises(ToolchainError, match=r"go\.dev"):
        workflows.had({"CI": "true"})


def test_contracts_policies_the_gate_and_who_may_deploy_have_an_owner():
    lines = (ROOT / ".github" / "CODEOWNERS").read_text().splitlines()
    owned = {line.split()[0] for line in lines if line[:1] == "/"}
    assert {f"/{part}" for part in GATE} <= owned
    assert {"/bootstrap/", "/.ci/", "/Pulumi.yaml"} <= owned
    for path in owned:
        part = ROOT / path.strip("/")
        assert part.is_dir() if path.endswith("/") else part.is_file(), path
