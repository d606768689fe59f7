"""What the checker stands on: findings, overload resolution with type variables, and the rule about secrets."""

from __future__ import annotations

from ..base.record import Record
from .signatures import Signature
from .types import DYN, NULL, SECRET, ListType, MapType, Type, TypeVar, holds_secret
from .unify import Bindings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .ast import Expr

FOR_SECRETS = "A secret can only be put, whole or in text, into a header, a body, the environment, standard input or a rendered file."


class Problem(Record):
    """One finding, with offsets in the expression's text."""

    code: str
    message: str
    start: int
    end: int
    help: str = ""
    near: str = ""  # the name that is probably meant by the one at `start`
    early: bool = False  # CEL lets it pass the check and meets it only when it evaluates, if the part is evaluated at all


def is_secret(type_: Type) -> bool:
    """Whether a type is that of a secret, or of a list or map of secrets."""
    while isinstance(type_, ListType):
        type_ = type_.elem
    return type_ == SECRET or (isinstance(type_, MapType) and is_secret(type_.value))


class Resolver:
    """Collects findings and chooses overloads."""

    __slots__ = ("bindings", "problems")

    def __init__(self) -> None:
        self.bindings = Bindings()
        self.problems: list[Problem] = []

    def report(self, code: str, message: str, node: Expr, help: str = "", start: int = -1, near: str = "", *, early: bool = False) -> Type:
        self.problems.append(Problem(code, message, node.start if start < 0 else start, node.end, help, near, early))
        return DYN

    def secret(self, args: Sequence[Type], message: str, node: Expr, *, deep: bool = False) -> bool:
        """Reports an operation on secrets; in a record they count only when the operation looks inside."""
        if any(holds_secret(arg) if deep else is_secret(arg) for arg in args):
            self.report("RB217", message, node, FOR_SECRETS)
            return True
        return False

    def resolve(self, overloads: Sequence[Signature], args: Sequence[Type]) -> Type | None:
        """The result type of the overloads that take the arguments; dyn when they differ; None when none does."""
        result: Type | None = None
        for overload in overloads:
            params, answer = self.instance(overload)
            # Null may stand beside a timestamp in a list, but no function takes it for one.
            nulls = any(arg == NULL and not isinstance(param, TypeVar) for param, arg in zip(params, args, strict=True))
            if not nulls and self.bindings.fits(params, args):
                found = self.bindings.apply(answer)
                result = found if result is None or result == found else DYN
        return result

    def instance(self, overload: Signature) -> tuple[Sequence[Type], Type]:
        """Parameters and result with type variables of their own."""
        if not overload.generic:
            return overload.params, overload.result
        names: dict[TypeVar, Type] = {}
        params = [self.renamed(param, names) for param in overload.params]
        return params, self.renamed(overload.result, names)

    def renamed(self, type_: Type, names: dict[TypeVar, Type]) -> Type:
        if isinstance(type_, TypeVar):
            if type_ not in names:
                names[type_] = self.bindings.fresh()
            return names[type_]
        if isinstance(type_, ListType):
            return ListType(self.renamed(type_.elem, names))
        if isinstance(type_, MapType):
            return MapType(self.renamed(type_.key, names), self.renamed(type_.value, names))
        return type_
