"""Events as lines of a journal."""

from __future__ import annotations

from runbook_lang.machine.events import TYPES


def test_no_field_is_called_like_what_a_line_adds() -> None:
    assert {name for kind in TYPES.values() for name in kind.__fields__} & {"type", "prev", "digest"} == set()
