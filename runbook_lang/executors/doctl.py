"""`doctl`: its JSON, its errors in JSON, and the ways in which it fails with exit 0."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from ..base.record import Record
from ..expr.types import DYN
from ..runtime.ports import VALUE_LIMIT, Outcome
from ..surfaces.cmdline import known_words, option
from ..surfaces.doctl_shapes import SHAPES
from .fit import fit
from .json_value import BadJson, json_value
from .program import broken_off, decode, run_program, text_fault, value_of, wanted
from .tool_errors import first_line, network_kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..runtime.ports import Attempt
    from ..surfaces.kinds import Request
    from .process import Finished

_STATUS = re.compile(r"\b(GET|HEAD|POST|PUT|PATCH|DELETE) \S+: (\d{3})\b")
_NO_TOKEN = re.compile(r"access token is required|Unable to initialize DigitalOcean API client", re.IGNORECASE)
_USAGE = re.compile(r"missing required arguments|unknown (shorthand )?flag|required flag|unknown command|Invalid log type|invalid arg")
_HELP = re.compile(r"^Usage:\n\s+doctl\b", re.MULTILINE)
_HELP_LIST = re.compile(r"^Available Commands:", re.MULTILINE)


class Documents(Record):
    """The JSON documents of stdout: the result and the errors, either may be missing. `rest`: text that is no JSON."""

    result: Any
    has_result: bool
    errors: tuple[str, ...]
    rest: str


class DoctlExecutor:
    """ok: exit 0, JSON where it was asked for, no `<nil>` column, no help instead of an answer."""

    name = "doctl"

    def run(self, attempt: Attempt) -> Outcome:
        finished = run_program(attempt, env=tuple(_environment(attempt)))
        return broken_off(finished, "doctl") or judge(finished, attempt)


def _environment(attempt: Attempt) -> Iterator[tuple[str, str]]:
    """A home where there is none, and the context in which doctl takes the step's token: in any other it takes that context's own."""
    if not attempt.request.on and not any(attempt.env.get(name) for name in ("HOME", "XDG_CONFIG_HOME")):
        yield "HOME", attempt.folder
    if any(name == "DIGITALOCEAN_ACCESS_TOKEN" for name, _ in attempt.request.env):
        yield "DIGITALOCEAN_CONTEXT", "default"


def judge(finished: Finished, attempt: Attempt) -> Outcome:
    """The outcome of a doctl that came to its own end."""
    text = decode(finished.stdout)
    documents = read_documents(text)
    plain = attempt.request.data["output"] != "json"
    value = _value(finished, documents, attempt, plain=plain)
    if finished.exit != 0 or (documents.errors and not plain):
        return _failed(finished, documents, attempt, value)
    fault = _disguised(text, attempt.request, plain=plain)
    if fault:
        return Outcome(ok=False, applied="no", kind="exit", message=fault, value=value)
    if plain and "<nil>" in text and option(known_words(attempt.request.argv), ("--format",)) is not None:
        message = "a column of --format doesn't exist: doctl printed <nil> in its place"
        return Outcome(ok=False, applied=_done(attempt), kind="expect", message=message, value=value)
    if not plain and not documents.has_result and attempt.request.data["json_needed"] and finished.stdout_size <= VALUE_LIMIT:
        said = first_line(documents.rest) or "nothing"
        return Outcome(ok=False, applied=_done(attempt), kind="not_json", message=f"doctl printed no JSON but: {said}", value=value)
    return text_fault(finished, attempt.wants - {"json"} if plain or documents.has_result else attempt.wants, value, "doctl") or Outcome(
        ok=True, value=value
    )


def _done(attempt: Attempt) -> str:
    """`applied` of an attempt that ended with exit 0."""
    return "no" if attempt.effect == "read" else "yes"


def read_documents(text: str) -> Documents:
    """All JSON documents of a text. A failed `--wait` prints two: what was made, then the errors."""
    decoder = json.JSONDecoder()
    found: list[Any] = []
    at = 0
    while True:
        while at < len(text) and text[at].isspace():
            at += 1
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            break
        found.append(value)
    results = [item for item in found if not _is_errors(item)]
    errors = [str(error.get("detail", error)) for item in found if _is_errors(item) for error in item["errors"]]
    return Documents(results[0] if results else None, bool(results), tuple(errors), text[at:])


def _is_errors(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == {"errors"}
        and isinstance(value["errors"], list)
        and all(isinstance(item, dict) for item in value["errors"])
    )


def _value(finished: Finished, documents: Documents, attempt: Attempt, *, plain: bool) -> dict[str, Any]:
    value = value_of(finished, attempt.wants - {"json", "*"} | ({"lines"} if wanted(attempt.wants, frozenset({"lines"})) else frozenset()))
    if not plain and documents.has_result and finished.stdout_size <= VALUE_LIMIT:
        try:
            value["json"] = fit(json_value(json.dumps(documents.result)), SHAPES.get(attempt.request.data["shape"], DYN))
        except BadJson:
            return value
    return value


def _disguised(text: str, request: Request, *, plain: bool) -> str:
    """A sentence when doctl printed its help instead of doing something; it exits 0 for an unknown subcommand."""
    if "--help" in request.argv or "-h" in request.argv or not (_HELP.search(text) and _HELP_LIST.search(text)):
        return ""
    if plain and request.data["path"] == "":
        return ""
    usage = re.search(r"^Usage:\n\s+doctl ?(.*?) \[command\]", text, re.MULTILINE)
    group = f"`doctl {usage.group(1)}`" if usage and usage.group(1) else "doctl"
    words = " ".join(str(word) for word in request.argv[1:4])
    return f"{group} has no such subcommand: for `{words} …` it printed its help, with exit 0"


def _failed(finished: Finished, documents: Documents, attempt: Attempt, value: Mapping[str, Any]) -> Outcome:
    said = "; ".join(documents.errors) or _error_text(decode(finished.stderr)) or first_line(documents.rest)
    status = _STATUS.search(said)
    if _NO_TOKEN.search(said) or (status and status.group(2) in ("401", "403")):
        kind = "auth"
    elif status:
        kind = "status"
    else:
        kind = network_kind(said) or "exit"
    message = f"doctl ended with exit {finished.exit}: {' '.join(said.split()) or 'it said nothing'}"
    return Outcome(ok=False, applied=_applied(finished, documents, attempt, said, kind), kind=kind, message=message, value=value)


def _error_text(stderr: str) -> str:
    """The line of the error itself; notices go before it, usage may come behind."""
    found = re.search(r"^Error: (.*)$", stderr, re.MULTILINE)
    return found.group(1).strip() if found else first_line(stderr)


def _applied(finished: Finished, documents: Documents, attempt: Attempt, said: str, kind: str) -> str:
    """Whether a failed command has done something: 'no' only when it was refused before, or by, its only request."""
    if attempt.effect == "read":
        return "no"
    if documents.has_result:
        return "yes"  # what was made was printed before the failure, for example by --wait
    if finished.exit == 255 or _NO_TOKEN.search(said) or _USAGE.search(said):
        return "no"
    data = attempt.request.data
    if data["wait"] or not data["one_call"]:
        return "unknown"
    status = _STATUS.search(said)
    if status:
        return "no" if status.group(2).startswith("4") else "unknown"
    return "no" if kind in ("refused", "dns", "tls") else "unknown"


EXECUTOR_CLASS = DoctlExecutor
