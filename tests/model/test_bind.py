"""Arguments of actions: read by the executor's table, filled in for a request."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from typing import Any

import pytest

from runbook_lang.base.diagnostics import Diagnostic, Problems, RunbookError
from runbook_lang.expr.values import Duration, EvalError, SecretRef, SecretText, Unknown
from runbook_lang.model.fields import EXECUTORS
from runbook_lang.model.nodes import Action
from runbook_lang.surfaces import registry
from runbook_lang.surfaces.bind import bind, bind_defaults, evaluate
from runbook_lang.surfaces.kinds import Arg, Call, Surface
from runbook_lang.surfaces.sql_text import Bound, SqlValue
from tests.model.reading import read

S = 1_000_000


class Tool(Surface):
    name = "tool"
    shorthand = "run"
    args = {  # noqa: RUF012 - a table of constants
        "run": Arg("words", "The command."),
        "sql": Arg("sql", "A statement."),
        "text": Arg("text", "A text."),
        "count": Arg("int", "A number."),
        "flag": Arg("bool", "A switch."),
        "for": Arg("duration", "A time."),
        "env": Arg("map", "Variables."),
        "body": Arg("json", "Data."),
        "mode": Arg("name", "A mode.", choices=("fast", "safe")),
        "cond": Arg("expr", "A condition."),
    }


class Strict(Surface):
    name = "strict"
    args = {"need": Arg("text", "What is needed.", required=True)}  # noqa: RUF012 - a table of constants


@pytest.fixture(autouse=True)
def surfaces(monkeypatch: pytest.MonkeyPatch) -> None:
    made: dict[str, Surface] = {"tool": Tool(), "strict": Strict()}
    monkeypatch.setattr(registry, "surface", made.get)
    monkeypatch.setattr(registry, "plugin_names", lambda: ("tool", "strict"))


def bound(step: str, head: str = "") -> tuple[list[Call | None], list[Diagnostic]]:
    found = read(f"runbook: a\n{head}\nsteps:\n{step}\n")
    assert found.runbook is not None, [item.message for item in found.problems]
    problems = Problems()
    defaults = {name.text: node for name, node in found.runbook.defaults}
    actions = [item.kind for item in found.runbook.steps if isinstance(item.kind, Action)]
    calls = [bind(action, defaults.get(action.executor.text), problems) for action in actions]
    return calls, problems.sorted()


def call(step: str, head: str = "") -> Call:
    (found,), problems = bound(step, head)
    assert problems == []
    assert found is not None
    return found


NAMES: dict[str, Any] = {
    "n": 5,
    "s": "it's",
    "list": ["a b", "c"],
    "pause": Duration(1_500_000_000),
    "no": None,
    "yes": True,
    "key": SecretRef("k"),
    "hole": Unknown("later.id"),
    "x": 1.0,
}

VALUES = [
    ("tool: go ${list} ${n} 'a b'", {"run": ["go", "a b", "c", "5", "a b"]}),
    ('tool: [go, "${list}", "x${n}", 3]', {"run": ["go", "a b", "c", "x5", "3"]}),
    ("tool: {text: 6380}", {"text": "6380"}),
    ("tool: {text: 1.50}", {"text": "1.50"}),
    ("tool: {text: true}", {"text": "true"}),
    ('tool: {text: "${n}"}', {"text": "5"}),
    ('tool: {text: "${x}"}', {"text": "1"}),
    ('tool: {text: "${key}"}', {"text": SecretRef("k")}),
    ('tool: {text: "k=${key}"}', {"text": SecretText(("k=", SecretRef("k")))}),
    ('tool: {text: "${hole}"}', {"text": Unknown("later.id")}),
    ("tool: {count: 3, flag: true, for: 1m30s, mode: safe}", {"count": 3, "flag": True, "for": 90 * S, "mode": "safe"}),
    ('tool: {count: "${n}", flag: "${yes}", for: "${pause}"}', {"count": 5, "flag": True, "for": 1_500_000}),
    ('tool: {for: "${\'10s\'}", count: "${hole}"}', {"for": 10 * S, "count": Unknown("later.id")}),
    ('tool: {env: {A: "${n}", B: 3}}', {"env": {"A": "5", "B": "3"}}),
    ('tool: {body: {a: ["${n}", 1, null, "x${n}"], b: {}, c: "$${n}"}}', {"body": {"a": [5, 1, None, "x5"], "b": {}, "c": "${n}"}}),
    ("tool: {body: null}", {"body": None}),
    ("tool: {cond: n > 3}", {"cond": True}),
    ("tool: {sql: 'a = ${s} AND b = ${list}'}", {"sql": SqlValue(("a = ", Bound("it's"), " AND b = ", Bound(["a b", "c"])))}),
    ("tool:", {}),
]


@pytest.mark.parametrize(("step", "wanted"), VALUES)
def test_what_arguments_evaluate_to(step: str, wanted: dict[str, Any]) -> None:
    found = evaluate(call(f"- {step}"), NAMES, None)
    assert found == wanted
    assert {name: type(value) for name, value in found.items()} == {name: type(value) for name, value in wanted.items()}


@pytest.mark.parametrize(
    ("step", "code"),
    [
        ('tool: {count: "${s}"}', "RB338"),
        ('tool: {count: "${yes}"}', "RB338"),
        ('tool: {flag: "${n}"}', "RB338"),
        ('tool: {for: "${n}"}', "RB338"),
        ('tool: {count: "${key}"}', "RB338"),
        ('tool: {text: "${no}"}', "RB250"),
        ('tool: {text: "${list}"}', "RB250"),
        ('tool: {env: {A: "${list}"}}', "RB250"),
    ],
)
def test_a_value_that_an_argument_cannot_take(step: str, code: str) -> None:
    with pytest.raises(EvalError) as error:
        evaluate(call(f"- {step}"), NAMES, None)
    assert error.value.code == code


def test_a_secret_is_not_shown_when_it_is_in_the_wrong_place() -> None:
    with pytest.raises(EvalError) as error:
        evaluate(call('- tool: {count: "${key}"}'), NAMES, None)
    assert error.value.message == "${key} is a secret, but the argument 'count' must be a whole number"


ERRORS = [
    ("tool: {textt: a}", "RB331", "tool has no argument 'textt'."),
    ("tool: {count: a}", "RB333", "The argument 'count' must be a whole number, or one ${…}, not the text 'a'."),
    ("tool: {count: 'x${n}'}", "RB333", "The argument 'count' must be a whole number, or one ${…}, not the text 'x${n}'."),
    ("tool: {count: true}", "RB333", "The argument 'count' must be a whole number, or one ${…}, not true."),
    ("tool: {flag: yes}", "RB333", "The argument 'flag' must be true or false, or one ${…}, not the text 'yes'."),
    ("tool: {for: 10}", "RB333", "The argument 'for' must be a duration such as 10s, or one ${…}, not the number 10."),
    ("tool: {mode: slow}", "RB334", "The argument 'mode' must be one of fast | safe, not the text 'slow'."),
    ("tool: {mode: '${n}'}", "RB333", "The argument 'mode' must be a word that is known before anything runs, not the text '${n}'."),
    ("tool: {env: a}", "RB333", "The argument 'env' must be a mapping of names to texts, not the text 'a'."),
    ("tool: {env: {A: [1]}}", "RB333", "The argument 'env.A' must be text (it may hold ${…}), not a list."),
    ("tool: {text: [a]}", "RB333", "The argument 'text' must be text (it may hold ${…}), not a list."),
    ("tool: {text: null}", "RB333", "The argument 'text' must be a value, not null."),
    ("tool: {cond: [a]}", "RB333", "The argument 'cond' must be an expression, not a list."),
    ("tool: []", "RB333", "The argument 'run' must be a command: text, or a list of words, not an empty list."),
    ("tool: {sql: \"'${n}'\"}", "RB335", "${n} stands inside a SQL literal, where it would become a part of the SQL itself."),
    ("strict: text", "RB336", "strict takes a mapping of arguments, not the text 'text'."),
    ("strict: {}", "RB332", "strict needs the argument 'need'."),
    ("strict:", "RB332", "strict needs the argument 'need'."),
    ("kubectl: get pods", "RB330", "No executor 'kubectl' is installed, and a step has no such key."),
]


@pytest.mark.parametrize(("step", "code", "message"), ERRORS)
def test_wrong_arguments(step: str, code: str, message: str) -> None:
    (found,), problems = bound(f"- {step}")
    assert found is None
    assert [(item.code, item.message) for item in problems] == [(code, message)]


def test_a_command_is_no_shell_line() -> None:
    _, problems = bound("- tool: a | b")
    assert [item.code for item in problems] == ["RB232"]


def test_all_wrong_arguments_of_a_step_come_at_once() -> None:
    _, problems = bound("- tool: {count: a, flag: b, modee: fast}")
    assert [item.code for item in problems] == ["RB333", "RB333", "RB331"]


@pytest.mark.parametrize(
    ("key", "help"),
    [
        ("tol", "Did you mean 'tool'?"),
        ("gaurd", "Did you mean 'guard'?"),
        ("for_eech", "Did you mean 'for_each'?"),
        ("redis-cl", "Did you mean 'redis-cli'?"),
    ],
)
def test_an_unknown_executor_names_what_is_near(key: str, help: str) -> None:
    _, (item,) = bound(f"- {key}: x")
    assert (item.code, item.help) == ("RB330", help)


def test_an_unknown_executor_far_from_all_says_how_plugins_are_found() -> None:
    _, (item,) = bound("- kubectl: x")
    assert "the group runbook_lang.executors" in item.help
    assert "`runbook executors`" in item.help


HEAD = "defaults: {tool: {text: from defaults, count: 1}, strict: {need: given}}"


def test_defaults_stand_behind_the_steps_own_arguments() -> None:
    assert evaluate(call("- tool: {count: 2}", HEAD), {}, None) == {"text": "from defaults", "count": 2}
    assert evaluate(call("- tool: go", HEAD), {}, None) == {"run": ["go"], "text": "from defaults", "count": 1}
    assert evaluate(call("- strict:", HEAD), {}, None) == {"need": "given"}


def test_a_wrong_default_is_reported_at_its_own_place() -> None:
    _, (item,) = bound("- tool: go\n- tool: went", "defaults: {tool: {textt: a}}")
    assert item.span is not None
    assert (item.code, item.span.line) == ("RB331", 2)


def test_defaults_of_executors_that_no_step_calls_are_checked_too() -> None:
    found = read("runbook: a\ndefaults: {tool: {countt: 1}, toool: {}}\nsteps: [{wait: 1m}]\n")
    assert found.runbook is not None
    problems = Problems()
    bind_defaults(found.runbook.defaults, problems)
    assert [item.code for item in problems.sorted()] == ["RB331", "RB330"]


def test_the_model_and_the_registry_know_the_same_executors() -> None:
    assert tuple(registry.BUILTIN) == EXECUTORS


class Plugin:
    surface = Strict


class Empty:
    pass


def plugin(monkeypatch: pytest.MonkeyPatch, value: str) -> Surface | None:
    entry = EntryPoint("strict", value, registry.GROUP)
    monkeypatch.undo()
    monkeypatch.setattr(registry, "_entry_point", lambda name: entry if name == "strict" else None)
    return registry.surface("strict")


def test_a_plugins_surface_is_found_by_its_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    found = plugin(monkeypatch, f"{__name__}:Plugin")
    assert found is not None
    assert found.name == "strict"
    assert registry.surface("other") is None


@pytest.mark.parametrize("value", [f"{__name__}:Empty", f"{__name__}:Missing", "no.such.module:x"])
def test_a_plugin_that_cannot_be_used_is_a_diagnostic(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    with pytest.raises(RunbookError) as error:
        plugin(monkeypatch, value)
    assert [item.code for item in error.value.diagnostics] == ["RB337"]
