"""The values of a run's inputs: from the command line, a file, the environment, the defaults."""

from __future__ import annotations

from ..base.diagnostics import Diagnostic, RunbookError, fail
from ..base.suggest import did_you_mean
from ..expr.values import EvalError
from ..machine.inputs import check_value, lock_keys, parse_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..expr.values import Value
    from ..machine.core import Program
    from ..model.nodes import Input, Runbook


def resolve_inputs(
    runbook: Runbook, given: Mapping[str, Value | str], texts: frozenset[str], environ: Mapping[str, str]
) -> dict[str, Value]:
    """A value for every declared input, in the order of the file.

    `given` are values by name; those in `texts` came as text and are read by the declared type. Raises
    RunbookError: RB710 for a name that isn't declared, RB711 for a missing value, RB712 for one that doesn't fit.
    """
    declared = {item.name.text: item for item in runbook.inputs}
    problems: list[Diagnostic] = []
    for name in given:
        if name not in declared:
            listed = ", ".join(declared) or "none"
            help = did_you_mean(name, declared) or f"Declared inputs: {listed}."
            problems.append(Diagnostic("RB710", f"{runbook.name.text} has no input {name!r}.", None, help))
    values = {name: _value(item, given, texts, environ, problems) for name, item in declared.items()}
    if problems:
        raise RunbookError(*problems)
    return values


def _value(
    item: Input, given: Mapping[str, Value | str], texts: frozenset[str], environ: Mapping[str, str], problems: list[Diagnostic]
) -> Value:
    name = item.name.text
    where = ""
    if name in given:
        value, is_text = given[name], name in texts
    elif item.env and environ.get(item.env, "") != "":
        value, is_text = environ[item.env], True
        where = f" (from {item.env})"
    elif item.has_default:
        value, is_text = item.default, False
    else:
        ways = f"--input {name}=…" + (f", or set {item.env} in the environment" if item.env else "")
        problems.append(Diagnostic("RB711", f"Input {name!r} has no value.", item.name.span, f"Give it: {ways}."))
        return None
    if is_text:
        value = parse_value(item, str(value))
        if value is None:
            problems.append(unfit(item, where, f"expected {item.type}, and it is {_cut(given.get(name, environ.get(item.env, '')))!r}"))
            return None
    problem = check_value(item, value)
    if problem:
        problems.append(unfit(item, where, problem))
    return value


def locks_of(program: Program, inputs: Mapping[str, Value]) -> tuple[str, ...]:
    """The locks of a run with these inputs, before there is one. Raises RunbookError RB423 where they make none."""
    keys: list[str] = []
    for template in program.locks:
        try:
            keys += lock_keys((template,), dict(inputs), None)
        except EvalError as error:
            message = f"With these inputs the lock {template.text!r} can't be made: {error.message}."
            raise fail("RB423", message, template.span(), "Give other inputs, or make the lock of what any of them has.") from None
    return tuple(dict.fromkeys(keys))


def _cut(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


def unfit(item: Input, where: str, problem: str) -> Diagnostic:
    """RB712. `where` the value comes from, if nobody typed it."""
    help = item.description or f"Give another: --input {item.name.text}=…, a value of type {item.type}."
    return Diagnostic("RB712", f"Input {item.name.text!r}{where} doesn't fit: {problem}.", item.name.span, help)
