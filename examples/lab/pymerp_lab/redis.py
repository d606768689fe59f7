"""A real Redis: TLS only, with a password, least recently used keys evicted, nothing written to disk."""

from __future__ import annotations

import os
import secrets
import signal
import socket
from collections.abc import Mapping

from pymerp_lab.certs import SERVER_NAMES, Authority, Pair
from pymerp_lab.part import Place, program
from pymerp_lab.processes import LabError, Server, give, listens, start_on_free_port

MEMORY, POLICY = "64mb", "allkeys-lru"
FULL_BYTES = 4 * 1024 * 1024
FILLER = "x" * 16_384


class Redis:
    name = "redis"
    breaks: Mapping[str, str] = {
        "redis": "the server is stopped; connections are refused",
        "redis-hang": "the server is frozen; a connection opens and nothing answers",
        "redis-password": "the password in REDIS_PASSWORD is no longer the right one",
        "redis-tls": "the server shows a certificate of an authority that nobody trusts",
        "redis-plain": "the server speaks without TLS on its port",
        "redis-full": "maxmemory is reached: keys are evicted with every write",
        "redis-policy": "the eviction policy is noeviction",
    }

    def __init__(self) -> None:
        self.password = secrets.token_urlsafe(12)
        self.port = 0
        self._other_password = secrets.token_urlsafe(12)
        self._asks_for = self.password

    def missing(self) -> str | None:
        return None if program("redis-server") else "Redis' server (redis-server)"

    def start(self, place: Place) -> None:
        self._place, self._folder = place, place.make("redis")
        give(self._folder, place.user)
        self._pair = self._issue(place.authority, "redis")
        self._server = Server(place.children, "redis-server", place.user)
        self.port = start_on_free_port(self._run)

    def _issue(self, authority: Authority, stem: str) -> Pair:
        pair = authority.issue(stem, SERVER_NAMES)
        for path in pair:
            give(path, self._place.user)
        return pair

    def _run(self, port: int) -> None:
        # The configuration goes to a file and not into the arguments: those are visible to every user.
        path = os.path.join(self._folder, "redis.conf")
        with open(path, "w") as stream:
            stream.writelines(f"{name} {value}\n" for name, value in self._settings(port).items())
        os.chmod(path, 0o600)
        give(path, self._place.user)
        self._server.start([program("redis-server") or "redis-server", path], lambda: listens(port))
        self._asks_for = self.password

    def _settings(self, port: int) -> dict[str, str]:
        return {
            "port": "0",
            "bind": "127.0.0.1",
            "tls-port": str(port),
            "tls-cert-file": self._pair.certificate,
            "tls-key-file": self._pair.key,
            "tls-ca-cert-file": self._place.authority.path,
            "tls-auth-clients": "no",
            "requirepass": self.password,
            "unixsocket": os.path.join(self._folder, "socket"),
            "dir": self._folder,
            "save": '""',
            "appendonly": "no",
            "maxmemory": MEMORY,
            "maxmemory-policy": POLICY,
            "daemonize": "no",
        }

    def configure(self, settings: Mapping[str, str]) -> None:
        """What the platform sets: a size's memory, a policy."""
        for name, value in settings.items():
            self._ask("CONFIG", "SET", name, value)

    def reset(self) -> None:
        """As at the start: memory and policy; the keys stay."""
        if self._server.process is not None:
            self.configure({"maxmemory": MEMORY, "maxmemory-policy": POLICY})

    def _ask(self, *commands: str | tuple[str, ...]) -> None:
        """One command, or several, over the Unix socket, where neither certificates nor the network matter."""
        several = [item for item in commands if isinstance(item, tuple)] or [tuple(str(item) for item in commands)]
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(5)
            link.connect(os.path.join(self._folder, "socket"))
            for command in (("AUTH", self._asks_for), *several):
                link.sendall(_encode(command))
                answer = link.recv(4096)
                if answer[:1] == b"-":
                    raise LabError(f"redis: {answer.decode(errors='replace').strip()}")

    def stop(self) -> None:
        self._server.stop(signal.SIGKILL)

    def environment(self) -> dict[str, str]:
        return {"REDIS_HOST": "localhost", "REDIS_PORT": str(self.port), "REDIS_PASSWORD": self.password, "REDIS_SSL_ENABLED": "true"}

    def set_fault(self, what: str, on: bool) -> None:
        if what == "redis":
            if on:
                self._server.stop()
            elif self._server.process is None:
                self._run(self.port)
        elif what == "redis-hang" and self._server.process is not None:
            self._server.process.send_signal(signal.SIGSTOP if on else signal.SIGCONT)
        elif what == "redis-password":
            password = self._other_password if on else self.password
            self._ask("CONFIG", "SET", "requirepass", password)
            self._asks_for = password
        elif what == "redis-tls":
            pair = self._stranger() if on else self._pair
            self._ask("CONFIG", "SET", "tls-cert-file", pair.certificate, "tls-key-file", pair.key)
        elif what == "redis-plain":
            ports = (("tls-port", "0"), ("port", str(self.port))) if on else (("port", "0"), ("tls-port", str(self.port)))
            self._ask(*(("CONFIG", "SET", name, value) for name, value in ports))
        elif what == "redis-full":
            self._fill() if on else self._empty()
        elif what == "redis-policy":
            self.configure({"maxmemory-policy": "noeviction" if on else POLICY})

    def _fill(self) -> None:
        """Twice as much as fits, so that the server has to evict."""
        self.configure({"maxmemory": str(FULL_BYTES)})
        self._ask(*(("SET", f"lab:filler:{number}", FILLER) for number in range(2 * FULL_BYTES // len(FILLER))))

    def _empty(self) -> None:
        self._ask(*(("DEL", f"lab:filler:{number}") for number in range(2 * FULL_BYTES // len(FILLER))))
        self._ask("CONFIG", "RESETSTAT")
        self.configure({"maxmemory": MEMORY})

    def _stranger(self) -> Pair:
        folder = os.path.join(self._folder, "stranger")
        if os.path.isdir(folder):
            return Pair(os.path.join(folder, "redis.pem"), os.path.join(folder, "redis.key"))
        os.mkdir(folder)
        return self._issue(Authority(folder, "Unknown CA"), "redis")


def _encode(words: tuple[str, ...]) -> bytes:
    """The protocol's array of bulk strings."""
    parts = [word.encode() for word in words]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
