"""SQL with holes after evaluation: text stays text, a hole's value stays a value until it is bound."""

from __future__ import annotations

from ..base.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..expr.values import Value


class Bound(Record):
    """The value of one `${…}` in a SQL text."""

    value: Value


class SqlValue(Record):
    """What a `sql` argument evaluates to."""

    parts: tuple[str | Bound, ...]
