"""A real PostgreSQL: TLS only, scram passwords, the schema history of PYMERP and some rows of its tables."""

from __future__ import annotations

import glob
import os
import secrets
import signal
import subprocess
from collections.abc import Mapping

from pymerp_lab.certs import SERVER_NAMES
from pymerp_lab.part import Place, program
from pymerp_lab.processes import LabError, Server, give, start_on_free_port, user_name
from pymerp_lab.schema import BEHIND, BROKEN_MIGRATION, LEVEL, REPAIR, schema_sql

SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "16MB",
    "max_connections": "40",
    "autovacuum": "off",
    "ssl": "on",
    "password_encryption": "scram-sha-256",
    "log_min_messages": "warning",
}
HBA = "local all postgres trust\nhostssl all all 127.0.0.1/32 scram-sha-256\nhostssl all all ::1/128 scram-sha-256\n"
USER = DATABASE = "pymerp"
READER = "pymerp_read"


class Postgres:
    name = "pg"
    breaks: Mapping[str, str] = {
        "postgres": "the server is stopped; connections are refused",
        "postgres-hang": "the server is frozen; a connection opens and nothing answers",
        "postgres-password": "the password in POSTGRES_PASSWORD is no longer the right one",
        "fork-behind": "the next cluster that is restored lacks the last migration",
        "flyway": "the last migration of flyway_schema_history failed",
    }

    def __init__(self) -> None:
        self.password, self.reader_password = secrets.token_urlsafe(12), secrets.token_urlsafe(12)
        self.port = 0
        self._behind = False

    def missing(self) -> str | None:
        if not user_name():
            return f"a name for the user {os.getuid()} (in /etc/passwd)"
        return None if _binary("initdb") and _binary("postgres") and _binary("psql") else "PostgreSQL's server (postgresql)"

    def start(self, place: Place) -> None:
        self._place = place
        self._sockets, self._data = place.path("pg"), place.path("pg/data")
        place.make("pg")
        give(self._sockets, place.user)
        self._initdb()
        pair = place.authority.issue("postgres", SERVER_NAMES)
        for path in pair:
            give(path, place.user)
        with open(os.path.join(self._data, "pg_hba.conf"), "w") as stream:
            stream.write(HBA)
        settings = {**SETTINGS, "ssl_cert_file": pair.certificate, "ssl_key_file": pair.key, "unix_socket_directories": self._sockets}
        with open(os.path.join(self._data, "postgresql.auto.conf"), "a") as stream:
            stream.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
        self._server = Server(place.children, "postgres", place.user, on_death=signal.SIGQUIT)
        self.port = start_on_free_port(self._run)
        self._sql("\n".join(_roles(self.password, self.reader_password)), database="postgres")
        self._sql(schema_sql(), role=USER)

    def _initdb(self) -> None:
        options = ["--no-sync", "--no-instructions", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"]
        log = self._place.path("initdb.log")
        with open(log, "w") as stream:
            command = [_binary("initdb") or "initdb", "-D", self._data, *options]
            child = self._place.children.start(command, user=self._place.user, stdout=stream, stderr=stream, cwd=self._sockets)
            if child.wait(60):
                with open(log) as text:
                    raise LabError(f"initdb failed:\n{text.read()}")

    def _run(self, port: int) -> None:
        argv = [_binary("postgres") or "postgres", "-D", self._data, "-p", str(port), "-c", "listen_addresses=localhost"]
        self._server.start(argv, lambda: self._answers(port))

    def _answers(self, port: int) -> bool:
        """The last line of postmaster.pid says `ready` once connections are taken; cheaper than trying one."""
        try:
            with open(os.path.join(self._data, "postmaster.pid")) as stream:
                return stream.read().rstrip().endswith("ready")
        except OSError:
            return False

    def _sql(self, text: str, *, database: str = DATABASE, role: str | None = None) -> None:
        self._awake()
        argv = [_binary("psql") or "psql", "-X", "-q", "-w", "-v", "ON_ERROR_STOP=1", "-f", "-"]
        where = {"PGHOST": self._sockets, "PGPORT": str(self.port), "PGUSER": "postgres", "PGDATABASE": database, "PGSSLMODE": "disable"}
        options = {"PGOPTIONS": f"-c role={role}"} if role else {}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        done = subprocess.run(
            argv, input=text, env={**inherited, **where, **options}, capture_output=True, text=True, check=False, timeout=30
        )
        if done.returncode:
            raise LabError(f"psql failed: {done.stderr}")

    def _awake(self) -> None:
        """Raises LabError where the server can't answer, since it was broken so."""
        process = self._server.process
        if process is None:
            raise LabError("PostgreSQL is stopped, so nothing in it can be changed; first: lab mend postgres")
        with open(f"/proc/{process.pid}/stat") as stream:
            frozen = stream.read().rpartition(")")[2].split()[0] == "T"
        if frozen:
            raise LabError("PostgreSQL is frozen, so nothing in it can be changed; first mend what froze it (see: lab status)")

    def stop(self) -> None:
        self._server.stop(signal.SIGQUIT)

    def environment(self) -> dict[str, str]:
        return {
            "POSTGRES_HOST": "localhost",
            "POSTGRES_PORT": str(self.port),
            "POSTGRES_USER": USER,
            "POSTGRES_PASSWORD": self.password,
            "POSTGRES_DB": DATABASE,
            "POSTGRES_READ_USER": READER,
            "POSTGRES_READ_PASSWORD": self.reader_password,
            "PGPASSWORD": self.password,
            "PGSSLROOTCERT": self._place.authority.path,
            "PGCONNECT_TIMEOUT": "5",
        }

    def configure(self, settings: Mapping[str, str]) -> None:
        """What the platform says: whether connections get anywhere, that a backup was restored."""
        if "trusted" in settings and self._server.process is not None:
            self._server.process.send_signal(signal.SIGCONT if settings["trusted"] == "on" else signal.SIGSTOP)
        if "restored" in settings and self._behind:
            self._sql(BEHIND, role=USER)

    def set_fault(self, what: str, on: bool) -> None:
        if what == "postgres":
            if on:
                self._server.stop(signal.SIGINT)
            elif self._server.process is None:
                self._run(self.port)
        elif what == "postgres-hang" and self._server.process is not None:
            self._server.process.send_signal(signal.SIGSTOP if on else signal.SIGCONT)
        elif what == "postgres-password":
            password = secrets.token_urlsafe(12) if on else self.password
            self._sql(f"ALTER ROLE {USER} PASSWORD '{password}'")
        elif what == "fork-behind":
            self._behind = on
            if not on:
                self._sql(LEVEL, role=USER)
        elif what == "flyway":
            self._sql(BROKEN_MIGRATION if on else REPAIR, role=USER)


def _roles(password: str, reader_password: str) -> list[str]:
    return [
        f"CREATE ROLE {USER} LOGIN PASSWORD '{password}';",
        f"CREATE ROLE {READER} LOGIN PASSWORD '{reader_password}' IN ROLE pg_read_all_data;",
        f"CREATE DATABASE {DATABASE} OWNER {USER};",
    ]


def _binary(name: str) -> str | None:
    """Debian keeps the servers' programs by version, off the PATH; the newest version wins."""
    versions = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=_version, reverse=True)
    return program(name, folders=tuple(versions))


def _version(folder: str) -> float:
    try:
        return float(folder.split("/")[-2])
    except ValueError:
        return 0.0
