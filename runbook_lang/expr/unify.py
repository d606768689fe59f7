"""Which type fits where: assignability with type variables, as CEL's reference checker (cel-go) decides it."""

from __future__ import annotations

from .types import DYN, NULL, SECRET, STRING, ListType, MapType, RecordType, Type, TypeVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_NULLABLE = frozenset({"google.protobuf.Timestamp", "google.protobuf.Duration"})
_NUMBERS = frozenset({"int", "double"})


class Bindings:
    """What the type variables of one check stand for so far."""

    __slots__ = ("count", "found")

    def __init__(self) -> None:
        self.found: dict[TypeVar, Type] = {}
        self.count = 0

    def fresh(self) -> TypeVar:
        """A type variable that nothing is known of."""
        self.count += 1
        return TypeVar(f"_{self.count}")

    def fits(self, targets: Sequence[Type], sources: Sequence[Type]) -> bool:
        """Whether each source can stand where its target is wanted; variables are bound only when all fit."""
        before = dict(self.found)
        if len(targets) == len(sources) and all(self._fits(target, source) for target, source in zip(targets, sources, strict=True)):
            return True
        self.found = before
        return False

    def join(self, first: Type | None, second: Type) -> Type:
        """The type of a list that has elements of both types."""
        if first is None:
            return second
        if self.fits((first,), (second,)):
            return first if _covers(first, second) else second
        return DYN

    def apply(self, type_: Type, final: bool = False) -> Type:
        """The type with everything filled in that is known; with `final`, unknown variables are dyn."""
        if isinstance(type_, TypeVar):
            bound = self.found.get(type_)
            if bound is None:
                return DYN if final else type_
            return self.apply(bound, final)
        if isinstance(type_, ListType):
            return ListType(self.apply(type_.elem, final))
        if isinstance(type_, MapType):
            return MapType(self.apply(type_.key, final), self.apply(type_.value, final))
        return type_

    # -- the rules

    def _fits(self, a: Type, b: Type) -> bool:
        if isinstance(b, TypeVar):
            fits, bound = self._bind(b, a)
            if fits:
                return True
            if bound:
                return False
        if isinstance(a, TypeVar):
            return self._bind(a, b)[0]
        if DYN in (a, b):
            # A secret is never lost in dyn.
            return SECRET not in (a, b)
        if NULL in (a, b):
            other = b if a == NULL else a
            return other == NULL or str(other) in _NULLABLE
        return self._same_shape(a, b)

    def _same_shape(self, a: Type, b: Type) -> bool:
        if isinstance(a, ListType):
            return isinstance(b, ListType) and self._fits(a.elem, b.elem)
        if isinstance(a, RecordType) or isinstance(b, RecordType):
            return self._record_fits(a, b)
        if isinstance(a, MapType):
            return isinstance(b, MapType) and self._fits(a.key, b.key) and self._fits(a.value, b.value)
        return a == b

    def _record_fits(self, a: Type, b: Type) -> bool:
        """A record is a map from strings to dyn; two records fit when their common fields do."""
        if isinstance(a, RecordType) and isinstance(b, RecordType):
            return all(self._fits(field, b.fields[name]) for name, field in a.fields.items() if name in b.fields)
        other = b if isinstance(a, RecordType) else a
        if not isinstance(other, MapType) or not self._fits(other.key, STRING):
            return False
        return self._fits(other.value, DYN)

    def _bind(self, var: TypeVar, type_: Type) -> tuple[bool, bool]:
        """(whether the variable can stand for the type, whether it was bound before)."""
        if var == type_:
            return True, True
        bound = self.found.get(var)
        if bound is None:
            if self._occurs(var, type_):
                return False, False
            self.found[var] = type_
            return True, False
        if bound == type_:
            return True, True
        if self._fits(type_, bound):
            wider = type_ if _covers(type_, bound) else bound
            if not self._occurs(var, wider):
                self.found[var] = wider
            return True, True
        return False, True

    def _occurs(self, var: TypeVar, type_: Type) -> bool:
        if type_ == var:
            return True
        if isinstance(type_, TypeVar):
            bound = self.found.get(type_)
            return bound is not None and self._occurs(var, bound)
        if isinstance(type_, ListType):
            return self._occurs(var, type_.elem)
        return isinstance(type_, MapType) and (self._occurs(var, type_.key) or self._occurs(var, type_.value))


def _covers(a: Type, b: Type) -> bool:
    """Whether `a` is as general as `b` or more so."""
    if a == DYN or isinstance(a, TypeVar) or (b == NULL and str(a) in _NULLABLE):
        return True
    if b == DYN or isinstance(b, TypeVar):
        return False
    if isinstance(a, ListType) and isinstance(b, ListType):
        return _covers(a.elem, b.elem)
    if isinstance(a, MapType) and isinstance(b, MapType):
        return _covers(a.key, b.key) and _covers(a.value, b.value)
    return a == b or (isinstance(a, MapType) and isinstance(b, RecordType))


def numbers(*types: Type) -> bool:
    """Whether all types are int or double (which compare with each other, an extension of CEL's static rules)."""
    return all(str(type_) in _NUMBERS for type_ in types)
