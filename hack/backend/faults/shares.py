"""Shares of events, exact rather than random: of ten with a share of 0.3, three are chosen."""
from __future__ import annotations

import threading
from collections import defaultdict

from faults import state

_sums: dict[str, float] = defaultdict(float)
_lock = threading.Lock()


def chosen(switch: str) -> bool:
    """Says whether this event is among the share the switch names, counted per worker."""
    ratio = state.current()[switch]
    with _lock:
        _sums[switch] += ratio
        if _sums[switch] < 1 - 1e-9:
            return False
        _sums[switch] -= 1
        return True
