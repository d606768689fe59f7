"""What is known of the thing under the cursor."""

from __future__ import annotations

import re

from ..base.duration import human_duration
from ..base.record import Record
from ..expr.ast import Call, Has, Ident, Macro
from ..expr.check import Env
from ..expr.parts import parts_of
from ..expr.signatures import SIGNATURES, WINDOW
from ..expr.types import RecordType
from ..machine.core import Act
from ..model import fields as f
from ..model import nodes as m
from . import commands
from .completion import MACROS, place_tables
from .names import names_at
from .place import KEY, VALUE
from .references import declared, expression_at, symbol_at
from .slots import short_form

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..expr.ast import Expr
    from ..expr.expression import Expression
    from ..expr.types import Type
    from .analysis import Snapshot
    from .symbols import Symbol
    from .view import View

_WORD = re.compile(r"[\w-]+")
_COMMAND_WORD = re.compile(r"[^\s\"'{}]+")
MOST_FIELDS = 16


class Hover(Record):
    """Markdown about a range of the text."""

    text: str
    start: int
    end: int


def hover(view: View, offset: int) -> Hover | None:
    """What is known of the word at an offset; None when nothing is."""
    if view.is_foreign:
        return None
    word = _word_at(view.text, offset, _WORD)
    known = _of_expression(view, offset)
    if known is not None:
        return known
    if word is None:
        return None
    start, end = word
    name = view.text[start:end]
    place = view.place(end)
    if place.what == KEY or (place.what == VALUE and place.start > start):
        return _of_key(view, name, start, end)
    if place.what == VALUE:
        slot = short_form(place.slot, view.lookup)
        if slot.kind == "words" and slot.executor:
            return _of_command(view, slot.executor, place.start, offset)
    symbol = symbol_at(view.known, view.old(offset))
    return Hover(describe(symbol[0]), start, end) if symbol is not None else None


def _word_at(text: str, offset: int, pattern: re.Pattern[str]) -> tuple[int, int] | None:
    begin = max(text.rfind("\n", 0, offset) + 1, offset - 500)
    end = text.find("\n", offset)
    line = text[begin : len(text) if end < 0 else min(end, offset + 500)]
    for found in pattern.finditer(line):
        if begin + found.start() <= offset <= begin + found.end():
            return begin + found.start(), begin + found.end()
    return None


# --- expressions -------------------------------------------------------------------------------------------------------


def _of_expression(view: View, offset: int) -> Hover | None:
    snapshot = view.known
    found = expression_at(snapshot, view.old(offset))
    if found is None or not found[1]:
        return None
    expression, nodes = found
    node = nodes[0]
    span = expression.span(node.start, node.end)
    place = None if span is None else view.new(span.start, span.end)
    if place is None:
        return None
    text = _about(snapshot, expression, node)
    return Hover(text, *place) if text else None


def _about(snapshot: Snapshot, expression: Expression, node: Expr) -> str:
    if isinstance(node, Call) and node.function in SIGNATURES:
        lines = [
            f"{node.function}{one}" if not one.member else f"{one}".replace(".(", f".{node.function}(", 1)
            for one in SIGNATURES[node.function]
        ]
        return _code("\n".join(lines))
    if isinstance(node, Call) and node.function == "window":
        return _code(f"window{WINDOW}") + "\n\nWhether a window of the policy is open."
    if isinstance(node, Macro):
        return _code(f"list.{node.kind}{MACROS[node.kind]}")
    if isinstance(node, Has):
        return _code("has(x.field) -> bool") + "\n\nWhether the field is there."
    type_ = type_of(snapshot, expression, node)
    if type_ is None:
        return ""
    text = expression.text[node.start : node.end]
    lines = [_code(f"{text if len(text) <= 80 else text[:77] + '…'}: {type_}"), _fields(type_)]
    if isinstance(node, Ident):
        symbol = next((item for item in declared(snapshot) if item.name == node.name), None)
        lines.append(describe(symbol, title=False) if symbol is not None else "")
    return "\n\n".join(line for line in lines if line)


def type_of(snapshot: Snapshot, expression: Expression, node: Expr) -> Type | None:
    """The type of a part of an expression."""
    seen = snapshot.look.at_expressions.get(id(expression))
    if seen is not None:
        names = seen[1].names()
    else:
        span = expression.span()
        names = names_at(snapshot, span.start if span is not None else 0).names
    for part in parts_of(expression.tree, Env(names)):
        if part.node is node:
            return part.type
    return None


