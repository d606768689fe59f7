"""What the lab knows of each of its parts."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from typing import Protocol

from pymerp_lab.certs import Authority
from pymerp_lab.processes import Children, User


class Place:
    """Where a lab lives: its folder, its authority, its children, the unprivileged user of its servers."""

    def __init__(self, folder: str, user: User) -> None:
        self.folder, self.user = folder, user
        self.children = Children(folder)

    def make_authority(self) -> None:
        self.authority = Authority(self.make("certificates"))

    def make(self, name: str, mode: int = 0o755) -> str:
        """A new folder in the lab's folder."""
        path = os.path.join(self.folder, name)
        os.mkdir(path, mode)
        return path

    def path(self, name: str) -> str:
        return os.path.join(self.folder, name)


class Part(Protocol):
    """One server of the lab. `breaks` names the faults it can be given, with a line about each."""

    name: str
    breaks: Mapping[str, str]

    def missing(self) -> str | None:
        """What this machine lacks for it, or None."""

    def start(self, place: Place) -> None:
        """Starts it and returns when it serves; raises LabError."""

    def stop(self) -> None: ...

    def environment(self) -> dict[str, str]:
        """The variables that tell a command where it is."""

    def set_fault(self, what: str, on: bool) -> None:
        """Breaks or mends one thing of `breaks`; doing it twice is the same as once."""


def program(*names: str, folders: tuple[str, ...] = ()) -> str | None:
    """The first of the programs that is there: in `folders`, on the PATH, or where Debian keeps servers."""
    path = os.pathsep.join((*folders, os.environ.get("PATH", ""), "/usr/sbin", "/usr/bin"))
    return next((found for name in names if (found := shutil.which(name, path=path))), None)
