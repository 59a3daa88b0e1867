"""kit.sentry: unit tests of scrub(), and what really leaves a process with the SDK installed."""
import gzip
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from django.test import SimpleTestCase

from kit import context
from kit.sentry import scrub
from tests.support import run_python

# A request that crashes, with a secret wherever a request can hold one; one that does not; a health
# question; a log line with a secret; a job that fails. Through the WSGI handler, as in a server.
PROGRAM = """
import io, json, logging
import tux.wsgi
from django.core.management import call_command
call_command("migrate", verbosity=0)
from faults import state
from kit import context
from kit.jobs import measured
from master_data.bootstrap import ensure_user, ensure_workspace
ensure_user("ann", token="PLANTED-token-of-ann")
ensure_workspace("acme", "ann")

def ask(path, query="", body=b""):
    environ = {
        "REQUEST_METHOD": "POST" if body else "GET", "PATH_INFO": path, "QUERY_STRING": query,
        "SERVER_NAME": "testserver", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(body), "wsgi.errors": io.StringIO(),
        "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body)),
        "HTTP_AUTHORIZATION": "Token PLANTED-token-of-ann", "HTTP_COOKIE": "sessionid=PLANTED",
        "HTTP_X_UNHEARD_OF": "PLANTED", "HTTP_X_REQUEST_ID": "edge-12345678",
    }
    answer = tux.wsgi.application(environ, lambda status, headers, exc_info=None: None)
    list(answer)
    answer.close()

strings = "/api/v1/workspaces/acme/strings/"
state.merge({"error_ratio": 1})
body = json.dumps({"rule": "PLANTED", "values": {"password": "PLANTED"}}).encode()
ask(strings, "q=PLANTED", body)
state.reset()
ask(strings, "q=PLANTED")
ask("/health/", "q=PLANTED")
logging.getLogger("tux.business").error(
    "cannot log in %s", "PLANTED", extra={"password": "PLANTED", "deep": {"api_key": ["PLANTED"]}}
)
try:
    with context.scope(workspace_id="globex"), measured("globex", 7):
        secret = "PLANTED"
        raise RuntimeError("connect to postgres://user:PLANTED@db failed, token=PLANTED")
except RuntimeError:
    pass
import sentry_sdk
sentry_sdk.flush(timeout=10)
"""


class Sentry:
    """Stands in for Sentry: keeps what it is sent."""

    def __enter__(self):
        received = self.received = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                received.append((self.path, body.decode()))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *args):
                """Says nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.dsn = f"http://public@127.0.0.1:{self.server.server_port}/1"
        return self

    def __exit__(self, *args):
        self.server.shutdown()
        self.server.server_close()

    def payloads(self):
        """Returns every event and transaction: of an envelope, each line is a JSON object."""
        for _, body in self.received:
            for line in body.splitlines():
                payload = json.loads(line)
                if "event_id" in payload and "platform" in payload:
                    yield payload


class LeavingTest(SimpleTestCase):
    def test_nothing_planted_leaves_and_the_workspace_is_tagged(self):
        with Sentry() as sentry:
            done = run_python(
                PROGRAM,
                SENTRY_DSN=sentry.dsn,
                SENTRY_TRACES_SAMPLE_RATE="1",
                SENTRY_RELEASE="tux@1",
                TUX_FAULTS="1",
            )
        self.assertEqual("", done.stderr)
        for _, body in sentry.received:
            self.assertEqual([], re.findall(r".{0,80}PLANTED", body))
        payloads = list(sentry.payloads())
        transactions = [p for p in payloads if p.get("type") == "transaction"]
        errors = [p for p in payloads if p.get("type") != "transaction"]

        # The crash is reported once and as unhandled, not as a log line before it.
        crash, logged, job = errors
        self.assertEqual("SimulatedFailure", crash["exception"]["values"][-1]["type"])
        self.assertFalse(crash["exception"]["values"][-1]["mechanism"]["handled"])
        tags = {"workspace": "acme", "request_id": "edge-12345678"}
        self.assertEqual(tags, crash["tags"])
        self.assertEqual("cannot log in %s", logged["logentry"]["message"])
        self.assertEqual("globex", job["tags"]["workspace"])

        # Two requests to the API; the health question is not traced.
        names = [t["transaction"] for t in transactions]
        self.assertEqual(["/api/v1/workspaces/{slug}/strings/"] * 2, names)
        for transaction in transactions:
            self.assertEqual(tags, {name: transaction["tags"].get(name) for name in tags})
        self.assertEqual({"tux@1"}, {p["release"] for p in payloads})

    def test_without_a_dsn_nothing_is_started(self):
        done = run_python("import tux.wsgi, sentry_sdk; print(sentry_sdk.Hub.current.client)")
        self.assertEqual("None", done.stdout.strip(), done.stderr)

    def test_a_broken_dsn_does_not_stop_the_start(self):
        done = run_python("import tux.wsgi; print('started')", SENTRY_DSN="not-a-dsn")
        self.assertIn("started", done.stdout, done.stderr)
        self.assertNotIn("not-a-dsn", done.stdout + done.stderr)


class ScrubTest(SimpleTestCase):
    def test_a_request_keeps_path_method_and_harmless_headers(self):
        event = scrub(
            {
                "request": {
                    "url": "http://tux/x?token=v4lue",
                    "method": "POST",
                    "query_string": "token=v4lue",
                    "data": {"a": "v4lue"},
                    "cookies": {"a": "v4lue"},
                    "env": {"REMOTE_ADDR": "v4lue"},
                    "headers": {"authorization": "v4lue", "X-Other": "v4lue", "User-Agent": "curl"},
                }
            }
        )
        wanted = {"url": "http://tux/x", "method": "POST", "headers": {"User-Agent": "curl"}}
        self.assertEqual(wanted, event["request"])

    def test_of_a_user_only_the_id_stays(self):
        event = scrub({"user": {"id": "7", "email": "ann@tux.example", "ip_address": "192.0.2.7"}})
        self.assertEqual({"id": "7"}, event["user"])

    def test_local_variables_breadcrumbs_and_contexts_are_cleaned(self):
        frame = {"function": "f", "lineno": 1, "vars": {"request": "v4lue"}}
        crash = {"value": "password=v4lue", "stacktrace": {"frames": [frame]}}
        crumb = {"message": "GET /?a=v4lue", "data": {"http.query": "v4lue"}}
        event = {
            "exception": {"values": [crash]},
            "breadcrumbs": {"values": [crumb]},
            "contexts": {"own": {"secret": "v4lue"}},
            "spans": [{"description": "GET http://x/?a=v4lue", "data": {"token": "v4lue"}}],
            "extra": {"sys.argv": ["v4lue"], "deep": [{"passwd": "v4lue"}]},
        }
        self.assertNotIn("v4lue", json.dumps(scrub(event)))

    def test_the_workspace_of_the_scope_is_a_tag(self):
        with context.scope(workspace_id="acme", request_id="r-1"):
            self.assertEqual({"workspace": "acme", "request_id": "r-1"}, scrub({})["tags"])
