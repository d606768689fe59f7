"""What every diagnostic code means: read by `explain` and by the tests, never on the way to a result."""

from __future__ import annotations

from ..record import Record


class Entry(Record):
    """One code: a short title, two to six sentences, and small examples of the wrong and the right form."""

    title: str
    text: str
    bad: str = ""
    good: str = ""
