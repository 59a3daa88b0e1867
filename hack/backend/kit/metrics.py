"""The business metrics of TUX.

They go to the default registry: the /metrics view of django-prometheus shows no other one, unless
PROMETHEUS_MULTIPROC_DIR is set, where registries mean nothing.
"""
from __future__ import annotations

import threading
from typing import Mapping

from django.conf import settings
from prometheus_client import Counter, Gauge, Histogram

string_generations = Counter(
    "tux_string_generations_total", "String generations", ["workspace_id", "status"]
)
propagation_jobs = Counter(
    "tux_propagation_jobs_total", "Propagation jobs that ended", ["workspace_id", "status"]
)
propagation_duration = Histogram(
    "tux_propagation_duration_seconds", "Run time of propagation jobs", ["workspace_id"]
)
dimension_catalog_queries = Counter(
    "tux_dimension_catalog_queries_total",
    "Queries of the dimension catalog; cache_hit is hit or miss",
    ["workspace_id", "cache_hit"],
)
cache_failures = Counter(
    "tux_cache_failures_total", "Cache operations that failed and were done without", ["operation"]
)

# Every worker sets the same number, read from the database by its keeper. So the maximum of the
# living workers is the number: no pid label (modes all, liveall), no user counted twice (livesum),
# and nothing of dead workers (max, sum). Newer clients have livemostrecent, which says it better.
workspace_active_users = Gauge(
    "tux_workspace_active_users",
    "Users active in the workspace in the last 15 minutes",
    ["workspace_id"],
    multiprocess_mode="livemax",
)

OTHER = "other"


class BoundedLabel:
    """Lets the first `limit` values of a label through; later ones become "other". 0 is no limit.

    A workspace costs 31 samples per pod, and a scrape above Prometheus' sample limit is lost whole.
    The bound is per process: two workers that meet different workspaces show up to twice as many.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._seen: set[str] = set()
        self._lock = threading.Lock()

    def __call__(self, value: object) -> str:
        text = str(value)
        with self._lock:
            if text not in self._seen:
                if self.limit and len(self._seen) >= self.limit:
                    return OTHER
                self._seen.add(text)
        return text

    def forget(self, value: object) -> None:
        """Makes room for another value."""
        with self._lock:
            self._seen.discard(str(value))


label = BoundedLabel(settings.TUX_MAX_WORKSPACE_LABELS)


def record_string_generation(workspace_id: str, success: bool) -> None:
    string_generations.labels(label(workspace_id), _status(success)).inc()


def record_propagation_job(workspace_id: str, seconds: float, success: bool) -> None:
    propagation_jobs.labels(label(workspace_id), _status(success)).inc()
    propagation_duration.labels(label(workspace_id)).observe(seconds)


def record_dimension_query(workspace_id: str, cache_hit: bool) -> None:
    outcome = "hit" if cache_hit else "miss"
    dimension_catalog_queries.labels(label(workspace_id), outcome).inc()


def prepare_workspace(workspace_id: str) -> None:
    """Creates every label set of a workspace at 0.

    A counter that is born at 1 has not increased as far as increase() can see: the first failed job
    of a workspace would be lost.
    """
    name = label(workspace_id)
    for status in ("success", "error"):
        string_generations.labels(name, status)
        propagation_jobs.labels(name, status)
    for outcome in ("hit", "miss"):
        dimension_catalog_queries.labels(name, outcome)
    propagation_duration.labels(name)


def forget_workspace(workspace_id: str) -> None:
    """Removes the series of a workspace that is gone.

    In multiprocess mode they stay until a restart: the files of the workers cannot lose an entry.
    """
    name = str(workspace_id)
    label.forget(name)
    for metric, *rest in (
        (string_generations, "success"),
        (string_generations, "error"),
        (propagation_jobs, "success"),
        (propagation_jobs, "error"),
        (dimension_catalog_queries, "hit"),
        (dimension_catalog_queries, "miss"),
        (propagation_duration,),
        (workspace_active_users,),
    ):
        try:
            metric.remove(name, *rest)
        except KeyError:  # it never was; newer clients do not raise
            pass


_reported: set[str] = set()


def set_active_users(users: Mapping[str, int]) -> None:
    """Sets the gauge of each workspace, and 0 for those of earlier calls that are missing now."""
    totals: dict[str, int] = {name: 0 for name in _reported}
    for workspace_id, count in users.items():
        name = label(workspace_id)
        totals[name] = totals.get(name, 0) + count
    _reported.update(totals)
    for name, count in totals.items():
        workspace_active_users.labels(name).set(count)


def _status(success: bool) -> str:
    return "success" if success else "error"
