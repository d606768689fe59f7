"""The language server as an editor meets it: over the protocol, in a process of its own."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from lsprotocol import types as t
from pygls.exceptions import JsonRpcException, JsonRpcRequestCancelled

from runbook_lang.lsp.formatting import formatted
from tests.lsp.client import Editor, applied, position, with_editor

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
        assert "${who}" in once
        assert {action.title for action in actions} == {"Write 'title'", "Write 'who'", "Write 'expect'"}
        editor.change("hello.yml", once)
        await editor.found("hello.yml", lambda items: not items)

    with_editor(tmp_path, story)


async def asked(editor: Editor, question: Any, kind: Any, name: str, place: Any, **more: Any) -> Any:
    return await question(kind(text_document=editor.document(name), position=place, **more))


def text_of(editor: Editor, name: str, where: Any) -> str:
    lines = editor.texts[name].split("\n")
    line = lines[where.start.line].encode("utf-16-le")
    return line[where.start.character * 2 : where.end.character * 2].decode("utf-16-le")


def test_names_are_found_and_renamed_behind_characters_of_two_units(tmp_path: Path) -> None:
    text = RUNBOOK + '  - id: again\n    shell: "/bin/echo 🌍🌍 ${he‸llo.stdout} ${who}"\n'

    async def story(editor: Editor) -> None:
        place = editor.open("hello.yml", text)
        client = editor.client
        await editor.found("hello.yml", lambda items: not items)
        hover = await asked(editor, client.text_document_hover_async, t.HoverParams, "hello.yml", place)
        assert text_of(editor, "hello.yml", hover.range) == "hello"
        assert "step 'hello'" in hover.contents.value
        (found,) = await asked(editor, client.text_document_definition_async, t.DefinitionParams, "hello.yml", place)
        assert (found.uri, text_of(editor, "hello.yml", found.range)) == (editor.uri("hello.yml"), "hello")
        context = t.ReferenceContext(include_declaration=True)
        uses = await asked(editor, client.text_document_references_async, t.ReferenceParams, "hello.yml", place, context=context)
        assert [text_of(editor, "hello.yml", use.range) for use in uses] == ["hello", "hello"]
        prepared = await asked(editor, client.text_document_prepare_rename_async, t.PrepareRenameParams, "hello.yml", place)
        assert (text_of(editor, "hello.yml", prepared.range), prepared.placeholder) == ("hello", "hello")
        edit = await asked(editor, client.text_document_rename_async, t.RenameParams, "hello.yml", place, new_name="greet")
        after = applied(editor.texts["hello.yml"], edit.changes[editor.uri("hello.yml")])
        assert after == editor.texts["hello.yml"].replace("id: hello", "id: greet").replace("${hello", "${greet")
        with pytest.raises(JsonRpcException, match="is a name of this file already"):
            await asked(editor, client.text_document_rename_async, t.RenameParams, "hello.yml", place, new_name="who")

    with_editor(tmp_path, story)


def test_layout_and_overview(tmp_path: Path) -> None:
    untidy = RUNBOOK.replace("title: Hello", "title:    Hello  # 👋")

    async def story(editor: Editor) -> None:
        client = editor.client
        options = t.FormattingOptions(2, True)
        for name, text in (("hello.yml", untidy), ("hello.runbook", 'runbook hello "Say hello" {\nshell   /bin/true\n}\n')):
            editor.open(name, text)
            edits = await client.text_document_formatting_async(t.DocumentFormattingParams(editor.document(name), options))
            assert applied(text, edits) == formatted(name, text) != text
            editor.change(name, applied(text, edits))
            assert not await client.text_document_formatting_async(t.DocumentFormattingParams(editor.document(name), options))
            editor.change(name, text.replace("hello", "{", 1))
            assert not await client.text_document_formatting_async(t.DocumentFormattingParams(editor.document(name), options))
        editor.open("other.yml", "services:   {}\n")
        assert not await client.text_document_formatting_async(t.DocumentFormattingParams(editor.document("other.yml"), options))
        editor.change("hello.yml", RUNBOOK)
        symbols = await client.text_document_document_symbol_async(t.DocumentSymbolParams(editor.document("hello.yml")))
        assert [(item.name, text_of(editor, "hello.yml", item.selection_range)) for item in symbols] == [("who", "who"), ("hello", "hello")]

    with_editor(tmp_path, story)


def test_what_an_editor_changes_bit_by_bit_is_the_same_text(tmp_path: Path) -> None:
    async def story(editor: Editor) -> None:
        editor.open("hello.yml", RUNBOOK)
        start = RUNBOOK.index("world")
        change = t.TextDocumentContentChangePartial(
            t.Range(position(RUNBOOK, start), position(RUNBOOK, start + 5)), "🌍🌍}\n  x: {typ: int"
        )
        editor.edit("hello.yml", change)
        found = await editor.found("hello.yml", lambda items: any(item.code == "RB302" for item in items))
        assert [(item.range.start.line, item.range.start.character) for item in found if item.code == "RB302"] == [(4, 6)]

    with_editor(tmp_path, story)


def test_questions_that_nobody_waits_for_any_more(tmp_path: Path) -> None:
    """Cancelled ones, ones about texts that were changed or closed since, and ones about texts that never were."""

    async def story(editor: Editor) -> None:
        client = editor.client
        place = editor.open("hello.yml", RUNBOOK + "success: hello.‸")
        questions = []
        for number in range(20):
            params = t.CompletionParams(editor.document("hello.yml"), place)
            questions.append(client.protocol.send_request(t.TEXT_DOCUMENT_COMPLETION, params, msg_id=f"q{number}"))
            if number % 2:
                client.cancel_request(t.CancelParams(f"q{number}"))
            editor.change("hello.yml", RUNBOOK + "success: hello." + "x" * number)
        answers = await asyncio.gather(*map(asyncio.wrap_future, questions), return_exceptions=True)
        assert all(isinstance(answer, t.CompletionList | JsonRpcRequestCancelled) for answer in answers), answers
        assert sum(isinstance(answer, t.CompletionList) for answer in answers) >= 10
        far = t.Position(10_000, 10_000)
        for at in (far, t.Position(0, 10_000)):
            await client.text_document_hover_async(t.HoverParams(editor.document("hello.yml"), at))
        client.text_document_did_close(t.DidCloseTextDocumentParams(editor.document("hello.yml")))
        assert await client.text_document_hover_async(t.HoverParams(editor.document("hello.yml"), place)) is None
        assert await client.text_document_completion_async(t.CompletionParams(editor.document("never.yml"), place)) is None
        assert await editor.found("hello.yml", lambda items: not items) == []

    with_editor(tmp_path, story)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_the_units_that_the_editor_wants(tmp_path: Path, encoding: str) -> None:
    async def story(editor: Editor) -> None:
        text = RUNBOOK.replace("shell: /bin/echo", "shell: /bin/echo é🌍 ${nobody}")
        editor.open("hello.yml", text)
        (found,) = await editor.found("hello.yml")
        line = text.split("\n")[found.range.start.line]
        codec = encoding if encoding == "utf-8" else f"{encoding}-le"
        size = {"utf-8": 1, "utf-16": 2, "utf-32": 4}[encoding]
        assert line.encode(codec)[found.range.start.character * size : found.range.end.character * size].decode(codec) == "nobody"

    with_editor(tmp_path, story, encodings=[encoding])


def test_without_the_library_it_is_said_how_to_get_it(tmp_path: Path) -> None:
    hide = "import sys; sys.modules['pygls'] = None; from runbook_lang.cli.main import main; sys.exit(main(['lsp']))"
    done = subprocess.run([sys.executable, "-c", hide], cwd=tmp_path, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 2
    assert "RB770" in done.stderr
    assert "pip install 'runbook-lang[lsp]'" in done.stderr
    assert "Traceback" not in done.stderr
