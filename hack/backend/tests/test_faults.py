"""The switches, and that they do not exist unless asked for."""
import json
import time
from unittest import mock

from django.conf import settings
from django.db import connection
from django.test import Client, SimpleTestCase, TransactionTestCase

from faults import effects, state
from faults.switches import SWITCHES, healthy
from tests.support import faults, log_lines, member, run_python, sample, url

CONTROL = "/control/faults/"


def patch(changes):
    body = changes if isinstance(changes, str) else json.dumps(changes)
    return Client().patch(CONTROL, body, content_type="application/json")


class ControlTest(SimpleTestCase):
    def tearDown(self):
        state.reset()

    def test_patch_merges_and_delete_heals(self):
        patch({"database_down": True})
        answer = patch({"error_ratio": 0.5})
        self.assertEqual({**healthy(), "database_down": True, "error_ratio": 0.5}, answer.json())
        self.assertEqual(answer.json(), Client().get(CONTROL).json())
        self.assertEqual(healthy(), Client().delete(CONTROL).json())

    def test_what_is_not_understood_is_named_and_changes_nothing(self):
        for changes, key in (
            ({"databse_down": True}, "databse_down"),
            ({"database_down": 1}, "database_down"),
            ({"error_ratio": 1.5}, "error_ratio"),
            ({"error_ratio": True}, "error_ratio"),
            ({"memory_mib": 1.5}, "memory_mib"),
            ({"health_status": 42}, "health_status"),
            ({"health_status": False}, "health_status"),
            ({"components_down": ["redis"]}, "components_down"),
            ({"only_view": 3}, "only_view"),
            ({"unready": True, "hang_seconds": -1}, "hang_seconds"),
            ("[]", ""),
            ("no json", ""),
        ):
            with log_lines():
                answer = patch(changes)
            found = answer.status_code, list(answer.json()["errors"])
            self.assertEqual((400, [key]), found, changes)
        self.assertEqual(healthy(), dict(state.current()))

    def test_it_answers_with_every_fault_on(self):
        worst = {"components_down": ["database"], "health_status": 500, "metrics_status": 500}
        for name, switch in SWITCHES.items():
            if switch.healthy is False:
                worst[name] = True
            elif name.endswith("seconds"):
                worst[name] = 60
        patch(worst)
        self.assertEqual(200, Client().get(CONTROL).status_code)
        self.assertEqual(200, Client().delete(CONTROL).status_code)

    def test_its_views_are_no_user_traffic(self):
        from django.urls import resolve

        # The default of excludedViews in the operator.
        excluded = r"^(?:prometheus-django-metrics|(.*[:.])?health.*)$"
        self.assertRegex(resolve(CONTROL).view_name, excluded)

    def test_a_change_of_another_worker_is_seen_at_once(self):
        draft = state.PATH.with_suffix(".other")
        draft.write_text('{"unready": true}', encoding="utf-8")
        draft.replace(state.PATH)
        self.assertTrue(state.current()["unready"])


class AbsentTest(SimpleTestCase):
    def test_without_the_variable_no_code_of_it_is_loaded(self):
        done = run_python(
            "import sys, tux.wsgi\n"
            "from django.conf import settings\n"
            "from django.test import Client\n"
            "print(Client().get('/control/faults/').status_code)\n"
            "print([m for m in sys.modules if m.startswith('faults')])\n"
            "print(settings.DATABASES['default']['ENGINE'])\n"
            "print(settings.CACHES['default']['BACKEND'])\n"
        )
        status, modules, engine, backend = done.stdout.strip().splitlines()[-4:]
        self.assertEqual(("404", "[]"), (status, modules), done.stderr)
        self.assertEqual("django_prometheus.db.backends.sqlite3", engine)
        self.assertEqual("django_prometheus.cache.backends.filebased.FileBasedCache", backend)

    def test_a_key_is_demanded(self):
        done = run_python("import tux.wsgi", SECRET_KEY="")
        self.assertIn("SECRET_KEY is not set", done.stderr)

    def test_the_middlewares_can_be_left_out(self):
        code = (
            "import tux.wsgi\n"
            "from django.test import Client\n"
            "print(Client().get('/metrics').content.decode())"
        )
        name = "django_http_requests_before_middlewares_total"
        self.assertIn(name, run_python(code).stdout)
        self.assertNotIn(name, run_python(code, TUX_METRICS_MIDDLEWARE="off").stdout)

    def test_the_business_metrics_can_be_hidden(self):
        code = (
            "import tux.wsgi\n"
            "from django.test import Client\n"
            "print(Client().get('/metrics').content.decode())"
        )
        name = "tux_string_generations_total"
        self.assertIn(name, run_python(code, TUX_FAULTS="1").stdout)
        hidden = run_python(code, TUX_FAULTS="1", TUX_METRICS_REGISTRY="private").stdout
        self.assertIn("django_http_requests_before_middlewares_total", hidden)
        self.assertNotIn("tux_", hidden)


