"""The pages whose commands run the real engine: the README, the tutorial and others."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from tests.docs.book import Reader, blocks, copy, has_commands, needs_engine, pages
from tests.engine.world import STAGING, World
from toolchain.places import ROOT

TUTORIAL = "docs/tutorial.md"
FOLLOWED = [page for page in pages() if has_commands(page) and needs_engine(page) and page != TUTORIAL]


@pytest.mark.parametrize("page", FOLLOWED)
def test_every_command_of_a_page_prints_what_the_page_says(page, tmp_path):
    Reader(copy(tmp_path / "plumbline")).follow(page)


def test_a_newcomer_follows_the_tutorial_word_for_word_from_a_clean_clone(tmp_path):
    """The address that the page clones from is this repository, with what git would commit now."""
    origin = _committed(tmp_path / "origin")
    reader = Reader(
        tmp_path,
        {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.{origin}.insteadOf",
            "GIT_CONFIG_VALUE_0": "git@github.com:YOUR-ORGANISATION/plumbline.git",
        },
    )
    reader.follow(TUTORIAL)
    assert reader.folder.name == "plumbline"


def _committed(folder):
    """A repository with what git would commit here now."""
    git = shutil.which("git")
    listed = subprocess.run(  # noqa: S603 - our own command
        [git, "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    own = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"]
    for words in (
        ["init", "--quiet"],
        ["add", "--all"],
        [*own, "commit", "--quiet", "--message", "as it is"],
    ):
        subprocess.run([git, *words], cwd=folder, check=True)  # noqa: S603 - our own command
    return folder


def test_the_wrong_value_of_the_readme_is_refused_in_the_words_of_the_readme(world: World):
    [printed] = [block.text for block in blocks("README.md") if block.language == "text"]
    connector = STAGING.read_text().partition("maxInstances: 10")
    world.stack_file = world.folder / "Pulumi.staging.yaml"
    world.stack_file.write_text(connector[0] + "maxInstances: 100" + connector[2])
    ran = world.pulumi("preview")
    assert ran.code != 0
    assert printed in ran.text
    assert "Traceback" not in ran.text
