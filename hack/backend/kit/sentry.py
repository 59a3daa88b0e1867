"""Error reporting to Sentry, with nothing in it that is not ours to send.

Does nothing without SENTRY_DSN. What leaves passes scrub() as the last step, transactions too.
"""
from __future__ import annotations

import logging
import os
import re
from typing import Any, Optional

from kit import context
from kit.redact import redact

try:
    import sentry_sdk
    from sentry_sdk.consts import DEFAULT_OPTIONS
    from sentry_sdk.integrations.django import DjangoIntegration
    from sentry_sdk.integrations.logging import LoggingIntegration
    from sentry_sdk.transport import HttpTransport
    from sentry_sdk.utils import BadDsn
except ImportError:  # the kit works without the SDK
    sentry_sdk = None

logger = logging.getLogger("tux.sentry")

# Everything else in the headers may be a credential under a name nobody thought of.
_HARMLESS_HEADERS = {"accept", "content-length", "content-type", "user-agent", "x-request-id"}

_UNTRACED = re.compile(r"/health/|/metrics$")


def init() -> bool:
    """Starts the SDK; says whether it did. Call it at the end of the settings.

    Environment: SENTRY_DSN; SENTRY_ENVIRONMENT or ENVIRONMENT, default development; SENTRY_RELEASE;
    SENTRY_TRACES_SAMPLE_RATE, the share of requests that are traced, default 0.
    """
    dsn = os.environ.get("SENTRY_DSN", "")
    if not dsn:
        return False
    if sentry_sdk is None:
        logger.error("SENTRY_DSN is set, but sentry-sdk is not installed")
        return False
    try:
        sentry_sdk.init(**_options(dsn))
    except BadDsn:  # its text holds the DSN; and monitoring is no reason not to start
        logger.error("SENTRY_DSN is not a DSN, errors are not reported")
        return False
    return True


def tag(key: str, value: Optional[str]) -> None:
    """Sets a tag on the current scope, which is that of the request."""
    if sentry_sdk is not None and value is not None:
        sentry_sdk.set_tag(key, value)


def scrub(event: dict[str, Any], hint: Any = None) -> dict[str, Any]:
    """Returns the event without headers, cookies, body, query string, personal data and secrets.

    If it raises, the SDK drops the event: what cannot be cleaned is not sent.
    """
    modules = event.pop("modules", None)  # names of packages: pyjwt is no secret
    event = redact(_without_locals(event))
    if modules:
        event["modules"] = modules
    if "request" in event:
        event["request"] = _scrub_request(event["request"] or {})
    if "user" in event:
        event["user"] = {k: v for k, v in (event["user"] or {}).items() if k == "id"}
    if "extra" in event:
        event["extra"].pop("sys.argv", None)
    # The arguments of a log message have no names to go by; the message itself stays.
    event.get("logentry", {}).pop("params", None)
    for crumb in _breadcrumbs(event):
        for key in ("http.query", "http.fragment"):
            (crumb.get("data") or {}).pop(key, None)
    _tag_workspace(event)
    return event


def scrub_breadcrumb(crumb: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any]:
    """Keeps of a log line its message without the arguments, as scrub() does for events."""
    record = (hint or {}).get("log_record")
    if record is not None:
        crumb["message"] = str(record.msg)
    return crumb


def _options(dsn: str) -> dict[str, Any]:
    share = float(os.environ.get("SENTRY_TRACES_SAMPLE_RATE", "0"))
    options: dict[str, Any] = {
        "dsn": dsn,
        "environment": os.environ.get("SENTRY_ENVIRONMENT")
        or os.environ.get("ENVIRONMENT", "development"),
        "release": os.environ.get("SENTRY_RELEASE"),
        "send_default_pii": False,
        "before_send": scrub,
        "before_breadcrumb": scrub_breadcrumb,
        "traces_sampler": lambda sampling: _sample(sampling, share),
        "integrations": [
            DjangoIntegration(transaction_style="url", middleware_spans=False),
            LoggingIntegration(level=logging.INFO, event_level=logging.ERROR),
        ],
    }
    # The body of a request is never read. The option was renamed in 1.15.
    renamed = "max_request_body_size" in DEFAULT_OPTIONS
    options["max_request_body_size" if renamed else "request_bodies"] = "never"
    if "before_send_transaction" in DEFAULT_OPTIONS:  # from 1.10
        options["before_send_transaction"] = scrub
    else:
        options["transport"] = scrubbing(HttpTransport)
    return options


def scrubbing(transport: type) -> type:
    """Returns the transport class with transactions scrubbed; see _options."""

    class ScrubbingTransport(transport):
        def capture_envelope(self, envelope: Any) -> None:
            for item in envelope.items:
                if item.type == "transaction":
                    item.payload.json = scrub(item.payload.json)
            super().capture_envelope(envelope)

    return ScrubbingTransport


def _sample(sampling: dict[str, Any], share: float) -> float:
    path = (sampling.get("wsgi_environ") or {}).get("PATH_INFO", "")
    return 0.0 if _UNTRACED.match(path) else share


def _scrub_request(request: dict[str, Any]) -> dict[str, Any]:
    headers = dict(request.get("headers") or {})
    return {
        "url": str(request.get("url", "")).split("?")[0],
        "method": request.get("method"),
        "headers": {k: v for k, v in headers.items() if k.lower() in _HARMLESS_HEADERS},
    }


def _breadcrumbs(event: dict[str, Any]) -> list[dict[str, Any]]:
    crumbs = event.get("breadcrumbs") or {}
    return crumbs.get("values", []) if isinstance(crumbs, dict) else crumbs


def _tag_workspace(event: dict[str, Any]) -> None:
    """For events of background jobs, whose thread has no scope of a request."""
    fields = context.current()
    tags = event.setdefault("tags", {})
    for name, field in (("workspace", "workspace_id"), ("request_id", "request_id")):
        if isinstance(tags, dict) and fields.get(field):
            tags.setdefault(name, fields[field])


def _without_locals(value: Any) -> Any:
    """Drops the local variables of stack frames: their texts hold whole requests."""
    if isinstance(value, dict):
        is_frame = "lineno" in value or "function" in value
        return {k: _without_locals(v) for k, v in value.items() if not (is_frame and k == "vars")}
    if isinstance(value, list):
        return [_without_locals(item) for item in value]
    return value
