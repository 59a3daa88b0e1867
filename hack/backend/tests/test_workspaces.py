"""The API and the isolation of its workspaces."""
from django.test import Client, TestCase
from django.urls import get_resolver

from kit.health import Unhealthy
from kit.views import WorkspaceViewMixin
from master_data import isolation
from master_data.models import GeneratedString, PropagationJob, Rule, Workspace
from tests.support import faults, log_lines, member, sample, url


class IsolationTest(TestCase):
    def setUp(self):
        self.ann, self.bob = member("acme"), member("globex", username="bob")

    def test_nobody_enters_a_workspace_of_others(self):
        job = self.ann.post(url("acme", "propagations")).json()["id"]
        for path in ("dimensions", "strings", f"propagations/{job}"):
            self.assertEqual(200, self.ann.get(url("acme", path)).status_code, path)
            self.assertEqual(404, self.bob.get(url("acme", path)).status_code, path)
        self.assertEqual(404, self.bob.get(url("globex", f"propagations/{job}")).status_code)

    def test_a_refusal_looks_like_a_workspace_that_does_not_exist_and_is_audited(self):
        with log_lines() as lines:
            refused = self.bob.get(url("acme", "dimensions"))
        self.assertEqual(self.bob.get(url("nothing", "dimensions")).json(), refused.json())
        (line,) = lines.of("tux.audit")
        self.assertEqual(({"slug": "acme"}, None), (line["requested"], line["workspace_id"]))

    def test_the_cache_is_not_shared(self):
        own = {"name": "region", "values": ["north"]}
        self.ann.post(url("acme", "dimensions"), own)
        self.assertIn(own, self.ann.get(url("acme", "dimensions")).json())
        self.assertNotIn(own, self.bob.get(url("globex", "dimensions")).json())

    def test_without_a_token_there_is_no_answer(self):
        self.assertEqual(401, Client().get(url("acme", "dimensions")).status_code)

    def test_every_view_of_the_api_enters_a_workspace(self):
        api = next(r for r in get_resolver().url_patterns if getattr(r, "app_name", "") == "api")
        (workspace,) = api.url_patterns
        for pattern in workspace.url_patterns:
            self.assertTrue(issubclass(pattern.callback.cls, WorkspaceViewMixin), pattern)
            self.assertTrue(pattern.name, f"{pattern}: the metrics would say a dotted path")

    def test_the_check_sees_a_row_that_leads_into_another_workspace(self):
        isolation.check()
        acme, globex = Workspace.objects.get(slug="acme"), Workspace.objects.get(slug="globex")
        GeneratedString.objects.create(
            workspace=acme, rule=Rule.objects.of(globex).get(), inputs={}, value="x"
        )
        with self.assertRaises(Unhealthy):
            isolation.check()


class BusinessTest(TestCase):
    def setUp(self):
        self.client = member("acme")

    def test_a_string_is_generated_stored_counted_and_logged(self):
        before = sample("tux_string_generations_total", workspace_id="acme", status="success")
        body = {"rule": "campaign", "values": {"country": "ch"}}
        with log_lines() as lines:
            response = self.client.post(url("acme", "strings"), body)
        self.assertEqual((201, "search_ch_q1"), (response.status_code, response.json()["value"]))
        after = sample("tux_string_generations_total", workspace_id="acme", status="success")
        self.assertEqual(1, after - before)
        (line,) = lines.of("tux.business")
        self.assertEqual(("string_generation", True), (line["event_type"], line["success"]))

    def test_a_rule_that_cannot_be_applied_is_an_error_but_no_crash(self):
        before = sample("tux_string_generations_total", workspace_id="acme", status="error")
        with faults(generation_fail_ratio=1):
            self.assertEqual(422, self.client.post(url("acme", "strings")).status_code)
        after = sample("tux_string_generations_total", workspace_id="acme", status="error")
        self.assertEqual(1, after - before)

    def test_a_pattern_cannot_reach_into_the_program(self):
        Rule.objects.filter(workspace__slug="acme").update(pattern="{channel.__class__}{channel}")
        value = self.client.post(url("acme", "strings")).json()["value"]
        self.assertEqual("{channel.__class__}search", value)

    def test_a_job_brings_strings_in_step(self):
        self.client.post(url("acme", "strings"))
        Rule.objects.filter(workspace__slug="acme").update(pattern="{country}-{channel}")
        job = self.client.post(url("acme", "propagations"))
        self.assertEqual((202, "success", 1), (job.status_code, *list(job.json().values())[1:]))
        self.assertEqual("at-search", self.client.get(url("acme", "strings")).json()[0]["value"])

    def test_jobs_of_one_workspace_can_be_made_to_fail(self):
        for named, failures in ((["globex"], 0), (["globex", "acme"], 1)):
            before = sample("tux_propagation_jobs_total", workspace_id="acme", status="error") or 0
            with faults(jobs_fail_workspaces=named), log_lines():
                self.client.post(url("acme", "propagations"))
            after = sample("tux_propagation_jobs_total", workspace_id="acme", status="error") or 0
            self.assertEqual(failures, after - before, named)

    def test_a_failed_job_is_counted_and_stored(self):
        before = sample("tux_propagation_jobs_total", workspace_id="acme", status="error")
        with faults(jobs_fail_ratio=1), log_lines() as lines:
            self.client.post(url("acme", "propagations"))
        after = sample("tux_propagation_jobs_total", workspace_id="acme", status="error")
        self.assertEqual(1, after - before)
        self.assertEqual("error", PropagationJob.objects.get().status)
        (line,) = lines.of("tux.business")
        self.assertIn("SimulatedFailure", line["exception"])
