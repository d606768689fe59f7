"""Values of declared secrets: where they come from, and the one way out.

A value is known to the masker before anything else sees it, and leaves only by `reveal`, into an environment
variable, a header, a body, standard input or a file.
"""

from __future__ import annotations

import os
import re

from ..base.diagnostics import Diagnostic, RunbookError
from ..expr.values import SecretRef, SecretText
from .mask import LONGEST, check_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from ..model.nodes import Secret

COMMAND_LIMIT_S = 60
_LINE_END = re.compile(r"\r?\n\Z")


class Secrets:
    """Values by handle. Its repr shows names only."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self._values = dict(values or {})

    def __repr__(self) -> str:
        return f"Secrets({', '.join(sorted(self._values))})"

    @property
    def names(self) -> list[str]:
        return sorted(self._values)

    def values(self) -> dict[str, str]:
        """For the masker alone."""
        return dict(self._values)

    def add(self, handle: str, value: str) -> None:
        """A secret that a step's result brought."""
        self._values[handle] = value

    def reveal(self, word: Any) -> str:
        """The text of a word with the values of its secrets. Raises RunbookError RB614 for a handle without a value."""
        if type(word) is str:
            return word
        if type(word) is SecretRef:
            if word.handle not in self._values:
                help = "A value from a finished step isn't kept across a resume; the step that reads it has to run again."
                raise RunbookError(Diagnostic("RB614", f"The value of the secret '{word.handle}' isn't known.", help=help))
            return self._values[word.handle]
        if type(word) is SecretText:
            return "".join(map(self.reveal, word.parts))
        raise TypeError(f"a word of type {type(word).__name__} has no text")


class Missing(Exception):
    """A secret can't be had: `args` are the code, what is wrong, what to do."""


def load_secrets(
    declared: Iterable[Secret],
    *,
    folder: str,
    environ: Mapping[str, str] | None = None,
    ask: Callable[[str], str | None] | None = None,
) -> Secrets:
    """The values of all declared secrets.

    `folder`: what relative file names start from, and where commands run. `ask` reads one hidden line from the
    person at the terminal (None: nobody is there; it may return None too). Raises one RunbookError with a
    diagnostic for each secret that is missing or can't be masked: RB610 to RB613. No message holds a value.
    """
    environment = os.environ if environ is None else environ
    values: dict[str, str] = {}
    problems: list[Diagnostic] = []
    for secret in declared:
        name = secret.name.text
        try:
            values[name] = _value(secret, folder, environment, ask)
            check_value(name, values[name])
        except Missing as missing:
            code, message, help = missing.args
            problems.append(Diagnostic(code, f"The secret '{name}' {message}.", secret.name.span, help))
        except RunbookError as error:
            problems += [item.replace(span=secret.name.span) for item in error.diagnostics]
    if problems:
        raise RunbookError(*problems)
    return Secrets(values)


def look_for(declared: Iterable[Secret], *, folder: str, environ: Mapping[str, str]) -> None:
    """Whether the values that are in the environment or in files are there. Those that a command or a person gives are not asked for: that
    is for a run that begins. Raises RunbookError as `load_secrets` does."""
    load_secrets([secret for secret in declared if secret.source in ("env", "file")], folder=folder, environ=environ)


def _value(secret: Secret, folder: str, environ: Mapping[str, str], ask: Callable[[str], str | None] | None) -> str:
    if secret.source == "env":
        return _from_environment(secret.where, environ)
    if secret.source == "file":
        return _from_file(os.path.join(folder, os.path.expanduser(secret.where)))
    if secret.source == "command":
        return _from_command(secret.where, folder, environ)
    return _from_person(secret, ask)


def _from_environment(variable: str, environ: Mapping[str, str]) -> str:
    value = environ.get(variable, "")
    if not value:
        raise Missing("RB610", f"is missing: the environment variable {variable} isn't set", f"Set {variable} before you start the run.")
    return value


def _from_file(path: str) -> str:
    try:
        with open(path, "rb") as stream:
            data = stream.read(LONGEST * 4 + 2)
    except OSError as error:
        reason = error.strerror or str(error)
        raise Missing("RB611", f"can't be read from {path}: {reason}", "Put the value into that file, readable for you alone.") from None
    return _text(data, "RB611", f"in {path}")


def _from_command(command: str, folder: str, environ: Mapping[str, str]) -> str:
    """What the command writes to standard output. Its error output goes to the terminal, unread: it may ask there. Where that is no
    terminal but a log, it goes nowhere: nobody could answer, and before the value is known nothing can mask it."""
    import shlex
    import subprocess

    try:
        argv = shlex.split(command)
    except ValueError as error:
        raise Missing("RB613", f"has a command that can't be split into words: {error}", "Close the quotes.") from None
    if not argv:
        raise Missing("RB613", "has an empty command", "Name the program that prints the value.")
    try:
        errors = None if os.isatty(2) else subprocess.DEVNULL
        done = subprocess.run(
            argv, stdout=subprocess.PIPE, stderr=errors, cwd=folder, env=dict(environ), timeout=COMMAND_LIMIT_S, check=False
        )
    except OSError as error:
        help = "Install the program, or correct the command."
        raise Missing("RB613", f"can't be had: {argv[0]} can't be started ({error.strerror})", help) from None
    except subprocess.TimeoutExpired:
        help = "The command has to print the value and end. Sign in to the tool first."
        raise Missing("RB613", f"can't be had: {argv[0]} took more than {COMMAND_LIMIT_S} seconds", help) from None
    if done.returncode:
        raise Missing("RB613", f"can't be had: {argv[0]} ended with {done.returncode}", "Run the command by hand to see why.")
    return _text(done.stdout, "RB613", f"from {argv[0]}")


def _from_person(secret: Secret, ask: Callable[[str], str | None] | None) -> str:
    value = ask(secret.where or f"Value of {secret.name.text}") if ask else None
    if not value:
        help = "Start the run at a terminal, or declare the secret with `env`, `file` or `command`."
        raise Missing("RB610", "is missing: it's asked for at a terminal, and nobody answered", help)
    return value


def _text(data: bytes, code: str, where: str) -> str:
    """Text without its last line end, which an editor or `echo` put there."""
    try:
        text = _LINE_END.sub("", data.decode())
    except UnicodeDecodeError:
        raise Missing(code, f"isn't text {where}", "The value must be UTF-8 text; encode a binary key with base64.") from None
    if "\0" in text:
        raise Missing(code, f"holds a NUL character {where}", "No environment variable and no header can carry one.")
    if not text:
        raise Missing(code, f"is empty {where}", "Put the value there.")
    return text
