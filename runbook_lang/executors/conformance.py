"""What every executor must keep, as checks that a plugin's own tests can call.

`FakeAttempt` stands in for the driver: it records output, reveals the secrets it was given and lets a test
cancel. `check_executor` runs one request and holds the outcome to the contract; the other `check_*` do the same for
limits, cancelling and secrets. All raise AssertionError with a sentence.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
import weakref
from typing import TYPE_CHECKING, Any

from ..expr import types as t
from ..expr.values import Duration, SecretRef, SecretText, Timestamp, type_name
from ..runtime.ports import ERROR_KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..expr.types import RecordType, Type
    from ..runtime.ports import Executor, Outcome
    from ..surfaces.kinds import Request

SECOND = 1_000_000
SAMPLE = "conformance-sample-value"


class FakeCancel:
    """A `Cancel` that a test raises by hand, from any thread."""

    def __init__(self) -> None:
        self.level = 0
        self._read, self._write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)

    def fileno(self) -> int:
        return self._read

    def raise_to(self, level: int) -> None:
        self.level = level
        os.write(self._write, b"!")

    def __del__(self) -> None:
        os.close(self._read)
        os.close(self._write)


class FakeOutput:
    """An `Output` that keeps what was written, up to a bound, and counts the rest."""

    def __init__(self, keep: int = 1 << 20) -> None:
        self.keep = keep
        self.streams: dict[str, bytearray] = {}
        self.sizes: dict[str, int] = {}

    def write(self, stream: str, data: bytes) -> None:
        kept = self.streams.setdefault(stream, bytearray())
        self.sizes[stream] = self.sizes.get(stream, 0) + len(data)
        kept += data[: max(0, self.keep - len(kept))]

    def text(self, stream: str = "stdout") -> str:
        return self.streams.get(stream, b"").decode("utf-8", "replace")


def _folder_for(owner: object) -> str:
    folder = tempfile.mkdtemp(prefix="runbook-test-")
    weakref.finalize(owner, shutil.rmtree, folder, ignore_errors=True)
    return folder


class FakeAttempt:
    """An `Attempt` for tests. Without a `folder` one is made that lasts as long as the attempt."""

    def __init__(
        self,
        request: Request,
        *,
        limit_us: int = 20 * SECOND,
        wants: frozenset[str] = frozenset({"*"}),
        effect: str = "read",
        secrets: Mapping[str, str] | None = None,
        folder: str = "",
        library: str = "",
        kept: Mapping[str, bytes] | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.id = "step#1/main"
        self.run = f"conformance-{os.getpid()}-{id(self)}"
        self.request = request
        self.limit_us = limit_us
        self.wants = wants
        self.effect = effect
        self.secrets = dict(secrets or {})
        self.folder = folder or _folder_for(self)
        self.library = library or self.folder
        self.kept: Mapping[str, bytes] = dict(kept or {})
        self.env = {"PATH": os.environ.get("PATH", os.defpath), **(env or {})}
        self.cancel = FakeCancel()
        self.output = FakeOutput()
        self.pids: list[int] = []

    def reveal(self, word: Any) -> str:
        if isinstance(word, SecretRef):
            return self.secrets[word.handle]
        if isinstance(word, SecretText):
            return "".join(part if isinstance(part, str) else self.secrets[part.handle] for part in word.parts)
        assert isinstance(word, str), f"only words can be revealed, not {type(word).__name__}"
        return word

    def spawned(self, pid: int) -> None:
        self.pids.append(pid)


def check_executor(executor: Executor, attempt: FakeAttempt, result: RecordType) -> Outcome:
    """Run one attempt and hold its outcome to the contract; returns it.

    `result` is the surface's type of the result (`Facts.result`). Checked: it doesn't raise, the outcome's words are of
    the closed lists, the value fits the type, no value of a secret is in message or value.
    """
    try:
        outcome = executor.run(attempt)
    except Exception as error:
        raise AssertionError(f"{executor.name} raised {type(error).__name__}: {error}") from error
    check_outcome(outcome, result)
    shown = f"{outcome.message}\n{outcome.value}"
    for handle, secret in attempt.secrets.items():
        assert secret not in shown, f"the value of the secret {handle} is in the outcome"
    return outcome


def check_outcome(outcome: Outcome, result: RecordType) -> None:
    """The outcome alone: its words, its sentence, its value against the type."""
    assert outcome.applied in ("yes", "no", "unknown"), f"applied is {outcome.applied!r}"
    if outcome.ok:
        assert not outcome.kind, f"an outcome that is ok has no kind, not {outcome.kind!r}"
    else:
        assert outcome.kind in ERROR_KINDS, f"{outcome.kind!r} isn't one of {ERROR_KINDS}"
        assert outcome.message, "a failure needs a message"
        assert "\n" not in outcome.message, f"a message is one line: {outcome.message!r}"
    for name, value in outcome.value.items():
        assert name in result.fields or result.open, f"the result has a field {name!r} that the surface doesn't know"
        fault = mismatch(value, result.fields.get(name, t.DYN), name)
        assert not fault, fault


def check_limit(executor: Executor, attempt: FakeAttempt, slack_us: int = 3 * SECOND) -> Outcome:
    """Run something that lasts longer than the attempt's limit: it must end soon after, as a time-out."""
    outcome, elapsed_us = _timed(executor, attempt)
    assert not outcome.ok, "an attempt that was cut off isn't ok"
    assert outcome.kind == "timeout", f"kind is {outcome.kind!r}, not 'timeout'"
    assert elapsed_us < attempt.limit_us + slack_us, f"it took {elapsed_us} µs with a limit of {attempt.limit_us}"
    if attempt.effect != "read":
        assert outcome.applied != "yes", "a change that was cut off isn't known to have taken place"
    return outcome


