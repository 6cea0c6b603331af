"""A deploy's record is fetched, or known to be absent; anything else ends the job before it deploys."""

import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from ruamel.yaml import YAML

from tests.github.conftest import TOKEN
from toolchain.places import ROOT

LINE = b'{"deploy": "4711"}\n'


@contextmanager
def storage(code, body=LINE):
    """A Cloud Storage that answers everything alike, and what was asked of it."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.path, self.headers["Authorization"]))
            self.send_response(code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


def fetch(folder, url, backend="gs://netra-state"):
    env = {"PATH": "/usr/bin:/bin", "STORAGE_EMULATOR_HOST": url, "BACKEND": backend, "ACCESS_TOKEN": TOKEN}
    command = [sys.executable, "-m", "toolchain.github.record", "staging", str(folder)]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert TOKEN not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.mark.parametrize(
    ("backend", "path"),
    [
        ("gs://netra-state", "/storage/v1/b/netra-state/o/deploys%2Fstaging.jsonl?alt=media"),
        ("gs://netra-state/a/b", "/storage/v1/b/netra-state/o/a%2Fb%2Fdeploys%2Fstaging.jsonl?alt=media"),
    ],
)
def test_the_record_so_far_is_put_where_the_deploy_looks_for_it(tmp_path, backend, path):
    with storage(200) as (url, asked):
        assert fetch(tmp_path / "deploys", url, backend).returncode == 0
    assert (tmp_path / "deploys" / "staging.jsonl").read_bytes() == LINE
    assert asked == [(path, f"Bearer {TOKEN}")]


def test_a_record_that_there_is_not_is_no_error(tmp_path):
    with storage(404, b"No such object") as (url, _):
        done = fetch(tmp_path, url)
    assert done.returncode == 0
    assert done.stdout == "record: there is none yet\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("code", [401, 403, 429, 500, 503])
def test_a_record_that_may_not_be_read_now_is_not_taken_for_absent(tmp_path, code):
    with storage(code, b"no") as (url, _):
        done = fetch(tmp_path, url)
    assert done.returncode == 1
    assert f"gs://netra-state/deploys/staging.jsonl: {code}" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_storage_that_cannot_be_reached_is_not_taken_for_an_absent_record(tmp_path):
    with storage(200) as (url, _):
        pass
    assert fetch(tmp_path, url).returncode == 1
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_bucket_or_no_token_is_told(tmp_path):
    done = fetch(tmp_path, "http://127.0.0.1:9", backend="file:///x")
    assert done.returncode == 1
    assert "BACKEND" in done.stderr


def test_the_workflow_asks_for_it_before_it_deploys():
    workflow = YAML(typ="safe").load((ROOT / ".github" / "workflows" / "deploy-stack.yml").read_text())
    ran = [step.get("run", "") for step in workflow["jobs"]["deploy"]["steps"]]
    [fetches] = [index for index, text in enumerate(ran) if "toolchain.github.record" in text]
    [deploys] = [index for index, text in enumerate(ran) if "bin/plumb deploy" in text]
    assert fetches < deploys
    assert "||" not in ran[fetches]
