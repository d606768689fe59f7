"""Logs of a deployment: as a file behind a link, and live over a websocket (RFC 6455, as much as a log needs)."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import struct
from collections.abc import Callable
from threading import Event

from pymerp_lab.api.deployments import Deployment, timestamp
from pymerp_lab.api.errors import bad_request
from pymerp_lab.web import Handler

TYPES = ("BUILD", "DEPLOY", "RUN", "RUN_RESTARTED", "AUTOSCALE_EVENT")
MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, CLOSE = 0x81, 0x88

BUILD = ("resolving image pymerp/backend:latest", "pulling image", "image pulled, 214 MB")
DEPLOY = ("starting backend", "waiting for the health check", "the health check passed")
RUN = (
    "INFO  c.d.p.PymerpApplication : Starting PymerpApplication using Java 21",
    "INFO  o.f.core.FlywayExecutor : Database: jdbc:postgresql (PostgreSQL 16)",
    "INFO  o.f.c.i.c.DbMigrate : Schema public is up to date. No migration necessary.",
    "INFO  o.s.b.w.e.t.TomcatWebServer : Tomcat started on port 8081",
    "INFO  c.d.p.PymerpApplication : Started PymerpApplication in 41.7 seconds (process running for 43.2)",
)
RUN_BAD = (
    "ERROR c.d.p.health.ReadinessProbe : Application is not ready",
    "java.lang.IllegalStateException: tenant context is not initialised",
    "\tat com.datakomerz.pymes.multitenancy.TenantContext.require(TenantContext.java:41)",
    "WARN  o.s.b.a.h.HealthEndpoint : status changed from UP to DOWN",
)
RUN_DEAD = {
    "crash": (
        *RUN[:2],
        "ERROR o.s.boot.SpringApplication : Application run failed",
        "org.springframework.beans.factory.UnsatisfiedDependencyException: Error creating bean with name 'saleController'",
        "\tat com.datakomerz.pymes.PymerpApplication.main(PymerpApplication.java:12)",
    ),
    "oom": (*RUN, "java.lang.OutOfMemoryError: Java heap space", "Killed process 1 (java); container exited with exit code 137"),
    "slow-start": RUN[:2],
    "login": (*RUN[:1], 'org.postgresql.util.PSQLException: FATAL: password authentication failed for user "pymerp"'),
}
"""What the log ends with when nothing answers, by cause."""


def lines(deployment: Deployment, kind: str, component: str, now: float) -> list[str]:
    """The lines there are by now, each with the component and the time in front; none before the build began."""
    if kind not in TYPES:
        raise bad_request(f'invalid log type "{kind}"')
    phase = deployment.phase(now)
    services = [item["name"] for item in deployment.spec.get("services", [])]
    if phase == "PENDING_BUILD" or (component and component not in services) or not services:
        return []
    texts: tuple[str, ...] = ()
    if kind == "BUILD":
        texts = BUILD
    elif kind == "DEPLOY" and phase != "BUILDING":
        failed = phase == "ERROR" or deployment.dead == "slow-start"
        texts = (*DEPLOY[:2], "ERROR failed health checks after 9 attempts") if failed else DEPLOY
    elif kind == "RUN" and phase in {"ACTIVE", "SUPERSEDED", "DEPLOYING"}:
        texts = RUN_DEAD[deployment.dead] if deployment.dead else RUN + (RUN_BAD if deployment.bad else ())
    return [f"{services[0]} {timestamp(deployment.created + index)} {text}" for index, text in enumerate(texts)]


def tail(items: list[str], count: int) -> list[str]:
    """The last `count`; a negative count means all."""
    return items if count < 0 else items[len(items) - min(count, len(items)) :]


def stream(request: Handler, read: Callable[[], list[str]], stopping: Event) -> None:
    """Takes the connection over as a websocket and sends each line once, until the client or the lab goes."""
    key = request.headers.get("Sec-WebSocket-Key", "")
    accept = base64.b64encode(hashlib.sha1((key + MAGIC).encode(), usedforsecurity=False).digest()).decode()
    request.send_response(101, "Switching Protocols")
    for name, value in (("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", accept)):
        request.send_header(name, value)
    request.end_headers()
    request.close_connection = True
    request.connection.settimeout(0.25)
    sent = 0
    with contextlib.suppress(OSError):
        while not stopping.is_set():
            items = read()
            for item in items[sent:]:
                request.wfile.write(_frame(json.dumps({"data": item + "\n"}).encode()))
            sent = len(items)
            if _closed(request):
                return


def _frame(payload: bytes) -> bytes:
    size = len(payload)
    head = struct.pack("!BB", TEXT, size) if size < 126 else struct.pack("!BBH", TEXT, 126, size)
    return head + payload


def _closed(request: Handler) -> bool:
    """Waits a moment for what the client says; only its end matters."""
    try:
        data = request.connection.recv(1024)
    except TimeoutError:
        return False
    return not data or data[0] == CLOSE
