"""Templates and commands: what becomes of text, what keeps its type, and where errors point to."""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lang.base.diagnostics import Problems
from runbook_lang.base.source import Source
from runbook_lang.expr.expression import Template, Words
from runbook_lang.expr.template import parse_expression, parse_template, split_words
from runbook_lang.expr.values import Duration, EvalError, SecretRef, SecretText, Timestamp, Unknown
from runbook_lang.syntax.yaml_reader import read_yaml
from tests.expr.places import Place

NOW = Timestamp(0)
NAMES: dict[str, Any] = {
    "id": "a b",
    "n": 3,
    "x": 1.5,
    "yes": True,
    "none": None,
    "hosts": ["one", "two words", 3],
    "map": {"k": "v", "list": []},
    "key": SecretRef("h1"),
    "later": Unknown("step.json"),
    "at": Timestamp(1_500_000_000),
    "for_": Duration(90_000_000_000),
}


def template(text: str) -> Template:
    problems = Problems()
    found = parse_template(text, None, problems)
    assert found is not None, [problem.message for problem in problems]
    return found


def words(text: str) -> Words:
    problems = Problems()
    found = split_words(text, None, problems)
    assert found is not None, [problem.message for problem in problems]
    return found


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", ""),
        ("plain $ text", "plain $ text"),
        ("${id}", "a b"),
        ("${hosts}", ["one", "two words", 3]),
        ("${none}", None),
        ("${n}", 3),
        ("${key}", SecretRef("h1")),
        ("n=${n}, x=${x}, ${yes}", "n=3, x=1.5, true"),
        ("${n}${n}", "33"),
        (" ${n}", " 3"),
        ("${at} ${for_}", "1970-01-01T00:00:01.5Z 90s"),
        ("$${id}", "${id}"),
        ("$$${id}", "$${id}"),
        ("$ {id} $", "$ {id} $"),
        ("${ {'}': '}'}['}'] }", "}"),
        ("${'${'}", "${"),
        ("${r'\\'}.", "\\."),
        ("${'''a'}'''}!", "a'}!"),
        ("${n // comment }\n}", 3),
        ("${ {'api//v1': n}.`api//v1` }!", "3!"),
        ("${n // `comment }\n}`", "3`"),
        ("a${n}$${b}${n}", "a3${b}3"),
        ("Bearer ${key}", SecretText(("Bearer ", SecretRef("h1")))),
        ("${key}${key}", SecretText((SecretRef("h1"), SecretRef("h1")))),
        ("${later.items[0]}", Unknown("step.json.items[0]")),
        ("id=${later.id}!", Unknown("id=⟨step.json.id⟩!")),
        ("${later} ${key}", Unknown("⟨step.json⟩ (secret)")),
    ],
)
def test_a_template_evaluates_to(text: str, value: object) -> None:
    assert template(text).evaluate(NAMES, NOW) == value


@pytest.mark.parametrize("text", ["v: ${hosts}", "v: ${none}", "v: ${map}", "v: ${type(1)}"])
def test_what_has_no_text_form_is_an_error_in_mixed_text(text: str) -> None:
    with pytest.raises(EvalError) as caught:
        template(text).evaluate(NAMES, NOW)
    assert caught.value.code == "RB250"


def test_a_constant_and_a_whole_template_are_told_apart() -> None:
    assert template("abc $${x}").constant == "abc ${x}"
    assert template("").constant == ""
    assert template("${n}").constant is None
    assert template("${n}").whole is not None
    assert template("a${n}").whole is None
    assert template("a${n}").constant is None
    assert template("a${n + x}${hosts.all(h, h == id)}").roots == {"n", "x", "hosts", "id"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("apps get ${id} -o json", ["apps", "get", "a b", "-o", "json"]),
        ("x ${hosts} y", ["x", "one", "two words", "3", "y"]),
        ("x ${map.list} y", ["x", "y"]),
        ("--name=${id}", ["--name=a b"]),
        ("a 'b ${id}' \"c ${id}\" d\\ e", ["a", "b ${id}", "c a b", "d e"]),
        ("'' \"\"", ["", ""]),
        ("a\n  b\tc", ["a", "b", "c"]),
        ("a \\\n  b", ["a", "b"]),
        ("a\\\nb", ["ab"]),
        ('"a\\"b" "c\\d" "e\\\\f"', ['a"b', "c\\d", "e\\f"]),
        ("${n + 1} ${id == 'a b'}", ["4", "true"]),
        ("${id.replace(' ', '|')}", ["a|b"]),
        ("$${id} '$HOME' \\$HOME", ["${id}", "$HOME", "$HOME"]),
        ("KEYS user:* /p?x=1 a=b #no-comment ~", ["KEYS", "user:*", "/p?x=1", "a=b", "#no-comment", "~"]),
        ("cost 5$ '*' \"|\"", ["cost", "5$", "*", "|"]),
        ("${key} t=${key}", [SecretRef("h1"), SecretText(("t=", SecretRef("h1")))]),
        ("${later.id} x${later.id}", [Unknown("step.json.id"), Unknown("x⟨step.json.id⟩")]),
    ],
)
def test_a_command_is_split_before_anything_is_filled_in(text: str, value: list[object]) -> None:
    assert words(text).evaluate(NAMES, NOW) == value


@pytest.mark.parametrize("text", ["a ${none}", "a x${hosts}", "a ${map}", "a ${[[1]]}"])
def test_a_word_is_never_made_of_null_or_a_nested_list(text: str) -> None:
    with pytest.raises(EvalError) as caught:
        words(text).evaluate(NAMES, NOW)
    assert caught.value.code == "RB250"


