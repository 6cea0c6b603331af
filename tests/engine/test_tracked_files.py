"""Commands that write a stack's file write the sandbox's copy, with the real CLI."""

import pytest

STACK_FILE = "# a comment\nconfig:\n  p:kept: 1\n"


@pytest.fixture(scope="module")
def project(shared):
    folder = shared.folder / "project"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: p\nruntime: python\n")
    (folder / "Pulumi.staging.yaml").write_text(STACK_FILE)
    return folder


@pytest.fixture(autouse=True)
def _the_projects_files_stay_as_they_are(project):
    yield
    assert (project / "Pulumi.staging.yaml").read_text() == STACK_FILE
    assert sorted(each.name for each in project.iterdir()) == ["Pulumi.staging.yaml", "Pulumi.yaml"]


def pulumi(shared, project, *words):
    return shared.run("pulumi", *words, cwd=project)


def test_a_value_that_is_set_is_seen_by_the_next_command(shared, project):
    pulumi(shared, project, "config", "set", "added", "2").must()
    assert pulumi(shared, project, "config", "get", "added").must().text == "2\n"
    assert pulumi(shared, project, "config", "get", "kept").must().text == "1\n"


def test_a_secret_that_is_set_is_encrypted_in_the_copy_too(shared, project):
    pulumi(shared, project, "config", "set", "--secret", "word", "hunter2").must()
    assert pulumi(shared, project, "config", "get", "word").must().text == "hunter2\n"
    assert "hunter2" not in (shared.state / "p" / "Pulumi.staging.yaml").read_text()


def test_a_stack_without_a_file_can_be_made_renamed_and_removed(shared, project):
    assert pulumi(shared, project, "stack", "init", "other").must().text == "Created stack 'other'\n"
    assert "already exists" in pulumi(shared, project, "stack", "init", "other").text
    pulumi(shared, project, "stack", "rename", "--stack", "other", "another").must()
    assert "another" in pulumi(shared, project, "stack", "ls").must().text
    pulumi(shared, project, "stack", "rm", "--yes", "--stack", "another").must()
    assert "another" not in pulumi(shared, project, "stack", "ls").must().text


def test_removing_a_stack_leaves_its_tracked_file_and_it_can_be_made_again(shared, project):
    pulumi(shared, project, "stack", "rm", "--yes", "--stack", "staging").must()
    assert pulumi(shared, project, "config", "get", "kept").must().text == "1\n"


def test_the_passphrase_stays_the_sandboxs_own(shared, project):
    ran = pulumi(shared, project, "stack", "change-secrets-provider", "passphrase")
    assert ran.code == 1
    assert "passphrase of its own" in ran.text
