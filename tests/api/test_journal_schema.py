"""The schema of the journal takes the lines that the reader takes, and no others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from runbook_lang.adapters.lines import FIRST_PREV, encode_body
from runbook_lang.api.journal_schema import FIELDS, TITLES
from runbook_lang.api.json_schema import files
from runbook_lang.machine.events import TYPES, BadEvent, from_wire

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA = json.loads(files()["journal.schema.json"])
VALIDATOR = Draft202012Validator(SCHEMA)
SAMPLES: dict[str, Any] = {"str": "x", "int": 1, "bool": True, "list[str]": ["a"], "list[Any]": [1], "dict[str, Any]": {"a": 1}}
AT = "2026-01-02T03:04:05.678901Z"


def body(name: str) -> dict[str, Any]:
    kinds = {field: kind for base in reversed(TYPES[name].__mro__) for field, kind in vars(base).get("__annotations__", {}).items()}
    return {"type": name, **{field: SAMPLES[kinds[field]] for field in TYPES[name].__fields__}, "at": AT}  # type: ignore[attr-defined]  # the metaclass's own


def changed(wire: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield wire
    for field in wire.keys() - {"digest"}:  # each line has one of its own
        yield {key: value for key, value in wire.items() if key != field}
        for value in (None, 5, True, "x", [], {}, "note"):
            if field not in ("at", "seq", "digest"):
                yield {**wire, field: value}
    yield {**wire, "zzz": 1}


def taken(wire: dict[str, Any]) -> bool:
    if "at" not in wire or "seq" not in wire:
        return False  # every line has them; the reader asks for them as it decodes
    try:
        from_wire(wire)
    except BadEvent:
        return False
    return True


@pytest.mark.parametrize("name", TYPES)
def test_schema_and_reader_take_the_same_events(name: str) -> None:
    for wire in changed(body(name)):
        line = {**wire, "prev": FIRST_PREV, "digest": "0" * 64}
        assert VALIDATOR.is_valid(line) is taken(wire), wire


def test_what_is_written_is_valid() -> None:
    for name in TYPES:
        raw, _ = encode_body(body(name), FIRST_PREV)
        assert [error.message for error in VALIDATOR.iter_errors(json.loads(raw))] == []


def test_everything_is_described() -> None:
    assert TITLES.keys() == TYPES.keys()
    used = {field for cls in TYPES.values() for field in cls.__fields__}  # type: ignore[attr-defined]  # the metaclass's own
    assert FIELDS.keys() == used | {"prev", "type", "digest"}
