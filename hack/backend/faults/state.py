"""The state of the switches: a file in TUX_DATA_DIR that every worker looks at before it acts."""
from __future__ import annotations

import fcntl
import json
import os
import threading
from typing import Any, Mapping

from django.conf import settings

from faults.switches import healthy

PATH = settings.DATA_DIR / "faults.json"
_LOCK_PATH = settings.DATA_DIR / "faults.lock"

_lock = threading.Lock()
_known: tuple[Any, dict[str, Any]] = (None, healthy())


def current() -> Mapping[str, Any]:
    """Returns all switches. Costs one stat() while nothing has changed."""
    global _known
    try:
        status = os.stat(PATH)
        version = (status.st_ino, status.st_mtime_ns, status.st_size)
    except FileNotFoundError:
        version = None
    if version != _known[0]:
        with _lock:
            _known = (version, _read())
    return _known[1]


def merge(changes: Mapping[str, Any]) -> Mapping[str, Any]:
    """Applies valid changes and returns all switches."""
    with open(_LOCK_PATH, "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two workers may merge at the same time
        state = {**_read(), **changes}
        # A new file in place of the old one: a reader sees either, never half of one.
        draft = PATH.with_suffix(f".{os.getpid()}.{threading.get_ident()}")
        draft.write_text(json.dumps(state), encoding="utf-8")
        os.replace(draft, PATH)
    return current()


def reset() -> Mapping[str, Any]:
    """Turns everything off. Removing the file by hand does the same."""
    return merge(healthy())


def _read() -> dict[str, Any]:
    try:
        return {**healthy(), **json.loads(PATH.read_text(encoding="utf-8"))}
    except FileNotFoundError:
        return healthy()
