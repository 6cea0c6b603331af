"""The load balancer, names and revisions, seen by a user on the internet."""

import json

import pytest

from tests.live.world import CANDIDATE_HOST, HOST, wait_until

CHAT = """
import asyncio, json, os, ssl, sys
import httpx, websockets
host, secret = sys.argv[1:3]
async def main():
    async with httpx.AsyncClient() as client:
        answer = await client.post(
            f"https://{host}/auth/service", json={"service_id": "me"}, headers={"X-Service-Secret": secret}
        )
    token = answer.json().get("access_token", "none")
    headers = {"Authorization": f"Bearer {token}"}
    try:
        async with websockets.connect(
            f"wss://{host}/ws", additional_headers=headers, ssl=ssl.create_default_context()
        ) as socket:
            await socket.send(json.dumps({"type": "message", "text": "hello"}))
            said = [json.loads(await socket.recv())]
            while said[-1]["type"] == "token":
                said.append(json.loads(await socket.recv()))
        print(json.dumps([each["type"] for each in said]))
    except websockets.ConnectionClosed as closed:
        print(json.dumps(closed.rcvd.code))
    except websockets.InvalidStatus as refused:
        print(json.dumps(refused.response.status_code))
asyncio.run(main())
"""


def curl(live, *words, place="outside"):
    return live.at(place, "curl", "-sS", "-m", "10", *words)


def chat(live, secret="value of service-secret"):  # noqa: S107 - a test's
    return json.loads(live.python("outside", CHAT, HOST, secret).must().out)


def test_a_message_goes_through_the_load_balancer_to_the_service_and_back(live):
    assert chat(live) == ["token", "token", "token", "token", "end"]


def test_a_token_that_is_not_good_closes_the_socket(live):
    assert chat(live, "another secret") == 4401


def test_a_refused_websocket_is_refused_until_it_is_mended_and_plain_requests_pass(live):
    live.live.fault("backend", "refuse-websockets")
    try:
        assert chat(live) == 403
        assert json.loads(curl(live, f"https://{HOST}/health").out) == {"status": "ok"}
    finally:
        live.live.mend("backend")
    assert chat(live)[-1] == "end"


def test_a_host_that_nobody_named_is_refused(live):
    address = live.up_by_name["address"]["address"]
    other = ("--resolve", f"other.example.test:443:{address}", "https://other.example.test/")
    assert "SSL" in curl(live, *other).err
    assert curl(live, "-k", "-o", "/dev/null", "-w", "%{http_code}", *other).out == "404"


@pytest.mark.parametrize(
    ("place", "name", "found"),
    [
        ("outside", HOST, True),
        ("backend", HOST, True),
        ("backend", "api.openai.com", True),
        ("backend", "clickhouse.example.test", True),
        ("backend", "example.org", False),
        ("backend", "redis", False),
    ],
)
def test_names_are_known_inside_and_no_others(live, place, name, found):
    text = "import socket, sys; print(socket.gethostbyname(sys.argv[1]))"
    ran = live.python(place, text, name)
    assert (ran.code == 0) == found
    assert found or "Name or service not known" in ran.err


def test_external_hosts_have_good_certificates(live):
    assert curl(live, "-o", "/dev/null", "-w", "%{http_code}", "https://api.openai.com/", place="backend").out
    assert (
        curl(
            live,
            "-o",
            "/dev/null",
            "-w",
            "%{http_code}",
            "https://clickhouse.example.test:8443/",
            place="backend",
        ).out
        == "401"
    )


def revision(live, host):
    """Which revision answers at a host; the status when none does."""
    done = curl(live, "-w", "\n%{http_code}", f"https://{host}/health")
    return done.out.splitlines()[-1]


def test_a_candidate_is_reached_by_its_tag_and_gets_traffic_when_it_is_moved(live):
    """A rollout as a deploy makes it: tag, then a share, then all; no request is lost on the way."""
    from sandbox.services.cloudrunv2 import SERVICE, move_traffic  # noqa: PLC0415 - only here

    first = live.up_by_name["backend"]
    old = first["latestReadyRevision"].rpartition("/")[2]
    assert revision(live, CANDIDATE_HOST) == "404"

    def move(*targets):
        with live.cloud.transaction():
            move_traffic(live.cloud, live.cloud.get(SERVICE, first.id), list(targets))
        live.live.reconcile()

    def target(name, percent, tag=""):
        return {
            "type": "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION",
            "revision": name,
            "percent": percent,
            "tag": tag,
        }

    def running():
        return {
            each["thing"].rpartition("/")[2]
            for each in live.live.status()["things"]
            if each["sort"] == "cloud-run"
        }

    move(target(old, 100))
    with live.cloud.transaction():
        outputs = live.cloud.get(SERVICE, first.id).body
    first.made.outputs.update(outputs)
    second = live.change(first, **live.backend(GREETING="second"))
    live.up_by_name["backend"] = second
    new = second["latestReadyRevision"].rpartition("/")[2]
    assert new != old
    assert running() == {old, new}
    move(target(old, 100), target(new, 0, "candidate"))
    assert revision(live, CANDIDATE_HOST) == "200"
    live.live.fault(f"{first.id}/revisions/{new}", "stop")
    assert (revision(live, CANDIDATE_HOST), revision(live, HOST)) == ("503", "200")
    live.live.mend(f"{first.id}/revisions/{new}")
    move(target(new, 100))
    assert revision(live, HOST) == "200"
    wait_until(lambda: running() == {new})
    assert "second" in live.at("backend", "env").out
