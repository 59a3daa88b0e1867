"""One line when a request starts, one when it ends, and an id that joins all lines between."""
from __future__ import annotations

import logging
import re
import time
import uuid
from typing import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from kit import context, sentry

started_logger = logging.getLogger("tux.monitoring")
finished_logger = logging.getLogger("tux.performance")

# What is written into every line must not be the client's to choose: no line feeds, no kilobytes.
_WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{8,128}")

# django-prometheus 2.2 to 2.5 makes a label of any method: a client could mint 20 series per word.
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

SLOW_SECONDS = 1.0


class RequestMiddleware:
    """Stands right after PrometheusBeforeMiddleware, so that all other middlewares are inside.

    It logs no traceback: django.request does, inside of this middleware and so with the request id.
    Logging it here too would report each crash to Sentry as a handled error.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.quiet = re.compile(getattr(settings, "TUX_QUIET_PATHS", r"/health/|/metrics$"))

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.request_id = request_id_of(request)
        with context.scope(request_id=request.request_id, workspace_id=None, user_id=None):
            sentry.tag("request_id", request.request_id)
            quiet = self.quiet.match(request.path) is not None
            self._log_start(request, quiet)
            started = time.perf_counter()
            if request.method in _METHODS:
                response = self.get_response(request)
            else:
                response = HttpResponseNotAllowed(_METHODS)
            self._log_end(request, response, time.perf_counter() - started, quiet)
        response["X-Request-ID"] = request.request_id
        # Or Django logs every 4xx and 5xx once more, outside of the scope and so without the id.
        response._has_been_logged = True
        return response

    def _log_start(self, request: HttpRequest, quiet: bool) -> None:
        started_logger.log(
            logging.DEBUG if quiet else logging.INFO,
            "Request started",
            extra={
                "event_type": "request_started",
                "method": request.method,
                "path": request.path,  # without the query string: it may hold secrets
            },
        )

    def _log_end(
        self, request: HttpRequest, response: HttpResponse, seconds: float, quiet: bool
    ) -> None:
        slow = seconds >= SLOW_SECONDS
        failed = response.status_code >= 500
        if quiet and response.status_code in (200, 503):  # a health question and its answer
            level = logging.DEBUG
        else:
            level = logging.WARNING if slow or failed else logging.INFO
        finished_logger.log(
            level,
            "Request finished",
            extra={
                "event_type": "request_finished",
                "method": request.method,
                "path": request.path,
                "status_code": response.status_code,
                "duration_ms": round(seconds * 1000, 3),
                "is_slow_request": slow,
            },
        )


def request_id_of(request: HttpRequest) -> str:
    """Returns the client's X-Request-ID if it is well-formed, else a new one."""
    given = request.META.get("HTTP_X_REQUEST_ID", "")
    return given if _WELL_FORMED.fullmatch(given) else uuid.uuid4().hex
