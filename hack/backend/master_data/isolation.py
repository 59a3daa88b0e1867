"""The component workspace_isolation: no row of a workspace leads into another one."""
from __future__ import annotations

from kit.health import Unhealthy
from master_data.models import GeneratedString, PropagationJob

NEWEST = 100  # rows per model: a health check must not read the table


def check() -> None:
    """Raises if one of the newest rows belongs to another workspace than its rule.

    A database cannot express this as a constraint, and a view that forgets .of() breaks it.
    """
    for model in (GeneratedString, PropagationJob):
        rows = model.objects.order_by("-pk").values_list("pk", "workspace_id", "rule__workspace_id")
        for pk, workspace, other in rows[:NEWEST]:
            if workspace != other:
                raise Unhealthy(
                    f"{model.__name__} {pk} of workspace {workspace} has a rule of {other}"
                )
