"""What the lab's own HTTP servers share: requests with a length, JSON answers, quiet logs."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Answer(NamedTuple):
    """A response: `body` as bytes, or anything else to be sent as JSON; None is an empty body."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = {}
    media_type: str = "application/json"

    def content(self) -> bytes:
        if self.body is None:
            return b""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body, separators=(",", ":"), ensure_ascii=False).encode()


class Handler(BaseHTTPRequestHandler):
    """Gives every request to `self.server.respond`, whatever its method."""

    protocol_version = "HTTP/1.1"
    timeout = 120
    server: WebServer

    def _any(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else b""
        answer = self.server.respond(self, body)
        if answer is not None:
            self.reply(answer)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _any

    def reply(self, answer: Answer) -> None:
        content = answer.content()
        self.send_response(answer.status)
        if content:
            self.send_header("Content-Type", answer.media_type)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing: the lab's output is the command's."""


class WebServer(ThreadingHTTPServer):
    """An HTTP or HTTPS server on a free port of 127.0.0.1 that serves in a thread of its own."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, handler: type[Handler] = Handler, context: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.context = context
        self.stopping = threading.Event()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def server_bind(self) -> None:
        # The base class asks the resolver for the host's name here, which can take seconds.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "localhost", self.port

    def respond(self, request: Handler, body: bytes) -> Answer | None:
        """The answer, or None to close without one."""
        raise NotImplementedError

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Runs in the connection's own thread, so that a client that says nothing keeps nobody waiting."""
        with contextlib.suppress(OSError):
            if self.context is None:
                super().finish_request(request, client_address)
                return
            request.settimeout(10)
            with self.context.wrap_socket(request, server_side=True) as link:
                super().finish_request(link, client_address)

    def start(self) -> None:
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self.stopping.set()
        self.shutdown()
        self.server_close()

    def hang(self, seconds: float = 600) -> None:
        """Waits like a server that is stuck, but not longer than the lab lives."""
        self.stopping.wait(seconds)
