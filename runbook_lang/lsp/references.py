"""Names: where they are declared, where they are used, in this file and in those that call it or that it calls."""

from __future__ import annotations

import os
import re

from ..base.diagnostics import Problems, RunbookError, fail
from ..base.source import Source, Span
from ..expr.ast import Expr, Ident, Macro, Select, children
from ..expr.template import parse_template
from ..machine.desugar import all_steps
from ..machine.uses import expressions_in
from ..model import nodes as m
from ..model.names import identifier
from ..syntax.tree import Mapping, Scalar, Sequence
from .analysis import POLICY_FILE, Snapshot, skim
from .policy_names import KINDS as POLICY_KINDS
from .policy_names import may_be_called, policy_symbol, policy_uses
from .symbols import MOST_FILES, Symbol, Use, bare, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..expr.expression import Expression
    from ..syntax.tree import Node
    from .view import View

_UNREAD = re.compile(r"RB1\d\d|RB20\d|RB23\d")
"""Findings after which some text of the file wasn't understood, so that not all uses of a name are known."""


# --- declarations ------------------------------------------------------------------------------------------------------


def declared(snapshot: Snapshot) -> list[Symbol]:
    """Every name that a file declares."""
    book = snapshot.book
    if book is None:
        return []
    found = [Symbol(item.name.text, "input", bare(item.name.span, item.name.text), snapshot) for item in book.inputs]
    found += [Symbol(item.name.text, "secret", bare(item.name.span, item.name.text), snapshot) for item in book.secrets]
    for step in all_steps(book.steps + book.on_failure):
        kind = step.kind
        if isinstance(kind, m.ForEach):
            found.append(Symbol(kind.var.text, "loop variable", bare(kind.var.span, kind.var.text), snapshot, step.span))
        found.append(Symbol(step.id.text, "step", bare(step.id.span, step.id.text), snapshot, made=not step.given_id))
    seen: dict[tuple[str, int], Symbol] = {}
    for symbol in found:  # what stands in `undo` has the id of its step
        if not symbol.made or not any(name == symbol.name for name, _ in seen):
            seen.setdefault((symbol.name, symbol.span.start), symbol)
    return list(seen.values())


def _fields(snapshot: Snapshot) -> Iterator[tuple[str, m.Name]]:
    """Fields of `set` steps: (step, field)."""
    book = snapshot.book
    for step in all_steps(book.steps + book.on_failure) if book is not None else ():
        if isinstance(step.kind, m.SetFields):
            yield from ((step.id.text, name) for name, _ in step.kind.fields)


# --- uses --------------------------------------------------------------------------------------------------------------


def expressions(snapshot: Snapshot) -> list[Expression]:
    """Every expression of the file that can be read, those in the arguments of actions among them."""
    kept = snapshot.kept.get("expressions")
    if kept is None:
        kept = snapshot.kept["expressions"] = _expressions(snapshot)
    return kept


def _expressions(snapshot: Snapshot) -> list[Expression]:
    book = snapshot.book
    if book is None:
        return []
    acts = snapshot.acts()
    found = list(expressions_in(book, [act.call.args for act in acts if act.call is not None]))
    bound = {act.call.span.start for act in acts if act.call is not None and act.call.span is not None}
    for step in all_steps(book.steps + book.on_failure):
        if isinstance(step.kind, m.Action) and step.kind.node.span.start not in bound:
            found += _holes(step.kind.node)
    for _, node in book.defaults:
        found += _holes(node)
    unique = {(item.where.span.start, item.offset): item for item in found if _own(item, snapshot)}  # type: ignore[union-attr]  # a Scalar, by `_own`
    return [unique[key] for key in sorted(unique)]


def _own(expression: Expression, snapshot: Snapshot) -> bool:
    return isinstance(expression.where, Scalar) and expression.where.span.source is snapshot.source


def _holes(node: Node) -> Iterator[Expression]:
    """The expressions in the texts of a node that no surface has read."""
    stack = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, Scalar):
            template = parse_template(item.value, item, Problems())
            yield from template.expressions if template is not None else ()
        elif isinstance(item, Sequence):
            stack.extend(item.items)
        elif isinstance(item, Mapping):
            stack.extend(entry.value for entry in item.entries)


def idents(tree: Expr, name: str) -> Iterator[Ident]:
    """Where an expression reads a name from outside."""
    stack: list[tuple[Expr, frozenset[str]]] = [(tree, frozenset())]
    while stack:
        node, own = stack.pop()
        if isinstance(node, Ident):
            if node.name == name and (node.root or name not in own):
                yield node
        elif isinstance(node, Macro):
            inner = own | {node.var}
            stack.append((node.over, own))
            stack.extend((part, inner) for part in (node.where, node.body) if part is not None)
        else:
            stack.extend((part, own) for part in children(node))


