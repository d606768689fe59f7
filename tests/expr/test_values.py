"""Values at run time: holes, secrets, functions of the caller, the tagged form."""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lang.expr import tagged
from runbook_lang.expr.compile import compile_expr, equal_values
from runbook_lang.expr.parse import parse
from runbook_lang.expr.types import BOOL, DYN, INT, STRING, ListType, RecordType
from runbook_lang.expr.values import (
    FALSE_KEY,
    MISSING,
    TRUE_KEY,
    Duration,
    EvalError,
    SecretRef,
    SecretText,
    Timestamp,
    TypeValue,
    Unknown,
    as_key,
    from_key,
    keys_of,
)

RESULT = RecordType("result", {"json": ListType(RecordType("deployment", {"id": STRING})), "exit": INT})
NAMES: dict[str, Any] = {
    "step": Unknown("step", RESULT),
    "part": {"known": 1, "hole": Unknown("part.hole")},
    "items": [1, Unknown("items[1]"), 3],
    "key": SecretRef("h1"),
    "text": SecretText(("Bearer ", SecretRef("h1"))),
    "n": 2,
}


def run(text: str, names: Any = NAMES, functions: Any = None) -> Any:
    return compile_expr(parse(text))(names, Timestamp(0), functions)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("step.json[0].id", Unknown("step.json[0].id", STRING)),
        ("step.exit", Unknown("step.exit", INT)),
        ("step.json.filter(d, d.id == 'x')", Unknown('step.json.filter(d, d.id == "x")', ListType(DYN))),
        ("step.json.all(d, true)", Unknown("step.json.all(d, true)", BOOL)),
        ("step['exit']", Unknown('step["exit"]', INT)),
        ("step.json[n]", Unknown("step.json[2]", RESULT.fields["json"].elem)),
        ("[1, 2][step.exit]", Unknown("[1, 2][step.exit]")),
        ("step.exit + n * 2", Unknown("step.exit + n * 2")),
        ("-step.exit", Unknown("-step.exit")),
        ("!step.ok", Unknown("!step.ok", BOOL)),
        ("step.exit == 0", Unknown("step.exit == 0", BOOL)),
        ("step.exit < 1", Unknown("step.exit < 1", BOOL)),
        ("size(step.json)", Unknown("size(step.json)")),
        ("has(step.json)", Unknown("has(step.json)", BOOL)),
        ("step.exit == 0 ? 1 : 2", Unknown("step.exit == 0 ? 1 : 2")),
        ("[step.exit]", Unknown("[step.exit]")),
        ("{'a': step.exit}", Unknown('{"a": step.exit}')),
        ("step.name.matches('x')", Unknown('step.name.matches("x")', BOOL)),
        ("part.hole", Unknown("part.hole")),
        ("part.known", 1),
        ("size(items)", 3),
        ("items[0]", 1),
        # What the known part decides alone is decided.
        ("false && step.ok", False),
        ("step.ok && false", False),
        ("true || step.ok", True),
        ("step.ok || true", True),
        ("step.ok && true", Unknown("step.ok && true", BOOL)),
        ("step.ok && 1 / 0 > 0", Unknown("step.ok && 1 / 0 > 0", BOOL)),
        ("items.exists(i, i == 3)", True),
        ("items.all(i, i > 1)", False),
        ("items.all(i, i > 0)", Unknown("items.all(i, i > 0)", BOOL)),
        ("items.exists_one(i, i > 0)", False),
        ("items.map(i, i)", Unknown("items.map(i, i)", ListType(DYN))),
        ("items.filter(i, i > 0)", Unknown("items.filter(i, i > 0)", ListType(DYN))),
        ("3 in items", True),
        ("4 in items", Unknown("4 in items", BOOL)),
        ("items == [1, 2, 4]", False),
        ("items == [1, 2, 3]", Unknown("items == [1, 2, 3]", BOOL)),
        ("part == {'known': 2, 'hole': 1}", False),
    ],
)
def test_a_hole_goes_as_far_as_it_decides_anything(text: str, value: object) -> None:
    assert run(text) == value


def test_a_hole_is_shown_in_its_own_brackets() -> None:
    assert str(run("step.json[0].id")) == "⟨step.json[0].id⟩"


@pytest.mark.parametrize("name", ["key", "text"])
@pytest.mark.parametrize(
    "text",
    [
        *(
            "{} == 'x'",
            "{} != {}",
            "{} + 'x'",
            "size({})",
            "string({})",
            "dyn({})",
            "type({})",
            "[{}]",
            "{{'a': {}}}",
            "{{{}: 1}}",
            "{}.x",
            "{}[0]",
            "[1][{}]",
        ),
        *(
            "{} in [1]",
            "{} in {{1: 1}}",
            "has({}.x)",
            "{}.all(x, true)",
            "[1].map(x, {})",
            "[1].all(x, {})",
            "{}.matches('x')",
            "'x'.matches({})",
            "!{}",
        ),
        *("{} && true", "{} ? 1 : 2", "{} < 1", "-{}", "window({})", "{}.startsWith('x')", "[1].filter(x, {})", "[1].exists_one(x, {})"),
    ],
)
def test_an_operation_on_a_secret_is_an_error_that_shows_nothing(text: str, name: str) -> None:
    with pytest.raises(EvalError) as caught:
        run(text.format(name, name), functions={"window": lambda name: True})
    assert caught.value.code in ("RB248", "RB242")
    assert "h1" not in caught.value.message
    assert "Bearer" not in caught.value.message


