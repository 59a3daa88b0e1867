"""Who is active where: written with the requests, counted by the keeper of every worker."""
from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import Any

from django.db.models import Count
from django.utils import timezone

from kit import metrics
from master_data.models import Activity, Workspace

WINDOW = timedelta(minutes=15)
WRITE_SECONDS = 60.0

_written: dict[tuple[int, int], float] = {}
_lock = threading.Lock()


def note(sender: Any, request: Any, workspace: Workspace, **_: Any) -> None:
    """Receiver of workspace_entered: remembers the user, at most once a minute and worker."""
    key = (workspace.pk, request.user.pk)
    now = time.monotonic()
    with _lock:
        if now - _written.get(key, float("-inf")) < WRITE_SECONDS:
            return
        _written[key] = now
    _write(workspace, request.user)


def _write(workspace: Workspace, user: Any) -> None:
    # Not update_or_create: it reads before it writes, in one transaction, which SQLite refuses while
    # another worker writes.
    seen = Activity(workspace=workspace, user=user, last_seen=timezone.now())
    if not Activity.objects.filter(workspace=workspace, user=user).update(last_seen=seen.last_seen):
        Activity.objects.bulk_create([seen], ignore_conflicts=True)


def count() -> dict[str, int]:
    """Returns the number of active users by workspace."""
    rows = (
        Activity.objects.filter(last_seen__gte=timezone.now() - WINDOW)
        .values_list("workspace__slug")
        .annotate(users=Count("user"))
    )
    return dict(rows)


def prepare_metrics() -> None:
    """Creates the series of every workspace at 0, up to the bound of the label."""
    slugs = Workspace.objects.order_by("pk").values_list("slug", flat=True)
    limit = metrics.label.limit
    for slug in slugs[:limit] if limit else slugs:
        metrics.prepare_workspace(slug)
