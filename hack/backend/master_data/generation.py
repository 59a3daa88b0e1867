"""String generation."""
from __future__ import annotations

import logging
import re
import time
from typing import Mapping

from kit import metrics
from kit.signals import string_generation_started
from master_data.models import Dimension, GeneratedString, Rule, Workspace

logger = logging.getLogger("tux.business")

# Not str.format: a pattern {x.__class__} would walk through the program's objects.
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class GenerationError(Exception):
    """The rule cannot be applied; the text is for the user."""


def generate(workspace: Workspace, rule: Rule, given: Mapping[str, str]) -> GeneratedString:
    """Makes and stores a string, counts it and logs it. What is not given has its first value."""
    started = time.perf_counter()
    success = False
    try:
        string_generation_started.send(generate, workspace=workspace)
        inputs = _complete(workspace, rule, given)
        string = GeneratedString.objects.create(
            workspace=workspace, rule=rule, inputs=inputs, value=render(rule.pattern, inputs)
        )
        success = True
        return string
    finally:
        metrics.record_string_generation(workspace.slug, success)
        logger.log(
            logging.INFO if success else logging.WARNING,
            "String generated" if success else "String generation failed",
            extra={
                "event_type": "string_generation",
                "rule_id": rule.pk,
                "success": success,
                "duration_ms": round((time.perf_counter() - started) * 1000, 3),
            },
        )


def render(pattern: str, inputs: Mapping[str, str]) -> str:
    """Fills the pattern; every placeholder must be among the inputs."""
    return _PLACEHOLDER.sub(lambda match: str(inputs[match[1]]), pattern)


def _complete(workspace: Workspace, rule: Rule, given: Mapping[str, str]) -> dict[str, str]:
    known = {d.name: d.values for d in Dimension.objects.of(workspace)}
    inputs = {}
    for name in _PLACEHOLDER.findall(rule.pattern):
        values = known.get(name)
        if not values:
            raise GenerationError(f'rule "{rule.name}" needs values of dimension "{name}"')
        inputs[name] = given.get(name, values[0])
        if inputs[name] not in values:
            raise GenerationError(f'dimension "{name}" has no value "{inputs[name]}"')
    return inputs
