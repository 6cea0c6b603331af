"""The two stack files that are committed: they are right, and staging is like production."""

from pathlib import Path

import pytest

from catalog.pools import PoolPlan
from components.settings import PlatformSettings
from components.settings.pools import max_connections_of, plan_pools, tier_of

ROOT = Path(__file__).parents[2]


def load(name):
    return PlatformSettings.from_stack_file(ROOT / f"Pulumi.{name}.yaml")


@pytest.mark.parametrize(("name", "project", "domain"), [
    ("staging", "netra-staging", "staging.netrasystems.ai"),
    ("production", "netra-production", "netrasystems.ai"),
])  # fmt: skip
def test_a_stack_file_is_right(name, project, domain):
    settings = load(name)
    assert (settings.project, settings.region, settings.environment) == (project, "us-central1", name)
    assert settings.ingress.domain == domain
    assert sorted(service.name for service in settings.services.values()) == [
        "netra-auth-service",
        f"netra-backend-{name}", f"netra-frontend-{name}",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["staging", "production"])
def test_each_service_gets_a_pool_that_is_worth_having(name):
    settings = load(name)
    plan = plan_pools(settings.database, settings.services)
    assert isinstance(plan, PoolPlan)
    assert sorted(plan.pools) == ["auth", "backend"]
    assert min(pool.connections for pool in plan.pools.values()) >= 10


def test_only_the_allowed_knobs_differ_between_staging_and_production():
    staging, production = load("staging"), load("production")
    assert staging.egress.model_copy(update={"connector": None}) == production.egress.model_copy(
        update={"connector": None}
    )
    assert staging.network == production.network
    assert staging.cache == production.cache
    allowed = {"tier", "backups_retained"}
    assert differing(staging.database, production.database) <= allowed
    assert differing(staging.ingress, production.ingress) == {"domain", "dns_zone"}
    assert set(staging.secrets) == set(production.secrets)
    for key, service in staging.services.items():
        assert differing(service, production.services[key]) <= {
            "name",
            "image",
            "max_instances",
            "env",
            "secrets",
        }


def differing(one, other):
    return {name for name in type(one).model_fields if getattr(one, name) != getattr(other, name)}


def test_staging_is_at_least_a_quarter_in_memory_and_a_fifth_in_instances():
    staging, production = load("staging"), load("production")
    assert tier_of(staging.database).memory_mb * 4 >= tier_of(production.database).memory_mb
    for key, service in staging.services.items():
        assert service.max_instances * 5 >= production.services[key].max_instances
    assert (max_connections_of(staging.database), max_connections_of(production.database)) == (500, 800)


def test_production_s_secret_variables_end_as_its_environment_does():
    secrets = load("production").services["backend"].secrets
    assert "JWT_SECRET_PRODUCTION" in secrets
    assert [name for name in secrets if name.endswith("_STAGING")] == []


@pytest.mark.parametrize("name", ["staging", "production"])
def test_jwt_secret_key_and_its_environment_s_twin_are_one_secret_for_both_services(name):
    services = load(name).services
    backend = services["backend"].secrets
    assert backend["JWT_SECRET_KEY"] == backend[f"JWT_SECRET_{name.upper()}"]
    assert backend["JWT_SECRET_KEY"] == services["auth"].secrets["JWT_SECRET_KEY"]
    assert backend["SERVICE_SECRET"] == services["auth"].secrets["SERVICE_SECRET"]


def test_a_websocket_service_has_an_hour_and_others_cloud_run_s_default():
    services = load("staging").services
    assert services["backend"].request_timeout_seconds == 3600
    assert services["auth"].request_timeout_seconds == 300


def test_settings_cannot_be_changed():
    settings = load("staging")
    with pytest.raises(ValueError, match="frozen"):
        settings.project = "other-project"
