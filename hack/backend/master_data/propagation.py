"""Propagation jobs: strings follow when the pattern of their rule changes."""
from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from kit import metrics
from kit.jobs import Runner, measured
from kit.signals import job_started
from master_data.generation import render
from master_data.models import GeneratedString, PropagationJob

logger = logging.getLogger("tux.business")

BATCH = 500  # the newest strings of a rule; older ones stay as they are

runner = Runner(settings.TUX_JOB_THREADS)


def run(job_id: int) -> None:
    """Runs the job and stores how it ended. Nobody waits for it, so it raises nothing."""
    job = PropagationJob.objects.select_related("workspace", "rule").get(pk=job_id)
    _store(job, PropagationJob.Status.RUNNING)
    try:
        with measured(job.workspace.slug, job.pk) as outcome:
            job_started.send(run, workspace=job.workspace, job=job)
            outcome.affected_strings = job.affected_strings = _propagate(job)
    except Exception:  # measured() has counted and logged it
        _store(job, PropagationJob.Status.ERROR)
    else:
        _store(job, PropagationJob.Status.SUCCESS)


def end_lost_jobs() -> None:
    """Ends jobs that were killed with their process, and counts them: nobody else would.

    A task of the keeper. The update succeeds for one worker only, so each job is counted once.
    """
    before = timezone.now() - timedelta(seconds=settings.TUX_JOB_LOST_SECONDS)
    unfinished = PropagationJob.objects.filter(status__in=PropagationJob.UNFINISHED)
    for job in unfinished.filter(created_at__lt=before).select_related("workspace")[:100]:
        if unfinished.filter(pk=job.pk).update(status=PropagationJob.Status.ERROR):
            metrics.propagation_jobs.labels(metrics.label(job.workspace.slug), "error").inc()
            logger.error(
                "Propagation job was lost",
                extra={
                    "event_type": "propagation_job",
                    "workspace_id": job.workspace.slug,
                    "job_id": job.pk,
                    "success": False,
                },
            )


def _propagate(job: PropagationJob) -> int:
    """Renders the strings anew and returns how many changed."""
    changed = 0
    strings = GeneratedString.objects.of(job.workspace).filter(rule=job.rule)
    for string in strings.order_by("-pk")[:BATCH]:
        value = render(job.rule.pattern, string.inputs)
        if value != string.value:
            string.value = value
            string.save(update_fields=["value"])
            changed += 1
    return changed


def _store(job: PropagationJob, status: str) -> None:
    job.status = status
    job.save(update_fields=["status", "affected_strings"])
