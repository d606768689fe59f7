"""Real servers for the executors that drive a tool, each started on a free port of the loopback."""

from __future__ import annotations

import contextlib
import datetime
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from runbook_lang.base.diagnostics import Problems
from runbook_lang.base.source import Source
from runbook_lang.model.nodes import Action, Name
from runbook_lang.surfaces.bind import bind
from runbook_lang.surfaces.kinds import Call, Facts
from runbook_lang.syntax.yaml_reader import read_yaml

PASSWORD = "s3cr:et\\pa'ss"
DAY = datetime.timedelta(days=1)


class Judged(NamedTuple):
    """What a surface says of an action: its facts and its findings as `code text-of-the-place`."""

    facts: Facts
    found: list[str]
    messages: list[str]
    helps: list[str]
    call: Call


@pytest.fixture(scope="session")
def judge() -> Callable[[str, str], Judged]:
    """`judge('doctl', 'apps list')`: the facts of an action written in YAML."""

    def judge(executor: str, text: str) -> Judged:
        source = Source("case.yml", text)
        problems = Problems()
        node = read_yaml(source, problems)
        assert node is not None
        call = bind(Action(Name(executor, node.span), node), None, problems)
        assert call is not None, [item.message for item in problems]
        facts = call.surface.facts(call, problems)
        places = [f"{item.code} {item.span.text if item.span else ''}" for item in problems]
        return Judged(facts, places, [item.message for item in problems], [item.help for item in problems], call)

    return judge


class Authority(NamedTuple):
    """A certificate authority and the servers' files that it signed."""

    folder: Path
    ca: Path

    def files(self, name: str) -> tuple[Path, Path]:
        return self.folder / f"{name}.crt", self.folder / f"{name}.key"


def _certificate(
    folder: Path, name: str, host: str, issuer: tuple[x509.Name, ec.EllipticCurvePrivateKey] | None, age: datetime.timedelta
) -> tuple[x509.Name, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0] if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - age - DAY)
        .not_valid_after(now - age + DAY)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    )
    signed = builder.sign(issuer[1] if issuer else key, hashes.SHA256())
    (folder / f"{name}.crt").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    (folder / f"{name}.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return subject, key


@pytest.fixture(scope="session")
def world() -> Iterator[Path]:
    """A folder that other users of the machine may enter: servers don't run as root."""
    with tempfile.TemporaryDirectory(prefix="runbook-servers-") as name:
        os.chmod(name, 0o755)
        yield Path(name)


@pytest.fixture(scope="session")
def authority(world: Path) -> Authority:
    """One authority with certificates for localhost (`good`), another host (`other`), and an expired one (`old`)."""
    issuer = _certificate(world, "ca", "Test CA", None, 0 * DAY)
    _certificate(world, "good", "localhost", issuer, 0 * DAY)
    _certificate(world, "other", "other.example.com", issuer, 0 * DAY)
    _certificate(world, "old", "localhost", issuer, 30 * DAY)
    _certificate(world, "stranger", "Another CA", None, 0 * DAY)
    return Authority(world, world / "ca.crt")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, seconds: float = 15.0) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise AssertionError(f"nothing listens on port {port}")


@contextlib.contextmanager
def running(argv: list[str], port: int, user: str | None = None) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(argv, user=user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(port)
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


# --- PostgreSQL ------------------------------------------------------------------------------------------------------


class Postgres(NamedTuple):
    port: int
    ca: Path
    admin: Callable[[str], str]  # runs SQL as the superuser


def _postgres_bin() -> Path:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if folders:
        return folders[-1].parent
    found = shutil.which("postgres")
    if found is None:
        pytest.skip("PostgreSQL's server isn't installed")
    return Path(found).parent


def _server_user() -> str | None:
    """PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    return None


@pytest.fixture(scope="session")
def postgres(world: Path, authority: Authority) -> Iterator[Postgres]:
    """A server with TLS and passwords: role `app`, database `shop`, password PASSWORD."""
    tools, user = _postgres_bin(), _server_user()
    home = world / "postgres"
    home.mkdir()
    for name in ("good.crt", "good.key"):
        shutil.copy(authority.folder / name, home / name)
    os.chmod(home / "good.key", 0o600)
    if user is not None:
        for path in (home, *home.iterdir()):
            shutil.chown(path, user)
    data = home / "data"
    subprocess.run(
        [tools / "initdb", "-D", data, "-U", "boss", "-A", "trust", "-N", "-E", "UTF8", "--locale=C"],
        user=user,
        check=True,
        capture_output=True,
    )
    (data / "pg_hba.conf").write_text("local all boss trust\nhostssl all all all scram-sha-256\n")
    port = free_port()
    settings = {
        "port": str(port), "listen_addresses": "127.0.0.1", "unix_socket_directories": str(home), "fsync": "off", "ssl": "on",
        "ssl_cert_file": str(home / "good.crt"), "ssl_key_file": str(home / "good.key"), "max_connections": "20",
    }  # fmt: skip
    argv = [str(tools / "postgres"), "-D", str(data)]
    for name, value in settings.items():
        argv += ["-c", f"{name}={value}"]

    def admin(sql: str) -> str:
        command = [
            tools / "psql",
            "-X",
            "-h",
            home,
            "-p",
            str(port),
            "-U",
            "boss",
            "-d",
            "postgres",
            "-AtqR ",
            "-v",
            "ON_ERROR_STOP=1",
            "-c",
            sql,
        ]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    with running(argv, port, user):
        quoted = PASSWORD.replace("'", "''")
        end = time.monotonic() + 15
        while True:
            try:
                admin("select 1")
                break
            except subprocess.CalledProcessError:
                assert time.monotonic() < end
                time.sleep(0.1)
        admin(f"create role app login password '{quoted}'")
        admin("create database shop owner app")
        yield Postgres(port, authority.ca, admin)


# --- redis -----------------------------------------------------------------------------------------------------------


class Redis(NamedTuple):
    port: int
    tls_port: int


@pytest.fixture(scope="session")
def start_redis(world: Path, authority: Authority) -> Iterator[Callable[..., Redis]]:
    """`start_redis('good')`: a server with that certificate, a password, and two databases."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server isn't installed")
    with contextlib.ExitStack() as stack:

        def start(certificate: str) -> Redis:
            port, tls_port = free_port(), free_port()
            crt, key = authority.files(certificate)
            secret = PASSWORD.replace("\\", "\\\\").replace('"', '\\"')
            lines = [
                f"port {port}", f"tls-port {tls_port}", "bind 127.0.0.1", f"tls-cert-file {crt}", f"tls-key-file {key}",
                f"tls-ca-cert-file {authority.ca}", "tls-auth-clients no", 'save ""', "databases 2", f'requirepass "{secret}"', f"dir {world}",
            ]  # fmt: skip
            config = world / f"redis-{certificate}.conf"
            config.write_text("\n".join(lines) + "\n")
            stack.enter_context(running([program, str(config)], port))
            return Redis(port, tls_port)

        yield start


@pytest.fixture(scope="session")
def redis(start_redis: Callable[..., Redis]) -> Redis:
    return start_redis("good")
