"""No message shows what may be a secret, wherever it was written by mistake."""

import re

import pytest

CANARY = "Kanarie-0815 Geheimnis"
PLACES = [
    ("passwordConfigKey: postgresPasswordNetra", f'passwordConfigKey: "{CANARY}"'),
    ("configKey: postgresPasswordAuth}\n    redis", f'configKey: "{CANARY}"}}\n    redis'),
    ('jwt-secret: {from: outside, version: "3"}', f'jwt-secret: {{from: outside, version: "{CANARY}"}}'),
    ('jwt-secret: {from: outside, version: "3"}', f'jwt-secret: "{CANARY}"'),
    ('jwt-secret: {from: outside, version: "3"}', f'jwt-secret: {{value: "{CANARY}"}}'),
    ("OPENAI_API_KEY: openai-api-key", f'OPENAI_API_KEY: "{CANARY}"'),
    ("CLICKHOUSE_PASSWORD: clickhouse-password", f'CLICKHOUSE_PASSWORD: ["{CANARY}"]'),
    ("SERVICE_ID: netra-auth\n", f'SERVICE_ID: netra-auth\n        DB_TOKEN: ["{CANARY}"]\n'),
    ("SERVICE_ID: netra-auth\n", f'SERVICE_ID: netra-auth\n        JWT_SECRET_KEY: "{CANARY}"\n'),
    ("  plumbline:registry:", f'  plumbline:postgresPasswordNetra: "{CANARY}"\n  plumbline:registry:'),
    ("  plumbline:registry:", f'  plumbline:apiToken: "{CANARY}"\n  plumbline:registry:'),
    ("    name: netra-postgres\n", f'    name: netra-postgres\n    rootPassword: "{CANARY}"\n'),
    ("    name: netra-redis\n", f'    name: netra-redis\n    authString: "{CANARY}"\n'),
]


@pytest.mark.parametrize(("old", "new"), PLACES, ids=[new.strip()[:50] for _, new in PLACES])
def test_a_secret_in_the_wrong_place_is_refused_and_not_shown(stack_file, old, new):
    said = stack_file.edit(old, new).said()
    assert said
    words = re.findall(r"\w{5,}", CANARY.lower())
    assert [word for word in words if word in said.lower()] == []


@pytest.mark.parametrize("password", ["hunter2", "Kanarie-0815", "correct horse battery"])
def test_a_password_where_its_key_s_name_belongs_is_not_shown_by_a_program_either(stack_file, password):
    stack_file.edit("passwordConfigKey: postgresPasswordNetra", f'passwordConfigKey: "{password}"')
    assert password not in stack_file.said(require_secrets=True)


def test_an_encrypted_value_is_never_read(stack_file):
    stack_file.edit("port: 8000", "port: {secure: v1:Kanarie}")
    assert "Kanarie" not in stack_file.said()
    assert "plumbline:services.backend.port is '(encrypted)', a text" in stack_file.said()
