"""Regular expressions that are compiled when they are first used. Compiling one takes as long as reading a module,
and most checks need few of them."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _Lazy:
    """Stands for a pattern. A method that was used once is found like any attribute: no cost after that."""

    def __init__(self, text: str, flags: int) -> None:
        self._source = text, flags

    def __getattr__(self, name: str) -> Any:
        found = getattr(re.compile(*self._source), name)  # `re` keeps what it compiled
        self.__dict__[name] = found
        return found


def lazy(text: str, flags: int = 0) -> re.Pattern[str]:
    """A pattern for `match`, `fullmatch`, `search`, `sub`, …; raises re.error at its first use, not here."""
    return _Lazy(text, flags)  # type: ignore[return-value]  # it answers as a pattern does
