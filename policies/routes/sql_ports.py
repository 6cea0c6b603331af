"""Which ports Cloud SQL answers, and which one a service is told.

Owns the ports of each engine, and that of managed pooling. Whether packets get there is not asked here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.plan.values import Unknown, at, bare, elements, text
from policies.routes.route import Break

if TYPE_CHECKING:
    from policies.plan import Resource
    from policies.routes.approach import Approach

# By the version's first word: the port, and with PostgreSQL the port of managed pooling.
# https://cloud.google.com/sql/docs/postgres/managed-connection-pooling
_SQL_PORTS: Final = {"POSTGRES": (5432, 6432), "MYSQL": (3306,), "SQLSERVER": (1433,)}


def sql_ports(sql: Resource) -> tuple[int, ...]:
    """The ports an instance answers, its engine's own first; none where its version is not known."""
    version = text(sql.at("databaseVersion"))
    ports = _SQL_PORTS.get(version.split("_", 1)[0], ()) if isinstance(version, str) else ()
    return ports if _is_pooled(sql) else ports[:1]


def _is_pooled(sql: Resource) -> bool:
    """Whether managed pooling listens, or may: without it nothing does on its port."""
    pools = elements(sql.at("settings", "connectionPoolConfigs"))
    if isinstance(pools, Unknown):
        return True
    return any(bare(at(one, "connectionPoolingEnabled")) not in (None, False) for one in pools)


def told_port(go: Approach, sql: Resource) -> int | None:
    """The port that packets go to: the one that is told, or else the database's own."""
    told, ports = go.target.port, sql_ports(sql)
    if isinstance(told, str) and told.strip().isdigit():
        return int(told.strip())
    return ports[0] if ports else None


def check_port(go: Approach, sql: Resource) -> None:
    """The port that is told is one that the instance answers."""
    ports = sql_ports(sql)
    if (
        isinstance(go.target.port, str)
        and ports
        and go.target.port.strip() not in {str(port) for port in ports}
    ):
        go.trace.refute(
            Break(
                "CLOUD_SQL_INSTANCE_UNSUPPORTED_PORT",
                f"{go.service} is told another port ({go.target.port_variable}) than {ports[0]}, where "
                f"{go.target.shown} answers",
                f"set {go.target.port_variable} to {ports[0]}",
            )
        )
