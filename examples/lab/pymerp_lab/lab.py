"""Puts the parts together: starts them at the same time, gathers their environment, stops them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Collection, Mapping
from types import TracebackType
from typing import Self

from pymerp_lab.api.databases import Server
from pymerp_lab.api.server import Api
from pymerp_lab.app import App
from pymerp_lab.control import Control, ControlServer
from pymerp_lab.github import GitHub
from pymerp_lab.part import Part, Place
from pymerp_lab.postgres import Postgres
from pymerp_lab.processes import BARE_PYTHON, HERE, LabError, server_user
from pymerp_lab.redis import Redis
from pymerp_lab.s3 import Storage
from pymerp_lab.ssh import Ssh

PARTS = ("api", "app", "github", "pg", "redis", "s3", "ssh")
ALIASES = {"postgres": "pg", "postgresql": "pg", "storage": "s3", "doctl": "api"}
DOCTL = """#!{python} -IS
import sys
sys.path.insert(0, {folder!r})
from pymerp_lab.doctl.main import main
sys.exit(main(sys.argv[1:]))
"""


class Lab:
    """A context manager: inside it the servers run and `environment()` says where.

    `only`: names of PARTS. `duration`: seconds that a deployment takes. Raises LabError when a part that could run
    here does not start. What this machine lacks is left out and named in `left_out`.
    """

    def __init__(self, only: Collection[str] = PARTS, duration: float = 2.0) -> None:
        self.duration = duration
        self.parts, self.left_out = self._choose(only)
        self._running: list[Part] = []

    def _choose(self, only: Collection[str]) -> tuple[list[Part], dict[str, str]]:
        api = Api(self.duration) if "api" in only else None
        app = App(api.bad_deployment, api.rolled_back, api.gone) if api else App()
        known: dict[str, Part] = {"pg": Postgres(), "redis": Redis(), "s3": Storage(), "ssh": Ssh(), "app": app, "github": GitHub()}
        if api:
            known["api"] = api
        reasons = {name: f"{reason} is missing" for name in PARTS if name in only and (reason := known[name].missing())}
        reasons |= {name: "it was not asked for" for name in PARTS if name not in only}
        return [known[name] for name in PARTS if name not in reasons], reasons

    def __enter__(self) -> Self:
        folder = tempfile.mkdtemp(prefix="pymerp-lab-")
        os.chmod(folder, 0o711)
        sweeper = os.path.join(HERE, "sweep.py")
        clean = {name: value for name, value in os.environ.items() if name != "LAB_FOLDER"}
        self._sweeper = subprocess.Popen([*BARE_PYTHON, sweeper, folder], stdin=subprocess.PIPE, env=clean, start_new_session=True, cwd="/")
        self.place = Place(folder, server_user())
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def _start(self) -> None:
        # The authority is made before the parts need it at the same time.
        self.place.make_authority()
        failures: list[str] = []
        threads = [threading.Thread(target=self._start_part, args=(part, failures)) for part in self.parts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise LabError("\n".join(failures))
        for part in self.parts:
            if isinstance(part, Api):
                servers: dict[str, Server] = {item.name: item for item in self.parts if isinstance(item, Postgres | Redis)}
                part.connect(self._of_parts(), servers, self._renew)
        self.control = Control(self.parts, self.left_out)
        self._control_server = ControlServer(self.control)
        self._control_server.start()
        self._programs = self._make_programs()

    def _renew(self) -> None:
        for part in self._running:
            if isinstance(part, App):
                part.renew()

    def _start_part(self, part: Part, failures: list[str]) -> None:
        try:
            part.start(self.place)
        except (LabError, OSError) as error:
            failures.append(f"{part.name}: {error}")
        else:
            self._running.append(part)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._control_server.stop()
        self._stop()

    def _stop(self) -> None:
        for part in self._running:
            part.stop()
        self.place.children.close()
        # The sweeper removes the folder, and does so as well when nobody comes to this line.
        assert self._sweeper.stdin is not None
        self._sweeper.stdin.close()
        self._sweeper.wait()

    def _make_programs(self) -> str:
        """A folder of programs for the front of the PATH: `lab`, and `doctl` where there is no real one."""
        folder = self.place.make("bin")
        os.symlink(os.path.join(os.path.dirname(HERE), "lab"), os.path.join(folder, "lab"))
        real = os.environ.get("LAB_DOCTL") != "standin" and shutil.which("doctl")
        if not real and any(part.name == "api" for part in self.parts):
            path = os.path.join(folder, "doctl")
            with open(path, "w") as stream:
                stream.write(DOCTL.format(python=sys.executable, folder=os.path.dirname(HERE)))
            os.chmod(path, 0o755)
        return folder

    def _of_parts(self) -> dict[str, str]:
        return {name: value for part in self.parts for name, value in part.environment().items()}

    def environment(self, base: Mapping[str, str] | None = None) -> dict[str, str]:
        """The variables of a command inside, on top of `base` (the lab's own environment if it is None)."""
        base = os.environ if base is None else base
        authority = self.place.authority.path
        environment = {
            **base,
            **self._of_parts(),
            "SSL_CERT_FILE": authority,
            "CURL_CA_BUNDLE": authority,
            "AWS_CA_BUNDLE": authority,
            "LAB_CA_FILE": authority,
            "LAB_CONTROL": self._control_server.url,
            "LAB_STATE": f"{self._control_server.url}/state",
            "LAB_PARTS": ",".join(part.name for part in self.parts),
            "LAB_FOLDER": self.place.folder,
            "LAB_PYTHON": sys.executable,
            "PATH": f"{self._programs}{os.pathsep}{base.get('PATH', os.defpath)}",
        }
        environment.setdefault("LAB_DOCTL_POLL_SECONDS", "0.5")
        if not environment.get("HOME"):
            environment["HOME"] = self.place.make("home", 0o700)
        return environment
