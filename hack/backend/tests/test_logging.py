"""kit.logging and kit.redact."""
import json
import logging
import sys
from datetime import datetime
from decimal import Decimal

from django.test import SimpleTestCase

from kit import context
from kit.logging import ContextFilter, JSONFormatter, config
from kit.redact import REDACTED, redact, text


def line(message="hello", *args, exc_info=None, **extra):
    """Formats one record as the console would."""
    record = logging.getLogger("tux.test").makeRecord(
        "tux.test", logging.INFO, "file.py", 7, message, args, exc_info, extra=extra
    )
    ContextFilter().filter(record)
    return json.loads(JSONFormatter().format(record))


class JSONFormatterTest(SimpleTestCase):
    def test_keeps_every_extra(self):
        extra = dict(method="GET", path="/x", status_code=200, event_type="e", anything=[1])
        found = line(**extra)
        self.assertEqual(extra, {key: found[key] for key in extra})

    def test_keeps_lines_with_values_json_does_not_know(self):
        class Broken:
            def __str__(self):
                raise ValueError

        loop = []
        loop.append(loop)
        found = line(
            when=datetime(2026, 1, 2),
            price=Decimal("1.50"),
            ratio=float("nan"),
            tags={1, 2},
            pairs={(1, 2): "x"},
            broken=Broken(),
            loop=loop,
        )
        self.assertEqual("2026-01-02 00:00:00", found["when"])
        self.assertEqual(("1.50", "nan", [1, 2]), (found["price"], found["ratio"], found["tags"]))
        self.assertEqual("<unprintable Broken>", found["broken"])

    def test_an_extra_never_replaces_a_standard_key(self):
        found = line(level="fake", extra_level="own", timestamp="fake", exception="fake")
        self.assertEqual("INFO", found["level"])
        self.assertEqual(("fake", "own"), (found["extra_level"], found["extra_extra_level"]))
        self.assertEqual(("fake", "fake"), (found["extra_timestamp"], found["extra_exception"]))
        self.assertNotIn("exception", found)

    def test_keeps_lines_whose_arguments_do_not_fit(self):
        self.assertIn("%d users", line("%d users", "many")["message"])

    def test_a_traceback_stays_on_its_line(self):
        try:
            raise ValueError("broken")
        except ValueError:
            record = logging.LogRecord("x", logging.ERROR, "f", 1, "m", (), sys.exc_info())
        text_line = JSONFormatter().format(record)
        self.assertNotIn("\n", text_line)
        self.assertIn("ValueError: broken", json.loads(text_line)["exception"])

    def test_fields_of_the_scope_are_on_every_line_and_an_extra_wins(self):
        with context.scope(request_id="r-1", workspace_id=None):
            context.bind(workspace_id="acme")
            self.assertEqual(("r-1", "acme"), (line()["request_id"], line()["workspace_id"]))
            self.assertEqual("globex", line(workspace_id="globex")["workspace_id"])
        self.assertNotIn("request_id", line())

    def test_everything_goes_to_standard_output_once(self):
        handlers = config()["handlers"]
        self.assertEqual(["ext://sys.stdout"], [h["stream"] for h in handlers.values()])
        self.assertEqual(["logging.StreamHandler"], [h["class"] for h in handlers.values()])
        self.assertEqual([], [n for n, c in config()["loggers"].items() if c.get("handlers")])


class RedactTest(SimpleTestCase):
    def test_values_go_by_the_name_of_their_key(self):
        for key in "password Authorization X-Api-Key csrftoken session_id SENTRY_DSN".split():
            self.assertEqual({key: REDACTED}, redact({key: "v4lue"}), key)
        for key in "author keyboard workspace_id monkey path authorities passed".split():
            self.assertEqual({key: "v4lue"}, redact({key: "v4lue"}), key)

    def test_secrets_are_found_at_any_depth(self):
        self.assertNotIn("v4lue", str(redact({"a": [{"b": ({"token": "v4lue"},)}]})))
        self.assertNotIn("v4lue", str(redact([["Cookie", "v4lue"], ["Accept", "x"]])))

    def test_texts_lose_what_looks_like_a_secret(self):
        for leak in (
            "GET /x?token=v4lue&a=b HTTP",
            "<WSGIRequest: GET '/x?q=v4lue'>",
            "postgres://user:v4lue@db/x",
            "Authorization: Bearer v4lue",
            "bearer v4luev4luev4luev4lue",
            "{'password': 'v4lue', 'a': 1}",
            'connect(password="v4lue")',
            "api_key=v4lue",
            "eyJhbGciv4lue.eyJzdWIi.v4lue",
        ):
            self.assertNotIn("v4lue", text(leak), leak)
        self.assertEqual("Workspace acme has 3 rules?", text("Workspace acme has 3 rules?"))

    def test_a_hostile_text_costs_linear_time(self):
        for part in ("a" * 200_000, "?" * 200_000, "token" * 40_000, "a://" * 50_000):
            self.assertIsInstance(text(part), str)  # a quadratic pattern would take minutes

    def test_log_lines_are_redacted(self):
        found = line("login with password=v4lue", api_key="v4lue", nested={"token": "v4lue"})
        self.assertNotIn("v4lue", json.dumps(found))
