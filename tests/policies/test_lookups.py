"""Who can be asked for what no plan holds, and what becomes of the answers."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from policies.lookups import Answers, SecretState, VersionName
from policies.pack import google as asked_google
from policies.pack.clouds import SandboxCloud, cloud
from policies.pack.google import GoogleCloud, google
from sandbox.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


def version(secret, number, project="netra-staging"):
    return VersionName(project, secret, number)


@pytest.fixture
def sandbox(tmp_path):
    settings = Settings(tmp_path, ROOT / "sandbox" / "outside.yaml")
    settings.open_cloud().close()
    return SandboxCloud(tmp_path / "cloud.sqlite")


def test_the_sandboxs_cloud_says_what_is_there(sandbox):
    wanted = {
        version("jwt-secret", "1"): SecretState.DESTROYED,
        version("jwt-secret", "2"): SecretState.DISABLED,
        version("jwt-secret", "3"): SecretState.ENABLED,
        version("jwt-secret", "3", "418722330501"): SecretState.ENABLED,
        version("jwt-secret", "4"): SecretState.MISSING,
        version("nobody-made-it", "1"): SecretState.MISSING,
        version("jwt-secret", "3", "netra-production"): SecretState.MISSING,
    }
    assert sandbox.secret_versions(set(wanted)) == wanted
    assert sandbox.secret_versions({version("jwt-secret", "1", "somebody-elses")}) == {}


@pytest.mark.parametrize("content", [None, b"", b"no database at all" * 100])
def test_a_cloud_that_is_not_there_yet_knows_nothing(tmp_path, content):
    path = tmp_path / "cloud.sqlite"
    if content is not None:
        path.write_bytes(content)
    assert SandboxCloud(path).secret_versions({version("jwt-secret", "3")}) == {}
    assert path.exists() is (content is not None)


def test_each_question_is_asked_once():
    class Source:
        def __init__(self):
            self.heard = []

        def secret_versions(self, wanted):
            self.heard.append(sorted(wanted))
            return {one: SecretState.ENABLED for one in wanted if one == a}

    source = Source()
    answers = Answers(source)
    a, b = version("a", "1"), version("b", "1")
    answers.ask([a])
    answers.ask([a, b, b])
    answers.ask([b])
    assert source.heard == [[a], [b]]
    assert answers.secret_version("netra-staging", "a", "1") is SecretState.ENABLED
    assert answers.secret_version("netra-staging", "b", "1") is None
    Answers().ask([a])


@contextmanager
def secret_manager(answer):
    """An API of our own; `answer` gives status and body for a path."""
    heard = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            heard.append((self.path, self.headers["Authorization"]))
            status, body = answer(self.path)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.do_GET()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/", heard
    finally:
        server.shutdown()
        server.server_close()


BEARER = {"Authorization": "Bearer token"}
ANSWERS = {
    "1": (200, json.dumps({"state": "ENABLED"}).encode()),
    "2": (200, json.dumps({"state": "DISABLED"}).encode()),
    "3": (200, json.dumps({"state": "DESTROYED"}).encode()),
    "4": (404, b"{}"),
    "5": (403, b"{}"),
    "6": (200, b"not json"),
    "7": (200, b"[]"),
    "8": (200, json.dumps({"state": "STATE_UNSPECIFIED"}).encode()),
}


def test_google_is_asked_for_metadata_only():
    with secret_manager(lambda path: ANSWERS[path.rsplit("/", 1)[-1]]) as (api, heard):
        told = GoogleCloud(lambda: BEARER, api).secret_versions({version("a", n) for n in ANSWERS})
    assert {one.version: str(state) for one, state in told.items()} == {
        "1": "enabled", "2": "disabled", "3": "destroyed", "4": "missing",
    }  # fmt: skip
    assert min(heard) == ("/v1/projects/netra-staging/secrets/a/versions/1", "Bearer token")
    assert not [path for path, _ in heard if "access" in path]


def test_who_does_not_answer_in_time_says_nothing(monkeypatch):
    monkeypatch.setattr(asked_google, "DEADLINE", 0.4)

    def slow(_path):
        time.sleep(1)
        return 200, b"{}"

    with secret_manager(slow) as (api, _):
        before = time.monotonic()
        assert GoogleCloud(lambda: BEARER, api).secret_versions({version("a", "1")}) == {}
        assert time.monotonic() - before < 1
    assert GoogleCloud(lambda: time.sleep(1) or {}).secret_versions({version("a", "1")}) == {}


def test_credentials_that_cannot_be_had_are_none():
    def fails():
        raise RuntimeError

    assert GoogleCloud(fails).secret_versions({version("a", "1")}) == {}
    assert GoogleCloud(dict, "http://127.0.0.1:1/").secret_versions({version("a", "1")}) == {}


def test_who_is_asked_follows_from_the_environment(tmp_path):
    nothing = {"HOME": str(tmp_path)}
    assert google(nothing) is None
    assert cloud(nothing) is None
    assert isinstance(google({**nothing, "GOOGLE_OAUTH_ACCESS_TOKEN": "t"}), GoogleCloud)
    sandbox = {**nothing, "SANDBOX_CLOUD": str(tmp_path / "c"), "GOOGLE_OAUTH_ACCESS_TOKEN": "t"}
    assert isinstance(cloud(sandbox), SandboxCloud)
