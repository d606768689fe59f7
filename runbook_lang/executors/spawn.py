"""Starting one local process by plumbum, with exactly the environment that is given."""

from __future__ import annotations

import errno
import os
import subprocess
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from plumbum.machines.local import LocalCommand, LocalMachine

from .direct import start_directly

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class _Machine(LocalMachine):
    """Plumbum puts its machine's environment, a copy of ours, under that of each child; this one has none to leak."""

    __slots__ = ()
    env: ClassVar[dict[str, str]] = {}  # type: ignore[assignment, misc]  # plumbum reads it as a mapping


class _Program(LocalCommand):
    """A program by its full path. It is called by the name that was written, as a shell does: that is what it sees as its own."""

    __slots__ = ("called",)

    def __init__(self, path: str, called: str) -> None:
        super().__init__(path)
        self.called = called

    def formulate(self, level: int = 0, args: Sequence[Any] = ()) -> list[str]:
        return [self.called, *super().formulate(level, args)[1:]]

    @property
    def machine(self) -> LocalMachine:
        return _MACHINE


_MACHINE = _Machine()


class SpawnError(Exception):
    """Nothing was started. `kind` is 'not_found' for a program that isn't there, else 'refused'; args[0] says why."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def spawn(argv: tuple[str, ...], env: Mapping[str, str], cwd: str, *, stdin: bool, outputs: tuple[int, int] | None = None) -> Any:
    """Start a program at the head of a session of its own; returns plumbum's process object, which must be kept.

    Its input comes from a pipe or, without `stdin`, from /dev/null. Standard output and error go to the file descriptors `outputs`,
    or to pipes of the object's own. Raises SpawnError.
    """
    try:
        return _start(argv, env, cwd, stdin, outputs or (subprocess.PIPE, subprocess.PIPE))
    except SpawnError as error:
        if not os.path.isdir(cwd):  # looked at only now: it is there nearly always
            raise SpawnError("refused", f"the folder {cwd!r} to run it in isn't there") from error
        raise


def spawn_piped(argv: tuple[str, ...], env: Mapping[str, str], cwd: str, *, stdin: bool) -> tuple[Any, int, int]:
    """The same with two pipes that belong to the caller: (process object, what reads its output, what reads its errors).

    The file objects that `subprocess` puts around pipes of its own take a tenth of the time of a start, for a reader that polls.
    """
    try:
        out, out_end = os.pipe()
        try:
            err, err_end = os.pipe()
        except OSError:
            _close(out, out_end)
            raise
    except OSError as error:
        raise SpawnError("refused", f"{argv[0]} can't be started: {error.strerror}") from error
    try:
        return spawn(argv, env, cwd, stdin=stdin, outputs=(out_end, err_end)), out, err
    except BaseException:
        _close(out, err)
        raise
    finally:
        os.close(out_end)
        os.close(err_end)


def _close(*descriptors: int) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


@cache
def _nothing() -> int:
    """/dev/null, open for as long as this process lives: each child would open it again."""
    return os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)


def _start(argv: tuple[str, ...], env: Mapping[str, str], cwd: str, stdin: bool, outputs: tuple[int, int]) -> Any:
    name = argv[0]
    path = name if name[:1] == "/" and "\0" not in name else find_program(name, env.get("PATH", os.defpath), cwd)
    try:
        return (None if stdin else start_directly(path, argv, env, cwd, _nothing(), outputs)) or _program(path, argv[0]).popen(
            argv[1:],
            cwd=cwd,
            env=env,  # type: ignore[arg-type]  # plumbum copies whatever mapping it gets
            stdin=subprocess.PIPE if stdin else _nothing(),
            stdout=outputs[0],
            stderr=outputs[1],
            bufsize=0,
            start_new_session=True,
        )
    except ValueError as error:
        raise SpawnError("refused", f"{argv[0]} can't be started: an argument or a variable has a NUL character or a bad name") from error
    except UnicodeEncodeError as error:
        raise SpawnError("refused", f"{argv[0]} can't be started: an argument has a character that can't be encoded") from error
    except OSError as error:
        raise (_unusable(argv[0], path) or SpawnError(*_reason(error, path))) from error


@lru_cache(maxsize=64)
def _program(path: str, called: str) -> _Program:
    return _Program(path, called)


def find_program(name: str, path: str, cwd: str) -> str:
    """The full path of a program; a name with a slash is taken from `cwd` as it is. Raises SpawnError, which says where was looked.

    Not cached: a step may have just installed it, and a look costs microseconds.
    """
    if not name or "\0" in name:
        raise SpawnError("refused", "a program's name can't be empty or hold a NUL character")
    if "/" in name:
        return name if name[0] == "/" else os.path.join(cwd, name)
    folders = [folder for folder in path.split(os.pathsep) if folder]
    unusable = ""
    for folder in folders:
        full = os.path.join(cwd, folder, name)
        if os.path.isfile(full):
            if os.access(full, os.X_OK):
                return full
            unusable = unusable or full
    if unusable:
        raise SpawnError("refused", f"{unusable} isn't executable")
    raise SpawnError("not_found", f"the program {name!r} isn't installed: {_searched(folders)}")


def _searched(folders: list[str]) -> str:
    """Where it was looked for; of a long PATH the beginning, since the whole would bury the message."""
    looked = list(dict.fromkeys(folders))
    if not looked:
        return "PATH is empty"
    more = f" or {len(looked) - 3} more folders of PATH" if len(looked) > 3 else ""
    return f"it isn't in {', '.join(looked[:3])}{more}"


def _unusable(name: str, full: str) -> SpawnError | None:
    """Why a program can't be started that is given by its path; looked at only when it couldn't."""
    if not os.path.exists(full):
        return SpawnError("not_found", f"there is no program {name!r} (looked at {full})")
    if not os.path.isfile(full):
        return SpawnError("refused", f"{full} isn't a file")
    return None if os.access(full, os.X_OK) else SpawnError("refused", f"{full} isn't executable")


def _reason(error: OSError, path: str) -> tuple[str, str]:
    if error.errno == errno.E2BIG:
        return "refused", f"{path} can't be started: arguments and environment are too long together; use stdin or a file"
    if error.errno == errno.ENOEXEC:
        return "refused", f"{path} can't be started: it is neither a program of this machine nor a script that begins with #!"
    if error.errno == errno.ENOENT:
        return "not_found", f"{path} can't be started: the interpreter in its first line isn't there"
    return "refused", f"{path} can't be started: {error.strerror}"
