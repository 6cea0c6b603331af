"""The pages of commands: every command on them runs, and prints what the page says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import pytest

from toolchain.places import ROOT

BLOCK = re.compile(r"```console\n\$ (?P<command>[^\n]+)\n(?P<output>.*?)```", re.DOTALL)
PAGES = {
    name: (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8") for name in ("size", "contract-scan")
}


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clone")
    for name in ("Pulumi.yaml", "Pulumi.staging.yaml", "Pulumi.production.yaml", "__main__.py"):
        shutil.copy(ROOT / name, folder / name)
    shutil.copytree(ROOT / "examples" / "service", folder / "examples" / "service")
    return folder


@pytest.mark.parametrize("page", PAGES)
def test_every_command_prints_what_its_page_says(page, clone):
    blocks = list(BLOCK.finditer(PAGES[page]))
    assert len(blocks) == PAGES[page].count("```console")
    for block in blocks:
        command = block["command"].replace("bin/plumb", f"{sys.executable} -m plumb")
        done = subprocess.run(  # noqa: S603 - the page's own commands
            ["/bin/bash", "-c", command],
            cwd=clone,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.stdout + done.stderr == block["output"], block["command"]


def test_every_option_of_the_command_is_on_its_page():
    source = (ROOT / "plumb" / "size.py").read_text(encoding="utf-8")
    signature = source.partition("def size(")[2].partition(") -> None:")[0]
    options = {
        f"--{name.replace('_', '-')}"
        for name in re.findall(r"^    (\w+): Annotated", signature, re.MULTILINE)
    }
    missing = {one for one in options - {"--stack", "--form"} if one not in PAGES["size"]}
    assert not missing
