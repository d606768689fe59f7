"""The static check over records, secrets, steps that may not have run, and functions that the caller brings."""

from __future__ import annotations

import pytest

from runbook_lang.expr.check import Checked, Env, check
from runbook_lang.expr.dominance import unsure_reads
from runbook_lang.expr.parse import parse
from runbook_lang.expr.signatures import WINDOW, Signature
from runbook_lang.expr.types import (
    BOOL,
    DOUBLE,
    DYN,
    INT,
    SECRET,
    STRING,
    TIMESTAMP,
    ListType,
    MapType,
    RecordType,
    from_json_schema,
    holds_secret,
)
from runbook_lang.expr.values import SyntaxProblem

PROGRESS = RecordType("progress", {"success_steps": INT, "total_steps": INT}, frozenset({"success_steps"}))
DEPLOYMENT = RecordType("deployment", {"id": STRING, "phase": STRING, "progress": PROGRESS})
STEP = RecordType("a doctl result", {"state": STRING, "ok": BOOL, "exit": INT, "json": ListType(DEPLOYMENT), "elapsed": DOUBLE})
LOGIN = RecordType("login", {"user": STRING, "token": SECRET})
ENV = Env(
    {
        "deployments": STEP,
        "fallback": STEP,
        "token": SECRET,
        "tokens": ListType(SECRET),
        "login": LOGIN,
        "free": RecordType("anything", {"a": INT}, open=True),
        "headers": MapType(STRING, STRING),
        "any": DYN,
    },
    {"window": (WINDOW,), "size": (Signature((TIMESTAMP,), INT),)},
    frozenset({"fallback"}),
)


def checked(text: str) -> Checked:
    return check(parse(text), ENV)


def test_a_misspelt_field_is_named_with_the_one_that_was_meant() -> None:
    text = "deployments.json.filter(d, d.phsae == 'ACTIVE')"
    (problem,) = checked(text).problems
    assert problem.code == "RB214"
    assert problem.message == "'phsae' is not a field of deployment; did you mean 'phase'?"
    assert text[problem.start : problem.end] == "phsae"
    assert problem.help == "Its fields are id, phase, progress."


@pytest.mark.parametrize(
    ("text", "code", "marked"),
    [
        ("deploymnts.json", "RB210", "deploymnts"),
        ("deployments.json[0].progress.steps", "RB214", "steps"),
        ("deployments.json[0]['phsae']", "RB214", "'phsae'"),
        ("has(deployments.jsno)", "RB214", "jsno"),
        ("deployments.json.phase", "RB215", "phase"),
        ("deployments.exit.x", "RB215", "x"),
        ("deployments[0]", "RB216", "0"),
        ("deployments.exit == 'a'", "RB213", "deployments.exit == 'a'"),
        ("headers[1]", "RB216", "1"),
        ("window(1)", "RB212", "window(1)"),
        ("windows('a')", "RB211", "windows"),
        ("deployments.json.all(d, d.id)", "RB213", "d.id"),
        ("deployments.exit.map(x, x)", "RB223", "deployments.exit"),
    ],
)
def test_a_wrong_expression_is_marked_where_it_is_wrong(text: str, code: str, marked: str) -> None:
    (problem,) = checked(text).problems
    assert (problem.code, text[problem.start : problem.end]) == (code, marked)


def test_all_findings_of_an_expression_come_at_once_in_order() -> None:
    found = checked("deployments.exti == 1 && deployments.json[0].phsae == 'x' && nobody")
    assert [problem.code for problem in found.problems] == ["RB214", "RB214", "RB210"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("deployments.elapsed < 200", "bool"),
        ("deployments.exit == 0.0", "bool"),
        ("deployments.json", "list(deployment)"),
        ("deployments.json[0]", "deployment"),
        ("deployments.json.map(d, d.progress.total_steps)", "list(int)"),
        ("deployments.json[0]['phase']", "string"),
        ("deployments['exit']", "int"),
        ("deployments[any]", "dyn"),
        ("free.a + 1", "int"),
        ("free.b", "dyn"),
        ("size(deployments)", "int"),
        ("'exit' in deployments", "bool"),
        ("deployments == {'exit': 0}", "bool"),
        ("deployments.map(key, key)", "list(string)"),
        ("window('maintenance')", "bool"),
        ("token", "secret"),
        ("login.token", "secret"),
        ("deployments.ok ? token : login.token", "secret"),
        ("[deployments.json[0], deployments.json[1]]", "list(deployment)"),
    ],
)
def test_records_and_secrets_have_their_types(text: str, wanted: str) -> None:
    found = checked(text)
    assert found.problems == ()
    assert str(found.type) == wanted


@pytest.mark.parametrize(
    "text",
    [
        *(
            "token == 'x'",
            "token + 'x'",
            "size(token)",
            "string(token)",
            "dyn(token)",
            "type(token)",
            "[token]",
            "{'a': token}",
            "token.x",
            "token[0]",
        ),
        *(
            "'a' in tokens",
            "tokens == tokens",
            "tokens.all(t, true)",
            "tokens.map(t, t)",
            "[1].map(x, token)",
            "login == login",
            "login in [login]",
        ),
        *(
            "!token",
            "-token",
            "token && true",
            "token ? 1 : 2",
            "any[token]",
            "'x'.contains(token)",
            "window(token)",
            "token.map(x, x)",
            "tokens.join(',')",
        ),
    ],
)
def test_nothing_can_be_done_with_a_secret(text: str) -> None:
    assert "RB217" in {problem.code for problem in checked(text).problems}


