"""The image's requirements are the lock's, and they are all that the program needs."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement

from toolchain.places import LOCK
from toolchain.probes_image import FILE, PACKAGES, text

ROOT = Path(__file__).resolve().parents[2]
DIRECT = {"httpx", "psycopg", "psycopg-binary", "pydantic", "redis", "websockets"}


def test_the_requirements_are_the_locks_own():
    assert FILE.read_text(encoding="utf-8") == text(LOCK.read_text(encoding="utf-8"))
    named = set(re.findall(r"(?m)^([a-z0-9-]+)==", FILE.read_text(encoding="utf-8")))
    assert named == set(PACKAGES)


def test_they_hold_everything_that_is_imported_and_what_that_needs():
    imported = {
        name
        for path in (ROOT / "probes").rglob("*.py")
        for name in re.findall(r"(?m)^ *(?:from|import) (\w+)", path.read_text(encoding="utf-8"))
    }
    third_party = {
        package
        for module in imported - {"probes"}
        for package in metadata.packages_distributions().get(module, ())
    }
    needed = {name.lower().replace("_", "-") for name in third_party} | {"psycopg-binary"}
    waiting = list(needed)
    environment = {**default_environment(), "extra": ""}
    while waiting:
        for line in metadata.requires(waiting.pop()) or ():
            requirement = Requirement(line)
            name = requirement.name.lower().replace("_", "-")
            if (
                requirement.marker is None or requirement.marker.evaluate(environment)
            ) and name not in needed:
                needed.add(name)
                waiting.append(name)
    assert needed == set(PACKAGES)


def test_it_runs_as_nobody_in_particular_on_a_base_with_a_tag():
    lines = (ROOT / "probes" / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("FROM")] == ["FROM python:3.11-slim-bookworm"]
    assert "USER 10001" in lines
