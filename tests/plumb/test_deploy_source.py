"""What a deploy is made from: the same for the same file and commit, whatever images the deploy wrote."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from plumb.deploy.source import Source

if TYPE_CHECKING:
    from pathlib import Path

FILE = """config:
  plumbline:rollout: {pauseSeconds: 60}
  plumbline:services:
    backend: {image: "i@sha256:1", cpu: 1}  # a comment
    auth: {image: "j@sha256:1"}
"""


def digest(folder: Path, text: str, *services: str) -> str | None:
    (folder / "Pulumi.yaml").write_text("name: plumbline\n")
    (folder / "Pulumi.staging.yaml").write_text(text)
    return Source(folder / "Pulumi.staging.yaml", folder).facts(services).get("stackFile")


def test_an_image_that_the_deploy_wrote_changes_nothing(tmp_path: Path) -> None:
    other = FILE.replace("i@sha256:1", "i@sha256:2")
    assert digest(tmp_path, FILE, "backend") == digest(tmp_path, other, "backend")
    assert digest(tmp_path, FILE) != digest(tmp_path, other)
    assert digest(tmp_path, FILE, "auth") != digest(tmp_path, other, "auth")


def test_how_it_is_written_and_how_traffic_moves_change_nothing(tmp_path: Path) -> None:
    other = FILE.replace("  # a comment", "").replace("pauseSeconds: 60", "pauseSeconds: 0")
    assert digest(tmp_path, FILE) == digest(tmp_path, "encryptionsalt: v1:x\n" + other)


def test_a_setting_changes_it(tmp_path: Path) -> None:
    assert digest(tmp_path, FILE) != digest(tmp_path, FILE.replace("cpu: 1", "cpu: 2"))


def test_what_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    for text in ("config: [", "config: [1]", "- config", "config: \x00", ""):
        assert digest(tmp_path, text) is None
    assert not Source(tmp_path / "nowhere.yaml", tmp_path).facts(())


def test_the_commit_is_told(tmp_path: Path) -> None:
    digest(tmp_path, FILE)
    git = ("git", "-c", "user.name=a", "-c", "user.email=a@example.com")
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"]):
        subprocess.run([*git, *command], cwd=tmp_path, check=True)  # noqa: S603 - our own command
    assert len(Source(tmp_path / "Pulumi.staging.yaml", tmp_path).facts(())["commit"]) == 40
