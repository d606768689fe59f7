"""How many examples the long property tests try: a part of them each time, all of them in `make long`."""

from __future__ import annotations

import os


def many(number: int, few: int) -> int:
    """The whole number when RUNBOOK_LONG is set, else a few."""
    return number if os.environ.get("RUNBOOK_LONG") == "1" else few