class EffectTest(TransactionTestCase):
    def setUp(self):
        self.client = member("acme")

    def tearDown(self):
        state.reset()

    def statuses(self, count=4):
        with log_lines():
            return [self.client.get(url("acme", "dimensions")).status_code for _ in range(count)]

    def test_error_ratio_is_exact_and_counted_as_unhandled(self):
        before = sample("django_http_exceptions_total_by_type_total", type="SimulatedFailure")
        with faults(error_ratio=0.5):
            self.assertEqual([200, 200, 500, 500], sorted(self.statuses()))
        after = sample("django_http_exceptions_total_by_type_total", type="SimulatedFailure")
        self.assertEqual(2, after - before)

    def test_a_lost_database_counts_connection_errors(self):
        labels = {"alias": "default", "vendor": "sqlite"}
        before = sample("django_db_new_connection_errors_total", **labels)
        connection.close()
        with faults(database_down=True):
            self.assertEqual([500, 500], self.statuses(2))
        self.assertLessEqual(2, sample("django_db_new_connection_errors_total", **labels) - before)
        self.assertEqual([200], self.statuses(1))

    def test_a_connection_that_is_lost_while_in_use_counts_as_a_statement_error(self):
        labels = {"alias": "default", "vendor": "sqlite", "type": "OperationalError"}
        before = sample("django_db_errors_total", **labels)
        connection.ensure_connection()
        with faults(database_down=True):
            self.assertEqual([500], self.statuses(1))
        self.assertEqual(1, sample("django_db_errors_total", **labels) - before)

    def test_a_flapping_database_is_down_in_the_first_third_of_each_period(self):
        with faults(database_flaps_seconds=12), mock.patch("faults.db.sqlite3.base.time") as clock:
            for now, status in ((1200, 500), (1203.9, 500), (1204, 200), (1211.9, 200), (1212, 500)):
                clock.time.return_value = now
                self.assertEqual([status], self.statuses(1), now)

    def test_pauses_take_time_and_end_with_the_switch(self):
        with faults(latency_seconds=0.05):
            started = time.monotonic()
            self.statuses(1)
            self.assertGreaterEqual(time.monotonic() - started, 0.05)

    def test_health_and_metrics_answer_as_told(self):
        for switch, value, path, status in (
            ("unready", True, "/health/ready/", 503),
            ("dead", True, "/health/live/", 500),
            ("health_status", 502, "/health/", 502),
            ("metrics_status", 404, "/metrics", 404),
        ):
            with faults(**{switch: value}), log_lines():
                self.assertEqual(status, Client().get(path).status_code, switch)
            self.assertEqual(200, Client().get(path).status_code, switch)

    def test_memory_is_resident_and_comes_back(self):
        def resident():
            with open("/proc/self/statm", encoding="ascii") as status:
                return int(status.read().split()[1]) * 4096 >> 20

        before = resident()
        with faults(memory_mib=64):
            effects.apply_to_process()
            self.assertGreater(resident(), before + 56)
        effects.apply_to_process()
        self.assertLess(resident(), before + 32)

    def test_workspaces_come_and_go(self):
        with faults(workspaces=3):
            page = Client().get("/metrics").content.decode()
            self.assertIn('tux_workspace_active_users{workspace_id="simulated-0002"} 1.0', page)
        self.assertNotIn("simulated-", Client().get("/metrics").content.decode())


class SettingsTest(SimpleTestCase):
    def test_the_middlewares_measure_all_others(self):
        order = settings.MIDDLEWARE
        self.assertEqual("django_prometheus.middleware.PrometheusBeforeMiddleware", order[0])
        self.assertEqual("kit.middleware.RequestMiddleware", order[1])
        # The faults stand inside, so that they are measured; they exist in tests only.
        self.assertEqual("django_prometheus.middleware.PrometheusAfterMiddleware", order[-2])

    def test_the_address_of_the_pod_is_an_allowed_host(self):
        code = "from tux import settings; print(settings.ALLOWED_HOSTS)"
        done = run_python(code, ALLOWED_HOSTS="api.tux.example, tux", POD_IP="10.1.2.3")
        self.assertIn("['api.tux.example', 'tux', '10.1.2.3']", done.stdout)

    def test_postgresql_from_the_environment(self):
        code = "from tux import env; import pathlib; print(env.database(pathlib.Path('/tmp')))"
        parts = dict(NAME="tux", USER="u", PASSWORD="p w", HOST="db", PORT="5432")
        listed = {f"DATABASE_{key}": value for key, value in parts.items()}
        by_url = run_python(code, DATABASE_URL="postgres://u:p%20w@db:5432/tux").stdout
        by_parts = run_python(code, DATABASE_ENGINE="postgresql", **listed).stdout
        for key, value in parts.items():
            self.assertIn(f"'{key}': '{value}'", by_url)
            self.assertIn(f"'{key}': '{value}'", by_parts)
        self.assertIn("'connect_timeout': 5", by_url)
        self.assertIn("django_prometheus.db.backends.postgresql", by_parts)
