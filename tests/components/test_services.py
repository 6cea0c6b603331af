"""Cloud Run services, as the platform wires them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
import pytest

from components.platform import Platform
from components.service import revision_name
from components.settings.derived import derived_env
from tests.components.recorder import UNKNOWN, run
from tests.components.stacks import DIGEST, staging

if TYPE_CHECKING:
    from tests.components.recorder import Cloud, Declared

NEW_DIGEST = "f" * 64


def _service(cloud: Cloud, key: str) -> Declared:
    return cloud.of("cloudrunv2/service:Service")[f"{key}-service"]


def _template(cloud: Cloud, key: str) -> dict[str, Any]:
    return _service(cloud, key).inputs["template"]


def _container(cloud: Cloud, key: str) -> dict[str, Any]:
    (container,) = _template(cloud, key)["containers"]
    return container


def _plain(cloud: Cloud, key: str) -> dict[str, str]:
    return {env["name"]: env["value"] for env in _container(cloud, key)["envs"] if "value" in env}


def _secret(cloud: Cloud, key: str) -> dict[str, tuple[str, str]]:
    references = {
        env["name"]: env["valueSource"]["secretKeyRef"]
        for env in _container(cloud, key)["envs"]
        if "valueSource" in env
    }
    return {name: (each["secret"], each["version"]) for name, each in references.items()}


def test_the_backend_is_told_where_everything_is(cloud: Cloud) -> None:
    assert _plain(cloud, "backend") == {
        "ENVIRONMENT": "staging",
        "SERVICE_ID": "netra-backend",
        "WEB_CONCURRENCY": "1",
        "POSTGRES_HOST": "10.20.0.3",
        "POSTGRES_PORT": "5432",
        "POSTGRES_DB": "netra",
        "POSTGRES_USER": "netra-app",
        "POSTGRES_SSLMODE": "require",
        "DB_POOL_SIZE": "8",
        "DB_MAX_OVERFLOW": "4",
        "DB_POOL_RECYCLE_SECONDS": "540",
        "REDIS_HOST": "10.30.0.4",
        "REDIS_PORT": "6378",
        "REDIS_CA_CERT": "-----BEGIN CERTIFICATE-----\nold\n-----BEGIN CERTIFICATE-----\nnew",
    }


@pytest.mark.parametrize("key", ["auth", "backend", "frontend"])
def test_what_is_derived_is_what_the_settings_refuse_by_hand(cloud: Cloud, key: str) -> None:
    service = staging().services[key]

    assert set(_plain(cloud, key)) - set(service.env) - set(service.urls) == set(derived_env(service))


def test_the_frontend_is_told_public_urls_and_nothing_private(cloud: Cloud) -> None:
    assert _plain(cloud, "frontend") == {
        "NEXT_PUBLIC_API_URL": "https://api.staging.netrasystems.ai",
        "NEXT_PUBLIC_WS_URL": "wss://api.staging.netrasystems.ai/ws",
        "NEXT_PUBLIC_ENVIRONMENT": "staging",
    }
    assert _secret(cloud, "frontend") == {}


def test_secrets_are_read_by_a_pinned_version(cloud: Cloud) -> None:
    assert _secret(cloud, "backend") == {
        "POSTGRES_PASSWORD": ("postgres-password-netra", "7"),
        "REDIS_PASSWORD": ("redis-password", "7"),
        "JWT_SECRET_KEY": ("jwt-secret", "3"),
        "JWT_SECRET_STAGING": ("jwt-secret", "3"),
        "OPENAI_API_KEY": ("openai-api-key", "4"),
    }


def test_every_service_runs_as_itself_by_digest_behind_the_load_balancer(cloud: Cloud) -> None:
    services = cloud.of("cloudrunv2/service:Service")
    accounts = {each.inputs["template"]["serviceAccount"] for each in services.values()}

    assert len(accounts) == len(services) == 3
    for key in ("auth", "backend", "frontend"):
        assert _container(cloud, key)["image"].endswith(f"@sha256:{DIGEST}")
        assert _service(cloud, key).inputs["ingress"] == "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"
        assert _template(cloud, key)["executionEnvironment"] == "EXECUTION_ENVIRONMENT_GEN2"


def test_web_sockets_get_affinity_and_an_hour(cloud: Cloud) -> None:
    backend, auth = _template(cloud, "backend"), _template(cloud, "auth")

    assert (backend["sessionAffinity"], backend["timeout"]) == (True, "3600s")
    assert (auth["sessionAffinity"], auth["timeout"]) == (False, "300s")


def test_the_startup_probe_asks_the_health_path_and_gives_up_inside_four_minutes(cloud: Cloud) -> None:
    probe = _container(cloud, "auth")["startupProbe"]

    assert probe["httpGet"] == {"path": "/healthz/deep", "port": 8080}
    assert probe.get("initialDelaySeconds", 0) + probe["periodSeconds"] * probe["failureThreshold"] <= 240
    assert probe["timeoutSeconds"] <= probe["periodSeconds"]


def test_an_instance_is_restarted_only_after_minutes_without_an_answer(cloud: Cloud) -> None:
    probe = _container(cloud, "backend")["livenessProbe"]

    assert probe["httpGet"] == {"path": "/health", "port": 8000}
    assert probe["periodSeconds"] * probe["failureThreshold"] == 300


def test_an_instance_has_its_resources_and_a_boost_while_it_starts(cloud: Cloud) -> None:
    assert _container(cloud, "backend")["resources"] == {
        "limits": {"cpu": "4", "memory": "4096Mi"},
        "cpuIdle": True,
        "startupCpuBoost": True,
    }
    assert _container(cloud, "backend")["ports"] == {"containerPort": 8000}


def test_instances_are_bounded_for_the_service_and_for_each_revision(cloud: Cloud) -> None:
    backend = _service(cloud, "backend").inputs

    assert backend["scaling"] == {"minInstanceCount": 1, "maxInstanceCount": 20}
    assert backend["template"]["scaling"] == {"maxInstanceCount": 20}
    assert backend["template"]["maxInstanceRequestConcurrency"] == 80


def test_traffic_is_left_alone(cloud: Cloud) -> None:
    for each in cloud.of("cloudrunv2/service:Service").values():
        assert "traffics" not in each.inputs
        assert each.ignore_changes == ("traffics", "client", "clientVersion")


def test_a_service_waits_for_everything_that_it_starts_with(cloud: Cloud) -> None:
    waits_for = _service(cloud, "backend").depends_on
    needed = [
        cloud.one("vpcaccess/connector:Connector"),
        cloud.one("compute/routerNat:RouterNat"),
        cloud.one("servicenetworking/connection:Connection"),
        cloud.one("sql/databaseInstance:DatabaseInstance"),
        cloud.one("redis/instance:Instance"),
        cloud.of("sql/database:Database")["database-netra"],
        cloud.of("sql/user:User")["database-netra-user"],
        cloud.of("compute/firewall:Firewall")["firewall-to-cache"],
        cloud.of("compute/firewall:Firewall")["firewall-to-database"],
        cloud.of("secretmanager/secretVersion:SecretVersion")["secrets-postgres-password-netra-version"],
        cloud.of("secretmanager/secretVersion:SecretVersion")["secrets-redis-password-version"],
        *(
            grant
            for name, grant in cloud.of("secretmanager/secretIamMember:SecretIamMember").items()
            if name.startswith("backend-reads-")
        ),
    ]

    assert len(needed) == 15
    assert [each.name for each in needed if each.urn not in waits_for] == []


def test_a_service_waits_for_nothing_that_only_others_need(cloud: Cloud) -> None:
    strangers = {
        cloud.of("sql/database:Database")["database-auth"].urn,
        cloud.of("secretmanager/secretVersion:SecretVersion")["secrets-postgres-password-auth-version"].urn,
    }
    assert not strangers & _service(cloud, "backend").depends_on
    private = {"gcp:redis/instance:Instance", "gcp:vpcaccess/connector:Connector"}
    by_urn = {each.urn: each.type for each in cloud.declared}
    assert not private & {by_urn.get(urn, "") for urn in _service(cloud, "frontend").depends_on}


def test_each_address_of_a_template_comes_from_one_resource_of_its_kind(cloud: Cloud) -> None:
    sources = _service(cloud, "backend").property_depends_on["template"]

    for kind in ("redis/instance:Instance", "sql/databaseInstance:DatabaseInstance"):
        assert [each.urn for each in cloud.of(kind).values()] == [urn for urn in sources if kind in urn]


def test_everyone_may_invoke_only_through_the_load_balancer(cloud: Cloud) -> None:
    invokers = cloud.of("cloudrunv2/serviceIamMember:ServiceIamMember").values()

    assert sorted(each.inputs["name"] for each in invokers) == [
        "netra-auth-service",
        "netra-backend-staging",
        "netra-frontend-staging",
    ]
    assert {each.inputs["role"] for each in invokers} == {"roles/run.invoker"}
    assert {each.inputs["member"] for each in invokers} == {"allUsers"}


def test_where_all_users_are_forbidden_the_check_is_switched_off_instead() -> None:
    cloud = run(lambda: Platform("platform", staging(ingress__invoker="invokerIamDisabled")))

    assert not cloud.of("cloudrunv2/serviceIamMember:ServiceIamMember")
    services = cloud.of("cloudrunv2/service:Service").values()
    assert [each.inputs["invokerIamDisabled"] for each in services] == [True] * 3


def test_a_service_without_a_host_is_closed_to_everyone_outside() -> None:
    hosts = {"api": {"service": "backend"}, "auth": {"service": "auth"}}
    changed = staging(ingress__hosts=hosts, services__frontend__urls={})
    cloud = run(lambda: Platform("platform", changed))

    assert _service(cloud, "frontend").inputs["ingress"] == "INGRESS_TRAFFIC_INTERNAL_ONLY"
    assert _service(cloud, "frontend").inputs["invokerIamDisabled"] is False
    assert "frontend-invoker" not in cloud.of("cloudrunv2/serviceIamMember:ServiceIamMember")


def _revisions(cloud: Cloud) -> dict[str, str]:
    return {key: _template(cloud, key)["revision"] for key in ("auth", "backend", "frontend")}


def test_the_same_template_gives_the_same_revision_twice(cloud: Cloud) -> None:
    again = run(lambda: Platform("platform", staging()))

    assert _revisions(again) == _revisions(cloud)


@pytest.mark.parametrize(
    "change",
    [
        {"services__auth__env": {"SERVICE_ID": "netra-auth", "LOG_LEVEL": "debug"}},
        {"services__auth__image": f"us-docker.pkg.dev/netra-staging/netra/auth@sha256:{NEW_DIGEST}"},
        {"services__auth__memoryMib": 1024},
    ],
    ids=["env", "image", "memory"],
)
def test_a_changed_template_gives_another_revision_and_leaves_the_others(
    cloud: Cloud, change: dict[str, Any]
) -> None:
    changed = _revisions(run(lambda: Platform("platform", staging(**change))))

    assert {key for key, name in _revisions(cloud).items() if changed[key] != name} == {"auth"}


def test_what_stands_outside_the_template_makes_no_revision(cloud: Cloud) -> None:
    change = {"labels": {"cost-centre": "other"}, "deletionProtection": False}
    again = run(lambda: Platform("platform", staging(services__auth__minInstances=2, **change)))

    assert _revisions(again) == _revisions(cloud)


def test_a_revisions_name_begins_with_its_services_and_fits(cloud: Cloud) -> None:
    for key, name in _revisions(cloud).items():
        assert name.startswith(f"{_service(cloud, key).inputs['name']}-")

    @pulumi.runtime.test
    def longest() -> pulumi.Output[None]:
        def check(name: str) -> None:
            assert len(name) == 60

        return revision_name("n" * 49, {"timeout": "300s"}).apply(check)

    longest()


def test_at_the_first_preview_a_revision_is_unknown_where_an_address_in_it_is(preview: Cloud) -> None:
    assert _template(preview, "backend")["revision"] == UNKNOWN
    assert _template(preview, "auth")["revision"] == UNKNOWN
    assert _template(preview, "frontend")["revision"].startswith("netra-frontend-staging-")
