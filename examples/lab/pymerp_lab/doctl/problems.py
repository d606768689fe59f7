"""How a call ends badly: the two ways that doctl has."""

from __future__ import annotations


class Failure(Exception):
    """An error of a command: one line on stderr, or an object on stdout with `-o json`; exit code 1."""

    status = 0
    """The HTTP status, where the API refused."""


class UsageError(Exception):
    """The words could not be understood as flags: exit code 255, on both streams. `command` is the one it reached."""

    def __init__(self, text: str, command: str) -> None:
        super().__init__(text)
        self.command = command


class Panic(Exception):
    """The real program crashes here, with a Go stack trace and exit code 2."""
