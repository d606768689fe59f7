"""The command `lab`."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pymerp_lab.lab import Lab

DEBIAN = {"pg": "postgresql", "redis": "redis-server", "ssh": "openssh-server"}
PATIENCE = 5.0
"""Seconds that the command has to end after a SIGTERM that was passed on."""


def main(words: Sequence[str]) -> int:
    arguments = _parser().parse_args(words)
    action: Callable[[argparse.Namespace], int] = arguments.action
    try:
        return action(arguments)
    except BrokenPipeError:
        # The reader of our output has had enough; nothing may be written to it when Python ends, either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="lab", description="PYMERP's production in small, on loopback, with every part breakable.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser(
        "exec", help="run a command with the lab up and its environment set", usage="lab exec [options] [--] COMMAND…"
    )
    run.add_argument("--only", metavar="PART,…", help="start only these parts: api, app, github, pg, redis, s3, ssh")
    run.add_argument("--without", metavar="PART,…", help="leave these parts out")
    run.add_argument("--break", metavar="WHAT,…", dest="faults", help="break these things before the command starts")
    run.add_argument("--deployment-seconds", type=float, default=2.0, metavar="N", help="how long a deployment takes (default: 2)")
    run.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND…")
    run.set_defaults(action=run_command)

    for verb, text in (("break", "break something (inside the lab)"), ("mend", "mend it again; `all` mends everything")):
        change = commands.add_parser(verb, help=text)
        change.add_argument("what", nargs="+", metavar="WHAT")
        change.set_defaults(action=change_faults, verb=verb)
    commands.add_parser("reset", help="mend everything and forget what was deployed (inside the lab)").set_defaults(action=reset)
    commands.add_parser("status", help="what runs and what is broken (inside the lab)").set_defaults(action=show_status)
    commands.add_parser("list", help="everything that can be broken").set_defaults(action=list_faults)
    commands.add_parser("doctor", help="what this machine lacks").set_defaults(action=doctor)
    return parser


# Outside


def run_command(arguments: argparse.Namespace) -> int:
    from pymerp_lab.lab import Lab
    from pymerp_lab.processes import LabError

    command = arguments.command[1:] if arguments.command[:1] == ["--"] else arguments.command
    if not command:
        return _fail("say which command to run: lab exec -- COMMAND…", 2)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, _leave)
    try:
        with Lab(_chosen(arguments), arguments.deployment_seconds) as lab:
            for name, reason in lab.left_out.items():
                if "missing" in reason:
                    print(f"lab: left out {name}: {reason}; see `lab doctor`", file=sys.stderr)
            for what in _names(arguments.faults):
                lab.control.set_fault(what, True)
            return _run(lab, command)
    except LabError as error:
        return _fail(str(error), 125)


def _leave(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


def _chosen(arguments: argparse.Namespace) -> set[str]:
    from pymerp_lab.lab import ALIASES, PARTS
    from pymerp_lab.processes import LabError

    only, without = ({ALIASES.get(name, name) for name in _names(text)} for text in (arguments.only, arguments.without))
    unknown = sorted((only | without) - set(PARTS))
    if unknown:
        raise LabError(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    return (only or set(PARTS)) - without


def _names(text: str | None) -> list[str]:
    return [name for name in (text or "").split(",") if name]


def _run(lab: Lab, command: list[str]) -> int:
    """The command in the foreground; signals to the lab are passed on to it. Returns what a shell would."""
    environment = lab.environment()
    child = lab.place.children.start(command, on_death=signal.SIGTERM, env=environment, stdin=None, own_session=False)

    def pass_on(number: int, _frame: object) -> None:
        # A terminal sends Ctrl-C to the command by itself.
        if number != signal.SIGINT or not os.isatty(0):
            child.send_signal(number)
        if number != signal.SIGINT:
            signal.signal(signal.SIGALRM, lambda *_: child.kill())
            signal.setitimer(signal.ITIMER_REAL, PATIENCE)

    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, pass_on)
    code = child.wait()
    signal.setitimer(signal.ITIMER_REAL, 0)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    return 128 - code if code < 0 else code


def list_faults(_arguments: argparse.Namespace) -> int:
    from pymerp_lab.lab import Lab

    lab = Lab()
    for part in [*lab.parts]:
        print(f"{part.name}:")
        for what, text in part.breaks.items():
            print(f"  {what:<22} {text}")
    for name, reason in lab.left_out.items():
        print(f"{name}: left out, {reason}")
    return 0


def doctor(_arguments: argparse.Namespace) -> int:
    """Says what is missing and how to get it; exit code 1 where something is."""
    import shutil

    from pymerp_lab.lab import Lab

    lab = Lab()
    for part in lab.parts:
        print(f"{part.name:<6} ready")
    for name, reason in lab.left_out.items():
        print(f"{name:<6} {reason}")
    print(f"doctl  {shutil.which('doctl') or 'no real one on the PATH: the stand-in is used'}")
    packages = [DEBIAN[name] for name in lab.left_out if name in DEBIAN]
    if packages:
        print(f"\napt-get install -y {' '.join(packages)}")
    if "s3" in lab.left_out:
        print("\npip install 'runbook-lang[lab]'")
    return 1 if lab.left_out else 0


# Inside


def change_faults(arguments: argparse.Namespace) -> int:
    for what in (name for text in arguments.what for name in _names(text)):
        answer = _ask("POST", f"/{arguments.verb}/{what}")
        if "error" in answer:
            return _fail(answer["error"], 1)
    print(f"broken: {', '.join(answer['broken']) or 'nothing'}")
    return 0


def reset(_arguments: argparse.Namespace) -> int:
    answer = _ask("POST", "/reset")
    return _fail(answer["error"], 1) if "error" in answer else 0


def show_status(_arguments: argparse.Namespace) -> int:
    state = _ask("GET", "/state")
    print(f"running: {', '.join(state['parts'])}")
    for name, reason in state["left_out"].items():
        print(f"left out: {name} ({reason})")
    print(f"broken: {', '.join(state['broken']) or 'nothing'}")
    if "app" in state:
        print(f"health: {'UP' if state['app']['healthy'] else 'DOWN'}")
    if "api" in state:
        for item in state["api"]["deployments"]:
            print(f"deployment {item['id']} {item['phase']:<14} {item['cause']}")
    return 0


def _ask(method: str, path: str) -> Any:
    import http.client

    address = os.environ.get("LAB_CONTROL")
    if not address:
        sys.exit(_fail("there is no lab around this command (LAB_CONTROL is not set); use `lab exec -- …`", 2))
    host, _, secret = address.removeprefix("http://").partition("/")
    link = http.client.HTTPConnection(host, timeout=30)
    try:
        link.request(method, f"/{secret}{path}")
        return json.loads(link.getresponse().read() or b"{}")
    except OSError as error:
        sys.exit(_fail(f"the lab around this command doesn't answer any more: {error}", 1))


def _fail(text: str, code: int) -> int:
    print(f"lab: {text}", file=sys.stderr)
    return code
