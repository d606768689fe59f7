"""Findings as SARIF 2.1.0 (OASIS, 27 March 2020): what code scanning reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

from .. import __version__
from ..surfaces.canonical import canonical_digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    class Place(Protocol):
        """The shape of `api.review.Finding`."""

        @property
        def level(self) -> str: ...
        @property
        def rule(self) -> str: ...
        @property
        def message(self) -> str: ...
        @property
        def file(self) -> str: ...
        @property
        def line(self) -> int: ...
        @property
        def column(self) -> int: ...


SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MOST = 5_000
"""Results of one file; code scanning shows no more."""


def sarif(found: Iterable[Place], titles: Mapping[str, str]) -> dict[str, Any]:
    """A log of one run. `titles` has a sentence for each rule; places count from the root of the repository."""
    results = list(found)[:MOST]
    rules = sorted({one.rule for one in results})
    places = {rule: index for index, rule in enumerate(rules)}
    driver = {
        "name": "runbook",
        "semanticVersion": __version__ if __version__.count(".") == 2 else f"{__version__}.0",
        "rules": [_rule(rule, titles.get(rule, rule)) for rule in rules],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "The root of the repository."}}},
        "results": [_result(one, places[one.rule]) for one in results],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: str, title: str) -> dict[str, Any]:
    text = title if title.endswith((".", "!", "?")) else f"{title}."
    return {
        "id": rule,
        "shortDescription": {"text": text},
        "help": {"text": f"Explained by: runbook explain {rule}" if rule[:2] == "RB" else text},
    }


def _result(one: Place, index: int) -> dict[str, Any]:
    region = {"region": {"startLine": one.line, "startColumn": max(one.column, 1)}} if one.line else {}
    location = {"artifactLocation": {"uri": quote(one.file, safe="/"), "uriBaseId": "SRCROOT"}, **region}
    return {
        "ruleId": one.rule,
        "ruleIndex": index,
        "level": one.level,
        "message": {"text": one.message},
        **({"locations": [{"physicalLocation": location}]} if one.file else {}),
        # Lines move; what was found where doesn't, so that a finding is known again.
        "partialFingerprints": {"runbook/v1": canonical_digest([one.rule, one.file, one.message])[:32]},
    }
