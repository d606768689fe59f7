"""Help, the generated pages, completion, explain, new, schema, executors."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runbook_lang.base.text import cells
from runbook_lang.cli.completion import SHELLS
from runbook_lang.cli.help import command_help, overview
from runbook_lang.cli.reference import PAGES
from runbook_lang.cli.table import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Said

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", PAGES)
def test_the_reference_is_what_the_table_says(name: str) -> None:
    text = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")
    assert text == PAGES[name](), "run: python -m runbook_lang.cli.reference --write docs/reference"


@pytest.mark.parametrize("name", COMMANDS)
def test_help_fits_80_columns_and_names_every_option(name: str, runbook: Callable[..., Said]) -> None:
    said = runbook(name, "--help")
    assert said.code == 0
    assert said.out == command_help(COMMANDS[name]) + "\n"
    assert said.out == runbook("help", name).out
    assert all(cells(line) <= 80 for line in said.out.splitlines() if not line.startswith("  runbook "))
    assert all(option.name in said.out for option in COMMANDS[name].options)


def test_the_overview_lists_every_command(runbook: Callable[..., Said]) -> None:
    assert runbook("help") == (0, overview() + "\n", "")
    assert runbook("--help").out == overview() + "\n"
    assert all(f"  {name} " in overview() for name in COMMANDS)
    assert runbook().code == 2


def test_the_version_is_told(runbook: Callable[..., Said]) -> None:
    from runbook_lang import __version__

    assert runbook("--version") == (0, f"runbook {__version__}\n", "")


def test_completion_of_bash_works(tmp_path: Path) -> None:
    script = tmp_path / "completion.sh"
    script.write_text(SHELLS["bash"]())
    for words, wanted in [
        ("runbook che", ["check"]),
        ("runbook check --str", ["--strict"]),
        ("runbook check --format gi", ["github"]),
        ("runbook check compl", ["completion.sh"]),
        ("runbook run --inputs compl", ["completion.sh"]),
        ("runbook resume la", ["last"]),
        ("runbook resume compl", []),  # no file is a run
        ("runbook eval --run la", ["last"]),
        ("runbook run --until compl", []),
        ("runbook runs compl", []),
        ("runbook audit ver", ["verify"]),
        ("runbook resume last compl", ["completion.sh"]),
        ("runbook check --format = gi", ["github"]),
        ("runbook check --format =", ["text", "json", "github"]),
        ("runbook run --dry-run = reh", ["rehearse"]),
        ("runbook run --until = compl", []),
        ("runbook run --inputs = compl", ["completion.sh"]),
    ]:
        count = len(words.split())
        code = (
            f"source {script}; COMP_WORDS=({words}); COMP_CWORD={count - 1}; COMPREPLY=(); _runbook; printf '%s\\n' \"${{COMPREPLY[@]}}\""
        )
        done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
        assert done.stdout.split() == wanted, words


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_completion_names_everything(shell: str, tmp_path: Path) -> None:
    text = SHELLS[shell]()
    for command in COMMANDS.values():
        assert command.name in text
        assert all(option.key in text for option in command.options)
    program = shutil.which(shell)
    if program:
        script = tmp_path / "completion"
        script.write_text(text)
        assert subprocess.run([program, "-n", str(script)], capture_output=True, check=False).returncode == 0


def test_explain_shows_a_code_with_its_examples(runbook: Callable[..., Said]) -> None:
    said = runbook("explain", "rb722")
    assert said.code == 0
    assert said.out.startswith("RB722: ")
    assert "Wrong:" in said.out
    assert "Right:" in said.out
    assert runbook("explain", "722").out == said.out
    codes = [line.split()[0] for line in runbook("explain").out.splitlines()]
    assert codes == sorted(set(codes))
    assert {"RB101", "RB214", "RB722"} <= set(codes)


@pytest.mark.parametrize("name", ["restart-worker", "a", "Rollback_2", "on", "x.y"])
def test_a_new_runbook_is_clean(name: str, here: Path, runbook: Callable[..., Said]) -> None:
    assert runbook("new", name).code == 0
    assert runbook("check", "--strict", f"{name}.yml").code == 0
    assert "RB733" in runbook("new", name).err


@pytest.mark.parametrize("file", ["restart.yml", "restart.yaml", "restart.runbook"])
def test_a_new_runbook_may_be_named_by_its_file(file: str, here: Path, runbook: Callable[..., Said]) -> None:
    assert runbook("new", file).code == 0
    assert [path.name for path in here.iterdir()] == [file]
    assert runbook("check", "--strict", file).code == 0
    assert re.search(r"^runbook:? restart(\s|$)", (here / file).read_text(), re.MULTILINE)


@pytest.mark.parametrize("name", ["", "two words", "../up", "1.10", "true", "ñ" * 3, "-x"])
def test_a_name_that_is_none_is_refused(name: str, here: Path, runbook: Callable[..., Said]) -> None:
    said = runbook("new", "--", name)
    assert said.code == 2
    assert "RB734" in said.err
    assert list(here.iterdir()) == []


def test_the_schemas_are_those_of_the_repository(runbook: Callable[..., Said]) -> None:
    for kind in ("runbook", "policy"):
        assert json.loads(runbook("schema", kind).out) == json.loads((ROOT / "schema" / f"{kind}.schema.json").read_text())
    assert runbook("schema").out == runbook("schema", "runbook").out


def test_executors_are_listed_with_their_programs(runbook: Callable[..., Said]) -> None:
    rows = {row["name"]: row for row in runbook("executors", "--format=json").json["executors"]}
    assert {"doctl", "psql", "redis-cli", "aws", "http", "tls", "shell", "render", "notify"} <= set(rows)
    assert rows["psql"]["program"] == "psql"
    assert rows["http"]["program"] == ""
    assert runbook("executors").out.count("\n") == len(rows)


def test_eval_judges_cases_and_prints_json(here: Path, runbook: Callable[..., Said]) -> None:
    good = {"expr": "1 + 1", "expect": {"value": {"type": "int", "value": 2}}}
    bad = {"expr": "1 + 1", "expect": {"value": {"type": "int", "value": 3}}}
    (here / "cases.json").write_text(json.dumps({"cases": [good, bad]}))
    said = runbook("eval", "--cases", "cases.json")
    assert said.code == 1
    assert (said.json["passed"], len(said.json["failed"])) == (1, 1)
    (here / "cases.json").write_text(json.dumps([good]))
    assert runbook("eval", "--cases", "cases.json").code == 0
    (here / "cases.json").write_text("[3]")
    assert "RB750" in runbook("eval", "--cases", "cases.json").err


@pytest.mark.parametrize(
    ("expression", "code", "out"),
    [
        ("1 + 2", 0, "int  3\n"),
        ("1.0 / 3.0 > 0.3", 0, "bool  true\n"),
        ("x.y + 1", 0, "int  4\n"),
        ("since + duration('1h')", 0, 'google.protobuf.Timestamp  {"$timestamp":"2026-01-31T01:00:00Z"}\n'),
        ("type(rate)", 0, 'type  {"$type":"double"}\n'),
        ("1 / (x.y - 3)", 1, ""),
        ("1 + 'a'", 2, ""),
        ("1 +", 2, ""),
        ("nowhere", 2, ""),
    ],
)
def test_eval_prints_type_and_value(expression: str, code: int, out: str, here: Path, runbook: Callable[..., Said]) -> None:
    (here / "names.json").write_text(
        json.dumps({"x": {"y": 3}, "since": {"type": "timestamp", "value": "2026-01-31T00:00:00Z"}, "rate": {"type": "double", "value": 2}})
    )
    said = runbook("eval", expression, "--bindings", "names.json")
    assert (said.code, said.out) == (code, out)
    assert bool(said.err) == bool(code)


@pytest.mark.parametrize(
    ("bindings", "out"),
    [
        ('{"x": 9223372036854775808}', "double  9.223372036854776e+18\n"),
        ('{"x": "a\\ud800"}', 'string  "a\ufffd"\n'),
        ('{"x": {"type": "map", "value": [[{"type": "int", "value": 1}, {"type": "bool", "value": true}]]}}', 'map  {"$map":[[1,true]]}\n'),
        ('{"x": NaN}', ""),
        ('{"x": {"type": "map", "value": [[{"type": "double", "value": 1.5}, {"type": "int", "value": 1}]]}}', ""),
        ('{"x": {"type": "int", "value": 9223372036854775808}}', ""),
        ('{"x": {"type": "uint", "value": 1}}', ""),
        ("[" * 200, ""),
    ],
)
def test_eval_reads_values_as_a_run_does(bindings: str, out: str, here: Path, runbook: Callable[..., Said]) -> None:
    (here / "names.json").write_text(bindings)
    said = runbook("eval", "x", "--bindings", "names.json")
    assert (said.code, said.out) == ((0, out) if out else (2, ""))
    assert ("RB750" in said.err) is not bool(out)


def test_eval_loses_nothing_of_a_value_in_json(runbook: Callable[..., Said]) -> None:
    text = "{1: 'int', true: type(1), '1': [0.0 / 0.0, -1.0 / 0.0]}"
    value = {"$map": [[1, "int"], [True, "int"], ["1", ["NaN", "-Inf"]]]}
    assert runbook("eval", text, "--format=json").json == {"type": "map", "value": value}


def test_case_files_are_run_and_brought_up_to_date(here: Path, runbook: Callable[..., Said]) -> None:
    case = (
        "# A comment stays.\ncase: it lists\nrunbook: |\n  runbook: lists\n  steps: [{id: list, shell: ls /}]\n"
        "world: [{step: list}]\nexpect: {exit: 3, started: []}\n"
    )
    (here / "lists.yml").write_text(case)
    (here / "other.yml").write_text("runbook: other\n")
    said = runbook("test", ".")
    assert said.code == 1
    assert "exit: wanted 3, got 0" in said.out
    assert runbook("test", "--update", ".").code == 0
    text = (here / "lists.yml").read_text()
    assert text.startswith("# A comment stays.\ncase: it lists\n")
    assert text.endswith('expect:\n  exit: 0\n  started: ["list"]\n')
    assert runbook("test", "lists.yml", "--format=json").json == {"passed": 1, "failed": [], "diagnostics": []}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("case: a\nrunbook: x.yml\n", 1),
        ("case: a\nrunbook: x.yml\nexpct: {}\nexpect: {}\n", 3),
        ("case: a\nrunbook: x.yml\nexpect: failed\n", 3),
        ("case: a\nrunbook: x.yml\nworld: [{ok: true}]\nexpect: {}\n", 3),
        ("case: a\nrunbook: x.yml\nworld: [{step: a, tkes: 1s}]\nexpect: {}\n", 3),
        ("case: a\nrunbook: x.yml\nworld: [{step: a, takes: long}]\nexpect: {}\n", 3),
        ("case: a\nmode: guess\nrunbook: x.yml\nexpect: {}\n", 2),
    ],
)
def test_a_wrong_case_file_is_told_at_its_line(text: str, line: int, here: Path, runbook: Callable[..., Said]) -> None:
    (here / "case.yml").write_text(text)
    said = runbook("test", "case.yml")
    assert said.code == 2
    assert f"case.yml:{line}:" in said.out
    assert "RB740" in said.out
