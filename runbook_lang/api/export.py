"""A run's events in forms that other systems read: JSON lines, CSV, OpenTelemetry logs, ArcSight's common event format."""

from __future__ import annotations

import json

from ..machine.events import ActEnded, RunClosed, RunOpened, to_wire
from ..machine.stamps import micros_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from ..machine.events import Event

BATCH = 1000
"""Log records in one line of OTLP."""
COLUMNS = ("seq", "at", "type", "step", "attempt", "role", "by", "result", "text")


def export(events: Iterable[Event], form: str) -> Iterator[str]:
    """The lines of a form (a key of FORMS), without their newlines. The events come from a reader that verifies them."""
    return FORMS[form](events)


def _jsonl(events: Iterable[Event]) -> Iterator[str]:
    for event in events:
        yield json.dumps(to_wire(event), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _row(event: Event) -> dict[str, str]:
    """The columns of an event; '' for what it hasn't got."""
    wire = to_wire(event)
    path, _, rest = str(wire.get("id") or wire.get("path") or "").partition("#")
    attempt, _, role = rest.partition("/")
    result = str(wire.get("verdict") or wire.get("kind") or wire.get("what") or "")
    if isinstance(event, ActEnded):
        result = "ok" if event.ok else event.kind or "failed"
    elif isinstance(event, RunClosed):
        result = str(event.outcome.get("result", ""))
    text = wire.get("message") or wire.get("text") or wire.get("note") or wire.get("why") or ""
    if "argv" in wire:
        text = " ".join(wire["argv"])
    by = str(wire.get("by") or wire.get("operator") or "")
    row = {"seq": str(event.seq), "at": event.at, "type": str(wire["type"]), "step": path, "attempt": attempt, "role": role}
    return {**row, "by": by, "result": result, "text": str(text)}


def _csv(events: Iterable[Event]) -> Iterator[str]:
    yield ",".join(COLUMNS)
    for event in events:
        row = _row(event)
        yield ",".join(_cell(row[column]) for column in COLUMNS)


def _cell(text: str) -> str:
    """RFC 4180, on one line; what a spreadsheet would take for a formula is told as text by an apostrophe."""
    plain = text.replace("\r", " ").replace("\n", " ")
    if plain[:1] in ("=", "+", "-", "@", "\t"):
        plain = "'" + plain
    return '"' + plain.replace('"', '""') + '"' if any(one in plain for one in ',"') else plain


def _otlp(events: Iterable[Event]) -> Iterator[str]:
    """One `LogsData` a line, as the file exporter of OpenTelemetry writes them."""
    resource: list[dict[str, Any]] = []
    batch: list[dict[str, Any]] = []
    for event in events:
        if isinstance(event, RunOpened):
            resource = [_attribute("service.name", "runbook"), _attribute("host.name", event.host), _attribute("runbook.run", event.run)]
            resource += [_attribute("runbook.name", event.runbook), _attribute("runbook.mode", event.mode)]
        batch.append(_record(event))
        if len(batch) == BATCH:
            yield _logs(resource, batch)
            batch = []
    if batch:
        yield _logs(resource, batch)


def _logs(resource: list[dict[str, Any]], records: list[dict[str, Any]]) -> str:
    scopes = [{"scope": {"name": "runbook_lang"}, "logRecords": records}]
    return json.dumps({"resourceLogs": [{"resource": {"attributes": resource}, "scopeLogs": scopes}]}, ensure_ascii=False)


def _record(event: Event) -> dict[str, Any]:
    row = _row(event)
    level, name = (9, "INFO") if not _bad(event) else (17, "ERROR")
    attributes = [_attribute(f"runbook.{field}", row[field]) for field in COLUMNS if row[field] and field not in ("at", "text")]
    return {
        "timeUnixNano": str((micros_of(event.at) or 0) * 1000),
        "severityNumber": level,
        "severityText": name,
        "eventName": f"runbook.{row['type']}",
        "body": {"stringValue": row["text"] or f"{row['type']} {row['step']}".strip()},
        "attributes": attributes,
    }


def _attribute(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "value": {"stringValue": value}}


def _bad(event: Event) -> bool:
    return (isinstance(event, ActEnded) and not event.ok) or (isinstance(event, RunClosed) and event.outcome.get("exit") != 0)


def _cef(events: Iterable[Event]) -> Iterator[str]:
    """CEF:0|vendor|product|version|event class|name|severity|extension; `|` and `\\` are escaped in the head, `=` and `\\` in the rest."""
    from .. import __version__

    run = host = ""
    for event in events:
        if isinstance(event, RunOpened):
            run, host = event.run, event.host
        row = _row(event)
        head = [row["type"], f"{row['type']} {row['step']}".strip(), "6" if _bad(event) else "3"]
        head = [one.replace("\\", "\\\\").replace("|", "\\|") for one in head]
        fields = {
            "rt": str((micros_of(event.at) or 0) // 1000),
            "externalId": f"{run}/{row['seq']}",
            "dvchost": host,
            "suser": row["by"],
            "outcome": row["result"],
            "cs1Label": "step" if row["step"] else "",
            "cs1": row["step"],
            "msg": row["text"],
        }
        extension = " ".join(f"{name}={_value(value)}" for name, value in fields.items() if value)
        yield f"CEF:0|runbook-lang|runbook|{__version__}|{'|'.join(head)}|{extension}"


def _value(text: str) -> str:
    return text.replace("\\", "\\\\").replace("=", "\\=").replace("\r", "").replace("\n", "\\n")


FORMS: dict[str, Callable[[Iterable[Event]], Iterator[str]]] = {"jsonl": _jsonl, "csv": _csv, "otlp-json": _otlp, "cef": _cef}
