from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pytest

from components.outside import outside_versions, require_outside_versions
from components.platform import Platform
from tests.components.recorder import AUTH_STRING, Answers, run
from tests.components.stacks import staging

if TYPE_CHECKING:
    from tests.components.recorder import Cloud

MADE = {"postgres-password-netra", "postgres-password-auth", "redis-password"}


def test_a_container_is_made_for_each_value_that_the_stack_has_and_for_no_other(cloud: Cloud) -> None:
    containers = cloud.of("secretmanager/secret:Secret").values()

    assert {each.inputs["secretId"] for each in containers} == MADE
    assert [each.inputs["replication"] for each in containers] == [{"auto": {}}] * 3


def test_each_version_holds_the_value_of_its_source(cloud: Cloud) -> None:
    versions = cloud.of("secretmanager/secretVersion:SecretVersion").values()

    assert {each.inputs["secret"]: each.inputs["secretData"] for each in versions} == {
        "projects/netra-staging/secrets/postgres-password-netra": "netra-canary",
        "projects/netra-staging/secrets/postgres-password-auth": "auth-canary",
        "projects/netra-staging/secrets/redis-password": AUTH_STRING,
    }


def test_the_version_that_still_serves_outlives_its_replacement(cloud: Cloud) -> None:
    containers = cloud.of("secretmanager/secret:Secret")
    for name, version in cloud.of("secretmanager/secretVersion:SecretVersion").items():
        assert version.inputs["deletionPolicy"] == "ABANDON"
        assert version.deleted_with == containers[name.removesuffix("-version")].urn


def test_a_service_reads_exactly_the_secrets_that_it_uses(cloud: Cloud) -> None:
    grants = cloud.of("secretmanager/secretIamMember:SecretIamMember").values()
    readers: dict[str, set[str]] = {}
    for grant in grants:
        assert grant.inputs["role"] == "roles/secretmanager.secretAccessor"
        readers.setdefault(grant.inputs["member"], set()).add(grant.inputs["secretId"])

    assert readers == {
        "serviceAccount:netra-backend-staging@netra-staging.iam.gserviceaccount.com": {
            "postgres-password-netra",
            "redis-password",
            "jwt-secret",
            "openai-api-key",
        },
        "serviceAccount:netra-auth-service@netra-staging.iam.gserviceaccount.com": {
            "postgres-password-auth",
            "redis-password",
            "jwt-secret",
        },
    }
    assert len(grants) == sum(map(len, readers.values()))


@pytest.mark.parametrize("at_preview", [True, False], ids=["preview", "up"])
def test_versions_from_outside_are_looked_up_without_their_data(*, at_preview: bool) -> None:
    cloud = run(lambda: Platform("platform", staging()), preview=at_preview)

    asked = {call["secret"]: call for call in cloud.calls}
    assert {secret: call["version"] for secret, call in asked.items()} == {
        "jwt-secret": "3",
        "openai-api-key": "4",
    }
    assert {call["fetchSecretData"] for call in cloud.calls} == {False}
    assert {call["project"] for call in cloud.calls} == {"netra-staging"}


def _refusal(answers: Answers) -> str:
    """The message that ends the run."""
    with pytest.raises(pulumi.RunError) as refusal:
        run(lambda: Platform("platform", staging()), preview=True, answers=answers)
    return str(refusal.value)


def test_a_missing_secret_is_refused_by_name_with_who_needs_it_and_the_command() -> None:
    answers = Answers(failing={"jwt-secret": "googleapi: Error 404: Secret [projects/1/secrets/jwt-secret]"})
    message = _refusal(answers)

    assert message == (
        "1 secret version is not there for the services to start with:\n"
        "  plumbline:secrets.jwt-secret names version 3, which does not exist in netra-staging\n"
        "    needed by: auth (JWT_SECRET_KEY), backend (JWT_SECRET_KEY, JWT_SECRET_STAGING)\n"
        "    why: Cloud Run reads a secret when an instance starts; without this version no instance starts "
        "(https://cloud.google.com/run/docs/configuring/services/secrets)\n"
        "    fix: gcloud secrets create jwt-secret --project=netra-staging "
        "--replication-policy=automatic --data-file=-\n"
        "       or, where the secret exists: "
        "gcloud secrets versions add jwt-secret --project=netra-staging --data-file=-\n"
        "       and pin its number"
    )


@pytest.mark.parametrize("at_preview", [True, False], ids=["preview", "up"])
def test_nothing_is_declared_when_a_secret_is_missing(*, at_preview: bool) -> None:
    answers = Answers(failing={"jwt-secret": "NOT_FOUND"})

    def program() -> None:
        try:
            Platform("platform", staging())
        except pulumi.RunError:
            return
        pytest.fail("the missing secret was not refused")

    declared = run(program, preview=at_preview, answers=answers).declared
    assert {each.type for each in declared} <= {"pulumi:pulumi:Stack"}


def test_everything_that_is_missing_is_named_in_one_message() -> None:
    answers = Answers(disabled={"jwt-secret"}, destroyed={"openai-api-key"})
    message = _refusal(answers)

    assert message.startswith("2 secret versions are not there")
    assert "jwt-secret names version 3, which is disabled in netra-staging" in message
    assert "fix: gcloud secrets versions enable 3 --secret=jwt-secret --project=netra-staging" in message
    assert "openai-api-key names version 4, which was destroyed in netra-staging" in message
    assert "fix: gcloud secrets versions add openai-api-key --project=netra-staging" in message


def test_a_look_up_that_is_forbidden_says_which_role_is_missing() -> None:
    said = "1 error occurred:\n\t* googleapi: Error 403: Permission denied"
    message = _refusal(Answers(failing={"jwt-secret": said}))

    assert "could not be looked up in netra-staging: googleapi: Error 403: Permission denied" in message
    assert "fix: grant roles/secretmanager.viewer in netra-staging" in message


def test_a_look_up_that_fails_otherwise_is_not_taken_for_a_missing_secret() -> None:
    message = _refusal(Answers(failing={"jwt-secret": "connection reset by peer"}))

    assert "could not be looked up in netra-staging: invoke of" in message
    assert "connection reset by peer" in message
    assert "fix: gcloud secrets versions describe 3 --secret=jwt-secret --project=netra-staging" in message


def test_a_password_that_is_not_set_is_asked_for_by_its_key() -> None:
    with pytest.raises(pulumi.RunError, match="plumbline:postgresPasswordAuth"):
        run(lambda: Platform("platform", staging()), config={"plumbline:postgresPasswordNetra": "x"})


def test_the_time_of_the_look_up_is_used_for_something_else() -> None:
    done: list[str] = []
    settings = staging()
    versions = outside_versions(settings.project, settings.secrets, settings.services)
    run(lambda: require_outside_versions(versions, meanwhile=lambda: done.append("imported")))

    assert done == ["imported"]
