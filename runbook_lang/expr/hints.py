"""What to write instead, where an operator doesn't work on its operands."""

from __future__ import annotations

import re

from .ast import Binary, Literal
from .types import BOOL, NULL, STRING
from .unify import numbers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .ast import Expr
    from .types import Type

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def operator_help(node: Expr, op: str, args: tuple[Type, ...]) -> str:
    """One sentence; '' where there is nothing to propose."""
    if NULL in args:
        return "Only dyn values can be null; test for a field with has(x.field)."
    if op == "+" and STRING in args:
        return "Convert with string(…)."
    if len(args) == 2 and op in "+-*/%" and numbers(*args):
        return "Arithmetic doesn't mix int and double; convert with double(…) or int(…)."
    if op in ("==", "!=", "<", "<=", ">", ">=") and STRING in args:
        return _quoted(node, args) or ("" if BOOL in args else "Convert one side, as in int(text) or string(number).")
    return ""


def _quoted(node: Expr, args: tuple[Type, ...]) -> str:
    """A number, or true and false, in quotes, as other tools have it."""
    texts = [side.value for side in (node.left, node.right) if isinstance(side, Literal)] if isinstance(node, Binary) else []
    text = next((value for value in texts if isinstance(value, str)), None)
    if text is None:
        return ""
    if BOOL in args:
        return f"Write {text} without quotes." if text in ("true", "false") else "A bool is true or false, without quotes."
    return f"Write {text} without quotes." if _NUMBER.fullmatch(text) else ""
