"""`runbook eval`: an expression against given values, a run's results, or a file of cases."""

from __future__ import annotations

import json
import time

from ...api.plain import plain
from ...base.diagnostics import Problems, RunbookError, fail
from ...base.text import reason
from ...executors.json_value import json_value
from ...expr.check import Env, check
from ...expr.conform import BadCase, LeftOut, read_value, run_cases, type_of
from ...expr.tagged import dumps
from ...expr.template import parse_expression
from ...expr.types import DYN
from ...expr.values import EvalError, SecretRef, Timestamp, Unknown, type_name
from ...syntax.tree import Scalar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ...expr.expression import Expression
    from ...expr.types import Type
    from ...expr.values import Value
    from ..args import Args
    from ..console import Console

FAILED = 1


def run(args: Args, console: Console) -> int:
    """0, 1 when a case failed or the expression has no value, 2 when it is wrong."""
    if args.text("cases"):
        result = run_cases(_cases(args.text("cases")))
        console.print(json.dumps(result, indent=2, ensure_ascii=False, default=str))
        return FAILED if result["failed"] else 0
    text = args.text("EXPRESSION")
    if not text:
        raise fail("RB723", "EXPRESSION is missing.", help="For example: runbook eval '1 + 2'")
    names = _names(args, console)
    expression = _expression(text, names)
    return _print(expression, names, console)


def _expression(text: str, names: Mapping[str, Value]) -> Expression:
    from ...base.source import Source, Span

    source = Source("expression", text)
    problems = Problems()
    where = Scalar(Span(source, 0, len(text)), text)
    expression = parse_expression(text, where, problems)
    if expression is not None:
        types: dict[str, Type] = {name: _type(value) for name, value in names.items()}
        for problem in check(expression.tree, Env(types)).problems:
            problems.error(problem.code, problem.message, expression.span(problem.start, problem.end), problem.help)
    if problems.failed or expression is None:
        raise RunbookError(*problems.sorted())
    return expression


def _type(value: Value) -> Type:
    return DYN if isinstance(value, (dict, SecretRef, Unknown)) else type_of(value)


def _print(expression: Expression, names: Mapping[str, Value], console: Console) -> int:
    try:
        value = expression.evaluate(names, Timestamp(time.time_ns()))
    except EvalError as error:
        console.report(fail(error.code, f"The expression has no value: {error.message}.", expression.span(error.start, error.end)))
        return FAILED
    kind = "secret" if isinstance(value, SecretRef) else type_name(value)
    if console.is_json:
        console.json({"type": kind, "value": plain(value)})
    else:
        console.print(f"{kind}  {value.handle if isinstance(value, SecretRef) else dumps(value)}")
    return 0


def _names(args: Args, console: Console) -> dict[str, Value]:
    names: dict[str, Value] = {}
    if args.text("run"):
        names.update(_of_run(args, console))
    if args.text("bindings"):
        names.update({name: _value(item) for name, item in _object(args.text("bindings")).items()})
    return names


def _of_run(args: Args, console: Console) -> dict[str, Value]:
    """The names of the run's own scope where it stands or ended: inputs, and each finished step's recorded result."""
    from ...api.places import find_run, stores
    from ...api.results import results_of

    _, folder = find_run(stores(args.text("store"), console.environ), args.text("run"))
    return results_of(folder)


def _value(item: Any) -> Value:
    """{"type", "value"} is a tagged value, anything else is plain JSON."""
    if isinstance(item, dict) and set(item) == {"type", "value"} and isinstance(item["type"], str):
        try:
            return read_value(item)
        except (BadCase, LeftOut) as error:
            message = f"{json.dumps(item)[:80]} is no tagged value: {error}."
            raise fail("RB750", message, help='For example: {"type": "int", "value": 3}') from None
    return item


def _object(path: str) -> dict[str, Any]:
    document = _json(path)
    if not isinstance(document, dict):
        raise fail("RB750", f"{path} holds no object of names and values.", help='For example: {"replicas": 3}')
    return document


def _cases(path: str) -> dict[str, Any]:
    document = _json(path)
    cases = document.get("cases") if isinstance(document, dict) else document
    if not isinstance(cases, list) or not all(_is_case(one) for one in cases):
        help = 'A case: {"expr": "1 + 1", "expect": {"value": {"type": "int", "value": 2}}}'
        raise fail("RB750", f"{path} holds no list of cases.", help=help)
    return {"cases": cases}


def _is_case(one: Any) -> bool:
    return isinstance(one, dict) and isinstance(one.get("expr"), str) and isinstance(one.get("expect"), dict)


def _json(path: str) -> Any:
    """The file's JSON, read as a run reads what a program says."""
    try:
        with open(path, encoding="utf-8-sig") as stream:
            return json_value(stream.read())
    except OSError as error:
        raise fail("RB701", f"{path} can't be read: {reason(error)}.", help="Check the path.") from None
    except ValueError as error:
        raise fail("RB750", f"{path} is no JSON: {error}.", help="The file has to be one JSON document in UTF-8.") from None
