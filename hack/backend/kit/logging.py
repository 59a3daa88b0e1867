"""Structured logging: one JSON object per line on standard output.

Every field given as `extra` is kept. A line is never lost because a value cannot be serialised.
Needs nothing but kit.context and kit.redact; gunicorn uses it before Django is loaded.
"""
from __future__ import annotations

import json
import logging
import math
from datetime import datetime, timezone
from typing import Any

from kit import context
from kit.redact import redact

# What a record has without any extra; differs between Python versions, so it is asked.
_RECORD_ATTRIBUTES = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}

# Keys the formatter writes itself. They stay reserved when a line does not use them: an extra
# called "exception" must not look like a traceback.
RESERVED = frozenset(
    "timestamp level logger message module function line exception stack".split()
)

_MAX_DEPTH = 8
_MAX_TEXT = 32_768  # characters; a longer text is cut, as collectors drop lines that are too long


class JSONFormatter(logging.Formatter):
    """Formats a record as JSON with all its extra fields, without secrets."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "timestamp": datetime.fromtimestamp(record.created, timezone.utc).isoformat(
                timespec="milliseconds"
            ),
            "level": record.levelname,
            "logger": record.name,
            "message": _message(record),
            "module": record.module,
            "function": record.funcName,
            "line": record.lineno,
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = self.formatException(record.exc_info)
        if record.stack_info:
            line["stack"] = record.stack_info
        for key, value in vars(record).items():
            if key not in _RECORD_ATTRIBUTES:
                line[_free_key(key, line)] = value
        return json.dumps(redact(_plain(line)), allow_nan=False)


class ContextFilter(logging.Filter):
    """Gives every record the fields of kit.context; a field given as `extra` wins."""

    def filter(self, record: logging.LogRecord) -> bool:
        for key, value in context.current().items():
            if not hasattr(record, key):
                setattr(record, key, value)
        return True


def config(level: str = "INFO", json_lines: bool = True) -> dict[str, Any]:
    """Returns the LOGGING setting: everything goes through the one handler of the root logger.

    level: the lowest level of the application's own loggers; json_lines: False for a terminal.
    """
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"context": {"()": ContextFilter}},
        "formatters": {
            "json": {"()": JSONFormatter},
            "plain": {"format": "%(levelname)s %(name)s %(message)s"},
        },
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stdout",
                "filters": ["context"],
                "formatter": "json" if json_lines else "plain",
            }
        },
        "root": {"handlers": ["console"], "level": "INFO"},
        "loggers": {
            "tux": {"level": level},
            # Django gives these handlers of their own; a line would appear twice.
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.server": {"handlers": [], "level": "INFO", "propagate": True},
            "django.db.backends": {"level": "WARNING"},
            "gunicorn.error": {"handlers": [], "level": "INFO", "propagate": True},
            # kit.middleware writes these lines, without query strings.
            "gunicorn.access": {"handlers": [], "level": "WARNING", "propagate": True},
        },
    }


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # the arguments do not fit the format; the line is worth more than its beauty
        return f"{record.msg} {_plain(record.args)}"


def _free_key(key: str, line: dict[str, Any]) -> str:
    while key in RESERVED or key in line:
        key = f"extra_{key}"
    return key


def _plain(value: Any, depth: int = 0) -> Any:
    """Returns the value as what JSON knows; what it does not know becomes text."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, str):
        return value if len(value) <= _MAX_TEXT else value[:_MAX_TEXT] + "…"
    if depth >= _MAX_DEPTH:
        return "…"
    if isinstance(value, dict):
        return {str(_plain(k, _MAX_DEPTH)): _plain(v, depth + 1) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item, depth + 1) for item in value]
    try:
        return _plain(str(value), depth + 1)
    except Exception:
        return f"<unprintable {type(value).__name__}>"
