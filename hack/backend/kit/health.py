"""Health: a registry of components, and the questions /health/, /health/ready/, /health/live/.

An answer says which component is unhealthy and never why: exception texts hold addresses. The
reason goes to the log, once when the component fails and once when it is back.
"""
from __future__ import annotations

import logging
import os
import threading
import time
import uuid
from dataclasses import dataclass
from typing import Callable, Optional

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from kit.migrations import migrations

logger = logging.getLogger("tux.health")

HEALTHY, UNHEALTHY, UNKNOWN, DEGRADED = "healthy", "unhealthy", "unknown", "degraded"

Check = Callable[[], None]


class Unhealthy(Exception):
    """Raised by a check; the text is for the log."""


@dataclass(frozen=True)
class Component:
    """A part of the backend that can fail by itself."""

    name: str
    check: Check  # raises anything if the component is unhealthy
    critical: bool = False  # without it the backend is unhealthy (503), not only degraded (200)
    needs: tuple[str, ...] = ()  # while one of these is not healthy, the state is unknown


class Registry:
    """The components in the order they were registered in."""

    def __init__(self) -> None:
        self.components: dict[str, Component] = {}
        self._failing: set[str] = set()
        self._lock = threading.Lock()

    def register(self, component: Component) -> None:
        """Adds a component, or replaces the one of that name."""
        self.components[component.name] = component

    def report(self) -> dict:
        """Checks every component and returns the body of the health answer."""
        services: dict[str, dict] = {}
        for component in self.components.values():
            started = time.perf_counter()
            status = self._status(component, services)
            services[component.name] = {
                "status": status,
                "critical": component.critical,
                "duration_ms": round((time.perf_counter() - started) * 1000, 1),
            }
        return {"status": _overall(services), "timestamp": time.time(), "services": services}

    def _status(self, component: Component, services: dict[str, dict]) -> str:
        # A dead database is asked once, not once per component: its timeouts would add up.
        if any(services.get(name, {}).get("status") != HEALTHY for name in component.needs):
            return UNKNOWN
        try:
            component.check()
        except Exception as error:
            self._log_change(component.name, error)
            return UNHEALTHY
        self._log_change(component.name, None)
        return HEALTHY

    def _log_change(self, name: str, error: Optional[Exception]) -> None:
        with self._lock:
            was_failing = name in self._failing
            (self._failing.add if error else self._failing.discard)(name)
        extra = {"event_type": "component_health", "component": name}
        if error and not was_failing:
            logger.warning("Component is unhealthy: %s", error, exc_info=error, extra=extra)
        if was_failing and not error:
            logger.info("Component is healthy again", extra=extra)


def _overall(services: dict[str, dict]) -> str:
    failing = [s for s in services.values() if s["status"] != HEALTHY]
    if any(s["critical"] for s in failing):
        return UNHEALTHY
    return DEGRADED if failing else HEALTHY


def check_database() -> None:
    """Asks the default database for one row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()


def check_cache() -> None:
    """Writes a value and reads it back, under a key of its own: workers check at the same time."""
    key = f"tux-health-{uuid.uuid4().hex}"
    cache.set(key, "written", timeout=30)
    if cache.get(key) != "written":
        raise Unhealthy("the cache does not return what was written")
    cache.delete(key)


def check_draining() -> None:
    """Fails while the drain file exists. A preStop hook creates it and waits a while."""
    if os.path.exists(settings.TUX_DRAIN_FILE):
        raise Unhealthy("the process is draining")


def check_migrations() -> None:
    """Fails while migrations are missing."""
    if not migrations.all_applied():
        raise Unhealthy("migrations are not applied")


registry = Registry()
registry.register(Component("database", check_database, critical=True))
registry.register(Component("cache", check_cache))

# Only what this pod needs to take traffic. The cache is not here: without it requests are slow, and
# without any ready pod there are none. The order matters: the first that fails ends the answer.
readiness = Registry()
readiness.register(Component("draining", check_draining, critical=True))
readiness.register(Component("database", check_database, critical=True))
readiness.register(Component("migrations", check_migrations, critical=True, needs=("database",)))


@require_safe
@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """Everything: 503 if a critical component is not healthy, else 200."""
    body = registry.report()
    return JsonResponse(body, status=503 if body["status"] == UNHEALTHY else 200)


@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """May this pod get traffic?"""
    services = readiness.report()["services"]
    missing = [name for name, service in services.items() if service["status"] != HEALTHY]
    if missing:
        return JsonResponse({"status": "not_ready", "missing": missing}, status=503)
    return JsonResponse({"status": "ready"})


@require_safe
@never_cache
def live(request: HttpRequest) -> JsonResponse:
    """Does the process answer? Touches nothing: a dead database is no reason to restart pods."""
    return JsonResponse({"status": "alive"})
