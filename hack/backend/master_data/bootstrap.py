"""Creates workspaces that can be used at once."""
from __future__ import annotations

from django.contrib.auth import get_user_model
from rest_framework.authtoken.models import Token

from master_data.models import Dimension, Rule, Workspace

DIMENSIONS = {
    "channel": ["search", "social", "mail"],
    "country": ["at", "de", "ch"],
    "quarter": ["q1", "q2", "q3", "q4"],
}


def ensure_user(username: str, token: str = "") -> str:
    """Creates the user unless it exists and returns its API token."""
    user, created = get_user_model().objects.get_or_create(username=username)
    if created:
        user.set_unusable_password()
        user.save()
    found, _ = Token.objects.get_or_create(user=user, **({"key": token} if token else {}))
    return found.key


def ensure_workspace(slug: str, username: str) -> None:
    """Creates the workspace with dimensions and a rule unless it exists; the user is a member."""
    workspace, created = Workspace.objects.get_or_create(slug=slug, defaults={"name": slug.title()})
    workspace.members.add(get_user_model().objects.get(username=username))
    if created:
        for name, values in DIMENSIONS.items():
            Dimension.objects.create(workspace=workspace, name=name, values=values)
        Rule.objects.create(
            workspace=workspace, name="campaign", pattern="{channel}_{country}_{quarter}"
        )