def uses(symbol: Symbol) -> list[Use]:
    """The places of a name in its own file, in their order."""
    snapshot, name = symbol.snapshot, symbol.name
    path = snapshot.library.path(snapshot.name)
    spans = [] if symbol.made else [symbol.span]
    for expression in expressions(snapshot):
        if name in expression.roots:
            spans += [
                span for node in idents(expression.tree, name) if (span := expression.span(node.end - len(name), node.end)) is not None
            ]
    spans += [bare(item.span, name) for item in _listed(snapshot) if item.text == name]
    within = symbol.within if symbol.kind == "loop variable" else None
    places = {(span.start, span.end) for span in spans if within is None or within.start <= span.start <= within.end}
    return [Use(path, snapshot.source, start, end, start == symbol.span.start) for start, end in sorted(places)]


def _listed(snapshot: Snapshot) -> Iterator[m.Name]:
    """Names of steps outside of expressions."""
    book = snapshot.book
    for step in all_steps(book.steps + book.on_failure) if book is not None else ():
        yield from step.mods.settles
        if isinstance(step.kind, m.Undo):
            yield from step.kind.ids


def _calls(snapshot: Snapshot) -> Iterator[m.Call]:
    book = snapshot.book
    for step in all_steps(book.steps + book.on_failure) if book is not None else ():
        if isinstance(step.kind, m.Call):
            yield step.kind


# --- other files -------------------------------------------------------------------------------------------------------


def called(snapshot: Snapshot, call: m.Call) -> Snapshot | None:
    """The runbook that a call names."""
    library = snapshot.library
    path = library.path(os.path.join(os.path.dirname(snapshot.name), call.file.text))
    text = text_of(snapshot, path)
    return None if text is None else skim(path, text, library.texts)


def everywhere(symbol: Symbol) -> list[Use]:
    """The places of a name in its own file; of an input also where calls of other files give it; of a policy's name in all runbooks."""
    if symbol.kind in POLICY_KINDS:
        return policy_uses(symbol, expressions)
    found = uses(symbol)
    if symbol.kind == "input":
        for caller in callers(symbol.snapshot):
            path = caller.library.path(caller.name)
            for call in _calls_of(caller, symbol.snapshot):
                spans = [bare(name.span, name.text) for name, _ in call.inputs if name.text == symbol.name]
                found += [Use(path, caller.source, span.start, span.end) for span in spans]
    return found


def _calls_of(caller: Snapshot, target: Snapshot) -> Iterator[m.Call]:
    wanted = target.library.path(target.name)
    for call in _calls(caller):
        if caller.library.path(os.path.join(os.path.dirname(caller.name), call.file.text)) == wanted:
            yield call


def callers(snapshot: Snapshot) -> Iterator[Snapshot]:
    """The files of the same folder that call this one."""
    library = snapshot.library
    try:
        names = sorted(os.listdir(library.root))
    except OSError:
        return
    for name in [name for name in names if name.endswith((".yml", ".yaml", ".runbook")) and name != snapshot.name][:MOST_FILES]:
        path = library.path(name)
        text = text_of(snapshot, path)
        if text is not None and snapshot.name in text:
            yield skim(path, text, library.texts)


# --- what is under the cursor ------------------------------------------------------------------------------------------


def symbol_at(snapshot: Snapshot, offset: int) -> tuple[Symbol, Span] | None:
    """The name at an offset of a snapshot's text, and its place there."""
    of_policy = policy_symbol(snapshot, offset, expressions)
    if of_policy is not None:
        return of_policy
    symbols = declared(snapshot)
    for symbol in symbols:
        if not symbol.made and symbol.span.start <= offset <= symbol.span.end:
            return symbol, symbol.span
    named = next((item for item in _listed(snapshot) if item.span.start <= offset <= item.span.end), None)
    if named is not None:
        return _resolved(symbols, named.text, bare(named.span, named.text))
    for call in _calls(snapshot):
        for name, _ in call.inputs:
            if name.span.start <= offset <= name.span.end:
                return _input_of(snapshot, call, name)
    found = expression_at(snapshot, offset)
    return None if found is None else _in_expression(snapshot, symbols, *found)


def _resolved(symbols: list[Symbol], name: str, span: Span) -> tuple[Symbol, Span] | None:
    known = [symbol for symbol in symbols if symbol.name == name]
    inside = [symbol for symbol in known if symbol.within is None or symbol.within.start <= span.start <= symbol.within.end]
    return (inside[0], span) if inside else None


def _input_of(snapshot: Snapshot, call: m.Call, name: m.Name) -> tuple[Symbol, Span] | None:
    other = called(snapshot, call)
    symbols = [symbol for symbol in declared(other) if symbol.kind == "input"] if other is not None else []
    return _resolved(symbols, name.text, bare(name.span, name.text))


def expression_at(snapshot: Snapshot, offset: int) -> tuple[Expression, list[Expr]] | None:
    """The expression at an offset, and its nodes there, the innermost one first."""
    for expression in expressions(snapshot):
        where = expression.where
        assert isinstance(where, Scalar)
        if not where.span.start <= offset <= where.span.end:
            continue
        span = expression.span()
        if span is None or not span.start <= offset <= span.end:
            continue
        inside = []
        stack = [expression.tree]
        while stack:
            node = stack.pop()
            place = expression.span(node.start, node.end)
            if place is not None and place.start <= offset <= place.end:
                inside.append(node)
            stack.extend(children(node))
        return expression, sorted(inside, key=lambda node: node.end - node.start)
    return None


