from __future__ import annotations

import pytest

from sandbox import lookups, outside
from sandbox.cloud import Cloud
from sandbox.errors import UserFileError
from sandbox.kinds import Place
from sandbox.provider import Provider
from sandbox.settings import Settings

SHIPPED = Settings.from_environment().outside
VERSIONS = {
    "jwt-secret": "3",
    "secret-key": "1",
    "session-secret-key": "1",
    "service-secret": "2",
    "fernet-key": "1",
    "oauth-hmac-secret": "1",
    "google-oauth-client-id": "1",
    "google-oauth-client-secret": "1",
    "openai-api-key": "4",
    "anthropic-api-key": "2",
    "gemini-api-key": "1",
    "clickhouse-password": "1",
}


def version(provider, secret, number, **args):
    function = "gcp:secretmanager/getSecretVersion:getSecretVersion"
    return lookups.look_up(provider, function, {"secret": secret, "version": number, **args})[0]


@pytest.fixture
def seeded(tmp_path):
    cloud = Cloud(tmp_path / "cloud.sqlite")
    outside.seed_once(cloud, SHIPPED)
    return cloud


@pytest.mark.parametrize("project", ["netra-staging", "netra-production"])
def test_the_secrets_that_the_stacks_name_are_there_and_enabled(seeded, project):
    provider = Provider(seeded, Place(project))
    for secret, number in VERSIONS.items():
        assert version(provider, secret, number)["enabled"] is True


def test_older_versions_are_disabled_or_destroyed(seeded):
    provider = Provider(seeded, Place("netra-staging"))
    assert version(provider, "jwt-secret", "2", fetchSecretData=False)["enabled"] is False
    assert version(provider, "jwt-secret", "1", fetchSecretData=False)["destroyTime"]


def test_no_value_is_in_the_file_and_no_two_are_the_same(seeded):
    values = {
        version(Provider(seeded, Place(project)), secret, number)["secretData"]
        for project in ("netra-staging", "netra-production")
        for secret, number in VERSIONS.items()
    }
    assert len(values) == 2 * len(VERSIONS)
    assert not any(value in SHIPPED.read_text() for value in values)


def test_a_cloud_is_seeded_once(seeded):
    before = version(Provider(seeded, Place("netra-staging")), "jwt-secret", "3")["secretData"]
    outside.seed_once(seeded, SHIPPED)
    assert version(Provider(seeded, Place("netra-staging")), "jwt-secret", "3")["secretData"] == before


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (
            "projects:\n  p:\n    secrets: {s: [enabled]}\n    secrests: {}\n",
            4,
            "'secrests' is no part of a project",
        ),
        ("projects:\n  p:\n    secrets:\n      s: [on]\n", 4, "'on' is no state of a version"),
        ("project: {}\n", 1, "has no projects"),
        ("projects: [\n", 2, "is not YAML"),
    ],
)
def test_a_file_that_is_wrong_is_told_with_its_line(tmp_path, text, line, said):
    path = tmp_path / "outside.yaml"
    path.write_text(text)
    with pytest.raises(UserFileError) as failure:
        outside.seed_once(Cloud(tmp_path / "cloud.sqlite"), path)
    assert str(failure.value).startswith(f"{path}:{line}: ")
    assert said in str(failure.value)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(UserFileError, match="cannot be read"):
        outside.seed_once(Cloud(tmp_path / "cloud.sqlite"), tmp_path / "nothing.yaml")
