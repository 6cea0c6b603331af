"""`plumb contract scan`: code held against its contract."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from contracts import load
from plumb.app import app
from toolchain.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

EXAMPLE = ROOT / "examples" / "service"


@pytest.fixture
def service(tmp_path: Path) -> Path:
    shutil.copytree(EXAMPLE, tmp_path / "service")
    return tmp_path / "service"


@pytest.fixture
def scan(service, monkeypatch):
    """The command, run in the service's folder."""
    monkeypatch.chdir(service)
    monkeypatch.delenv("PLUMB_CONTRACTS", raising=False)

    def run(*arguments: str, **environ: str) -> Result:
        done = CliRunner().invoke(app, ["contract", "scan", *arguments], env=environ)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done

    return run


def mended(service: Path, scan: Callable[..., Result]) -> Path:
    """The example with its contract put right: what is suggested is added, the rest moved or taken out."""
    path = service / "contracts" / "assistant.yaml"
    suggestion = YAML().load(json.loads(scan("assistant", "-f", "json").stdout)["suggestion"])
    contract = YAML().load(path.read_text(encoding="utf-8"))
    contract["env"] |= suggestion["env"]
    contract["secrets"] |= suggestion["secrets"] | {"REDIS_PASSWORD": None}
    del contract["env"]["REDIS_PASSWORD"], contract["env"]["SEARCH_HOST"]
    with path.open("w", encoding="utf-8") as file:
        YAML().dump(contract, file)
    return path


def test_the_example_differs_in_every_way_with_file_and_line(scan):
    done = scan("assistant")
    assert (done.exit_code, done.stderr) == (1, "")
    for line in (
        "  ANTHROPIC_API_KEY  assistant/tokens.py:16  a secret",
        "  MAIL__HOST         assistant/settings.py:20",
        "  SEARCH_HOST  contracts/assistant.yaml:9  under env",
        "  REDIS_PASSWORD  contracts/assistant.yaml:8  move it under secrets",
        "  assistant/tokens.py:21  the name flag_of(name) is known only when it runs",
        "  LOG_LEVEL   assistant/settings.py:34",
        "    GEMINI_API_KEY:",
    ):
        assert line in done.stdout.splitlines(), line
    for read in ("POSTGRES_HOST", "JWT_SECRET_{ENVIRONMENT}", "DB_POOL_SIZE", "OPENAI_API_KEY"):
        assert read not in done.stdout
    assert "\x1b" not in done.stdout


def test_json_says_the_same(scan):
    told = json.loads(scan("assistant", "--format", "json").stdout)
    assert [one["name"] for one in told["missing"]] == ["ANTHROPIC_API_KEY", "GEMINI_API_KEY", "MAIL__HOST"]
    assert [one["secret"] for one in told["missing"]] == [True, True, False]
    assert [one["name"] for one in told["neverRead"]] == ["SEARCH_HOST"]
    assert told["plainSecrets"] == [{"name": "REDIS_PASSWORD", "file": "contracts/assistant.yaml", "line": 8}]
    assert len(told["cannotTell"]) == 1
    assert told["differs"]


def test_with_what_is_suggested_the_contract_loads_and_nothing_differs(service, scan):
    contract = mended(service, scan)
    assert "GEMINI_API_KEY" in load(contract.parent).services["assistant"].secrets
    done = scan("assistant")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "Nothing differs, as far as can be told." in done.stdout


def test_strict_refuses_what_cannot_be_told(service, scan):
    mended(service, scan)
    assert scan("assistant", "--strict").exit_code == 1
    tokens = service / "assistant" / "tokens.py"
    tokens.write_text(tokens.read_text(encoding="utf-8").partition("def feature")[0], encoding="utf-8")
    done = scan("assistant", "--strict")
    assert done.exit_code == 0
    assert "agree" in done.stdout


def test_no_value_of_the_code_is_shown(service, scan):
    code = 'import os\nos.getenv("STRIPE_SECRET_KEY", "sk_live_' + '4242")\nos.environ["X_TOKEN"]\n'
    (service / "assistant" / "pay.py").write_text(code, encoding="utf-8")
    done = scan("assistant")
    assert "STRIPE_SECRET_KEY" in done.stdout
    assert "4242" not in done.stdout + scan("assistant", "-f", "json").stdout


def test_a_syntax_error_is_told_with_its_line_and_the_others_are_scanned(service, scan):
    (service / "assistant" / "broken.py").write_text("x = 1\nif:\n", encoding="utf-8")
    done = scan("assistant")
    assert done.exit_code == 2
    assert "assistant/broken.py:2: is no Python" in done.stderr
    assert "MAIL__HOST" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nowhere",), "nowhere: no such file or folder"),
        (("contracts",), "no Python files"),
        (("assistant", "--service", "web"), "no contract for 'web' in contracts; there are assistant"),
    ],
)
def test_what_cannot_be_scanned_says_why(scan, arguments, words):
    done = scan(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert words in done.stderr


@pytest.mark.parametrize("name", ["assistant", "assistant-staging", "assistant-{environment}"])
def test_a_contract_is_named_by_its_file_or_its_service(scan, name):
    assert scan("assistant", "--service", name).exit_code == 1


def test_of_several_contracts_one_is_named_or_is_called_like_the_folder(service, scan):
    contracts = ROOT / "contracts"
    done = scan("assistant/tokens.py", PLUMB_CONTRACTS=str(contracts))
    assert done.exit_code == 2
    assert "--service, one of auth, backend, frontend" in done.stderr
    (service / "assistant").rename(service / "auth")
    assert "netra-auth-service" in scan("auth", PLUMB_CONTRACTS=str(contracts)).stdout


def test_a_contract_that_is_wrong_is_told_as_everywhere(service, scan):
    path = service / "contracts" / "assistant.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("secrets:", "secret:"), encoding="utf-8")
    done = scan("assistant")
    assert done.exit_code == 2
    assert "contracts/assistant.yaml:11: secret means nothing here" in done.stderr
