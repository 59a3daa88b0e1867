"""The models. The mixin of django_prometheus counts inserts, updates and deletes."""
from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django_prometheus.models import ExportModelOperationsMixin


class Workspace(ExportModelOperationsMixin("workspace"), models.Model):
    """A tenant. The slug is what URLs, logs and metrics call it."""

    slug = models.SlugField(max_length=50, unique=True)
    name = models.CharField(max_length=100)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="workspaces")

    def __str__(self) -> str:
        return self.slug


class ScopedQuerySet(models.QuerySet):
    """Rows that belong to a workspace."""

    def of(self, workspace: Workspace) -> "ScopedQuerySet":
        """Only the rows of this workspace; every view begins with it."""
        return self.filter(workspace=workspace)


class Scoped(models.Model):
    """Base of everything that belongs to a workspace."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")

    objects = ScopedQuerySet.as_manager()

    class Meta:
        abstract = True


class Dimension(ExportModelOperationsMixin("dimension"), Scoped):
    """A part of a string, with the values it may have."""

    name = models.SlugField(max_length=50)
    values = models.JSONField(default=list)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "name"], name="dimension_name_per_workspace"
            )
        ]


class Rule(ExportModelOperationsMixin("rule"), Scoped):
    """How strings are built: a pattern such as {channel}_{country}."""

    name = models.SlugField(max_length=50)
    pattern = models.CharField(max_length=200)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="rule_name_per_workspace")
        ]


class GeneratedString(ExportModelOperationsMixin("generated_string"), Scoped):
    """A string made by a rule from values of dimensions."""

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="strings")
    inputs = models.JSONField()
    value = models.CharField(max_length=500)
    created_at = models.DateTimeField(default=timezone.now)


class PropagationJob(ExportModelOperationsMixin("propagation_job"), Scoped):
    """Brings the newest strings of a rule in step with its pattern."""

    class Status(models.TextChoices):
        PENDING = "pending"
        RUNNING = "running"
        SUCCESS = "success"
        ERROR = "error"

    UNFINISHED = (Status.PENDING, Status.RUNNING)

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="+")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    affected_strings = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)


class Activity(models.Model):
    """When a user was last active in a workspace; written at most once a minute."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    last_seen = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "user"], name="one_activity_per_user")
        ]
