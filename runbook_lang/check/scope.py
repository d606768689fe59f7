"""What is visible at a place of a program, and checking one expression or text there."""

from __future__ import annotations

import re

from ..base.diagnostics import Fix
from ..base.suggest import did_you_mean
from ..expr.ast import Call, Ident, Literal, walk
from ..expr.check import Env, check
from ..expr.dominance import error_of, learned, skip_of
from ..expr.expression import Expression, Template, Words, text_fits
from ..expr.signatures import WINDOW
from ..expr.types import BOOL, DURATION, DYN, INT, SECRET, STRING, TIMESTAMP, ListType, RecordType, Type, holds_secret
from ..model.reader import ANY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from ..base.diagnostics import Problems
    from ..expr.overloads import Problem

    Fits = Callable[[Type], bool]

ERROR_TYPE = RecordType("error", {"kind": STRING, "message": STRING})
FAILURE_TYPE = RecordType("failure", {"step": STRING, "kind": STRING, "message": STRING, "summary": STRING})
_NO_WINDOWS = "It asks a window of the policy: declare `windows:` in the policy, and name that with `policy:`."
_WITH_WINDOWS = {"window": (WINDOW,)}
ON = frozenset((STRING, DYN)).__contains__
AT = frozenset((STRING, TIMESTAMP, DURATION, DYN)).__contains__
FITS: Mapping[str, Fits] = {
    "text": text_fits,
    "map": text_fits,
    "int": frozenset((INT, DYN)).__contains__,
    "bool": frozenset((BOOL, DYN)).__contains__,
    "duration": frozenset((STRING, DURATION, DYN)).__contains__,
}
"""By the kind of an argument, what a single `${…}` in its place may be; kinds that take anything are left out."""
COMMON: dict[str, Type] = {"state": STRING, "ok": BOOL}


def step_record(id_: str, fields: dict[str, Type], attempt: bool = True) -> RecordType:
    """The type of a step's name: its own fields and those that every step has."""
    extra: dict[str, Type] = {"elapsed": DURATION, "error": ERROR_TYPE} if attempt else {"error": ERROR_TYPE}
    return RecordType(f"step {id_!r}", {**fields, **extra, **COMMON}, frozenset(("error",)))


class Visible:
    """The names at a place, as layers: a body's own names over those outside of it.

    Behaves as a read-only mapping from names to types, so that the expression checker can look at it without a copy
    being made for every expression. `steps` are all ids of the scope: one that isn't visible yet comes later.
    """

    __slots__ = ("_certain", "_maybe", "_parent", "_tried", "own", "steps", "unsure")

    def __init__(
        self, names: dict[str, Type], steps: frozenset[str], parent: Visible | None = None, unsure: frozenset[str] = frozenset()
    ) -> None:
        """`unsure`: names of whose types nothing is known, whatever is declared."""
        self.own = names
        self.steps = steps
        self.unsure = unsure
        self._parent = parent
        self._maybe: set[str] = set()
        self._certain: set[str] = set()
        self._tried: set[str] = set()

    def get(self, name: str) -> Type | None:
        layer: Visible | None = self
        while layer is not None:
            found = layer.own.get(name)
            if found is not None:
                return found
            layer = layer._parent
        return DYN if ANY in self.unsure else None

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.get(name) is not None

    def __iter__(self) -> Iterator[str]:
        layer: Visible | None = self
        while layer is not None:
            yield from layer.own
            layer = layer._parent

    def layers(self) -> Iterator[dict[str, Type]]:
        """The names of each layer, the innermost first."""
        layer: Visible | None = self
        while layer is not None:
            yield layer.own
            layer = layer._parent

    def is_maybe(self, name: str) -> bool:
        """Whether the step may not have run here."""
        layer: Visible | None = self
        while layer is not None:
            if name in layer._certain:
                return False
            if name in layer._maybe:
                return True
            layer = layer._parent
        return False

    def declare(self, name: str, type_: Type, maybe: bool = False) -> None:
        self.own[name] = type_ if name not in self.unsure else DYN
        (self._maybe if maybe else self._certain).add(name)
        (self._certain if maybe else self._maybe).discard(name)

    def within(self) -> Visible:
        """A layer for a body: what it declares stays in it until it is handed over."""
        return Visible({}, self.steps, self, self.unsure)

    def plus(self, name: str, type_: Type) -> Visible:
        """With one more name, for one expression or a body."""
        inner = self.within()
        inner.declare(name, type_)
        return inner

    def knowing(self, condition: Expression, outcome: bool = True) -> Visible:
        """Inside a body that runs only when the condition has that outcome: steps that it tests have run."""
        inner = self.within()
        inner.learn(condition, outcome)
        return inner

    def learn(self, condition: Expression, outcome: bool = True) -> None:
        """What follows is reached only when the condition had that outcome."""
        self._certain |= learned(condition.tree, self.may_lack(condition, errors=True), outcome=outcome)

    def follow(self, inner: Visible) -> None:
        """What follows is reached only through the body of that layer: what it declared and learned holds here, too."""
        for name, type_ in inner.own.items():
            self.declare(name, type_, maybe=inner.is_maybe(name))
        self._certain |= inner._certain - inner.own.keys()
        self._tried |= inner._tried

    def tried(self, name: str) -> None:
        """The step may have failed, but surely was tried: it has a result or an error."""
        self._tried.add(name)

    def pass_by(self, inner: Visible) -> None:
        """What follows may be reached without the body of that layer, or after a part of it."""
        for name, type_ in inner.own.items():
            self.declare(name, _of_any_turn(type_), maybe=True)

    def doubting(self, names: Iterable[str]) -> Visible:
        """Where any of these steps may not have run."""
        inner = self.within()
        inner._maybe |= set(names)
        for name in inner._maybe:
            known = self.get(name)
            if known is not None and _of_any_turn(known) is not known:
                inner.own[name] = _of_any_turn(known)
        return inner

    def doubted(self) -> Visible:
        """Where the body of this layer may have ended anywhere: nothing that it declared or learned is sure."""
        return self.doubting(self.own.keys() | self._certain)

    def sure(self) -> set[str]:
        """The steps that surely have run here."""
        return {name for name in self.steps if name in self and not self.is_maybe(name)}

    def may_lack(self, expression: Expression, errors: bool = False) -> frozenset[str]:
        """The names in an expression whose steps may not have run; with `errors` those, too, that may have no `error`."""
        maybe = [name for name in expression.roots if self.is_maybe(name)]
        if errors:
            steps = [name for name in expression.roots if _is_step(self.get(name))]
            maybe += [skip_of(name) for name in steps if self._is_skippable(name)]
            maybe += [error_of(name) for name in steps if self._lacks_error(name)]
        return frozenset(maybe)

    def _lacks_error(self, name: str) -> bool:
        fact, layer = error_of(name), self
        while fact not in layer._certain:
            if fact in layer._maybe or name in layer.own or layer._parent is None:
                return True
            layer = layer._parent
        return False

    def _is_skippable(self, name: str) -> bool:
        layer: Visible | None = self
        while layer is not None:
            if name in layer._tried or name in layer._certain:
                return False
            if name in layer._maybe:
                return True
            layer = layer._parent
        return False

    def early(self, expression: Expression) -> list[str]:
        """The names in an expression whose steps come later."""
        return sorted(name for name in expression.roots & self.steps if self.get(name) is None)


