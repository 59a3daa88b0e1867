"""Faults of health views and /metrics. Innermost of all, so that its answers are measured."""
from __future__ import annotations

from typing import Any, Callable, Optional

from django.http import HttpRequest, HttpResponse

from faults import effects, limits, state, users
from faults.pauses import pause

_HEALTH_VIEWS = ("health", "health-ready", "health-live")
_CONTROL_VIEW = "control:health-faults"
_METRICS_VIEW = "prometheus-django-metrics"


class FaultMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        effects.apply_to_process()
        with users.request():
            return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> Optional[HttpResponse]:
        view = request.resolver_match.view_name
        faults = state.current()
        if request.resolver_match.namespace == "api":
            users.is_served()
        if view != _CONTROL_VIEW:  # which would leave nobody to turn it off
            limits.end_if_old()
        if view in _HEALTH_VIEWS and not pause("hang_seconds"):
            return _answer(504)  # too many hang already; the answer is as bad as none
        if view == "health" and not pause("health_seconds"):
            return _answer(504)
        if view == "health" and faults["health_status"]:
            return _answer(faults["health_status"])
        if view == "health-live" and faults["dead"]:
            return _answer(500)
        if view == _METRICS_VIEW and faults["metrics_status"]:
            return _answer(faults["metrics_status"])
        return None


def _answer(status: int) -> HttpResponse:
    return HttpResponse(f"simulated {status}\n", status=status, content_type="text/plain")
