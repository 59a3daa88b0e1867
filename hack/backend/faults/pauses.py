"""Pauses that leave room for the request that ends them."""
from __future__ import annotations

import os
import threading
import time

from faults import state
from kit import context

# Two threads of a worker always stay free, for the control endpoint and a scrape.
_SLOTS = threading.BoundedSemaphore(max(1, int(os.environ.get("GUNICORN_THREADS") or 8) - 2))
_STEP = 0.05


def pause(switch: str) -> bool:
    """Sleeps as many seconds as the switch says, or until it changes.

    Returns False at once if too many requests are sleeping. Jobs and the keeper have threads of
    their own and need no slot.
    """
    seconds = state.current()[switch]
    if not seconds:
        return True
    in_request = "request_id" in context.current() and "job_id" not in context.current()
    if in_request and not _SLOTS.acquire(blocking=False):
        return False
    try:
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0 and state.current()[switch] == seconds:
            time.sleep(min(_STEP, left))
    finally:
        if in_request:
            _SLOTS.release()
    return True
