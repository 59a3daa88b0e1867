"""What the switches do, hung into the kit's registries and signals."""
from __future__ import annotations

import mmap
import os
import threading
from dataclasses import replace
from typing import Any

from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase
from rest_framework.exceptions import PermissionDenied

from faults import limits, state
from faults.pauses import pause
from faults.shares import chosen
from kit import health, metrics
from kit.health import Component, Unhealthy
from kit.migrations import Migrations, migrations
from kit.signals import job_started, string_generation_started, workspace_entered
from master_data.generation import GenerationError


class SimulatedFailure(Exception):
    """An exception nobody handles."""


def install() -> None:
    """Called once, when the app is ready."""
    for component in list(health.registry.components.values()):
        health.registry.register(replace(component, check=_can_be_down(component)))
    health.readiness.register(Component("simulated", _check_unready, critical=True))
    _make_migrations_pend()
    workspace_entered.connect(_disturb_request)
    string_generation_started.connect(_disturb_generation)
    job_started.connect(_disturb_job)
    if os.environ.get("TUX_METRICS_REGISTRY") == "private":
        _hide_business_metrics()


def apply_to_process() -> None:
    """Brings memory, files and series of this worker in step; called with every request."""
    limits.apply()
    _memory.resize(state.current()["memory_mib"])
    _workspaces.resize(state.current()["workspaces"])


def _hide_business_metrics() -> None:
    """What a CollectorRegistry of one's own does: the metrics count, and /metrics does not show them."""
    for metric in vars(metrics).values():
        if isinstance(metric, MetricWrapperBase):
            REGISTRY.unregister(metric)


def _can_be_down(component: Component) -> Any:
    def check() -> None:
        if component.name in state.current()["components_down"]:
            raise Unhealthy("switched off")
        component.check()

    return check


def _check_unready() -> None:
    if state.current()["unready"]:
        raise Unhealthy("switched off")


def _make_migrations_pend() -> None:
    count, asked = migrations.count, Migrations()

    def count_more(alias: str = "default") -> tuple[int, int]:
        unapplied, applied = count(alias)
        faults = state.current()
        return unapplied + faults["pending_migration"] + faults["stale_migrations"], applied

    migrations.count = count_more
    # The kit asks once and remembers; a switch must be seen each time. Readiness counts by itself: a
    # stale gauge is none of its business.
    migrations.all_applied = lambda: not state.current()["pending_migration"] and asked.all_applied()


def _disturb_request(sender: Any, request: Any, **_: Any) -> None:
    if chosen("refuse_ratio"):
        raise PermissionDenied("refuse_ratio")
    if state.current()["only_view"] not in ("", request.resolver_match.view_name):
        return
    if chosen("latency_ratio"):
        pause("latency_seconds")
    if chosen("error_ratio"):
        raise SimulatedFailure("error_ratio")


def _disturb_generation(sender: Any, **_: Any) -> None:
    if chosen("generation_fail_ratio"):
        raise GenerationError("generation_fail_ratio")


def _disturb_job(sender: Any, workspace: Any, **_: Any) -> None:
    pause("jobs_seconds")
    if chosen("jobs_fail_ratio"):
        raise SimulatedFailure("jobs_fail_ratio")
    if workspace.slug in state.current()["jobs_fail_workspaces"]:
        raise SimulatedFailure("jobs_fail_workspaces")


class _Memory:
    """Resident memory: every page is written to, and goes back to the system when released."""

    def __init__(self) -> None:
        self._mib = 0
        self._block: mmap.mmap | None = None
        self._lock = threading.Lock()

    def resize(self, mib: int) -> None:
        if mib == self._mib:
            return
        with self._lock:
            if mib == self._mib:
                return
            if self._block:
                self._block.close()
            self._block = mmap.mmap(-1, mib << 20) if mib else None
            for offset in range(0, mib << 20, mmap.PAGESIZE):
                self._block[offset] = 1
            self._mib = mib


class _Workspaces:
    """Series of workspaces that do not exist. The bound of the label holds for them, too."""

    def __init__(self) -> None:
        self._count = 0
        self._lock = threading.Lock()

    def resize(self, count: int) -> None:
        if count == self._count:
            return
        with self._lock:
            for number in range(self._count, count):
                name = f"simulated-{number:04d}"
                metrics.prepare_workspace(name)
                metrics.record_string_generation(name, success=True)
                metrics.workspace_active_users.labels(metrics.label(name)).set(1)
            for number in range(count, self._count):
                metrics.workspace_active_users.labels(f"simulated-{number:04d}").set(0)
                metrics.forget_workspace(f"simulated-{number:04d}")
            self._count = count


_memory = _Memory()
_workspaces = _Workspaces()