def check_cancel(executor: Executor, attempt: FakeAttempt, level: int = 1, after_s: float = 0.3, slack_us: int = 3 * SECOND) -> Outcome:
    """Run something that lasts and cancel it: it must end soon, as a failure."""
    timer = threading.Timer(after_s, attempt.cancel.raise_to, (level,))
    timer.start()
    outcome, elapsed_us = _timed(executor, attempt)
    timer.join()
    assert not outcome.ok, "a cancelled attempt isn't ok"
    assert outcome.kind == "killed", f"kind is {outcome.kind!r}, not 'killed'"
    assert elapsed_us < after_s * SECOND + slack_us, f"it went on for {elapsed_us} µs"
    return outcome


def check_secret_argv(executor: Executor, request: Request) -> Outcome:
    """A program's request with a secret among its arguments must be refused, with nothing started."""
    spoilt = request.replace(argv=(*request.argv, SecretRef("sample")))
    attempt = FakeAttempt(spoilt, secrets={"sample": SAMPLE})
    outcome = executor.run(attempt)
    assert not outcome.ok, "a secret in argv must be refused"
    assert (outcome.kind, outcome.applied) == ("refused", "no"), f"it must be refused, not {outcome.kind!r}, {outcome.applied!r}"
    assert not attempt.pids, "a program was started"
    assert SAMPLE not in f"{outcome.message}{outcome.value}", "the secret's value is in the outcome"
    return outcome


def _timed(executor: Executor, attempt: FakeAttempt) -> tuple[Outcome, int]:
    began = time.monotonic_ns()
    outcome = executor.run(attempt)
    return outcome, (time.monotonic_ns() - began) // 1000


_PYTHON_TYPES = {t.NULL: type(None), t.BOOL: bool, t.INT: int, t.DOUBLE: float, t.STRING: str, t.TIMESTAMP: Timestamp, t.DURATION: Duration}


def mismatch(value: Any, type_: Type, where: str) -> str:
    """How a value doesn't fit a type, '' when it does. Absent fields of a record are no fault; null fits nowhere but in null and dyn."""
    if isinstance(type_, t.ListType):
        if not isinstance(value, list):
            return f"{where} is a {type_name(value)}, not a list"
        faults = (mismatch(item, type_.elem, f"{where}[{at}]") for at, item in enumerate(value))
        return next(filter(None, faults), "")
    if isinstance(type_, t.MapType | t.RecordType):
        if not isinstance(value, dict):
            return f"{where} is a {type_name(value)}, not a map"
        pairs = ((key, item, t.field_type(type_, key)) for key, item in value.items())
        return next(filter(None, (mismatch(item, inner, f"{where}.{key}") for key, item, inner in pairs)), "")
    wanted = _PYTHON_TYPES.get(type_) if isinstance(type_, t.Simple) else None
    if wanted is None:
        return "" if type_name(value) != "unsupported" else f"{where} is no value of an expression: {type(value).__name__}"
    return "" if type(value) is wanted else f"{where} is a {type_name(value)}, not a {type_}"
