"""What a preview lets pass and no create accepts, each in another way."""

import pulumi_gcp as gcp
from chat import REGION, Chat


def throughput_between_steps() -> None:
    """Throughput comes in steps of 100."""
    chat = Chat()
    chat.connector = chat.make_connector(
        min_instances=None, max_instances=None, min_throughput=250, max_throughput=950
    )


def as_many_at_least_as_at_most() -> None:
    """A connector wants fewer instances at least than at most."""
    chat = Chat()
    chat.connector = chat.make_connector(min_instances=5, max_instances=5)


def a_connector_range_of_24_bits() -> None:
    """A connector takes a /28 and nothing else."""
    chat = Chat()
    chat.connector = chat.make_connector(ip_cidr_range="10.8.0.0/24")


def a_range_with_host_bits() -> None:
    """An address inside a range is no range."""
    chat = Chat()
    gcp.compute.Subnetwork(
        "subnet", name="netra", region=REGION, network=chat.network.id, ip_cidr_range="10.10.0.7/20"
    )


def postgres_17_without_an_edition() -> None:
    """From 16 on the default edition is Enterprise Plus, which takes no custom tier."""
    chat = Chat()
    chat.database = chat.make_database({"edition": None})


def three_cpus() -> None:
    """A custom tier has one vCPU or an even number."""
    chat = Chat()
    chat.database = chat.make_database({"tier": "db-custom-3-12288"})


def memory_between_steps() -> None:
    """A custom tier's memory is a multiple of 256 MB."""
    chat = Chat()
    chat.database = chat.make_database({"tier": "db-custom-4-16000"})


def a_redis_that_does_not_exist() -> None:
    """No such version."""
    chat = Chat()
    chat.cache = chat.make_cache(redis_version="REDIS_8_1")


def replicas_on_the_basic_tier() -> None:
    """Read replicas need the standard tier."""
    chat = Chat()
    chat.cache = chat.make_cache(tier="BASIC", replica_count=2, read_replicas_mode="READ_REPLICAS_ENABLED")


def memory_beyond_its_cpu() -> None:
    """One CPU takes 4 GiB at most."""
    _frontend(resources={"limits": {"cpu": "1", "memory": "8Gi"}})


def three_cpus_of_a_service() -> None:
    """1, 2, 4, 6 or 8."""
    _frontend(resources={"limits": {"cpu": "3", "memory": "4Gi"}})


def a_timeout_over_an_hour() -> None:
    """Cloud Run waits for an hour at most."""
    _frontend(timeout="7200s")


def more_instances_at_least_than_at_most() -> None:
    """Of a revision."""
    _frontend(scaling={"min_instance_count": 12, "max_instance_count": 3})


def a_name_with_capitals() -> None:
    """Names are lower case."""
    chat = Chat()
    gcp.compute.Router("router", name="Netra_Router", region=REGION, network=chat.network.id)


def a_name_of_26_characters() -> None:
    """A connector's name has 25 at most."""
    chat = Chat()
    chat.connector = chat.make_connector(name="netra-staging-us-central-a")


def a_health_check_of_serverless() -> None:
    """Backends that are serverless take no health check."""
    chat = Chat()
    chat.deploy("frontend")
    check = gcp.compute.HealthCheck("check", name="netra", http_health_check={"port": 80})
    chat.backend_service("frontend", health_checks=check.id)


def _frontend(**changed: object) -> None:
    chat = Chat()
    container = {
        "image": f"{REGION}-docker.pkg.dev/netra-staging/netra/frontend@sha256:{'0' * 64}",
        "ports": {"container_port": 3000},
        "envs": [{"name": name, "value": value} for name, value in chat.plain["frontend"].items()],
    }
    if "resources" in changed:
        container["resources"] = changed.pop("resources")
    account = gcp.serviceaccount.Account("account", account_id="netra-frontend", opts=chat.after(*chat.apis))
    gcp.cloudrunv2.Service(
        "frontend",
        name="netra-frontend-staging",
        location=REGION,
        ingress="INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER",
        template={"service_account": account.email, "containers": [container], **changed},
    )
