"""The API. Every view enters a workspace first."""
from __future__ import annotations

from concurrent.futures import TimeoutError as NotYet
from typing import Any, Optional

from django.shortcuts import get_object_or_404
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kit import metrics
from kit.jobs import BacklogFull
from kit.views import WorkspaceViewMixin
from master_data import catalog, propagation
from master_data.generation import GenerationError, generate
from master_data.models import Dimension, GeneratedString, PropagationJob, Rule, Workspace

QUICK_SECONDS = 0.05  # a job that ends within it is answered with its result


class WorkspaceView(WorkspaceViewMixin, APIView):
    """Base of all views: a user enters only workspaces they are a member of."""

    def get_workspace(self, request: Request, **kwargs: Any) -> Optional[Workspace]:
        return Workspace.objects.filter(slug=kwargs["slug"], members=request.user).first()

    def get_rule(self, name: Optional[str]) -> Rule:
        """Returns the rule of that name, or the first one of the workspace."""
        rules = Rule.objects.of(self.workspace)
        return get_object_or_404(rules, name=name) if name else get_object_or_404(rules[:1])


class DimensionSerializer(serializers.Serializer):
    name = serializers.SlugField(max_length=50)
    values = serializers.ListField(child=serializers.CharField(max_length=50), allow_empty=False)


class GenerateSerializer(serializers.Serializer):
    rule = serializers.SlugField(required=False)
    values = serializers.DictField(child=serializers.CharField(), default=dict)


class PropagateSerializer(serializers.Serializer):
    rule = serializers.SlugField(required=False)


class DimensionList(WorkspaceView):
    """GET the dimension catalog; POST a dimension, new or with new values."""

    def get(self, request: Request, slug: str) -> Response:
        return Response(catalog.read(self.workspace))

    def post(self, request: Request, slug: str) -> Response:
        data = _valid(DimensionSerializer, request)
        dimension = Dimension.objects.of(self.workspace).filter(name=data["name"]).first()
        code = status.HTTP_200_OK if dimension else status.HTTP_201_CREATED
        dimension = dimension or Dimension(workspace=self.workspace, name=data["name"])
        dimension.values = data["values"]
        dimension.save()
        catalog.forget(self.workspace)
        return Response(data, code)


class StringList(WorkspaceView):
    """GET the newest strings; POST generates one. An empty body means the first rule and values."""

    def get(self, request: Request, slug: str) -> Response:
        strings = GeneratedString.objects.of(self.workspace).order_by("-pk")[:50]
        return Response([{"id": s.pk, "value": s.value} for s in strings])

    def post(self, request: Request, slug: str) -> Response:
        data = _valid(GenerateSerializer, request)
        try:
            string = generate(self.workspace, self.get_rule(data.get("rule")), data["values"])
        except GenerationError as error:
            return Response({"detail": str(error)}, status.HTTP_422_UNPROCESSABLE_ENTITY)
        return Response({"id": string.pk, "value": string.value}, status.HTTP_201_CREATED)


class PropagationList(WorkspaceView):
    """POST runs a propagation job in the background."""

    def post(self, request: Request, slug: str) -> Response:
        rule = self.get_rule(_valid(PropagateSerializer, request).get("rule"))
        job = PropagationJob.objects.create(workspace=self.workspace, rule=rule)
        try:
            propagation.runner.submit(propagation.run, job.pk).result(timeout=QUICK_SECONDS)
        except NotYet:
            pass
        except BacklogFull:
            metrics.propagation_jobs.labels(metrics.label(slug), "error").inc()
            PropagationJob.objects.filter(pk=job.pk).update(status=PropagationJob.Status.ERROR)
            return Response({"detail": "Too many jobs wait"}, status.HTTP_503_SERVICE_UNAVAILABLE)
        job.refresh_from_db()
        return Response(_job(job), status.HTTP_202_ACCEPTED)


class PropagationDetail(WorkspaceView):
    """GET how far a job is."""

    def get(self, request: Request, slug: str, pk: int) -> Response:
        return Response(_job(get_object_or_404(PropagationJob.objects.of(self.workspace), pk=pk)))


def _job(job: PropagationJob) -> dict[str, Any]:
    return {"id": job.pk, "status": job.status, "affected_strings": job.affected_strings}


def _valid(serializer_class: type, request: Request) -> dict[str, Any]:
    serializer = serializer_class(data=request.data)
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data
