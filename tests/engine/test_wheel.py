"""The pack as another team has it: a wheel in an environment of its own, on the real engine."""

import ast
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from policies import VERSION
from tests.engine.world import PATIENCE_SECONDS, SANDBOX
from toolchain import virtual_environment
from toolchain.places import LOCK, ROOT

RAW = ROOT / "examples" / "raw"
# What the pack imports beside the standard library, and which requirement brings it.
BROUGHT_BY = {
    "google": "pulumi", "grpc": "pulumi", "pulumi": "pulumi",
    "pydantic": "pydantic", "pydantic_core": "pydantic", "ruamel": "ruamel.yaml",
}  # fmt: skip


def run(*command, **options):
    done = subprocess.run(  # noqa: S603 - our own commands
        list(map(str, command)),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
        **options,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    options = ("--quiet", "--no-build-isolation", "--no-deps", "--wheel-dir", folder)
    run(sys.executable, "-m", "pip", "wheel", *options, ROOT / "pack")
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def pack(wheel, tmp_path_factory):
    """The console script in a fresh environment, with the versions of our lock."""
    folder = tmp_path_factory.mktemp("team")
    constraints = folder / "constraints.txt"
    constraints.write_text("\n".join(re.findall(r"^[\w.-]+==\S+", LOCK.read_text(), re.MULTILINE)))
    python = folder / "venv" / "bin" / "python"
    uv = virtual_environment.ensure_uv()
    run(sys.executable, "-m", "venv", *(["--without-pip"] if uv else []), folder / "venv")
    if uv is not None:
        settings = virtual_environment.uv_settings(virtual_environment.pip_settings())
        installer = [uv, "pip", "install", "--python", python]
        run(*installer, "--constraints", constraints, wheel, env={**os.environ, **settings})
    else:
        run(python, "-m", "pip", "install", "--quiet", "--constraint", constraints, wheel)
    return python.with_name("plumbline-pack")


@pytest.fixture
def judged(tmp_path):
    """Previews somebody else's program under a pack: exit code, output and findings."""

    def preview(pack, **more):
        findings = tmp_path / "findings.json"
        env = {name: value for name, value in os.environ.items() if name != "PLUMB_CONTRACTS"} | {
            "SANDBOX_STATE": str(tmp_path / "state"),
            "PLUMB_FINDINGS": str(findings),
            "PULUMI_OPTION_POLICY_PACK": str(pack),
            **more,
        }
        done = subprocess.run(  # noqa: S603 - our own command
            [SANDBOX, "pulumi", "preview", "--stack", "staging", "--non-interactive"],
            cwd=RAW, env=env, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout, json.loads(findings.read_text())

    return preview


def test_the_wheel_refuses_what_the_pack_in_the_clone_refuses(pack, judged):
    installed = judged(pack, PLUMB_CONTRACTS=str(ROOT / "contracts"))
    cloned = judged(ROOT / "policies" / "run")
    assert installed[0] == cloned[0] != 0
    assert installed[2] == cloned[2]
    assert "secret-required" in {finding["rule"] for finding in installed[2]}
    assert f"plumbline@v{VERSION}" in installed[1]
    assert "netra-backend-staging does not set JWT_SECRET_STAGING" in installed[1]


def test_without_contracts_no_rule_asks_for_what_a_contract_says(pack, judged):
    code, text, findings = judged(pack)
    assert not {finding["rule"] for finding in findings} & {
        "contract-present", "env-required", "secret-required", "waiver",
    }  # fmt: skip
    assert (code == 0) == (not findings), text


def test_nothing_of_the_wheel_is_in_anybodys_way(wheel):
    names = [Path(name) for name in zipfile.ZipFile(wheel).namelist()]
    assert {name.parts[0] for name in names} == {
        "plumbline_policies",
        f"plumbline_policies-{VERSION}.dist-info",
    }
    modules = {
        str(path.relative_to(ROOT))
        for room in ("catalog", "contracts", "policies")
        for path in (ROOT / room).rglob("*.py")
    }
    assert {
        str(name.relative_to("plumbline_policies/rooms")) for name in names if "rooms" in name.parts
    } == modules


def test_the_wheel_asks_for_all_that_it_imports_and_for_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        metadata = next(name for name in archive.namelist() if name.endswith("/METADATA"))
        asked = re.findall(r"^Requires-Dist: ([\w.-]+)(.*)$", archive.read(metadata).decode(), re.MULTILINE)
        wanted = {package for package, when in asked if "extra ==" not in when}
        trees = [ast.parse(archive.read(name)) for name in archive.namelist() if name.endswith(".py")]
    imported = set()
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported.add(node.module.partition(".")[0])
    others = imported - sys.stdlib_module_names - {"catalog", "contracts", "policies", "plumbline_policies"}
    assert {BROUGHT_BY.get(module, module) for module in others} == wanted


def test_the_pack_tells_a_person_what_it_is_for(pack):
    done = subprocess.run([pack], capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - ours
    assert done.returncode == 2
    assert '--policy-pack "$(command -v plumbline-pack)"' in done.stderr
    assert "PLUMB_CONTRACTS" in run(pack, "--help")


def test_one_version_is_written_everywhere():
    assert f"\nversion: {VERSION}\n" in (ROOT / "policies" / "PulumiPolicy.yaml").read_text()
    assert f'\nversion = "{VERSION}"\n' in (ROOT / "pyproject.toml").read_text()
