"""The arguments of a call with all `${…}` filled in: what `Surface.request` gets."""

from __future__ import annotations

from ..base.duration import LONGEST, parse_duration
from ..expr.expression import Expression, Template, Words, in_text, joined
from ..expr.values import Duration, EvalError, SecretRef, SecretText, Unknown, type_name
from .kinds import ArgumentError
from .sql_text import Bound, SqlValue
from .url import piece, place_after

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from ..expr.compile import Names
    from ..expr.values import Now, Value
    from .kinds import Arg, BoundArg, Call, Request

    Functions = Mapping[str, Callable[..., Value]]

_WANTED = {"int": "a whole number", "bool": "true or false", "duration": "a duration"}


class Filler:
    """One evaluation: where names get their values, the moment of `now()`, further functions."""

    __slots__ = ("fixed", "functions", "names", "now")

    def __init__(self, names: Names | dict[str, Value], now: Now, functions: Functions | None) -> None:
        self.names = names
        self.now = now
        self.functions = functions
        self.fixed = True  # as long as no expression had to be evaluated

    def value(self, source: Expression | Template | Words) -> Value:
        self.fixed = self.fixed and not source.computed
        return source.evaluate(self.names, self.now, self.functions)

    def text(self, template: Template) -> Value:
        """Text whatever the type of a single `${…}`; secrets and unknowns stay what they are."""
        whole = template.whole
        return self.value(template) if whole is None else in_text(self.value(whole), whole)

    def address(self, template: Template) -> Value:
        """An address. A single `${…}` is one as it is; in a longer text each value behind the author's first slash is one piece of it."""
        if template.whole is not None or not template.computed:
            return self.text(template)
        place, begins, empty = "address", "", ""
        pieces: list[Value] = []
        filled: list[Value] = []
        for part in template.parts:
            if isinstance(part, str):
                place = place_after(place, part)
                if begins and place != "address":
                    _only_begins(begins, part)
                    begins = ""
                pieces.append(part)
                filled.append(part)
                continue
            value = in_text(self.value(part), part)
            if isinstance(value, str):
                begins = part.text if place == "address" and ("?" in value or "#" in value) else ""
                value = piece(value, place)
            pieces.append(value)
            if value == "" and place == "path":
                empty, value = empty or part.text.strip(), "x"
            filled.append(value)
        address = joined(pieces)
        if empty:
            _no_hole(address, joined(filled), empty)
        return _straight(address, template)

    def data(self, value: Any) -> Value:
        """Nested data with every template filled in; tuples become lists."""
        if isinstance(value, Template):
            return self.value(value)
        if isinstance(value, tuple):
            return [self.data(item) for item in value]
        if isinstance(value, dict):
            return {key: self.data(item) for key, item in value.items()}
        return value

    def sql(self, template: Template) -> SqlValue:
        """The text with its holes as values, to be bound and never pasted."""
        return SqlValue(tuple(part if isinstance(part, str) else Bound(self.value(part)) for part in template.parts))


def _only_begins(source: str, following: str) -> None:
    """What an address begins with can't have parameters or a fragment when a path follows: that would become part of them."""
    if following.startswith("/"):
        message = f"${{{source.strip()}}} holds '?' or '#', so the path behind it would be none; hand parameters over by `query`"
        raise ArgumentError(message)


def _straight(address: Value, template: Template) -> Value:
    """The address, unless a value in it leads up or aside: servers take `.` and `..` as steps, and so ask for something else."""
    if isinstance(address, str):
        steps = _steps(address) - _steps("".join(part if isinstance(part, str) else "x" for part in template.parts))
        if steps:
            raise ArgumentError(f"a value makes the address go to {min(steps)!r}, which is another place than the one that is written")
    return address


def _no_hole(address: Value, filled: Value, source: str) -> None:
    """An empty value as a whole piece of the path asks for another thing, mostly for all of them: `/items/` and not `/items/7`.

    `source`: the first empty one, as it is written.
    """
    if isinstance(address, str) and isinstance(filled, str) and _holes(address) > _holes(filled):
        raise ArgumentError(f"${{{source}}} is empty and a whole piece of the address's path, so another thing would be asked for")


