"""Data -> YAML that is pleasant to read and reads back as the same: plain where that is safe, else quoted, blocks for longer text."""

from __future__ import annotations

import json

from ..base.pattern import lazy
from ..base.text import obeyed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Data = str | int | bool | Sequence["Data"] | Mapping[str, "Data"]

_PLAIN = lazy(r"(?:[^\W_]|[./§$¿¡-](?=[^\s-]))(?:[^\W_]|[ _.,/@%+=~^$()<>«»¿¡!?;…·–—’“”§→€'\"{}*|&\[\]-]|(?<=\S):(?=[^\s])|(?<=\S)#)*")
_WORDS = frozenset("true false null yes no on off y n ~".split())
_NOT_PLAIN = lazy(r"(?i)[+-]?[0-9.][0-9a-f._:+exo-]*")
INDENT = "  "
LONG = 100


def scalar(value: str | int | bool, flow: bool = False) -> str:
    """One line. `flow`: inside of brackets, where more signs have a meaning."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    plain = _PLAIN.fullmatch(value) and value.lower() not in _WORDS and not _NOT_PLAIN.fullmatch(value) and value == value.strip()
    if plain and not (flow and any(char in value for char in ",[]{}")):
        return value
    if '"' in value and "'" not in value and value.isprintable() and not any(obeyed(char) for char in value):
        return f"'{value}'"
    return quoted(value)


def quoted(value: str) -> str:
    """Between double quotes; what no file may hold is escaped."""
    text = json.dumps(value, ensure_ascii=False)
    return "".join(char if char.isprintable() and not obeyed(char) else _escape(char) for char in text)


def _escape(char: str) -> str:
    number = ord(char)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def block_lines(key: str, value: Data, indent: str) -> list[str]:
    """`key: value` as lines, each with its indent."""
    if isinstance(value, str):
        return _text(f"{indent}{key}:", value, indent + INDENT)
    if isinstance(value, (bool, int)):
        return [f"{indent}{key}: {scalar(value)}"]
    if isinstance(value, dict):
        return [f"{indent}{key}:", *(line for name, inner in value.items() for line in block_lines(scalar(name), inner, indent + INDENT))]
    assert isinstance(value, (list, tuple))
    short = f"{indent}{key}: [{', '.join(scalar(item, flow=True) for item in value if isinstance(item, (str, int)))}]"
    if len(short) <= LONG and not any(isinstance(item, str) and "\n" in item for item in value):
        return [short]
    lines = [f"{indent}{key}:"]
    for item in value:
        assert isinstance(item, (str, int))
        lines += _text(f"{indent}{INDENT}-", item, indent + INDENT * 2) if isinstance(item, str) else [f"{indent}{INDENT}- {item}"]
    return lines


def _text(begin: str, value: str, indent: str) -> list[str]:
    if "\n" in value and blockable(value):
        chomp = "" if value.endswith("\n") and not value.endswith("\n\n") else "-"
        if chomp == "-" and value.endswith("\n"):
            return [f"{begin} {quoted(value)}"]
        return [f"{begin} |{chomp}", *(f"{indent}{line}" if line else "" for line in value.removesuffix("\n").split("\n"))]
    return [f"{begin} {scalar(value)}"]


def blockable(value: str) -> bool:
    """Whether a literal block gives the text back as it is."""
    lines = value.removesuffix("\n").split("\n")
    first = next((line for line in lines if line), "")
    return (
        bool(lines[0])
        and first[:1] not in (" ", "\t", "")
        and all(line == line.rstrip(" ") and line.isprintable() and not any(obeyed(char) for char in line) for line in lines)
    )


def comment_lines(text: str, indent: str, width: int = 110, begin: str = "", mark: str = "# ") -> list[str]:
    """A text as comment lines; `begin` stands before its first line."""
    room = max(30, width - len(indent))
    words = "".join(char if not obeyed(char) and char != "\ufeff" else " " for char in begin + text).split()
    lines: list[str] = []
    current = ""
    for word in words:
        if current and len(current) + 1 + len(word) > room:
            lines.append(current)
            current = word
        else:
            current = f"{current} {word}".strip()
    lines.append(current)
    return [f"{indent}{mark}{line}".rstrip() for line in lines if line]
