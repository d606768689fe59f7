"""After a syntax error the rest of a file is checked as well, and nothing is said that only follows from the error."""

from __future__ import annotations

import pytest

from runbook_lang.api.forms import convert_source
from runbook_lang.api.load import load
from runbook_lang.base.source import Source
from tests.contracts.tree import ROOT
from tests.examples import many
from tests.text.test_mistakes import CASES

LIBRARY = {str(path.relative_to(ROOT / "runbooks")): path.read_bytes() for path in (ROOT / "runbooks").rglob("*") if path.is_file()}


def found(name: str, text: str, more: dict[str, bytes] | None = None) -> list[tuple[str, int]]:
    problems = load(name, kept={**(more or {}), name: text.encode()}).problems
    return [(item.code, item.span.line if item.span is not None else 0) for item in problems.sorted()]


GOING_ON = {
    "a misspelt word beside a wrong field": (
        "step a { shell ls\n retyr every 5s\n expect result.exot == 0 }",
        [("RB149", 3), ("RB214", 4)],
    ),
    "a step that doesn't say what it does any more, and a wrong name elsewhere": (
        "step a {\n mya ls\n expect result.foo }\nstep b { shell echo ${a.json.x} ${nobody} }",
        [("RB149", 3), ("RB210", 5)],
    ),
    "an input that is lost, and is used": (
        "input n int\nstep a { shell echo ${n} ${m} }",
        [("RB140", 2), ("RB210", 3)],
    ),
    "a field of set that is lost": (
        "step a { set x 1; set y = 2 }\nstep b { shell echo ${a.x} ${a.y} ${a.z} }",
        [("RB140", 2)],
    ),
    "a step whose first line is wrong": (
        'step "T" a {\n shell ls\n}\nstep b { shell echo ${a.stdout} }\nsuccess b.ok && c.ok',
        [("RB140", 2), ("RB210", 6)],
    ),
    "an arm with nothing left": ("choose { when 1 { stpo failed } }", [("RB404", 2), ("RB149", 2)]),
    "a choice with nothing left": ("choose { whne true { stop failed } }\nsuccess 1", [("RB140", 2), ("RB404", 3)]),
    "a loop with nothing left": ("for each i in 5 { wiat 5s }", [("RB408", 2), ("RB149", 2)]),
    "a lost undo, and undo all": ("step a { shell ls; undo { tls: x } }\non failure { undo all }\nsuccess 1", [("RB147", 2), ("RB404", 4)]),
    "a lost reason": ("step a { shell rm x; effect destroy; becuase x; approve }\nsuccess 1", [("RB149", 2), ("RB404", 3)]),
    "a runbook with nothing left": ("stpe a { shell ls }", [("RB149", 2)]),
    "a rescue that is lost": ("step a { try { shell ls }; resuce { shell ls } }\nsuccess 1", [("RB149", 2), ("RB404", 3)]),
    "a policy that is lost": ("policy: policy.yml\nwindow nights\nwait window nights\nsuccess 1", [("RB147", 2), ("RB404", 5)]),
    "structure": ("step a { shell ls; timeout 0s; expct 1 }\nstep a { shell ls }", [("RB318", 2), ("RB149", 2), ("RB312", 3)]),
}


@pytest.mark.parametrize(("text", "wanted"), GOING_ON.values(), ids=GOING_ON)
def test_the_rest_is_checked(text: str, wanted: list[tuple[str, int]]) -> None:
    assert found("x.runbook", f"runbook x {{\n{text}\n}}\n") == wanted


def test_a_runbook_without_steps_is_told_how_they_are_written_in_its_form() -> None:
    helps = [
        load(name, kept={name: text}).problems.sorted()[0].help for name, text in (("x.runbook", b"runbook x {}"), ("x.yml", b"runbook: x"))
    ]
    assert "step list" in helps[0]
    assert "`steps" in helps[1]


def test_yaml_goes_on_as_well() -> None:
    text = "runbook: x\ninputs: {b: bool}\nsteps:\n  - id: a\n    when: !b\n    shell: ls\n    expect: result.exot == 0\n  - shell: echo ${nobody}\n"
    assert found("x.yml", text) == [("RB120", 5), ("RB214", 7), ("RB210", 8)]


@pytest.mark.parametrize("case", CASES, ids=[case["mistake"] for case in CASES])
def test_a_mistake_has_no_consequences(case: dict[str, str]) -> None:
    real = {"a block that isn't indented": ["RB330"]}  # its SQL stands there as a step
    assert [code for code, _ in found("x.runbook", case["text"]) if not code.startswith("RB1")] == real.get(case["mistake"], [])


DAMAGES = {
    "a word too many": lambda line: line.replace(line.lstrip(), "stp " + line.lstrip()),
    "an open quote": lambda line: line + ' "',
    "a brace less or more": lambda line: line.replace("{", "", 1) if "{" in line else line + " }x",
    "signs at the end": lambda line: line + " = =",
    "a colon at the begin": lambda line: line.replace(line.lstrip(), ": " + line.lstrip()),
    "a third less": lambda line: line[: len(line) * 2 // 3],
}


def damaged() -> list[tuple[str, str]]:
    """Every file of the library in the text form, each time with one damaged line; some of these."""
    cases = []
    for name in sorted(LIBRARY):
        if "/" in name or not name.endswith(".yml") or b"\nsteps:" not in LIBRARY[name]:
            continue
        lines = convert_source(Source(name, LIBRARY[name].decode()), "yaml", "text").split("\n")
        for number, line in enumerate(lines):
            if line.strip() and not line.lstrip().startswith("#"):
                cases += [(name, "\n".join([*lines[:number], damage(line), *lines[number + 1 :]])) for damage in DAMAGES.values()]
    return cases[:: max(1, len(cases) // many(4000, 40))]


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_nothing_follows_from_a_damaged_line() -> None:
    wrong = []
    for name, text in damaged():
        own = f"{name[:-4]}.runbook"
        result = found(own, text, {key: value for key, value in LIBRARY.items() if key != name})
        if any(code.startswith("RB1") for code, _ in result):
            wrong += [(name, text, item) for item in result if not item[0].startswith("RB1")]
    assert wrong == []
