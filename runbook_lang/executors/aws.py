"""`aws`, versions 1 and 2: their errors as kinds, and which of them left nothing behind."""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING, Any

from ..runtime.ports import Outcome
from ..surfaces.cmdline import known_words, may_stand
from .program import broken_off, decode, run_program, text_fault, value_of
from .tool_errors import first_line, network_kind

if TYPE_CHECKING:
    from ..runtime.ports import Attempt
    from .process import Finished

_SERVICE = re.compile(r"An error occurred \(([^)]+)\) when calling the (\S+) operation(?: \([^)]*\))?: ?(.*)")
_ENDPOINT = re.compile(r"endpoint URL: \"?(?:https?://)?([^/:\"\s]+)", re.IGNORECASE)
_LOST = re.compile(r"Connection was closed before|Connection broken|Connection reset|ConnectionClosed", re.IGNORECASE)
_NO_LOGIN = re.compile(
    r"Unable to locate credentials|Partial credentials|config profile .* could not be found|Error when retrieving (token|credentials)"
    r"|SSO session .* expired"
)
_DENIED = frozenset(
    (
        *("InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied", "AccessDeniedException", "401", "403", "Forbidden"),
        *("ExpiredToken", "ExpiredTokenException", "InvalidToken", "InvalidClientTokenId", "UnrecognizedClientException"),
        *("AuthFailure", "UnauthorizedOperation", "NotAuthorized", "MissingAuthenticationToken", "InvalidSignatureException"),
        *("MissingAuthenticationTokenException", "RequestTimeTooSkewed", "AllAccessDisabled", "UnauthorizedException"),
    )
)
# Answers of a server that may have done the work: everything else is a refusal (4xx).
_OPEN = re.compile(r"Internal|Unavailable|ServerException|RequestTimeout|^5\d\d$|SlowDown|ServiceFailure|GatewayTimeout")
_USAGE = re.compile(r"^usage: aws|Unknown options|aws: error|Invalid argument type", re.MULTILINE)
_USAGE_EXITS = (2, 252, 253)
# One request decides these; the others send several, and an error may come after some were done.
_SINGLE_S3 = ("s3 mb", "s3 presign", "s3 ls")


class AwsExecutor:
    """ok: exit 0. A DryRunOperation error is the answer of a rehearsal that would have succeeded."""

    name = "aws"

    def run(self, attempt: Attempt) -> Outcome:
        finished = run_program(attempt)
        return broken_off(finished, "aws") or judge(finished, attempt)


def judge(finished: Finished, attempt: Attempt) -> Outcome:
    """The outcome of an aws that came to its own end."""
    value = value_of(finished, attempt.wants)
    wants = attempt.wants
    if attempt.request.data["output"] != "json":
        value.pop("json", None)
        wants -= {"json"}
    stderr = decode(finished.stderr)
    found = _SERVICE.search(stderr)
    if finished.exit == 0:
        return text_fault(finished, wants, value, "aws") or Outcome(ok=True, value=value)
    if found is not None and found.group(1) == "DryRunOperation":
        return Outcome(ok=True, applied="no", value=value)
    if attempt.request.data["operation"] == "s3 ls" and finished.exit == 1 and not finished.stdout and not stderr.strip():
        return Outcome(
            ok=False,
            applied="no",
            kind="exit",
            message="nothing matches: `s3 ls` ends with exit 1 for a prefix without objects",
            value=value,
        )
    return _failed(finished, attempt, stderr, value)


def _failed(finished: Finished, attempt: Attempt, stderr: str, value: dict[str, Any]) -> Outcome:
    found = _SERVICE.search(stderr)
    if found is not None:
        code, operation, text = found.groups()
        kind = "auth" if code in _DENIED else "status"
        message = f"{operation}: {code}" + (f": {text.strip()}" if text.strip() else "")
        refused = not _OPEN.search(code) and _single(attempt, stderr)
        return Outcome(ok=False, applied=_applied(attempt, refused=refused), kind=kind, message=message, value=value)
    said = _said(stderr) or f"exit {finished.exit}, and it said nothing"
    kind, refused = _kind(finished, attempt, stderr)
    return Outcome(ok=False, applied=_applied(attempt, refused=refused), kind=kind, message=f"aws: {said}", value=value)


def _said(stderr: str) -> str:
    """The sentence that matters: usage errors print pages of help before it."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    telling = [line for line in lines if re.match(r"(aws: error|fatal error|.* failed: |Error|Unable|An error|Could not)", line)]
    return first_line(telling[-1] if telling else lines[-1]) if lines else ""


def _kind(finished: Finished, attempt: Attempt, stderr: str) -> tuple[str, bool]:
    """The kind of an error that no service answered, and whether nothing can have been done."""
    if _NO_LOGIN.search(stderr):
        return "auth", True
    # Of `s3`, exit 2 may also mean that some files were skipped.
    usage = _USAGE.search(stderr) or attempt.request.data["operation"].partition(" ")[0] != "s3"
    if finished.exit in _USAGE_EXITS and usage:
        return "exit", True
    if _LOST.search(stderr):
        return "killed", False
    kind = network_kind(stderr)
    if kind == "timeout" and "Connect timeout" not in stderr:
        return "timeout", False
    if kind == "refused" and not attempt.request.on and not _resolves(stderr):
        kind = "dns"
    return kind or "exit", bool(kind) and _single(attempt, stderr)


def _resolves(stderr: str) -> bool:
    """aws says the same for a refused connection and a name that isn't there."""
    found = _ENDPOINT.search(stderr)
    if found is None:
        return True
    try:
        socket.getaddrinfo(found.group(1), None)
    except OSError:
        return False
    return True


def _single(attempt: Attempt, stderr: str) -> bool:
    """Whether the failed request was the only one that could have changed something."""
    operation = str(attempt.request.data["operation"])
    if not operation.startswith("s3 ") or operation in _SINGLE_S3:
        return True
    if stderr.lstrip().startswith("fatal error"):
        return True  # nothing was begun: the listing or the look at the source failed
    return operation in ("s3 cp", "s3 rm") and not may_stand(known_words(attempt.request.argv), "--recursive")


def _applied(attempt: Attempt, *, refused: bool) -> str:
    return "no" if attempt.effect == "read" or refused else "unknown"


EXECUTOR_CLASS = AwsExecutor
