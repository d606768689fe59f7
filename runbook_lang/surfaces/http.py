"""The surface of `http`: one request. The method says what it does to the world."""

from __future__ import annotations

import re

from ..base.pattern import lazy
from ..expr.types import DYN, INT, STRING, MapType, RecordType
from ..expr.values import SecretRef, SecretText, Unknown
from .cmdline import as_word, open_text, plain_word
from .kinds import Arg, ArgumentError, Facts, Request, Surface
from .url import BadUrl, origin, parse_url, percent, with_query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ..base.diagnostics import Problems
    from ..expr.values import Value
    from .kinds import Call, Word

RESULT = RecordType("http result", {"status": INT, "headers": MapType(STRING, STRING), "body": STRING, "json": DYN})

METHODS = ("get", "head", "options", "post", "put", "patch", "delete")
BODIES = ("json", "form", "body")
READING = frozenset({"get", "head", "options"})
_HEADER = lazy(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OWN_HEADERS = frozenset({"content-length", "transfer-encoding", "connection", "accept-encoding", "te", "upgrade", "expect"})
_LOCAL = lazy(r"http://(localhost|127\.[0-9.]+|\[::1\])(?=[:/?#]|$)", re.IGNORECASE)

__all__ = ["RESULT", "SURFACE", "HttpSurface", "origin"]


def _method_arg(method: str) -> Arg:
    return Arg("text", f"The address of a {method.upper()} request.", address=True)


class HttpSurface(Surface):
    """One HTTP request; ok is a 2xx answer."""

    name = "http"
    travels = False
    shorthand = "get"
    args: Mapping[str, Arg] = {
        **{method: _method_arg(method) for method in METHODS},
        "query": Arg("map", "Parameters added to the address, percent-encoded."),
        "headers": Arg("map", "Headers of the request.", secret_ok=True),
        "auth": Arg("json", "`{bearer: token}` or `{basic: {user: …, password: …}}`.", secret_ok=True),
        "json": Arg("json", "Data to send as JSON.", secret_ok=True),
        "form": Arg("map", "Fields to send as a form.", secret_ok=True),
        "body": Arg("text", "Text to send.", secret_ok=True),
        "follow": Arg("bool", "Follow redirects; by default only those of GET and HEAD within one origin are followed."),
        "ca": Arg("text", "A PEM file with the certificates to trust in place of the system's; relative to the runbook's folder."),
        "proxy": Arg("text", "The address of a proxy, http://host:port; the environment's proxies are not used."),
    }
    env_from = ("SSL_CERT_FILE", "SSL_CERT_DIR")

    def facts(self, call: Call, problems: Problems) -> Facts:
        method = _one_method(call, problems)
        _check_body(call, method, problems)
        _check_auth(call, method, problems)
        _check_headers(call, problems)
        url = call.args[method].value if method in call.args else None
        constant = call.constant(method)
        if isinstance(constant, str):
            _check_url(constant, call, method, problems)
        effect = "read" if method in READING else "destroy" if method == "delete" else "change"
        why = f"{method.upper()} " + {"read": "changes nothing", "change": "changes something", "destroy": "can't be taken back"}[effect]
        shown = str(getattr(url, "text", url)) if url is not None else ""
        return Facts(effect, why, RESULT, repeatable=effect == "read" or method == "put", targets=(shown,) if shown else ())

    def request(self, args: Mapping[str, Value]) -> Request:
        method = next((name for name in METHODS if args.get(name) is not None), "")
        if not method:
            raise ArgumentError("the request has no address")
        url = _url(args, method)
        data: dict[str, Any] = {"method": method.upper(), "url": url}
        headers = args.get("headers") or {}
        if headers:
            data["headers"] = {name: as_word(value, f"the header {name}") for name, value in headers.items()}
        for name in BODIES:
            if name in args:
                data[name] = args[name] if name == "json" else _form(args[name]) if name == "form" else as_word(args[name], "the body")
        if args.get("auth") is not None:
            data["auth"] = _auth(args["auth"])
        for name in ("ca", "proxy"):
            if args.get(name) is not None:
                data[name] = plain_word(args, name, "http")
        if args.get("follow") is not None:
            data["follow"] = args["follow"]
        return Request("http", data=data)

    def touched(self, request: Request) -> tuple[str, ...]:
        """The address as it is sent, where each value is one piece; without parameters, which say no place."""
        return (open_text(request.data["url"]).partition("#")[0].partition("?")[0],)

    def plain(self, request: Request) -> Request:
        """Without the fragment, which no server is sent: one in a value goes behind the parameters."""
        url = request.data["url"]
        base = _in_parts(open_text(url))[0]
        return request.replace(data={**request.data, "url": base if isinstance(url, str) else Unknown(base, STRING)})


def _one_method(call: Call, problems: Problems) -> str:
    given = [name for name in METHODS if name in call.args]
    if len(given) != 1:
        help = "Write exactly one of " + ", ".join(f"`{name}`" for name in METHODS) + " with the address."
        message = "http needs a method with an address." if not given else f"http takes one method, not {' and '.join(given)}."
        problems.error("RB530", message, call.span, help)
    return given[0] if given else ""


def _check_url(text: str, call: Call, method: str, problems: Problems) -> None:
    try:
        parse_url(text)
    except BadUrl as error:
        sentence = error.args[0]
        problems.error("RB531", f"{sentence[0].upper()}{sentence[1:]}.", call.args[method].span, "For example `https://host/path`.")


def _check_body(call: Call, method: str, problems: Problems) -> None:
    given = [name for name in BODIES if name in call.args]
    if len(given) > 1:
        problems.error("RB532", f"A request has one body, not {' and '.join(given)}.", call.args[given[1]].span, "Keep one of them.")
    elif given and method in READING:
        help = "Hand parameters over by `query`, or use `post`."
        problems.error("RB532", f"A {method.upper()} request has no body.", call.args[given[0]].span, help)


def _check_auth(call: Call, method: str, problems: Problems) -> None:
    bound = call.args.get("auth")
    if bound is None:
        return
    if not _auth_shape(bound.value):
        problems.error(
            "RB533", "The argument 'auth' has another shape.", bound.span, "`{bearer: ${token}}` or `{basic: {user: …, password: …}}`."
        )
    url = getattr(call.args[method].value, "text", "") if method in call.args else ""
    if url.lower().startswith("http://") and not _LOCAL.match(url):
        message = "Without TLS everybody on the way can read the credentials."
        problems.warning("RB534", message, call.args[method].span, "Use an https:// address.")


def _auth_shape(value: object) -> bool:
    if not isinstance(value, dict) or len(value) != 1:
        return False
    basic = value.get("basic")
    return "bearer" in value or (isinstance(basic, dict) and basic.keys() == {"user", "password"})


def _check_headers(call: Call, problems: Problems) -> None:
    bound = call.args.get("headers")
    for name in bound.value if bound is not None and isinstance(bound.value, dict) else ():
        fault = header_fault(name)
        if fault:
            problems.error("RB535", f"The header {name!r} {fault}.", bound.span if bound else None, "Leave it out.")


def header_fault(name: str) -> str:
    """What is wrong with a header of this name, '' for nothing."""
    if not _HEADER.fullmatch(name):
        return "has a character that no header's name may have"
    return "is set by the executor itself" if name.lower() in _OWN_HEADERS else ""


def _url(args: Mapping[str, Value], method: str) -> Word:
    url = plain_word(args, method, "http")
    pairs = [(name, as_word(value, name)) for name, value in (args.get("query") or {}).items()]
    if any(isinstance(word, (SecretRef, SecretText)) for _, word in pairs):
        raise ArgumentError("a secret can't stand in an address; hand it over by a header, `auth` or the body")
    if not isinstance(url, str) or not all(isinstance(word, str) for _, word in pairs):
        return _open_url(url, pairs)
    try:
        parse_url(url)
    except BadUrl as error:
        raise ArgumentError(error.args[0]) from error
    return with_query(url, pairs)


def _open_url(url: Word, pairs: list[tuple[str, Word]]) -> Word:
    """An address with holes, part for part as it will be; ⟨?⟩ where only the run knows whether parameters begin or go on."""
    if not pairs:
        return url
    base, fragment = _in_parts(open_text(url))
    sign = "&" if "?" in base else "?" if isinstance(url, str) else "⟨?⟩"
    query = "&".join(f"{percent(name)}={percent(word) if isinstance(word, str) else open_text(word)}" for name, word in pairs)
    return Unknown(base + sign + query + fragment, STRING)


def _in_parts(url: str) -> tuple[str, str]:
    """An address before its fragment, and the fragment with its sign; a sign inside of a hole is none of the address's."""
    depth = 0
    for at, char in enumerate(url):
        depth += (char == "⟨") - (char == "⟩")
        if char == "#" and depth <= 0:
            return url[:at], url[at:]
    return url, ""


def _form(value: Value) -> dict[str, Word]:
    return {name: as_word(item, f"the field {name}") for name, item in (value or {}).items()}


def _auth(value: Value) -> dict[str, Any]:
    if isinstance(value, Unknown):
        return {"unknown": value}
    if not _auth_shape(value):
        raise ArgumentError("`auth` must be {bearer: …} or {basic: {user: …, password: …}}")
    if "bearer" in value:
        return {"bearer": as_word(value["bearer"], "the bearer token")}
    return {"basic": {name: as_word(value["basic"][name], name) for name in ("user", "password")}}


SURFACE = HttpSurface()
