"""Which words begin a statement, and which a person may have meant by one that doesn't.

The reader and the writer share this: a word that the reader would take for a misspelt one is written in quotes.
"""

from __future__ import annotations

from functools import lru_cache

from ...base.suggest import nearest
from .bounds import GOES_ON_WITH

HEADS = frozenset(
    (
        "runbook description source severity policy window lock input secret defaults success output on step set ask wait choose "
        "parallel for try rescue always call escalate undo stop when guard may settles expect retry timeout effect because repeatable not "
        "applied rehearse approve sensitive branch else title key yield max limit fail http"
    ).split()
)
"""Words that begin a statement somewhere; none of them is taken for an executor's name, unless it stands in quotes."""

OTHER_WORDS = frozenset(
    (
        "steps inputs secrets outputs locks on_failure may_fail for_each foreach if elif elseif unless while repeat loop case switch "
        "catch except finally id expects run env default"
    ).split()
)
"""Words that people try; an executor of such a name has to stand in quotes."""

_EXECUTORS = frozenset("doctl psql redis-cli aws http tls shell render notify".split())


@lru_cache(maxsize=512)
def misspelt(word: str) -> str:
    """The word that a statement begins with and that `word` looks like, '' for one that is taken for an executor's name.

    The rule is the same wherever a statement may stand: a word that means something in one block and something else in the next
    one couldn't be moved there.
    """
    return "" if word in _EXECUTORS else nearest(word, HEADS) or ""


def needs_quotes(executor: str) -> bool:
    """Whether an executor's name is one that the reader takes for something else."""
    if executor == "http":
        return False
    return executor in HEADS or executor in OTHER_WORDS or misspelt(executor) != "" or GOES_ON_WITH.match(executor) is not None
