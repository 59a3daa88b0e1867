"""kit.health and kit.migrations. The expressions are those of the operator's blackbox modules."""
import re
from pathlib import Path
from unittest import mock

from django.conf import settings
from django.db import connection
from django.test import Client, TestCase, TransactionTestCase

from kit import health
from kit.health import Component, Registry
from kit.migrations import Migrations
from tests.support import faults, log_lines, member, run_python, sample, url

NAMES = ("cache", "database", "string_propagation", "workspace_isolation")
ADDRESSES = re.compile(r"10\.77\.|5432|6379|refused|connect", re.IGNORECASE)


def healthy(component, body):
    expression = rf'"{component}"\s*:\s*\{{(?:[^{{}}]|\{{[^{{}}]*\}})*"status"\s*:\s*"healthy"'
    return re.search(expression, body) is not None


class HealthyTest(TestCase):
    def test_the_three_questions_are_answered_as_the_operator_asks_them(self):
        full = Client().get("/health/")
        self.assertEqual(200, full.status_code)
        self.assertEqual([True] * 4, [healthy(name, full.content.decode()) for name in NAMES])
        for path, word in (("/health/ready/", "ready"), ("/health/live/", "alive")):
            answer = Client().get(path)
            self.assertEqual((200, {"status": word}), (answer.status_code, answer.json()))

    def test_answers_are_not_cached_and_cannot_be_posted_to(self):
        self.assertIn("no-store", Client().get("/health/")["Cache-Control"])
        self.assertEqual(405, Client().post("/health/").status_code)

    def test_liveness_touches_nothing(self):
        with self.assertNumQueries(0), faults(cache_down=True, components_down=list(NAMES)):
            self.assertEqual(200, Client().get("/health/live/").status_code)

    def test_readiness_costs_one_statement(self):
        Client().get("/health/ready/")
        with self.assertNumQueries(1):
            Client().get("/health/ready/")

    def test_a_draining_pod_is_not_ready_but_healthy(self):
        flag = Path(settings.TUX_DRAIN_FILE)
        flag.touch()
        try:
            self.assertEqual(503, Client().get("/health/ready/").status_code)
            self.assertEqual(200, Client().get("/health/").status_code)
        finally:
            flag.unlink()

    def test_missing_migrations_make_it_unready_until_they_are_applied(self):
        migrations = Migrations()
        with mock.patch.object(migrations, "count", return_value=(2, 0)):
            self.assertFalse(migrations.all_applied())
        self.assertTrue(migrations.all_applied())
        with mock.patch.object(migrations, "count", side_effect=AssertionError("asked again")):
            self.assertTrue(migrations.all_applied())

    def test_the_gauge_follows_migrate_and_counts_a_pending_one(self):
        from kit.migrations import migrations

        for pending in (1, 0):
            with faults(pending_migration=bool(pending)):
                migrations.export()
                gauge = sample("django_migrations_unapplied_total", connection="default")
                status = Client().get("/health/ready/").status_code
                self.assertEqual((pending, 503 if pending else 200), (gauge, status))


class UnhealthyTest(TransactionTestCase):
    def test_a_dead_cache_is_seen_but_is_no_reason_to_stop(self):
        with faults(cache_down=True), log_lines() as lines:
            answer = Client().get("/health/")
            self.assertEqual(200, Client().get("/health/ready/").status_code)
        self.assertEqual((200, "degraded"), (answer.status_code, answer.json()["status"]))
        found = [name for name in NAMES if not healthy(name, answer.content.decode())]
        self.assertEqual(["cache"], found)
        self.assertNotRegex(answer.content.decode(), ADDRESSES)
        self.assertIn("10.77.0.8", lines.of("tux.health")[0]["message"])

    def test_a_dead_database_is_503_everywhere_but_in_liveness(self):
        client = member("acme")
        connection.close()
        with faults(database_down=True), log_lines():
            paths = ("/health/", "/health/ready/", url("acme", "strings"))
            answers = [client.get(path) for path in paths]
            self.assertEqual(200, Client().get("/health/live/").status_code)
        self.assertEqual([503, 503, 500], [answer.status_code for answer in answers])
        for answer in answers:
            self.assertNotRegex(answer.content.decode(), ADDRESSES)
        self.assertTrue(healthy("cache", answers[0].content.decode()))
        self.assertFalse(healthy("database", answers[0].content.decode()))

    def test_every_component_can_fail(self):
        for name in NAMES:
            with faults(components_down=[name]), log_lines() as lines:
                answer = Client().get("/health/")
            # Django would log a 503 as an error, with every probe.
            self.assertEqual({"tux.health"}, {line["logger"] for line in lines.all})
            self.assertEqual(503 if name == "database" else 200, answer.status_code, name)
            self.assertEqual("unhealthy", answer.json()["services"][name]["status"])

    def test_a_dead_database_is_asked_once(self):
        with faults(database_down=True), log_lines():
            before = sample("django_db_new_connections_total", alias="default", vendor="sqlite")
            connection.close()
            services = Client().get("/health/").json()["services"]
            after = sample("django_db_new_connections_total", alias="default", vendor="sqlite")
        self.assertEqual(1, after - before)
        self.assertEqual("unknown", services["workspace_isolation"]["status"])

    def test_a_change_is_logged_not_every_answer(self):
        registry, state = Registry(), {"fails": True}

        def check():
            if state["fails"]:
                raise RuntimeError("out of order")

        registry.register(Component("part", check))
        with log_lines() as lines:
            for state["fails"] in (True, True, True, False, False):
                registry.report()
        self.assertEqual(["WARNING", "INFO"], [line["level"] for line in lines.of("tux.health")])

    def test_a_stuck_cache_is_unhealthy(self):
        with mock.patch.object(health.cache, "get", return_value="old"):
            with self.assertRaises(health.Unhealthy):
                health.check_cache()


class StartTest(TestCase):
    def test_it_starts_while_the_database_is_down_and_says_so(self):
        done = run_python(
            "import tux.wsgi\n"
            "from django.test import Client\n"
            "paths = '/health/live/', '/health/', '/metrics'\n"
            "print([Client().get(path).status_code for path in paths])",
            DATABASE_URL="sqlite:////nowhere/at/all.sqlite3",
        )
        self.assertIn("[200, 503, 200]", done.stdout, done.stderr)