def _holes(address: str) -> int:
    return address.partition("#")[0].partition("?")[0].split("/").count("")


def _steps(address: str) -> set[str]:
    return {".", ".."}.intersection(address.partition("#")[0].partition("?")[0].split("/"))


def request_of(call: Call, names: Names | dict[str, Value], now: Now) -> Request:
    """The request of a call. One in which nothing is computed is made once. Raises EvalError, and ArgumentError."""
    known = call._fixed
    if known is not None:
        return known
    filler = Filler(names, now, None)
    request = call.surface.request(_evaluated(call, filler))
    if filler.fixed:
        object.__setattr__(call, "_fixed", request)
    return request


def prepare(call: Call) -> None:
    """Make the request of a call in which nothing is computed, and its digest, before the run.

    All of them in one go take a tenth of the time that each takes between two programs, when nothing of it is in the processor's caches.
    One that can't be made is told where its step is entered.
    """
    for bound in call.args.values():
        if _is_computed(bound.value):
            return
    try:
        request_of(call, {}, None).digest()
    except (EvalError, ArgumentError):
        return


def words_vary(call: Call) -> bool:
    """Whether there is a `${…}` in the words of its command, which may then do something else than they seem to as they are written."""
    found = call._varies
    if found is None:
        found = any(isinstance(bound.value, Words) and bound.value.computed for bound in call.args.values())
        object.__setattr__(call, "_varies", found)
    return found


def _is_computed(value: Any) -> bool:
    if isinstance(value, (Words, Template, Expression)):
        return value.computed
    if isinstance(value, dict):
        return any(map(_is_computed, value.values()))
    return isinstance(value, (tuple, list)) and any(map(_is_computed, value))


def evaluate(call: Call, names: Names | dict[str, Value], now: Now, functions: Functions | None = None) -> dict[str, Value]:
    """The value of every argument, by name. Raises EvalError; its offsets are those of the failing expression's text.

    By kind of the argument: words → a list; text → str, SecretRef, SecretText or Unknown; json → data;
    map → a dict; sql → SqlValue; expr → any value; int, bool → checked; duration → microseconds; name → str.
    """
    return _evaluated(call, Filler(names, now, functions))


def _evaluated(call: Call, filler: Filler) -> dict[str, Value]:
    return {name: _value(filler, bound, call.surface.args[name]) for name, bound in call.args.items()}


def _value(filler: Filler, bound: BoundArg, arg: Arg) -> Value:
    value, kind = bound.value, arg.kind
    if kind == "words" and isinstance(value, Words):
        return filler.value(value)
    if kind == "sql":
        return filler.sql(value)
    if kind == "json":
        return filler.data(value)
    if kind == "map":
        return {key: filler.text(item) for key, item in value.items()}
    if kind == "text":
        return filler.address(value) if arg.address else filler.text(value)
    if isinstance(value, Template):
        return _typed(filler.value(value), kind, bound.name, value)
    return filler.value(value) if isinstance(value, (Expression, Words)) else value


def _typed(value: Value, kind: str, name: str, source: Template) -> Value:
    """The value of a single `${…}` where an int, a bool or a duration is wanted."""
    if isinstance(value, Unknown):
        return value
    if kind == "duration":
        micros = _micros(value)
        if micros is not None:
            return micros
    elif type(value) is {"int": int, "bool": bool}[kind]:
        return value
    shown = f"is a {type_name(value)}" if not isinstance(value, (SecretRef, SecretText)) else "is a secret"
    raise EvalError("RB338", f"{source.text} {shown}, but the argument {name!r} must be {_WANTED[kind]}", 0, len(source.text))


def _micros(value: Value) -> int | None:
    if isinstance(value, str):
        return parse_duration(value)
    micros = value.ns // 1000 if isinstance(value, Duration) else -1
    return micros if 0 <= micros <= LONGEST else None
