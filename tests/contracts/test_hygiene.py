"""Small rules for every file: no traces of one machine, no long modules, no exception without its reason."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

from tests.contracts.tree import ROOT, comments, kept_files, modules, none_of, parsed, python_files, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST = 420

# Folders that exist everywhere say nothing about one machine.
COMMON = {Path(name) for name in ("/", "/home", "/tmp", "/srv", "/opt", "/var", "/usr", "/mnt", "/data", "/src", "/app", "/builds")}
PLACES = sorted({str(place) for place in (ROOT, ROOT.parent, Path.home()) if place not in COMMON})
# Written in two pieces, so that this file keeps its own rule.
HOSTS = ["pypi" + ".org", "python" + "hosted.org", "npm" + "js.org", "deb.debian" + ".org", "crates" + ".io", "proxy.golang" + ".org"]
TRACES = [
    *(re.compile(rf"(?<![\w./-]){re.escape(place)}/") for place in PLACES),
    re.compile("|".join(re.escape(host) for host in HOSTS)),
    re.compile(r"(?i)\b(?:issue|pull request|ticket|fix(?:es)?|closes)\s+#\d+"),
    re.compile(r"(?i)\bissue\s+\d+\b"),
    re.compile(r"(?i)\bwork" + r"place\b"),
    re.compile("BEGIN [A-Z ]*PRIVATE" + " KEY"),
]

EXCEPTION = re.compile(
    r"#\s*(?:noqa\b(?::\s*[A-Z]+\d+(?:\s*,\s*[A-Z]+\d+)*)?|type:\s*ignore(?:\[[\w,\s-]*\])?|pragma:\s*no cover)(?P<reason>.*)"
)
SKIP = re.compile(r"(?:pytest\.)?(?:mark\.)?(?:skip|skipif|xfail|importorskip)")
BARE_MARK = re.compile(r"pytest\.mark\.(?:skip|xfail)")
WORDS = re.compile(r"[^\W\d_]{2,}")


def test_no_file_holds_a_trace_of_one_machine() -> None:
    none_of(
        f"{shown(path)}:{text.count(chr(10), 0, match.start()) + 1}: {match[0]}"
        for path in kept_files()
        for text in [path.read_bytes().decode("utf-8", errors="replace")]
        for trace in TRACES
        for match in trace.finditer(text)
    )


def test_no_module_is_longer_than_one_idea_needs() -> None:
    none_of(f"{shown(path)}: {lines} lines" for path in modules() if (lines := path.read_text(encoding="utf-8").count("\n")) > LONGEST)


def has_reason(reason: str, above: str) -> bool:
    """Two words behind the exception, or in a comment of its own on the line above."""
    return len(WORDS.findall(reason)) >= 2 or (not EXCEPTION.match(above) and len(WORDS.findall(above)) >= 2)


def test_an_exception_from_a_rule_has_its_reason_beside_it() -> None:
    none_of(
        f"{shown(path)}:{line}: {comment}"
        for path in python_files()
        for line, comment in comments(path).items()
        if (match := EXCEPTION.search(comment)) and not has_reason(match["reason"], comments(path).get(line - 1, ""))
    )


def skips(tree: ast.Module) -> Iterator[ast.expr]:
    """Calls and marks that leave a test out or let it fail."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and SKIP.fullmatch(ast.unparse(node.func))]
    yield from calls
    called = {id(call.func) for call in calls}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and id(node) not in called and BARE_MARK.fullmatch(ast.unparse(node)):
            yield node


def tells_why(node: ast.expr) -> bool:
    if not isinstance(node, ast.Call):
        return False
    if any(word.arg == "reason" for word in node.keywords):
        return True
    return ast.unparse(node.func).endswith((".skip", ".xfail")) and bool(node.args)


def test_a_test_that_is_left_out_says_why() -> None:
    none_of(
        f"{shown(path)}:{node.lineno}: {ast.unparse(node)}"
        for path in python_files()
        if ROOT / "tests" in path.parents
        for node in skips(parsed(path))
        if not tells_why(node)
    )
