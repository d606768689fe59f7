"""Each command used wrongly, as people in a hurry do: the code, what is blamed, and what to type next."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from runbook_lang.cli.table import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Said

    Runbook = Callable[..., Said]

BOOK = "runbook: book\nsteps: [{id: one, shell: echo one}]\n"
ASKS = """\
runbook: asks
steps:
  - {id: n, ask: {answer: "how many?", type: int}}
  - {id: sure, ask: {approve: "sure?"}}
  - {id: lamp, ask: {do: look at the lamp}}
"""
WRONG = {
    # words: (exit code, what is said)
    "check folder": (2, "no .yml, .yaml or .runbook file in folder"),
    "run folder": (2, "folder can't be read: it is a folder; name a file in it"),
    "convert folder --to text": (2, "it is a folder; name a file in it"),
    "import folder": (2, "it is a folder; name a file in it"),
    "plan book.yml --inputs folder": (2, "it is a folder; name a file in it"),
    "plan book.yml --inputs empty": (2, "empty:1:1: error RB105: The file is empty."),
    "test empty": (2, "empty:1:1: error RB105: The file is empty."),
    "test book.yml": (2, "This is a runbook, not a case"),
    "runs --store book.yml": (2, "A store is a folder that holds runs"),
    "key list more": (2, "'more' has no place"),
    "new name -o nowhere/x.yml": (2, "nowhere/x.yml can't be written: no such file or directory."),
    "docs nowhere": (2, "nowhere can't be read: no such file or directory"),
    "drift manual.md nowhere": (2, "nowhere can't be read: no such file or directory"),
    "drift manual.md . --accepted nowhere": (2, "differences in nowhere can't be read: no such file or directory."),
    "drift manual.md . --accepted binary": (2, "it is not UTF-8 text"),
    "audit check-proof nowhere": (2, "The proof 'nowhere' can't be read: no such file or directory."),
    "audit check-proof binary": (2, "it is not UTF-8 text"),
    "diff book.yml nowhere.yml": (2, "'nowhere.yml' is no file and no folder here"),
    "review": (2, "the current folder isn't in a git repository"),
    "runs --keep 30d": (2, "runbook runs --prune --keep 30d"),
    "runs --store nowhere": (0, "There are no runs in"),
    "status --store nowhere": (0, "There is no store."),
    "convert book.yml": (2, "error RB723"),
    "eval -x": (2, "A word that begins with a dash goes behind `--`."),
    "eval -1": (0, "int -1"),
}


@pytest.fixture
def place(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(here.parent))
    (here / "book.yml").write_text(BOOK)
    (here / "asks.yml").write_text(ASKS)
    (here / "manual.md").write_text("# Manual\n\n## Restart\n\n```sh\necho one\n```\n")
    (here / "empty").write_text("")
    (here / "binary").write_bytes(bytes(range(128, 256)))
    (here / "folder").mkdir()
    return here


def in_one_line(said: Said) -> str:
    return " ".join((said.out + said.err).split())


@pytest.mark.parametrize("words", WRONG)
def test_the_right_thing_is_blamed(place: Path, runbook: Runbook, words: str) -> None:
    code, wanted = WRONG[words]
    said = runbook(*words.split(" "))
    assert said.code == code, said
    assert wanted in in_one_line(said)
    assert "Errno" not in said.out + said.err
    assert "codec" not in said.out + said.err


def options_with_values() -> Iterator[tuple[str, str]]:
    for command in COMMANDS.values():
        for option in command.options:
            if option.value not in ("", "TEXT"):
                yield command.name, option.name


@pytest.mark.parametrize(("name", "option"), list(options_with_values()))
def test_an_option_with_an_empty_value_is_not_as_if_it_were_left_away(place: Path, runbook: Runbook, name: str, option: str) -> None:
    """`--plan "$PLAN"`, `--until "$STEP"` of a variable that isn't set."""
    said = runbook(name, f"{option}=")
    assert said.code == 2, said
    assert option in said.err
    assert not (place / ".runbook").exists()


