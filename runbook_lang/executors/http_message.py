"""A request as it goes over the wire: address, headers and body, with secrets filled in at the last moment."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from ..base.record import Record
from ..expr.plain import KeyClash
from ..surfaces.http import header_fault
from ..surfaces.url import BadUrl, Url, encode_pairs, parse_url
from .plain import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Reveal = Callable[[Any], str]

_BAD_VALUE = re.compile("[\0\r\n]")
_SAFE = ("GET", "HEAD")


class NotSendable(Exception):
    """The request has something in it that can't be sent; args[0] says what, without its value."""


class Message(Record):
    """One request. `private`: lower-case names of headers that go to the first origin only: its name, and what may hold secrets."""

    method: str
    url: Url
    headers: tuple[tuple[str, str], ...]
    body: bytes | None = None
    private: frozenset[str] = frozenset()

    @property
    def shown(self) -> str:
        """Method and address without the query, for messages."""
        return f"{self.method} {self.url.scheme}://{self.url.authority}{self.url.target.partition('?')[0]}"


def message_of(data: Mapping[str, Any], reveal: Reveal) -> Message:
    """From a request's data. Raises NotSendable, BadUrl."""
    headers = {"User-Agent": "runbook-lang", "Accept": "*/*"}
    body, content_type = _body(data, reveal)
    if content_type:
        headers["Content-Type"] = content_type
    private = {"host", "authorization", "cookie", "proxy-authorization"}
    if "auth" in data:
        headers["Authorization"] = _authorization(data["auth"], reveal)
    for name, word in data.get("headers", {}).items():
        fault = header_fault(name)
        if fault:
            raise NotSendable(f"the header {name!r} {fault}")
        for other in [other for other in headers if other.lower() == name.lower()]:
            del headers[other]
        headers[name] = reveal(word).strip(" \t")
        if not isinstance(word, str):
            private.add(name.lower())
    for name, value in headers.items():
        if _BAD_VALUE.search(value):
            raise NotSendable(f"the header {name} holds a line break (a secret from a file may end with one)")
    return Message(data["method"], parse_url(data["url"]), tuple(headers.items()), body, frozenset(private))


def redirected(message: Message, status: int, location: str, follow: bool | None) -> Message | None:
    """The request that a redirect leads to, None when it isn't to be followed.

    By default only GET and HEAD follow, and only within their origin. With `follow` other origins too, without
    the private headers; a request with a body never leaves its origin, and nothing goes from https to http. 303 always, 301 and
    302 for all but GET and HEAD turn into a GET (Fetch standard, HTTP-redirect fetch).
    """
    if status not in (301, 302, 303, 307, 308) or not location or follow is False:
        return None
    if follow is None and message.method not in _SAFE:
        return None
    try:
        url = _join(message.url, location)
    except BadUrl:
        return None
    keeps = message.method in _SAFE or status in (307, 308)
    body = message.body if keeps else None
    if url.origin != message.url.origin and (not follow or body is not None or url.scheme < message.url.scheme):
        return None
    headers = message.headers
    if url.origin != message.url.origin:
        headers = tuple(pair for pair in headers if pair[0].lower() not in message.private)
    if not keeps:
        headers = tuple(pair for pair in headers if pair[0].lower() != "content-type")
    return Message(message.method if keeps else "GET", url, headers, body, message.private)


def _join(base: Url, location: str) -> Url:
    from urllib.parse import urljoin

    target = urljoin(f"{base.scheme}://{base.authority}{base.target}", location.strip())
    return parse_url(target.replace(" ", "%20"))


def _body(data: Mapping[str, Any], reveal: Reveal) -> tuple[bytes | None, str]:
    if "json" in data:
        try:
            text = json.dumps(plain(data["json"], reveal), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        except KeyClash as error:
            raise NotSendable(f"in the JSON body {error}") from error
        except (ValueError, RecursionError) as error:
            raise NotSendable("the JSON body holds NaN or an infinite number, or is nested too deep") from error
        return text.encode("utf-8", "surrogateescape"), "application/json"
    if "form" in data:
        pairs = ((name, reveal(word)) for name, word in data["form"].items())
        return encode_pairs(pairs).encode("ascii"), "application/x-www-form-urlencoded"
    if "body" in data:
        return reveal(data["body"]).encode("utf-8", "surrogateescape"), "text/plain; charset=utf-8"
    return None, ""


def _authorization(auth: Mapping[str, Any], reveal: Reveal) -> str:
    """RFC 6750 and RFC 7617 (with UTF-8; a secret's other bytes go as they are)."""
    if "bearer" in auth:
        return f"Bearer {reveal(auth['bearer']).strip()}"
    from base64 import b64encode

    user, password = (reveal(auth["basic"][name]) for name in ("user", "password"))
    if ":" in user:
        raise NotSendable("a user name can't hold a colon")
    return "Basic " + b64encode(f"{user}:{password}".encode("utf-8", "surrogateescape")).decode("ascii")
