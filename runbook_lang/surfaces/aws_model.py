"""What is known of one operation of aws: its options and the type of its result.

From the files of this package (`data/aws_SERVICE.json`) for the services that runbooks use most. For any other service, and
for what these files don't have, the models that an installed awscli or botocore carries are read where they are, without
importing it (`aws_installed`).
"""

from __future__ import annotations

import json
import os
from functools import cache

from ..base.pattern import lazy
from ..base.record import Record
from ..expr.types import BOOL, DYN, INT, STRING, ListType, MapType, RecordType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from ..expr.types import Type

_DATA = os.path.join(os.path.dirname(__file__), "data")
_NAME = lazy(r"[a-z0-9][a-z0-9-]*")
_SCALARS: Mapping[str, Type] = {"s": STRING, "i": INT, "b": BOOL}
_MAX_DEPTH = 8


class Model(Record):
    """`options`: name to `i`, `b`, `*`, `?` or '' (see scripts/aws_facts.py), with `!` for a required one; None when they aren't known.

    `values`: the values that an option takes, as far as they are known. `twins`: a required switch to the one that says the opposite.
    """

    options: Mapping[str, str] | None
    positionals: int
    result: Type | None  # None: it prints nothing
    deprecated: bool = False
    values: Mapping[str, Sequence[str]] = {}
    twins: Mapping[str, str] = {}


class Service(Record):
    """A service with its operations, and the operation that each `waiter` asks. `exact`: the command line has these and no other."""

    operations: Mapping[str, Any]
    shapes: Mapping[str, Any]
    exact: bool
    enums: Mapping[str, Sequence[str]] = {}
    waiters: Mapping[str, str] = {}


def find_service(name: str) -> Service | None:
    """The facts of a service by its name on the command line; None when there are none here."""
    if not _NAME.fullmatch(name):
        return None
    return _packaged(name) or newer_service(name)


def newer_service(name: str) -> Service | None:
    """The same from what is installed here, which may be newer than this package; None when nothing is."""
    from .aws_installed import installed

    return installed(name)


def find_model(service: Service, operation: str) -> Model | None:
    """The facts of an operation; None when the service has none of that name, as far as is known."""
    facts = service.operations.get(operation)
    if facts is None:
        return None
    fields = facts.get("result")
    result = None if fields is None else _record(f"{operation} result", fields, service.shapes, ())
    values = {name: service.enums[enum] for name, enum in facts.get("values", {}).items()}
    return Model(facts.get("options"), facts.get("positionals", 0), result, bool(facts.get("deprecated")), values, facts.get("twins", {}))


@cache
def _packaged(name: str) -> Service | None:
    try:
        with open(os.path.join(_DATA, f"aws_{name}.json"), encoding="utf-8") as file:
            data = json.load(file)
    except FileNotFoundError:
        return None
    return Service(data["operations"], data["shapes"], True, data["enums"], data["waiters"])


def _type(spec: Any, shapes: Mapping[str, Any], path: tuple[str, ...]) -> Type:
    """`path`: the structures that this one stands in; one that holds itself may be anything there."""
    if spec is None or len(path) > _MAX_DEPTH:
        return DYN
    if isinstance(spec, list):
        inner = _type(spec[1], shapes, path)
        return ListType(inner) if spec[0] == "l" else MapType(STRING, inner)
    if spec in _SCALARS:
        return _SCALARS[spec]
    if spec in path:
        return DYN
    shape = shapes[spec]
    inside = (*path, spec)
    return _record(spec, shape, shapes, inside) if isinstance(shape, dict) else _type(shape, shapes, inside)


def _record(name: str, fields: Mapping[str, Any], shapes: Mapping[str, Any], path: tuple[str, ...]) -> RecordType:
    """Closed, so that a misspelt field is an error. A service leaves out what it has no value for: all fields are optional."""
    return RecordType(name, {key: _type(spec, shapes, path) for key, spec in fields.items()}, frozenset(fields))
