"""Faults of the process itself: files it holds open, and its end."""
from __future__ import annotations

import os
import signal
import threading
import time

from faults import state

# When this worker was told how old it may get.
_told: float | None = None


class _Files:
    """Open files that nobody needs."""

    def __init__(self) -> None:
        self._open: list[int] = []
        self._lock = threading.Lock()

    def resize(self, count: int) -> None:
        if count == len(self._open):
            return
        with self._lock:
            while len(self._open) < count:
                self._open.append(os.open(os.devnull, os.O_RDONLY))
            while len(self._open) > count:
                os.close(self._open.pop())


_files = _Files()


def apply() -> None:
    """Brings this worker in step; called with every request."""
    _files.resize(state.current()["open_files"])


def end_if_old() -> None:
    """Ends this worker if its time is over, as the kernel and the timeout of gunicorn do it."""
    global _told
    age = state.current()["worker_age"]
    if not age:
        _told = None
    elif _told is None:
        _told = time.monotonic()
    elif time.monotonic() - _told > age:
        os.kill(os.getpid(), signal.SIGKILL)
