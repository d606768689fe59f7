"""Both forms are written in one layout; nothing is lost on the way from one to the other."""

from __future__ import annotations

from pathlib import Path

import pytest

from runbook_lang.api.forms import comments, convert_source, form_of, format_source, parse, written
from runbook_lang.api.load import load
from runbook_lang.api.planning import plan
from runbook_lang.base.source import Source
from runbook_lang.model.build import build
from runbook_lang.model.meaning import meaning
from tests.text.test_reading import STEPS, TOPS

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = sorted(
    path
    for folder in ("runbooks", "examples")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in (".yml", ".yaml", ".runbook") and ".git" not in path.parts
)
RUNBOOKS = [path for path in LIBRARY if path.suffix == ".runbook" or "\nrunbook:" in "\n" + path.read_text(encoding="utf-8")]


def said(text: str, name: str) -> object:
    source = Source(name, text)
    from runbook_lang.base.diagnostics import Problems

    problems = Problems()
    runbook = build(parse(source, form_of(name)).tree, source, problems)
    assert runbook is not None
    assert not problems.failed
    return meaning(runbook)


def noted(text: str, name: str) -> list[str]:
    return comments(parse(Source(name, text), form_of(name)))


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.name)
def test_the_library_is_formatted_once_and_for_all(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    form = form_of(path.name)
    once = format_source(Source(path.name, text), form)
    assert format_source(Source(path.name, once), form) == once
    assert sorted(noted(once, path.name)) == sorted(noted(text, path.name))


@pytest.mark.parametrize("path", RUNBOOKS, ids=lambda path: path.name)
def test_a_runbook_of_the_library_goes_there_and_back(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    first = form_of(path.name)
    second = "yaml" if first == "text" else "text"
    there = convert_source(Source(path.name, text), first, second)
    names = {"text": "x.runbook", "yaml": "x.yml"}
    back = convert_source(Source(names[second], there), second, first)
    assert said(there, names[second]) == said(text, names[first]) == said(back, names[first])
    assert noted(there, names[second]) == noted(text, names[first]) == noted(back, names[first])
    assert format_source(Source(names[second], there), second) == there


@pytest.mark.parametrize("path", RUNBOOKS, ids=lambda path: path.name)
def test_the_plan_of_both_forms_is_the_same(path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "library"
    files = {found.relative_to(path.parent): found.read_bytes() for found in path.parent.rglob("*") if found.is_file()}
    for name, raw in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(raw)
    other = folder / f"{path.stem}.runbook"
    first = load(str(folder / path.name))
    if first.program is None:
        pytest.skip("the library has a runbook with errors")  # `runbook check` of the library is a test of its own
    other.write_text(convert_source(Source(path.name, path.read_text(encoding="utf-8")), "yaml", "text"), encoding="utf-8")
    second = load(str(other))
    assert [item.message for item in second.problems if item.is_error] == []
    one, two = plan(first), plan(second)
    assert one.as_json() == two.as_json()
    assert one.digest == two.digest
    (folder / path.name).write_text(format_source(Source(path.name, "\n\n" + path.read_text(encoding="utf-8")), "yaml"), encoding="utf-8")
    assert plan(load(str(folder / path.name))).digest == one.digest


@pytest.mark.parametrize("text", [text for text, _ in TOPS], ids=[text for text, _ in TOPS])
def test_each_spelling_of_a_runbook_is_written_back(text: str) -> None:
    again(f"runbook x {{\n{text}\n}}\n")


@pytest.mark.parametrize("text", [text for text, _ in STEPS], ids=[text for text, _ in STEPS])
def test_each_spelling_of_a_step_is_written_back(text: str) -> None:
    again(f"runbook x {{\nstep {{\n{text}\n}}\n}}\n")


def again(text: str) -> None:
    from tests.syntax.reading import data

    source = Source("x.runbook", text)
    file = parse(source, "text")
    once = format_source(source, "text")
    assert data(parse(Source("x.runbook", once), "text").tree) == data(file.tree)
    assert format_source(Source("x.runbook", once), "text") == once
    yaml = written(file, "yaml")
    back = parse(Source("x.yml", yaml), "yaml")
    assert data(back.tree) == data(file.tree)
    assert written(back, "text") == once


TEXT = """\
# above


# the runbook
runbook x "T" { # behind the head
  # first
  severity P1 # one
  input a: int # two

  # before b
  input b: string = "x" one of ["x", # in a list
    "y"]
  step s { # three
    # in the step
    shell ls # four

    retry every 1s times 3 # five
    # at the end of the step
  } # behind the step
  choose {
    # before an arm
    when 1 == 1 { wait 1s } # six
    else { # seven
      wait 2s
    }
    # at the end of the arms
  }
  # at the end
}
# behind everything
"""
WRITTEN = """\
# above

# the runbook
runbook x "T" {  # behind the head
  # first
  severity P1  # one
  input a: int  # two

  # before b
  input b: string = "x" one of ["x", "y"]  # in a list
  step s {  # three
    # in the step
    shell ls  # four

    retry every 1s times 3  # five
    # at the end of the step
    # behind the step
  }
  choose {
    # before an arm
    when 1 == 1 {
      wait 1s  # six
    }
    else {  # seven
      wait 2s
    }
    # at the end of the arms
  }
  # at the end
}
# behind everything
"""


def test_comments_and_blank_lines_stay_where_they_belong() -> None:
    assert format_source(Source("x.runbook", TEXT), "text") == WRITTEN
    assert format_source(Source("x.runbook", WRITTEN), "text") == WRITTEN


YAML = """\
# above
runbook:   x


title: "T"
steps: # the steps
    # first
    - id: a # an id
      shell: ls   # behind

      # before a list
      expect: [ result.ok ,
                a.b ] # a list
      # at the end of a
    # between
    - wait: 5m
    # at the end of the steps
on_failure:
- undo:  all
# behind everything
"""
YAML_WRITTEN = """\
# above
runbook: x

title: "T"
steps:  # the steps
  # first
  - id: a  # an id
    shell: ls  # behind

    # before a list
    expect: [result.ok, a.b]  # a list
    # at the end of a
  # between
  - wait: 5m
  # at the end of the steps
on_failure:
  - undo: all
# behind everything
"""


def test_yaml_has_one_layout() -> None:
    assert format_source(Source("x.yml", YAML), "yaml") == YAML_WRITTEN
    assert format_source(Source("x.yml", YAML_WRITTEN), "yaml") == YAML_WRITTEN


def test_the_line_by_which_editors_find_the_schema_stays_the_first_one() -> None:
    line = "# yaml-language-server: $schema=../schema/runbook.schema.json\n"
    text = format_source(Source("x.yml", line + "runbook: x\nsteps:\n- wait: 5m\n"), "yaml")
    assert text == line + "runbook: x\nsteps:\n  - wait: 5m\n"
    assert convert_source(Source("x.yml", text), "yaml", "text").startswith(line)


def test_a_short_runbook_stands_on_lines_of_its_own_in_yaml() -> None:
    assert convert_source(Source("x.runbook", "runbook x { shell ls }\n"), "text", "yaml") == "runbook: x\nsteps:\n  - shell: ls\n"


def test_what_was_written_in_braces_stays_so() -> None:
    text = "{runbook: x, steps: [{shell: ls}]}\n"
    assert format_source(Source("x.yml", text), "yaml") == text
