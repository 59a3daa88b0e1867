"""SQLite: readers and a writer at the same time, also from several workers."""
from typing import Any

from django.db import connections


def use_write_ahead_log(sender: Any, using: str, **_: Any) -> None:
    """Receiver of post_migrate. The mode is stored in the file; newer Django has init_command."""
    connection = connections[using]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode=WAL")
