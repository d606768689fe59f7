"""A verified handshake before a tool that doesn't check the server's name connects."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import re
import socket
from typing import TYPE_CHECKING

from ..runtime.ports import Outcome
from .process import Quiet
from .program import broken_off, decode, run_program
from .tool_errors import first_line, network_kind

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    from ..runtime.ports import Attempt

_LONGEST_S = 10.0
_VERIFY = re.compile(r"^(?:verify error:num=\d+:|Verification error: )(.+)$", re.MULTILINE)

# A line of OpenSSL's error queue: thread, "error", code, library, function, reason, file, line, data.
_QUEUED = re.compile(r"^[0-9A-F]+:error:[0-9A-F]+:[^:\n]*:[^:\n]*:([^:\n]+):", re.MULTILINE)


def check_name(attempt: Attempt, host: str, port: int, files: Mapping[str, str]) -> Outcome | None:
    """None when the server's certificate is trusted and made for `host`, else the failure (nothing has been sent)."""
    import ssl

    where = f"{host}:{port}"
    try:
        context = _context(attempt, files)
    except OSError as error:
        return _failure("tls", f"{', '.join(files.values()) or 'the certificates to trust'} can't be used: {error.strerror or error}")
    try:
        with (
            socket.create_connection((host, port), timeout=min(_LONGEST_S, attempt.limit_us / 1e6)) as plain,
            context.wrap_socket(plain, server_hostname=host) as secured,
            contextlib.suppress(OSError),
        ):
            secured.unwrap()
    except ssl.SSLCertVerificationError as error:
        return _failure("tls", f"the certificate of {where} isn't trusted: {error.verify_message}")
    except ssl.SSLError as error:
        return _failure("tls", f"no TLS connection to {where}: {error.reason or error}")
    except socket.gaierror as error:
        return _failure("dns", f"the name {host} can't be resolved: {error.strerror}")
    except TimeoutError:
        return _failure("timeout", f"{where} doesn't answer")
    except OSError as error:
        return _failure("refused", f"no connection to {where}: {error.strerror or error}")
    return None


def _context(attempt: Attempt, files: Mapping[str, str]) -> ssl.SSLContext:
    """As OpenSSL's programs choose what to trust: a file given, else the environment's, else the system's."""
    import ssl

    paths = {name: os.path.join(attempt.library, path) for name, path in files.items()}
    if "cacert" in paths:
        context = ssl.create_default_context(cafile=paths["cacert"])
    else:
        context = ssl.create_default_context(cafile=attempt.env.get("SSL_CERT_FILE"), capath=attempt.env.get("SSL_CERT_DIR"))
    context.verify_flags &= ~ssl.VerifyFlags.VERIFY_X509_STRICT  # which Python sets from 3.13 on, and OpenSSL's programs don't
    if "cert" in paths:
        context.load_cert_chain(paths["cert"], paths.get("key"))
    return context


def check_name_remotely(attempt: Attempt, host: str, port: int, files: Mapping[str, str]) -> Outcome | None:
    """The same from the host on which the tool will run, by its `openssl`."""
    server = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    wanted = ["-verify_ip", host] if _is_address(host) else ["-servername", host, "-verify_hostname", host]
    argv = ["openssl", "s_client", "-connect", server, "-verify_return_error", "-brief", *wanted]
    for name, option in (("cacert", "-CAfile"), ("cert", "-cert"), ("key", "-key")):
        argv += [option, files[name]] if name in files else []
    finished = run_program(Quiet(attempt), argv=argv, stdin=b"")
    early = broken_off(finished, "openssl")
    if early is not None:
        return early.replace(applied="no")
    if finished.exit == 0:
        return None
    return _failure(*openssl_fault(decode(finished.stderr), f"{host}:{port}", attempt.request.on))


def _is_address(host: str) -> bool:
    """An address is looked for among a certificate's addresses, and isn't told to a server as a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def openssl_fault(stderr: str, where: str, on: str) -> tuple[str, str]:
    """The kind and the sentence of what `openssl s_client` says on standard error."""
    found = _VERIFY.search(stderr)
    if found:
        return "tls", f"the certificate of {where} isn't trusted on {on}: {found[1]}"
    found = _QUEUED.search(stderr)
    said = found[1] if found else first_line(stderr) or "openssl said nothing"
    return network_kind(said) or "tls", f"no TLS connection from {on} to {where}: {said}"


def _failure(kind: str, message: str) -> Outcome:
    return Outcome(ok=False, applied="no", kind=kind, message=message)
