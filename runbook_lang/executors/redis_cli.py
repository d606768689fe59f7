"""`redis-cli`: one command, with what redis-cli leaves unchecked checked: the server's name, the login, the database."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ..runtime.ports import VALUE_LIMIT, Outcome
from .process import Quiet
from .program import broken_off, decode, last_words, lines_of, run_program, wanted
from .redis_reply import BadJson, ErrorInside, reply_value
from .tls_name import check_name, check_name_remotely
from .tool_errors import first_line, network_kind

if TYPE_CHECKING:
    from ..runtime.ports import Attempt
    from .process import Finished

# redis-cli goes on after these, without the login or on database 0, and may still exit 0.
_SETUP = re.compile(r"^(AUTH|SELECT [^\s]+) failed: (.*)$", re.MULTILINE)
_CONNECT = re.compile(r"^Could not (connect to|negotiate a TLS|initialize TLS)", re.MULTILINE)
_DENIED = re.compile(r"\b(NOAUTH|NOPERM|WRONGPASS|DENIED)\b")
_LOST = re.compile(r"Server closed the connection|Connection reset|Broken pipe|I/O error|Resource temporarily unavailable", re.IGNORECASE)
# An error reply of these says nothing about what was done before the error.
_PARTIAL = ("eval", "evalsha", "fcall", "exec", "migrate")


class RedisExecutor:
    """ok: exit 0, logged in, on the wanted database, and a reply that can be read."""

    name = "redis-cli"

    def run(self, attempt: Attempt) -> Outcome:
        data = attempt.request.data
        if _option(attempt, "--user") and not _has_password(attempt):
            message = "there is a user but no password, and redis-cli would go on as the default user; nothing was sent"
            return Outcome(ok=False, applied="no", kind="auth", message=message)
        if data["tls"]:
            check = check_name_remotely if attempt.request.on else check_name
            fault = check(
                attempt, str(data["host"]), int(data["port"]), {name: data[name] for name in ("cacert", "cert", "key") if data[name]}
            )
            if fault is not None:
                return fault
        if attempt.effect != "read" or data["effect"] != "read":
            fault = _try_setup(attempt)
            if fault is not None:
                return fault
        finished = run_program(attempt)
        return broken_off(finished, "redis-cli") or judge(finished, attempt)


def _try_setup(attempt: Attempt) -> Outcome | None:
    """Log in, choose the database and PING, before a command that changes something is sent."""
    request = attempt.request
    if not _option(attempt, "-n") and not _has_password(attempt):
        return None
    finished = run_program(Quiet(attempt), argv=(*request.argv[: request.data["options"]], "-e", "PING"))
    early = broken_off(finished, "redis-cli")
    if early is not None:
        return early.replace(applied="no")
    setup = _setup_fault(decode(finished.stderr))
    if setup is not None:
        return Outcome(ok=False, applied="no", kind=setup[0], message=f"{setup[1]}; the command wasn't sent", value={"exit": finished.exit})
    # Any error reply to PING (a user who may not PING, a server that loads) is left to the command itself.
    if finished.exit != 0 and _CONNECT.search(decode(finished.stderr)):
        return _failed(finished, attempt, {"exit": finished.exit})
    return None


def _option(attempt: Attempt, name: str) -> bool:
    """Whether an option stands before the command."""
    return name in attempt.request.argv[: attempt.request.data["options"]]


def _has_password(attempt: Attempt) -> bool:
    """Whether redis-cli gets one: from the step, or from the environment, which doesn't travel to another host."""
    request = attempt.request
    own = dict(request.env).get("REDISCLI_AUTH")
    return bool(own if own is not None else not request.on and attempt.env.get("REDISCLI_AUTH"))


def _setup_fault(stderr: str) -> tuple[str, str] | None:
    """(kind, sentence) when the login or the choice of the database failed."""
    found = _SETUP.search(stderr)
    if found is None:
        return None
    what, why = found.groups()
    if what == "AUTH":
        return "auth", f"the login failed: {why.rstrip('.')}"
    return "exit", f"database {what.partition(' ')[2]} can't be chosen: {why}"


def judge(finished: Finished, attempt: Attempt) -> Outcome:
    """The outcome of a redis-cli that came to its own end."""
    stdout, stderr = decode(finished.stdout), decode(finished.stderr)
    value: dict[str, Any] = {"exit": finished.exit, "stderr": stderr}
    big = finished.stdout_size > VALUE_LIMIT
    if not big:
        value["stdout"] = stdout
        value["lines"] = lines_of(stdout)
    setup = _setup_fault(stderr)
    if setup is not None:
        # Known to have changed nothing only when the reply was an error.
        applied = "no" if attempt.effect == "read" or finished.exit != 0 else "unknown"
        gone_on = "" if finished.exit != 0 else ", and redis-cli ran the command in spite of it"
        return Outcome(ok=False, applied=applied, kind=setup[0], message=setup[1] + gone_on, value=value)
    if finished.exit != 0:
        return _failed(finished, attempt, value)
    if big:
        if not wanted(attempt.wants, frozenset({"stdout", "lines", "value"})):
            return Outcome(ok=True, value=value)
        return Outcome(
            ok=False,
            kind="too_big",
            message=f"the reply has {finished.stdout_size} bytes; a result holds {VALUE_LIMIT} at most",
            value=value,
        )
    return _typed(stdout, attempt, value, old="HELLO 3 failed" in stderr)


def _typed(stdout: str, attempt: Attempt, value: dict[str, Any], *, old: bool) -> Outcome:
    """`old`: the server doesn't speak the protocol that has maps and doubles, and redis-cli has gone on with the one before."""
    if attempt.request.data["text"]:
        value["value"] = stdout.removesuffix("\n")
        return Outcome(ok=True, value=value)
    if not stdout and _command(attempt) == "shutdown":
        value["value"] = None  # a server that shuts down doesn't reply
        return Outcome(ok=True, value=value)
    try:
        value["value"] = reply_value(stdout, _words(attempt) if old else ())
    except ErrorInside as error:
        applied = "no" if attempt.effect == "read" else "unknown"
        return Outcome(ok=False, applied=applied, kind="exit", message=f"redis: an error in the reply: {error}", value=value)
    except BadJson as error:
        message = f"the reply can't be read as a value: {error}: {first_line(stdout)}" if stdout.strip() else "the reply is empty"
        return Outcome(ok=False, kind="not_json", message=message, value=value)
    return Outcome(ok=True, value=value)


def _failed(finished: Finished, attempt: Attempt, value: dict[str, Any]) -> Outcome:
    said = last_words(finished.stderr) or last_words(finished.stdout) or f"exit {finished.exit}"
    applied = "no"
    if _CONNECT.search(decode(finished.stderr)):
        kind = network_kind(said) or "refused"
    elif "Unrecognized option" in said:
        kind, said = "exit", f"this redis-cli is too old, version 7.0 is needed: {said}"
    elif _LOST.search(said):
        kind, applied = "killed", "unknown"
    elif _DENIED.search(said):
        kind = "auth"
    else:
        kind = "exit"
        applied = "unknown" if _command(attempt) in _PARTIAL else "no"
    return Outcome(ok=False, applied="no" if attempt.effect == "read" else applied, kind=kind, message=f"redis: {said}", value=value)


def _command(attempt: Attempt) -> str:
    return _words(attempt)[0].lower()


def _words(attempt: Attempt) -> list[str]:
    """The command's words: what stands behind the options, `-e` and `--json`."""
    return [str(word) for word in attempt.request.argv[attempt.request.data["options"] + 2 :]]


EXECUTOR_CLASS = RedisExecutor
