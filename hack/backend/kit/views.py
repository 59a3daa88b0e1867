"""What DRF views need: the workspace of the request, known to logs, Sentry and receivers."""
from __future__ import annotations

import logging
from typing import Any

from django.http import Http404, HttpRequest, JsonResponse

from kit import context, sentry
from kit.signals import workspace_entered

audit_logger = logging.getLogger("tux.audit")


class WorkspaceViewMixin:
    """Stands before APIView among the bases of a view.

    DRF authenticates in initial(), after every middleware has seen the request: this is the first
    place where the user, and so the workspace, is known.
    """

    def get_workspace(self, request: Any, **kwargs: Any) -> Any:
        """Returns the workspace, an object with `slug`, or None if this user may not enter it."""
        raise NotImplementedError

    def perform_authentication(self, request: Any) -> None:
        super().perform_authentication(request)
        context.bind(user_id=request.user.pk)

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.workspace = self.get_workspace(request, **kwargs)
        if self.workspace is None:
            audit_logger.warning(
                "Refused access to a workspace",
                extra={"event_type": "workspace_refused", "requested": kwargs},
            )
            raise Http404  # not 403: that would tell that the workspace exists
        context.bind(workspace_id=self.workspace.slug)
        sentry.tag("workspace", self.workspace.slug)
        workspace_entered.send(type(self), request=request, workspace=self.workspace)


def server_error(request: HttpRequest) -> JsonResponse:
    """handler500: says nothing but the id under which the log tells more."""
    return JsonResponse(
        {"detail": "Internal server error", "request_id": getattr(request, "request_id", None)},
        status=500,
    )
