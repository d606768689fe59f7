"""As much of a TextMate grammar's meaning as ours uses: matches, begin and end, begin and while, captures, includes of its own rules.

Its patterns are kept to what Oniguruma and Python's `re` both read. Used by the tests, and by hand to look at the colours:
`python -m tests.lsp.textmate FILE.runbook > page.html`.
"""

from __future__ import annotations

import html
import json
import re
import sys
from pathlib import Path
from typing import Any, NamedTuple

GRAMMAR = Path(__file__).resolve().parents[2] / "examples" / "editors" / "vscode" / "syntaxes" / "runbook.tmLanguage.json"


class Piece(NamedTuple):
    text: str
    scopes: tuple[str, ...]


class _Open(NamedTuple):
    rule: dict[str, Any]
    scopes: tuple[str, ...]
    end: str
    repeat: str


class Colours:
    def __init__(self, path: Path = GRAMMAR) -> None:
        self.grammar = json.loads(path.read_text())

    def lines(self, text: str) -> list[list[Piece]]:
        open_: list[_Open] = []
        return [self._line(line, open_) for line in text.split("\n")]

    def _rules(self, patterns: list[dict[str, Any]]) -> list[dict[str, Any]]:
        found = []
        for rule in patterns:
            include = rule.get("include")
            if include is None:
                found.append(rule) if "match" in rule or "begin" in rule else found.extend(self._rules(rule["patterns"]))
            elif include == "$self":
                found += self._rules(self.grammar["patterns"])
            elif include.startswith("#"):
                found += self._rules([self.grammar["repository"][include[1:]]])
        return found

    def _line(self, line: str, open_: list[_Open]) -> list[Piece]:
        pieces: list[Piece] = []
        for index, item in enumerate(open_):
            if item.repeat and not re.match(item.repeat, line):
                del open_[index:]
                break
        at = 0
        while True:
            at, more = self._next(line, at, open_, pieces)
            if not more:
                return pieces

    def _next(self, line: str, at: int, open_: list[_Open], pieces: list[Piece]) -> tuple[int, bool]:
        top = open_[-1] if open_ else None
        scopes = top.scopes if top else ()
        best: tuple[int, int, re.Match[str], dict[str, Any] | None] | None = None
        if top is not None and top.end:
            found = re.compile(top.end).search(line, at)
            best = (found.start(), -1, found, None) if found else None
        for order, rule in enumerate(self._rules(top.rule.get("patterns", []) if top else self.grammar["patterns"])):
            found = re.compile(rule.get("match") or rule["begin"]).search(line, at)
            if found and (best is None or (found.start(), order) < best[:2]):
                best = (found.start(), order, found, rule)
        if best is None:
            pieces.append(Piece(line[at:], scopes))
            return len(line), False
        start, _, found, rule = best
        pieces.append(Piece(line[at:start], scopes))
        if rule is None:
            assert top is not None
            outer = tuple(scope for scope in scopes if scope != top.rule.get("contentName"))
            self._captured(found, top.rule.get("endCaptures", {}), outer, pieces)
            open_.pop()
            return found.end(), found.end() < len(line) or bool(open_ and open_[-1].end)
        own = (*scopes, rule["name"]) if "name" in rule else scopes
        self._captured(found, rule.get("captures") or rule.get("beginCaptures", {}), own, pieces)
        if "begin" in rule:
            inner = (*own, rule["contentName"]) if "contentName" in rule else own
            repeat = re.sub(r"\\1", lambda _: re.escape(found[1]), rule["while"]) if "while" in rule else ""
            open_.append(_Open(rule, inner, rule.get("end", ""), repeat))
            if found.end() == found.start() and rule.get("end") is None:
                return found.end(), False
        elif found.end() == found.start():
            raise AssertionError(f"a rule that matches nothing: {rule}")
        return found.end(), True

    def _captured(self, found: re.Match[str], captures: dict[str, Any], scopes: tuple[str, ...], pieces: list[Piece]) -> None:
        at = found.start()
        for number in sorted(map(int, captures)):
            capture = captures[str(number)]
            if number > (found.re.groups or 0) or found.start(number) < 0:
                continue
            pieces.append(Piece(found.string[at : found.start(number)], scopes))
            text = found[number]
            if "patterns" in capture:
                inner = Colours.__new__(Colours)
                inner.grammar = {**self.grammar, "patterns": capture["patterns"]}
                pieces.extend(Piece(piece.text, (*scopes, *piece.scopes)) for piece in inner.lines(text)[0])
            else:
                pieces.append(Piece(text, (*scopes, capture["name"])))
            at = found.end(number)
        pieces.append(Piece(found.string[at : found.end()], scopes))


STYLE = """body{background:#1e1e1e;color:#d4d4d4;font:15px/1.45 monospace;white-space:pre;margin:16px}
.meta-command,.meta-embedded{color:#d7ba7d}.string{color:#ce9178}.keyword{color:#c586c0}.keyword-operator{color:#d4d4d4}.entity{color:#dcdcaa}
.support{color:#4ec9b0}.comment{color:#6a9955}.constant{color:#b5cea8}.variable{color:#9cdcfe}.punctuation{color:#ffd700}"""


def page(text: str) -> str:
    """The text in the colours of a dark editor, as HTML."""
    rows = []
    for line in Colours().lines(text):
        row = ""
        for piece in line:
            names = [name for scope in piece.scopes for name in (scope.split(".")[0], "-".join(scope.split(".")[:2]))]
            row += f'<span class="{" ".join(names)}" title="{" ".join(piece.scopes)}">{html.escape(piece.text)}</span>'
        rows.append(row)
    return f'<!doctype html><meta charset="utf-8"><style>{STYLE}</style><body>' + "\n".join(rows) + "</body>"


if __name__ == "__main__":
    sys.stdout.write(page(Path(sys.argv[1]).read_text()))
