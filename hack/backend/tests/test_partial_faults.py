"""Faults that users meet and the health views do not."""
from django.core.cache import cache
from django.db import connection
from django.test import Client, TransactionTestCase

from faults import state
from kit.migrations import migrations
from tests.support import faults, log_lines, member, sample, url


class PartialFaultTest(TransactionTestCase):
    def setUp(self):
        self.client = member("acme")

    def tearDown(self):
        state.reset()
        cache.clear()

    def get(self, what="dimensions"):
        with log_lines():
            return self.client.get(url("acme", what)).status_code

    def assertHealthy(self):
        body = Client().get("/health/").json()
        self.assertEqual("healthy", body["status"], body)

    def test_connections_of_users_fail(self):
        labels = {"alias": "default", "vendor": "sqlite"}
        before = sample("django_db_new_connection_errors_total", **labels)
        with faults(database_connect_fail_ratio=1):
            connection.close()
            self.assertEqual(500, self.get())
            connection.close()
            self.assertHealthy()
        self.assertEqual(1, sample("django_db_new_connection_errors_total", **labels) - before)

    def test_statements_of_users_fail(self):
        labels = {"alias": "default", "vendor": "sqlite", "type": "OperationalError"}
        before = sample("django_db_errors_total", **labels)
        connection.ensure_connection()
        with faults(database_error_ratio=1):
            self.assertEqual(500, self.get())
            self.assertHealthy()
        self.assertEqual(1, sample("django_db_errors_total", **labels) - before)

    def test_reads_of_the_cache_fail_and_nobody_notices(self):
        before = sample("django_cache_get_fail_total", backend="filebased")
        with faults(cache_fail_ratio=1):
            self.assertEqual(200, self.get())
            self.assertHealthy()
        self.assertEqual(1, sample("django_cache_get_fail_total", backend="filebased") - before)

    def test_the_cache_forgets(self):
        self.get()
        before = sample("django_cache_get_misses_total", backend="filebased")
        with faults(cache_miss_ratio=1):
            self.assertEqual([200, 200], [self.get(), self.get()])
            self.assertHealthy()
        self.assertEqual(2, sample("django_cache_get_misses_total", backend="filebased") - before)
        self.assertEqual(200, self.get())
        self.assertEqual(2, sample("django_cache_get_misses_total", backend="filebased") - before)

    def test_one_view_fails(self):
        with faults(error_ratio=1, only_view="api:string-generate"):
            self.assertEqual([500, 200], [self.get("strings"), self.get()])

    def test_requests_are_refused(self):
        with faults(refuse_ratio=0.5):
            self.assertEqual([200, 403], sorted([self.get(), self.get()]))
            self.assertHealthy()

    def test_a_stale_gauge_is_no_reason_to_take_a_pod_away(self):
        with faults(stale_migrations=16):
            migrations.export()
            self.assertEqual(16, sample("django_migrations_unapplied_total", connection="default"))
            self.assertEqual(200, Client().get("/health/ready/").status_code)
        migrations.export()
        self.assertEqual(0, sample("django_migrations_unapplied_total", connection="default"))
