"""The README's commands, typed as written, print what it says they print.

In a `console` block a line that begins with `$` is a command and what follows is its output; `…` stands for
anything, alone on a line for any number of lines.
"""

import os
import re
import subprocess

import pytest

from tests.engine.world import STAGING, World
from toolchain.places import ROOT

README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def commands():
    """Every command of the console blocks, in their order, with the output that is printed below it."""
    for kind, text in BLOCKS:
        if kind == "console":
            for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
                command, _, printed = part.partition("\n")
                yield command, printed


def pattern(printed):
    """The expected output as a regular expression."""
    lines = [
        r"(?:.*\n)*?" if line == "…" else ".*".join(map(re.escape, line.rstrip().split("…"))) + r"[ ]*\n"
        for line in printed.splitlines()
    ]
    return re.compile("".join(lines))


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    return tmp_path_factory.mktemp("readme") / "state"


@pytest.mark.parametrize(("command", "printed"), list(commands()), ids=lambda text: text[:60])
def test_a_command_of_the_readme_prints_what_it_says(state, command, printed):
    done = subprocess.run(  # noqa: S603 - the README's own words
        ["sh", "-c", command],  # noqa: S607 - as a reader would type it
        cwd=ROOT,
        env={**os.environ, "SANDBOX_STATE": str(state), "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert pattern(printed).search(done.stdout), done.stdout


def test_the_wrong_value_of_the_readme_is_refused_in_the_words_of_the_readme(world: World):
    [printed] = [text for kind, text in BLOCKS if kind == "text"]
    connector = STAGING.read_text().partition("maxInstances: 10")
    world.stack_file = world.folder / "Pulumi.staging.yaml"
    world.stack_file.write_text(connector[0] + "maxInstances: 100" + connector[2])
    ran = world.pulumi("preview")
    assert ran.code != 0
    assert printed in ran.text
    assert "Traceback" not in ran.text
