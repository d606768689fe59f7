"""What is known of one operation of aws: its options and the type of its result.

From the files of this package (`data/aws_SERVICE.json`) for the services that runbooks use most. For any other service the
models that an installed botocore carries are read where they are, without importing it; they lack what the command line
adds and renames, so only results are taken from them.
"""

from __future__ import annotations

import json
import os
import sys
from functools import cache

from ..base.pattern import lazy
from ..base.record import Record
from ..expr.types import BOOL, DYN, INT, STRING, ListType, MapType, RecordType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ..expr.types import Type

_DATA = os.path.join(os.path.dirname(__file__), "data")
_NAME = lazy(r"[a-z0-9][a-z0-9-]*")
_SCALARS: Mapping[str, Type] = {"s": STRING, "i": INT, "b": BOOL}
_MODEL_TYPES = {"string": "s", "timestamp": "s", "blob": "s", "integer": "i", "long": "i", "boolean": "b"}
_MAX_DEPTH = 8
# Names under which the command line has a service whose model has another one.
_FOLDERS = {"s3api": "s3", "configservice": "config", "deploy": "codedeploy"}


class Model(Record):
    """`options`: name to `i`, `b`, `*` or '' (see scripts/aws_facts.py), with `!` for a required one; None when they aren't known."""

    options: Mapping[str, str] | None
    positionals: int
    result: Type | None  # None: it prints nothing
    deprecated: bool = False


class Service(Record):
    """A service with its operations. `exact`: the command line has these operations and no other."""

    operations: Mapping[str, Any]
    shapes: Mapping[str, Any]
    exact: bool


def find_service(name: str) -> Service | None:
    """The facts of a service by its name on the command line; None when there are none here."""
    if not _NAME.fullmatch(name):
        return None
    return _packaged(name) or _installed(name)


def find_model(service: Service, operation: str) -> Model | None:
    """The facts of an operation; None when the service has none of that name, as far as is known."""
    facts = service.operations.get(operation)
    if facts is None:
        return None
    fields = facts.get("result")
    result = None if fields is None else _record(f"{operation} result", fields, service.shapes, ())
    return Model(facts.get("options"), facts.get("positionals", 0), result, bool(facts.get("deprecated")))


@cache
def _packaged(name: str) -> Service | None:
    try:
        with open(os.path.join(_DATA, f"aws_{name}.json"), encoding="utf-8") as file:
            data = json.load(file)
    except FileNotFoundError:
        return None
    return Service(data["operations"], data["shapes"], True)


@cache
def _installed(name: str) -> Service | None:
    """From botocore's own model of the service. A model that can't be read is as good as none."""
    path = _model_file(_FOLDERS.get(name, name))
    if path is None:
        return None
    try:
        if path.endswith(".gz"):
            import gzip

            with gzip.open(path, "rt", encoding="utf-8") as file:
                return _from_botocore(json.load(file))
        with open(path, encoding="utf-8") as plain:
            return _from_botocore(json.load(plain))
    except (OSError, ValueError, KeyError, TypeError, EOFError):
        return None


def _model_file(name: str) -> str | None:
    """The newest model of a service among the installed packages."""
    for folder in sys.path:
        place = os.path.join(folder, "botocore", "data", name)
        if not os.path.isdir(place):
            continue
        for version in sorted(os.listdir(place), reverse=True):
            for file in ("service-2.json.gz", "service-2.json"):
                path = os.path.join(place, version, file)
                if os.path.isfile(path):
                    return path
    return None


def _from_botocore(model: Mapping[str, Any]) -> Service:
    """A model in the form of this package's own files; a structure's fields are read when they are wanted."""
    shapes = model["shapes"]
    operations: dict[str, Any] = {}
    for name, facts in model["operations"].items():
        output = facts.get("output")
        fields = None if output is None else _members(shapes[output["shape"]])
        operations[kebab(name)] = {"result": fields} if fields is not None else {}
    return Service(operations, _Shapes(shapes), False)


def _members(shape: Mapping[str, Any]) -> dict[str, Any]:
    return {name: member["shape"] for name, member in shape.get("members", {}).items() if name != shape.get("payload")}


class _Shapes(dict[str, "Any"]):
    """The shapes of a model by name, in the form of this package's files."""

    def __init__(self, shapes: Mapping[str, Any]) -> None:
        super().__init__()
        self._model = shapes

    def __missing__(self, name: str) -> Any:
        shape = self._model[name]
        kind = shape["type"]
        if kind == "structure":
            found: Any = _members(shape)
        elif kind == "list":
            found = ["l", shape["member"]["shape"]]
        elif kind == "map":
            found = ["m", shape["value"]["shape"]]
        else:
            found = _MODEL_TYPES.get(kind)
        self[name] = found
        return found


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


_BEFORE_WORD = lazy(r"(.)([A-Z][a-z]+)")
_AFTER_SMALL = lazy(r"([a-z0-9])([A-Z])")
_PLURAL = lazy(r"[A-Z]{2,}s$")


def kebab(name: str) -> str:
    """An operation's name as the command line writes it: `DescribeDBInstances` is describe-db-instances (botocore's rule)."""
    plural = _PLURAL.search(name)
    if plural:
        name = f"{name[: plural.start()]}-{plural[0].lower()}"
    name = _BEFORE_WORD.sub(r"\1-\2", name)
    name = _AFTER_SMALL.sub(r"\1-\2", name)
    return name.lower()
