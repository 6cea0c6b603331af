"""Databases and pools that do not fit one another, each in another way."""

from collections.abc import Callable

import pulumi_gcp as gcp
from chat import PROJECT, REGION, Chat


def every_worker_has_a_pool() -> None:
    """Four workers in each of 20 instances: 4 x 13 x 20 connections."""
    chat = Chat()
    chat.plain["backend"] |= {"WEB_CONCURRENCY": "4"}
    chat.deploy("backend")


def each_fits_alone() -> None:
    """Backend and auth fit alone, and not together."""
    chat = Chat()
    chat.plain["backend"] |= {"DB_POOL_SIZE": "14"}
    chat.plain["auth"] |= {"DB_POOL_SIZE": "12"}
    chat.deploy("backend", "auth")


def the_asked_for_fix() -> None:
    """The pool of 50 that was asked for: 1,000 connections of 20 instances."""
    chat = Chat()
    chat.plain["backend"] |= {"DB_POOL_SIZE": "50", "DB_MAX_OVERFLOW": "0"}
    chat.deploy("backend")


def recycled_after_the_network_forgot() -> None:
    """An hour: VPC firewalls drop idle connections after ten minutes."""
    chat = Chat()
    chat.plain["backend"] |= {"DB_POOL_RECYCLE_SECONDS": "3600"}
    chat.deploy("backend")


def no_recycling_at_all() -> None:
    """The variable is not set: most pools then never recycle."""
    chat = Chat()
    del chat.plain["backend"]["DB_POOL_RECYCLE_SECONDS"]
    chat.deploy("backend")


def the_smallest_tier() -> None:
    """db-f1-micro shares its core."""
    chat = Chat()
    chat.database = chat.make_database({"tier": "db-f1-micro"})


def more_connections_than_memory() -> None:
    """The flag is raised, the memory is not."""
    chat = Chat()
    flag = {"name": "max_connections", "value": "4000"}
    chat.database = chat.make_database({"database_flags": [flag]})


def a_pool_over_the_socket() -> None:
    """120 connections of one instance over the socket, which carries 100."""
    chat = Chat()
    chat.database = chat.make_database({"tier": "db-custom-16-61440"})
    chat.plain["backend"] |= {
        "POSTGRES_HOST": chat.database.connection_name.apply(lambda name: f"/cloudsql/{name}"),
        "DB_POOL_SIZE": "100",
        "DB_MAX_OVERFLOW": "20",
    }
    sockets = {"name": "sql", "cloud_sql_instance": {"instances": [chat.database.connection_name]}}
    chat.deploy("backend", volumes=[sockets], scaling={"max_instance_count": 2})


def two_databases_one_too_small() -> None:
    """Auth has a database of its own, of two small cores, and a pool for a large one."""
    chat = Chat()
    own = gcp.sql.DatabaseInstance(
        "auth-database",
        name="netra-auth",
        region="us-central1",
        database_version="POSTGRES_17",
        deletion_protection=True,
        settings={
            "tier": "db-custom-1-3840",
            "edition": "ENTERPRISE",
            "availability_type": "REGIONAL",
            "deletion_protection_enabled": True,
            "ip_configuration": {
                "ipv4_enabled": False,
                "private_network": chat.network.id,
                "ssl_mode": "ENCRYPTED_ONLY",
            },
            "backup_configuration": {"enabled": True, "point_in_time_recovery_enabled": True},
        },
        opts=chat.after(chat.private_services),
    )
    chat.plain["auth"] |= {"POSTGRES_HOST": own.private_ip_address}
    chat.deploy("auth")


def timeouts_inside_out() -> None:
    """A call that may take longer than the run that waits for it."""
    chat = Chat()
    envs = {"AGENT_TIMEOUT": "30", "LLM_TIMEOUT": "60"}
    gcp.cloudrunv2.Service(
        "agent",
        name="netra-agent",
        location=REGION,
        ingress=chat.ingress,
        template={
            "containers": [
                {
                    "image": f"{REGION}-docker.pkg.dev/{PROJECT}/netra/agent@sha256:{'0' * 64}",
                    "envs": [{"name": name, "value": value} for name, value in envs.items()],
                }
            ]
        },
        opts=chat.after(*chat.apis),
    )


def a_job_of_many_tasks() -> None:
    """A migration of 200 tasks at once, each with a pool."""
    _beside(
        lambda chat, envs: gcp.cloudrunv2.Job(
            "backfill",
            name="netra-backfill",
            location=REGION,
            template={
                "task_count": 200,
                "template": {
                    "containers": [{"image": _image("backfill"), "envs": envs}],
                    "vpc_access": {"connector": chat.connector.id, "egress": chat.egress},
                },
            },
            opts=chat.after(*chat.apis, chat.private_services),
        )
    )


def a_worker_pool_of_many() -> None:
    """Consumers of a queue, scaled by hand to more than the database bears."""
    _beside(
        lambda chat, envs: gcp.cloudrunv2.WorkerPool(
            "consumers",
            name="netra-consumers",
            location=REGION,
            scaling={"manual_instance_count": 60},
            template={
                "containers": [{"image": _image("consumers"), "envs": envs}],
                "vpc_access": {"connector": chat.connector.id, "egress": chat.egress},
            },
            opts=chat.after(*chat.apis, chat.private_services),
        )
    )


def _beside(declare: Callable[[Chat, list[dict]], object]) -> None:
    chat = Chat()
    values = {
        "DB_POOL_SIZE": "10",
        "DB_POOL_RECYCLE_SECONDS": "300",
        "DB_HOST": chat.database.private_ip_address,
    }
    declare(chat, [{"name": name, "value": value} for name, value in values.items()])


def _image(name: str) -> str:
    return f"{REGION}-docker.pkg.dev/{PROJECT}/netra/{name}@sha256:{'0' * 64}"
