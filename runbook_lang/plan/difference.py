"""What a difference between two plans is made of."""

from __future__ import annotations

from ..base.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

RISK, WEAKENED, CHANGED, LOWERED, STRENGTHENED = "risk", "weakened", "changed", "lowered", "strengthened"
ORDER = {RISK: 0, WEAKENED: 1, CHANGED: 2, LOWERED: 3, STRENGTHENED: 4}
"""The loudest first."""


class Difference(Record):
    """One change in meaning.

    `level`: risk (the runbook can do more harm) | weakened (something that kept it from harm is gone or laxer) | changed |
    lowered and strengthened (the opposites). `what` is a word for programs, `text` a sentence for people without the
    path. `words` are those of a command: (' ' | '-' | '+', word).
    """

    level: str
    what: str
    path: str
    text: str
    before: str = ""
    after: str = ""
    words: tuple[tuple[str, str], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain JSON data; what is empty is left out."""
        body = {name: getattr(self, name) for name in ("level", "what", "path", "text", "before", "after")}
        marked = [{"mark": mark, "word": word} for mark, word in self.words]
        return {**{key: value for key, value in body.items() if value}, **({"words": marked} if marked else {})}