class ExpressionChecker:
    """Checks expressions and texts against what is visible; the findings get their places in the file."""

    def __init__(self, problems: Problems) -> None:
        """`windows`, which may be set later, are the policy's; without any there is no `window(name)`."""
        self.problems = problems
        self.windows: Mapping[str, object] = {}

    def expression(self, expression: Expression, visible: Visible) -> Type:
        """The type of an expression; what is wrong in it becomes a diagnostic."""
        early = visible.early(expression)
        for name in early:
            start, end = _place(expression, name)
            self.problems.error(
                "RB403", f"{name!r} is read before it has run.", expression.span(start, end), "Move the step up, or this one down."
            )
        for name in early:
            visible = visible.plus(name, DYN)
        functions = _WITH_WINDOWS if self.windows else None
        checked = check(expression.tree, Env(visible, functions, visible.may_lack(expression, "error" in expression.text)))  # type: ignore[arg-type]  # a mapping as far as is needed
        if functions is not None and "window" in expression.text:
            self._window_names(expression)
        for item in checked.problems:
            span = expression.span(item.start, item.end)
            help = _NO_WINDOWS if item.code == "RB211" and "function window()" in item.message else item.help
            self.problems.error(item.code, item.message, span, help, fix=_fix(expression, item) if item.near else None)
        return DYN if checked.problems else checked.type

    def _window_names(self, expression: Expression) -> None:
        """Constant names of windows that the policy doesn't have."""
        calls = (node for node in walk(expression.tree) if isinstance(node, Call) and node.function == "window" and node.target is None)
        for name in (arg for call in calls for arg in call.args if isinstance(arg, Literal)):
            if isinstance(name.value, str) and name.value not in self.windows:
                help = did_you_mean(name.value, self.windows) or f"Its windows: {', '.join(self.windows)}."
                span = expression.span(name.start, name.end)
                self.problems.error("RB420", f"There is no window {name.value!r} in the policy.", span, help)

    def condition(self, expression: Expression, visible: Visible, what: str) -> None:
        """A condition must be a bool."""
        type_ = self.expression(expression, visible)
        if type_ not in (BOOL, DYN):
            help = "Compare it with something: …  == …, or size(…) > 0."
            self.problems.error("RB404", f"{what!r} must be a bool, and this is {_a(type_)}.", expression.span(), help)

    def text(self, template: Template, visible: Visible, what: str, secret_ok: bool = False, fits: Fits | None = None) -> Type:
        """A text with `${…}`; returns its type (of the single expression, else string). `fits`: the types that a single one may have."""
        whole = template.whole
        found: Type = STRING
        for expression in template.expressions:
            type_ = self.expression(expression, visible)
            if holds_secret(type_) and not secret_ok:
                self._secret(expression, what)
            if whole is None and not text_fits(type_):
                help = "Take a part of it, or join() it." if isinstance(type_, ListType) else "Take one of its fields."
                self.problems.error("RB406", f"{_a(type_)} can't stand inside a text.", expression.span(), help)
            found = type_ if whole is not None else SECRET if type_ == SECRET else found
        if whole is not None and fits is not None and not fits(found) and not holds_secret(found):
            code, help = ("RB406", "Take a part of it.") if fits is text_fits else ("RB338", "Convert it in the expression: string(x), …")
            self.problems.error(code, f"{what[0].upper()}{what[1:]} can't be {_a(found)}.", whole.span(), help)
        return found

    def values(self, template: Template, visible: Visible, what: str, secret_ok: bool = False) -> None:
        """A text whose `${…}` are values of their own, such as SQL: a list is one, too."""
        for expression in template.expressions:
            if holds_secret(self.expression(expression, visible)) and not secret_ok:
                self._secret(expression, what)

    def words(self, words: Words, visible: Visible, what: str) -> bool:
        """A command: each hole is one argument; only a list of scalars spreads. Returns whether none can."""
        none_spreads = True
        for template in words.words:
            type_ = self.text(template, visible, what)
            if template.whole is not None and (isinstance(type_, ListType) or type_ == DYN):
                none_spreads = False
            single = type_.elem if isinstance(type_, ListType) else type_
            if template.whole is not None and not holds_secret(type_) and not text_fits(single):
                self.problems.error("RB406", f"{_a(type_)} can't be an argument.", template.span(), "Take one of its fields.")
        return none_spreads

    def data(self, data: object, visible: Visible, what: str, secret_ok: bool = False, fits: Fits | None = None) -> Type:
        """Templates anywhere in nested data; the type of a single one, else dyn."""
        if isinstance(data, Template):
            return self.text(data, visible, what, secret_ok, fits)
        if isinstance(data, Words):
            self.words(data, visible, what)
        elif isinstance(data, Expression):
            return self.expression(data, visible)
        elif isinstance(data, dict):
            for item in data.values():
                self.data(item, visible, what, secret_ok, fits)
        elif isinstance(data, (list, tuple)):
            for item in data:
                self.data(item, visible, what, secret_ok, fits)
        return DYN

    def key(self, expression: Expression, visible: Visible) -> None:
        """What tells the turns of a loop apart stands in the journal."""
        if holds_secret(self.expression(expression, visible)):
            self._secret(expression, "the key of a loop")

    def _secret(self, expression: Expression, what: str) -> None:
        self.problems.error(
            "RB407",
            f"A secret can't stand in {what}: it would be seen.",
            expression.span(),
            "Secrets go into headers, bodies, environment variables, standard input and rendered files only.",
        )


