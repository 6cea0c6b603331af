"""A GitHub to talk to, and the workflows' programs run as a job runs them."""

import subprocess
import sys

import pytest

from tests.github.server import Repository, served
from toolchain.places import ROOT

TOKEN = "canary-of-a-token"  # noqa: S105 - it is looked for where it must not be


@pytest.fixture
def repository():
    return Repository()


@pytest.fixture
def job(repository):
    """Run a module as a step of a job does."""
    with served(repository) as url:

        def run(module, *arguments, **environ):
            env = {
                "PATH": "/usr/bin:/bin",
                "GITHUB_API_URL": url,
                "GITHUB_REPOSITORY": "octo-org/plumbline",
                "GITHUB_TOKEN": TOKEN,
                **environ,
            }
            command = [sys.executable, "-m", f"toolchain.github.{module}", *map(str, arguments)]
            done = subprocess.run(  # noqa: S603 - our own module
                command, cwd=ROOT, env=env, capture_output=True, text=True, check=False
            )
            assert TOKEN not in done.stdout + done.stderr
            assert "Traceback" not in done.stderr, done.stderr
            return done

        yield run
