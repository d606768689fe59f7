"""E-mail over SMTP. RUNBOOK_SMTP_URL: `smtp://user@host:587` (STARTTLS is a must), `smtps://…` (TLS from the start), or
`smtp://localhost:25?tls=none`. RUNBOOK_SMTP_PASSWORD, RUNBOOK_SMTP_FROM.
"""

from __future__ import annotations

import hashlib
import smtplib
import socket
import ssl
import threading
from contextlib import suppress
from email.message import EmailMessage
from email.utils import formatdate
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from .contract import Answer, Notice, Settings, cut, one_line
from .exchange import trusted

if TYPE_CHECKING:
    from urllib.parse import SplitResult

PORTS = {"smtp": 587, "smtps": 465}


class Email:
    name = "email"

    def send(self, notice: Notice, settings: Settings) -> Answer:
        url = settings.get("SMTP_URL")
        if not url:
            return Answer(ok=False, why="RUNBOOK_SMTP_URL isn't set")
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname:
            return Answer(ok=False, why="RUNBOOK_SMTP_URL is no smtp:// or smtps:// URL")
        return deliver(message(notice, settings), parts, settings)


def message(notice: Notice, settings: Settings) -> EmailMessage:
    """The mail: its Message-ID is made of the notice's key, so that it is the same in every attempt."""
    found = EmailMessage()
    found["Subject"] = one_line(notice.subject)
    found["From"] = one_line(settings.get("SMTP_FROM", f"runbook@{socket.gethostname()}"))
    found["To"] = one_line(notice.to)
    found["Date"] = formatdate()
    found["Message-ID"] = f"<{_digest(notice.key)}@runbook>"
    found["X-Runbook-Message"] = one_line(notice.key)
    if notice.incident:
        thread = f"<{_digest(notice.incident)}@runbook>"
        found["References"] = thread
    if notice.severity == "P1":
        found["Importance"] = "high"
    found.set_content(cut(notice.text, 100_000) + "\n")
    return found


def deliver(mail: EmailMessage, parts: SplitResult, settings: Settings) -> Answer:
    """Hands the mail to the server; one deadline for all of it."""
    over = threading.Event()
    held: list[smtplib.SMTP] = []
    watch = threading.Timer(settings.timeout, _cut, (held, over))
    watch.daemon = True
    watch.start()
    try:
        context = trusted(settings)
        port = parts.port or PORTS[parts.scheme]
        held.append(_server(parts.scheme, settings.timeout, context))
        held[0].connect(parts.hostname or "", port)
        if parts.scheme == "smtp" and parse_qs(parts.query).get("tls") != ["none"]:
            held[0]._host = parts.hostname  # type: ignore[attr-defined]  # the name to be checked; only its constructor sets it
            held[0].starttls(context=context)
        if parts.username:
            held[0].login(unquote(parts.username), settings.get("SMTP_PASSWORD", unquote(parts.password or "")))
        held[0].send_message(mail)
    except smtplib.SMTPResponseException as error:
        return Answer(ok=False, why=f"the mail server answered {error.smtp_code}", retry=error.smtp_code < 500)
    except smtplib.SMTPRecipientsRefused as error:
        code = min((code for code, _ in error.recipients.values()), default=550)
        return Answer(ok=False, why=f"the mail server refused the address ({code})", retry=code < 500)
    except smtplib.SMTPNotSupportedError:
        return Answer(ok=False, why="the mail server doesn't offer STARTTLS or the login that is wanted")
    except ssl.SSLCertVerificationError as error:
        return Answer(ok=False, why=f"the mail server's certificate isn't trusted ({error.verify_message})", retry=True)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        why = f"no answer within {settings.timeout:g} s" if over.is_set() else _words(error)
        return Answer(ok=False, why=why, retry=True)
    finally:
        watch.cancel()
        for server in held:
            with suppress(OSError, smtplib.SMTPException):
                server.close()
    return Answer(ok=True)


def _server(scheme: str, timeout: float, context: ssl.SSLContext) -> smtplib.SMTP:
    return smtplib.SMTP_SSL(timeout=timeout, context=context) if scheme == "smtps" else smtplib.SMTP(timeout=timeout)


def _cut(held: list[smtplib.SMTP], over: threading.Event) -> None:
    over.set()
    for server in held:
        with suppress(OSError, AttributeError):
            server.sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]  # None before the connection; suppressed


def _words(error: Exception) -> str:
    if isinstance(error, socket.gaierror):
        return "the mail server's name isn't known"
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "the mail server hung up"
    return (error.strerror or "the connection failed").lower() if isinstance(error, OSError) else "the mail can't be sent"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


NOTIFIER = Email()
