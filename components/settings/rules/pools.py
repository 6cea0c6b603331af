"""The rule that all services' connection pools together fit the database."""

from collections.abc import Iterator

from catalog import sql_sizing
from catalog.pools import PoolPlan
from components.settings.draft import Draft
from components.settings.pools import plan_pools, tier_of
from components.settings.problem import Problem, entry

_DATABASE = "plumbline:database"


def pools_fit(draft: Draft) -> Iterator[Problem]:
    """Every worker process of every service, at full scale with a rollout under way, gets a connection."""
    if draft.database is None or not draft.all_services_read:
        return
    plan = plan_pools(draft.database, draft.services)
    if isinstance(plan, PoolPlan):
        return
    written = draft.database.max_connections is not None
    yield Problem(
        (_DATABASE, "maxConnections" if written else "tier"),
        f"gives {plan.budget.max_connections} connections, too few for the services",
        f"{plan.arithmetic} ({sql_sizing.FLAGS})",
        _fix(plan.max_connections_needed, tier_of(draft.database).memory_mb),
    )


def _fix(needed: int, memory_mb: int) -> str:
    if needed <= sql_sizing.most_connections(memory_mb):
        return entry("maxConnections", needed)
    for vcpus in (4, 8, 16, 32, 64, 96):
        memory = vcpus * 4096
        if needed > sql_sizing.most_connections(memory):
            continue
        tier = entry("tier", f"db-custom-{vcpus}-{memory}")
        return (
            tier
            if needed <= sql_sizing.default_max_connections(memory)
            else f"{tier} with maxConnections: {needed}"
        )
    return "lower maxInstances or workers: no tier bears so many"
