"""What an installed awscli or botocore knows of a service: its own models, read where they are and without importing it.

The names of operations and options follow from the models by botocore's rule. Where the command line goes its own way (adds
an argument, renames one, takes a file), the options are unknown; `data/aws_others.json` lists these operations.
"""

from __future__ import annotations

import json
import os
import sys
from functools import cache

from ..base.pattern import lazy
from .aws_model import Service
from .facts_files import facts_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

_PLACES = (("awscli", "botocore", "data"), ("botocore", "data"))
"""Where models lie below a folder of packages: the command line's own come first."""
_TYPES = {"string": "s", "timestamp": "s", "blob": "s", "integer": "i", "long": "i", "boolean": "b"}
_KINDS = {"integer": "i", "long": "i", "boolean": "b", "list": "*"}
MOST_VALUES = 64
"""A list of values with more than this grows by the month (types of instances) and says nothing."""
# Names under which the command line has a service whose model has another one.
_FOLDERS = {"s3api": "s3", "configservice": "config", "deploy": "codedeploy"}
PAGING = {"--max-items": "i", "--page-size": "i", "--starting-token": ""}
"""With these an operation that lists is read in parts."""


@cache
def installed(name: str) -> Service | None:
    """A service by its name on the command line. A model that can't be read is as good as none."""
    folder = _folder(_FOLDERS.get(name, name))
    if folder is None:
        return None
    try:
        model = _read(folder, "service-2")
        return None if model is None else _service(name, model, _read(folder, "waiters-2") or {})
    except (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError):
        return None


def _folder(name: str) -> str | None:
    """The newest models of a service among the installed packages."""
    for packages in sys.path:
        for below in _PLACES:
            place = os.path.join(packages, *below, name)
            for version in sorted(os.listdir(place), reverse=True) if os.path.isdir(place) else ():
                if _file(os.path.join(place, version), "service-2"):
                    return os.path.join(place, version)
    return None


def _file(folder: str, name: str) -> str | None:
    return next((path for end in (".json.gz", ".json") if os.path.isfile(path := os.path.join(folder, name + end))), None)


def _read(folder: str, name: str) -> Any:
    path = _file(folder, name)
    if path is None:
        return None
    if path.endswith(".gz"):
        import gzip

        with gzip.open(path, "rt", encoding="utf-8") as file:
            return json.load(file)
    with open(path, encoding="utf-8") as plain:
        return json.load(plain)


def _service(name: str, model: Mapping[str, Any], waiters: Mapping[str, Any]) -> Service:
    """A model in the form of this package's own files; what lies below an operation is read when it is wanted."""
    shapes = model["shapes"]
    others = facts_file("aws_others")
    own_way = frozenset(others["reshaped"].get(name, ()))
    operations = _Operations(model["operations"], shapes, own_way)
    operations |= {key: {} for key in others["added"].get(name, ())}
    asked = {kebab(one): kebab(facts["operation"]) for one, facts in waiters.get("waiters", {}).items()}
    enums = {key: shape["enum"] for key, shape in shapes.items() if "enum" in shape}
    return Service(operations, _Shapes(shapes), False, enums, asked)


class _Operations(dict[str, "Any"]):
    """The operations by their names on the command line, each with its facts when they are asked for."""

    def __init__(self, operations: Mapping[str, Any], shapes: Mapping[str, Any], own_way: frozenset[str]) -> None:
        super().__init__({kebab(name): facts for name, facts in operations.items()})
        self._shapes = shapes
        self._own_way = own_way
        self._made: dict[str, Any] = {}

    def get(self, name: str, default: Any = None) -> Any:
        if name not in self:
            return default
        if name not in self._made:
            self._made[name] = self._facts(name)
        return self._made[name]

    def _facts(self, name: str) -> dict[str, Any]:
        operation = self[name]
        facts: dict[str, Any] = {"deprecated": bool(operation.get("deprecated"))}
        if "output" in operation:
            output = self._shapes[operation["output"]["shape"]]
            facts["result"] = _members(output)
            facts["positionals"] = int(_is_streamed(output, self._shapes))
        if operation and name not in self._own_way:
            shape = self._shapes[operation["input"]["shape"]] if "input" in operation else {}
            facts |= {"options": {}, "values": {}, "twins": {}}
            for option, kind, twin, enum in _inputs(shape, self._shapes):
                facts["options"][option] = kind
                if twin:
                    facts["options"][twin] = "b"
                    facts["twins"][option] = twin
                if enum:
                    facts["values"][option] = enum
            facts["options"] = {**facts["options"], **PAGING}
        return facts


def _inputs(shape: Mapping[str, Any], shapes: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """(option, kind, the option that says the opposite, the list of its values) of what an operation takes."""
    for name, member in shape.get("members", {}).items():
        target = shapes[member["shape"]]
        # A token that keeps a request from being done twice is made up where it isn't given.
        needed = name in shape.get("required", ()) and not member.get("idempotencyToken") and not target.get("idempotencyToken")
        kind = _KINDS.get(target["type"], "?" if list(target.get("members", ())) == ["Value"] else "")
        element = target["member"]["shape"] if target["type"] == "list" else member["shape"]
        enum = element if 0 < len(shapes[element].get("enum", ())) <= MOST_VALUES else ""
        yield f"--{kebab(name)}", kind + ("!" if needed else ""), f"--no-{kebab(name)}" if kind in ("b", "?") else "", enum


def _is_streamed(output: Mapping[str, Any], shapes: Mapping[str, Any]) -> bool:
    """Whether a part of the answer goes to a file, which the command line then wants to be told."""
    member = output.get("members", {}).get(output.get("payload"))
    return member is not None and bool(member.get("streaming") or shapes[member["shape"]].get("streaming"))


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
            found = _TYPES.get(kind)
        self[name] = found
        return found


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
