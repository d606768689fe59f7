"""How words become options and arguments."""

from __future__ import annotations

import pytest

from runbook_lang.base.diagnostics import RunbookError
from runbook_lang.cli.args import Command, Option, Word, parse
from runbook_lang.cli.table import COMMANDS, GROUPS

COMMAND = Command(
    "try",
    "Try",
    (Word("FILE", "a file"), Word("REST", "the rest", required=False, many=True)),
    (
        Option("--input", "", "NAME=VALUE", short="-i", many=True),
        Option("--dry-run", "", "HOW", bare="read", choices=("read", "rehearse")),
        Option("--format", "", "FORMAT", choices=("text", "json")),
        Option("--limit", "", "N", kind="int"),
        Option("--quiet", "", short="-q"),
        Option("--verbose", "", short="-v"),
    ),
)


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("f", {"FILE": "f"}),
        ("f a b", {"FILE": "f", "REST": ["a", "b"]}),
        ("--quiet f", {"FILE": "f", "quiet": True}),
        ("f --quiet", {"FILE": "f", "quiet": True}),
        ("-qv f", {"FILE": "f", "quiet": True, "verbose": True}),
        ("f --format json", {"format": "json"}),
        ("f --format=json", {"format": "json"}),
        ("f --input a=1 --input=b=2 -i c=3 -id=4", {"input": ["a=1", "b=2", "c=3", "d=4"]}),
        ("f --input=--x", {"input": ["--x"]}),
        ("f --dry-run g", {"dry-run": "read", "FILE": "f", "REST": ["g"]}),
        ("f --dry-run=rehearse", {"dry-run": "rehearse"}),
        ("f --limit 12", {"limit": 12}),
        ("-- --quiet", {"FILE": "--quiet"}),
        ("f -- -q -- x", {"FILE": "f", "REST": ["-q", "--", "x"]}),
        ("-7 -(1) - --1", {"FILE": "-7", "REST": ["-(1)", "-", "--1"]}),
        ("-", {"FILE": "-"}),
        ("f --input a --input b", {"input": ["a", "b"]}),
    ],
)
def test_words_are_read_by_the_table(words: str, wanted: dict[str, object]) -> None:
    args = parse(COMMAND, words.split())
    got: dict[str, object] = {}
    for key, value in wanted.items():
        if isinstance(value, bool):
            got[key] = args.flag(key)
        elif isinstance(value, list):
            got[key] = args.list(key)
        elif isinstance(value, int):
            got[key] = args.number(key, -1)
        else:
            got[key] = args.text(key)
    assert got == wanted


@pytest.mark.parametrize(
    ("words", "code", "hint"),
    [
        ("", "RB723", "Usage: runbook try FILE"),
        ("f --quite", "RB721", "--quiet"),
        ("f --frmat json", "RB721", "--format"),
        ("f -x", "RB721", "runbook help try"),
        ("f -qx", "RB721", "runbook help try"),
        ("f --quiet=yes", "RB722", "Usage"),
        ("f --format", "RB722", "Usage"),
        ("f --format --quiet", "RB722", "Usage"),
        ("f --format xml", "RB724", "text, json"),
        ("f --format jsn", "RB724", "Did you mean 'json'?"),
        ("f --dry-run=no", "RB724", "read, rehearse"),
        ("f --limit many", "RB724", "--limit=10"),
        ("f --limit -1", "RB724", "--limit=10"),
    ],
)
def test_what_is_wrong_is_told_with_a_way_out(words: str, code: str, hint: str) -> None:
    with pytest.raises(RunbookError) as found:
        parse(COMMAND, words.split())
    (item,) = found.value.diagnostics
    assert item.code == code
    assert hint in item.help


def test_too_many_words_are_an_error() -> None:
    with pytest.raises(RunbookError, match="has no place"):
        parse(COMMANDS["resume"], ["one", "two", "three"])


def test_every_command_stands_in_one_group() -> None:
    assert sorted(name for names in GROUPS.values() for name in names) == sorted(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS.values(), ids=lambda command: command.name)
def test_a_row_of_the_table_is_sound(command: Command) -> None:
    names = [option.name for option in command.options] + [option.short for option in command.options if option.short]
    assert len(names) == len(set(names))
    assert "--help" not in names
    assert "-h" not in names
    assert [word.many for word in command.words[:-1]] == [False] * len(command.words[:-1])
    required = [word.required for word in command.words]
    assert required == sorted(required, reverse=True)
    for words, _ in command.examples:
        assert f"runbook {command.name}" in words
