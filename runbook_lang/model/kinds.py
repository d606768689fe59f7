"""Readers of single values: text, names, expressions, templates, numbers, durations, data."""

from __future__ import annotations

import re

from ..base.duration import LONGEST, format_duration, parse_duration
from ..base.pattern import lazy
from ..base.suggest import did_you_mean, meant
from ..expr.template import parse_expression, parse_template
from ..syntax.tree import Mapping, Scalar, Sequence
from .names import identifier
from .nodes import BY_POLICY
from .reader import FAILED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping as MappingType
    from typing import Any

    from ..base.diagnostics import Problems
    from ..syntax.tree import Node
    from .fields import Field
    from .nodes import Name
    from .reader import Reader, ReadKind

DURATION_HELP = "Write numbers with their units, the largest first: 500ms, 10s, 5m, 1h30m, 2d."
_LOOSE = lazy(r"(\d{1,9})\s*(ms|milli|s|sec|m|min|h|hr|hour|d|day|w|week)[a-z]*\.?", re.IGNORECASE)
_PATH = lazy(r"([A-Za-z_]\w*)[.\[].*")
_UNIT = {"milli": "ms", "sec": "s", "min": "m", "hr": "h", "hour": "h", "day": "d"}


def nearest_duration(text: str) -> str:
    """`10s` for `10 sec`; '' when nothing is near."""
    found = _LOOSE.fullmatch(text.strip())
    if not found:
        return ""
    unit = found[2].lower()
    if unit in ("w", "week"):
        return f"{int(found[1]) * 7}d"
    return f"{int(found[1])}{_UNIT.get(unit, unit)}"


def duration_help(text: str) -> str:
    """What to write instead of a text that is no duration."""
    if text.isdigit():
        return f"A number needs its unit: {text}s, {text}m or {text}h?"
    near = nearest_duration(text)
    return meant(text, near) if near and parse_duration(near) is not None else DURATION_HELP


def read_duration(reader: Reader, node: Node, field: Field, key: str) -> Any:
    if not isinstance(node, Scalar) or node.kind in ("null", "bool", "float"):
        return reader.wrong(node, key, "a duration", DURATION_HELP, "RB306")
    micros = parse_duration(node.value) if node.kind == "string" else None
    if micros is None:
        return reader.wrong(node, key, f"a duration up to {format_duration(LONGEST)}", duration_help(node.value), "RB306")
    if field.least is not None and micros < field.least:
        reader.problems.error("RB318", f"{key!r} must be longer than {node.value}.", node.span, DURATION_HELP)
        return FAILED
    return micros


def read_text(reader: Reader, node: Node, field: Field, key: str) -> Any:
    if isinstance(node, Scalar) and node.kind == "string":
        return node.value
    return reader.wrong(node, key, "text", quote_help(node) or example(key, field.example or "a text"))


def example(key: str, value: object) -> str:
    """How a key is written, for where nothing is known of what was meant."""
    return f"For example `{key}: {value}`."


def quote_help(node: Node) -> str:
    """For a number or the like where text is wanted."""
    if isinstance(node, Scalar) and node.value and node.kind != "string":
        return f'Write "{node.value}", with the quotes, for a text.'
    return ""


def read_word(reader: Reader, node: Node, field: Field, key: str) -> Any:
    text = read_text(reader, node, field, key)
    if text is FAILED:
        return FAILED
    if not text:
        return reader.wrong(
            node, key, "text with something in it", example(key, field.example) if field.example else "Leave it out if there is none."
        )
    if "${" in text:
        reader.problems.error(
            "RB317", f"{key!r} must be known before anything runs; it can't hold ${{…}}.", node.span, "Write the value itself."
        )
        return FAILED
    return text


def read_bool(reader: Reader, node: Node, field: Field, key: str) -> Any:
    if isinstance(node, Scalar) and node.kind == "bool":
        return node.data
    help = "YAML's yes, no, on and off are plain text here." if isinstance(node, Scalar) and node.kind == "string" else example(key, "true")
    return reader.wrong(node, key, "true or false", help)


