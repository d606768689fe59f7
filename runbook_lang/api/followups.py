"""What is to be done after incidents: given by the runs that closed them, noted as done beside the incident's run.

`after.json` beside the incident's journal says what is to be done and what was done. What a closing run gives as its output
`followups` is taken over once, whenever somebody looks.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from ..adapters.files import REAL, cannot, write_file
from ..adapters.store import RunFolder, summarise
from ..base.diagnostics import fail
from ..base.record import Record
from ..base.text import reason
from ..expr.tagged import loads
from ..machine.stamps import stamp_of
from .plain import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..adapters.store import Store

NAME = "after.json"
LIMIT = 1024 * 1024
OUTPUT = "followups"


class Followup(Record):
    """One thing that has to be done. `due` is '' for no date."""

    number: int
    what: str
    who: str = ""
    due: str = ""
    done: str = ""
    done_by: str = ""
    note: str = ""


class Open(Record):
    """A run with what is to be done after it."""

    run: str
    runbook: str
    followups: tuple[Followup, ...]


def followups(stores: list[Store], everything: bool = False) -> list[Open]:
    """What is to be done after the incidents of these stores; `everything`: what was done, too. Raises RunbookError RB767."""
    found = []
    for store in stores:
        for name in store.ids():
            closing = RunFolder(name, os.path.join(store.runs, name))
            if closing.closes:
                take_over(store, closing)
        for name in reversed(store.ids()):
            run = RunFolder(name, os.path.join(store.runs, name))
            if not os.path.exists(os.path.join(run.path, NAME)):
                continue
            left = tuple(one for one in of_run(run) if everything or not one.done)
            if left:
                found.append(Open(name, summarise(run).runbook, left))
    return found


def of_run(run: RunFolder) -> tuple[Followup, ...]:
    """What is to be done after one run. Raises RunbookError RB767."""
    fields = Followup.__fields__
    items = _load(run).get("followups", ())
    return tuple(Followup(**{name: item[name] for name in fields if name in item}) for item in items)


def take_over(store: Store, closing: RunFolder) -> None:
    """Notes beside the incident's run what its closing run gave, once. Raises RunbookError RB767."""
    incident = RunFolder(closing.closes, os.path.join(store.runs, closing.closes))
    if not os.path.isdir(incident.path):
        return
    kept = _load(incident)
    if closing.id in kept.get("from", ()):
        return
    outputs = outputs_of(closing)
    if outputs is None:
        return
    items = kept.setdefault("followups", [])
    known = {item["what"] for item in items}
    for given in _given(outputs.get(OUTPUT)):
        if given["what"] not in known:
            items.append({"number": len(items) + 1, **given, "done": "", "done_by": "", "note": ""})
    kept["from"] = [*kept.get("from", ()), closing.id]
    _save(incident, kept)


def outputs_of(run: RunFolder) -> Mapping[str, Any] | None:
    """The outputs of a closed run, whether it succeeded or not; None for one that isn't closed."""
    summary = summarise(run)
    if summary.state != "closed":
        return None
    found = plain(loads(str(summary.outcome.get("outputs", "{}"))))
    return found if isinstance(found, dict) else {}


def _given(value: Any) -> list[dict[str, str]]:
    """Texts, or mappings of what, who, due; whatever else a runbook may give is left out."""
    out = []
    for item in value if isinstance(value, list) else []:
        found = item if isinstance(item, dict) else {"what": item}
        what = found.get("what")
        if isinstance(what, str) and what.strip():
            out.append({"what": what.strip(), **{name: str(found.get(name) or "") for name in ("who", "due")}})
    return out


def done(run: RunFolder, number: int, by: str, note: str, now: int) -> Followup:
    """Notes that something was done. Raises RunbookError RB768 for a number that isn't there, or is done already."""
    kept = _load(run)
    for item in kept.get("followups", ()):
        if item["number"] == number:
            if item["done"]:
                raise fail("RB768", f"{number} was done already, by {item['done_by']}.", help="See: runbook followups --all")
            item.update(done=stamp_of(now), done_by=by, note=note)
            _save(run, kept)
            return next(one for one in of_run(run) if one.number == number)
    raise fail("RB768", f"Run {run.id} has nothing with the number {number} to be done.", help="See: runbook followups")


def _load(run: RunFolder) -> dict[str, Any]:
    """Raises RunbookError RB767 when it is there and can't be read: what was done would be done again."""
    path = os.path.join(run.path, NAME)
    try:
        with open(path, "rb") as stream:
            found = json.loads(stream.read(LIMIT))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise fail("RB767", f"{path} can't be read: {reason(error)}.", help="Restore it from a backup.") from None
    if not isinstance(found, dict):
        raise fail("RB767", f"{path} holds no object.", help="Restore it from a backup.")
    return found


def _save(run: RunFolder, kept: Mapping[str, Any]) -> None:
    path = os.path.join(run.path, NAME)
    try:
        write_file(REAL, path, json.dumps(kept, indent=1, ensure_ascii=False).encode())
    except OSError as error:
        raise cannot("RB767", f"{path} can't be written", error) from None
