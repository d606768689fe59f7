"""Help, and the reference page, from the table of commands."""

from __future__ import annotations

from ..base.text import wrap
from .table import COMMANDS, GROUPS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .args import Command, Option

WIDTH = 80


def overview() -> str:
    """What `runbook help` prints."""
    lines = ["Operations procedures as code: checked, run, resumed, journalled.", "", "Usage: runbook COMMAND [words and options]", ""]
    for title, names in GROUPS.items():
        lines.append(f"{title}:")
        lines += [f"  {name:<12}{COMMANDS[name].title}" for name in names]
        lines.append("")
    lines += ["runbook help COMMAND   more about a command", "runbook --version      the version"]
    return "\n".join(lines)


def command_help(command: Command) -> str:
    """What `runbook help COMMAND` prints."""
    lines = [f"{command.title}.", "", f"Usage: {command.usage}"]
    if command.text:
        lines += ["", wrap(command.text, WIDTH)]
    if command.words:
        lines += ["", "Words:", *_table([(word.name, word.help) for word in command.words])]
    if command.options:
        lines += ["", "Options:", *_table([(spelled(option), described(option)) for option in command.options])]
    if command.examples:
        lines += ["", "Examples:"]
        for words, what in command.examples:
            lines += [f"  {words}"] + ([f"      {what}"] if what else [])
    return "\n".join(lines)


def spelled(option: Option) -> str:
    """`-i, --input NAME=VALUE`."""
    value = f"[={option.value}]" if option.bare else f" {option.value}" if option.value else ""
    return (f"{option.short}, " if option.short else "") + option.name + value


def described(option: Option) -> str:
    text = option.help
    if option.choices:
        text += f" {option.value}: {', '.join(option.choices)}."
    return text + (" May be given several times." if option.many else "")


def _table(rows: list[tuple[str, str]]) -> list[str]:
    lines = []
    for left, right in rows:
        indent = " " * 26
        text = wrap(right, WIDTH - 26).split("\n")
        lines.append(f"  {left:<23} {text[0]}" if len(left) <= 23 else f"  {left}\n{indent}{text[0]}")
        lines += [indent + line for line in text[1:]]
    return lines


def reference() -> str:
    """The page docs/reference/commands.md."""
    parts = [
        "# Commands",
        "",
        "<!-- Made by `python -m runbook_lang.cli.reference --write docs/reference`; a test keeps it equal. -->",
        "",
        "Words and options may stand in any order; behind `--` everything is a word. `--name=value` and `--name value` are the same.",
        "Results go to standard output, everything about them to standard error. `NO_COLOR` turns colours off.",
        "`RUN` is a run's id, its beginning or its end, or `last`. Runs are looked for in `RUNBOOK_STORE`, else in `.runbook` here, in the",
        "folders above, and in the folders directly below.",
    ]
    for title, names in GROUPS.items():
        parts += ["", f"## {title}"]
        for name in names:
            parts += ["", *_section(COMMANDS[name])]
    return "\n".join(parts) + "\n"


def _section(command: Command) -> list[str]:
    lines = [f"### `runbook {command.name}`", "", f"{command.title}.", "", f"    {command.usage}"]
    if command.text:
        lines += ["", wrap(command.text, 120)]
    rows = [(f"`{word.name}`", word.help) for word in command.words]
    rows += [(f"`{spelled(option)}`", described(option)) for option in command.options]
    if rows:
        lines += ["", "| | |", "| --- | --- |", *(f"| {left} | {right} |".replace("…|", "… |") for left, right in rows)]
    if command.examples:
        lines += ["", "```sh", *(f"{words}    # {what}" if what else words for words, what in command.examples), "```"]
    return lines


def exit_codes() -> str:
    """The page docs/reference/exit-codes.md."""
    from ..machine.outcome import EXIT_CODES
    from .front import INTERNAL, INTERRUPTED

    rows = [(code, name, text) for code, (name, text) in EXIT_CODES.items()]
    rows.append((INTERNAL, "internal", "a defect of runbook itself; a run that was under way is paused and can be resumed"))
    rows.append((INTERRUPTED, "interrupted", "Ctrl-C in a command that runs no runbook"))
    head = [
        "# Exit codes",
        "",
        "<!-- Made by `python -m runbook_lang.cli.reference --write docs/reference`; a test keeps it equal. -->",
        "",
        "They are stable. If several apply, the most urgent one wins: needs a person, undo incomplete, aborted, escalated, undone,",
        "refused, failed.",
        "",
        "| code | name | meaning |",
        "| --- | --- | --- |",
    ]
    tail = ["", *_OTHERS, ""]
    return "\n".join([*head, *(f"| {code} | {name} | {text} |" for code, name, text in rows), *tail])


_OTHERS = (
    "Commands that run no runbook end with 0, with 2 when something is wrong with what they are given, and some with 1: `test` when a",
    "case fails, `eval` when the expression has no value, `fmt --check` when a file isn't in its layout, `drift` when something differs,",
    "`diff` and `review` when there is what `--fail-on` names, `escalations` and `schedule` when something couldn't be read or told.",
    "`audit` has codes of its own, by verdict: see [audit](audit.md).",
)
