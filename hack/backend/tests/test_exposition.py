"""What /metrics shows after traffic, against the families the operator's rules are written for."""
from pathlib import Path

from django.db import connection
from django.test import Client, TransactionTestCase
from prometheus_client.parser import text_string_to_metric_families

from kit import metrics
from kit.migrations import migrations
from master_data import activity
from tests.support import faults, log_lines, member, url

FAMILIES = Path(__file__).with_name("families.txt")


class ExpositionTest(TransactionTestCase):
    def test_every_family_is_there_with_its_type(self):
        client = member("acme")
        with log_lines():
            for path in ("dimensions", "strings", "propagations/0"):
                client.get(url("acme", path))
            for path in ("strings", "propagations"):
                client.post(url("acme", path))
            with faults(error_ratio=1):
                client.get(url("acme", "dimensions"))
            with faults(cache_down=True):
                client.get(url("acme", "dimensions"))
            with faults(database_down=True):
                client.get(url("acme", "dimensions"))
                connection.close()
                client.get(url("acme", "dimensions"))
        migrations.export()
        metrics.set_active_users(activity.count())
        self.assertEqual(set(), expected() - shown())


def shown() -> set[tuple[str, str]]:
    """Name and type of every family on the page, named as Prometheus stores them."""
    page = Client().get("/metrics").content.decode()
    found = set()
    for family in text_string_to_metric_families(page):
        # The parser cuts _total off a counter; a family without a sample still has HELP and TYPE.
        suffix = "_total" if family.type == "counter" else ""
        found.add((family.name + suffix, family.type))
    return found


def expected() -> set[tuple[str, str]]:
    lines = FAMILIES.read_text(encoding="utf-8").splitlines()
    return {tuple(line.split()) for line in lines if not line.startswith("#")}
