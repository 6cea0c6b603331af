"""What a first preview can say: references point somewhere, addresses do not yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.components.recorder import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.components.recorder import Cloud

# Values that Google decides at create; all else of the platform's inputs must be readable at preview.
UNKNOWN_AT_FIRST = {
    "backend-service": {
        "template.revision",
        "template.containers[].envs[].POSTGRES_HOST",
        "template.containers[].envs[].REDIS_CA_CERT",
        "template.containers[].envs[].REDIS_HOST",
        "template.containers[].envs[].REDIS_PORT",
        "template.containers[].envs[].POSTGRES_PASSWORD",
        "template.containers[].envs[].REDIS_PASSWORD",
    },
    "ingress-api": {"rrdatas[]"},
    "ingress-https": {"ipAddress"},
    "secrets-redis-password-version": {"secretData"},
}


def _unknowns(value: Any, path: str = "") -> Iterator[str]:
    if value == UNKNOWN:
        yield path
    elif isinstance(value, dict):
        for key, each in value.items():
            variable = value.get("name") if path.endswith("envs[]") else None
            yield from (
                [f"{path}.{variable}"]
                if variable and list(_unknowns(each))
                else _unknowns(each, f"{path}.{key}" if path else key)
            )
    elif isinstance(value, list):
        for each in value:
            yield from _unknowns(each, f"{path}[]")


def test_only_what_google_decides_is_unknown_at_the_first_preview(preview: Cloud) -> None:
    declared = {each.name: set(_unknowns(each.inputs)) for each in preview.declared if each.custom}
    found = {name: unknown for name, unknown in declared.items() if unknown}

    assert {name: found[name] for name in UNKNOWN_AT_FIRST} == UNKNOWN_AT_FIRST
    assert set(found) == {
        "auth-service",
        "backend-service",
        # A job reads what its service reads; a test names the revision, whose name is a digest of it.
        *(
            f"verification-{each}{to}"
            for each in ("auth", "backend")
            for to in ("", "-to-cache", "-to-database")
        ),
        "secrets-redis-password-version",
        "ingress-http",
        "ingress-https",
        *(f"ingress-{prefix}{label}" for prefix in ("", "candidate-") for label in ("api", "app", "auth")),
    }


def test_preview_and_up_declare_the_same_resources(preview: Cloud, cloud: Cloud) -> None:
    def declared(of: Cloud) -> set[str]:
        return {each.urn for each in of.declared if each.custom}

    assert declared(preview) == declared(cloud)


def test_the_platform_says_what_others_need_to_know(cloud: Cloud) -> None:
    outputs = cloud.outputs[cloud.component("Platform").urn]

    assert outputs["address"] == "203.0.113.7"
    assert outputs["nameServers"] == ["ns-1.example."]
    assert outputs["urls"] == {
        label: f"https://{label}.staging.netrasystems.ai" for label in ("api", "app", "auth")
    }
    assert outputs["databaseConnectionName"] == "netra-staging:us-central1:netra-postgres"
    assert set(outputs["revisions"]) == {"auth", "backend", "frontend"}
