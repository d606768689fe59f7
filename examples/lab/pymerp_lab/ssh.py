"""An OpenSSH server of the lab's own: own host key, one key that may log in, nothing of the machine's settings."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping

from pymerp_lab.part import Place, program
from pymerp_lab.processes import NOBODY_ELSE, LabError, Server, listens, start_on_free_port, user_name

PRIVILEGE_SEPARATION = "/run/sshd"
"""A folder that sshd wants as root, normally made by its service."""


class Ssh:
    name = "ssh"
    breaks: Mapping[str, str] = {
        "ssh": "the SSH server is stopped",
        "ssh-host-key": "the SSH server shows another host key than the known one",
    }

    def __init__(self) -> None:
        self.port = 0
        self.user = user_name()

    def missing(self) -> str | None:
        if not self.user:
            return f"a name for the user {os.getuid()} (in /etc/passwd)"
        return None if program("sshd") and program("ssh-keygen") else "an OpenSSH server (openssh-server)"

    def start(self, place: Place) -> None:
        self._folder = place.make("ssh", 0o700)
        if os.getuid() == 0:
            os.makedirs(PRIVILEGE_SEPARATION, 0o755, exist_ok=True)
        for name in ("host", "other_host", "user"):
            self._make_key(name)
        os.link(self._path("user.pub"), self._path("authorized_keys"))
        self._server = Server(place.children, "sshd", NOBODY_ELSE)
        self._host_key = "host"
        self.port = start_on_free_port(self._run)
        self._write_client_files()

    def _path(self, name: str) -> str:
        return os.path.join(self._folder, name)

    def _make_key(self, name: str) -> None:
        argv = [program("ssh-keygen") or "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", self._path(name)]
        done = subprocess.run(argv, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        if done.returncode:
            raise LabError(f"ssh-keygen failed: {done.stderr}")

    def _run(self, port: int) -> None:
        settings = {
            "Port": str(port),
            "ListenAddress": "127.0.0.1",
            "HostKey": self._path(self._host_key),
            "AuthorizedKeysFile": self._path("authorized_keys"),
            "PidFile": "none",
            "UsePAM": "no",
            "StrictModes": "no",
            "PasswordAuthentication": "no",
            "KbdInteractiveAuthentication": "no",
            "PermitRootLogin": "prohibit-password",
            "AllowUsers": self.user,
            "PrintMotd": "no",
            "AcceptEnv": "LAB_* RUNBOOK_*",
            "Subsystem": "sftp internal-sftp",
        }
        with open(self._path("sshd_config"), "w") as stream:
            stream.writelines(f"{name} {value}\n" for name, value in settings.items())
        # sshd starts itself again for each connection and therefore wants its full path.
        self._server.start([program("sshd") or "/usr/sbin/sshd", "-D", "-e", "-f", self._path("sshd_config")], lambda: listens(port))

    def _write_client_files(self) -> None:
        with open(self._path("host.pub")) as key:
            words = key.read().split()
        with open(self._path("known_hosts"), "w") as stream:
            stream.write(f"[127.0.0.1]:{self.port} {words[0]} {words[1]}\n")
        settings = {
            "HostName": "127.0.0.1",
            "Port": str(self.port),
            "User": self.user,
            "IdentityFile": self._path("user"),
            "IdentitiesOnly": "yes",
            "UserKnownHostsFile": self._path("known_hosts"),
            "GlobalKnownHostsFile": "/dev/null",
            "StrictHostKeyChecking": "yes",
            "BatchMode": "yes",
            "ConnectTimeout": "5",
        }
        with open(self._path("config"), "w") as stream:
            stream.write("Host lab 127.0.0.1\n")
            stream.writelines(f"  {name} {value}\n" for name, value in settings.items())

    def stop(self) -> None:
        self._server.stop()

    def environment(self) -> dict[str, str]:
        return {
            "LAB_SSH_HOST": "127.0.0.1",
            "LAB_SSH_PORT": str(self.port),
            "LAB_SSH_USER": self.user,
            "LAB_SSH_KEY": self._path("user"),
            "LAB_SSH_KNOWN_HOSTS": self._path("known_hosts"),
            "LAB_SSH_CONFIG": self._path("config"),
        }

    def set_fault(self, what: str, on: bool) -> None:
        if what == "ssh-host-key":
            self._host_key = "other_host" if on else "host"
            if self._server.process is None:
                return
            self._server.stop()
            self._run(self.port)
        elif on:
            self._server.stop()
        elif self._server.process is None:
            self._run(self.port)
