"""kit.jobs and the jobs that got lost."""
import threading
from datetime import timedelta

from django.test import SimpleTestCase, TestCase
from django.utils import timezone

from kit import context
from kit.health import Unhealthy
from kit.jobs import BacklogFull, Runner, measured
from master_data import propagation
from master_data.models import PropagationJob, Rule, Workspace
from tests.support import log_lines, member, sample


class RunnerTest(SimpleTestCase):
    def test_a_job_logs_with_the_request_that_asked_for_it(self):
        def job():
            with measured("acme", 7) as outcome:
                outcome.affected_strings = 3

        with context.scope(request_id="edge-12345678"), log_lines() as lines:
            Runner(threads=1).submit(job).result(timeout=10)
        (line,) = lines.of("tux.business")
        found = line["request_id"], line["job_id"], line["affected_strings"]
        self.assertEqual(("edge-12345678", 7, 3), found)

    def test_an_exception_counts_as_an_error_and_goes_on(self):
        before = sample("tux_propagation_jobs_total", workspace_id="acme", status="error")
        with log_lines(), self.assertRaises(ZeroDivisionError), measured("acme", 1):
            1 / 0
        after = sample("tux_propagation_jobs_total", workspace_id="acme", status="error")
        self.assertEqual(1, after - before)

    def test_the_backlog_is_bounded_and_a_stuck_one_is_unhealthy(self):
        release, running = threading.Event(), threading.Event()
        runner = Runner(threads=1, backlog=1, max_wait=0)

        def block():
            running.set()
            release.wait(10)

        runner.submit(block)
        self.assertTrue(running.wait(10))
        runner.check()
        waiting = runner.submit(release.wait, 10)
        with self.assertRaises(BacklogFull):
            runner.submit(release.wait, 10)
        with self.assertRaises(Unhealthy):
            runner.check()
        release.set()
        waiting.result(timeout=10)
        runner.check()


class LostJobTest(TestCase):
    def test_a_job_killed_with_its_process_is_counted_once(self):
        member("acme")
        workspace = Workspace.objects.get(slug="acme")
        rule = Rule.objects.of(workspace).get()
        old = timezone.now() - timedelta(hours=1)
        for created_at in (old, timezone.now()):
            PropagationJob.objects.create(
                workspace=workspace, rule=rule, status="running", created_at=created_at
            )
        before = sample("tux_propagation_jobs_total", workspace_id="acme", status="error")
        with log_lines() as lines:
            propagation.end_lost_jobs()
            propagation.end_lost_jobs()
        after = sample("tux_propagation_jobs_total", workspace_id="acme", status="error")
        self.assertEqual((1, 1), (after - before, len(lines.of("tux.business"))))
        statuses = PropagationJob.objects.order_by("pk").values_list("status", flat=True)
        self.assertEqual(["error", "running"], list(statuses))
