"""`render`: a template of the library, as the run keeps it, becomes a file in the run's folder.

A template is somebody's program, so it runs in a process of its own with bounds on time, memory and output; see `render_child`.
"""

from __future__ import annotations

import json
import os
import posixpath
import sys
from typing import TYPE_CHECKING, Any

from ..expr.plain import KeyClash
from ..expr.values import SecretRef, SecretText
from ..runtime.ports import Outcome
from .plain import plain, refusal
from .process import Command, Finished, Quiet, run_command
from .render_child import OUTPUT_LIMIT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..runtime.ports import Attempt

FOLDER = "files"
_START = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from runbook_lang.executors.render_child import main; main()"


class RenderExecutor:
    """ok: the file is there, whole. Its digest is that of the text with secrets shown by name: one over real
    secrets would let anybody try weak ones against it.
    """

    name = "render"

    def run(self, attempt: Attempt) -> Outcome:
        data = attempt.request.data
        refused = refusal(attempt)
        if refused is not None:
            return refused
        folder = os.path.join(attempt.folder, FOLDER)
        os.makedirs(folder, mode=0o700, exist_ok=True)
        path = os.path.join(folder, data["to"])
        try:
            values, told = (plain(data["values"], word) for word in (attempt.reveal, _handle))
        except KeyClash as error:
            return _failed("refused", f"{data['template']}: in the values {error}")
        job = {
            "library": attempt.library,
            "kept": _texts(attempt.kept),
            "template": data["template"],
            "to": path,
            "values": values,
            "shown": told,
        }
        return _outcome(_run(attempt, job), path, data["template"])


def _texts(kept: Mapping[str, bytes]) -> dict[str, str]:
    """What the run keeps, by plain path; all of it is text."""
    return {posixpath.normpath(name): data.decode("utf-8", "replace") for name, data in kept.items()}


def _run(attempt: Attempt, job: dict[str, Any]) -> Finished:
    # Without `site` a start takes half the time; what it would have added to the path is in ours.
    argv = (sys.executable, "-I", "-S", "-c", _START, json.dumps([os.path.abspath(entry) for entry in sys.path]))
    stdin = json.dumps(job).encode("utf-8", "surrogatepass")
    command = Command(argv, {"PATH": os.defpath, "LANG": "C.UTF-8"}, "/", attempt.limit_us, stdin=stdin, stop=("KILL",))
    return run_command(command, Quiet(attempt))


def _outcome(done: Finished, path: str, template: str) -> Outcome:
    if done.how != "exit":
        return _failed(done.kind, f"{template}: {done.message}")
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        return _failed("killed", f"{template}: the renderer ended early (exit {done.exit}): it may have run out of memory")
    if "digest" in answer:
        return Outcome(ok=True, value={"path": path, "digest": answer["digest"]})
    if answer["kind"] == "too_big":
        return _failed("too_big", f"{template}: the text would be longer than {OUTPUT_LIMIT} characters")
    return _failed(answer["kind"], answer["message"])


def _failed(kind: str, message: str) -> Outcome:
    """The file is put in place as the last act, so after a failure there is none."""
    return Outcome(ok=False, applied="no", kind=kind, message=message)


def _handle(word: Any) -> str:
    parts = word.parts if isinstance(word, SecretText) else (word,)
    return "".join(f"⟨secret {part.handle}⟩" if isinstance(part, SecretRef) else part for part in parts)


EXECUTOR_CLASS = RenderExecutor
