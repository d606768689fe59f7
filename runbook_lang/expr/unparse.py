"""Tree -> text: the shortest spelling that parses to the same tree. For holes, messages and `fmt`."""

from __future__ import annotations

from ..base.pattern import lazy
from .ast import Binary, Call, Conditional, Expr, Has, Ident, Index, ListExpr, Literal, Logic, Macro, MapExpr, Select, Unary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .values import Value

_NAME = lazy(r"[_a-zA-Z][_a-zA-Z0-9]*")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_POWERS = {"*": 5, "/": 5, "%": 5, "+": 4, "-": 4}
_PRIMARY, _UNARY, _RELATION, _AND, _OR, _CONDITIONAL = 7, 6, 3, 2, 1, 0


def unparse(node: Expr) -> str:
    """The text of a tree; `parse` makes the same tree of it, places apart."""
    return _text(node, _CONDITIONAL)


def quote(text: str) -> str:
    """A string literal in double quotes."""
    return '"' + "".join(_ESCAPES.get(char) or (char if char.isprintable() else _code(char)) for char in text) + '"'


def _code(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"


def field_text(field: str) -> str:
    """`.field`, in backticks where it isn't a plain name."""
    if _NAME.fullmatch(field) and field not in ("true", "false", "null", "in"):
        return "." + field
    return f".`{field}`"


def literal_text(value: Value) -> str:
    """A literal for null, a bool, an int, a finite double or a string."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return quote(value) if isinstance(value, str) else repr(value)


def _text(node: Expr, floor: int) -> str:
    """`floor` is the binding power that the surroundings ask for; weaker nodes get parentheses."""
    power, text = _pieces(node)
    return f"({text})" if power < floor else text


def _pieces(node: Expr) -> tuple[int, str]:
    if isinstance(node, Literal):
        negative = isinstance(node.value, (int, float)) and repr(node.value)[0] == "-"
        return (_UNARY if negative else _PRIMARY), literal_text(node.value)
    if isinstance(node, Ident):
        return _PRIMARY, ("." if node.root else "") + node.name
    if isinstance(node, Select):
        return _PRIMARY, _text(node.operand, _PRIMARY) + field_text(node.field)
    if isinstance(node, Has):
        return _PRIMARY, f"has({_text(node.operand, _PRIMARY)}{field_text(node.field)})"
    if isinstance(node, Index):
        return _PRIMARY, f"{_text(node.operand, _PRIMARY)}[{_text(node.index, 0)}]"
    if isinstance(node, ListExpr):
        return _PRIMARY, f"[{_joined(node.items)}]"
    if isinstance(node, MapExpr):
        inner = ", ".join(f"{_text(key, 0)}: {_text(value, 0)}" for key, value in node.entries)
        return _PRIMARY, "{" + inner + "}"
    return _operator_pieces(node)


def _operator_pieces(node: Expr) -> tuple[int, str]:
    if isinstance(node, Call):
        target = "" if node.target is None else _text(node.target, _PRIMARY) + "."
        return _PRIMARY, f"{target}{node.function}({_joined(node.args)})"
    if isinstance(node, Macro):
        where = "" if node.where is None else f"{_text(node.where, 0)}, "
        return _PRIMARY, f"{_text(node.over, _PRIMARY)}.{node.kind}({node.var}, {where}{_text(node.body, 0)})"
    if isinstance(node, Unary):
        # '-' before a number would become part of it; '!' and '-' don't mix without parentheses.
        inner = _text(node.operand, _UNARY)
        bare = (isinstance(node.operand, Unary) and node.operand.op == node.op) or inner[0] not in "!-0123456789."
        return _UNARY, node.op + (inner if bare else f"({inner})")
    if isinstance(node, Binary):
        power = _POWERS.get(node.op, _RELATION)
        return power, f"{_text(node.left, power)} {node.op} {_text(node.right, power + 1)}"
    if isinstance(node, Logic):
        power = _AND if node.op == "&&" else _OR
        return power, f" {node.op} ".join(_text(part, power + 1) for part in node.operands)
    assert isinstance(node, Conditional)
    return _CONDITIONAL, f"{_text(node.test, 1)} ? {_text(node.yes, 1)} : {_text(node.no, 0)}"


def _joined(nodes: tuple[Expr, ...]) -> str:
    return ", ".join(_text(node, 0) for node in nodes)
