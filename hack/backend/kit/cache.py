"""A cache that may be gone: reads become misses, writes are skipped, and both are counted.

The cache makes answers fast; it is no reason to refuse them. Give the client of a remote cache a
short socket timeout, or every request waits for it.
"""
from __future__ import annotations

import logging
import threading
from typing import Any, Callable

from django.core.cache import cache

from kit.metrics import cache_failures

logger = logging.getLogger("tux.cache")

MISSING = object()


class ForgivingCache:
    """Wraps Django's default cache. Logs once when it fails and once when it works again."""

    def __init__(self) -> None:
        self._failing = False
        self._lock = threading.Lock()

    def get(self, key: str) -> Any:
        """Returns the value or MISSING.

        The value is kept in a list of one: django-prometheus 2.2 takes a falsy value for a miss.
        """
        box = self._attempt("get", lambda: cache.get(key))
        return box[0] if box else MISSING

    def set(self, key: str, value: Any, timeout: float) -> None:
        """Writes the value if it can; timeout in seconds."""
        self._attempt("set", lambda: cache.set(key, [value], timeout))

    def delete(self, key: str) -> None:
        """Removes the value if it can; if not, readers see the old one until its timeout."""
        self._attempt("delete", lambda: cache.delete(key))

    def _attempt(self, operation: str, act: Callable[[], Any]) -> Any:
        try:
            result = act()
        except Exception as error:  # each backend has exceptions of its own
            cache_failures.labels(operation).inc()
            self._log_change(True, "The cache fails, answers come from the database: %s", error)
            return None
        self._log_change(False, "The cache works again")
        return result

    def _log_change(self, failing: bool, message: str, *args: Any) -> None:
        with self._lock:
            changed, self._failing = self._failing != failing, failing
        if changed:
            level = logging.WARNING if failing else logging.INFO
            logger.log(level, message, *args, extra={"event_type": "cache_state"})


forgiving_cache = ForgivingCache()

# So that the first failure counts.
for _operation in ("get", "set", "delete"):
    cache_failures.labels(_operation)
