"""The single pieces of the text form as they are written: names, texts, values, commands, expressions."""

from __future__ import annotations

import re

from ..scalars import NULL, STRING, plain_kind
from ..tree import Mapping, Scalar, Sequence
from .bounds import QUOTED, command_end, expression_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..tree import Node

WIDTH = 100
_WORD = re.compile(r"[^\s\"'`#;:,=|(){}\[\]]+")
_ODD = re.compile(
    r"[^\x20-\x21\x23-\x5b\x5d-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]|[\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)
_NOT_IN_BLOCK = re.compile(
    r"[^\n\t\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]|[\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)
_QUOTE = re.compile("['\"]")
_NAMED = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\", "\0": "\\0"}
_BREAK = re.compile(r"\"[^\"\\\n]*(?:\\[^\n][^\"\\\n]*)*\"|'[^'\\\n]*(?:\\[^\n][^'\\\n]*)*'|(?<=\S) (?=(?:&&|\|\||\?|:) )")


class CantWrite(Exception):
    """The text form has no spelling for this. `node` is where; `args[0]` is a sentence that says why."""

    def __init__(self, node: Node, why: str) -> None:
        super().__init__(why)
        self.node = node


def quoted(text: str) -> str:
    """A text in double quotes."""
    return '"' + "".join(_NAMED.get(char) or _escaped(char) for char in text) + '"'


def _escaped(char: str) -> str:
    if not _ODD.match(char):
        return char
    number = ord(char)
    return f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}" if number < 65536 else f"\\U{number:08x}"


def is_word(text: str) -> bool:
    return _WORD.fullmatch(text) is not None and not _NOT_IN_BLOCK.search(text)


def name(node: Node) -> str:
    """A name or another word: in quotes where it wouldn't be one."""
    scalar = one(node)
    if scalar.kind != STRING:
        return scalar.value or "null"
    return scalar.value if is_word(scalar.value) and plain_kind(scalar.value) == STRING else quoted(scalar.value)


def one(node: Node) -> Scalar:
    """The node as a scalar."""
    if not isinstance(node, Scalar):
        raise CantWrite(node, "Here the text form has a single word or text, not a list or a mapping.")
    return node


def block(text: str) -> list[str]:
    """A text as a block: its header and its lines, one step deeper than the statement; nothing where it can't be one."""
    body = text.removesuffix("\n")
    lines = body.split("\n")
    if not body or not lines[-1].strip(" \t") or _NOT_IN_BLOCK.search(text):
        return []
    first = next(line for line in lines if line.strip(" \t"))
    header = "|" + ("" if text.endswith("\n") else "-") + ("2" if first[0] in " \t" else "")
    return [header, *(f"  {line}" if line else "" for line in lines)]


def text(node: Node) -> list[str]:
    """A text at the end of a statement: in quotes, or as a block where it has lines."""
    scalar = one(node)
    if scalar.kind == NULL:
        raise CantWrite(node, "A text is missing here.")
    if "\n" in scalar.value:
        lines = block(scalar.value)
        if lines:
            return lines
    return [quoted(scalar.value)]


def inline_text(node: Node) -> str:
    """A text behind which the statement goes on."""
    scalar = one(node)
    if scalar.kind == NULL:
        raise CantWrite(node, "A text is missing here.")
    return quoted(scalar.value)


def command(value: str, behind: str = "") -> str:
    """A command as it stands behind an executor's name, when `behind` follows; '' where it can't stand so."""
    if (
        not value
        or value != value.strip()
        or value[0] in "{:|#"
        or value.startswith(("= ", "=\t"))
        or value == "="
        or _NOT_IN_BLOCK.search(value)
    ):
        return ""
    if "\n" in value or "\t" in value or _loose(value):
        return ""
    return value if all(command_end(value + after, 0) == len(value) for after in (behind, "\n", " }")) else ""


def _loose(value: str) -> bool:
    """Whether a quote has no counterpart: it would find one in what follows on the line."""
    return ("'" in value or '"' in value) and _QUOTE.search(QUOTED.sub("", value)) is not None


def expression(node: Node, behind: str = "") -> list[str]:
    """An expression with `behind` after it: on its line, folded where it is long, or as a block where it has lines."""
    scalar = one(node)
    value = scalar.value
    if not value:
        raise CantWrite(node, "An expression is missing here.")
    if _is_bare(value, behind):
        lines = folded(value)
        lines[-1] += behind
        return lines
    lines = block(value)
    if not lines:
        raise CantWrite(node, "This expression holds blanks or characters at its ends that the text form has no place for.")
    return [*lines, behind.lstrip()] if behind else lines


def _is_bare(value: str, behind: str) -> bool:
    if value != value.strip() or value[0] in ":|#" or _loose(value) or "\n" in value or "\t" in value or _NOT_IN_BLOCK.search(value):
        return False
    return all(expression_end(value + after, 0) == len(value) for after in (behind, "\n", "\nx", " }", "\n}"))


def folded(value: str) -> list[str]:
    """An expression on lines of at most WIDTH columns where it has an operator to break before."""
    if len(value) <= WIDTH:
        return [value]
    lines: list[str] = []
    start = last = 0
    for found in _BREAK.finditer(value):
        if found[0] != " ":
            continue
        if found.start() - start > WIDTH and last > start:
            lines.append(value[start:last])
            start = last + 1
        last = found.start()
    if len(value) - start > WIDTH and last > start:
        lines.append(value[start:last])
        start = last + 1
    return [line if not number else "    " + line for number, line in enumerate([*lines, value[start:]])]


def value(node: Node) -> str:
    """Data on one line."""
    if isinstance(node, Mapping):
        return "{" + ", ".join(f"{key(entry.key)}: {value(entry.value)}" for entry in node.entries) + "}"
    if isinstance(node, Sequence):
        return "[" + ", ".join(value(item) for item in node.items) + "]"
    scalar = one(node)
    if scalar.kind == NULL:
        return "null"
    return scalar.value if scalar.kind != STRING else quoted(scalar.value)


def key(node: Scalar) -> str:
    return node.value if is_word(node.value) else quoted(node.value)


def has_lines(node: Node) -> bool:
    """Whether a text in it is better read as a block."""
    if isinstance(node, Mapping):
        return any(has_lines(entry.value) for entry in node.entries)
    if isinstance(node, Sequence):
        return any(has_lines(item) for item in node.items)
    return "\n" in one(node).value.rstrip("\n") and bool(block(one(node).value))
