"""A program with one thing wrong: VARIANT names it, for example `routes.cache_in_another_region`.

Each function of a module in `families` is such a program; `expected.yaml` says what must be found in it.
"""

import os
import sys
from importlib import import_module
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "incident" / "common"))
family, _, program = os.environ["VARIANT"].partition(".")
getattr(import_module(f"families.{family}"), program)()
