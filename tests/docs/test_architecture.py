"""ARCHITECTURE.md names files and tests that are there."""

from __future__ import annotations

import ast
import re

from tests.contracts.tree import PACKAGE, ROOT, none_of, parsed

TEXT = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
FILE = re.compile(r"`([\w/]+\.(?:py|lark|toml))`")


def test_each_test_that_holds_an_invariant_is_there() -> None:
    named = TEST.findall(TEXT)
    assert len(named) > 20
    none_of(
        f"{file}::{name}"
        for file, name in named
        if not (ROOT / file).is_file()
        or name not in {node.name for node in ast.walk(parsed(ROOT / file)) if isinstance(node, ast.FunctionDef)}
    )


def test_each_invariant_names_its_test() -> None:
    part = TEXT.partition("## What always holds")[2].partition("\n## ")[0]
    items = re.split(r"^\d+\. ", part, flags=re.MULTILINE)[1:]
    assert len(items) > 10
    none_of(item.splitlines()[0] for item in items if not TEST.search(item))


def test_each_file_that_is_named_is_there() -> None:
    """Paths are those of the package, or of the repository; in a list of files the folder stands before the first only."""
    none_of(name for name in FILE.findall(TEXT) if not ((ROOT / name).is_file() or any(PACKAGE.rglob(name))))


def test_each_layer_has_its_row() -> None:
    layers = {path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    rows = set(re.findall(r"^\| (.+?) \|", TEXT, flags=re.MULTILINE))
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert layers <= named
