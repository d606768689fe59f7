"""Addresses of HTTP servers: read strictly, so that nothing in a value can turn into another host or a second request."""

from __future__ import annotations

import re

from ..base.pattern import lazy
from ..base.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_URL = lazy(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<target>[^#]*)(?P<fragment>#.*)?", re.DOTALL)
_AUTHORITY = lazy(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\[\]:@\s/\\%]+)(?::(?P<port>[0-9]{1,5}))?")
_PORTS = {"http": 80, "https": 443}
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_IN_PATH = _UNRESERVED | frozenset(b"!$&'()*+,;=:@/")
_SCHEME = lazy(r"[^/?#]*://")
_SIGNS = {"/": "path", "?": "query", "#": "fragment"}
_ENDS = {"address": lazy(r"[/?#]"), "path": lazy(r"[?#]"), "query": lazy(r"#")}


class BadUrl(ValueError):
    """The text is no address that can be asked; args[0] is a sentence without the text's own secrets."""


class Url(Record):
    """`host` in lower case, without brackets; `target` is path and query, percent-encoded, and begins with a slash."""

    scheme: str  # http | https
    host: str
    port: int
    target: str

    @property
    def origin(self) -> str:
        """Scheme, host and port in one canonical text: `https://example.com:443`."""
        return f"{self.scheme}://{self.bracketed}:{self.port}"

    @property
    def authority(self) -> str:
        """Host and port as the Host header has them: the port only where it isn't the scheme's own."""
        return self.bracketed if self.port == _PORTS[self.scheme] else f"{self.bracketed}:{self.port}"

    @property
    def bracketed(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host


def parse_url(text: str) -> Url:
    """An absolute http or https address (RFC 3986). Raises BadUrl for anything else, and for a user or password in it."""
    for char in text:
        if char <= " " or char in '\x7f\\"<>^`{|}':
            raise BadUrl(f"the address holds {char!r}, which must be percent-encoded; hand values over by `query`")
    match = _URL.fullmatch(text)
    if match is None:
        raise BadUrl("the address must begin with http:// or https://")
    scheme = match["scheme"].lower()
    if scheme not in _PORTS:
        raise BadUrl(f"{scheme} isn't spoken here, only http and https")
    if "@" in match["authority"]:
        raise BadUrl("a user or password in an address ends up in logs; use `auth`")
    authority = _AUTHORITY.fullmatch(match["authority"])
    if authority is None:
        raise BadUrl("the address names no host" if not match["authority"] else "the host or port in the address can't be read")
    port = int(authority["port"] or _PORTS[scheme])
    if not 1 <= port <= 65535:
        raise BadUrl(f"there is no port {port}")
    target = match["target"] if match["target"].startswith("/") else "/" + match["target"]
    return Url(scheme, authority["host"].strip("[]").lower(), port, _ascii(target))


def origin(text: str) -> str | None:
    """The origin of an address, by which a secret's allowed hosts are compared; None for what is no address."""
    try:
        return parse_url(text).origin
    except BadUrl:
        return None


def with_query(url: str, pairs: Iterable[tuple[str, str]]) -> str:
    """The address with more query parameters, each percent-encoded."""
    query = encode_pairs(pairs)
    if not query:
        return url
    base, hash_, fragment = url.partition("#")
    return base + ("&" if "?" in base else "?") + query + hash_ + fragment


def encode_pairs(pairs: Iterable[tuple[str, str]]) -> str:
    """`a=1&b=x%20y`: for queries and for forms."""
    return "&".join(f"{percent(name)}={percent(value)}" for name, value in pairs)


def percent(text: str, plain: frozenset[int] = _UNRESERVED) -> str:
    """Everything but RFC 3986's unreserved characters (or those that are `plain`) percent-encoded as UTF-8."""
    return "".join(chr(byte) if byte in plain else f"%{byte:02X}" for byte in text.encode("utf-8", "surrogateescape"))


def place_after(place: str, text: str) -> str:
    """Where in an address a text of its author's ends that begins at `place`: address (before its path) | path | query | fragment."""
    scheme = _SCHEME.match(text) if place == "address" else None
    at = scheme.end() if scheme is not None else 0
    while place in _ENDS:
        end = _ENDS[place].search(text, at)
        if end is None:
            break
        place, at = _SIGNS[end.group()], end.end()
    return place


def piece(value: str, place: str) -> str:
    """A value as one piece of an address: nothing in it can end the path or the parameter that it stands in.

    Slashes of a value in the path stay, since names such as `owner/repository` have them. What stands before the author's own path (a
    whole base address, a host) is taken as it is.
    """
    if place == "query":
        return percent(value)
    return percent(value, _IN_PATH) if place == "path" else value


def whole(text: str) -> str:
    """The value that `piece` made a text of, in a path or a query."""
    if "%" not in text:
        return text
    raw = re.sub(rb"%([0-9A-Fa-f]{2})", lambda found: bytes((int(found[1], 16),)), text.encode("utf-8", "surrogateescape"))
    return raw.decode("utf-8", "surrogateescape")


def _ascii(target: str) -> str:
    return target if target.isascii() else "".join(char if char.isascii() else percent(char) for char in target)
