"""What continuous integration has and requires: a test that would skip for want of something fails there."""

import os
import re
import shutil
import subprocess

import pytest
from ruamel.yaml import YAML

from tests.live.conftest import REQUIRED as LIVE
from tests.plumb import browser
from toolchain.places import ROOT

SERVERS = ROOT / ".ci" / "servers"


def executable(folder, name, text=""):
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


@pytest.fixture
def tools(tmp_path):
    """Stand-ins for all that .ci/servers looks for but a browser, for somebody who is not root."""
    named = re.search(r"programs=\((.*?)\n\)", SERVERS.read_text(), re.DOTALL)[1]
    for name in re.findall(r"\[([\w-]+)\]=", named):
        executable(tmp_path, name)
    executable(tmp_path, "id", "echo 1000")
    for name in ("bash", "head"):
        (tmp_path / name).symlink_to(shutil.which(name))
    return tmp_path


def wanted(tools):
    """What would be installed."""
    command = [shutil.which("bash"), str(SERVERS)]
    done = subprocess.run(command, env={"PATH": str(tools)}, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    found = re.search(r"the tests need (.*), and only root", done.stderr)
    return set(found[1].split()) - {"postgresql"} if found else set()


def test_the_browser_and_its_driver_are_installed_where_there_is_none(tools):
    assert wanted(tools) == {"chromium", "chromium-driver"}


@pytest.mark.parametrize("name", browser.NAMES)
def test_a_browser_of_any_name_that_the_tests_know_will_do(tools, name):
    executable(tools, name)
    executable(tools, "chromedriver")
    assert wanted(tools) == set()


def test_what_the_tests_of_the_page_and_the_live_tests_need_is_required():
    ran = (ROOT / ".ci" / "run").read_text()
    [exported] = re.findall(r"^export (.*)$", ran, re.MULTILINE)
    assert set(exported.split()) == {f"{LIVE}=1", f"{browser.REQUIRED}=1"}


def test_the_job_runs_it_as_root_with_the_python_that_it_set_up():
    workflow = YAML(typ="safe").load((ROOT / ".github" / "workflows" / "ci.yml").read_text())
    runs = [step["run"] for step in workflow["jobs"]["test"]["steps"] if "run" in step]
    assert runs == ['sudo -E env "PATH=$PATH" .ci/run']


def test_a_browser_that_must_be_there_and_is_not_fails_instead_of_being_skipped(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(browser.REQUIRED, raising=False)
    assert "none of chromium, google-chrome" in browser.why_missing()
    monkeypatch.setenv(browser.REQUIRED, "1")
    assert not browser.why_missing()
    with pytest.raises(AssertionError, match="chromedriver is not on PATH"), browser.browser(tmp_path):
        pass
    executable(tmp_path, "chromedriver", "echo ChromeDriver 150.0.1")
    with pytest.raises(AssertionError, match="none of chromium, google-chrome"), browser.browser(tmp_path):
        pass


def test_of_several_browsers_the_one_that_the_driver_fits_is_driven(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path) + os.pathsep + "/usr/bin:/bin")
    for name, said in (
        ("chromium", "Chromium 149.0.7"),
        ("google-chrome", "Google Chrome 150.0.2"),
        ("chromedriver", "ChromeDriver 150.0.1"),
    ):
        executable(tmp_path, name, f"echo {said}")
    assert browser.fitting(str(tmp_path / "chromedriver")) == str(tmp_path / "google-chrome")
    executable(tmp_path, "chromedriver", "echo ChromeDriver 3.0")
    assert browser.fitting(str(tmp_path / "chromedriver")) == str(tmp_path / "chromium")
