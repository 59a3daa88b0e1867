"""Fields that every log line of a request or a job carries: request_id, workspace_id, user_id."""
from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Iterator

# The variable holds a dict that is changed in place. A view may run in a copy of the context
# (ASGI); what it binds must still be seen by the middleware that opened the scope.
_fields: ContextVar[dict[str, Any] | None] = ContextVar("tux_fields", default=None)


@contextmanager
def scope(**values: Any) -> Iterator[None]:
    """Opens a scope with these fields; the fields of an outer scope do not reach into it."""
    token = _fields.set(dict(values))
    try:
        yield
    finally:
        _fields.reset(token)


def bind(**values: Any) -> None:
    """Adds fields to the current scope. Outside of any scope it does nothing."""
    fields = _fields.get()
    if fields is not None:
        fields.update(values)


def current() -> dict[str, Any]:
    """Returns a copy of the fields of the current scope, empty outside of any."""
    return dict(_fields.get() or {})
