"""Which stacks a change touches, and where they are."""

import json
import shutil
import subprocess

import pytest

from toolchain.github.place import place
from toolchain.github.stacks import IN_NO_PROGRAM, PROJECTS, touched
from toolchain.places import ROOT, ToolchainError

PLATFORM = {"staging", "production"}
BOOTSTRAP = {"bootstrap-staging", "bootstrap-production"}


def names(*changed):
    return {each["name"] for each in touched(changed)}


@pytest.mark.parametrize(
    ("changed", "stacks"),
    [
        ("Pulumi.staging.yaml", {"staging"}),
        ("bootstrap/Pulumi.production.yaml", {"bootstrap-production"}),
        ("components/cache.py", PLATFORM),
        ("__main__.py", PLATFORM),
        ("contracts/backend.yaml", PLATFORM | BOOTSTRAP),
        ("policies/rules/routes.py", PLATFORM | BOOTSTRAP),
        ("requirements.lock", PLATFORM | BOOTSTRAP),
        ("bootstrap/identities.py", BOOTSTRAP),
        *((gate, PLATFORM | BOOTSTRAP) for gate in ("plumb/check.py", "bin/plumb", "toolchain/places.py")),
        *((gate, PLATFORM | BOOTSTRAP) for gate in (".github/check", "catalog/apis.py", "Makefile")),
        ("examples/raw/Pulumi.staging.yaml", set()),
        ("docs/pack.md", set()),
        ("tests/engine/test_life.py", set()),
        ("a-room-that-nobody-knows/x.py", PLATFORM | BOOTSTRAP),
        ("Pulumi.gone.yaml", set()),
        ("", set()),
    ],
)
def test_a_file_touches_the_stacks_whose_programs_it_is_part_of(changed, stacks):
    assert names(changed) == stacks


def test_several_files_touch_each_stack_once_in_order():
    found = touched(["Pulumi.staging.yaml\n", "components/cache.py\n"])
    assert found == [
        {"name": "production", "project": ".", "stack": "production"},
        {"name": "staging", "project": ".", "stack": "staging"},
    ]


def test_on_main_every_stack_is_taken(job):
    done = job("stacks", "--all")
    assert done.stdout.startswith("stacks=[")
    told = {each["name"] for each in json.loads(done.stdout.removeprefix("stacks="))}
    assert told == PLATFORM | BOOTSTRAP


def test_every_tracked_file_is_known_to_be_in_a_program_or_in_none():
    command = [shutil.which("git"), "ls-files"]
    tracked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()  # noqa: S603 - ours
    parts = {part for project in PROJECTS.values() for part in project} | set(IN_NO_PROGRAM)

    def known(name):
        return any(name.startswith(part) if part.endswith("/") else name == part for part in parts)

    unknown = [name for name in tracked if not known(name) and not name.startswith("Pulumi.")]
    assert unknown == []


def test_every_stack_has_its_place():
    for each in touched(["requirements.lock"]):
        assert place(each["stack"]).keys() == {"backend", "provider", "preview", "drift", "deploy"}


@pytest.mark.parametrize("text", ["", "{}", '{"staging": {"backendUrl": "x"}}', '{"staging": 7}'])
def test_a_place_that_is_not_written_down_is_told_with_what_to_do(tmp_path, text):
    file = tmp_path / "pipeline.json"
    file.write_text(text)
    with pytest.raises(ToolchainError, match="pulumi stack output --json --stack staging"):
        place("staging", file)


def test_the_places_are_what_the_bootstrap_program_gives_out():
    everything = json.loads((ROOT / ".github" / "pipeline.json").read_text())
    for stack, of in everything.items():
        text = (ROOT / "bootstrap" / f"Pulumi.{stack}.yaml").read_text()
        assert of["backendUrl"].removeprefix("gs://") in text
        assert all(
            email.endswith(f"@netra-{stack}.iam.gserviceaccount.com") for email in of["accounts"].values()
        )
