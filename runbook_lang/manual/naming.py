"""Names out of headings and sentences: `Rollback de App Platform (último)` -> `rollback-de-app-platform`. Words stay in their language."""

from __future__ import annotations

from ..base.pattern import lazy
from ..expr.lexer import LITERAL_WORDS, RESERVED
from ..model.names import OWN_NAMES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container

_ASIDE = lazy(r"\s*[(\[][^()\[\]]*[)\]]")
_OTHER = lazy(r"[^a-z0-9]+")
_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th"})
LONGEST = 60


def slug(text: str, joint: str = "-") -> str:
    """ASCII letters and digits with joints between; empty when the text has none. What stands in brackets is left out if more is there."""
    short = _ASIDE.sub(" ", text)
    return _slug(short, joint) or _slug(text, joint)


def _slug(text: str, joint: str) -> str:
    from unicodedata import combining, normalize

    folded = "".join(char for char in normalize("NFKD", text.lower().translate(_LETTERS)) if not combining(char))
    words = _OTHER.sub(" ", folded).split()
    kept: list[str] = []
    for word in words:
        if kept and sum(map(len, kept)) + len(kept) + len(word) > LONGEST:
            break
        kept.append(word[:LONGEST])
    return joint.join(kept)


def identifier(text: str, otherwise: str) -> str:
    """A name that expressions can use."""
    name = slug(text, "_") or otherwise
    if name[0].isdigit():
        name = f"_{name}"
    return f"{name}_" if name in RESERVED or name in LITERAL_WORDS or name in OWN_NAMES else name


def unused(name: str, taken: Container[str], joint: str, counts: dict[str, int] | None = None) -> str:
    """The name, with a number behind it when it is taken. `counts` remembers the last number of each, so that many are found fast."""
    if name not in taken:
        return name
    number = (counts or {}).get(name, 1) + 1
    while f"{name}{joint}{number}" in taken:
        number += 1
    if counts is not None:
        counts[name] = number
    return f"{name}{joint}{number}"
