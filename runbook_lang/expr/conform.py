"""Runs cases of CEL's conformance tests (as JSON) against this implementation.

A case has `expr`, `bindings` (name -> tagged value), and `expect` with `value`, `error` or `deduced_type`;
optionally `decls`, `disable_check`, `check_only`. A tagged value is {"type", "value"}.
"""

from __future__ import annotations

from .check import Env, check
from .compile import compile_expr, equal_values
from .functions import to_text
from .limits import INT_MAX, INT_MIN
from .parse import parse
from .signatures import Signature
from .times import parse_duration, parse_timestamp
from .types import BOOL, DOUBLE, DURATION, DYN, INT, NULL, STRING, TIMESTAMP, TYPE, ListType, MapType, Type, TypeVar
from .values import MISSING, EvalError, SyntaxProblem, Timestamp, TypeValue, Value, as_key, type_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Json = dict[str, Any]

LEFT_OUT_CODES = frozenset({"RB206", "RB207", "RB208", "RB221"})
"""Codes that say: CEL has it, the subset doesn't."""

_SIMPLE: dict[str, Type] = {
    "bool": BOOL,
    "int": INT,
    "double": DOUBLE,
    "string": STRING,
    "null_type": NULL,
    "null": NULL,
    "dyn": DYN,
    "type": TYPE,
    "timestamp": TIMESTAMP,
    "duration": DURATION,
    "google.protobuf.Timestamp": TIMESTAMP,
    "google.protobuf.Duration": DURATION,
}


_INT64 = range(INT_MIN, INT_MAX + 1)
_BARE: dict[str, type] = {"null": type(None), "bool": bool, "int": int, "string": str}
_TEXTS: dict[str, Callable[[str], Value]] = {
    "type": TypeValue,
    "timestamp": parse_timestamp,
    "google.protobuf.Timestamp": parse_timestamp,
    "duration": parse_duration,
    "google.protobuf.Duration": parse_duration,
    "double": float,  # "Infinity", "-Infinity", "NaN"
}


class LeftOut(Exception):
    """The case needs a part of CEL that the subset leaves out."""


class BadCase(Exception):
    """A case, or a tagged value, that isn't one; args[0] says why."""


def run_cases(document: Json) -> Json:
    """{"passed": count, "failed": [{"id", "name", "expr", "why"}], "left_out": [the same]}."""
    passed = 0
    failed: list[Json] = []
    left_out: list[Json] = []
    for case in document["cases"]:
        note = {key: case.get(key) for key in ("id", "file", "section", "name", "expr")}
        try:
            why = run_case(case)
        except LeftOut as reason:
            left_out.append({**note, "why": str(reason)})
            continue
        except BadCase as reason:
            why = f"this is no case: {reason}"
        if why is None:
            passed += 1
        else:
            failed.append({**note, "why": why})
    return {"passed": passed, "failed": failed, "left_out": left_out}


def run_case(case: Json) -> str | None:
    """None when the case holds, otherwise what is different. Raises LeftOut when it lies outside the subset, BadCase for no case."""
    expect = case["expect"]
    given = _given(case)
    wanted = read_value(expect["value"]) if "value" in expect else MISSING
    try:
        outcome, deduced = _outcome(case, *given)
    except (SyntaxProblem, EvalError) as error:
        if error.code in LEFT_OUT_CODES:
            raise LeftOut(error.message) from None
        return None if expect.get("error") else f"{error.code}: {error.message}"
    if "deduced_type" in expect and deduced != read_type(expect["deduced_type"]) and not case.get("disable_check"):
        return f"the type is {deduced}"
    if expect.get("error"):
        return f"a value instead of an error: {outcome!r}"
    if case.get("check_only") or wanted is MISSING:
        return None
    return None if same_value(outcome, wanted) else f"the value is {outcome!r}"


def _given(case: Json) -> tuple[dict[str, Value], Env]:
    """The values of names, and what there is besides. It is read before anything is evaluated: what is wrong in a case is no outcome."""
    if not case["expect"].keys() & {"value", "deduced_type"} and case["expect"].get("error") is not True:
        raise BadCase("it expects neither a value, nor a type, nor an error")
    try:
        bindings = {name: read_value(value) for name, value in case.get("bindings", {}).items()}
        return bindings, _env(case, bindings)
    except (AttributeError, KeyError, TypeError):
        raise BadCase("its bindings or its decls are not of the form that they have") from None


