"""HTTP servers for tests: scripted answers on the loopback, plain or TLS; what was asked is kept."""

from __future__ import annotations

import socket
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Web:
    """A server; `answers` maps paths to functions that get the handler, or to (status, headers, body)."""

    def __init__(self, certificate: Path | None = None, settings: Callable[[ssl.SSLContext], None] = lambda _: None) -> None:
        self.answers: dict[str, Callable[[BaseHTTPRequestHandler], None] | tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[dict[str, Any]] = []
        self.over = threading.Event()  # the test is over: whoever still answers may stop
        web = self

        class Handler(BaseHTTPRequestHandler):
            def handle_one_request(self) -> None:
                self.close_connection = True
                self.raw_requestline = self.rfile.readline(65537)
                if self.raw_requestline and self.parse_request():
                    web.answer(self)

            def log_message(self, *args: object) -> None:
                return

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                return

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        self.scheme = "https" if certificate else "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            settings(context)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        self.asked.append({"method": handler.command, "target": handler.path, "headers": headers, "body": body})
        found = self.answers.get(handler.path.partition("?")[0], (404, {"Content-Type": "text/plain"}, b"no such page"))
        if callable(found):
            found(handler)
            return
        status, more, text = found
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(text)), **more}.items():
            handler.send_header(name, value)
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(text)

    def stop(self) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def raw_server(answer: bytes | None, *, read: bool = True) -> tuple[socket.socket, int]:
    """A listener that gives each caller these bytes and hangs up; with None it says nothing and keeps the line open."""
    sock = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        peers: list[socket.socket] = []
        try:
            while True:
                peers.append(sock.accept()[0])
                if answer is not None:
                    peer = peers.pop()
                    if read:
                        peer.recv(65536)
                    peer.sendall(answer)
                    peer.close()
        except OSError:
            for peer in peers:
                peer.close()

    threading.Thread(target=serve, daemon=True).start()
    return sock, sock.getsockname()[1]


def stop(sock: socket.socket) -> None:
    """Ends a raw server."""
    sock.shutdown(socket.SHUT_RDWR)
    sock.close()


def free_port() -> int:
    """A port of the loopback on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
