"""The parse tables of `runbook.lark`, made by lark, kept in the user's own cache folder."""

from __future__ import annotations

import os
import stat
import sys
from functools import lru_cache
from hashlib import sha256
from types import SimpleNamespace

import lark
from lark import Lark
from lark.lexer import Lexer

from .shape import RULES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

GRAMMAR = os.path.join(os.path.dirname(__file__), "runbook.lark")


class NoLexer(Lexer):
    """The scanner stands outside of lark: it needs to know what the parser would take."""

    def __init__(self, lexer_conf: object) -> None:
        pass

    def lex(self, lexer_state: Any, parser_state: Any) -> Any:
        """Nothing; tokens are fed."""
        return iter(())


class Tables:
    """What the reader needs of lark: `lark` itself, the keywords of the grammar (word -> terminal), and punctuation."""

    __slots__ = ("keywords", "lark", "marks", "words")

    def __init__(self, lark: Lark) -> None:
        self.lark = lark
        plain = {item.pattern.value: item.name for item in lark.terminals if type(item.pattern).__name__ == "PatternStr"}
        self.keywords = {text: name for text, name in plain.items() if text.isalpha()}
        self.marks = {text: name for text, name in plain.items() if not text.isalpha()}
        self.words = {name: text for text, name in plain.items()}

    def state(self) -> Any:
        """A parser at its beginning."""
        return self.lark.parse_interactive().parser_state


@lru_cache(maxsize=1)
def tables() -> Tables:
    """The tables; made once a process, and read from the cache where there is one."""
    with open(GRAMMAR, encoding="utf-8") as file:
        text = file.read()
    kept = cache_file(text)
    options: dict[str, Any] = {"parser": "lalr", "lexer": NoLexer, "keep_all_tokens": True, "maybe_placeholders": False}
    return Tables(Lark(text, transformer=SimpleNamespace(**RULES), cache=kept or False, **options))


def cache_file(grammar: str) -> str:
    """Where the tables are kept: a file in a folder of the user's own into which nobody else can write; '' for nowhere.

    The file is a pickle, so it is read only where no other user could have put it.
    """
    home = os.path.expanduser("~")
    if not os.path.isabs(home):
        return ""
    folder = os.path.join(home, ".cache", "runbook")
    key = sha256(f"{lark.__version__} {sys.version} {grammar}".encode()).hexdigest()[:24]
    path = os.path.join(folder, f"text-{key}.tables")
    return path if _is_own(folder) and _is_own_file(path) else ""


def _is_own(folder: str) -> bool:
    """Make the folder where it is missing; whether it is this user's, and closed to the others."""
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        found = os.lstat(folder)
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022 and os.access(folder, os.W_OK)


def _is_own_file(path: str) -> bool:
    try:
        found = os.lstat(path)
    except OSError:
        return True
    return stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022