def items_of(values: Type) -> ListType:
    """The type of a loop's `items`, whose turns yield such values."""
    return ListType(RecordType("item", {"key": STRING, "ok": BOOL, "value": values}))


def _of_any_turn(type_: Type) -> Type:
    """The type of a step that may have failed: where it is a loop, a turn that has failed yields null and no value."""
    items = type_.fields.get("items") if isinstance(type_, RecordType) else None
    if not isinstance(type_, RecordType) or not isinstance(items, ListType) or not isinstance(items.elem, RecordType):
        return type_
    if items.elem.name != "item" or items.elem.fields.get("value") == DYN:
        return type_
    return type_.replace(fields={**type_.fields, "items": items_of(DYN)})


def _is_step(type_: Type | None) -> bool:
    return isinstance(type_, RecordType) and "error" in type_.optional and type_.fields["error"] is ERROR_TYPE


def _a(type_: Type) -> str:
    text = str(type_)
    return f"an {text}" if text[:1] in "aeiou" else f"a {text}"


def _fix(expression: Expression, item: Problem) -> Fix | None:
    """The name that is meant, for the one that the problem begins with."""
    found = re.match(r"\.?(\w+)", expression.text[item.start :])
    span = None if found is None else expression.span(item.start + found.start(1), item.start + found.end(1))
    return None if span is None else Fix(span, item.near)


def _place(expression: Expression, name: str) -> tuple[int, int]:
    """Where a name stands in an expression."""
    from ..expr.ast import children

    stack = [expression.tree]
    while stack:
        node = stack.pop()
        if isinstance(node, Ident) and node.name == name:
            return node.start, node.end
        stack.extend(children(node))
    return 0, len(expression.text)