def _fields(type_: Type) -> str:
    if not isinstance(type_, RecordType):
        return ""
    shown = [f"- `{name}`: {field}" + (" (may be missing)" if name in type_.optional else "") for name, field in type_.fields.items()]
    more = [f"- and {len(shown) - MOST_FIELDS} more"] if len(shown) > MOST_FIELDS else []
    return "\n".join(shown[:MOST_FIELDS] + more)


def _code(text: str) -> str:
    return f"```\n{text}\n```"


# --- names -------------------------------------------------------------------------------------------------------------


def describe(symbol: Symbol, *, title: bool = True) -> str:
    """What a name is, and what its declaration says."""
    book = symbol.snapshot.book
    lines = (
        [f"**{symbol.name}**, a {symbol.kind}".replace("a input", "an input")]
        if title
        else [f"A {symbol.kind}.".replace("A input", "An input")]
    )
    if book is None:
        return lines[0]
    for item in book.inputs:
        if item.name.text == symbol.name:
            lines += [item.description, _input_text(item)]
    for secret in book.secrets:
        if secret.name.text == symbol.name:
            lines += [secret.description, f"From {secret.source} `{getattr(secret.where, 'text', secret.where)}`."]
    step = _step(symbol.snapshot, symbol.name)
    if step is not None and symbol.kind == "step":
        lines += [step.title, effect_text(symbol.snapshot, step.id.text)]
    return "\n\n".join(line for line in lines if line)


def _input_text(item: m.Input) -> str:
    notes = [f"Type: {item.format or item.type}."]
    notes += [f"Default: `{item.default}`."] if item.has_default else []
    notes += [f"From the environment: `{item.env}`."] if item.env else []
    notes += [f"One of: {', '.join(map(str, item.choices))}."] if item.choices else []
    return " ".join(notes)


def _step(snapshot: Snapshot, name: str) -> m.Step | None:
    from ..machine.desugar import all_steps

    book = snapshot.book
    steps = all_steps(book.steps + book.on_failure) if book is not None else []
    return next((step for step in steps if step.id.text == name), None)


def effect_text(snapshot: Snapshot, step: str) -> str:
    """What a step does to the world, and why that is known."""
    act = next((act for act in snapshot.acts() if act.id == step), None)
    return "" if act is None else act_text(act)


def act_text(act: Act) -> str:
    """An act's effect with its reason, and what follows from it."""
    notes = [f"Effect: **{act.effect}**" + (f", because {act.why}." if act.why else ".")]
    if act.repeatable and act.effect != "read":
        notes.append("Doing it twice is doing it once.")
    if act.undo is not None:
        notes.append(f"Its undo is a {act.undo.effect}.")
    notes.append(f"An attempt takes at most {human_duration(act.limit_us)}.")
    return " ".join(notes)


# --- keys and commands -------------------------------------------------------------------------------------------------


def _of_key(view: View, name: str, start: int, end: int) -> Hover | None:
    lines = []
    field = place_tables(view, view.place(start), name)
    if field is not None:
        example = getattr(field, "example", "")
        lines = [f"**{name}**", field.doc, f"One of: {' | '.join(field.choices)}." if field.choices else ""]
        lines += [f"For example `{example}`." if example else ""]
    if name in f.EXECUTORS or view.lookup(name) is not None:
        act = _act_at(view, start)
        lines = [f"**{name}**", act_text(act) if act is not None else "", _result_text(act)]
    symbol = symbol_at(view.known, view.old(start + 1)) if not lines else None
    if symbol is not None:
        lines = [describe(symbol[0])]
    text = "\n\n".join(line for line in lines if line)
    return Hover(text, start, end) if text else None


def _act_at(view: View, start: int) -> Act | None:
    old = view.old(start)
    inside = [act for act in view.known.acts() if act.span.start <= old <= act.span.end]
    return min(inside, key=lambda act: act.span.end - act.span.start, default=None)


def _result_text(act: Act | None) -> str:
    return "Its result:\n\n" + _fields(act.result) if act is not None and act.result is not None else ""


def _of_command(view: View, executor: str, begin: int, offset: int) -> Hover | None:
    found = _word_at(view.text, offset, _COMMAND_WORD)
    surface = view.lookup(executor)
    if found is None or surface is None:
        return None
    start, end = max(found[0], begin), found[1]
    word = view.text[start:end]
    _, choices = commands.choices(surface, view.text[begin:start].lstrip("\"'|>-\n ") + word)
    name = word.partition("=")[0]
    choice = next((item for item in choices if name == item.word or (name[:1] == "-" and name in item.detail.split(", "))), None)
    if choice is None:
        return None
    return Hover("\n\n".join(line for line in (f"**{choice.word}** ({choice.detail})", choice.doc) if line), start, end)
