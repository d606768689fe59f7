"""Words for a POSIX shell. The one place where text for a shell is made.

Everything stands between single quotes, where a POSIX shell reads nothing but the end quote (POSIX.1-2017, Shell
Command Language, 2.2.2); a single quote itself is written outside them as \\'.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def quote(word: str) -> str:
    """One word. Raises ValueError for a NUL character, which no shell can pass on."""
    if "\0" in word:
        raise ValueError("a word for a shell can't hold a NUL character")
    return "'" + word.replace("'", "'\\''") + "'"


def quote_all(words: Iterable[str]) -> str:
    """A command of several words."""
    return " ".join(map(quote, words))
