"""Where a command and an expression end. Neither is understood here: only quotes, brackets and what may follow count."""

from __future__ import annotations

import re

QUOTED = re.compile(r"\"[^\"\\\n]*(?:\\[^\n][^\"\\\n]*)*\"|'[^'\\\n]*(?:\\[^\n][^'\\\n]*)*'")
_COMMAND_STOP = re.compile(r"[\n;{}\"'#]| with[ \t]*\{")
_EXPRESSION_STOP = re.compile(r"[\n;(){}\[\]\"'#]")
_OPERATOR = r"(?:&&|\|\||==|!=|<=|>=|\?|:|\.|\+|\*|/(?!/)|%|<|>|in\b)"
GOES_ON = re.compile(rf"[ \t\r]*(?:\n[ \t\r]*)+{_OPERATOR}")
GOES_ON_WITH = re.compile(_OPERATOR)
"""How a line begins that goes on with the expression of the line above."""
_OPEN_END = re.compile(r"(?:&&|\|\||[-=!<>?:+*/%,.]|\bin)[ \t\r]*\Z")
_OPERAND_END = re.compile(r"(?:[\w)\]}\"'`])\Z")
_IN_END = re.compile(r"\bin\Z")
_CLOSER = {"(": ")", "[": "]", "{": "}"}
_LONG = 100_000


def command_end(text: str, at: int) -> int:
    """Where the command that begins at `at` ends."""
    start = at
    depth = 0
    limit = len(text)
    while at < limit:
        found = _COMMAND_STOP.search(text, at)
        at = limit if found is None else found.start()
        if at >= limit:
            break
        char = text[at]
        if char in "\"'":
            quoted = QUOTED.match(text, at)
            at = quoted.end() if quoted else at + 1
            continue
        if char == "{":
            depth += 1
        elif char == "}":
            depth -= 1
        elif char == "#" and (at == start or text[at - 1] not in " \t"):
            at += 1
            continue
        if depth < 0 or char == "\n" or (not depth and char in ";# "):
            break
        at += 1
    return start + len(text[start:at].rstrip())


def expression_end(text: str, at: int) -> int:
    """Where the expression that begins at `at` ends."""
    start = at
    opened: list[str] = []
    limit = min(len(text), start + _LONG)
    while at < limit:
        found = _EXPRESSION_STOP.search(text, at)
        at = limit if found is None else found.start()
        if at >= limit:
            break
        char = text[at]
        if char in "\"'":
            quoted = QUOTED.match(text, at)
            at = quoted.end() if quoted else at + 1
            continue
        if _ends(text, start, at, opened):
            break
        if char in _CLOSER:
            opened.append(_CLOSER[char])
        elif opened and char == opened[-1]:
            opened.pop()
        at += 1
    return start + len(text[start:at].rstrip())


def _ends(text: str, start: int, at: int, opened: list[str]) -> bool:
    """Whether the expression ends before the character at `at`."""
    char = text[at]
    if char == "#":
        return at > start and text[at - 1] in " \t\n"
    if char == "}":
        return not opened or opened[-1] != "}"
    if opened:
        return False
    if char == "\n":
        return _OPEN_END.search(text[max(start, at - 40) : at]) is None and GOES_ON.match(text, at) is None
    return char == ";" or (char == "{" and _is_operand(text[max(start, at - 80) : at].rstrip()))


def _is_operand(before: str) -> bool:
    return _OPERAND_END.search(before) is not None and _IN_END.search(before) is None
