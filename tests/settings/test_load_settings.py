"""`load_settings()`: the engine's values are the truth, the file only lends its lines."""

import json
import subprocess
import sys
from pathlib import Path

import pulumi
import pytest
from pulumi.runtime import set_all_config

from components.settings import load_settings
from components.settings.document import read_document
from components.settings.loader import STACK_FILE

ROOT = Path(__file__).parents[2]
SECRETS = {
    "plumbline:postgresPasswordNetra": "pw-canary-one",
    "plumbline:postgresPasswordAuth": "pw-canary-two",
}


def engine_value(value):
    """A config value as the engine hands it to a program."""
    return value if isinstance(value, str) else json.dumps(value)


@pytest.fixture
def engine(monkeypatch):
    """Staging's config as the engine would hand it over, and what the program logs as an error."""
    logged = []
    monkeypatch.setattr(pulumi.log, "error", logged.append)
    monkeypatch.setattr(pulumi, "get_stack", lambda: "staging")
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv(STACK_FILE, raising=False)
    values = read_document("f", (ROOT / "Pulumi.staging.yaml").read_text(encoding="utf-8")).config
    config = {**{key: engine_value(value) for key, value in values.items()}, **SECRETS}

    def run(changes=None, secret=tuple(SECRETS)):
        set_all_config({**config, **(changes or {})}, list(secret))
        return load_settings()

    run.config = config
    run.logged = logged
    yield run
    set_all_config({}, [])


def test_a_program_reads_its_settings_from_the_engine(engine):
    settings = engine()
    assert settings.project == "netra-staging"
    assert settings.deletion_protection is True
    assert settings.database.max_connections is None
    assert engine.logged == []


def test_the_engine_s_value_counts_and_not_the_file_s(engine):
    assert engine({"plumbline:deletionProtection": "false"}).deletion_protection is False


def test_a_wrong_value_ends_the_program_with_the_file_s_line_and_no_traceback(engine):
    with pytest.raises(SystemExit) as end:
        engine({"plumbline:environment": "prod"})
    assert end.value.code == 32
    (message,) = engine.logged
    assert message == (
        "1 setting is wrong in Pulumi.staging.yaml\n"
        "Pulumi.staging.yaml:5: plumbline:environment is 'prod'\n"
        "  why: plumbline:environment is staging or production or development\n"
        "  fix: plumbline:environment: production"
    )


def test_lines_are_looked_up_in_the_file_that_the_variable_names(engine, monkeypatch):
    monkeypatch.setenv(STACK_FILE, str(ROOT / "Pulumi.production.yaml"))
    with pytest.raises(SystemExit):
        engine({"plumbline:environment": "prod"})
    assert engine.logged[0].startswith(
        "1 setting is wrong in Pulumi.production.yaml\nPulumi.production.yaml:5: "
    )


def test_a_stack_file_that_is_not_there_costs_only_the_lines(engine, monkeypatch):
    monkeypatch.setenv(STACK_FILE, str(ROOT / "nowhere" / "Pulumi.none.yaml"))
    with pytest.raises(SystemExit):
        engine({"plumbline:environment": "prod"})
    assert "Pulumi.none.yaml:1: plumbline:environment is 'prod'" in engine.logged[0]


def test_a_qualified_stack_name_finds_the_same_file(engine, monkeypatch):
    monkeypatch.setattr(pulumi, "get_stack", lambda: "organization/plumbline/staging")
    with pytest.raises(SystemExit):
        engine({"plumbline:environment": "prod"})
    assert engine.logged[0].startswith("1 setting is wrong in Pulumi.staging.yaml")


def test_secrets_that_are_not_set_are_named_with_the_command_that_sets_them(engine):
    del engine.config["plumbline:postgresPasswordAuth"]
    with pytest.raises(SystemExit):
        engine(secret=["plumbline:postgresPasswordNetra"])
    assert engine.logged[0].endswith("  fix: pulumi config set --secret plumbline:postgresPasswordAuth")


def test_a_password_that_is_not_encrypted_is_refused_and_not_shown(engine):
    with pytest.raises(SystemExit):
        engine(secret=["plumbline:postgresPasswordNetra"])
    assert "plumbline:postgresPasswordAuth is in plain text (hidden)" in engine.logged[0]
    assert "canary" not in engine.logged[0]


def test_text_where_an_object_belongs_is_refused(engine):
    with pytest.raises(SystemExit):
        engine({"plumbline:registry": "{not json"})
    assert "plumbline:registry is '{not json', a text" in engine.logged[0]


def test_reading_settings_offline_imports_neither_pulumi_nor_more_yaml_than_it_needs():
    program = (
        "import sys, components.settings\n"
        "assert not {'pulumi', 'ruamel.yaml'} & set(sys.modules)\n"
        "from pathlib import Path\n"
        "components.settings.PlatformSettings.from_stack_file(Path('Pulumi.staging.yaml'))\n"
        "assert 'pulumi' not in sys.modules\n"
    )
    done = subprocess.run(  # noqa: S603 - our own interpreter and text
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.returncode == 0
