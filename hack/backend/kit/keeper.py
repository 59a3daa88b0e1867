"""A background thread per worker process for numbers that are read, not counted.

Reading them in a scrape would make /metrics as slow as the database; reading them at start would
keep the process from starting while the database is down.
"""
from __future__ import annotations

import logging
import os
import threading
from typing import Any, Callable

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_started
from django.db import connections

logger = logging.getLogger("tux.keeper")

Task = Callable[[], None]


class Keeper:
    """Runs its tasks at once and then every `interval` seconds. What fails is tried again."""

    def __init__(self, interval: float) -> None:
        self.interval = interval
        self.tasks: dict[str, Task] = {}
        self._failing: set[str] = set()
        self._pid = 0
        self._lock = threading.Lock()

    def start_with_requests(self) -> None:
        """Starts the thread with the first request of each server process.

        Not earlier: threads do not survive the fork of a preloading gunicorn. Management commands
        and Django's test client have another sender and start nothing.
        """
        request_started.connect(self.ensure_running, sender=WSGIHandler)

    def ensure_running(self, **_: Any) -> None:
        """Starts the thread unless this process has it."""
        if self._pid == os.getpid():
            return
        with self._lock:
            if self._pid != os.getpid():
                self._pid = os.getpid()
                threading.Thread(target=self._run, name="tux-keeper", daemon=True).start()

    def run_once(self) -> None:
        """Runs every task; logs when one begins to fail and when it works again."""
        for name, task in self.tasks.items():
            try:
                task()
            except Exception as error:
                if name not in self._failing:
                    self._failing.add(name)
                    logger.warning("Cannot %s: %s", name, error, extra={"task": name})
            else:
                if name in self._failing:
                    self._failing.discard(name)
                    logger.info("Can %s again", name, extra={"task": name})

    def _run(self) -> None:
        while True:
            self.run_once()
            connections.close_all()  # of this thread
            threading.Event().wait(self.interval)


keeper = Keeper(settings.TUX_KEEPER_SECONDS)
