"""Each diagnostic code that the source names is explained, and each one explained is in use."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from typing import TYPE_CHECKING

from runbook_lang.base import catalogue
from tests.contracts.tree import PACKAGE, modules, none_of, parsed, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

CODE = re.compile(r"RB\d{3}")
AREAS = sorted(found.name for found in pkgutil.iter_modules(catalogue.__path__) if re.fullmatch(r"rb\d[\dx]x", found.name))


def used() -> Iterator[tuple[str, str]]:
    """(code, where) for every string that is exactly a code, outside the catalogue."""
    for path in modules():
        if PACKAGE / "base" / "catalogue" in path.parents:
            continue
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
                yield node.value, f"{shown(path)}:{node.lineno}"


def explained() -> dict[str, catalogue.Entry]:
    entries: dict[str, catalogue.Entry] = {}
    for area in AREAS:
        entries.update(importlib.import_module(f"{catalogue.__name__}.{area}").CODES)
    return entries


def test_a_code_has_one_meaning() -> None:
    """Two areas that take the same number: `explain` would tell one of them, whichever was meant."""
    found = [code for area in AREAS for code in importlib.import_module(f"{catalogue.__name__}.{area}").CODES]
    none_of(sorted({code for code in found if found.count(code) > 1}))


def test_every_code_in_the_source_is_explained() -> None:
    entries = explained()
    none_of(f"{where}: {code}" for code, where in used() if code not in entries)


def test_every_explained_code_is_in_use() -> None:
    none_of(sorted(explained().keys() - {code for code, _ in used()}))


def test_an_area_holds_its_own_codes_in_order() -> None:
    for area in AREAS:
        codes = list(importlib.import_module(f"{catalogue.__name__}.{area}").CODES)
        assert codes == sorted(codes)
        assert [code for code in codes if not code.startswith(f"RB{area[2]}")] == []


def test_an_explanation_has_a_title_and_says_what_to_do() -> None:
    """A title is no sentence; the text has at least two."""
    thin = [
        code
        for code, entry in explained().items()
        if not entry.title or entry.title.endswith(".") or len(re.findall(r"[.!?:](?:\s|$)", entry.text)) < 2
    ]
    assert thin == []