@pytest.mark.parametrize(
    ("text", "code", "marked"),
    [
        ("ls | wc", "RB232", "|"),
        ("a && b", "RB232", "&&"),
        ("a; b", "RB232", ";"),
        ("a >out", "RB232", ">"),
        ("a 2>&1", "RB232", ">&"),
        ("a <in", "RB232", "<"),
        ("a `b`", "RB232", "`"),
        ("rm *", "RB232", "*"),
        ("a ?", "RB232", "?"),
        ("get $APP_ID", "RB235", "$APP_ID"),
        ('get "x $APP_ID"', "RB235", "$APP_ID"),
        ("a $(b)", "RB235", "$("),
        ("a $1", "RB235", "$1"),
        ("a 'b", "RB233", "'"),
        ('a "b', "RB233", '"'),
        ("a \\", "RB233", "\\"),
        ("", "RB234", ""),
        (" \n ", "RB234", " \n "),
        ("a ${b", "RB230", "${"),
        ("a ${}", "RB231", "${}"),
        ("a ${ }", "RB231", "${ }"),
        ("a ${b +}", "RB201", "+"),
        ("a 'x' ${b c}", "RB201", "c"),
    ],
)
def test_a_command_that_is_none_is_marked_where_it_is_wrong(text: str, code: str, marked: str) -> None:
    problems = Problems()
    assert split_words(text, Place(text), problems) is None
    first = problems.items[0]
    assert first.code == code
    assert first.span is not None
    assert first.span.text == marked


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("a '${id}'", ["${id}"]),
        ("a 'x ${id}, ${n}' ${x} '${yes}'", ["${id}", "${n}", "${yes}"]),
        ("""sh -c 'echo "${n + 1}"'""", ["${n + 1}"]),
        ("a '$${id}'", []),
        ("a '$${id} ${n}'", ["${n}"]),
        ("a '${name%%.txt} ${n:-3} ${#list} ${}'", []),
        ("a '${id' x", []),
        ('a "${id}"', []),
        ("a ${id}", []),
        ("a \\${id}", []),
        ("""a ${'x'}""", []),
        ("""a "'${id}'" """, []),
    ],
)
def test_what_looks_like_a_value_in_single_quotes_is_remembered(text: str, marked: list[str]) -> None:
    """Not what can only be meant for a shell, and not what is filled in."""
    found = split_words(text, Place(text), Problems())
    assert found is not None
    spans = [one.span(-2, len(one.text) + 1) for one in found.quoted]
    assert [span.text for span in spans if span is not None] == marked


def test_many_values_in_single_quotes_take_no_longer_than_their_length() -> None:
    for text in ("a '" + "${" * 20_000 + "'", "a '" + "$${" * 20_000 + "'"):
        assert split_words(text, None, Problems()) is not None


@pytest.mark.parametrize(
    ("text", "code", "marked"),
    [
        ("a ${b", "RB230", "${"),
        ("a ${'}", "RB230", "${"),
        ("a ${b // }", "RB230", "${"),
        ("${}", "RB231", "${}"),
        ("x ${a.for + for}", "RB204", "for"),
        ("x ${1u}", "RB206", "1u"),
    ],
)
def test_a_template_that_is_none_is_marked_where_it_is_wrong(text: str, code: str, marked: str) -> None:
    problems = Problems()
    assert parse_template(text, Place(text), problems) is None
    first = problems.items[0]
    assert first.code == code
    assert first.span is not None
    assert first.span.text == marked


def test_all_errors_of_a_template_come_at_once() -> None:
    problems = Problems()
    text = "${a +} and ${} and ${b"
    assert parse_template(text, Place(text), problems) is None
    assert [problem.code for problem in problems] == ["RB201", "RB231", "RB230"]


def test_the_place_of_an_expression_inside_a_word_is_its_place_in_the_file() -> None:
    text = "apps get 'a b' --x=${deployment.id}"
    found = split_words(text, Place(text), Problems())
    assert found is not None
    (expression,) = found.expressions
    span = expression.span(11, 13)
    assert span is not None
    assert span.text == "id"
    word = found.words[-1]
    whole = word.span()
    assert whole is not None
    assert whole.text == "--x=${deployment.id}"


def test_places_go_through_the_escapes_and_folds_of_yaml() -> None:
    text = 'a: "say \\"hi\\" ${nme +}"\nb: >-\n  first line\n  ${x ++}\n'
    problems = Problems()
    tree = read_yaml(Source("ops.yml", text), problems)
    assert tree is not None
    assert not problems.failed
    for key in ("a", "b"):
        scalar = tree.get(key)
        assert parse_template(scalar.value, scalar, problems) is None
    marked = [(problem.span.line, problem.span.text) for problem in problems if problem.span]
    assert marked == [(1, "+"), (4, "+")]


def test_an_expression_without_a_place_has_none() -> None:
    problems = Problems()
    assert parse_expression("1 +", None, problems) is None
    assert problems.items[0].span is None
    found = parse_expression("a.b", None, Problems())
    assert found is not None
    assert found.span() is None


def test_the_same_text_is_the_same_expression_wherever_it_stands() -> None:
    one = parse_template("x ${a}", Place("x ${a}", 3), Problems())
    two = parse_template("x ${a}", Place("x ${a}", 9), Problems())
    assert one == two
    assert hash(one) == hash(two)
    assert one != parse_template("x ${b}", None, Problems())


def test_a_text_over_the_bound_is_refused() -> None:
    for read in (parse_template, split_words):
        problems = Problems()
        assert read("x " * 200_001, None, problems) is None
        assert problems.items[0].code == "RB205"
