"""Messages for a run's one writer: other processes (approve, answer, cancel) drop files, the writer takes them in order."""

from __future__ import annotations

import json
import os
import re
import time

from .files import REAL, cannot, make_folder, of_another, read_regular, write_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from .files import Files

MESSAGE_LIMIT = 64 * 1024
BAD = "bad"
_NAME = re.compile(r"\d{20}-\d+-[0-9a-f]{8}\.json")


def drop(folder: str, message: Mapping[str, Any], *, files: Files = REAL) -> str:
    """Puts a message into the inbox, durable on return; it appears as a whole or not at all. Returns the file's name.

    Raises RunbookError RB609 when it can't be written, ValueError when it is no JSON or too large.
    """
    data = json.dumps(dict(message), ensure_ascii=True, allow_nan=False).encode()
    if len(data) > MESSAGE_LIMIT:
        raise ValueError(f"a message of more than {MESSAGE_LIMIT} bytes")
    name = f"{time.time_ns():020d}-{os.getpid()}-{os.urandom(4).hex()}.json"
    try:
        make_folder(files, folder)
        write_file(files, os.path.join(folder, name), data)
    except OSError as error:
        raise cannot(
            "RB609",
            f"The message can't be left in {folder}",
            error,
            of_another(folder, error, "they have to let you write into that folder"),
        ) from None
    return name


class FileInbox:
    """`ports.Inbox` of a run. What is no message is moved to `bad/` and never read again; `bad` lists those of this object."""

    __slots__ = ("_files", "_folder", "bad")

    def __init__(self, folder: str, *, files: Files = REAL) -> None:
        self._folder = folder
        self._files = files
        self.bad: list[str] = []

    def take(self) -> Iterator[dict[str, Any]]:
        """The messages in the order in which they were dropped, each with the moment of that (microseconds, UTC) as `given`.

        A file is removed when the next message is asked for, so make each one durable first: whoever stops in
        between gets it again, which is right, since the machine refuses what was met already.
        """
        try:
            names = sorted(filter(_NAME.fullmatch, os.listdir(self._folder)))
        except FileNotFoundError:
            return
        except OSError as error:
            raise cannot("RB609", f"The inbox {self._folder} can't be read", error) from None
        for name in names:
            path = os.path.join(self._folder, name)
            message = self._read(path)
            if message is None:
                self._set_aside(name)
                continue
            yield {**message, "given": int(name.partition("-")[0]) // 1000}
            self._files.unlink(path)

    def peek(self) -> list[dict[str, Any]]:
        """The messages that wait, without taking any; those that can't be read are left out."""
        try:
            names = sorted(filter(_NAME.fullmatch, os.listdir(self._folder)))
        except OSError:
            return []
        found = (self._read(os.path.join(self._folder, name)) for name in names)
        return [message for message in found if message is not None]

    @staticmethod
    def _read(path: str) -> dict[str, Any] | None:
        try:
            message = json.loads(read_regular(path, MESSAGE_LIMIT))
        except (OSError, ValueError, RecursionError):
            return None
        return message if type(message) is dict else None

    def _set_aside(self, name: str) -> None:
        try:
            make_folder(self._files, os.path.join(self._folder, BAD))
            self._files.rename(os.path.join(self._folder, name), os.path.join(self._folder, BAD, name))
        except OSError as error:
            raise cannot("RB609", f"A file in the inbox {self._folder} is no message and can't be moved aside", error) from None
        self.bad.append(name)
