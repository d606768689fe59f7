"""Completion scripts. They hold all commands and options, so that pressing a key starts no program."""

from __future__ import annotations

from .args import Option
from .table import COMMANDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .args import Command, Word

HELP = "help"
_HELP = Option("--help", "Show what the command takes.", short="-h")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _spellings(command: Command) -> list[str]:
    """The options of a command as a person may type them."""
    found = []
    for option in (*command.options, _HELP):
        found += [option.name, option.short] if option.short else [option.name]
    return found


def bash() -> str:
    """For bash: `source <(runbook completion bash)`."""
    options = "\n".join(f"        {name}) options='{' '.join(_spellings(command))}' ;;" for name, command in COMMANDS.items())
    reply = 'COMPREPLY=($(compgen -W {} -- "$current")); return ;;'
    values = "\n".join(f"        {name}) {reply.format(_quoted(' '.join(words)))}" for name, words in _choices())
    return f"""\
# bash completion for runbook
_runbook() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} command=${{COMP_WORDS[1]}} options=''
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W '{" ".join([*COMMANDS, HELP])} --version --help' -- "$current"))
        return
    fi
    # Bash takes the sign of --option=value for a word of its own.
    if [ "$before" = = ]; then
        before=${{COMP_WORDS[COMP_CWORD-2]}}=
    elif [ "$current" = = ]; then
        before=$before= current=''
    fi
    case "$command $before" in
{values}
    esac
    case "$command" in
        help) COMPREPLY=($(compgen -W '{" ".join(COMMANDS)}' -- "$current")); return ;;
{options}
    esac
    case "$current" in
        -*) COMPREPLY=($(compgen -W "$options" -- "$current")); return ;;
    esac
    case "$command $before" in
{_no_files()}
    esac
    case "$command $COMP_CWORD" in
        {_first_runs()}) COMPREPLY=($(compgen -W last -- "$current")); return ;;
        {_no_words()}) return ;;
    esac
    COMPREPLY=($(compgen -f -- "$current"))
}}
complete -o filenames -F _runbook runbook
"""


def _before(name: str, option: Option) -> str:
    """What stands before the value of an option, as patterns: one that may do without a value takes it behind `=` only."""
    return f"'{name} {option.name}='" if option.bare else f"'{name} {option.name}' | '{name} {option.name}='"


def _no_files() -> str:
    """Behind these options stands no file."""
    found = [(command.name, option) for command in COMMANDS.values() for option in command.options if option.value and not option.choices]
    runs = [_before(name, option) for name, option in found if option.kind == "run"]
    other = [_before(name, option) for name, option in found if option.kind not in ("run", "file")]
    reply = 'COMPREPLY=($(compgen -W last -- "$current")); return'
    return "\n".join([*(f"        {spelt}) {reply} ;;" for spelt in runs), *(f"        {spelt}) return ;;" for spelt in other)])


def _first_runs() -> str:
    """The commands whose first word is a run, as patterns with the place of the word."""
    return " | ".join(f"'{name} 2'" for name, command in COMMANDS.items() if command.words and command.words[0].kind == "run")


def _no_words() -> str:
    """The commands whose first word is neither a run nor a file, or that take none."""
    return " | ".join(f"'{name} 2'" for name, command in COMMANDS.items() if not command.words or command.words[0].kind in ("text", "step"))


def _choices() -> list[tuple[str, tuple[str, ...]]]:
    """(what stands before, the values that may follow), for options and for a command's first word."""
    found = []
    for name, command in COMMANDS.items():
        found += [(_before(name, option), option.choices) for option in command.options if option.choices]
        if command.words and command.words[0].choices:
            found.append((f"'{name} {name}'", command.words[0].choices))
    return found


def zsh() -> str:
    """For zsh: in a folder of `fpath` under the name `_runbook`."""
    listed = "\n".join(f"        {_quoted(f'{name}:{command.title}')}" for name, command in COMMANDS.items())
    cases = "\n".join(_zsh_case(command) for command in COMMANDS.values())
    return f"""\
#compdef runbook
# zsh completion for runbook
_runbook() {{
    local -a commands
    commands=(
{listed}
        'help:Show help'
    )
    if (( CURRENT == 2 )); then
        _describe 'command' commands
        _arguments '--version[Show the version]' '--help[Show help]'
        return
    fi
    local name=$words[2]
    shift words
    (( CURRENT-- ))
    case $name in
{cases}
        help) _describe 'command' commands ;;
    esac
}}
if [ "$funcstack[1]" = _runbook ]; then _runbook "$@"; else compdef _runbook runbook; fi
"""


def _zsh_case(command: Command) -> str:
    parts = [_quoted(part) for option in command.options for part in _zsh_option(option)]
    parts += [_quoted(f"{'*' if word.many else ''}:{word.name}:{_zsh_action(word)}") for word in command.words]
    return f"        {command.name}) _arguments -s {' '.join(parts)} ;;"


def _zsh_option(option: Option) -> list[str]:
    text = option.help.replace("[", "(").replace("]", ")").replace(":", " -")
    many = "*" if option.many else ""
    value = f":{option.value}:{_zsh_action(option)}" if option.value else ""
    sign = "=-" if option.bare else "=" if option.value else ""
    if option.bare:
        value = f":{value}"
    found = [f"{many}{option.name}{sign}[{text}]{value}"]
    if option.short:
        found.append(f"{many}{option.short}[{text}]{value}")
    return found


def _zsh_action(item: Option | Word) -> str:
    if item.choices:
        return f"({' '.join(item.choices)})"
    return {"file": "_files", "run": "(last)"}.get(item.kind, " ")


def fish() -> str:
    """For fish: in ~/.config/fish/completions/runbook.fish."""
    lines = ["# fish completion for runbook", "complete -c runbook -n __fish_use_subcommand -f"]
    for name, command in COMMANDS.items():
        lines.append(f"complete -c runbook -n __fish_use_subcommand -a {name} -d {_quoted(command.title)}")
        seen = f"-n '__fish_seen_subcommand_from {name}'"
        for option in command.options:
            short = f" -s {option.short[1:]}" if option.short else ""
            lines.append(f"complete -c runbook {seen} -l {option.key}{short}{_fish_value(option)} -d {_quoted(option.help)}")
        lines += [f"complete -c runbook {seen} -x -a {_quoted(' '.join(word.choices))}" for word in command.words if word.choices]
        lines += [f"complete -c runbook {seen} -f -a last" for word in command.words[:1] if word.kind == "run"]
    return "\n".join(lines) + "\n"


def _fish_value(option: Option) -> str:
    if not option.value or option.bare:
        return ""
    return f" -x -a {_quoted(' '.join(option.choices))}" if option.choices else " -r"


SHELLS: Mapping[str, Callable[[], str]] = {"bash": bash, "zsh": zsh, "fish": fish}
