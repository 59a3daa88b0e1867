"""How many migrations are missing: for readiness and for the gauges of django-prometheus.

django-prometheus 2.2 counts once, when the process starts: the numbers are stale after `migrate`,
and a process cannot start while the database is down. So PROMETHEUS_EXPORT_MIGRATIONS is off and
the keeper counts. Gauges in a mode without the pid label take the place of the original ones.
"""
from __future__ import annotations

from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django_prometheus import migrations as upstream
from django_prometheus.conf import NAMESPACE
from prometheus_client import REGISTRY, Gauge


def _replace(gauge: Gauge, name: str, text: str) -> Gauge:
    REGISTRY.unregister(gauge)
    return Gauge(name, text, ["connection"], namespace=NAMESPACE, multiprocess_mode="livemax")


unapplied_gauge = _replace(
    upstream.unapplied_migrations,
    "django_migrations_unapplied_total",
    "Count of unapplied migrations by database connection",
)
applied_gauge = _replace(
    upstream.applied_migrations,
    "django_migrations_applied_total",
    "Count of applied migrations by database connection",
)


class Migrations:
    """Counts migrations. Once all are applied they stay so for this process: its code is fixed."""

    def __init__(self) -> None:
        self._applied = False

    def count(self, alias: str = "default") -> tuple[int, int]:
        """Asks the planner: (unapplied, applied). Two statements and a walk over the disk."""
        executor = MigrationExecutor(connections[alias])
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        return len(plan), len(executor.loader.applied_migrations)

    def all_applied(self) -> bool:
        """Asks the planner until nothing is missing, then never again."""
        if not self._applied:
            self._applied = self.count()[0] == 0
        return self._applied

    def export(self) -> None:
        """Sets the gauges; a task of the keeper."""
        for alias in connections:
            unapplied, applied = self.count(alias)
            unapplied_gauge.labels(alias).set(unapplied)
            applied_gauge.labels(alias).set(applied)


migrations = Migrations()
