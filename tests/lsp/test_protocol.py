"""The language server as an editor meets it: over the protocol, in a process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types as t

from tests.lsp.client import Editor, applied, with_editor

if TYPE_CHECKING:
    from pathlib import Path

RUNBOOK = """\
runbook: hello
title: Say hello
inputs:
  who: {type: string, default: 🌍 world}
steps:
  - id: hello
    title: Hello
    shell: /bin/echo ${who}
"""


def labels(answer: Any) -> list[str]:
    return [item.label for item in answer.items]


def test_findings_come_while_it_is_written(tmp_path: Path) -> None:
    async def story(editor: Editor) -> None:
        editor.open("hello.yml", RUNBOOK + "    expct: result.exit == 0\n")
        found = await editor.found("hello.yml")
        assert [(item.code, item.range.start.line) for item in found] == [("RB302", 8)]
        editor.change("hello.yml", RUNBOOK)
        assert await editor.found("hello.yml", lambda items: not items) == []

    with_editor(tmp_path, story)


def test_both_places_of_a_finding_are_shown(tmp_path: Path) -> None:
    async def story(editor: Editor) -> None:
        editor.open("hello.yml", RUNBOOK + "  - id: hello\n    shell: /bin/true\n")
        (found,) = await editor.found("hello.yml")
        assert found.code == "RB312"
        (also,) = found.related_information
        assert (also.location.uri, also.location.range.start) == (editor.uri("hello.yml"), t.Position(5, 8))

    with_editor(tmp_path, story)


def test_keys_are_proposed(tmp_path: Path) -> None:
    async def story(editor: Editor) -> None:
        place = editor.open("hello.yml", RUNBOOK + "    re‸")
        answer = await editor.client.text_document_completion_async(t.CompletionParams(editor.document("hello.yml"), place))
        assert {"retry", "repeatable", "expect"} <= set(labels(answer))
        assert not {"shell", "doctl", "id"} & set(labels(answer))
        retry = next(item for item in answer.items if item.label == "retry")
        assert applied(RUNBOOK + "    re", [retry.text_edit]).endswith("    retry: ")

    with_editor(tmp_path, story)


def test_what_is_meant_can_be_written_at_once(tmp_path: Path) -> None:
    text = RUNBOOK.replace("title: Hello", "titel: Hello 👋").replace("${who}", "${whoo}") + "    expct: result.exit == 0\n"

    async def story(editor: Editor) -> None:
        editor.open("hello.yml", text)
        found = await editor.found("hello.yml")
        everything = t.Range(t.Position(0, 0), t.Position(99, 0))
        context = t.CodeActionContext(found)
        actions = await editor.client.text_document_code_action_async(t.CodeActionParams(editor.document("hello.yml"), everything, context))
        edits = [edit for action in actions for edit in action.edit.changes[editor.uri("hello.yml")]]
        once = applied(text, edits)
        assert "title: Hello 👋" in once
        assert "    expect: result" in once
        editor.change("hello.yml", once)
        await editor.found("hello.yml", lambda items: [item.code for item in items] == ["RB210"])
        actions = await editor.client.text_document_code_action_async(t.CodeActionParams(editor.document("hello.yml"), everything, context))
        (action,) = actions
        assert action.title == "Write 'who'"
        assert "${who}" in applied(once, action.edit.changes[editor.uri("hello.yml")])

    with_editor(tmp_path, story)
