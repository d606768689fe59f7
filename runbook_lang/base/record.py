"""Frozen, slotted classes whose definition costs next to nothing at start-up.

`dataclasses` imports `inspect`, which alone costs more than the whole budget of
`runbook --version`; a `Record` gives the same declaration style without it::

    class Point(Record):
        x: int
        y: int = 0

Fields are the annotations in order, base classes first. Defaults must be immutable.
A field whose name starts with an underscore must have a default: it is a slot that the
class fills itself (a cache) and takes no part in construction, equality or repr.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Concatenate, ParamSpec, Self, TypeVar, dataclass_transform

    P = ParamSpec("P")
    T = TypeVar("T")
else:

    def dataclass_transform(**_kwargs):
        return lambda cls: cls


_set = object.__setattr__


_FEW = 3
"""So many constructions of a class are done field by field; a class that is used more often is worth compiling for."""


class _RecordMeta(type):
    """Turns annotations into slots, and builds the constructor and `replace` once they are used."""

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **kwargs: Any) -> type:
        own = [field for field in namespace.get("__annotations__", {}) if not field.startswith("__")]
        fields: list[str] = []
        defaults: dict[str, Any] = {}
        for base in bases:
            fields.extend(field for field in getattr(base, "__fields__", ()) if field not in fields)
            defaults.update(getattr(base, "__field_defaults__", {}))
        inherited = set(fields)
        slots = tuple(field for field in own if field not in inherited)
        for field in own:
            if field in namespace:
                defaults[field] = namespace.pop(field)
        fields.extend(field for field in slots if not field.startswith("_"))
        namespace["__slots__"] = slots
        namespace["__fields__"] = tuple(fields)
        namespace["__match_args__"] = tuple(fields)
        namespace["__field_defaults__"] = defaults
        namespace["__uses__"] = 0
        if bases:
            namespace.setdefault("replace", _plain_replace)  # never a base class's compiled one
            if "__init__" not in namespace:
                namespace["__new__"] = _first_new
        return super().__new__(mcs, name, bases, namespace, **kwargs)


def _first_new(cls: Any, *args: Any, **kwargs: Any) -> Any:
    """Construct field by field; a class that is constructed again and again gets a compiled constructor."""
    uses = cls.__uses__
    if uses == _FEW:
        return _compiled_new(cls)(cls, *args, **kwargs)
    type.__setattr__(cls, "__uses__", uses + 1)
    fields, defaults = cls.__fields__, cls.__field_defaults__
    given = dict(zip(fields, args, strict=False))
    if len(args) > len(fields) or not given.keys().isdisjoint(kwargs) or not kwargs.keys() <= set(fields):
        raise TypeError(f"{cls.__name__} takes {', '.join(fields)}; it was given {len(args)} values and {', '.join(kwargs)}")
    values = {**defaults, **given, **kwargs}
    self = object.__new__(cls)
    for field in fields:
        if field not in values:
            raise TypeError(f"{cls.__name__} needs {field}")
        _set(self, field, values[field])
    for field, default in defaults.items():
        if field.startswith("_"):
            _set(self, field, default)
    return self


def _draft(cls: Any) -> type:
    """A twin of a class, with the same slots, that can be written to: a record is filled as a draft and then becomes one of its class.

    Filling the slots of an immutable object goes through `object.__setattr__`, which costs five times an ordinary assignment.
    """
    namespace = {"__slots__": cls.__slots__, "__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
    twin: type = type.__new__(type(cls), cls.__name__, cls.__bases__, namespace)
    return twin


def _caches(cls: Any, scope: dict[str, Any]) -> list[str]:
    """The lines that fill the class's own caches."""
    lines = []
    for field, default in cls.__field_defaults__.items():
        if field.startswith("_"):
            scope[f"_default_{field}"] = default
            lines.append(f" _made.{field} = _default_{field}")
    return lines


