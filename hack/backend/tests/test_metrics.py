"""kit.metrics, kit.keeper and kit.cache."""
import os
import tempfile
from datetime import timedelta
from unittest import mock

from django.core.cache import cache
from django.test import Client, SimpleTestCase, TestCase
from django.utils import timezone
from prometheus_client import REGISTRY

from kit import metrics
from kit.cache import MISSING, forgiving_cache
from kit.keeper import Keeper
from kit.metrics import BoundedLabel
from master_data import activity
from master_data.models import Activity
from tests.support import faults, log_lines, member, run_python, sample, url

# What a worker does; run in processes of its own, as the mode is chosen at import.
WORKER = """
import django; django.setup()
from kit import metrics
metrics.record_string_generation("acme", success=True)
metrics.set_active_users({"acme": 20})
"""
COUNTER = 'tux_string_generations_total{status="success",workspace_id="acme"}'
SCRAPE = """
import django; django.setup()
from django.test import Client
print(Client().get("/metrics").content.decode())
"""


class RegistryTest(SimpleTestCase):
    def test_one_process_shows_them(self):
        page = run_python(WORKER + SCRAPE).stdout
        self.assertIn(COUNTER + " 1.0", page)

    def test_several_processes_add_up_and_no_series_has_a_pid(self):
        with tempfile.TemporaryDirectory() as directory:
            for _ in range(2):
                run_python(WORKER, PROMETHEUS_MULTIPROC_DIR=directory)
            page = run_python(SCRAPE, PROMETHEUS_MULTIPROC_DIR=directory).stdout
        self.assertIn(COUNTER + " 2.0", page)
        self.assertIn('tux_workspace_active_users{workspace_id="acme"} 20.0', page)
        self.assertNotIn("pid=", page)

    def test_gauges_of_dead_workers_go(self):
        code = (
            WORKER + "import os, runpy, types\n"
            "conf = runpy.run_path('gunicorn.conf.py')\n"
            "conf['child_exit'](None, types.SimpleNamespace(pid=os.getpid()))\n"
        )
        with tempfile.TemporaryDirectory() as directory:
            run_python(code, PROMETHEUS_MULTIPROC_DIR=directory)
            page = run_python(SCRAPE, PROMETHEUS_MULTIPROC_DIR=directory).stdout
        self.assertNotIn("tux_workspace_active_users", page)
        self.assertIn("tux_string_generations_total", page)


class LabelTest(SimpleTestCase):
    def test_a_workspace_is_there_at_0_before_its_first_failure(self):
        metrics.prepare_workspace("newco")
        for name, label, values in (
            ("tux_string_generations_total", "status", ("success", "error")),
            ("tux_propagation_jobs_total", "status", ("success", "error")),
            ("tux_dimension_catalog_queries_total", "cache_hit", ("hit", "miss")),
        ):
            for value in values:
                labels = {"workspace_id": "newco", label: value}
                self.assertEqual(0.0, REGISTRY.get_sample_value(name, labels), (name, value))
        metrics.forget_workspace("newco")

    def test_the_number_of_workspaces_is_bounded(self):
        label = BoundedLabel(2)
        self.assertEqual(["a", "b", "other", "a"], [label(name) for name in "abca"])
        label.forget("a")
        self.assertEqual("c", label("c"))

    def test_a_forgotten_workspace_leaves_no_series(self):
        metrics.prepare_workspace("gone")
        metrics.set_active_users({"gone": 1})
        metrics.forget_workspace("gone")
        page = Client().get("/metrics").content.decode()
        self.assertNotIn('workspace_id="gone"', page)


