"""A GitHub of one repository on 127.0.0.1: comments and issues, page by page, as its REST API has them."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

BOT = "github-actions[bot]"
ROOT = "/repos/octo-org/plumbline/"


class Repository:
    """What is in it, and what was asked of it."""

    def __init__(self):
        self.issues, self.comments, self.asked = [], [], []
        self.refuses = None

    def comment(self, body, login=BOT, issue=7):
        made = {"id": len(self.comments) + 100, "body": body, "user": {"login": login}, "issue": issue}
        self.comments.append(made)
        return made

    def issue(self, body, login=BOT, **more):
        made = {
            "number": len(self.issues) + 1,
            "body": body,
            "user": {"login": login},
            "state": "open",
            **more,
        }
        self.issues.append(made)
        return made

    def answer(self, method, path, query, body):  # noqa: PLR0911 - one for each request that there is
        match method, path.split("/"):
            case "GET", ["issues", number, "comments"]:
                return [each for each in self.comments if each["issue"] == int(number)]
            case "POST", ["issues", number, "comments"]:
                return self.comment(body["body"], issue=int(number))
            case "PATCH", ["issues", "comments", number]:
                [found] = [each for each in self.comments if each["id"] == int(number)]
                return found.update(body) or found
            case "GET", ["issues"]:
                return [each for each in self.issues if each["state"] == query["state"][0]]
            case "POST", ["issues"]:
                return self.issue(**body)
            case "PATCH", ["issues", number]:
                [found] = [each for each in self.issues if each["number"] == int(number)]
                return found.update(body) or found
        return None


@contextmanager
def served(repository):
    """Serve it; the address is given."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            address = urlsplit(self.path)
            query = parse_qs(address.query)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"null")
            path = address.path.removeprefix(ROOT)
            repository.asked.append((self.command, path, self.headers["Authorization"]))
            if repository.refuses:
                return self._send(repository.refuses, {"message": "Resource not accessible by integration"})
            found = repository.answer(self.command, path, query, body)
            if isinstance(found, list):
                size, page = int(query["per_page"][0]), int(query["page"][0])
                found = found[(page - 1) * size : page * size]
            return self._send(200 if found is not None else 404, found)

        do_POST = do_PATCH = do_GET  # noqa: N815 - the server's names

        def _send(self, code, body):
            text = json.dumps(body).encode()
            self.send_response(code)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
