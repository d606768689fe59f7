"""Names of a policy (people, tiers, severities, windows, roles): where it declares them, where it and its runbooks use them."""

from __future__ import annotations

import os

from ..base.diagnostics import Problems, fail
from ..expr.ast import Call, Literal, children
from ..model.policy_build import POLICY_NAME
from ..syntax.reader import read_tree
from ..syntax.scalars import STRING, plain_kind
from ..syntax.tree import Mapping, Scalar, Sequence
from .analysis import POLICY_FILE, OpenLibrary, Snapshot, skim
from .symbols import MOST_FILES, Symbol, Use, bare, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from collections.abc import Mapping as MappingType

    from ..base.source import Span
    from ..expr.expression import Expression
    from ..syntax.tree import Node

    Mention = tuple[str, str, Span, bool]
    """(kind, name, its place without quotes, whether it is declared there)"""
    Expressions = Callable[[Snapshot], Iterable[Expression]]

PERSON, TIER, SEVERITY, WINDOW, ROLE = "person", "tier", "severity", "window", "role"
KINDS = (PERSON, TIER, SEVERITY, WINDOW, ROLE)
_DECLARED = {"people": PERSON, "tiers": TIER, "severities": SEVERITY, "windows": WINDOW}
_BY_SEVERITY = ("hours", "ack_within", "repeat")
_IN_STEPS = {"wait": {"window": WINDOW}, "escalate": {"severity": SEVERITY, "tier": TIER}, "approve": {"role": ROLE}, "ask": {"role": ROLE}}
_HOLDERS = frozenset("steps on_failure choose else parallel branches for_each try rescue always".split())


def skim_policy(path: str, text: str, texts: MappingType[str, str]) -> Snapshot:
    """A policy as it is written, without judging it. Never raises."""
    snapshot = Snapshot(os.path.basename(path), text, OpenLibrary(os.path.realpath(os.path.dirname(path)), texts))
    snapshot.kind = POLICY_FILE
    problems = Problems()
    snapshot.tree = read_tree(snapshot.source, problems)
    snapshot.diagnostics = tuple(problems.sorted())
    return snapshot


def in_policy(tree: Node | None) -> Iterator[Mention]:
    """The names that a policy's tree declares and uses."""
    if not isinstance(tree, Mapping):
        return
    for key, kind in _DECLARED.items():
        yield from _keys(tree.get(key), kind, True)
    for tier in _values(tree.get("tiers")):
        yield from _listed(_get(tier, "people"), PERSON)
        for key in _BY_SEVERITY:
            yield from _keys(_get(tier, key), SEVERITY, False)
    for severity in _values(tree.get("severities")):
        yield from _listed(_get(severity, "tiers"), TIER)
    approvals = tree.get("approvals")
    yield from _listed(_get(approvals, "role"), ROLE)
    yield from _listed(_get(approvals, "waive"), SEVERITY)
    yield from _keys(_get(approvals, "roles"), ROLE, True)
    for people in _values(_get(approvals, "roles")):
        yield from _listed(people, PERSON)
    checklist = _get(tree.get("after"), "checklist")
    for item in checklist.items if isinstance(checklist, Sequence) else ():
        yield from _listed(_get(item, "who"), PERSON)


def in_runbook(tree: Node | None, expressions: Iterable[Expression] = ()) -> Iterator[Mention]:
    """The names of its policy that a runbook's tree uses."""
    if not isinstance(tree, Mapping):
        return
    yield from _listed(tree.get("severity"), SEVERITY)
    yield from _listed(tree.get("window"), WINDOW)
    waiting: list[Node | None] = [tree.get("steps"), tree.get("on_failure")]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Sequence):
            waiting.extend(node.items)
        elif isinstance(node, Mapping):
            for entry in node.entries:
                for key, kind in _IN_STEPS.get(entry.key.value, {}).items():
                    yield from _listed(_get(entry.value, key), kind)
                if entry.key.value == "branches":
                    waiting.extend(_values(entry.value))
                elif entry.key.value in _HOLDERS:
                    waiting.append(entry.value)
    for expression in expressions:
        yield from _windows(expression)


def _windows(expression: Expression) -> Iterator[Mention]:
    """`window("nights")` in an expression."""
    stack = [expression.tree]
    while stack:
        node = stack.pop()
        stack.extend(children(node))
        if not isinstance(node, Call) or node.function != "window" or node.target is not None or len(node.args) != 1:
            continue
        name = node.args[0]
        if isinstance(name, Literal) and isinstance(name.value, str):
            span = expression.span(name.start, name.end)
            if span is not None:
                yield WINDOW, name.value, bare(span, name.value), False