def _outcome(case: Json, bindings: dict[str, Value], env: Env) -> tuple[Value, Type]:
    tree = parse(case["expr"])
    deduced: Type = DYN
    if not case.get("disable_check"):
        checked = check(tree, env)
        deduced = checked.type
        for problem in checked.problems:
            if not problem.early:
                raise EvalError(problem.code, problem.message, problem.start, problem.end)
    if case.get("check_only"):
        return None, deduced
    dotted = frozenset(name for name in bindings if "." in name)
    return compile_expr(tree, dotted)(bindings, Timestamp(0)), deduced


def _env(case: Json, bindings: dict[str, Value]) -> Env:
    names = {name: type_of(value) for name, value in bindings.items()}
    functions: dict[str, tuple[Signature, ...]] = {}
    for decl in case.get("decls", ()):
        if "function" in decl:
            functions[decl["name"]] = tuple(
                Signature(tuple(read_type(param) for param in one["params"]), read_type(one["result"]), bool(one.get("member")))
                for one in decl["function"]
            )
        else:
            names[decl["name"]] = read_type(decl["type"])
    return Env(names, functions)


def read_type(text: Any) -> Type:
    """A type as CEL spells it; a single capital letter (with digits) is a type parameter. Raises LeftOut, BadCase."""
    if not isinstance(text, str):
        raise BadCase(f"{_short(text)} is no type")
    text = text.strip()
    if text in _SIMPLE:
        return _SIMPLE[text]
    if text.startswith("list(") and text.endswith(")"):
        return ListType(read_type(text[5:-1]))
    if text.startswith("type(") and text.endswith(")"):
        read_type(text[5:-1])
        return TYPE
    if text.startswith("map(") and text.endswith(")"):
        inner = text[4:-1]
        depth = 0
        for at, char in enumerate(inner):
            depth += (char == "(") - (char == ")")
            if char == "," and depth == 0:
                return MapType(read_type(inner[:at]), read_type(inner[at + 1 :]))
    if text[:1].isupper() and (len(text) == 1 or text[1:].isdigit()):
        return TypeVar(text)
    raise LeftOut(f"the type {text}")


def read_value(tagged: Any) -> Value:
    """The value of {"type", "value"}. Raises LeftOut, BadCase."""
    if not isinstance(tagged, dict) or "value" not in tagged or not isinstance(tagged.get("type"), str):
        raise BadCase(f"{_short(tagged)} is no object with a type and a value")
    kind, value = tagged["type"], tagged["value"]
    if type(value) is _BARE.get(kind) and (kind != "int" or value in _INT64):
        return value
    if kind == "double" and type(value) in (int, float):
        return float(value)
    if kind in _TEXTS and isinstance(value, str):
        try:
            return _TEXTS[kind](value)
        except (EvalError, ValueError) as error:
            raise BadCase(str(error)) from None
    if kind == "list" and isinstance(value, list):
        return [read_value(item) for item in value]
    if kind == "map" and isinstance(value, list):
        return dict(map(_read_entry, value))
    if kind not in _SIMPLE and kind not in ("list", "map"):
        raise LeftOut(f"a value of type {kind}")
    raise BadCase(f"{_short(value)} is no {kind}")


def _read_entry(pair: Any) -> tuple[Value, Value]:
    if not isinstance(pair, list) or len(pair) != 2:
        raise BadCase(f"{_short(pair)} is no pair of a key and a value")
    key = read_value(pair[0])
    if type(key) not in (bool, int, str):
        raise BadCase(f"a value of type {type_name(key)} can't be the key of a map")
    return as_key(key), read_value(pair[1])


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "…"


def type_of(value: Value) -> Type:
    """The static type of a value that is bound without a declaration."""
    name = type_name(value)
    if name == "list":
        return ListType(DYN)
    if name == "map":
        return MapType(DYN, DYN)
    return _SIMPLE[name]


def same_value(got: Value, wanted: Value) -> bool:
    """Equal in type and value, int and double told apart; NaN is the same as NaN, 0.0 is not -0.0."""
    if type(got) is not type(wanted):
        return False
    if isinstance(got, float):
        return to_text(got) == to_text(float(wanted))
    if isinstance(got, list):
        return len(got) == len(wanted) and all(same_value(a, b) for a, b in zip(got, wanted, strict=True))
    if isinstance(got, dict):
        return len(got) == len(wanted) and all(key in wanted and same_value(item, wanted[key]) for key, item in got.items())
    return equal_values(got, wanted)
