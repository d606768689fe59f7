"""`http`: one request, judged by its status. Only the named host is talked to; no proxy or password file of the environment is used."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

from ..runtime.ports import VALUE_LIMIT, Outcome
from ..surfaces.url import BadUrl, parse_url
from .http_exchange import Answer, exchange
from .http_message import Message, NotSendable, message_of, redirected
from .json_value import BadJson, json_value
from .plain import refusal
from .texts import one_line, wanted
from .wire import Until, WireError, certificate_reason, trust

if TYPE_CHECKING:
    from ..runtime.ports import Attempt

MAX_REDIRECTS = 5


class HttpExecutor:
    """ok: a 2xx answer."""

    name = "http"

    def run(self, attempt: Attempt) -> Outcome:
        refused = refusal(attempt)
        if refused is not None:
            return refused
        until = Until(attempt.limit_us, attempt.cancel)
        try:
            message = message_of(attempt.request.data, attempt.reveal)
        except (NotSendable, BadUrl) as error:
            return Outcome(ok=False, applied="no", kind="refused", message=f"the request can't be sent: {error.args[0]}")
        sent = _Sent()
        try:
            return self._talk(message, attempt, until, sent)
        except WireError as error:
            applied = "unknown" if sent.any else "no"
            return Outcome(ok=False, applied=applied, kind=error.kind, message=f"{message.shown}: {error.args[0]}")
        except ssl.SSLCertVerificationError as error:
            text = certificate_reason(error, sent.host)
            return Outcome(ok=False, applied="unknown" if sent.any else "no", kind="tls", message=f"{message.shown}: {text}")

    def _talk(self, message: Message, attempt: Attempt, until: Until, sent: _Sent) -> Outcome:
        data = attempt.request.data
        context = None
        for _ in range(MAX_REDIRECTS + 1):
            if message.url.scheme == "https" and context is None:
                context = trust(_path(data.get("ca"), attempt.library), attempt.env)
            sent.host = message.url.host
            answer = exchange(message, context, data.get("proxy", ""), until, attempt.output, sent.begin)
            following = redirected(message, answer.status, answer.headers.get("location", ""), data.get("follow"))
            if following is None:
                return judged(message, answer, attempt.wants)
            message = following
        raise WireError("status", f"more than {MAX_REDIRECTS} redirects")


class _Sent:
    """Whether anything of a request has left, and to which host the last one goes."""

    def __init__(self) -> None:
        self.any = False
        self.host = ""

    def begin(self) -> None:
        self.any = True


def _path(ca: Any, library: str) -> str:
    import os

    return os.path.join(library, ca) if ca else ""


def judged(message: Message, answer: Answer, wants: frozenset[str]) -> Outcome:
    """The outcome of an answer that came."""
    value = value_of(answer, wants)
    if not 200 <= answer.status < 300:
        return _refusal(message, answer, value)
    if answer.unreadable and wanted(wants, ("body", "json")):
        text = f"{message.shown}: the body of the answer can't be read: {answer.unreadable}"
        return Outcome(ok=False, kind="status", message=text, value=value)
    if answer.size > VALUE_LIMIT and wanted(wants, ("body", "json")):
        text = f"{message.shown}: the answer has {answer.size} bytes; a result holds {VALUE_LIMIT} at most"
        return Outcome(ok=False, kind="too_big", message=text, value=value)
    if "json" in wants and "json" not in value:
        try:
            json_value(value["body"])
        except BadJson as error:
            return Outcome(ok=False, kind="not_json", message=f"{message.shown}: the answer is no JSON: {error}", value=value)
    return Outcome(ok=True, value=value)


def value_of(answer: Answer, wants: frozenset[str]) -> dict[str, Any]:
    """status, headers, body (unless it is too big or can't be read), and json where it is wanted and the body is JSON."""
    value: dict[str, Any] = {"status": answer.status, "headers": answer.headers}
    if answer.size > VALUE_LIMIT or answer.unreadable:
        return value
    value["body"] = answer.text()
    if wanted(wants, ("json",)):
        try:
            value["json"] = json_value(value["body"])
        except BadJson:
            return value
    return value


def _refusal(message: Message, answer: Answer, value: dict[str, Any]) -> Outcome:
    """A status that isn't 2xx. Only a 4xx says that nothing was done."""
    status = answer.status
    applied = "no" if 400 <= status < 500 else "unknown"
    kind = "auth" if status in (401, 403) else "status"
    text = f"{message.shown}: {status} {one_line(answer.reason, 100)}".rstrip()
    if 300 <= status < 400 and "location" in answer.headers:
        text += f"; it points to {_shown_location(answer.headers['location'])}, which isn't followed"
    said = answer.excerpt()
    return Outcome(ok=False, applied=applied, kind=kind, message=text + (f": {said}" if said else ""), value=value)


def _shown_location(location: str) -> str:
    """Without the query, which may hold anything."""
    text = location.partition("?")[0]
    try:
        url = parse_url(text)
    except BadUrl:
        return one_line(text, 200)
    return f"{url.scheme}://{url.authority}{url.target}"


EXECUTOR_CLASS = HttpExecutor
