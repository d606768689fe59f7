"""`did you mean`: the nearest known word, by edits with transpositions (optimal string alignment)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class Meant(str):
    """A sentence for `help` that proposes one word of the file for another, so that an editor can offer to write it."""

    __slots__ = ("better", "word")
    word: str
    better: str

    def __new__(cls, sentence: str, word: str, better: str) -> Meant:
        """`better` is to stand where `word` stands."""
        self = super().__new__(cls, sentence)
        self.word = word
        self.better = better
        return self


def distance(left: str, right: str, limit: int) -> int:
    """Edit distance of two words; anything over `limit` comes back as `limit + 1`."""
    if abs(len(left) - len(right)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        previous, row = row, [i]
        for j, b in enumerate(right, 1):
            cost = min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
        before = previous
    return min(row[-1], limit + 1)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that `word` most probably stands for, or None when none is near."""
    if len(word) > 64:
        return None
    limit = max(1, min(3, len(word) // 3))
    best: tuple[int, str] | None = None
    folded = word.lower()
    for candidate in known:
        if len(candidate) > 64:
            continue
        found = distance(folded, candidate.lower(), limit)
        if found <= limit and (best is None or (found, candidate) < best):
            best = (found, candidate)
    return best[1] if best else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A help sentence, empty when nothing is near."""
    found = nearest(word, known)
    return meant(word, found) if found else ""


def meant(word: str, better: str, quote: str = "'") -> Meant:
    """The sentence that proposes `better` for `word`."""
    return Meant(f"Did you mean {better!r}?" if quote == "'" else f"Did you mean {quote}{better}{quote}?", word, better)


def and_also(help: str, sentence: str) -> str:
    """A sentence more behind a help; one that proposes a word goes on proposing it."""
    together = f"{help} {sentence}".strip()
    return Meant(together, help.word, help.better) if type(help) is Meant else together
