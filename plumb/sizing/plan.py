"""The sizing rules, held against settings: the resources that have a size, and what the rules say of them.

Owns the plan that the rules see: what `components` would declare, as far as sizing rules look at it. The
rules are the policy pack's own, so that what `plumb size` proposes is judged by what will judge the deploy.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from catalog import sql_sizing
from catalog.cloud_run import execution_environment
from components.settings.pools import tier_of
from contracts import Contracts
from policies.judge import Judge
from policies.plan import Plan, Resource
from policies.rules import registered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from catalog.pools import Pool
    from components.settings import PlatformSettings, ServiceSettings
    from policies.rules import Finding, Rule

SIZING_RULES: Final = frozenset(
    {
        "cloud-run-limits",
        "connector-limits",
        "direct-egress-subnet",
        "pool-recycle",
        "redis-limits",
        "sql-connections",
        "sql-flags-memory",
        "sql-limits",
        "sql-shared-core",
        "sql-socket-connections",
        "websocket-timeout",
    }
)
"""The rules whose verdict follows from sizes."""


def sizing_rules() -> Sequence[Rule]:
    """The rules, as the pack has them."""
    return [rule for rule in registered() if rule.id in SIZING_RULES]


def refused(settings: PlatformSettings, pools: Mapping[str, Pool]) -> Sequence[Finding]:
    """What the sizing rules refuse, each rule and cause once.

    Args:
        settings: The settings.
        pools: The pool of each worker process, by service.
    """
    contracts = Contracts(projects={settings.project: settings.environment})
    findings = Judge(sizing_rules(), contracts).closed(plan_of(settings, pools))
    return list({(one.rule, one.cause, one.message): one for one in findings}.values())


def plan_of(settings: PlatformSettings, pools: Mapping[str, Pool]) -> Plan:
    """The resources that have a size."""
    plan = Plan(project=settings.project, region=settings.region)
    for type_, name, inputs in (
        ("gcp:compute/network:Network", "network", {"name": settings.network.name}),
        ("gcp:sql/databaseInstance:DatabaseInstance", "database", _database(settings)),
        ("gcp:redis/instance:Instance", "cache", _cache(settings)),
        *_way(settings),
        *(
            ("gcp:cloudrunv2/service:Service", key, _service(settings, service, pools.get(key)))
            for key, service in sorted(settings.services.items())
        ),
    ):
        urn = f"urn:pulumi:{settings.environment}::plumbline::{type_}::{name}"
        plan.add(Resource(urn, type_, name, partial(dict, inputs)))
    return plan


def _database(settings: PlatformSettings) -> dict[str, Any]:
    database, tier = settings.database, tier_of(settings.database)
    flags = sql_sizing.flags(tier.memory_mb, database.max_connections)
    return {
        "name": database.name,
        "databaseVersion": database.version,
        "settings": {
            "tier": tier.name,
            "edition": database.edition,
            "availabilityType": database.availability,
            "diskType": tier.disk_type,
            "diskSize": database.disk_size_gb,
            "databaseFlags": [{"name": name, "value": value} for name, value in flags.items()],
        },
    }


def _cache(settings: PlatformSettings) -> dict[str, Any]:
    cache = settings.cache
    return {
        "name": cache.name,
        "tier": cache.tier,
        "memorySizeGb": cache.memory_size_gb,
        "redisVersion": cache.version,
        "reservedIpRange": cache.reserved_ip_range,
        "authorizedNetwork": settings.network.name,
    }


def _way(settings: PlatformSettings) -> Sequence[tuple[str, str, dict[str, Any]]]:
    egress = settings.egress
    if egress.via == "connector" and egress.connector is not None:
        connector = egress.connector
        inputs = {
            "name": connector.name,
            "network": settings.network.name,
            "ipCidrRange": connector.ip_cidr_range,
            "machineType": connector.machine_type,
            "minInstances": connector.min_instances,
            "maxInstances": connector.max_instances,
        }
        return [("gcp:vpcaccess/connector:Connector", "connector", inputs)]
    if egress.via == "direct" and egress.direct is not None:
        inputs = {
            "name": egress.direct.subnet_name,
            "network": settings.network.name,
            "ipCidrRange": egress.direct.ip_cidr_range,
        }
        return [("gcp:compute/subnetwork:Subnetwork", "direct", inputs)]
    return []


def _service(settings: PlatformSettings, service: ServiceSettings, pool: Pool | None) -> dict[str, Any]:
    numbers = {"WEB_CONCURRENCY": service.workers}
    if pool is not None:
        numbers |= {
            "DB_POOL_SIZE": pool.pool_size,
            "DB_MAX_OVERFLOW": pool.max_overflow,
            "DB_POOL_RECYCLE_SECONDS": pool.recycle_seconds,
        }
    container = {
        "image": service.image,
        "ports": {"containerPort": service.port},
        "resources": {"limits": {"cpu": f"{service.cpu:g}", "memory": f"{service.memory_mib}Mi"}},
        "envs": [{"name": name, "value": str(value)} for name, value in numbers.items()],
    }
    template = {
        "executionEnvironment": execution_environment(service.cpu),
        "timeout": f"{service.request_timeout_seconds}s",
        "sessionAffinity": service.web_sockets,
        "maxInstanceRequestConcurrency": service.concurrency,
        "scaling": {"maxInstanceCount": service.max_instances},
        "containers": [container],
        **(_access(settings) if service.has_private_route else {}),
    }
    return {
        "name": service.name,
        "scaling": {"minInstanceCount": service.min_instances, "maxInstanceCount": service.max_instances},
        "template": template,
    }


def _access(settings: PlatformSettings) -> dict[str, Any]:
    egress = settings.egress
    if egress.connector is not None and egress.via == "connector":
        return {"vpcAccess": {"connector": egress.connector.name, "egress": egress.traffic}}
    if egress.direct is not None:
        interface = {"network": settings.network.name, "subnetwork": egress.direct.subnet_name}
        return {"vpcAccess": {"networkInterfaces": [interface], "egress": egress.traffic}}
    return {}
