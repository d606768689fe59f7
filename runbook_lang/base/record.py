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
    from typing import Any, Self, dataclass_transform
else:

    def dataclass_transform(**_kwargs):
        return lambda cls: cls


_set = object.__setattr__


class _RecordMeta(type):
    """Turns annotations into slots, and builds `__init__` on the first construction."""

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
        if bases and "replace" not in namespace:
            namespace["replace"] = _plain_replace  # never a base class's compiled one
        cls = super().__new__(mcs, name, bases, namespace, **kwargs)
        if "__init__" not in namespace:
            type.__setattr__(cls, "__init__", _first_init)
        return cls


def _first_init(self: Any, *args: Any, **kwargs: Any) -> None:
    """Compile the class's own `__init__`, install it, and run it."""
    cls = type(self)
    parameters = []
    lines = []
    scope: dict[str, Any] = {"_set": _set}
    for field in cls.__fields__:
        if field in cls.__field_defaults__:
            scope[f"_default_{field}"] = cls.__field_defaults__[field]
            parameters.append(f"{field}=_default_{field}")
        else:
            parameters.append(field)
        lines.append(f" _set(self, {field!r}, {field})")
    for field, default in cls.__field_defaults__.items():
        if field.startswith("_"):
            scope[f"_default_{field}"] = default
            lines.append(f" _set(self, {field!r}, _default_{field})")
    body = "\n".join(lines) or " pass"
    # The text is made of the class's own field names; nothing from outside gets in.
    exec(f"def __init__(self, {', '.join(parameters)}):\n{body}", scope)  # noqa: S102
    type.__setattr__(cls, "__init__", scope["__init__"])
    cls.__init__(self, *args, **kwargs)


def _plain_replace(self: Any, **changes: Any) -> Any:
    return _first_replace(self, changes)


def _first_replace(self: Any, changes: dict[str, Any]) -> Any:
    """Compile the class's own `replace`, install it, and run it."""
    cls = type(self)
    scope: dict[str, Any] = {"_set": _set, "_new": object.__new__, "_cls": cls, "_kept": object()}
    lines = [f" _set(_copy, {field!r}, _self.{field} if {field} is _kept else {field})" for field in cls.__fields__]
    for field, default in cls.__field_defaults__.items():
        if field.startswith("_"):
            scope[f"_default_{field}"] = default
            lines.append(f" _set(_copy, {field!r}, _default_{field})")
    parameters = "".join(f", {field}=_kept" for field in cls.__fields__)
    star = ", *" if parameters else ""
    body = "\n".join([" _copy = _new(_cls)", *lines, " return _copy"])
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
