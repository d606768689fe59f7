"""Tokens -> tree: a Pratt parser for the strict subset of CEL."""

from __future__ import annotations

from .ast import Binary, Call, Conditional, Expr, Has, Ident, Index, ListExpr, Literal, Logic, Macro, MapExpr, Select, Unary
from .lexer import RESERVED, tokenize
from .limits import INT_MAX, MAX_DEPTH, MAX_NODES
from .values import SyntaxProblem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .lexer import Token

_POWER = {
    "||": 1,
    "&&": 2,
    "==": 3,
    "!=": 3,
    "<": 3,
    "<=": 3,
    ">": 3,
    ">=": 3,
    "in": 3,
    "+": 4,
    "-": 4,
    "*": 5,
    "/": 5,
    "%": 5,
}
_CONSTANTS = {"true": True, "false": False, "null": None}
_MACROS = {"all": (2,), "exists": (2,), "exists_one": (2,), "map": (2, 3), "filter": (2,)}
_COLON = "':' and a value"
_WORD_OPERATORS = {"and": "&&", "or": "||", "not": "!", "is": "==", "equals": "=="}


def parse(text: str) -> Expr:
    """The tree of an expression. Raises SyntaxProblem, and nothing else, for every text that isn't one."""
    try:
        parser = _Parser(tokenize(text))
        if parser.kind == "end":
            raise SyntaxProblem("RB231", "there is no expression here", 0, max(1, len(text)), "Write a name or an expression.")
        tree = parser.expression()
        parser.finish()
    except RecursionError:
        raise _too_deep(0, len(text)) from None
    return tree


def _too_deep(start: int, end: int) -> SyntaxProblem:
    return SyntaxProblem("RB205", f"the expression is nested deeper than {MAX_DEPTH} levels", start, end, "Split it up with a 'set' step.")


