"""A connection that knows when to stop: at a deadline, or when the attempt is cancelled, whatever the other side does."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import select
import socket
import ssl
import threading
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..runtime.ports import Cancel

CONNECT_S = 10.0
"""The longest wait for one address to accept a connection, within the attempt's limit."""

_CHUNK = 64 * 1024


class WireError(Exception):
    """The connection failed. `kind` is an error kind; args[0] is a sentence."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Until:
    """The end of an attempt: a deadline (a monotonic time in seconds) and its cancel."""

    __slots__ = ("_fd", "at", "cancel")

    def __init__(self, limit_us: int, cancel: Cancel) -> None:
        self.at = time.monotonic() + limit_us / 1e6
        self.cancel = cancel
        self._fd = cancel.fileno()

    def left(self) -> float:
        return self.at - time.monotonic()

    def check(self) -> None:
        """Raises WireError at the end of the attempt."""
        if self.cancel.level:
            raise WireError("killed", "it was cancelled")
        if self.left() <= 0:
            raise WireError("timeout", "no answer within the time that the step has")

    def wait(self, fd: int, events: int, longest: float | None = None) -> bool:
        """Wait until `fd` is ready; False when `longest` seconds have passed. Raises WireError at the end of the attempt."""
        self.check()
        left = self.left()
        pause = left if longest is None else min(left, longest)
        poll = select.poll()
        poll.register(fd, events)
        poll.register(self._fd, select.POLLIN)
        ready = dict(poll.poll(max(0.0, pause) * 1000))
        if fd in ready and not self.cancel.level:
            return True
        self.check()
        return False


class Wire:
    """A connected socket, plain or TLS, as http.client wants one. Reads and writes wait at most until the end."""

    def __init__(self, sock: socket.socket, until: Until) -> None:
        self._sock = sock
        self._until = until

    def receive(self, buffer: Any) -> int:
        """Bytes put into the buffer, 0 at the end of the stream."""
        return int(self._patiently(lambda: self._sock.recv_into(buffer), select.POLLIN))

    def sendall(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            sent = self._patiently(lambda chunk=rest[:_CHUNK]: self._sock.send(chunk), select.POLLOUT)
            rest = rest[sent:]

    def makefile(self, _mode: str = "rb", *_args: Any, **_kwargs: Any) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self), _CHUNK)

    def close(self) -> None:
        """http.client calls it when it has nothing more to send; its file goes on reading, so only `hang_up` closes."""

    def hang_up(self) -> None:
        with contextlib.suppress(OSError):
            self._sock.close()

    def _patiently(self, action: Any, events: int) -> Any:
        while True:
            self._until.check()  # not only while waiting: a server that never stops talking is never waited for
            try:
                return action()
            except BlockingIOError:
                self._until.wait(self._sock.fileno(), events)
            except ssl.SSLWantReadError:
                self._until.wait(self._sock.fileno(), select.POLLIN)
            except ssl.SSLWantWriteError:
                self._until.wait(self._sock.fileno(), select.POLLOUT)
            except ssl.SSLEOFError:
                raise WireError("killed", "the server cut the connection") from None
            except ssl.SSLZeroReturnError:
                return 0
            except OSError as error:
                raise WireError("killed", f"the connection broke: {error.strerror or error}") from error


class _Reader(io.RawIOBase):
    """The reading side of a wire as a file."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._wire.receive(buffer)


def connect(host: str, port: int, until: Until) -> socket.socket:
    """A connected, non-blocking socket; each address of the host is tried. Raises WireError (dns, refused, timeout, killed)."""
    last = WireError("dns", f"{host} has no address")
    for family, kind, proto, _, address in _resolve(host, port, until):
        try:
            sock = socket.socket(family, kind, proto)
        except OSError as error:
            last = WireError("refused", f"no connection to {host}: {error.strerror}")
            continue
        try:
            sock.setblocking(False)
            _open(sock, address, host, port, until)
        except WireError as error:
            sock.close()
            if error.kind == "killed" or until.left() <= 0:
                raise
            last = error
        else:
            return sock
    raise last


def _open(sock: socket.socket, address: Any, host: str, port: int, until: Until) -> None:
    code = sock.connect_ex(address)
    if code == errno.EINPROGRESS:
        if not until.wait(sock.fileno(), select.POLLOUT, CONNECT_S):
            raise WireError("timeout", f"{host} port {port} doesn't answer")
        code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code == errno.ETIMEDOUT:
        raise WireError("timeout", f"{host} port {port} doesn't answer")
    if code:
        raise WireError("refused", f"no connection to {host} port {port}: {os.strerror(code)}")


