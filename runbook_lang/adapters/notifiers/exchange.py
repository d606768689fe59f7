"""One HTTP exchange for notifiers: one deadline for all of it, a bounded answer, no redirects."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ...base.record import Record
from .contract import ANSWER_LIMIT, Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .contract import Settings

RETRYABLE = (408, 425, 429)


class Reply(Record):
    """`status` is 0 when there was no answer; `why` says what came instead."""

    status: int
    body: bytes = b""
    why: str = ""
    after_s: float = 0.0

    def json(self) -> Any:
        """The body's JSON; None when it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


def exchange(method: str, url: str, settings: Settings, *, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Reply:
    """Never raises for what the world does."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return Reply(0, why="its address is no http or https URL")
    try:
        connection = _connection(parts.scheme, parts.hostname, parts.port, settings)
    except (ValueError, OSError, ssl.SSLError) as error:
        return Reply(0, why=_words(error))
    over = threading.Event()
    watch = threading.Timer(settings.timeout, _cut, (connection, over))
    watch.daemon = True
    watch.start()
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(method, path, body, {"User-Agent": "runbook", **(headers or {})})
        answer = connection.getresponse()
        return Reply(answer.status, _read(answer), after_s=_retry_after(answer.getheader("Retry-After")))
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Reply(0, why=f"no answer within {settings.timeout:g} s" if over.is_set() else _words(error))
    finally:
        watch.cancel()
        connection.close()


def post_json(url: str, document: Any, settings: Settings, headers: Mapping[str, str] | None = None) -> Reply:
    """A POST of a JSON document."""
    data = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
    return exchange("POST", url, settings, body=data, headers={"Content-Type": "application/json; charset=utf-8", **(headers or {})})


def answer_of(reply: Reply, good: tuple[int, ...] = (200, 201, 202, 204)) -> Answer:
    """Sent, to be tried again, or never going to work."""
    if reply.status in good:
        return Answer(ok=True)
    if not reply.status:
        return Answer(ok=False, why=reply.why, retry="URL" not in reply.why)
    retry = reply.status >= 500 or reply.status in RETRYABLE
    return Answer(ok=False, why=f"it answered {reply.status}", retry=retry, after_s=reply.after_s)


def _connection(scheme: str, host: str, port: int | None, settings: Settings) -> http.client.HTTPConnection:
    if scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=settings.timeout)
    return http.client.HTTPSConnection(host, port, timeout=settings.timeout, context=trusted(settings))


def trusted(settings: Settings) -> ssl.SSLContext:
    """Whom a notifier trusts: authorities of one's own, else the system's.

    From 3.13 on Python refuses authorities without a key usage, as many private ones are; the `http` executor and curl take them.
    """
    context = ssl.create_default_context(cafile=settings.authorities or None)
    context.verify_flags &= ~ssl.VerifyFlags.VERIFY_X509_STRICT
    return context


def _cut(connection: http.client.HTTPConnection, over: threading.Event) -> None:
    """The time is over: whatever is being waited for ends now."""
    over.set()
    with suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)


def _read(answer: http.client.HTTPResponse) -> bytes:
    """The beginning of the body: enough to know what was said."""
    with suppress(OSError, http.client.HTTPException, ValueError):
        return answer.read(ANSWER_LIMIT)
    return b""


def _retry_after(text: str | None) -> float:
    """Seconds of `120` or of an HTTP date."""
    if not text:
        return 0.0
    if text.strip().isdigit():
        return float(min(int(text.strip()[:9]), 86_400))
    from email.utils import parsedate_to_datetime

    try:
        return min(86_400.0, max(0.0, parsedate_to_datetime(text).timestamp() - time.time()))
    except (TypeError, ValueError):
        return 0.0


def _words(error: Exception) -> str:
    """An error in words, without an address that may hold a secret."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate isn't trusted ({error.verify_message})"
    if isinstance(error, socket.gaierror):
        return "its host name isn't known"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, OSError):
        return (error.strerror or "the connection failed").lower()
    return "it answered something that is no HTTP" if isinstance(error, http.client.HTTPException) else "its URL can't be used"
