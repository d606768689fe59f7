"""What the tools' error texts mean, as kinds of `result.error.kind`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_DNS = r"no such host|name or service not known|could not translate host name|name resolution|nodename nor servname"
_TLS = r"x509:|certificate|SSL validation failed|SSL_connect|tls: |SSL error|does not support SSL|wrong version number|SSL routines"
_TIMEOUT = r"timed out|timeout|deadline exceeded"
_REFUSED = r"connection refused|no route to host|network is unreachable|could not connect|starting up|too many (clients|connections)"

NETWORK = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (("dns", _DNS), ("tls", _TLS), ("timeout", _TIMEOUT), ("refused", _REFUSED))
)
"""Texts of connections that couldn't be made, most telling first."""


def network_kind(text: str, more: Iterable[tuple[str, re.Pattern[str]]] = ()) -> str:
    """The kind of a text; '' when it says nothing of a connection. `more` is tried before the usual texts."""
    for kind, pattern in (*more, *NETWORK):
        if pattern.search(text):
            return kind
    return ""


def first_line(text: str, limit: int = 400) -> str:
    """The first line that isn't empty, for a message."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= limit else line[:limit] + "…"
