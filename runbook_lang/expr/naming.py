"""What names, fields and functions there are where an expression stands, and what one that isn't there may have meant."""

from __future__ import annotations

from ..base.record import Record
from ..base.suggest import nearest
from .ast import Call, Has, Ident, Select
from .overloads import Resolver
from .signatures import LEFT_OUT, SIGNATURES, Signature
from .types import DYN, RecordType, Type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, TypeAlias

    Scope: TypeAlias = dict[str, Type]
    Functions: TypeAlias = Mapping[str, tuple[Signature, ...]]


class Env(Record):
    """What an expression may use.

    `names` are the types of names; `functions` adds overloads to the standard ones; `maybe` are the names of
    steps that may not have run where the expression stands.
    """

    names: Mapping[str, Type]
    functions: Functions | None = None
    maybe: frozenset[str] = frozenset()


_PREFIXES = ("inputs", "input", "steps", "secrets", "vars", "outputs", "params")
"""What other languages put in front of a name."""


class Naming(Resolver):
    """Looks things up by name, and reports those that are nowhere."""

    __slots__ = ("env", "functions")

    def __init__(self, env: Env) -> None:
        super().__init__()
        self.env = env
        self.functions = _joined(SIGNATURES, env.functions) if env.functions else SIGNATURES

    def unknown_name(self, node: Ident, scope: Scope) -> Type:
        name = node.name
        if name in LEFT_OUT:
            code, message, help = LEFT_OUT[name]
            return self.report(code, message, node, help)
        near = nearest(name, [*scope, *self.env.names])
        if near is None and name in self.functions:
            return self.report("RB210", f"{name!r} is a function, not a value", node, f"Call it: {name}(…).")
        if near is None and name in ("google", "proto", "cel"):
            return self.report(
                "RB221", f"the namespace {name!r} is not part of the language", node, "Only plain names and their fields are."
            )
        if near is None and name in _PREFIXES:
            help = (
                f"Inputs, secrets and the results of steps stand here by their own names, without '{name}.'. {self.choices(self.env.names)}"
            )
            return self.report("RB210", f"there is no {name!r} here", node, help.strip())
        ask = f"; did you mean {near!r}?" if near else ""
        return self.report("RB210", f"there is no {name!r} here{ask}", node, "" if near else self.choices(self.env.names), near=near or "")

    def choices(self, names: Mapping[str, Any]) -> str:
        shown = sorted(name for name in names if "." not in name)
        if not shown:
            return ""
        more = f" and {len(shown) - 12} more" if len(shown) > 12 else ""
        return f"Known here: {', '.join(shown[:12])}{more}."

    def field(self, record: RecordType, node: Select | Has) -> Type:
        found = record.fields.get(node.field)
        if found is not None:
            return found
        near = nearest(node.field, record.fields)
        if record.open and (near is None or len(node.field) < 4):  # so short that it would be a guess
            return DYN
        ask = f"; did you mean {near!r}?" if near else ""
        place = Ident(node.at, node.at + len(node.field), node.field) if isinstance(node, Has) else node
        help = f"If there really is such a field: [{node.field!r}]." if record.open else self.fields_help(record)
        return self.report("RB214", f"{node.field!r} is not a field of {record}{ask}", place, help, node.at, near or "")

    def fields_help(self, record: RecordType) -> str:
        names = list(record.fields)
        more = f" and {len(names) - 12} more" if len(names) > 12 else ""
        return f"Its fields are {', '.join(names[:12])}{more}." if names else "It has no fields."

    def unknown_function(self, node: Call) -> Type:
        place = Ident(node.at, node.at + len(node.function), node.function)
        if node.function in LEFT_OUT:
            code, message, help = LEFT_OUT[node.function]
            return self.report(code, message, place, help)
        near = nearest(node.function, [*self.functions, "all", "exists", "exists_one", "map", "filter", "has"])
        ask = f"; did you mean {near!r}?" if near else ""
        help = _MACRO_HELP.get(node.function, "")
        return self.report("RB211", f"there is no function {node.function}(){ask}", place, help, near=near or "")


_MACRO_HELP = {
    "any": "Use exists: x.exists(e, …).",
    "some": "Use exists: x.exists(e, …).",
    "len": "Use size(x).",
    "length": "Use size(x).",
    "lower": "Use lowerAscii().",
    "upper": "Use upperAscii().",
    "strip": "Use trim().",
    **dict.fromkeys(("all", "exists", "exists_one", "map", "filter"), "A macro is written items.all(x, …), with a simple name first."),
    "has": "It is written has(step.field).",
}


def _joined(standard: Functions, added: Functions) -> Functions:
    return {**standard, **{name: (*standard.get(name, ()), *overloads) for name, overloads in added.items()}}
