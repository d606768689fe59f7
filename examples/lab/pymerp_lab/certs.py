"""The lab's own certificate authority. Every key is made at the start and lives in the lab's folder only."""

from __future__ import annotations

import datetime
import ipaddress
import os
from collections.abc import Sequence
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

APP_NAMES = ("localhost", "127.0.0.1", "pymerp.cl", "www.pymerp.cl", "app.pymerp.cl")
SERVER_NAMES = ("localhost", "127.0.0.1")
DAY = datetime.timedelta(days=1)


class Pair(NamedTuple):
    """Paths of a PEM certificate and of its PEM key."""

    certificate: str
    key: str


class Authority:
    """A private CA: `path` is its certificate in PEM form; `issue` makes server certificates."""

    def __init__(self, folder: str, name: str = "PYMERP lab CA") -> None:
        self.folder = folder
        self.path = os.path.join(folder, f"{name.lower().replace(' ', '-')}.pem")
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(name)
        certificate = (
            _builder(self._name, self._name, self._key, valid=(-1, 30))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_CA_USAGE, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        _write(self.path, certificate.public_bytes(serialization.Encoding.PEM), 0o644)

    def issue(self, stem: str, names: Sequence[str], valid: tuple[float, float] = (-1, 30)) -> Pair:
        """A certificate for host names and addresses, valid from and until so many days from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            _builder(_name(names[0]), self._name, key, valid)
            .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        pair = Pair(os.path.join(self.folder, f"{stem}.pem"), os.path.join(self.folder, f"{stem}.key"))
        _write(pair.certificate, certificate.public_bytes(serialization.Encoding.PEM), 0o644)
        _write(pair.key, _pem(key), 0o600)
        return pair


_CA_USAGE = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, valid: tuple[float, float]) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + valid[0] * DAY)
        .not_valid_after(now + valid[1] * DAY)
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _write(path: str, content: bytes, mode: int) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as stream:
        stream.write(content)