class ActiveUsersTest(TestCase):
    def setUp(self):
        activity._written.clear()

    def test_users_of_the_last_minutes_are_counted_once(self):
        for username in ("ann", "bob"):
            client = member("acme", username=username)
            for _ in range(3):
                client.get(url("acme", "dimensions"))
        metrics.set_active_users(activity.count())
        self.assertEqual(2, sample("tux_workspace_active_users", workspace_id="acme"))
        Activity.objects.update(last_seen=timezone.now() - timedelta(minutes=16))
        metrics.set_active_users(activity.count())
        self.assertEqual(0, sample("tux_workspace_active_users", workspace_id="acme"))

    def test_it_costs_one_write_a_minute(self):
        client = member("acme")
        client.get(url("acme", "dimensions"))
        with mock.patch.object(activity, "_write") as write:
            client.get(url("acme", "dimensions"))
        write.assert_not_called()


class KeeperTest(SimpleTestCase):
    def test_a_task_that_fails_stops_no_other_and_is_logged_once(self):
        done, keeper = [], Keeper(interval=1)
        keeper.tasks["fail"] = mock.Mock(side_effect=RuntimeError("down"))
        keeper.tasks["work"] = lambda: done.append(1)
        with log_lines() as lines:
            keeper.run_once()
            keeper.run_once()
            keeper.tasks["fail"].side_effect = None
            keeper.run_once()
        self.assertEqual(3, len(done))
        self.assertEqual(["WARNING", "INFO"], [line["level"] for line in lines.of("tux.keeper")])


class CacheTest(TestCase):
    def test_falsy_values_are_hits(self):
        for value in ([], {}, 0, "", False, None):
            forgiving_cache.set("falsy", value, 10)
            self.assertEqual(value, forgiving_cache.get("falsy"))
        forgiving_cache.delete("falsy")
        self.assertIs(MISSING, forgiving_cache.get("falsy"))

    def test_a_dead_cache_makes_answers_slower_not_wrong(self):
        client = member("acme")
        healthy = client.get(url("acme", "dimensions")).json()
        before = sample("tux_cache_failures_total", operation="get")
        failed = sample("django_cache_get_fail_total", backend="filebased")
        with faults(cache_down=True), log_lines() as lines:
            answers = [client.get(url("acme", "dimensions")) for _ in range(3)]
        self.assertEqual([healthy] * 3, [answer.json() for answer in answers])
        self.assertEqual(3, sample("tux_cache_failures_total", operation="get") - before)
        self.assertEqual(3, sample("django_cache_get_fail_total", backend="filebased") - failed)
        self.assertEqual(1, len(lines.of("tux.cache")))

    def test_hits_and_misses_of_the_catalog_are_counted(self):
        cache.clear()
        client, counts = member("acme"), {}
        for outcome in ("miss", "hit"):
            labels = {"workspace_id": "acme", "cache_hit": outcome}
            counts[outcome] = -sample("tux_dimension_catalog_queries_total", **labels)
            client.get(url("acme", "dimensions"))
            counts[outcome] += sample("tux_dimension_catalog_queries_total", **labels)
        self.assertEqual({"miss": 1, "hit": 1}, counts)


class GunicornTest(SimpleTestCase):
    def test_files_of_a_former_life_are_removed(self):
        code = (
            "import runpy, types\n"
            "conf = runpy.run_path('gunicorn.conf.py')\n"
            "conf['on_starting'](types.SimpleNamespace())\n"
        )
        with tempfile.TemporaryDirectory() as directory:
            for name in ("counter_7.db", "keep.txt"):
                open(f"{directory}/{name}", "w", encoding="utf-8").close()
            run_python(code, PROMETHEUS_MULTIPROC_DIR=directory)
            self.assertEqual(["keep.txt"], os.listdir(directory))

    def test_several_workers_without_a_directory_are_warned_of(self):
        code = (
            "import logging, runpy, types\n"
            "logging.basicConfig()\n"
            "conf = runpy.run_path('gunicorn.conf.py')\n"
            "cfg = types.SimpleNamespace(workers=2)\n"
            "conf['on_starting'](types.SimpleNamespace(cfg=cfg, log=logging.getLogger()))\n"
        )
        self.assertIn("2 workers without PROMETHEUS_MULTIPROC_DIR", run_python(code).stderr)
