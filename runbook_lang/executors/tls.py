"""`tls`: what certificate does a server show, until when is it valid, would a client trust it, and if not, why.

OpenSSL reports one fault of a certificate, and which one depends on the order of its checks. So there are up to four
connections: one that takes any certificate, one that checks everything, and, when that fails, one for the name alone and
one for the authority alone. Expiry is read from the certificate. A handshake that fails after the certificate was shown has shown it.
"""

from __future__ import annotations

import os
import ssl
import time
from typing import TYPE_CHECKING, Any

from ..base.record import Record
from ..expr.values import Timestamp
from ..runtime.ports import Outcome
from .plain import refusal
from .wire import Until, WireError, certificate_reason, connect, shake_hands, trust, wrapped

if TYPE_CHECKING:
    import datetime

    from cryptography import x509

    from ..runtime.ports import Attempt

_WRONG_NAME = (62, 64)  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
_WRONG_TIME = (9, 10)  # X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED
_DAY_NS = 86_400 * 10**9


class TlsExecutor:
    """ok: a certificate was shown. Whether it's trusted is a field of the result."""

    name = "tls"

    def run(self, attempt: Attempt) -> Outcome:
        data = attempt.request.data
        refused = refusal(attempt)
        if refused is not None:
            return refused
        until = Until(attempt.limit_us, attempt.cancel)
        try:
            trusted = trust(os.path.join(attempt.library, data["ca"]) if data.get("ca") else "", attempt.env)
            probe = _Probe(data["host"], data["port"], data.get("server_name") or data["host"], until)
            chain, end = probe.chain()
            reason = "; ".join(filter(None, (probe.reason(trusted, chain[0]), end)))
            if reason:  # an `expect` of the step may fail for it, and its message would only say that `trusted` is false
                attempt.output.write("reason", f"{data['address']}: {reason}\n".encode())
            return Outcome(ok=True, value=_value(chain, reason))
        except WireError as error:
            return Outcome(ok=False, applied="no", kind=error.kind, message=f"{data['address']}: {error.args[0]}")


class _Probe(Record):
    """Connections to one server. `name` is asked for (SNI) and checked."""

    host: str
    port: int
    name: str
    until: Until

    def chain(self) -> tuple[tuple[x509.Certificate, ...], str]:
        """What the server shows, its own certificate first, nothing checked; and why it then ended the handshake, '' if it didn't."""
        context = _any_age(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        shown, end = self._look(context)
        return _certificates(shown), end

    def fault(self, context: ssl.SSLContext) -> ssl.SSLCertVerificationError | None:
        """What a client with this context finds wrong. Raises WireError when it doesn't come as far as the certificate."""
        try:
            self._look(context)
        except ssl.SSLCertVerificationError as error:
            return error
        return None

    def _look(self, context: ssl.SSLContext) -> tuple[list[bytes], str]:
        """DER of all certificates that the server sends, and why it then ended the handshake: up to TLS 1.2, a server that wants one
        of the client does."""
        with wrapped(connect(self.host, self.port, self.until), context, self.name) as sock:
            try:
                shake_hands(sock, self.until)
            except WireError as error:
                shown = _shown(sock) if error.kind == "tls" else []
                if not shown:
                    raise
                return shown, f"{error.args[0]}, after the server had shown its certificate; it may want one of the client"
            shown = _shown(sock)
        if not shown:
            raise WireError("tls", "the server shows no certificate")
        return shown, ""

    def reason(self, trusted: ssl.SSLContext, leaf: x509.Certificate) -> str:
        """Why a client wouldn't trust it, all reasons; '' when it would."""
        found, first = [], None
        try:
            first = self.fault(trusted)
            if first is None:
                return ""
        except WireError as error:
            if error.kind != "tls":
                raise
            found.append(str(error))
            _any_age(trusted)  # what is wrong with the certificate is told all the same
        age = _age(leaf)
        found.append(age)
        name = self.fault(_only_name(leaf))
        if name is not None and name.verify_code in _WRONG_NAME:
            found.append(certificate_reason(name, self.name))
        trusted.check_hostname = False
        rest = self.fault(trusted)
        if rest is not None and rest.verify_code not in _WRONG_TIME:
            found.append(certificate_reason(rest, self.name))
        elif rest is not None and not age:
            found.append("a certificate of its authorities has expired or isn't valid yet")
        told = "; ".join(filter(None, found))
        return told if told or first is None else certificate_reason(first, self.name)


def _any_age(context: ssl.SSLContext) -> ssl.SSLContext:
    """Takes old versions and weak ciphers too, since an old server's certificate is worth a look; none that go without a certificate."""
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:!aNULL:@SECLEVEL=0")
    return context


def _only_name(leaf: x509.Certificate) -> ssl.SSLContext:
    """Trusts this very certificate, so that nothing but name and time can be wrong; the name is checked first."""
    from cryptography.hazmat.primitives.serialization import Encoding

    context = _any_age(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(cadata=leaf.public_bytes(Encoding.DER))
    return context


def _age(leaf: x509.Certificate) -> str:
    now = time.time()
    if now > leaf.not_valid_after_utc.timestamp():
        return "the certificate has expired"
    return "the certificate isn't valid yet" if now < leaf.not_valid_before_utc.timestamp() else ""


def _certificates(shown: list[bytes]) -> tuple[x509.Certificate, ...]:
    """Raises WireError for a certificate that can't be read."""
    from cryptography import x509

    try:
        return tuple(x509.load_der_x509_certificate(data) for data in shown)
    except ValueError as error:
        raise WireError("tls", f"the server's certificate can't be read: {error}") from error


def _shown(sock: Any) -> list[bytes]:
    """DER of all certificates that the server sent. Public since Python 3.13; before, the method is on the inner object."""
    if hasattr(sock, "get_unverified_chain"):
        return [bytes(data) for data in sock.get_unverified_chain()]
    return [ssl.PEM_cert_to_DER_cert(one.public_bytes()) for one in sock._sslobj.get_unverified_chain() or ()]


def _value(chain: tuple[x509.Certificate, ...], reason: str) -> dict[str, Any]:
    leaf = chain[0]
    until = _ns(leaf.not_valid_after_utc)
    return {
        "not_before": Timestamp(_ns(leaf.not_valid_before_utc)),
        "not_after": Timestamp(until),
        "days_left": (until - time.time_ns()) // _DAY_NS,
        "subject": _name(leaf, "subject"),
        "issuer": _name(leaf, "issuer"),
        "names": _names(leaf),
        "trusted": not reason,
        "reason": reason,
        "chain": [_name(one, "subject") for one in chain],
    }


def _name(certificate: x509.Certificate, part: str) -> str:
    """Its subject or issuer, '' for one that can't be read: OpenSSL takes what cryptography doesn't, Latin-1 in a TeletexString for one."""
    try:
        name: x509.Name = getattr(certificate, part)
        return name.rfc4514_string()
    except (ValueError, TypeError):
        return ""


def _ns(moment: datetime.datetime) -> int:
    return int(moment.timestamp()) * 10**9


def _names(leaf: x509.Certificate) -> list[str]:
    """The names and addresses for which it is made (subjectAltName); clients look at nothing else. None where they can't be read."""
    from cryptography import x509

    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, ValueError):
        return []
    return [*names.get_values_for_type(x509.DNSName), *(str(one) for one in names.get_values_for_type(x509.IPAddress))]


EXECUTOR_CLASS = TlsExecutor
