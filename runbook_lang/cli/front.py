"""From the words to a command, and from whatever goes wrong to a message and an exit code."""

from __future__ import annotations

import os
import sys
from itertools import pairwise

from ..base.diagnostics import RunbookError, fail
from ..base.suggest import did_you_mean
from .args import parse
from .console import Console
from .table import COMMANDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .args import Args, Command

USAGE = 2
INTERNAL = 70
INTERRUPTED = 130
TRACE = "RUNBOOK_TRACEBACK"


def dispatch(argv: list[str]) -> int:
    """Run a command. What is wrong with words, files and runs is told; a defect of the program is told as such."""
    console = Console(os.environ)
    try:
        return console.ended(_guarded(argv, console))
    finally:
        console.close()


def _guarded(argv: list[str], console: Console) -> int:
    try:
        return _run(argv, console)
    except RunbookError as error:
        return console.report(error)
    except KeyboardInterrupt:
        console.note("Interrupted.")
        return INTERRUPTED
    except BrokenPipeError:
        return 0
    except OSError as error:
        return _refused(error, console)
    except Exception as error:  # noqa: BLE001 - the last line of defence: a person sees a sentence, never a traceback
        return _defect(error, console)


def _run(argv: list[str], console: Console) -> int:
    from .help import command_help, overview

    if any("\0" in word for word in argv):
        raise fail("RB723", "A word holds a NUL character.", help="No file and no value can be named so.")
    name, words = (argv[0], argv[1:]) if argv else ("help", [])
    if name in ("-h", "--help"):
        name = "help"
    if name == "help" and (not words or words[0] not in COMMANDS):
        if words and not words[0].startswith("-"):
            raise _unknown(words[0])
        console.print(overview())
        return 0 if argv else USAGE
    if name == "help":
        console.print(command_help(COMMANDS[words[0]]))
        return 0
    command = COMMANDS.get(name)
    if command is None:
        raise _unknown(name)
    if _wants_help(words):
        console.print(command_help(command))
        return 0
    if _wants_json(command, words):
        console.format = "json"
    args = parse(command, words)
    console.quiet, console.verbose, console.format = args.flag("quiet"), args.flag("verbose"), args.text("format", "text")
    return _call(name, args, console)


def _wants_help(words: list[str]) -> bool:
    plain = words[: words.index("--")] if "--" in words else words
    return "--help" in plain or "-h" in plain


def _wants_json(command: Command, words: list[str]) -> bool:
    """So that a program gets what is wrong with its words as it gets everything else."""
    plain = words[: words.index("--")] if "--" in words else words
    asked = "--format=json" in plain or ("--format", "json") in pairwise(plain)
    return asked and any(option.name == "--format" and "json" in option.choices for option in command.options)


def _call(name: str, args: Args, console: Console) -> int:
    from importlib import import_module

    module = "import_manual" if name == "import" else name  # a keyword of Python names no module
    code: int = import_module(f"{__package__}.commands.{module}").run(args, console)
    return code


def _unknown(name: str) -> RunbookError:
    if name.startswith("-"):
        return fail("RB721", f"`runbook` has no option {name}.", help="See: runbook help")
    return fail("RB720", f"There is no command {name!r}.", help=did_you_mean(name, COMMANDS) or "See: runbook help")


def _refused(error: OSError, console: Console) -> int:
    """The system said no where nobody reckoned with it: a disk that is full, a file or the current folder that went away meanwhile."""
    if _stands_nowhere():
        help = "Go to a folder that is there, for example with `cd`, and type the command again."
        return console.report(fail("RB728", "The folder in which this command was typed isn't there any more.", help=help))
    if os.environ.get(TRACE):
        sys.stderr.write("".join(_trace(error)))
    what = str(error.filename) if error.filename else "the system"
    help = f"Look at that file and the disk it lies on, and repeat the command. With {TRACE}=1 the command shows where it happened."
    return console.report(fail("RB798", f"{what}: {error.strerror or type(error).__name__}.", help=help))


def _defect(error: Exception, console: Console) -> int:
    """A defect of this program: its kind and place, so that it can be told; the whole traceback on request."""
    if os.environ.get(TRACE):
        sys.stderr.write("".join(_trace(error)))
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    where = f"{os.path.basename(frame.tb_frame.f_code.co_filename)}:{frame.tb_lineno}" if frame else "?"
    help = f"Please report it. With {TRACE}=1 the command shows where it happened."
    console.report(fail("RB799", f"This is a defect of runbook: {type(error).__name__} in {where}.", help=help))
    return INTERNAL


def _stands_nowhere() -> bool:
    """Whether the current folder was removed, so that no relative path means anything."""
    try:
        os.getcwd()
    except OSError:
        return True
    return False


def _trace(error: BaseException) -> Iterator[str]:
    """Where it happened, with what it came from. The texts of exceptions are left out: they quote values, and a value may be a secret."""
    import traceback

    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield from _trace(cause)
        yield "which led to\n"
    yield from traceback.format_tb(error.__traceback__)
    yield f"{type(error).__name__} (its text is left out: it may hold a value)\n"
