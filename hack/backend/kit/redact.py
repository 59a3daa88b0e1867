"""Takes secrets out of what leaves the process: log lines and Sentry events.

Values go by the name of their key, texts by the shape of what they contain. It takes too much
rather than too little. It cannot know a secret that has neither a telling name nor a shape.
"""
from __future__ import annotations

import re
from typing import Any

REDACTED = "[redacted]"

_NAMES = (
    r"passwo?r?d|passphrase|pwd|secret|token|cookie|session|credential|signature|csrf|jwt|dsn"
    r"|authori[sz]ation|authentication|(?<![a-z])auth(?![a-z])"
    r"|(?:api|access|private|signing|encryption)[-_ ]?key"
)
_SENSITIVE_KEY = re.compile(_NAMES, re.IGNORECASE)

# The repetitions are bounded, so that a hostile text costs linear time.
_SHAPES = {
    # Headers, to the end of the line.
    r"\b((?:proxy-)?authorization|(?:set-)?cookie)(\s*:\s*)[^\r\n]+": r"\1\2" + REDACTED,
    # user:password@ in URLs and connection strings.
    r"(\b[a-z][a-z0-9+.-]{0,20}://)[^/\s@'\"]{1,256}@": r"\1" + REDACTED + "@",
    # Query strings.
    r"\?[^\s'\"<>?=]{0,256}=[^\s'\"<>]*": "?" + REDACTED,
    # JSON web tokens and schemes of Authorization.
    r"\beyJ[\w-]{5,}\.[\w-]+\.[\w-]*": REDACTED,
    r"\b(bearer|basic|jwt|token)(\s+)[\w.~+/=-]{16,}": r"\1\2" + REDACTED,
    # name=value, name: value, "name": "value".
    r"([\"']?[\w-]{0,40}(?:" + _NAMES + r")[\w-]{0,40}[\"']?\s{0,4}[:=]\s{0,4})"
    r"(?:\"[^\"]*\"|'[^']*'|[^\s,;&)}\]]+)": r"\1" + REDACTED,
}
_TEXTS = [(re.compile(shape, re.IGNORECASE), new) for shape, new in _SHAPES.items()]


def is_sensitive(key: Any) -> bool:
    """Says whether a value under this key is to be taken out."""
    return isinstance(key, str) and _SENSITIVE_KEY.search(key) is not None


def text(value: str) -> str:
    """Returns the text without what looks like a secret."""
    for pattern, replacement in _TEXTS:
        value = pattern.sub(replacement, value)
    return value


def redact(value: Any) -> Any:
    """Returns a copy of JSON-like data without secrets; other objects are returned as they are."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, dict):
        return {k: REDACTED if is_sensitive(k) and v else redact(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        # Headers come as pairs, too.
        if len(value) == 2 and is_sensitive(value[0]):
            return [value[0], REDACTED]
        return [redact(item) for item in value]
    return value
