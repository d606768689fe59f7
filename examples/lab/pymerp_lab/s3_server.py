"""The process of the object storage: moto behind a gate that can be told to fail. Run with `-m`.

Prints its port, then takes one word a line on stdin (`open`, `closed`, `no-cors`, or a key of FAILURES), answers
each with `ok`, and ends when stdin does.
"""

from __future__ import annotations

import http.client
import logging
import sys
import threading
from collections.abc import Iterable
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server

BUCKET = "pymes-prod"
# Signatures are not checked; the scope of the credential tells moto which service is meant.
SIGNED = "AWS4-HMAC-SHA256 Credential=lab/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
VERSIONED = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
CORS = (
    b"<CORSConfiguration><CORSRule><AllowedOrigin>https://app.pymerp.cl</AllowedOrigin><AllowedMethod>GET</AllowedMethod>"
    b"<AllowedMethod>PUT</AllowedMethod><AllowedHeader>*</AllowedHeader><MaxAgeSeconds>3000</MaxAgeSeconds></CORSRule></CORSConfiguration>"
)
FAILURES = {
    "no-bucket": ("404 Not Found", "NoSuchBucket", "The specified bucket does not exist"),
    "denied": ("403 Forbidden", "AccessDenied", "Access Denied"),
    "key": ("403 Forbidden", "InvalidAccessKeyId", "The access key ID that you provided does not exist in our records."),
    "read-only": ("403 Forbidden", "AccessDenied", "Access Denied"),
    "cors-denied": ("403 Forbidden", "AccessDenied", "Access Denied"),
    "slow-down": ("503 Slow Down", "SlowDown", "Please reduce your request rate."),
}


class Gate:
    """A WSGI application that answers with a failure of S3, or passes the request on."""

    def __init__(self, application: Any) -> None:
        self.application, self.mode = application, "open"

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        failure = FAILURES.get(self.mode)
        if failure is None or self._spared(environ):
            passed_on: Iterable[bytes] = self.application(environ, start_response)
            return passed_on
        status, code, message = failure
        body = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>{message}</Message></Error>'.encode()
        start_response(status, [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]

    def _spared(self, environ: dict[str, Any]) -> bool:
        """Requests that the fault doesn't concern."""
        if self.mode == "no-bucket":
            return not environ["PATH_INFO"].startswith(f"/{BUCKET}")
        if self.mode == "cors-denied":
            return environ["QUERY_STRING"] != "cors"
        return self.mode == "read-only" and environ["REQUEST_METHOD"] in {"GET", "HEAD"}


class Storage:
    def __init__(self) -> None:
        self.gate = Gate(DomainDispatcherApplication(create_backend_app))
        self.mode = "open"
        self.server: BaseWSGIServer | None = None
        self.port = 0
        self.listen()

    def listen(self) -> None:
        if self.server is None:
            self.server = make_server("127.0.0.1", self.port, self.gate, threaded=True)
            self.port = self.server.server_port
            threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def refuse(self) -> None:
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def switch(self, mode: str) -> None:
        if mode == "closed":
            self.refuse()
        else:
            self.listen()
            self.gate.mode = "open"
            if "no-cors" in {mode, self.mode}:
                request(self.port, "DELETE" if mode == "no-cors" else "PUT", f"/{BUCKET}?cors", b"" if mode == "no-cors" else CORS)
            self.gate.mode = mode
        self.mode = mode


def put(port: int, path: str, body: bytes = b"") -> None:
    request(port, "PUT", path, body)


def request(port: int, method: str, path: str, body: bytes = b"") -> None:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    link.request(method, path, body=body, headers={"Authorization": SIGNED})
    answer = link.getresponse()
    answer.read()
    link.close()
    if answer.status >= 300:
        raise SystemExit(f"{method} {path}: {answer.status}")


def main() -> None:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    storage = Storage()
    put(storage.port, f"/{BUCKET}")
    put(storage.port, f"/{BUCKET}?versioning", VERSIONED)
    put(storage.port, f"/{BUCKET}?cors", CORS)
    put(storage.port, f"/{BUCKET}/facturas/2026/0001.pdf", b"%PDF-1.4 lab")
    print(storage.port, flush=True)
    for line in sys.stdin:
        storage.switch(line.strip())
        print("ok", flush=True)


if __name__ == "__main__":
    main()
