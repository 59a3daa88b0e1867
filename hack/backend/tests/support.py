"""What the tests share."""
from __future__ import annotations

import contextlib
import json
import logging
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Iterator

from django.test import Client
from prometheus_client import REGISTRY

from faults import state
from kit.logging import ContextFilter, JSONFormatter
from master_data.bootstrap import ensure_user, ensure_workspace

ROOT = Path(__file__).resolve().parent.parent


@contextlib.contextmanager
def faults(**switches: Any) -> Iterator[None]:
    """Turns switches on and everything off again."""
    state.merge(switches)
    try:
        yield
    finally:
        state.reset()


class JSONClient(Client):
    """A client whose bodies are JSON."""

    def post(self, path: str, data: Any = None, **extra: Any) -> Any:
        return super().post(path, data or {}, content_type="application/json", **extra)


def member(*slugs: str, username: str = "ann") -> JSONClient:
    """Returns a client whose user is a member of these workspaces; creates what is missing."""
    token = ensure_user(username)
    for slug in slugs:
        ensure_workspace(slug, username)
    return JSONClient(HTTP_AUTHORIZATION=f"Token {token}", raise_request_exception=False)


def url(slug: str, what: str) -> str:
    return f"/api/v1/workspaces/{slug}/{what}/"


def sample(name: str, **labels: str) -> float:
    """Returns the value of a series of the default registry, 0 if there is none."""
    return REGISTRY.get_sample_value(name, labels) or 0.0


class Lines(logging.Handler):
    """Collects the log as the console would show it, parsed."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JSONFormatter())
        self.addFilter(ContextFilter())
        self.all: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.all.append(json.loads(self.format(record)))

    def of(self, logger: str) -> list[dict[str, Any]]:
        return [line for line in self.all if line["logger"] == logger]


@contextlib.contextmanager
def log_lines() -> Iterator[Lines]:
    """Collects every line that reaches the root logger, instead of printing it."""
    root = logging.getLogger()
    before, lines = root.handlers, Lines()
    root.handlers = [lines]
    try:
        yield lines
    finally:
        root.handlers = before


def run_python(code: str, **environment: str) -> subprocess.CompletedProcess:
    """Runs code in a process of its own, with nothing in the environment but this."""
    with tempfile.TemporaryDirectory() as directory:
        env = {
            "PATH": os.environ["PATH"],
            "PYTHONDONTWRITEBYTECODE": "1",
            "TUX_DATA_DIR": directory,
            "SECRET_KEY": "for tests",
            "ALLOWED_HOSTS": "testserver",
            "DJANGO_SETTINGS_MODULE": "tux.settings",
            **environment,
        }
        return subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
            timeout=60,
        )
