"""The `plumb` command itself."""

import json
import shutil
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from plumb.app import app
from plumb.pulumi import PulumiError, run
from toolchain.places import ROOT


def test_the_schema_that_is_printed_is_the_one_in_the_repository():
    result = CliRunner().invoke(app, ["schema"])
    assert json.loads(result.output) == json.loads((ROOT / "schemas" / "stack.schema.json").read_text())


def test_the_schema_is_written_where_it_is_wanted(tmp_path):
    path = tmp_path / "schemas" / "stack.json"
    assert CliRunner().invoke(app, ["schema", "--output", str(path)]).exit_code == 0
    assert path.read_text() == CliRunner().invoke(app, ["schema"]).output


def test_bin_plumb_runs_from_any_folder(tmp_path):
    command = [str(ROOT / "bin" / "plumb"), "--help"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)  # noqa: S603 - ours
    assert "recover" in done.stdout


def test_what_a_command_imported_is_not_walked_once_more_as_it_ends():
    asked = (
        "import atexit, gc, sys; atexit.register(lambda: print(gc.get_freeze_count() > 0)); "
        "from plumb.__main__ import main; sys.argv[1:] = ['--help']; main()"
    )
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - ours
    assert done.stdout.endswith("True\n")


@pytest.mark.parametrize("chosen", [True, False])
def test_bin_plumb_finds_the_pulumi_that_set_up_chose_before_any_other(tmp_path, chosen):
    for path, text in (
        (tmp_path / ".venv" / "bin" / "python", "command -v pulumi"),
        (tmp_path / "chosen" / "pulumi", ""),
        (tmp_path / "old" / "pulumi", ""),
    ):
        path.parent.mkdir(parents=True)
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
    (tmp_path / "bin").mkdir()
    command = shutil.copy2(ROOT / "bin" / "plumb", tmp_path / "bin" / "plumb")
    if chosen:
        (tmp_path / ".cache").mkdir()
        (tmp_path / ".cache" / "pulumi-cli").write_text(f"{tmp_path / 'chosen'}\n")
    env = {"PATH": f"{tmp_path / 'old'}:/usr/bin:/bin"}
    done = subprocess.run([command], env=env, capture_output=True, text=True, check=True)  # noqa: S603 - ours
    assert done.stdout == f"{tmp_path / ('chosen' if chosen else 'old') / 'pulumi'}\n"


def test_a_pulumi_that_is_not_there_is_an_error_that_says_so(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PulumiError, match="make setup"):
        run("version")


def test_a_pulumi_command_that_fails_is_quoted_with_its_own_words(monkeypatch, tmp_path):
    fake = tmp_path / "pulumi"
    fake.write_text("#!/bin/sh\necho 'no such stack' >&2\nexit 255\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PulumiError) as refused:
        run("stack", "export")
    assert str(refused.value) == "`pulumi stack export` failed:\n  no such stack"
