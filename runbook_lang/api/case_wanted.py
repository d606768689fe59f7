"""What a case wants against what it got."""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from .case_files import Case

IN_PARTS = ("outputs", "steps", "argv", "effects", "verdicts", "filled", "failure")
"""Mappings of which only the parts that are wanted are compared."""
WORDS = ("argv",)


def differences(expect: Mapping[str, Any], got: Mapping[str, Any]) -> list[str]:
    wrong = []
    for key, wanted in expect.items():
        found = got.get(key)
        if key in IN_PARTS:
            wrong += _parts(key, wanted, found if isinstance(found, dict) else {})
        elif key == "told":
            wrong += [f"told: nobody was told {text!r}; it was {found!r}" for text in wanted if not any(text in one for one in found or ())]
        elif found != wanted:
            wrong.append(f"{key}: wanted {_short(wanted)}, got {_short(found)}")
    extra = [code for code in got["diagnostics"] if not code.startswith("RB4")]
    if "diagnostics" not in expect and extra and got.get("exit") == 2 and expect.get("exit") != 2:
        wrong.append(f"diagnostics: {', '.join(extra)}")
    if got.get("unused"):
        wrong.append(f"world: nothing asked for {', '.join(got['unused'])}")
    return wrong


def _parts(key: str, wanted: Any, found: Mapping[str, Any]) -> list[str]:
    """Only the parts that are wanted are compared. An argv may be given as one text; a failure's message as a part of it."""
    wrong = []
    for name, value in (wanted if isinstance(wanted, dict) else {}).items():
        got = found.get(name)
        if key in WORDS and isinstance(value, str) and isinstance(got, list):
            got = " ".join(got)
        if key == "failure" and name == "message" and isinstance(got, str) and str(value) in got:
            continue
        if got != value:
            wrong.append(f"{key}.{name}: wanted {_short(value)}, got {_short(got)}")
    return wrong


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 300 else text[:299] + "…"


def updated(case: Case, got: Mapping[str, Any]) -> dict[str, Any]:
    """What happened, for the keys that the case asks about."""
    fresh: dict[str, Any] = {}
    for key, wanted in case.expect.items():
        value = got.get(key)
        if key in IN_PARTS and isinstance(wanted, dict):
            found = value if isinstance(value, dict) else {}
            fresh[key] = {name: _kept(key, name, wanted, found) for name in wanted if name in found}
        elif key == "told":
            fresh[key] = [text for text in wanted if any(text in one for one in value or ())] or list(value or ())
        else:
            fresh[key] = value
    return fresh


def _kept(key: str, name: str, wanted: Mapping[str, Any], found: Mapping[str, Any]) -> Any:
    """The shape that the author chose stays."""
    value = found[name]
    if key in WORDS and isinstance(wanted[name], str) and isinstance(value, list):
        return " ".join(value)
    if key == "failure" and name == "message" and str(wanted[name]) in str(value):
        return wanted[name]
    return value
