"""An OpenSSH server of the tests' own, on a free port of the loopback, with keys of its own."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


class SshServer:
    """`config` is a client's configuration in which the host `box` is this server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = _free_port()
        self.user = getpass.getuser()
        for name in ("host", "user", "stranger"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
        (folder / "authorized").write_text((folder / "user.pub").read_text())
        (folder / "known").write_text(f"[127.0.0.1]:{self.port} {(folder / 'host.pub').read_text()}")
        (folder / "known-wrong").write_text(f"[127.0.0.1]:{self.port} {(folder / 'stranger.pub').read_text()}")
        self.config = self.client("config", "user", "known")
        self._process = self._start()

    def client(self, name: str, key: str, known: str, port: int = 0) -> Path:
        """A client's configuration with this key and these known hosts."""
        path = self.folder / name
        path.write_text(
            f"Host box\n  HostName 127.0.0.1\n  Port {port or self.port}\n  User {self.user}\n  IdentityFile {self.folder / key}\n"
            f"  IdentitiesOnly yes\n  IdentityAgent none\n  UserKnownHostsFile {self.folder / known}\n  GlobalKnownHostsFile none\n"
        )
        return path

    def _start(self) -> subprocess.Popen[bytes]:
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", exist_ok=True)
        (self.folder / "sshd_config").write_text(
            f"ListenAddress 127.0.0.1:{self.port}\nHostKey {self.folder / 'host'}\nAuthorizedKeysFile {self.folder / 'authorized'}\n"
            "StrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin yes\n"
            f"PidFile none\nMaxStartups 100\nPrintMotd no\n"
        )
        with (self.folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [SSHD or "sshd", "-D", "-e", "-f", self.folder / "sshd_config"], stdin=subprocess.DEVNULL, stderr=log
            )
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return process
            time.sleep(0.02)
        process.kill()
        raise RuntimeError((self.folder / "log").read_text())

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
