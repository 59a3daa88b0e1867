"""Faults go in below the wrapper of django_prometheus, so that it counts them as real ones."""
from __future__ import annotations

import sqlite3
import time
from typing import Any

from django.db.backends.sqlite3 import base
from django_prometheus.db.common import DatabaseWrapperMixin

from faults import state
from faults.pauses import pause
from faults.users import chosen_for_user


def _down() -> bool:
    switches = state.current()
    period = switches["database_flaps_seconds"]
    # By the clock and not by switching: a machine that is slow to switch would make long outages of short ones,
    # and all pods go down together, as those of one database do.
    flapped = period > 0 and time.time() % period < period / 3
    return switches["database_down"] or flapped


def _fail_if_down() -> None:
    if _down():
        # The text of a real one, addresses and all: it must not get into any answer.
        raise sqlite3.OperationalError(
            'connection to server at "10.77.0.9", port 5432 failed: Connection refused'
        )


class FaultyCursor(base.SQLiteCursorWrapper):
    """Fails and sleeps per statement."""

    def execute(self, *args: Any, **kwargs: Any) -> Any:
        _disturb()
        return super().execute(*args, **kwargs)

    def executemany(self, *args: Any, **kwargs: Any) -> Any:
        _disturb()
        return super().executemany(*args, **kwargs)


def _disturb() -> None:
    _fail_if_down()
    if chosen_for_user("database_error_ratio"):
        raise sqlite3.OperationalError("canceling statement due to lock timeout")
    pause("database_latency_seconds")
    _fail_if_down()


class FaultyDatabaseWrapper(base.DatabaseWrapper):
    """Fails per connection."""

    def get_new_connection(self, *args: Any, **kwargs: Any) -> Any:
        _fail_if_down()
        if chosen_for_user("database_connect_fail_ratio"):
            raise sqlite3.OperationalError("FATAL: sorry, too many clients already")
        return super().get_new_connection(*args, **kwargs)

    def is_usable(self) -> bool:
        return not _down()


class DatabaseWrapper(DatabaseWrapperMixin, FaultyDatabaseWrapper):
    CURSOR_CLASS = FaultyCursor
