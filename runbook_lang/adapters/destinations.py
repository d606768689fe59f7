"""Where a request's secrets go, by its executor; and whether a secret that is for certain hosts may go there."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from ..base.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..surfaces.kinds import Request

DOCTL_API = "DIGITALOCEAN_API_URL"
"""The variable by which doctl is pointed at another API."""
_AWS = "amazonaws.com"
_USUAL = {"http": 80, "https": 443}


class Destination(Record):
    """A server. `scheme` is '' for what isn't reached by an address; then hosts are compared, and ports where both are named."""

    host: str
    port: int | None = None
    scheme: str = ""

    def __str__(self) -> str:
        host = f"{self.scheme}://{self.host}" if self.scheme else self.host
        return host if self.port in (None, _USUAL.get(self.scheme)) else f"{host}:{self.port}"


UNKNOWN = Destination("a server that only its program knows")


def destinations(request: Request, environ: Mapping[str, str]) -> tuple[Destination, ...]:
    """All servers that an attempt may hand its secrets to; () for an executor of which that isn't known."""
    if request.executor == "http":
        url = request.data.get("url") if isinstance(request.data, dict) else None
        return (_address(url),) if isinstance(url, str) else ()
    if request.executor == "doctl":
        return (_address(_variable(request, environ, DOCTL_API) or "https://api.digitalocean.com"),)
    if request.executor == "psql":
        return _psql(request, environ)
    if request.executor == "redis-cli":
        return (Destination(str(request.data["host"]).lower(), _number(str(request.data["port"]))),)
    return (_aws(request, environ),) if request.executor == "aws" else ()


def allows(entry: str, destination: Destination) -> bool:
    """Whether one of a secret's hosts, as its author wrote it, means this server."""
    if destination.scheme:
        return str(_address(entry)) == str(destination)
    parts = urlsplit(entry if "://" in entry else f"//{entry}")
    host, port = (parts.hostname or "").lower(), _port(parts)
    if destination.host == _AWS and host.endswith(f".{_AWS}"):
        return True
    return destination != UNKNOWN and host == destination.host and port in (None, destination.port)


def _address(url: str) -> Destination:
    parts = urlsplit(url if "://" in url else f"https://{url}")
    port = _port(parts)
    return Destination((parts.hostname or "").lower(), None if port == _USUAL.get(parts.scheme) else port, parts.scheme)


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError:
        return None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


def _variable(request: Request, environ: Mapping[str, str], name: str) -> str:
    """A variable of the program's environment: the request's own word comes before the outer world's."""
    own = dict(request.env).get(name)
    return own if isinstance(own, str) else environ.get(name, "") if own is None else ""


def _psql(request: Request, environ: Mapping[str, str]) -> tuple[Destination, ...]:
    """libpq tries a list of hosts in turn. A service's file may name any host, and PGHOSTADDR is where the connection really goes."""
    if _variable(request, environ, "PGSERVICE"):
        return (UNKNOWN,)
    hosts = environ.get("PGHOSTADDR", "") or _variable(request, environ, "PGHOST")
    ports = (_variable(request, environ, "PGPORT") or "5432").split(",")
    names = hosts.split(",")
    found = []
    for index, host in enumerate(names):
        port = ports[index] if len(ports) == len(names) else ports[0]
        local = host == "" or host.startswith(("/", "@"))
        found.append(Destination("localhost" if local else host.lower(), _number(port)))
    return tuple(found)


def _aws(request: Request, environ: Mapping[str, str]) -> Destination:
    """The endpoint of the command line, of the environment, or Amazon's own."""
    words = [word if isinstance(word, str) else "" for word in request.argv]
    url = ""
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word == "--endpoint-url":
            url = following
        elif word.startswith("--endpoint-url="):
            url = word.partition("=")[2]
    for name in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL") if words[1:2] in (["s3"], ["s3api"]) else ("AWS_ENDPOINT_URL",):
        url = url or _variable(request, environ, name)
    return _address(url) if url else Destination(_AWS)
