"""The lean package, each time in a process of its own: importing cannot be undone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def _run(program: str) -> str:
    command = [sys.executable, "-W", "ignore", "-c", program]
    done = subprocess.run(  # noqa: S603 - the program is one of ours
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_only_what_is_named_is_loaded() -> None:
    program = """
import sys
from components.lean import compute
compute.Network, compute.SSLPolicy, compute.BackendServiceLogConfigArgs
print(*sorted(name.split(".")[2] for name in sys.modules if name.startswith("pulumi_gcp.compute.")))
"""
    assert _run(program) == "_inputs network outputs ssl_policy"


def test_a_name_that_does_not_say_its_module_loads_the_whole_package() -> None:
    program = """
import sys
from components.lean import compute
early = {name: getattr(compute, name) for name in ("Network", "URLMap", "FirewallAllowArgs", "get_network")}
assert early["get_network"].__name__ == "get_network"
assert "pulumi_gcp.compute.instance" not in sys.modules
assert compute.MangedSslCertificate.__name__ == "MangedSslCertificate"  # in manged_ssl_certificate.py
assert compute.AwaitableGetNetworkResult.__name__ == "AwaitableGetNetworkResult"  # in get_network.py
assert "pulumi_gcp.compute.instance" in sys.modules
names = [name for name in dir(compute) if not name.startswith("_")]
assert len(names) > 1000, len(names)
assert all(getattr(compute, name) is each for name, each in early.items())
import pulumi_gcp
assert pulumi_gcp.compute is compute is sys.modules["pulumi_gcp.compute"]
print("the same")
"""
    assert _run(program) == "the same"


def test_a_name_that_does_not_exist_is_missing_as_ever() -> None:
    program = """
from components.lean import compute
try:
    compute.Netwrok
except AttributeError as error:
    print(error)
"""
    assert _run(program) == "module 'pulumi_gcp.compute' has no attribute 'Netwrok'"


def test_a_package_that_is_loaded_already_is_left_as_it_is() -> None:
    program = """
import pulumi_gcp
network = pulumi_gcp.compute.Network
from components.lean import compute
print(compute is pulumi_gcp.compute, compute.Network is network, type(compute).__name__)
"""
    assert _run(program) == "True True module"


def test_the_program_loads_no_more_than_its_own_resources() -> None:
    program = """
import sys
from components.platform import Platform
from tests.components.recorder import run
from tests.components.stacks import staging
run(lambda: Platform("platform", staging()))
print(len([name for name in sys.modules if name.startswith("pulumi_gcp.compute.")]))
"""
    assert int(_run(program)) == 17
