"""From a text to its plan."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from runbook_lang.api.load import Loaded, load
from runbook_lang.api.planning import plan

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from runbook_lang.plan.entry import Entry, Plan


def loaded(folder: Path, text: str, **files: str) -> Loaded:
    """A runbook of a text, in a folder with further files (`part_yml` is `part.yml`)."""
    for name, body in {"case.yml": text, **{name.replace("_", "."): body for name, body in files.items()}}.items():
        (folder / name).write_text(body, encoding="utf-8")
    found = load(os.path.join(folder, "case.yml"))
    assert found.program is not None, [(item.code, item.message) for item in found.problems.sorted()]
    return found


def planned(folder: Path, text: str, inputs: dict[str, Any] | None = None, **files: str) -> Plan:
    return plan(loaded(folder, text, **files), inputs)


def entry(plan: Plan, path: str, kind: str = "act", role: str = "main") -> Entry:
    """The one entry of a path."""
    found = [one for one in plan.entries if (one.path, one.kind, one.role) == (path, kind, role)]
    assert len(found) == 1, [(one.path, one.kind, one.role) for one in plan.entries]
    return found[0]


def shown(plan: Plan, path: str, role: str = "main") -> str:
    """The words of an act, with spaces between."""
    from runbook_lang.plan.shown import words

    request = entry(plan, path, role=role).request
    assert request is not None
    return " ".join(words(request))
