"""Locks that killed updates leave, and what is protected."""

import json
import os
import socket
import subprocess
import sys

import pytest

from toolchain.backend import locks, refuse_dead_lock, refuse_protected_destroy, remove_remains, stack_file
from toolchain.places import ToolchainError


@pytest.fixture
def dead():
    """The pid of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def put_lock(backend, pid, host=None):
    path = backend / ".pulumi" / "locks" / "organization" / "p" / "staging" / "1234.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "pid": pid,
        "username": "u",
        "hostname": host or socket.gethostname(),
        "timestamp": "2026-01-01T00:00:00Z",
    }
    path.write_text(json.dumps(content))
    return path


def test_a_dead_updates_lock_is_named_with_the_command_that_removes_it(tmp_path, dead):
    path = put_lock(tmp_path, dead)
    with pytest.raises(ToolchainError) as refused:
        refuse_dead_lock(tmp_path, "p", "staging")
    assert str(path) in str(refused.value)
    assert f"process {dead}, 2026-01-01T00:00:00Z" in str(refused.value)
    assert "plumb recover staging" in str(refused.value)


def test_another_process_that_got_the_dead_updates_number_does_not_hide_it(tmp_path):
    put_lock(tmp_path, os.getpid())  # this is pytest, not pulumi
    with pytest.raises(ToolchainError, match="plumb recover"):
        refuse_dead_lock(tmp_path, "p", "staging")


def test_a_running_updates_lock_is_left_to_pulumi(tmp_path):
    script = f"import time; time.sleep(60)  #{'a long way ' * 30}pulumi up"
    process = subprocess.Popen([sys.executable, "-c", script])  # noqa: S603 - sleeps, under a name with pulumi in it
    try:
        put_lock(tmp_path, process.pid)
        refuse_dead_lock(tmp_path, "p", "staging")
        assert not locks(tmp_path, "p", "staging")[0].owner_is_dead
    finally:
        process.kill()
        process.wait()


def test_a_lock_from_another_machine_is_left_to_pulumi(tmp_path, dead):
    put_lock(tmp_path, dead, host="elsewhere")
    refuse_dead_lock(tmp_path, "p", "staging")


def test_another_stacks_lock_is_no_matter(tmp_path, dead):
    put_lock(tmp_path, dead)
    refuse_dead_lock(tmp_path, "p", "production")


def put_state(backend, *resources):
    path = backend / ".pulumi" / "stacks" / "p" / "staging.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"version": 3, "checkpoint": {"latest": {"resources": list(resources)}}}))


def resource(name, *, protect=False, **inputs):
    urn = f"urn:pulumi:staging::p::t:m:T::{name}"
    return {"urn": urn, "type": "t:m:T", "protect": protect, "inputs": inputs}


def test_a_destroy_is_refused_with_every_protected_resource_and_each_of_its_switches(tmp_path):
    put_state(
        tmp_path,
        resource("db", protect=True, deletionProtection=True, settings={"deletionProtectionEnabled": True}),
        resource("api", deletionPolicy="PREVENT"),
        resource("net", deletionProtection=False),
    )
    with pytest.raises(ToolchainError) as refused:
        refuse_protected_destroy(tmp_path, "p", "staging")
    assert str(refused.value).splitlines()[1:3] == [
        "  db (t:m:T): protect, deletionProtection, settings.deletionProtectionEnabled",
        "  api (t:m:T): deletionPolicy PREVENT",
    ]
    assert "p:deletionProtection is true in Pulumi.staging.yaml" in str(refused.value)
    assert "bin/sandbox --unprotected pulumi up --stack staging" in str(refused.value)


def test_a_destroy_of_what_is_not_protected_is_let_through(tmp_path):
    refuse_protected_destroy(tmp_path, "p", "staging")
    put_state(tmp_path, resource("net"))
    refuse_protected_destroy(tmp_path, "p", "staging")


def test_what_a_killed_write_left_is_removed_and_nothing_else(tmp_path):
    put_state(tmp_path)
    lock = put_lock(tmp_path, 1)
    folder = stack_file(tmp_path, "p", "staging").parent
    remains = [
        folder / "staging.json.attrs",
        folder / "staging.json.18ea.tmp",
        lock.with_name("1234.json.attrs"),
    ]
    for path in remains:
        path.write_text("")
    whole = [folder / "staging.json.bak.attrs", folder / "production.json.attrs"]
    for path in whole:
        path.write_text('{"user.content_type": "text/plain"}')
    remove_remains(tmp_path, "p", "staging")
    assert [path.exists() for path in remains] == [False, False, False]
    assert all(path.exists() for path in (*whole, lock, folder / "staging.json"))