def test_a_secret_can_not_be_hidden_beside_another_value() -> None:
    assert [problem.code for problem in checked("deployments.ok ? token : 'x'").problems] == ["RB213"]
    assert [problem.code for problem in checked("deployments.ok ? token : any").problems] == ["RB213"]


@pytest.mark.parametrize(
    "text",
    [
        "fallback.ok",
        "fallback.state",
        "fallback.state == 'done' && fallback.exit == 0",
        "'done' == fallback.state ? fallback.exit : 1",
        "has(fallback.json) && fallback.json[0].id == 'x'",
        "fallback.json[0].id == 'x' && has(fallback.json)",
        "has(fallback.json) && deployments.ok && fallback.exit == 0",
        "fallback.ok ? fallback.exit : 0",
        "!fallback.ok ? 0 : fallback.exit",
        "!fallback.ok || fallback.exit == 0",
        "!(fallback.ok && deployments.ok) || fallback.exit == 0",
        "(fallback.ok || has(fallback.exit)) && fallback.exit == 0",
        "(deployments.ok ? fallback.ok : has(fallback.exit)) && fallback.exit == 0",
        "fallback.ok == true && fallback.exit == 0",
        "fallback.ok && deployments.json.all(d, d.id == fallback.json[0].id)",
        "deployments.json.map(d, fallback.ok, fallback.exit)",
        "deployments.json.map(fallback, fallback.id)",
        "has(fallback.json) && has(fallback.json[0].id)",
        "has(fallback.json[0].id) && has(fallback.json)",
        "fallback.exit == 0 && has(fallback.json[0].id) && fallback.ok",
        "fallback.ok ? fallback['exit'] : 0",
        "fallback['ok']",
        # By other names.
        "[fallback, deployments].exists(s, s.state == 'failed')",
        "[fallback].all(s, s.ok && s.exit == 0)",
        "[fallback].all(s, s.exit == 0) && fallback.ok",
        "[fallback].all(s, fallback.ok && s.exit == 0)",
        "[fallback].all(fallback, fallback.ok && fallback.exit == 0)",
        "[fallback].filter(s, s.ok).all(s, s.exit == 0)",
        "[fallback].map(s, s.state == 'done', [s]).all(l, l[0].exit == 0)",
        "fallback.ok && [[fallback]].all(l, l[0].exit == 0)",
        "fallback.ok ? dyn(fallback).exit : 1",
        "(fallback.ok ? dyn(fallback) : dyn(deployments)).exit",
        "{'a': fallback, 'b': deployments}.b.exit",
        "[dyn(fallback), dyn(deployments)][1].exit",
        "[1].all(fallback, .fallback.ok && .fallback.exit == 0)",
        "size([fallback]) == 1",
    ],
)
def test_a_read_that_a_test_dominates_is_allowed(text: str) -> None:
    assert checked(text).problems == ()


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("fallback.exit == 0", 1),
        ("fallback.json[0].id + fallback.json[0].phase", 2),
        ("fallback.ok || fallback.exit == 0", 1),
        ("fallback.ok ? 0 : fallback.exit", 1),
        ("(fallback.ok || deployments.ok) && fallback.exit == 0", 1),
        ("fallback.state == 'failed' && fallback.exit == 0", 1),
        ("fallback.state != 'done' && fallback.exit == 0", 1),
        ("has(fallback.json[0].id)", 1),
        ("!has(fallback.json) && fallback.exit == 0", 1),
        ("fallback['exit'] == 0", 1),
        ("fallback[any] == 0", 1),
        ("has(fallback.state) && fallback.exit == 0", 1),
        ("has(fallback.json[0].id) && fallback.json[0].id == 'x'", 2),
        ("fallback.json[0].id == 'x' && has(fallback.json[0].id)", 2),
        ("[fallback].all(s, deployments.ok && has(fallback.json[0].id))", 1),
        ("[fallback][0].exit == 0", 1),
        ("{'a': fallback}.a.exit == 0", 1),
        ("dyn(fallback).exit == 0", 1),
        ("(deployments.ok ? fallback : fallback).exit == 0", 1),
        ("([fallback] + [fallback])[any.i].exit == 0", 1),
        ("[fallback].filter(s, s.state != 'done')[0].exit == 0", 1),
        ("[fallback].map(s, [s]).all(l, l[0].exit == 0)", 1),
        ("[1].all(fallback, .fallback.exit == 0)", 1),
        ("[1].all(fallback, fallback == 1 && .fallback.exit == 0)", 1),
    ],
)
def test_a_read_of_a_step_that_may_not_have_run_is_found(text: str, count: int) -> None:
    found = checked(text)
    assert [problem.code for problem in found.problems] == ["RB218"] * count
    assert "has(fallback." in found.problems[0].help


