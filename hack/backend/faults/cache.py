"""A cache that can be lost as Redis is."""
from __future__ import annotations

from typing import Any

from django_prometheus.cache import metrics
from django_prometheus.cache.backends.filebased import FileBasedCache

from faults import state
from faults.users import chosen_for_user

_REFUSED = "Error 111 connecting to 10.77.0.8:6379. Connection refused."


class FaultyFileBasedCache(FileBasedCache):
    """The file cache of django_prometheus; while it is down it counts as the Redis one does."""

    def get(self, key: Any, *args: Any, **kwargs: Any) -> Any:
        if state.current()["cache_down"] or chosen_for_user("cache_fail_ratio"):
            metrics.django_cache_get_total.labels(backend="filebased").inc()
            metrics.django_cache_get_fail_total.labels(backend="filebased").inc()
            raise ConnectionError(_REFUSED)
        if chosen_for_user("cache_miss_ratio"):
            super().delete(key)  # as if it had been evicted
        return super().get(key, *args, **kwargs)

    def set(self, *args: Any, **kwargs: Any) -> Any:
        _fail_if_down()
        return super().set(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        _fail_if_down()
        return super().delete(*args, **kwargs)


def _fail_if_down() -> None:
    if state.current()["cache_down"]:
        raise ConnectionError(_REFUSED)
