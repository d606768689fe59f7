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


def location(path: str, start: int, end: int, text: str, encoding: Encoding) -> Any:
    """A range of a file."""
    return t.Location(uri_of(path), range_of(Lines(text, encoding), start, end))


def edits_of(changes: Iterable[tuple[str, int, int, str]], text_of: Callable[[str], str], encoding: Encoding) -> Any:
    """Changes (path, start, end, new text) in several files."""
    found: dict[str, list[Any]] = {}
    for path, start, end, new in changes:
        lines = Lines(text_of(path), encoding)
        found.setdefault(uri_of(path), []).append(t.TextEdit(range_of(lines, start, end), new))
    return t.WorkspaceEdit(changes=found)
