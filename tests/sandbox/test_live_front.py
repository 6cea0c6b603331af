"""The load balancer's proxy, its URL map, and names: without a namespace, on this machine's loopback."""

from __future__ import annotations

import asyncio
import json
import socket
from contextlib import asynccontextmanager

import httpx
import pytest
from dnslib import QTYPE, RCODE, DNSRecord

from sandbox.live.names import Names
from sandbox.live.programs import matching
from sandbox.live.programs.proxy import Proxy
from sandbox.live.standin import tokens

URL_MAP = {
    "default": {"status": 404},
    "hosts": [
        {
            "hosts": ["api.example.test", "*.apps.example.test"],
            "default": {"service": "api"},
            "paths": [
                {"paths": ["/old", "/old/*"], "redirect": {"httpsRedirect": True, "pathRedirect": "/new"}},
                {"paths": ["/old/but/kept"], "service": "kept"},
            ],
        },
        {"hosts": ["own.apps.example.test"], "default": {"service": "own"}, "paths": []},
    ],
}


@pytest.mark.parametrize(
    ("host", "path", "found"),
    [
        ("api.example.test", "/", {"service": "api"}),
        ("API.example.test", "/?a=/old", {"service": "api"}),
        ("any.apps.example.test", "/", {"service": "api"}),
        ("own.apps.example.test", "/", {"service": "own"}),
        ("other.example.test", "/", {"status": 404}),
        ("api.example.test", "/old/but/kept?x=1", {"service": "kept"}),
        ("api.example.test", "/older", {"service": "api"}),
    ],
)
def test_the_most_exact_host_and_the_longest_path_decide(host, path, found):
    assert matching.action(URL_MAP, host, path).items() >= found.items()


def test_a_redirect_keeps_the_query_unless_it_strips_it():
    rule = matching.action(URL_MAP, "api.example.test", "/old/x?y=1")["redirect"]
    assert matching.redirect(rule, "api.example.test", "/old/x?y=1") == (
        301,
        "https://api.example.test/new?y=1",
    )
    other = {"hostRedirect": "b.test", "stripQuery": True, "redirectResponseCode": "FOUND"}
    assert matching.redirect(other, "a.test", "/p?q") == (302, "http://b.test/p")


def test_rules_by_address_refuse_in_their_order():
    deny = [{"ranges": ["10.1.0.0/16"], "status": 0}, {"ranges": ["10.0.0.0/8", "x"], "status": 403}]
    backend = {"deny": deny, "status": 0}
    assert [matching.refused(backend, each) for each in ("10.1.2.3", "10.2.3.4", "9.9.9.9")] == [0, 403, 0]
    assert matching.refused({"deny": [{"ranges": ["*"], "status": 502}], "status": 0}, "9.9.9.9") == 502
    assert matching.refused({"deny": [], "status": 403}, "9.9.9.9") == 403


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@asynccontextmanager
async def proxied(folder, upstream, **changes):
    """A proxy before an upstream that answers raw bytes; its base URL, and the proxy."""
    server = await asyncio.start_server(upstream, "127.0.0.1", 0)
    port, front = server.sockets[0].getsockname()[1], free_port()
    target = {"place": "revision", "port": port, "weight": 100}
    backend = {"targets": [target], "status": 0, "slow": 0, "refuseWebSockets": False, "deny": [], **changes}
    listener = {
        "port": front,
        "tls": False,
        "map": {"default": {"service": "api"}, "hosts": []},
        "backends": {"api": backend},
        "refuseWebSockets": False,
    }
    routes = {"address": "127.0.0.1", "listeners": [listener], "addresses": {"revision": "127.0.0.1"}}
    folder.joinpath("routes.json").write_text(json.dumps(routes))
    proxy = Proxy(folder)
    running = asyncio.create_task(proxy.run())
    while True:
        try:
            (await asyncio.open_connection("127.0.0.1", front))[1].close()
            break
        except OSError:
            await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{front}", proxy
    finally:
        running.cancel()
        server.close()


async def echo(reader, writer):
    """Answer with the request's head and body, chunked."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        (
            int(line.split(b":")[1])
            for line in head.lower().splitlines()
            if line.startswith(b"content-length")
        ),
        0,
    )
    body = head + await reader.readexactly(length)
    writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    for start in range(0, len(body), 1000):
        chunk = body[start : start + 1000]
        writer.write(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
    writer.write(b"0\r\n\r\n")
    await writer.drain()
    writer.close()


def test_requests_pass_whole_one_after_the_other_on_one_connection(tmp_path):
    async def main():
        async with proxied(tmp_path, echo) as (url, _), httpx.AsyncClient() as client:
            first = await client.post(url, content=b"x" * 100_000, headers={"Connection": "keep-alive"})
            second = await client.get(f"{url}/path?query=1")
        assert first.text.endswith("x" * 100_000)
        assert second.text.startswith("GET /path?query=1 HTTP/1.1")
        assert "x-forwarded-for: 127.0.0.1" in second.text.lower()
        assert "x-forwarded-proto: http\r" in second.text.lower()

    asyncio.run(main())


def test_what_cannot_be_reached_or_is_refused_is_answered_by_the_proxy(tmp_path):
    async def main():
        gone = {"targets": [{"place": "revision", "port": free_port(), "weight": 100}]}
        for changes, status in ((gone, 503), ({"targets": []}, 503), ({"status": 404}, 404)):
            async with proxied(tmp_path, echo, **changes) as (url, _), httpx.AsyncClient() as client:
                assert (await client.get(url)).status_code == status

    asyncio.run(main())


def test_routes_are_read_again_and_open_connections_stay(tmp_path):
    async def main():
        async with proxied(tmp_path, echo) as (url, proxy), httpx.AsyncClient() as client:
            assert (await client.get(url)).status_code == 200
            path = tmp_path / "routes.json"
            routes = json.loads(path.read_text())
            routes["listeners"][0]["backends"]["api"]["status"] = 403
            path.write_text(json.dumps(routes))
            proxy.read()
            assert (await client.get(url)).status_code == 403

    asyncio.run(main())


def test_an_unknown_name_does_not_exist_and_a_known_one_has_an_address_and_no_other_record():
    names = Names()
    names.table = {"api.example.test": "34.1.2.3"}

    def ask(name, kind="A"):
        return DNSRecord.parse(names.answer(DNSRecord.question(name, kind).pack()))

    assert str(ask("API.example.test.").short()) == "34.1.2.3"
    assert (ask("api.example.test", "AAAA").rr, ask("api.example.test", "AAAA").header.rcode) == (
        [],
        RCODE.NOERROR,
    )
    assert ask("example.org").header.rcode == RCODE.NXDOMAIN
    assert ask("api.example.test").q.qtype == QTYPE.A
    assert names.answer(b"nonsense") is None


def test_a_token_is_good_for_its_secret_only_and_not_for_ever(monkeypatch):
    token = tokens.sign("netra-backend", "one")
    assert tokens.verify(token, "one") == "netra-backend"
    assert tokens.verify(token, "two") is None
    assert tokens.verify(token, "") is None
    assert tokens.verify("", "one") is None
    assert tokens.verify("no.token.at-all", "one") is None
    monkeypatch.setattr(tokens, "LIFETIME_SECONDS", -1)
    assert tokens.verify(tokens.sign("netra-backend", "one"), "one") is None