def read_int(reader: Reader, node: Node, field: Field, key: str) -> Any:
    if isinstance(node, Scalar) and node.kind == "int":
        return _at_least(reader, node, field, key)
    return reader.wrong(node, key, "a whole number", example(key, max(field.least or 0, 2)))


def read_approvers(reader: Reader, node: Node, field: Field, key: str) -> Any:
    """How many approve; BY_POLICY for the word `destroy`."""
    if isinstance(node, Scalar) and node.kind == "int":
        return _at_least(reader, node, field, key)
    if isinstance(node, Scalar) and node.kind == "string" and node.value == "destroy":
        return BY_POLICY
    return reader.wrong(node, key, "a whole number, or `destroy` for as many as the policy wants for what destroys", example(key, 2))


def read_number(reader: Reader, node: Node, field: Field, key: str) -> Any:
    if isinstance(node, Scalar) and node.kind in ("int", "float"):
        found = _at_least(reader, node, field, key)
        return found if found is FAILED else float(found)
    return reader.wrong(node, key, "a number", example(key, max(field.least or 0, 1.5)))


def _at_least(reader: Reader, node: Scalar, field: Field, key: str) -> Any:
    value = node.data
    assert isinstance(value, int | float)
    if field.least is not None and value < field.least:
        reader.problems.error(
            "RB318", f"{key!r} must be at least {field.least}, not {node.value}.", node.span, f"Write {field.least} or more."
        )
        return FAILED
    return value


def read_choice(reader: Reader, node: Node, field: Field, key: str) -> Any:
    if isinstance(node, Scalar) and node.kind == "string" and node.value in field.choices:
        return node.value
    listed = " | ".join(field.choices)
    word = node.value if isinstance(node, Scalar) else ""
    other = _ELSEWHERE.get(word, "")
    help = meant(word, other) if other in field.choices else did_you_mean(word, field.choices) or example(key, field.choices[0])
    return reader.wrong(node, key, f"one of {listed}", help, "RB305")


_ELSEWHERE = {
    "boolean": "bool",
    "integer": "int",
    "float": "number",
    "double": "number",
    "str": "string",
    "text": "string",
    "array": "list",
    "object": "map",
    "dict": "map",
}
"""What types are called in other places, JSON Schema first of all."""


def read_expr(reader: Reader, node: Node, field: Field, key: str) -> Any:
    if not isinstance(node, Scalar):
        return reader.wrong(node, key, "an expression", "Put an expression that begins with '[' or '{' in quotes.")
    if node.kind == "null":
        return reader.wrong(node, key, "an expression", example(key, field.example or "size(list.json) > 0"))
    return _or_failed(parse_expression(node.value, node, reader.problems))


def read_template(reader: Reader, node: Node, field: Field, key: str) -> Any:
    if not isinstance(node, Scalar) or node.kind == "null":
        return reader.wrong(node, key, "text (it may hold ${…})", example(key, field.example or "a text"))
    return _or_failed(parse_template(node.value, node, reader.problems))


def _or_failed(value: object) -> Any:
    return FAILED if value is None else value


def _one_or_list(read: ReadKind) -> ReadKind:
    """A reader of one value or a list of them, always a tuple; a list must not be empty."""

    def read_all(reader: Reader, node: Node, field: Field, key: str) -> Any:
        if isinstance(node, Sequence) and not node.items:
            return reader.wrong(node, key, "a value or a list with at least one", f"Leave {key!r} out if there is none.", "RB313")
        items = node.items if isinstance(node, Sequence) else (node,)
        values = [read(reader, item, field, key) for item in items]
        return FAILED if any(value is FAILED for value in values) else tuple(values)

    return read_all


def read_name(reader: Reader, node: Node, field: Field, key: str) -> Any:
    """The name of something that is declared elsewhere. What is written as a part of it can only mean the whole."""
    whole = _PATH.fullmatch(node.value) if isinstance(node, Scalar) else None
    return name_of(reader, node, key, "a name", f"Write {whole[1]!r}: only a whole one is named here, and no part of it." if whole else "")


