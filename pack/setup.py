"""What pyproject.toml cannot say: where the rooms are, and under which name they are installed.

They lie beside this folder, and go into the package as its own. Nobody else's `policies` or `catalog` is in
their way then, nor they in anybody's.
"""

import re
from pathlib import Path
from tempfile import mkdtemp

from setuptools import find_packages, setup

PACKAGE = "plumbline_policies"
ROOT = Path(__file__).resolve().parents[1]
rooms = find_packages(str(ROOT), include=["catalog*", "contracts*", "policies*"])
version = re.search(r'^VERSION.* = "(.+)"', (ROOT / "policies" / "__init__.py").read_text(), re.MULTILINE)
if version is None:
    raise SystemExit("policies/__init__.py names no VERSION")

setup(
    version=version[1],
    packages=[PACKAGE, *(f"{PACKAGE}.rooms.{room}" for room in rooms)],
    package_dir={PACKAGE: PACKAGE, f"{PACKAGE}.rooms": ".."},
    # A module that is gone would live on in a folder that builds share.
    options={"build": {"build_base": mkdtemp()}},
)
