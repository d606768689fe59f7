"""The program `doctl`: words to a command, its end to an exit code."""

from __future__ import annotations

import os
import sys

from pymerp_lab.doctl.problems import Failure, Panic, UsageError
from pymerp_lab.doctl.words import Call, Surface, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

OK, FAILED, CRASHED, MISUSED = 0, 1, 2, 255


def main(words: list[Any]) -> int:
    # The real program looks for its configuration folder before it looks at its words.
    if not os.environ.get("XDG_CONFIG_HOME") and not os.environ.get("HOME"):
        print("Error: neither $XDG_CONFIG_HOME nor $HOME are defined", file=sys.stderr)
        return FAILED
    surface = Surface()
    try:
        call = parse(surface, words)
    except UsageError as error:
        print(f"Error: {error}\n{usage(surface, error.command)}", file=sys.stderr)
        print(error)
        return MISUSED
    try:
        return _run(surface, call)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        return 130


def _run(surface: Surface, call: Call) -> int:
    facts = surface.commands.get(call.command, {})
    if call.flags.get("help") or "run" not in facts:
        return _no_command(surface, call)
    if call.command == "version":
        print(f"doctl version {surface.version}-standin")
        return OK
    try:
        _act(call)
    except Failure as failure:
        return _complain(call, str(failure))
    except Panic:
        print("panic: runtime error: invalid memory address or nil pointer dereference", file=sys.stderr)
        print("[signal SIGSEGV: segmentation violation]\n\ngoroutine 1 [running]:", file=sys.stderr)
        return CRASHED
    return OK


def _act(call: Call) -> None:
    from pymerp_lab.doctl.client import Client
    from pymerp_lab.doctl.session import Session

    if call.command.startswith("apps "):
        from pymerp_lab.doctl import apps

        action = apps.COMMANDS.get(call.command)
    else:
        from pymerp_lab.doctl import databases

        action = databases.COMMANDS.get(call.command)
    if action is None:
        raise Failure(f"the stand-in for doctl does not imitate `doctl {call.command}`")
    action(Session(call, Client(call.flags)))


def _no_command(surface: Surface, call: Call) -> int:
    """Help, which is no error; but an unknown word at the top is one, and so is what only the real doctl has."""
    first = call.arguments[0] if call.arguments else ""
    if not call.command and first and not call.flags.get("help"):
        if first in surface.elsewhere:
            return _complain(call, f"the stand-in for doctl does not imitate `doctl {first}`")
        print(f'Error: unknown command "{first}" for "doctl"\nRun \'doctl --help\' for usage.', file=sys.stderr)
        return MISUSED
    if call.command == "compute" and first and not call.flags.get("help"):
        return _complain(call, f"the stand-in for doctl does not imitate `doctl compute {first}`")
    print(usage(surface, call.command))
    return OK


def _complain(call: Call, text: str) -> int:
    kind = call.flags.get("output") or os.environ.get("DIGITALOCEAN_OUTPUT", "text")
    if kind == "json":
        from pymerp_lab.doctl.display import errors_json

        print(errors_json(text))
    else:
        print(f"Error: {text}", file=sys.stderr)
    return FAILED


def usage(surface: Surface, command: str) -> str:
    """The help of a command: how it is called, what is below it, its flags."""
    facts = surface.commands.get(command, {})
    name = f"doctl {command}".strip()
    lines = ["Usage:"]
    if "run" in facts:
        lines.append(f"  {name} {facts['run']} [flags]".replace("  [", " ["))
    below = surface.children(command)
    if below:
        lines += [f"  {name} [command]", "", "Available Commands:", *(f"  {item}" for item in sorted(below))]
    own = facts.get("flags", {})
    if own:
        lines += ["", "Flags:", *(f"      --{flag} {kind.partition('!')[0].partition(',')[0]}" for flag, kind in sorted(own.items()))]
    if facts.get("columns"):
        lines += ["", f"Columns for --format: {facts['columns']}"]
    lines += ["", "Global Flags:", *(f"      --{flag}" for flag in sorted(surface.general))]
    return "\n".join(lines)
