"""Is a condition weaker than it was? Told by its structure: what isn't surely the same or stronger counts as maybe weaker.

A condition is weaker when each of its conjuncts follows from one of the old one's; a conjunct follows when it is the same, when one
of its alternatives follows, or when it is a comparison of the same thing with a laxer constant.
"""

from __future__ import annotations

from ..expr.ast import Binary, Literal, Logic, Unary
from ..expr.parse import parse
from ..expr.unparse import unparse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..expr.ast import Expr

SAME, WEAKER, STRONGER, UNCLEAR = "same", "weaker", "stronger", "unclear"
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


def compare(old: str, new: str) -> str:
    """How the condition `new` stands to `old`: same | weaker | stronger | unclear. The texts of conditions that parse."""
    return compare_all([old], [new])


def compare_all(old: Iterable[str], new: Iterable[str]) -> str:
    """The same for lists of conditions that must all hold."""
    before, after = _conjuncts(old), _conjuncts(new)
    weaker = all(any(_implies(one, other) for one in before) for other in after)
    stronger = all(any(_implies(one, other) for one in after) for other in before)
    if weaker and stronger:
        return SAME
    return WEAKER if weaker else STRONGER if stronger else UNCLEAR


def _conjuncts(texts: Iterable[str]) -> list[Expr]:
    found: list[Expr] = []
    for text in texts:
        found += _parts(parse(text), "&&")
    return [one for one in found if not _is(one, value=True)]


def _parts(tree: Expr, op: str) -> list[Expr]:
    if isinstance(tree, Logic) and tree.op == op:
        return [part for operand in tree.operands for part in _parts(operand, op)]
    return [tree]


def _is(tree: Expr, *, value: bool) -> bool:
    return isinstance(tree, Literal) and tree.value is value


def _implies(one: Expr, other: Expr) -> bool:
    """Whether `other` surely holds where `one` does."""
    if _is(one, value=False) or _is(other, value=True) or unparse(one) == unparse(other):
        return True
    if isinstance(one, Logic) and one.op == "||":
        return all(_implies(part, other) for part in _parts(one, "||"))
    if isinstance(other, Logic):
        parts = [_implies(one, part) for part in _parts(other, other.op)]
        return any(parts) if other.op == "||" else all(parts)
    if isinstance(one, Logic):
        return any(_implies(part, other) for part in _parts(one, "&&"))
    return _laxer(_comparison(one), _comparison(other))


def _comparison(tree: Expr) -> tuple[str, str, float] | None:
    """(what is compared, the operator, the number) of a comparison with a constant number."""
    if not isinstance(tree, Binary) or tree.op not in _FLIPPED:
        return None
    left, right, op = tree.left, tree.right, tree.op
    if _number(left) is not None:
        left, right, op = right, left, _FLIPPED[op]
    number = _number(right)
    return None if number is None else (unparse(left), op, number)


def _number(tree: Expr) -> float | None:
    if isinstance(tree, Unary) and tree.op == "-":
        inner = _number(tree.operand)
        return None if inner is None else -inner
    value = tree.value if isinstance(tree, Literal) else None
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _laxer(one: tuple[str, str, float] | None, other: tuple[str, str, float] | None) -> bool:
    """Whether the second comparison holds for all numbers for which the first does."""
    if one is None or other is None or one[0] != other[0]:
        return False
    (_, op, number), (_, wanted, limit) = one, other
    if op == "==":
        return _holds(number, wanted, limit)
    if op in ("<", "<="):
        return _below(op, number, wanted, limit)
    if op in (">", ">="):
        return _below(_FLIPPED[op], -number, _FLIPPED[wanted], -limit)
    return False


def _holds(number: float, op: str, limit: float) -> bool:
    known = {"<": number < limit, "<=": number <= limit, ">": number > limit, ">=": number >= limit, "!=": number != limit}
    return known.get(op, False)


def _below(op: str, number: float, wanted: str, limit: float) -> bool:
    """The same where the first is an upper bound."""
    strict = op == "<"
    if wanted == "<=":
        return number <= limit
    if wanted == "<":
        return number <= limit if strict else number < limit
    return wanted == "!=" and (number <= limit if strict else number < limit)