def name_of(reader: Reader, node: Node, key: str, what: str, help: str = "") -> Any:
    """A `Name` that expressions can use, or FAILED. `help`: what to write instead of one that can't be a name."""
    if not isinstance(node, Scalar) or node.kind == "null":
        return reader.wrong(node, key, "a name", f"For example `{key}: name`.", "RB304")
    return _or_failed(identifier(node, reader.problems, what, help))


def read_data(reader: Reader, node: Node, field: Field, key: str) -> Any:
    """Nested data; each text in it is a template."""
    return data_of(node, reader.problems)


def data_of(node: Node, problems: Problems) -> Any:
    """Templates, constants, tuples and dicts of a node; None both for a null and after an error (which is in `problems`)."""
    if isinstance(node, Scalar):
        return parse_template(node.value, node, problems) if node.kind == "string" else node.data
    if isinstance(node, Sequence):
        return tuple(data_of(item, problems) for item in node.items)
    assert isinstance(node, Mapping)
    return {entry.key.value: data_of(entry.value, problems) for entry in node.entries}


def read_constant(reader: Reader, node: Node, field: Field, key: str) -> Any:
    return constant_of(node)


def constant_of(node: Node) -> Any:
    """A node as plain data: None, bool, int, float, str, list, dict."""
    if isinstance(node, Scalar):
        return node.data
    if isinstance(node, Sequence):
        return [constant_of(item) for item in node.items]
    assert isinstance(node, Mapping)
    return {entry.key.value: constant_of(entry.value) for entry in node.entries}


def read_constants(reader: Reader, node: Node, field: Field, key: str) -> Any:
    if not isinstance(node, Sequence) or not node.items:
        return reader.wrong(node, key, "a list with at least one value", example(key, "[one, two]"))
    return tuple(constant_of(item) for item in node.items)


def mapping_of(reader: Reader, node: Node, key: str, example: str = "") -> Mapping | None:
    """The node if it is a mapping with something in it; else None after an error."""
    if isinstance(node, Mapping) and node.entries:
        return node
    help = f"For example `{key}: {example}`." if example else ""
    reader.wrong(node, key, "a mapping" if not isinstance(node, Mapping) else "a mapping with something in it", help)
    return None


def read_named(reader: Reader, node: Node, field: Field, key: str) -> Any:
    """A mapping of names to values of one kind: pairs in the order of the file."""
    if not isinstance(node, Mapping):
        return reader.wrong(node, key, "a mapping of names", f"Write each on a line of its own below `{key}:`, as `name: …`.")
    read = reader.kinds[field.of]
    pairs: list[tuple[Name, Any]] = []
    for entry in node.entries:
        name = identifier(entry.key, reader.problems, f"an entry of {key!r}")
        value = read(reader, entry.value, field, entry.key.value)
        if name is None or value is FAILED:
            reader.lost()
        else:
            pairs.append((name, value))
    return tuple(pairs)


def same_type(value: object, type_: str) -> bool:
    """Whether a constant is of one of the types that inputs and answers have."""
    if type_ == "bool":
        return isinstance(value, bool)
    if type_ == "int":
        return isinstance(value, int) and not isinstance(value, bool)
    if type_ == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, {"string": str, "list": list, "map": dict}[type_])


VALUES: MappingType[str, ReadKind] = {
    "text": read_text,
    "word": read_word,
    "bool": read_bool,
    "int": read_int,
    "approvers": read_approvers,
    "number": read_number,
    "duration": read_duration,
    "choice": read_choice,
    "expr": read_expr,
    "exprs": _one_or_list(read_expr),
    "template": read_template,
    "templates": _one_or_list(read_template),
    "name": read_name,
    "names": _one_or_list(read_name),
    "data": read_data,
    "constant": read_constant,
    "constants": read_constants,
    "named": read_named,
}