class _Parser:
    """One pass over the tokens. `height` is the height of the node that was returned last."""

    __slots__ = ("at", "depth", "height", "kind", "nodes", "tokens")

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.kind = tokens[0][0]
        self.depth = 0
        self.height = 0
        self.nodes = 0

    # -- moving on

    def take(self) -> Token:
        token = self.tokens[self.at]
        self.at += 1
        self.kind = self.tokens[self.at][0]
        return token

    def expect(self, kind: str, what: str) -> Token:
        if self.kind != kind:
            raise self.unexpected(what)
        if kind == "end":
            return self.tokens[self.at]
        return self.take()

    def finish(self) -> None:
        if self.kind != "end":
            raise self.unexpected("the end of the expression or an operator")

    def unexpected(self, wanted: str) -> SyntaxProblem:
        kind, value, start, end = self.tokens[self.at]
        if kind == "end":
            return SyntaxProblem("RB201", f"the expression ends where {wanted} was expected", max(0, start - 1), max(end, 1))
        help = ""
        if kind == "name" and value in _WORD_OPERATORS:
            help = f"The operator is written {_WORD_OPERATORS[value]!r}."
        elif kind == "{":
            return SyntaxProblem("RB208", "message literals are not part of the language", start, end, "Write a map: {'field': value}.")
        elif kind == "}" and wanted == _COLON:
            help = "A map is {key: value}. To put a value into a text one pair of braces is enough: ${name}."
        elif kind == "?":
            help = "A condition inside a condition wants parentheses: a ? (b ? c : d) : e."
        shown = repr(value) if kind != "string" else "a string"
        return SyntaxProblem("RB201", f"{shown} where {wanted} was expected", start, end, help)

    def grown(self, height: int, start: int, end: int) -> None:
        """Count one more node that stands `height` levels above its leaves."""
        self.nodes += 1
        if height > MAX_DEPTH:
            raise _too_deep(start, end)
        if self.nodes > MAX_NODES:
            raise SyntaxProblem("RB205", f"the expression has more than {MAX_NODES} parts", start, end, "Split it up with a 'set' step.")
        self.height = height

    # -- levels of the grammar

    def expression(self) -> Expr:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _too_deep(self.tokens[self.at][2], self.tokens[self.at][3])
        node = self.operators(1)
        if self.kind == "?":
            node = self.conditional(node)
        self.depth -= 1
        return node

    def conditional(self, test: Expr) -> Expr:
        height = self.height
        self.take()
        yes = self.operators(1)
        height = max(height, self.height)
        self.expect(":", "':' and the value for 'no'")
        no = self.expression()
        self.grown(max(height, self.height) + 1, test.start, no.end)
        return Conditional(test.start, no.end, test, yes, no)

    def operators(self, floor: int) -> Expr:
        """Everything that binds at least as tightly as `floor`; all binary operators group to the left."""
        left = self.unary()
        power = _POWER.get(self.kind, 0)
        while power >= floor:
            if power < 3:
                left = self.logic(left, power)
            else:
                height = self.height
                op = self.take()[1]
                right = self.operators(power + 1)
                self.grown(max(height, self.height) + 1, left.start, right.end)
                left = Binary(left.start, right.end, op, left, right)
            power = _POWER.get(self.kind, 0)
        return left

    def logic(self, first: Expr, power: int) -> Expr:
        op = self.kind
        operands = [first]
        height = self.height
        while self.kind == op:
            self.take()
            operands.append(self.operators(power + 1))
            height = max(height, self.height)
            self.nodes += 1
        self.grown(height + 1, first.start, operands[-1].end)
        return Logic(first.start, operands[-1].end, op, tuple(operands))

    def unary(self) -> Expr:
        kind = self.kind
        if kind not in ("!", "-"):
            return self.member()
        starts = []
        while self.kind == kind:
            starts.append(self.take()[2])
        if kind == "-" and self.kind in ("int", "float"):
            node = self.postfix(self.number(starts.pop()))
        else:
            if self.kind in ("!", "-"):
                raise self.unexpected("a value")
            node = self.member()
        height = self.height
        for start in reversed(starts):
            height += 1
            self.grown(height, start, node.end)
            node = Unary(start, node.end, kind, node)
        return node

    def member(self) -> Expr:
        return self.postfix(self.primary())

    def postfix(self, node: Expr) -> Expr:
        while True:
            kind = self.kind
            if kind == ".":
                node = self.selection(node)
            elif kind == "[":
                height = self.height
                self.take()
                index = self.expression()
                end = self.expect("]", "']'")[3]
                self.grown(max(height, self.height) + 1, node.start, end)
                node = Index(node.start, end, node, index)
            elif kind == "{" and isinstance(node, (Ident, Select)):
                raise self.unexpected("")
            else:
                return node

    def primary(self) -> Expr:
        kind, value, start, end = self.tokens[self.at]
        if kind == "name":
            return self.name(start)
        if kind == "string":
            self.take()
            self.grown(1, start, end)
            return Literal(start, end, value)
        if kind in ("int", "float"):
            return self.number(-1)
        if kind == "(":
            self.take()
            node = self.expression()
            self.expect(")", "')'")
            return node
        if kind in _CONSTANTS:
            self.take()
            self.grown(1, start, end)
            return Literal(start, end, _CONSTANTS[kind])
        if kind == "[":
            return self.list()
        if kind == "{":
            return self.map()
        if kind == ".":
            self.take()
            return self.name(start)
        raise self.unexpected("a value")

    # -- leaves and literals

    def number(self, minus: int) -> Expr:
        """A number; `minus` is the place of the sign before it, or -1."""
        _, value, start, end = self.take()
        if minus >= 0:
            start, value = minus, -value
        elif value.__class__ is int and value > INT_MAX:
            raise SyntaxProblem("RB203", f"{value} is too large for a 64-bit integer", start, end)
        self.grown(1, start, end)
        return Literal(start, end, value)

    def name(self, start: int) -> Expr:
        _, name, at, end = self.expect("name", "a name")
        if name in RESERVED:
            raise SyntaxProblem("RB204", f"{name!r} is a reserved word of CEL", at, end, "Rename it; after a dot it is fine: x." + name)
        if self.kind != "(":
            self.grown(1, start, end)
            return Ident(start, end, name, start != at)
        args, end = self.arguments()
        if name == "has" and start == at:
            return self.has(args, start, end)
        return Call(start, end, name, None, args, at)

    def arguments(self) -> tuple[tuple[Expr, ...], int]:
        """`(a, b)`; afterwards `height` is that of the call."""
        start = self.take()[2]
        args: list[Expr] = []
        height = 0
        while self.kind != ")":
            if args:
                self.expect(",", "',' or ')'")
            args.append(self.expression())
            height = max(height, self.height)
        end = self.take()[3]
        self.grown(height + 1, start, end)
        return tuple(args), end

    def list(self) -> Expr:
        start = self.take()[2]
        items: list[Expr] = []
        height = 0
        while self.kind != "]":
            items.append(self.expression())
            height = max(height, self.height)
            if self.kind != "]":
                self.expect(",", "',' or ']'")
        end = self.take()[3]
        self.grown(height + 1, start, end)
        return ListExpr(start, end, tuple(items))

    def map(self) -> Expr:
        start = self.take()[2]
        entries: list[tuple[Expr, Expr]] = []
        height = 0
        while self.kind != "}":
            key = self.expression()
            height = max(height, self.height)
            self.expect(":", _COLON)
            entries.append((key, self.expression()))
            height = max(height, self.height)
            if self.kind != "}":
                self.expect(",", "',' or '}'")
        end = self.take()[3]
        self.grown(height + 1, start, end)
        return MapExpr(start, end, tuple(entries))

    # -- what follows a dot, and macros

    def selection(self, operand: Expr) -> Expr:
        height = self.height
        self.take()
        if self.kind not in ("name", "quoted"):
            raise self.unexpected("a field name")
        kind, name, at, end = self.take()
        if self.kind != "(" or kind == "quoted":
            self.grown(height + 1, operand.start, end)
            return Select(operand.start, end, operand, name, at)
        args, end = self.arguments()
        self.grown(max(height, self.height) + 1, operand.start, end)
        if len(args) in _MACROS.get(name, ()):
            return self.macro(operand, name, args, at, end)
        return Call(operand.start, end, name, operand, args, at)

    def macro(self, over: Expr, kind: str, args: tuple[Expr, ...], at: int, end: int) -> Expr:
        var = args[0]
        if not isinstance(var, Ident) or var.root:
            help = f"As in items.{kind}(x, …), with x used in the rest."
            raise SyntaxProblem("RB209", f"the first argument of {kind}() must be a simple name", var.start, var.end, help)
        where = args[1] if len(args) == 3 else None
        return Macro(over.start, end, kind, over, var.name, args[-1], where, at)

    def has(self, args: tuple[Expr, ...], start: int, end: int) -> Expr:
        if len(args) != 1 or not isinstance(args[0], Select):
            raise SyntaxProblem("RB209", "has() wants one selection, as in has(step.json)", start, end)
        inner = args[0]
        return Has(start, end, inner.operand, inner.field, inner.at)