def _in_expression(snapshot: Snapshot, symbols: list[Symbol], expression: Expression, nodes: list[Expr]) -> tuple[Symbol, Span] | None:
    for node in nodes[:2]:
        if isinstance(node, Ident) and node in list(idents(expression.tree, node.name)):
            span = expression.span(node.end - len(node.name), node.end)
            return None if span is None else _resolved(symbols, node.name, span)
        if isinstance(node, Select) and isinstance(node.operand, Ident):
            owner, span = node.operand.name, expression.span(node.at, node.at + len(node.field))
            for step, name in _fields(snapshot):
                if (step, name.text) == (owner, node.field) and span is not None:
                    return Symbol(name.text, "field", bare(name.span, name.text), snapshot), span
    return None


def definitions(view: View, offset: int) -> list[Use]:
    """Where the name at an offset of the text is declared; of a file that is named there, its begin."""
    known, old = view.known, view.old(offset)
    for call in _calls(known):
        if call.file.span.start <= old <= call.file.span.end:
            other = called(known, call)
            return [] if other is None else [Use(other.library.path(other.name), other.source, 0, 0, True)]
    book = known.book
    if book is not None and book.policy is not None and book.policy.span.start <= old <= book.policy.span.end and known.policy is not None:
        return [Use(known.library.path(book.policy.text), known.policy.source, 0, 0, True)]
    found = symbol_at(known, old)
    if found is None:
        return []
    symbol = found[0]
    path = symbol.snapshot.library.path(symbol.snapshot.name)
    use = Use(path, symbol.snapshot.source, symbol.span.start, symbol.span.end, True)
    return _moved(view, [use])


def all_uses(view: View, offset: int) -> list[Use]:
    """The places of the name at an offset of the text, in all files."""
    found = symbol_at(view.known, view.old(offset))
    return [] if found is None or found[0].kind == "field" else _moved(view, everywhere(found[0]))


def _moved(view: View, places: list[Use]) -> list[Use]:
    """Places in the text that is known, as they are in the text as it stands."""
    if view.exact:
        return places
    own = view.known.library.path(view.known.name)
    source = Source(view.known.name, view.text)
    moved = []
    for use in places:
        if use.path != own:
            moved.append(use)
        elif (place := view.new(use.start, use.end)) is not None:
            moved.append(Use(own, source, *place, use.declares))
    return moved


# --- renaming ----------------------------------------------------------------------------------------------------------


def renamed(snapshot: Snapshot, offset: int, new: str) -> list[tuple[Use, str]]:
    """The changes that give the name at an offset another one. Raises RunbookError where it can't be renamed safely."""
    found = symbol_at(snapshot, offset)
    if found is None:
        raise fail("RB771", "There is no name of a step, an input, a secret or the policy here.")
    symbol = found[0]
    _may_rename(symbol, new)
    changes = [(use, new) for use in everywhere(symbol)]
    for path in {use.path for use, _ in changes}:
        if path != snapshot.library.path(snapshot.name):
            text = next(use.source.text for use, _ in changes if use.path == path)
            _understood(symbol.snapshot if path == _path(symbol.snapshot) else skim(path, text, snapshot.library.texts))
    return changes


def _path(snapshot: Snapshot) -> str:
    return snapshot.library.path(snapshot.name)


def _may_rename(symbol: Symbol, new: str) -> None:
    if symbol.kind == "field":
        raise fail("RB771", "A field of a 'set' can't be renamed everywhere.", help="Where it is read may be known only to a run.")
    if symbol.made:
        raise fail("RB771", f"The step has no id; {symbol.name!r} is made from its place.", help=f"Give it one first: id: {new}")
    _understood(symbol.snapshot)
    if symbol.kind in POLICY_KINDS:
        may_be_called(symbol, new)
        return
    problems = Problems()
    source = Source(symbol.snapshot.name, new)
    name = identifier(Scalar(Span(source, 0, len(new)), new), problems, f"a {symbol.kind}")
    if name is None:
        raise RunbookError(*problems)
    if new != symbol.name and any(item.name == new for item in declared(symbol.snapshot)):
        raise fail("RB312", f"{new!r} is a name of this file already.", help="Choose another one.")


def _understood(snapshot: Snapshot) -> None:
    known = snapshot.book is not None or (snapshot.kind == POLICY_FILE and snapshot.tree is not None)
    if not known or any(item.is_error and _UNREAD.fullmatch(item.code) for item in snapshot.diagnostics):
        message = f"{snapshot.name} has parts that can't be read, so not all places of a name are known."
        raise fail("RB771", message, help="Correct what `runbook check` says first.")


def uses_of_files(view: View, owner: int) -> Iterator[m.Runbook]:
    """The runbook that the step at an offset of the text calls."""
    known = view.known
    old = view.old(owner)
    for step in view.steps():
        if isinstance(step.kind, m.Call) and step.span.start - 4 <= old <= step.span.end:
            book = known.library.books.get(os.path.normpath(step.kind.file.text))
            if book is not None:
                yield book
