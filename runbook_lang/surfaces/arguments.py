"""Readers of one argument each, by the kind that the surface's table gives it. All return None after an error."""

from __future__ import annotations

from ..base.duration import parse_duration
from ..base.suggest import did_you_mean
from ..expr.expression import Words
from ..expr.template import parse_expression, parse_template, split_words
from ..model.kinds import data_of, duration_help
from ..model.reader import described, place
from ..syntax.tree import Mapping, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Mapping as MappingType
    from typing import Any

    from ..base.diagnostics import Problems
    from ..expr.expression import Expression, Template
    from ..syntax.tree import Node
    from .kinds import Arg

    ReadArg = Callable[[Node, Arg, str, Problems], Any]


def wrong(problems: Problems, node: Node, name: str, expected: str, help: str = "", code: str = "RB333") -> None:
    """Report an argument of the wrong sort."""
    problems.error(code, f"The argument {name!r} must be {expected}, not {described(node)}.", place(node), help)


def read_text(node: Node, arg: Arg, name: str, problems: Problems) -> Template | None:
    if isinstance(node, Scalar) and node.kind != "null":
        return parse_template(node.value, node, problems)
    wrong(problems, node, name, "text (it may hold ${…})")
    return None


def read_words(node: Node, arg: Arg, name: str, problems: Problems) -> Words | None:
    """A command: one text that is split, or a list with one template a word."""
    if isinstance(node, Scalar):
        return split_words(node.value, node, problems)
    if not isinstance(node, Sequence) or not node.items:
        wrong(problems, node, name, "a command: text, or a list of words")
        return None
    words = [read_text(item, arg, name, problems) for item in node.items]
    if any(word is None for word in words):
        return None
    text = node.span.source.text[node.span.start : node.span.end]
    return Words(tuple(word for word in words if word is not None), text, None)


def read_expr(node: Node, arg: Arg, name: str, problems: Problems) -> Expression | None:
    if isinstance(node, Scalar):
        return parse_expression(node.value, node, problems)
    wrong(problems, node, name, "an expression", "Put an expression that begins with '[' or '{' in quotes.")
    return None


def read_sql(node: Node, arg: Arg, name: str, problems: Problems) -> Template | None:
    from .sql_holes import check_holes

    template = read_text(node, arg, name, problems)
    return template if template is not None and check_holes(template, problems) else None


def read_json(node: Node, arg: Arg, name: str, problems: Problems) -> Any:
    return data_of(node, problems)


def read_map(node: Node, arg: Arg, name: str, problems: Problems) -> dict[str, Template] | None:
    if not isinstance(node, Mapping):
        wrong(problems, node, name, "a mapping of names to texts")
        return None
    found = {entry.key.value: read_text(entry.value, arg, f"{name}.{entry.key.value}", problems) for entry in node.entries}
    good = {key: value for key, value in found.items() if value is not None}
    return good if len(good) == len(found) else None


def _whole(node: Node, problems: Problems) -> Template | None:
    """A text that is exactly one `${…}`, for an argument that isn't text."""
    if not isinstance(node, Scalar) or node.kind != "string" or not node.value.startswith("${"):
        return None
    template = parse_template(node.value, node, problems)
    return template if template is not None and template.whole is not None else None


def read_int(node: Node, arg: Arg, name: str, problems: Problems) -> int | Template | None:
    if isinstance(node, Scalar) and node.kind == "int":
        return int(node.value)
    return _whole_or_wrong(node, name, problems, "a whole number, or one ${…}")


def read_bool(node: Node, arg: Arg, name: str, problems: Problems) -> bool | Template | None:
    if isinstance(node, Scalar) and node.kind == "bool":
        return node.value == "true"
    return _whole_or_wrong(node, name, problems, "true or false, or one ${…}")


def read_duration(node: Node, arg: Arg, name: str, problems: Problems) -> int | Template | None:
    if isinstance(node, Scalar) and node.kind == "string":
        micros = parse_duration(node.value)
        if micros is not None:
            return micros
    help = duration_help(node.value) if isinstance(node, Scalar) else ""
    return _whole_or_wrong(node, name, problems, "a duration such as 10s, or one ${…}", help)


def _whole_or_wrong(node: Node, name: str, problems: Problems, expected: str, help: str = "") -> Template | None:
    before = len(problems)
    template = _whole(node, problems)
    if template is None and len(problems) == before:
        wrong(problems, node, name, expected, help)
    return template


def read_name(node: Node, arg: Arg, name: str, problems: Problems) -> str | None:
    """A constant word; `choices` are the only ones where the table has them."""
    if not isinstance(node, Scalar) or not node.value or "${" in node.value:
        wrong(problems, node, name, "a word that is known before anything runs")
        return None
    if arg.choices and node.value not in arg.choices:
        wrong(problems, node, name, f"one of {' | '.join(arg.choices)}", did_you_mean(node.value, arg.choices), "RB334")
        return None
    return node.value


READERS: MappingType[str, ReadArg] = {
    "words": read_words,
    "text": read_text,
    "expr": read_expr,
    "sql": read_sql,
    "json": read_json,
    "map": read_map,
    "int": read_int,
    "bool": read_bool,
    "duration": read_duration,
    "name": read_name,
}