def words_that_name_something() -> Iterator[tuple[str, int]]:
    for command in COMMANDS.values():
        for index, word in enumerate(command.words):
            if word.kind != "text":
                yield command.name, index


@pytest.mark.parametrize(("name", "index"), list(words_that_name_something()))
def test_an_empty_word_names_nothing(place: Path, runbook: Runbook, name: str, index: int) -> None:
    before = [word.choices[0] if word.choices else "book.yml" for word in COMMANDS[name].words[:index]]
    said = runbook(name, *before, "")
    assert said.code == 2, said
    assert f"{COMMANDS[name].words[index].name} is empty" in said.err


def commands_with_json() -> Iterator[str]:
    for command in COMMANDS.values():
        if any(option.name == "--format" and "json" in option.choices for option in command.options):
            yield command.name


@pytest.mark.parametrize("spelling", [("--format", "json"), ("--format=json",)])
@pytest.mark.parametrize("name", list(commands_with_json()))
def test_wrong_words_are_told_to_a_program_as_json(place: Path, runbook: Runbook, name: str, spelling: tuple[str, ...]) -> None:
    for words in ((*spelling, "--nonsense"), ("--nonsense", *spelling)):
        said = runbook(name, *words)
        (found,) = json.loads(said.out)["diagnostics"]
        assert (said.code, said.err, found["code"]) == (2, "", "RB721")
        assert "--nonsense" in found["message"]


def paused(runbook: Runbook) -> str:
    assert runbook("run", "asks.yml").code == 8
    return str(runbook("runs", "--format", "json").json["runs"][0]["id"])


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("--retry", "nowhere"), "The run stands at n."),
        (("--skip", "nowhere", "--because", "a test"), "The run stands at n."),
        (("book.yml",), "book.yml is another runbook, 'book': the run is one of 'asks'."),
        (("folder",), "folder can't be read: it is a folder"),
        (("--assume", "done"), "Nothing is in doubt, so there was nothing to assume."),
    ],
)
def test_a_resume_says_what_it_can_make_nothing_of(place: Path, runbook: Runbook, words: tuple[str, ...], wanted: str) -> None:
    paused(runbook)
    assert wanted in in_one_line(runbook("resume", "last", *words))


def test_what_waits_elsewhere_is_told_with_the_command_that_gives_it(place: Path, runbook: Runbook) -> None:
    run = paused(runbook)
    said = runbook("approve", run, "n")
    assert said.code == 2
    assert "'n' waits for an answer, not for an approval" in said.err
    assert f"runbook answer {run[-8:]} n 3" in said.err
    assert "died" not in said.err


def test_the_first_answer_counts_and_a_second_is_told_so(place: Path, runbook: Runbook) -> None:
    run = paused(runbook)
    assert runbook("answer", run, "n", "-5").code == 0
    again = runbook("answer", run, "n", "6")
    assert again.code == 2
    assert "has answered 'n' already" in again.err
    assert f"runbook resume {run}" in in_one_line(again)
    assert "-5 by" in runbook("resume", run).out


def test_a_run_that_is_closed_waits_for_nothing(place: Path, runbook: Runbook) -> None:
    run = paused(runbook)
    assert runbook("answer", run, "n", "1").code == 0
    assert runbook("resume", run).code == 8
    assert runbook("approve", run, "sure").code == 0
    assert "lamp: something to be done" in runbook("resume", run).out
    assert runbook("abort", run).code == 6
    for words in (("answer", run, "lamp", "yes"), ("approve", run, "sure")):
        late = runbook(*words)
        assert (late.code, "is closed" in late.err) == (2, True), late


@pytest.mark.parametrize("number", ["\u00b2", "9" * 5000, "x", ""])
def test_what_is_no_number_of_a_followup_is_told(place: Path, runbook: Runbook, number: str) -> None:
    assert runbook("run", "book.yml").code == 0
    said = runbook("followups", "last", number, "--done")
    assert (said.code, "RB723" in said.err) == (2, True), said
