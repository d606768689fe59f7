"""Answers in the shapes of the protocol."""

from __future__ import annotations

import re
from pathlib import Path

from lsprotocol import types as t

from .positions import Lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from .completion import Item
    from .documents import Document
    from .findings import Also, Correction, Finding
    from .hover import Hover
    from .outline import Part
    from .symbols import Use

    Encoding = str

SEVERITIES = {"error": t.DiagnosticSeverity.Error, "warning": t.DiagnosticSeverity.Warning, "note": t.DiagnosticSeverity.Information}
KINDS = {
    "key": t.CompletionItemKind.Property,
    "value": t.CompletionItemKind.EnumMember,
    "step": t.CompletionItemKind.Variable,
    "input": t.CompletionItemKind.Variable,
    "secret": t.CompletionItemKind.Variable,
    "variable": t.CompletionItemKind.Variable,
    "field": t.CompletionItemKind.Field,
    "function": t.CompletionItemKind.Function,
    "command": t.CompletionItemKind.Function,
    "flag": t.CompletionItemKind.Property,
    "file": t.CompletionItemKind.File,
    "keyword": t.CompletionItemKind.Keyword,
}


def uri_of(path: str) -> str:
    """The address of a file."""
    return Path(path).as_uri()


def range_of(lines: Lines, start: int, end: int) -> Any:
    """Two offsets as a range."""
    return t.Range(t.Position(*lines.position(start)), t.Position(*lines.position(end)))


def diagnostic(finding: Finding, lines: Lines, encoding: Encoding) -> Any:
    """A finding; one without an extent marks a character, or the editor would show nothing."""
    end = max(finding.end, finding.start)
    return t.Diagnostic(
        range=range_of(lines, finding.start, end),
        message=finding.message,
        severity=SEVERITIES.get(finding.severity, t.DiagnosticSeverity.Error),
        code=finding.code,
        source="runbook",
        related_information=[_related(item, encoding) for item in finding.also] or None,
    )


def _related(item: Also, encoding: Encoding) -> Any:
    lines = Lines(item.span.source.text, encoding)
    place = t.Location(uri_of(item.path), range_of(lines, item.span.start, item.span.end))
    return t.DiagnosticRelatedInformation(place, item.message)


def completion_list(items: Iterable[Item], document: Document, offset: int) -> Any:
    """Proposals. The text that each replaces ends at the end of the word under the cursor."""
    text = document.text
    behind = re.compile(r"[\w-]*").match(text, offset)
    end = behind.end() if behind is not None else offset
    return t.CompletionList(is_incomplete=False, items=[_item(item, document, end) for item in items])


def _item(item: Item, document: Document, end: int) -> Any:
    insert = item.insert or item.label
    colon = re.compile(r"[ \t]*:[ \t]?").match(document.text, end)
    if item.kind in ("key", "input") and colon is not None and insert.rstrip(" ").endswith(":"):
        insert = insert.rstrip(" ")[:-1]
    return t.CompletionItem(
        label=item.label,
        kind=KINDS.get(item.kind),
        detail=item.detail or None,
        documentation=t.MarkupContent(t.MarkupKind.Markdown, item.doc) if item.doc else None,
        sort_text=f"{item.rank}{item.label}" if item.rank else None,
        filter_text=item.label,
        text_edit=t.TextEdit(range_of(document.lines, item.start, end), insert),
    )


def action(item: Correction, document: Document) -> Any:
    """A change that corrects a finding."""
    edit = t.TextEdit(range_of(document.lines, item.start, item.end), item.text)
    return t.CodeAction(
        title=item.title,
        kind=t.CodeActionKind.QuickFix,
        diagnostics=[diagnostic(item.finding, document.lines, document.encoding)],
        edit=t.WorkspaceEdit(changes={document.uri: [edit]}),
        is_preferred=True,
    )


def locations(uses: Iterable[Use], uri: Callable[[str], str], encoding: Encoding) -> list[Any]:
    """Places of a name."""
    kept: dict[str, Lines] = {}
    return [
        t.Location(uri(use.path), range_of(kept.setdefault(use.path, Lines(use.source.text, encoding)), use.start, use.end)) for use in uses
    ]


def workspace_edit(changes: Iterable[tuple[Use, str]], uri: Callable[[str], str], encoding: Encoding) -> Any:
    """New text for places in several files; `uri` gives the address by which the editor knows a file."""
    found: dict[str, list[Any]] = {}
    kept: dict[str, Lines] = {}
    for use, new in changes:
        lines = kept.setdefault(use.path, Lines(use.source.text, encoding))
        found.setdefault(uri(use.path), []).append(t.TextEdit(range_of(lines, use.start, use.end), new))
    return t.WorkspaceEdit(changes=found)


OUTLINE = {
    "input": t.SymbolKind.Variable,
    "secret": t.SymbolKind.Key,
    "step": t.SymbolKind.Function,
    "person": t.SymbolKind.Interface,
    "tier": t.SymbolKind.Class,
    "severity": t.SymbolKind.Enum,
    "window": t.SymbolKind.Event,
}


def outline_symbol(part: Part, lines: Lines) -> Any:
    """An entry of the overview with what is in it."""
    return t.DocumentSymbol(
        name=part.name,
        detail=part.detail or None,
        kind=OUTLINE.get(part.kind, t.SymbolKind.Function),
        range=range_of(lines, part.start, part.end),
        selection_range=range_of(lines, part.name_start, part.name_end),
        children=[outline_symbol(inner, lines) for inner in part.inner] or None,
    )


def hover(found: Hover, lines: Lines) -> Any:
    """What is known of a range."""
    return t.Hover(t.MarkupContent(t.MarkupKind.Markdown, found.text), range_of(lines, found.start, found.end))


def whole_edit(old: str, new: str, lines: Lines) -> list[Any]:
    """The change of one text into another: all lines between the first and the last that differ."""
    if old == new:
        return []
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    head = 0
    while head < min(len(before), len(after)) and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < min(len(before), len(after)) - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    start = sum(map(len, before[:head]))
    end = len(old) - sum(map(len, before[len(before) - tail :]))
    return [t.TextEdit(range_of(lines, start, end), "".join(after[head : len(after) - tail]))]
