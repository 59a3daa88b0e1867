"""The dimension catalog, read through the cache."""
from __future__ import annotations

import logging

from kit import metrics
from kit.cache import MISSING, forgiving_cache
from master_data.models import Dimension, Workspace

logger = logging.getLogger("tux.business")

TIMEOUT = 60.0


def read(workspace: Workspace) -> list[dict]:
    """Returns the dimensions of the workspace. A cache that fails is a miss, not an error."""
    found = forgiving_cache.get(_key(workspace))
    hit = found is not MISSING
    if not hit:
        found = [{"name": d.name, "values": d.values} for d in Dimension.objects.of(workspace)]
        forgiving_cache.set(_key(workspace), found, TIMEOUT)
    metrics.record_dimension_query(workspace.slug, cache_hit=hit)
    # DEBUG, and meant so: the counter above has the numbers. TUX_LOG_LEVEL=DEBUG shows the lines.
    logger.debug("Dimensions read", extra={"event_type": "dimension_access", "cache_hit": hit})
    return found


def forget(workspace: Workspace) -> None:
    """To be called after a dimension has changed."""
    forgiving_cache.delete(_key(workspace))


def _key(workspace: Workspace) -> str:
    # The key holds the workspace: a cache without it would be the leak between tenants.
    return f"dimensions-{workspace.pk}"
