"""Background jobs: measured, logged with the request that asked for them, and bounded in number.

The threads belong to the web process, so their metrics reach its /metrics. Jobs of Celery or cron
run in another process, which must be scraped itself.
"""
from __future__ import annotations

import logging
import time
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any, Callable, Iterator

from django.db import connections

from kit import context, metrics
from kit.health import Unhealthy

logger = logging.getLogger("tux.business")


class BacklogFull(Exception):
    """Raised by submit(): so many jobs wait that another would only wait too."""


@dataclass
class Outcome:
    """What the job itself reports."""

    affected_strings: int = 0


@contextmanager
def measured(workspace_id: str, job_id: Any) -> Iterator[Outcome]:
    """Counts, times and logs a propagation job; an exception counts as an error and goes on."""
    outcome = Outcome()
    started = time.perf_counter()
    failure: BaseException | None = None
    try:
        yield outcome
    except BaseException as error:
        failure = error
        raise
    finally:
        seconds = time.perf_counter() - started
        metrics.record_propagation_job(workspace_id, seconds, success=failure is None)
        logger.log(
            logging.ERROR if failure else logging.INFO,
            "Propagation job failed" if failure else "Propagation job finished",
            exc_info=failure,
            extra={
                "event_type": "propagation_job",
                "workspace_id": workspace_id,
                "job_id": job_id,
                "success": failure is None,
                "affected_strings": outcome.affected_strings,
                "duration_ms": round(seconds * 1000, 3),
            },
        )


class Runner:
    """A pool of threads. With threads=0 a job runs at once in the caller's thread, for tests."""

    def __init__(self, threads: int, backlog: int = 100, max_wait: float = 60.0) -> None:
        self.backlog = backlog  # jobs that may wait for a thread
        self.max_wait = max_wait  # seconds a job may wait before check() calls it unhealthy
        self._pool = ThreadPoolExecutor(threads, "tux-job") if threads else None
        self._waiting: OrderedDict[int, float] = OrderedDict()
        self._next = 0
        self._lock = Lock()

    def submit(self, function: Callable[..., Any], *args: Any) -> Future:
        """Runs function(*args) in a thread, with the log fields of the caller."""
        with self._lock:
            if len(self._waiting) >= self.backlog:
                raise BacklogFull(f"{self.backlog} jobs are waiting")
            ticket = self._next = self._next + 1
            self._waiting[ticket] = time.monotonic()
        fields = context.current()
        if self._pool:
            return self._pool.submit(self._run_in_thread, ticket, fields, function, args)
        future: Future = Future()
        future.set_result(self._run(ticket, fields, function, args))
        return future

    def check(self) -> None:
        """The health check: jobs are taken up in time. Asks no database."""
        with self._lock:
            oldest = next(iter(self._waiting.values()), None)
            waiting = len(self._waiting)
        if oldest is not None and time.monotonic() - oldest > self.max_wait:
            raise Unhealthy(f"{waiting} jobs wait, the oldest for more than {self.max_wait:g} s")

    def _run(self, ticket: int, fields: dict, function: Callable[..., Any], args: tuple) -> Any:
        with self._lock:
            self._waiting.pop(ticket, None)
        with context.scope(**fields):
            return function(*args)

    def _run_in_thread(self, *args: Any) -> Any:
        try:
            return self._run(*args)
        finally:
            connections.close_all()  # of this thread; nobody else would
