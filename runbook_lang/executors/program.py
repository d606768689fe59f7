"""What executors that drive a program share: from a request to a finished program, and from that to an outcome."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from ..base.record import constructor
from ..expr.values import SecretRef, SecretText
from ..runtime.ports import VALUE_LIMIT, Outcome
from .json_value import BadJson, json_value
from .process import Command, Finished, run_command
from .texts import decode, last_words, lines_of, wanted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..runtime.ports import Attempt
    from ..surfaces.kinds import Word

_command = constructor(Command)
_outcome = constructor(Outcome)
TEXT_FIELDS = frozenset({"stdout", "lines", "json"})

__all__ = [
    "Finished",
    "argv_fault",
    "broken_off",
    "decode",
    "encode",
    "exit_outcome",
    "last_words",
    "lines_of",
    "run_program",
    "text_fault",
    "value_of",
    "wanted",
]


def run_program(
    attempt: Attempt,
    *,
    argv: Iterable[Word] | None = None,
    env: Iterable[tuple[str, Word]] = (),
    stdin: bytes | None = None,
    stop: tuple[str, ...] = ("TERM",),
) -> Finished:
    """Run the program of the attempt's request (with other argv, more variables, other stdin, where given).

    A secret or an unknown word in argv is refused here too: the process table is open to everybody.
    """
    request = attempt.request
    words = tuple(request.argv if argv is None else argv)
    fault = argv_fault(words)
    if fault:
        return Finished("spawn", kind="refused", message=fault, started=False)
    given = (*request.env, *env)
    own = {name: attempt.reveal(word) for name, word in given} if given else {}
    if stdin is None and request.stdin is not None:
        stdin = encode(attempt.reveal(request.stdin))
    command = _command(
        Command,
        words,
        {**attempt.env, **own} if own else attempt.env,
        request.cwd if request.on else os.path.join(attempt.library, request.cwd) if request.cwd else attempt.library,
        attempt.limit_us,
        stdin,
        stop,
        request.on,
        tuple([(name, encode(attempt.reveal(word))) for name, word in request.files]) if request.files else (),
        own,
    )
    return run_command(command, attempt)


def argv_fault(words: Iterable[Word]) -> str:
    """Why these words can't be an argv, '' when they can."""
    for at, word in enumerate(words):
        if type(word) is str:  # nearly all are
            continue
        if isinstance(word, (SecretRef, SecretText)):
            return f"argument {at} holds a secret; everybody on the machine can read a program's arguments, so hand it over by env or stdin"
        if not isinstance(word, str):
            return f"argument {at} isn't known: {word}"
    return ""


def encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def broken_off(finished: Finished, program: str) -> Outcome | None:
    """The outcome of a program that didn't get to its own end; None when it did."""
    if finished.how == "exit":
        return None
    applied = "unknown" if finished.started else "no"
    message = finished.message
    if finished.started:
        message = f"{program}: {message}"
        said = last_words(finished.last_stderr)
        message += f"; it had said: {said}" if said else ""
    return Outcome(ok=False, applied=applied, kind=finished.kind, message=message, value=value_of(finished, frozenset()))


def exit_outcome(finished: Finished, attempt: Attempt, program: str) -> Outcome:
    """The usual judgement: ok is exit 0. The value has exit, stdout, stderr, and lines and json where wanted."""
    early = broken_off(finished, program)
    if early is not None:
        return early
    value = value_of(finished, attempt.wants)
    if finished.exit:
        said = last_words(finished.last_stderr) or last_words(finished.stdout)
        message = f"{program} ended with exit {finished.exit}" + (f": {said}" if said else "")
        return Outcome(ok=False, applied="unknown", kind="exit", message=message, value=value)
    return text_fault(finished, attempt.wants, value, program) or _outcome(Outcome, ok=True, value=value)


def text_fault(finished: Finished, wants: frozenset[str], value: dict[str, Any], program: str) -> Outcome | None:
    """The failure of a program that ended well but whose output can't be used as it is wanted; None when it can."""
    if finished.stdout_size > VALUE_LIMIT:
        if not wanted(wants, TEXT_FIELDS):
            return None
        message = f"{program} printed {finished.stdout_size} bytes, more than the {VALUE_LIMIT} that a result holds; let it print less"
        return Outcome(ok=False, kind="too_big", message=message, value=value)
    if "json" in wants and "json" not in value:
        try:
            json_value(decode(finished.stdout))
        except BadJson as error:
            return Outcome(ok=False, kind="not_json", message=f"{program} printed no JSON: {error}", value=value)
    return None


def value_of(finished: Finished, wants: frozenset[str]) -> dict[str, Any]:
    """The result's fields. `json` is there when it is named in `wants` ('*' names it too) and stdout is JSON."""
    value: dict[str, Any] = {"exit": finished.exit, "stderr": decode(finished.stderr)}
    if finished.stdout_size > VALUE_LIMIT:
        return value
    text = decode(finished.stdout)
    value["stdout"] = text
    if not wants:
        return value
    if wanted(wants, ("lines",)):
        value["lines"] = lines_of(text)
    if wanted(wants, ("json",)):
        try:
            value["json"] = json_value(text)
        except BadJson:
            return value
    return value
