"""Reads the environment. A value that cannot be read stops the start with its name."""
from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

ENGINES = {
    "sqlite": "django_prometheus.db.backends.sqlite3",
    "sqlite3": "django_prometheus.db.backends.sqlite3",
    "postgres": "django_prometheus.db.backends.postgresql",
    "postgresql": "django_prometheus.db.backends.postgresql",
}


def flag(name: str, default: bool = False) -> bool:
    """1, true, yes, on and 0, false, no, off; unset or empty is the default."""
    value = os.environ.get(name, "").lower()
    if value in ("1", "true", "yes", "on"):
        return True
    if value in ("0", "false", "no", "off"):
        return False
    if value:
        raise ImproperlyConfigured(f'{name}: "{value}" is neither on nor off')
    return default


def number(name: str, default: float) -> float:
    """A number that is not negative."""
    text = os.environ.get(name) or str(default)
    try:
        value = float(text)
    except ValueError:
        value = -1
    if value < 0:
        raise ImproperlyConfigured(f'{name}: "{text}" is not a number from 0 on')
    return value


def words(name: str) -> list[str]:
    """A list with commas."""
    return [word.strip() for word in os.environ.get(name, "").split(",") if word.strip()]


def data_dir() -> Path:
    """TUX_DATA_DIR, or a directory of this user under the system's temporary one; created."""
    default = Path(tempfile.gettempdir()) / f"tux-backend-{os.getuid()}"
    directory = Path(os.environ.get("TUX_DATA_DIR") or default)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return directory


def database(directory: Path) -> dict[str, Any]:
    """DATABASE_URL, or DATABASE_ENGINE, _NAME, _USER, _PASSWORD, _HOST, _PORT, or a SQLite file."""
    if os.environ.get("DATABASE_URL"):
        found = _from_url(os.environ["DATABASE_URL"])
    else:
        found = {"ENGINE": os.environ.get("DATABASE_ENGINE") or "sqlite3", "OPTIONS": {}}
        for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT"):
            found[key] = os.environ.get(f"DATABASE_{key}", "")
    if found["ENGINE"] not in ENGINES:
        raise ImproperlyConfigured(f'"{found["ENGINE"]}" is none of the engines {sorted(ENGINES)}')
    found["ENGINE"] = ENGINES[found["ENGINE"]]
    if found["ENGINE"].endswith("sqlite3"):
        found["NAME"] = found["NAME"] or str(directory / "tux.sqlite3")
        found["OPTIONS"].setdefault("timeout", 20)
        found["TEST"] = {"NAME": str(directory / "test.sqlite3")}
    else:
        # Without it a request, and a health check, waits minutes for a server that is gone.
        found["OPTIONS"].setdefault("connect_timeout", 5)
    return found


def _from_url(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    return {
        "ENGINE": parts.scheme,
        "NAME": unquote(parts.path if parts.scheme.startswith("sqlite") else parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "OPTIONS": dict(parse_qsl(parts.query)),
    }
