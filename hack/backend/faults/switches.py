"""The switches: their names, healthy values and what they accept."""
from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Callable

COMPONENTS = ("cache", "database", "string_propagation", "workspace_isolation")


@dataclass(frozen=True)
class Switch:
    """One fault. accepts() returns None, or what is expected of a value."""

    healthy: Any
    accepts: Callable[[Any], str | None]


def _flag(value: Any) -> str | None:
    return None if isinstance(value, bool) else "true or false is expected"


def _number(low: float, high: float, whole: bool = False) -> Callable[[Any], str | None]:
    kinds, text = ((int,), "a whole number") if whole else ((int, float), "a number")

    def accepts(value: Any) -> str | None:
        if isinstance(value, kinds) and not isinstance(value, bool) and math.isfinite(value):
            if low <= value <= high:
                return None
        return f"{text} from {low:g} to {high:g} is expected"

    return accepts


def _status(value: Any) -> str | None:
    off = value == 0 and not isinstance(value, bool)
    if off or _number(200, 599, whole=True)(value) is None:
        return None
    return "0 or a status from 200 to 599 is expected"


def _components(value: Any) -> str | None:
    if isinstance(value, list) and all(name in COMPONENTS for name in value):
        return None
    return f"a list of {', '.join(COMPONENTS)} is expected"


def _view(value: Any) -> str | None:
    return None if isinstance(value, str) else "the name of a view is expected"


def _names(value: Any) -> str | None:
    if isinstance(value, list) and all(isinstance(name, str) for name in value):
        return None
    return "a list of names is expected"


_seconds, _ratio = _number(0, 3600), _number(0, 1)

SWITCHES: dict[str, Switch] = {
    "database_down": Switch(False, _flag),
    "database_flaps_seconds": Switch(0, _seconds),
    "database_latency_seconds": Switch(0, _seconds),
    "database_connect_fail_ratio": Switch(0, _ratio),
    "database_error_ratio": Switch(0, _ratio),
    "cache_down": Switch(False, _flag),
    "cache_fail_ratio": Switch(0, _ratio),
    "cache_miss_ratio": Switch(0, _ratio),
    "components_down": Switch([], _components),
    "error_ratio": Switch(0, _ratio),
    "latency_seconds": Switch(0, _seconds),
    "latency_ratio": Switch(1, _ratio),
    "only_view": Switch("", _view),
    "refuse_ratio": Switch(0, _ratio),
    "jobs_fail_ratio": Switch(0, _ratio),
    "jobs_fail_workspaces": Switch([], _names),
    "jobs_seconds": Switch(0, _seconds),
    "generation_fail_ratio": Switch(0, _ratio),
    "unready": Switch(False, _flag),
    "dead": Switch(False, _flag),
    "hang_seconds": Switch(0, _seconds),
    "health_seconds": Switch(0, _seconds),
    "health_status": Switch(0, _status),
    "metrics_status": Switch(0, _status),
    "pending_migration": Switch(False, _flag),
    "stale_migrations": Switch(0, _number(0, 100, whole=True)),
    "memory_mib": Switch(0, _number(0, 4096, whole=True)),
    "open_files": Switch(0, _number(0, 5000, whole=True)),
    "worker_age": Switch(0, _seconds),
    "workspaces": Switch(0, _number(0, 5000, whole=True)),
}


def healthy() -> dict[str, Any]:
    """Returns all switches off."""
    return {name: switch.healthy for name, switch in SWITCHES.items()}


def problems(changes: Any) -> dict[str, str]:
    """Returns what is wrong with the changes, by key; empty if nothing is."""
    if not isinstance(changes, dict):
        return {"": "an object is expected"}
    found = {}
    for name, value in changes.items():
        complaint = SWITCHES[name].accepts(value) if name in SWITCHES else "no such switch"
        if complaint:
            found[name] = complaint
    return found
