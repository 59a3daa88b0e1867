"""The control endpoint. It needs no database, cache or user, so it answers whatever is on."""
from __future__ import annotations

import json

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from faults import effects, state
from faults.switches import problems


@csrf_exempt
@never_cache
@require_http_methods(["GET", "PATCH", "DELETE"])
def faults(request: HttpRequest) -> JsonResponse:
    """GET all switches, PATCH some, DELETE to turn everything off."""
    if request.method == "DELETE":
        answer = state.reset()
    elif request.method == "PATCH":
        try:
            changes = json.loads(request.body)
        except ValueError:
            changes = None
        found = problems(changes)
        if found:
            return JsonResponse({"errors": found}, status=400)
        answer = state.merge(changes)
    else:
        answer = state.current()
    effects.apply_to_process()
    return JsonResponse(dict(answer))