def _get(node: Node | None, key: str) -> Node | None:
    return node.get(key) if isinstance(node, Mapping) else None


def _values(node: Node | None) -> list[Node]:
    return [entry.value for entry in node.entries] if isinstance(node, Mapping) else []


def _keys(node: Node | None, kind: str, declares: bool) -> Iterator[Mention]:
    for entry in node.entries if isinstance(node, Mapping) else ():
        yield kind, entry.key.value, bare(entry.key.span, entry.key.value), declares


def _listed(node: Node | None, kind: str) -> Iterator[Mention]:
    """One name, or several in a list."""
    for item in node.items if isinstance(node, Sequence) else (node,):
        if isinstance(item, Scalar) and item.value:
            yield kind, item.value, bare(item.span, item.value), False


# --- over files --------------------------------------------------------------------------------------------------------


def _mentions(snapshot: Snapshot, expressions: Expressions) -> Iterable[Mention]:
    return in_policy(snapshot.tree) if snapshot.kind == POLICY_FILE else in_runbook(snapshot.tree, expressions(snapshot))


def _policy_of(snapshot: Snapshot) -> Snapshot | None:
    """The policy that a snapshot is, or that its runbook names."""
    if snapshot.kind == POLICY_FILE:
        return snapshot
    if snapshot.book is None or snapshot.book.policy is None:
        return None
    library = snapshot.library
    path = library.path(os.path.join(os.path.dirname(snapshot.name), snapshot.book.policy.text))
    text = text_of(snapshot, path)
    return None if text is None else skim_policy(path, text, library.texts)


def policy_symbol(snapshot: Snapshot, offset: int, expressions: Expressions) -> tuple[Symbol, Span] | None:
    """The name of the policy at an offset of a snapshot's text, and its place there; None for one that the policy doesn't have."""
    for kind, name, span, _ in _mentions(snapshot, expressions):
        if not span.start <= offset <= span.end:
            continue
        policy = _policy_of(snapshot)
        for other, declared, place, declares in in_policy(policy.tree) if policy is not None else ():
            if declares and (other, declared) == (kind, name) and policy is not None:
                return Symbol(name, kind, place, policy), span
    return None


def policy_uses(symbol: Symbol, expressions: Expressions) -> list[Use]:
    """The places of a policy's name: in the policy, and in the runbooks of its folder that name it."""
    policy = symbol.snapshot
    found = []
    for snapshot in (policy, *_runbooks(policy)):
        path = snapshot.library.path(snapshot.name)
        places = {
            (span.start, span.end): declares
            for kind, name, span, declares in _mentions(snapshot, expressions)
            if (kind, name) == (symbol.kind, symbol.name)
        }
        found += [Use(path, snapshot.source, start, end, declares) for (start, end), declares in sorted(places.items())]
    return found


def _runbooks(policy: Snapshot) -> Iterator[Snapshot]:
    library = policy.library
    try:
        there = os.listdir(library.root)
    except OSError:
        there = []
    opened = [os.path.basename(path) for path in library.texts if os.path.dirname(path) == library.root]
    for name in [name for name in sorted({*there, *opened}) if name.endswith((".yml", ".yaml", ".runbook")) and name != policy.name][
        :MOST_FILES
    ]:
        path = library.path(name)
        text = text_of(policy, path)
        if text is None or policy.name not in text:
            continue
        other = skim(path, text, library.texts)
        named = _get(other.tree, "policy")
        if isinstance(named, Scalar) and library.path(named.value) == library.path(policy.name):
            yield other


def may_be_called(symbol: Symbol, new: str) -> None:
    """Raises RunbookError for a name that no part of a policy can have, or that another one has."""
    if not POLICY_NAME.fullmatch(new) or plain_kind(new) != STRING:
        raise fail("RB771", f"A {symbol.kind} can't be called {new!r}: a name is letters, digits, '-', '_' and '.'.")
    others = {name for kind, name, _, declares in in_policy(symbol.snapshot.tree) if declares and kind == symbol.kind}
    if new != symbol.name and new in others:
        raise fail("RB771", f"The policy has a {symbol.kind} {new!r} already.", help="Choose another one.")