def _compiled_new(cls: Any) -> Any:
    """Compile and install the class's own constructor."""
    scope: dict[str, Any] = {"_new": object.__new__, "_draft": _draft(cls), "_final": cls}
    parameters = []
    for field in cls.__fields__:
        if field in cls.__field_defaults__:
            scope[f"_default_{field}"] = cls.__field_defaults__[field]
            parameters.append(f"{field}=_default_{field}")
        else:
            parameters.append(field)
    lines = [f" _made.{field} = {field}" for field in cls.__fields__]
    body = "\n".join([" _made = _new(_draft)", *lines, *_caches(cls, scope), " _made.__class__ = _final", " return _made"])
    # The text is made of the class's own field names; nothing from outside gets in.
    exec(f"def __new__({', '.join(['_cls', *parameters])}):\n{body}", scope)  # noqa: S102
    type.__setattr__(cls, "__new__", staticmethod(scope["__new__"]))
    return scope["__new__"]


def constructor(cls: Callable[P, T]) -> Callable[Concatenate[Callable[P, T], P], T]:
    """The compiled constructor of a record's class, called as `new(cls, …)`: for a place where records are made by the ten thousand.

    A call of the class itself makes a detour that costs more than filling three slots.
    """
    found: Callable[Concatenate[Callable[P, T], P], T] = _compiled_new(cls)
    return found


def changer(cls: type[T], *changed: str) -> Callable[..., T]:
    """A compiled `replace` of just these fields, called as `change(record, value, …)` with their values in that order: for a place where
    wide records are copied at every event. `replace` itself asks of each field whether it was given.

    Raises TypeError for a field that isn't there.
    """
    fields = cls.__fields__  # type: ignore[attr-defined]  # set by the metaclass
    if not set(changed) <= set(fields):
        raise TypeError(f"{cls.__name__} has no field {', '.join(sorted(set(changed) - set(fields)))}")
    scope: dict[str, Any] = {"_new": object.__new__, "_draft": _draft(cls), "_final": cls}
    lines = [f" _made.{field} = {field if field in changed else f'_self.{field}'}" for field in fields]
    body = "\n".join([" _made = _new(_draft)", *lines, *_caches(cls, scope), " _made.__class__ = _final", " return _made"])
    # The text is made of the class's own field names; nothing from outside gets in.
    exec(f"def change({', '.join(['_self', *changed])}):\n{body}", scope)  # noqa: S102
    found: Callable[..., T] = scope["change"]
    return found


def _plain_replace(self: Any, **changes: Any) -> Any:
    return _first_replace(self, changes)


def _first_replace(self: Any, changes: dict[str, Any]) -> Any:
    """Compile the class's own `replace`, install it, and run it."""
    cls = type(self)
    kept = object()
    scope: dict[str, Any] = {"_new": object.__new__, "_draft": _draft(cls), "_final": cls, "_kept": kept}
    lines = [f" _made.{field} = _self.{field} if {field} is _kept else {field}" for field in cls.__fields__]
    parameters = "".join(f", {field}=_kept" for field in cls.__fields__)
    star = ", *" if parameters else ""
    body = "\n".join([" _made = _new(_draft)", *lines, *_caches(cls, scope), " _made.__class__ = _final", " return _made"])
    # The text is made of the class's own field names; nothing from outside gets in.
    exec(f"def replace(_self{star}{parameters}):\n{body}", scope)  # noqa: S102
    type.__setattr__(cls, "replace", scope["replace"])
    return self.replace(**changes)


@dataclass_transform(frozen_default=True)
class Record(metaclass=_RecordMeta):
    """Base of all value classes: immutable, compared and hashed by its fields."""

    __slots__ = ()

    if TYPE_CHECKING:
        __fields__: tuple[str, ...] = ()

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(self) is not type(other):
            return NotImplemented
        return all(getattr(self, field) == getattr(other, field) for field in self.__fields__)

    def __hash__(self) -> int:
        return hash((type(self), *(getattr(self, field) for field in self.__fields__)))

    def __repr__(self) -> str:
        inner = ", ".join(f"{field}={getattr(self, field)!r}" for field in self.__fields__)
        return f"{type(self).__name__}({inner})"

    def replace(self, **changes: Any) -> Self:
        """A copy with some fields changed; raises TypeError for a field that isn't there.

        The first call compiles the class's own copy, as for `__init__`: states are copied at every event.
        """
        copy: Self = _first_replace(self, changes)
        return copy
