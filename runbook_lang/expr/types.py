"""The static types of expressions: immutable, compared by value, printed as CEL spells them."""

from __future__ import annotations

from ..base.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class Type(Record):
    """Base of all types."""


class Simple(Type):
    """A type without parts, known by its name."""

    name: str

    def __eq__(self, other: object) -> bool:
        # Compared more than anything else in a check, and nearly always with itself or with another kind of type.
        return self is other or (type(other) is Simple and self.name == other.name)

    def __hash__(self) -> int:
        return hash(self.name)

    def __str__(self) -> str:
        return self.name


class ListType(Type):
    """A list whose elements have one type."""

    elem: Type

    def __str__(self) -> str:
        return f"list({self.elem})"


class MapType(Type):
    """A map from keys of one type to values of one type."""

    key: Type
    value: Type

    def __str__(self) -> str:
        return f"map({self.key}, {self.value})"


class RecordType(Type):
    """A map whose string keys are known beforehand.

    `name` is what messages call it (`deployment`, `an http result`). Fields in `optional` may be
    absent. In an `open` record a field that isn't listed has type dyn; otherwise it is an error.
    """

    name: str
    fields: Mapping[str, Type]
    optional: frozenset[str] = frozenset()
    open: bool = False

    def __str__(self) -> str:
        return self.name or "record"

    def __hash__(self) -> int:
        return hash((self.name, tuple(self.fields), self.open))


class TypeVar(Type):
    """A type still to be found: an empty list's element, a parameter of a function. Only inside the checker."""

    name: str

    def __str__(self) -> str:
        return self.name


DYN = Simple("dyn")
NULL = Simple("null_type")
BOOL = Simple("bool")
INT = Simple("int")
DOUBLE = Simple("double")
STRING = Simple("string")
TIMESTAMP = Simple("google.protobuf.Timestamp")
DURATION = Simple("google.protobuf.Duration")
TYPE = Simple("type")
SECRET = Simple("secret")

_BY_JSON_NAME = {"null": NULL, "boolean": BOOL, "integer": INT, "number": DOUBLE, "string": STRING}
_MAX_SCHEMA_DEPTH = 64


def from_json_schema(schema: object, name: str = "") -> Type:
    """The type of the values that a JSON Schema allows, as far as expressions can use it.

    object -> record (closed by `additionalProperties: false`, named by its `title`) or a map when only
    `additionalProperties` is given; array -> list; integer, number, string, boolean, null -> themselves. Everything
    else (`anyOf`, `$ref`, several types, boolean schemas) is dyn.
    """
    return _from_schema(schema, name, _MAX_SCHEMA_DEPTH)


def _from_schema(schema: object, name: str, depth: int) -> Type:
    if not isinstance(schema, dict) or depth == 0 or any(word in schema for word in ("anyOf", "oneOf", "allOf", "$ref", "not")):
        return DYN
    kind = schema.get("type")
    if kind == "array":
        return ListType(_from_schema(schema.get("items"), name, depth - 1))
    if kind == "object":
        return _object_type(schema, name, depth)
    return _BY_JSON_NAME.get(kind, DYN) if isinstance(kind, str) else DYN


def _object_type(schema: dict[str, object], name: str, depth: int) -> Type:
    title = schema.get("title")
    name = title if isinstance(title, str) else name
    properties = schema.get("properties")
    extra = schema.get("additionalProperties", True)
    if not isinstance(properties, dict):
        if extra is False:
            return RecordType(name, {})
        return MapType(STRING, _from_schema(extra, name, depth - 1))
    fields = {str(key): _from_schema(value, str(key), depth - 1) for key, value in properties.items()}
    required = schema.get("required")
    needed = {str(key) for key in required} if isinstance(required, list) else set()
    return RecordType(name, fields, frozenset(fields.keys() - needed), extra is not False)


def holds_secret(type_: Type) -> bool:
    """Whether a value of the type is or holds a secret at any depth."""
    if isinstance(type_, ListType):
        return holds_secret(type_.elem)
    if isinstance(type_, MapType):
        return holds_secret(type_.value)
    if isinstance(type_, RecordType):
        return any(holds_secret(field) for field in type_.fields.values())
    return type_ == SECRET


def field_type(type_: Type, field: str) -> Type:
    """The type of `x.field`; dyn when the type says nothing about it."""
    if isinstance(type_, RecordType):
        return type_.fields.get(field, DYN)
    return type_.value if isinstance(type_, MapType) else DYN
