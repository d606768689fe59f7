"""Looking on while a program is checked: which names each expression and each step sees, and of which types."""

from __future__ import annotations

from ..check.names import Flow
from ..check.scope import ExpressionChecker
from ..syntax.tree import Scalar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..base.diagnostics import Problems
    from ..base.source import Source
    from ..check.scope import Visible
    from ..expr.expression import Expression
    from ..expr.types import Type
    from ..machine.core import Node


class Seen:
    """The names at one place. Kept as a view into the checker's own layers, which only grow: a copy for each place would be quadratic."""

    __slots__ = ("_layers", "_visible")

    def __init__(self, visible: Visible) -> None:
        self._layers = [(layer, len(layer)) for layer in visible.layers()]
        self._visible = visible

    def names(self) -> dict[str, Type]:
        """Names and their types, the inner ones first."""
        found: dict[str, Type] = {}
        for layer, count in self._layers:
            for name in list(layer)[:count]:
                found.setdefault(name, layer[name])
        return found

    def after(self, step: str) -> dict[str, Type]:
        """The names behind a step that stands here."""
        names = self.names()
        own = self._layers[0][0].get(step)
        return {**names, step: own} if own is not None else names

    def is_maybe(self, name: str) -> bool:
        """Whether the step of that name may not have run here."""
        return self._visible.is_maybe(name)


class Look:
    """What was seen of one file. `at_steps` is in the order of the check: (the node, what is visible before it)."""

    __slots__ = ("at_expressions", "at_steps", "source")

    def __init__(self, source: Source) -> None:
        self.source = source
        self.at_expressions: dict[int, tuple[Expression, Seen]] = {}
        self.at_steps: list[tuple[Node, Seen]] = []


class _Checker(ExpressionChecker):
    def __init__(self, problems: Problems, look: Look) -> None:
        super().__init__(problems)
        self.look = look

    def expression(self, expression: Expression, visible: Visible) -> Type:
        where = expression.where
        if isinstance(where, Scalar) and where.span.source is self.look.source:
            self.look.at_expressions.setdefault(id(expression), (expression, Seen(visible)))
        return super().expression(expression, visible)


class LookingFlow(Flow):
    """Checks as `Flow` does, and notes what is visible where."""

    def __init__(self, problems: Problems, look: Look) -> None:
        super().__init__(_Checker(problems, look), problems)
        self.look = look

    def node(self, node: Node, visible: Visible) -> bool:
        if node.span.source is self.look.source:
            self.look.at_steps.append((node, Seen(visible)))
        return super().node(node, visible)
