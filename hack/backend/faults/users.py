"""Whether the code runs for a user: some faults spare the health views, which then notice nothing."""
from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import Iterator

from faults.shares import chosen

_serving: ContextVar[bool] = ContextVar("tux_serving_a_user", default=False)


@contextmanager
def request() -> Iterator[None]:
    """Opens the scope of a request of which nothing is known yet."""
    token = _serving.set(False)
    try:
        yield
    finally:
        _serving.reset(token)


def is_served() -> None:
    """Says that the current request is one of a user."""
    _serving.set(True)


def chosen_for_user(switch: str) -> bool:
    """Says whether this event is among the share the switch names. Events of no user never are."""
    return _serving.get() and chosen(switch)
