"""Writes docs/reference/grammar.md and its pictures from the two grammars themselves.

Usage: grammar_page.py [--write FOLDER]; without it the page goes to standard output. Needs the package railroad-diagrams.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import railroad
from lark import Lark, Token, Tree

ROOT = Path(__file__).resolve().parents[1]
GRAMMARS = {
    "text": (ROOT / "runbook_lang" / "syntax" / "text" / "runbook.lark", "The text form"),
    "expression": (ROOT / "runbook_lang" / "expr" / "grammar.lark", "Expressions"),
}
HEAD = """\
# The grammars

This page and its pictures are made from the grammars that the program and its tests use: `runbook_lang/syntax/text/runbook.lark`, from
which the parser of the [text form](text-form.md) is made, and `runbook_lang/expr/grammar.lark`, to which the tests hold the parser of
[expressions](expressions.md). `python scripts/grammar_page.py --write docs/reference` makes them anew.

The notation is that of the W3C: `x?` may be left out, `x*` is there any number of times, `x+` at least once, `x | y` is one of the two.
Words in quotes stand as they are; names in capitals are pieces of text with a form of their own.
"""


def rules_of(path: Path) -> tuple[list[tuple[str, Any]], list[tuple[str, Any]]]:
    """(rules, terminals) of a grammar: names with the trees of lark's own grammar for grammars."""
    meta = Lark.open_from_package("lark", "lark.lark", ["grammars"], parser="lalr", maybe_placeholders=False)
    rules, terminals = [], []
    for item in meta.parse(path.read_text(encoding="utf-8")).children:
        if not isinstance(item, Tree) or item.data not in ("rule", "token"):
            continue
        name = str(item.children[0]).lstrip("?!_")
        (rules if item.data == "rule" else terminals).append((name, item.children[-1]))
    return rules, terminals


def ebnf(node: Any, inside: bool = False) -> str:
    """A piece of a rule as text; `inside`: it stands within something that binds closer than `|`."""
    if isinstance(node, Token):
        return _token(node)
    kind, parts = node.data, node.children
    if kind == "expansions":
        text = " | ".join(ebnf(part) for part in parts)
        return f"( {text} )" if inside and len(parts) > 1 else text
    if kind == "alias":
        return ebnf(parts[0], inside)
    if kind == "expansion":
        text = " ".join(ebnf(part, inside=True) for part in parts)
        return f"( {text} )" if inside and len(parts) > 1 else text
    if kind == "expr":
        return f"{ebnf(parts[0], inside=True)}{parts[1]}"
    if kind == "maybe":
        return f"{_closed(ebnf(parts[0]), parts[0])}?"
    return " ".join(ebnf(part, inside) for part in parts)


def _closed(text: str, node: Any) -> str:
    return f"( {text} )" if isinstance(node, Tree) and " " in text else text


def _token(token: Token) -> str:
    return str(token).lstrip("_") if token.type in ("RULE", "TOKEN") else str(token)


def picture(node: Any) -> Any:
    """A piece of a rule as a picture."""
    if isinstance(node, Token):
        text = _token(node)
        return railroad.NonTerminal(text) if node.type in ("RULE", "TOKEN") else railroad.Terminal(text.strip('"'))
    kind, parts = node.data, node.children
    if kind == "expansions" and len(parts) > 1:
        return railroad.Choice(0, *(picture(part) for part in parts))
    if kind == "expansion" and len(parts) != 1:
        return railroad.Sequence(*(picture(part) for part in parts))
    if kind == "alias":
        return picture(parts[0])
    if kind == "expr":
        inner = picture(parts[0])
        return {"*": railroad.ZeroOrMore, "+": railroad.OneOrMore, "?": railroad.Optional}[str(parts[1])](inner)
    if kind == "maybe":
        return railroad.Optional(picture(parts[0]))
    return picture(parts[0])


def svg(node: Any) -> str:
    out = io.StringIO()
    railroad.Diagram(picture(node)).writeStandalone(out.write)
    return out.getvalue().rstrip() + "\n"


def wants_picture(node: Any) -> bool:
    """A rule with a choice or a repetition; the others are read as fast as text."""
    return any(
        found.data in ("expr", "maybe") or (found.data == "expansions" and len(found.children) > 1) for found in node.iter_subtrees()
    )


def made() -> dict[str, str]:
    """The page and the pictures, by path below the folder."""
    files: dict[str, str] = {}
    page = [HEAD]
    for short, (path, title) in GRAMMARS.items():
        rules, terminals = rules_of(path)
        page.append(f"## {title}\n")
        for name, node in rules:
            page.append(f"```ebnf\n{name} ::= {ebnf(node)}\n```\n")
            if wants_picture(node):
                file = f"grammar/{short}-{name.replace('_', '-')}.svg"
                files[file] = svg(node)
                page.append(f"![{name}]({file})\n")
        page.append("Pieces of text:\n\n```text\n" + "\n".join(f"{name} ::= {ebnf(node)}" for name, node in terminals) + "\n```\n")
    files["grammar.md"] = "\n".join(page).rstrip() + "\n"
    return files


def main(argv: list[str]) -> int:
    files = made()
    if len(argv) == 2 and argv[0] == "--write":
        for name, text in files.items():
            path = Path(argv[1]) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return 0
    sys.stdout.write(files["grammar.md"])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
