"""Killing `up` (kill -9) in the middle of a create, and putting the stack right.

The point is chosen by making one create slow: as at Google, the call that was sent goes on without its
caller.
"""

import re

from plumb.identities import computed_id
from sandbox.cloud import Cloud
from tests.engine.world import kill, wait_for

NETWORK = "gcp:compute/network:Network"
SQL = "gcp:sql/databaseInstance:DatabaseInstance"
VERSION = "gcp:secretmanager/secretVersion:SecretVersion"
RUN = "gcp:cloudrunv2/service:Service"
CONNECTOR = "gcp:vpcaccess/connector:Connector"


def slow(token):
    return {"type": token, "operation": "create", "latency_ms": 120_000}


def refused_before_it_starts(token):
    """The engine was killed before its call got to Google: nothing is made, and no answer comes."""
    return {"type": token, "operation": "create", "latency_ms": 120_000, "status": 503}


def kill_during(world, token, rule, *, made):
    """Start `up`, kill it once the create of `token` is pending (and the cloud has the thing, if `made`)."""
    world.faults(rule)
    world.run("true").must()
    before = {thing for thing in world.things() if thing[0] == token}

    def under_way():
        pending = {each["resource"]["type"] for each in world.latest().get("pending_operations") or ()}
        return token in pending and (not made or {t for t in world.things() if t[0] == token} - before)

    up = world.start(
        "pulumi", "up", "--stack", "staging", "--yes", "--skip-preview", out=world.folder / "up.txt"
    )
    try:
        wait_for(lambda: under_way() or up.poll() is not None)
        assert up.poll() is None, (world.folder / "up.txt").read_text()
    finally:
        kill(up)
    world.faults()
    world.all_is_ready()


def recover(world):
    """The lock is named, with the command; the command; `up`; `up` once more."""
    blocked = world.up()
    assert blocked.code == 1
    assert re.search(
        r"lock: .*/\.pulumi/locks/organization/plumbline/staging/.*\.json \(process \d+, ", blocked.text
    )
    assert "fix: plumb recover staging" in blocked.text
    recovered = world.run("plumb", "recover", "staging", *looked_up(world)).must()
    world.up().must()
    assert world.up("--expect-no-changes").must().changes[0].endswith("unchanged")
    return recovered


def looked_up(world):
    """What the user looks up at Google of interrupted creates whose numbers Google chooses."""
    found = []
    for operation in world.latest().get("pending_operations") or ():
        resource = operation["resource"]
        asked = operation["type"] == "creating" and resource.get("custom")
        if asked and computed_id(world.latest(), resource) is None:
            title = (resource.get("inputs") or {}).get("displayName")
            with Cloud(world.state / "cloud.sqlite").transaction() as cloud:
                made = [
                    each.id for each in cloud.all(resource["type"]) if each.body.get("displayName") == title
                ]
            found += ["--id", f"{resource['urn']}={made[0] if made else 'none'}"]
    return found


def lost_or_doubled(world):
    """Things that the cloud has and the state has not, and the other way round."""
    in_state = [(each["type"], each["id"]) for each in world.resources() if each["type"].startswith("gcp:")]
    assert len(in_state) == len(set(in_state))
    mine = {each for each in in_state if each[0] != "gcp:projects/service:Service"}
    reads = {each for each in mine if each not in world.things()}
    return world.things() - mine, {each for each in reads if each[0] in {NETWORK, SQL, RUN, CONNECTOR}}
