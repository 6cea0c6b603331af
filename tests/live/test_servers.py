"""What stands for Redis, PostgreSQL and a service behaves as Google's, seen from the service's place."""

import json

import pytest

from sandbox.errors import HalfCreatedError
from tests.live.world import PORT, PROBE, universe_of


def test_everything_that_was_created_answers(live):
    things = {each["thing"].rpartition("/")[2]: each for each in live.live.status()["things"]}
    assert {"redis", "postgres", "front", "internet"} < set(things)
    assert {each["state"] for each in things.values()} == {"ready"}
    assert live.live.status()["notes"] == ["PostgreSQL 15 stands in for every version"]


def test_redis_refuses_who_does_not_know_the_auth_string(live):
    assert "NOAUTH" in live.redis("PING", password="").out
    assert "WRONGPASS" in live.redis("PING", password="another").err  # noqa: S106 - a wrong one
    assert live.redis("PING").out == "PONG"


def test_redis_takes_tls_only_and_shows_the_certificate_of_its_own_authority(live):
    assert live.redis("PING", tls=False).code != 0
    live.folder.joinpath("ca.pem").write_text(live.up_by_name["redis"]["serverCaCerts"][0]["cert"])
    host = live.up_by_name["redis"]["host"]
    ask = ("openssl", "s_client", "-connect", f"{host}:6378", "-verify_ip", host, "-verify_return_error")
    good = live.at("backend", *ask, "-CAfile", str(live.folder / "ca.pem"))
    assert "Verify return code: 0 (ok)" in good.out
    assert live.at("backend", *ask).code != 0


def test_redis_has_the_eviction_policy_and_a_share_of_the_memory(live):
    assert live.redis("CONFIG", "GET", "maxmemory-policy").out.split() == ["maxmemory-policy", "volatile-lru"]
    assert live.redis("CONFIG", "GET", "maxmemory").out.split() == ["maxmemory", str(64 * 2**20)]


def test_postgresql_takes_no_plain_text_and_no_wrong_password(live):
    assert "no pg_hba.conf entry" in live.psql("SELECT 1", "sslmode=disable").err
    assert "password authentication failed" in live.psql("SELECT 1", password="wrong").err  # noqa: S106 - wrong
    assert live.psql("SELECT 1").out == "1"


def test_postgresql_shows_a_certificate_of_the_instances_authority(live):
    live.folder.joinpath("sql.pem").write_text(live.up_by_name["postgres"]["serverCaCerts"][0]["cert"])
    assert live.psql("SELECT 1", f"sslmode=verify-full sslrootcert={live.folder / 'sql.pem'}").out == "1"
    live.folder.joinpath("other.pem").write_text(live.up_by_name["redis"]["serverCaCerts"][0]["cert"])
    assert live.psql("SELECT 1", f"sslmode=verify-ca sslrootcert={live.folder / 'other.pem'}").code != 0


def test_postgresql_refuses_the_connection_after_the_last(live):
    """15 connections, 3 of them for superusers."""
    text = """
import os, psycopg
where = f"host={os.environ['POSTGRES_HOST']} user=app dbname=app password={os.environ['POSTGRES_PASSWORD']}"
held = []
try:
    while len(held) < 50:
        held.append(psycopg.connect(where, sslmode="require"))
except psycopg.OperationalError as error:
    print(len(held), error)
"""
    count, _, said = live.python("backend", text).must().out.partition(" ")
    assert int(count) == 12
    assert "remaining connection slots are reserved" in said or "too many clients" in said


def test_databases_and_users_come_and_go_while_postgresql_runs(live):
    pid = next(each for each in live.live.status()["things"] if each["sort"] == "postgresql")["processes"]
    made = live.up("gcp:sql/database:Database", "more", instance="postgres", name="more")
    assert "more" in live.psql("SELECT datname FROM pg_database").out.split()
    live.down(made)
    live.live.reconcile()
    assert "more" not in live.psql("SELECT datname FROM pg_database").out.split()
    now = next(each for each in live.live.status()["things"] if each["sort"] == "postgresql")["processes"]
    assert now == pid


def test_a_service_has_its_variables_its_secrets_and_what_cloud_run_sets_and_no_more(live):
    seen = dict(line.split("=", 1) for line in live.at("backend", "env", "-0").out.split("\0") if "=" in line)
    declared = {env["name"] for env in live.backend()["template"]["containers"][0]["envs"]}
    given = {"PORT", "K_SERVICE", "K_REVISION", "K_CONFIGURATION", "PATH", "SSL_CERT_FILE"}
    assert set(seen) == declared | given
    assert seen["SERVICE_SECRET"] == "value of service-secret"  # noqa: S105 - the test's own
    assert (seen["PORT"], seen["K_SERVICE"]) == (str(PORT), "backend")
    running = universe_of(live.folder)
    servers = [pid for pid in running.pids if "sandbox.live.standin" in open(f"/proc/{pid}/cmdline").read()]  # noqa: PTH123, SIM115 - one word of a process
    whole = open(f"/proc/{servers[0]}/environ").read()  # noqa: PTH123, SIM115 - likewise
    assert {each.partition("=")[0] for each in whole.split("\0") if each} == declared | given


def test_a_service_that_is_not_well_is_made_and_not_ready_and_says_why(live):
    inputs = live.backend(REDIS_PORT="6379")
    inputs["name"] = "unwell"
    inputs["template"]["containers"][0]["startupProbe"] = {**PROBE, "failureThreshold": 4}
    with pytest.raises(HalfCreatedError) as failure:
        live.up("gcp:cloudrunv2/service:Service", "unwell", **inputs)
    assert "The user-provided container failed the configured startup probe checks." in failure.value.reason
    assert '"cache"' in failure.value.reason
    with live.cloud.transaction():
        thing = live.cloud.get("gcp:cloudrunv2/service:Service", failure.value.resource_id)
        live.cloud.remove(thing)
    assert thing.body["terminalConditions"][0]["state"] == "CONDITION_FAILED"
    assert thing.body["latestReadyRevision"] == ""
    live.live.reconcile()


def test_a_job_runs_once_at_its_place_with_its_own_environment(live):
    template = live.backend()["template"]
    container = {key: value for key, value in template["containers"][0].items() if key == "image"}
    container["envs"] = [{"name": "ONLY", "value": "this"}]
    task = {"containers": [container], "serviceAccount": template["serviceAccount"]}
    job = live.up(
        "gcp:cloudrunv2/job:Job",
        "once",
        name="once",
        location="us-central1",
        template={"template": task},
        deletionProtection=False,
    )
    lines, logs = [], []
    code = live.live.run_job("once", on_line=lines.append, on_log=logs.append)
    assert (code, lines) == (2, [])
    assert "PLUMB_PROBES" in logs[-1]
    assignment = json.dumps({"env": {"service": "once", "variables": ["ONLY"]}})
    code = live.live.run_job(
        "once", env={"PLUMB_PROBES": assignment}, on_line=lines.append, on_log=logs.append
    )
    assert code in {0, 1, 2}
    live.down(job)