def _resolve(host: str, port: int, until: Until) -> list[Any]:
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (socket.gaierror, UnicodeError):
        return _look_up(host, port, until)


def _look_up(host: str, port: int, until: Until) -> list[Any]:
    """A look-up can't be interrupted, so it has a thread of its own that is left behind when the attempt ends first."""
    found: list[Any] = []
    here, there = socket.socketpair()

    def ask() -> None:
        try:
            found.append(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            found.append(error)
        there.close()

    with here:
        threading.Thread(target=ask, name="name look-up", daemon=True).start()
        until.wait(here.fileno(), select.POLLIN)
    if isinstance(found[0], Exception):
        reason = getattr(found[0], "strerror", None) or "it isn't the name of a host"
        raise WireError("dns", f"the name {host} can't be resolved: {reason}")
    addresses: list[Any] = found[0]
    return addresses


def trust(ca: str, env: Mapping[str, str]) -> ssl.SSLContext:
    """What is trusted: the file `ca`, else SSL_CERT_FILE and SSL_CERT_DIR of the environment, else the system's. Raises WireError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    file, folder = ca or env.get("SSL_CERT_FILE"), None if ca else env.get("SSL_CERT_DIR")
    try:
        if file or folder:
            context.load_verify_locations(file or None, folder or None)
        else:
            context.load_default_certs()
    except (OSError, ssl.SSLError) as error:
        raise WireError("tls", f"the certificates in {file or folder} can't be read: {error.strerror or error}") from error
    return context


def secure(sock: socket.socket, context: ssl.SSLContext, name: str, until: Until) -> ssl.SSLSocket:
    """TLS over a connected socket; takes it over. Raises WireError, or SSLCertVerificationError for a certificate that isn't good."""
    secured = wrapped(sock, context, name)
    try:
        shake_hands(secured, until)
    except BaseException:
        secured.close()
        raise
    return secured


def wrapped(sock: socket.socket, context: ssl.SSLContext, name: str) -> ssl.SSLSocket:
    """A connected socket, which is taken over, before its TLS handshake. Raises WireError."""
    try:
        return context.wrap_socket(sock, server_hostname=name, do_handshake_on_connect=False)
    except (OSError, ValueError) as error:
        sock.close()
        raise WireError("tls", _handshake_reason(error)) from error


def shake_hands(secured: ssl.SSLSocket, until: Until) -> None:
    """The TLS handshake. Raises WireError, or SSLCertVerificationError for a certificate that isn't good."""
    while True:
        try:
            return secured.do_handshake()
        except ssl.SSLWantReadError:
            until.wait(secured.fileno(), select.POLLIN)
        except ssl.SSLWantWriteError:
            until.wait(secured.fileno(), select.POLLOUT)
        except ssl.SSLCertVerificationError:
            raise
        except (OSError, ValueError) as error:
            raise WireError("tls", _handshake_reason(error)) from error


def _handshake_reason(error: Exception) -> str:
    reason = getattr(error, "reason", None)
    if reason == "WRONG_VERSION_NUMBER":
        return "the server doesn't speak TLS on this port"
    if reason in ("TLSV1_ALERT_PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL"):
        return "no TLS connection: the server speaks only older versions than TLS 1.2"
    if isinstance(error, ssl.SSLEOFError | ConnectionError):
        return "the server cut the connection during the TLS handshake"
    return f"no TLS connection: {reason or getattr(error, 'strerror', None) or error}"


def certificate_reason(error: ssl.SSLCertVerificationError, name: str) -> str:
    """Why a certificate was refused, in words; the codes are OpenSSL's X509_V_ERR_*."""
    words = {
        9: "the certificate isn't valid yet",
        10: "the certificate has expired",
        18: "the certificate is self-signed and not among the trusted ones",
        19: "the certificate's authority is not among the trusted ones",
        20: "the certificate's authority is not among the trusted ones",
        21: "the certificate's authority is not among the trusted ones",
        23: "the certificate has been revoked",
        62: f"the certificate is for another name than {name}",
        64: f"the certificate is for another address than {name}",
    }
    return words.get(error.verify_code, f"the certificate isn't accepted: {error.verify_message}")
