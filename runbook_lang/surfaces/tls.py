"""The surface of `tls`: look at the certificate that a server shows, good or bad."""

from __future__ import annotations

from ..base.pattern import lazy
from ..expr.types import BOOL, INT, STRING, TIMESTAMP, ListType, RecordType
from ..expr.values import Unknown
from .cmdline import plain_word
from .kinds import Arg, ArgumentError, Facts, Request, Surface

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ..base.diagnostics import Problems
    from ..expr.values import Value
    from .kinds import Call

RESULT = RecordType(
    "tls result",
    {
        "not_after": TIMESTAMP,
        "not_before": TIMESTAMP,
        "days_left": INT,
        "subject": STRING,
        "issuer": STRING,
        "names": ListType(STRING),
        "trusted": BOOL,
        "reason": STRING,
        "chain": ListType(STRING),
    },
)
_ADDRESS = lazy(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s\[\]:/@]+)(?::(?P<port>[0-9]{1,5}))?")
_NAME = lazy(r"[^\s/@]+")


class TlsSurface(Surface):
    """One TLS connection, only to look at the certificate; ok when there is one, whether or not it's trusted."""

    name = "tls"
    travels = False
    shorthand = "address"
    args: Mapping[str, Arg] = {
        "address": Arg("text", "The server, `host:port`; the port is 443 when it isn't given."),
        "host": Arg("text", "The server's host, where `address` isn't given."),
        "port": Arg("int", "The server's port, beside `host`."),
        "server_name": Arg("text", "The name that is asked for and checked, when another than the host (an address behind a balancer)."),
        "ca": Arg("text", "A PEM file with the certificates to trust in place of the system's; relative to the runbook's folder."),
    }
    timeout_us = 30_000_000
    env_from = ("SSL_CERT_FILE", "SSL_CERT_DIR")

    def facts(self, call: Call, problems: Problems) -> Facts:
        given = [name for name in ("address", "host") if name in call.args]
        if len(given) != 1:
            message = "tls needs the address of a server." if not given else "tls takes `address` or `host`, not both."
            problems.error("RB540", message, call.span, "For example `tls: example.com:443`.")
        if "port" in call.args and "address" in call.args:
            problems.error(
                "RB540", "`port` belongs beside `host`.", call.args["port"].span, "Write the port into the address: `host:port`."
            )
        for name in given:
            constant = call.constant(name)
            if isinstance(constant, str) and not _ADDRESS.fullmatch(constant):
                problems.error(
                    "RB541", f"{constant!r} isn't the address of a server.", call.args[name].span, "Write `host:port`, no `https://`."
                )
        target = getattr(call.args[given[0]].value, "text", "") if given else ""
        return Facts("read", "it only looks at a certificate", RESULT, repeatable=True, targets=(target,) if target else ())

    def request(self, args: Mapping[str, Value]) -> Request:
        written = plain_word(args, "address", "tls") or plain_word(args, "host", "tls")
        if written is None:
            raise ArgumentError("there is no address to connect to")
        data: dict[str, Any] = {"address": written}
        if not isinstance(written, Unknown):
            match = _ADDRESS.fullmatch(written)
            if match is None:
                raise ArgumentError(f"{written!r} isn't the address of a server: write host:port")
            port = int(match["port"] or 443) if args.get("port") is None else args["port"]
            if not isinstance(port, Unknown) and not 1 <= port <= 65535:
                raise ArgumentError(f"there is no port {port}")
            data = {"address": f"{match['host']}:{port}", "host": match["host"].strip("[]"), "port": port}
        for name in ("server_name", "ca"):
            word = plain_word(args, name, "tls")
            if word is not None:
                data[name] = word
        if isinstance(data.get("server_name"), str) and not _NAME.fullmatch(data["server_name"]):
            raise ArgumentError(f"{data['server_name']!r} isn't the name of a server")
        return Request("tls", data=data)

    def plain(self, request: Request) -> Request:
        """Without the port that may stand in the address, and the host, which does."""
        data = {name: value for name, value in request.data.items() if name not in ("host", "port")}
        return request.replace(data=data)


SURFACE = TlsSurface()
