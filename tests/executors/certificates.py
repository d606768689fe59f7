"""A certificate authority of the tests' own, and certificates good and bad."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtensionOID, NameOID

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
DAY = datetime.timedelta(days=1)


class Authority:
    """Writes PEM files into a folder: its own certificate, and those that it makes with their keys."""

    def __init__(self, folder: Path, name: str = "test authority") -> None:
        self.folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(name)
        self._certificate = self._build(self._name, self._key, NOW - DAY, NOW + 100 * DAY, [], authority=True)
        self.file = folder / f"{name.replace(' ', '-')}.pem"
        self.file.write_bytes(self._certificate.public_bytes(serialization.Encoding.PEM))

    def issue(
        self,
        *names: str,
        start: float = -1,
        days: float = 30,
        file: str = "",
        alternative: bytes = b"",
        spoilt: tuple[bytes, bytes] = (b"", b""),
    ) -> Path:
        """One PEM file with a key and a certificate for these host names or addresses; `start` in days from now.

        `alternative`: DER of its subjectAltName in place of the names. `spoilt`: a piece of its DER and what stands there instead, for what
        no library writes; the signature is spoilt then.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        begin = NOW + start * DAY
        made = self._build(_name(names[0]), key, begin, begin + days * DAY, list(names), alternative=alternative)
        path = self.folder / (file or f"{names[0]}-{start}-{days}.pem")
        shown = made.public_bytes(serialization.Encoding.DER).replace(*spoilt, 1)
        private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        path.write_bytes(private + ssl.DER_cert_to_PEM_cert(shown).encode() + self.file.read_bytes())
        return path

    def _build(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        start: datetime.datetime,
        end: datetime.datetime,
        names: list[str],
        *,
        authority: bool = False,
        alternative: bytes = b"",
    ) -> x509.Certificate:
        builder = x509.CertificateBuilder(self._name, subject, key.public_key(), x509.random_serial_number(), start, end)
        builder = builder.add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        if alternative:
            builder = builder.add_extension(x509.UnrecognizedExtension(ExtensionOID.SUBJECT_ALTERNATIVE_NAME, alternative), critical=False)
        elif names:
            builder = builder.add_extension(x509.SubjectAlternativeName([_alternative(name) for name in names]), critical=False)
        return builder.sign(self._key, hashes.SHA256())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
