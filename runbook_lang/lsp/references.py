"""Names and where they are used."""

from __future__ import annotations

from ..model.nodes import Call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..model.nodes import Runbook
    from .view import View


def uses_of_files(view: View, owner: int) -> Iterator[Runbook]:
    """The runbook that the step around an offset of the text calls."""
    known = view.known
    if known.book is None:
        return
    old = view.old(owner)
    for step in view.steps():
        if isinstance(step.kind, Call) and step.span.start - 4 <= old <= step.span.end:
            book = known.library.books.get(step.kind.file.text)
            if book is not None:
                yield book
