from __future__ import annotations

from pathlib import Path

import pytest

from components.settings import PlatformSettings
from sandbox import lookups, outside
from sandbox.cloud import Cloud
from sandbox.errors import UserFileError
from sandbox.kinds import Place
from sandbox.provider import Provider
from sandbox.settings import Settings

SHIPPED = Settings.from_environment().outside
ROOT = Path(__file__).parents[2]
STACKS = ("staging", "production")


def version(provider, secret, number, **args):
    function = "gcp:secretmanager/getSecretVersion:getSecretVersion"
    return lookups.look_up(provider, function, {"secret": secret, "version": number, **args})[0]


@pytest.fixture
def seeded(tmp_path):
    cloud = Cloud(tmp_path / "cloud.sqlite")
    outside.seed_once(cloud, SHIPPED)
    return cloud


def pinned(stack):
    """The project of a stack, and the outside versions that its file refers to."""
    settings = PlatformSettings.from_stack_file(ROOT / f"Pulumi.{stack}.yaml")
    versions = {name: each.version for name, each in settings.secrets.items() if each.from_ == "outside"}
    assert versions
    return settings.project, versions


@pytest.mark.parametrize("stack", STACKS)
def test_every_version_that_a_stack_refers_to_exists_and_is_enabled(seeded, stack):
    project, versions = pinned(stack)
    for secret, number in versions.items():
        assert version(Provider(seeded, Place(project)), secret, number)["enabled"] is True


def test_older_versions_are_disabled_or_destroyed(seeded):
    provider = Provider(seeded, Place("netra-staging"))
    assert version(provider, "jwt-secret", "2", fetchSecretData=False)["enabled"] is False
    assert version(provider, "jwt-secret", "1", fetchSecretData=False)["destroyTime"]


def test_no_value_is_in_the_file_and_no_two_are_the_same(seeded):
    values = [
        version(Provider(seeded, Place(project)), secret, number)["secretData"]
        for project, versions in map(pinned, STACKS)
        for secret, number in versions.items()
    ]
    assert len(set(values)) == len(values)
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