def test_a_secret_passes_through_whole() -> None:
    assert run("key") == SecretRef("h1")
    assert run("true ? key : key") == SecretRef("h1")


def test_the_caller_brings_functions() -> None:
    assert run("window('night')", functions={"window": lambda name: name == "night"}) is True
    with pytest.raises(EvalError) as caught:
        run("window('night')")
    assert (caught.value.code, caught.value.start, caught.value.end) == ("RB251", 0, 6)
    with pytest.raises(EvalError) as caught:
        run("1 + f()", functions={"f": lambda: 2**70})
    assert caught.value.code == "RB244"


def test_names_come_from_any_object_that_answers_get() -> None:
    class Names:
        def get(self, name: str) -> Any:
            return {"a": None}.get(name, MISSING)

    assert run("a == null", Names()) is True
    with pytest.raises(EvalError) as caught:
        run("1 + b", Names())
    assert (caught.value.code, caught.value.start, caught.value.end) == ("RB247", 4, 5)


def test_now_is_the_moment_that_the_caller_gives() -> None:
    assert compile_expr(parse("now()"))({}, Timestamp(5)) == Timestamp(5)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (1, "1"),
        (1.0, "1.0"),
        (1e100, "1e+100"),
        (-0.0, "-0.0"),
        (float("inf"), '{"$double":"Infinity"}'),
        (float("-inf"), '{"$double":"-Infinity"}'),
        ("é\n", '"é\\n"'),
        ([1, [2.0]], "[1,[2.0]]"),
        ({"b": 1, "a": 2}, '{"a":2,"b":1}'),
        ({TRUE_KEY: 1, 1: 2, FALSE_KEY: 3, "x": 4}, '{"$map":[[false,3],[true,1],[1,2],["x",4]]}'),
        ({"$x": 1}, '{"$map":[["$x",1]]}'),
        (Timestamp(1_500_000_000), '{"$timestamp":"1970-01-01T00:00:01.5Z"}'),
        (Duration(-5), '{"$duration":"-5ns"}'),
        (SecretRef("h1"), '{"$secret":"h1"}'),
        (SecretText(("a", SecretRef("h1"))), '{"$text":["a",{"$secret":"h1"}]}'),
        (Unknown("a.b"), '{"$unknown":"a.b"}'),
        (TypeValue("int"), '{"$type":"int"}'),
    ],
)
def test_the_tagged_form_keeps_every_value(value: Any, text: str) -> None:
    assert tagged.dumps(value) == text
    again = tagged.loads(text)
    assert (type(again), again) == (type(value), value)


def test_not_a_number_survives_the_tagged_form() -> None:
    again = tagged.loads(tagged.dumps(float("nan")))
    assert isinstance(again, float)
    assert again != again  # noqa: PLR0124 - that is what makes it NaN


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "{",
            "NaN",
            "Infinity",
            '{"$x":"y"}',
            '{"$double":"1"}',
            '{"$double":1}',
            '{"$timestamp":"soon"}',
            '{"$duration":"5s"}',
            '{"$duration":"xns"}',
        ),
        *(
            '{"$map":[1]}',
            '{"$map":[[null,1]]}',
            '{"$map":[[1.5,1]]}',
            '{"$map":{}}',
            '{"a":1,"a":2}',
            '{"$a":1,"b":2}',
            '{"$text":[1]}',
            '{"$secret":1}',
            "[" * 100_000,
        ),
    ],
)
def test_what_is_not_the_tagged_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        tagged.loads(text)


def test_what_is_no_value_has_no_tagged_form() -> None:
    with pytest.raises(TypeError):
        tagged.dumps(object())
    deep: list[Any] = []
    for _ in range(50_000):
        deep = [deep]
    with pytest.raises(ValueError, match="too deep"):
        tagged.dumps(deep)


def test_keys_tell_bools_from_numbers() -> None:
    assert as_key(True) is TRUE_KEY
    assert as_key(1) == 1
    assert as_key(2.0) == 2
    assert as_key(2.5) is MISSING
    assert as_key(None) is MISSING
    assert from_key(FALSE_KEY) is False
    assert keys_of({TRUE_KEY: 0, 1: 0, "a": 0}) == [True, 1, "a"]
    assert not equal_values({TRUE_KEY: 1}, {1: 1})