@pytest.mark.parametrize(
    ("text", "name"),
    [("[fallback].all(s, s.exit == 0)", "s"), ("[[fallback]].all(s, s[0].exit == 0)", "fallback"), ("dyn(fallback).exit", "fallback")],
)
def test_a_read_by_another_name_is_told_by_what_a_test_would_name(text: str, name: str) -> None:
    (problem,) = checked(text).problems
    assert problem.code == "RB218"
    assert problem.message.startswith(f"{name!r} may not have run here")
    assert f"has({name}.exit)" in problem.help


def test_conditions_within_conditions_cost_no_more_than_they_are_long() -> None:
    text = "fallback.ok"
    for _ in range(50):
        text = f"({text} ? fallback.ok : deployments.ok)"
    assert checked(text).problems == ()


def test_without_maybe_steps_nothing_is_unsure() -> None:
    assert unsure_reads(parse("a.b"), frozenset()) == []


@pytest.mark.parametrize(
    ("text", "refs", "tested"),
    [
        ("deployments.json[0].phase", {("deployments", "json", "[]", "phase")}, set()),
        (
            "deployments.json.filter(d, d.id == 'x')[0].phase",
            {("deployments", "json", "[]", "phase"), ("deployments", "json", "[]", "id")},
            set(),
        ),
        ("deployments.json.map(d, d.id)", {("deployments", "json"), ("deployments", "json", "[]", "id")}, set()),
        ("has(any.a.b) && any['c'] == 1", {("any", "c")}, {("any", "a", "b")}),
        ("any[deployments.exit]", {("any", "[]"), ("deployments", "exit")}, set()),
        ("size(any.a) > free.a", {("any", "a"), ("free", "a")}, set()),
        ("[1].map(x, x)", set(), set()),
        ("[any].map(x, x.a)", {("any",)}, set()),
        ("any.map(any, any.a)", {("any",), ("any", "[]", "a")}, set()),
    ],
)
def test_the_paths_that_are_read_and_tested(text: str, refs: set[tuple[str, ...]], tested: set[tuple[str, ...]]) -> None:
    found = checked(text)
    assert found.refs == refs
    assert found.tested == tested


def test_names_with_dots_are_bound_as_a_whole() -> None:
    found = check(parse("a.b.c"), Env({"a.b": MapType(STRING, INT), "a": STRING}))
    assert (found.problems, found.type) == ((), INT)


def test_a_json_schema_becomes_a_type() -> None:
    schema = {
        "type": "object",
        "additionalProperties": False,
        "required": ["id"],
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "count": {"type": "integer"},
            "ratio": {"type": "number"},
            "tags": {"type": "array", "items": {"type": "string"}},
            "env": {"type": "object", "additionalProperties": {"type": "string"}},
            "extra": {"type": ["string", "null"]},
            "either": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
            "more": {"type": "object", "properties": {"a": {"type": "boolean"}}},
        },
    }
    found = from_json_schema(schema, "app")
    assert isinstance(found, RecordType)
    assert (found.name, found.open) == ("app", False)
    assert found.optional == frozenset(schema["properties"]) - {"id"}
    assert {name: str(field) for name, field in found.fields.items()} == {
        "id": "string",
        "count": "int",
        "ratio": "double",
        "tags": "list(string)",
        "env": "map(string, string)",
        "extra": "dyn",
        "either": "dyn",
        "more": "more",
    }
    more = found.fields["more"]
    assert isinstance(more, RecordType)
    assert more.open
    assert from_json_schema(True) == DYN


def test_a_secret_is_found_at_any_depth() -> None:
    assert holds_secret(ListType(MapType(STRING, LOGIN)))
    assert not holds_secret(STEP)


@pytest.mark.parametrize(
    ("text", "help"),
    [
        ('deployments.exit == "200"', "Write 200 without quotes."),
        ('"-1.5" < deployments.elapsed', "Write -1.5 without quotes."),
        ('deployments.ok == "true"', "Write true without quotes."),
        ('deployments.ok != "yes"', "A bool is true or false, without quotes."),
        ('deployments.exit == "many"', "Convert one side, as in int(text) or string(number)."),
        ("deployments.exit == deployments.state", "Convert one side, as in int(text) or string(number)."),
        ("deployments.ok == deployments.state", ""),
    ],
)
def test_what_stands_in_quotes_is_told_to_stand_without(text: str, help: str) -> None:
    (problem,) = checked(text).problems
    assert (problem.code, problem.help) == ("RB213", help)


@pytest.mark.parametrize("prefix", ["inputs", "steps", "secrets"])
def test_a_name_goes_without_what_other_languages_put_in_front(prefix: str) -> None:
    (problem,) = checked(f"{prefix}.deployments").problems
    assert problem.code == "RB210"
    assert f"by their own names, without '{prefix}.'." in problem.help


def test_two_pairs_of_braces_are_one_too_many() -> None:
    with pytest.raises(SyntaxProblem) as caught:
        parse("{version}")
    assert "one pair of braces is enough: ${name}" in caught.value.help
