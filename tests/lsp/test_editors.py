"""What examples/editors hands to editors: files that can be read, and colours for everything that the text form has."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from runbook_lang.api.files import check_file
from runbook_lang.syntax.text.tables import tables
from tests.contracts.tree import ROOT
from tests.lsp.textmate import GRAMMAR, Colours

EDITORS = ROOT / "examples" / "editors"
SAMPLE = Path(__file__).with_name("colours.runbook")
TEXT = SAMPLE.read_text()


def scopes(text: str) -> dict[str, set[str]]:
    """The innermost scope of each piece of a text, by the piece."""
    found: dict[str, set[str]] = {}
    for line in Colours().lines(text):
        for piece in line:
            if piece.text.strip():
                found.setdefault(piece.text.strip(), set()).add(piece.scopes[-1] if piece.scopes else "")
    return found


def patterns(node: Any) -> list[str]:
    if isinstance(node, list):
        return [found for item in node for found in patterns(item)]
    if not isinstance(node, dict):
        return []
    own = [node[key] for key in ("match", "begin", "end", "while") if isinstance(node.get(key), str)]
    return own + [found for value in node.values() for found in patterns(value)]


@pytest.mark.parametrize("path", sorted(EDITORS.rglob("*.json")), ids=lambda path: path.name)
def test_each_json_file_can_be_read(path: Path) -> None:
    assert json.loads(path.read_text())


def test_the_extension_names_files_that_are_there() -> None:
    folder = EDITORS / "vscode"
    package = json.loads((folder / "package.json").read_text())
    named = [package["main"], package["contributes"]["languages"][0]["configuration"], package["contributes"]["grammars"][0]["path"]]
    assert all((folder / name).is_file() for name in named)
    assert package["contributes"]["grammars"][0]["scopeName"] == json.loads(GRAMMAR.read_text())["scopeName"]
    settings = package["contributes"]["configuration"]["properties"]
    client = (folder / package["main"]).read_text()
    assert all(f'"{name.partition(".")[2]}"' in client for name in settings)


def test_the_client_is_javascript() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node isn't installed: nothing else reads JavaScript here")
    done = subprocess.run([node, "--check", str(EDITORS / "vscode" / "extension.js")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_helix_starts_the_server_for_both_forms() -> None:
    settings = tomllib.loads((EDITORS / "helix" / "languages.toml").read_text())
    assert settings["language-server"]["runbook"]["args"] == ["lsp"]
    assert {item["name"] for item in settings["language"] if "runbook" in item["language-servers"]} == {"runbook", "yaml"}


def test_patterns_are_ones_that_every_engine_reads() -> None:
    found = patterns(json.loads(GRAMMAR.read_text()))
    assert len(found) > 30
    for pattern in found:
        re.compile(pattern.replace(r"\1", ""))  # in a `while` it is what `begin` has found


def test_includes_lead_somewhere() -> None:
    grammar = json.loads(GRAMMAR.read_text())
    for name in re.findall(r'"include": "#([\w-]+)"', GRAMMAR.read_text()):
        assert name in grammar["repository"]


def test_the_sample_is_a_runbook() -> None:
    assert check_file(str(SAMPLE)).diagnostics == ()


def test_nothing_is_lost_or_made_up() -> None:
    assert "\n".join("".join(piece.text for piece in line) for line in Colours().lines(TEXT)) == TEXT


@pytest.mark.parametrize("word", sorted(tables().keywords))
def test_every_word_of_the_language_has_a_colour(word: str) -> None:
    (scope,) = scopes(f"{word} x").get(word, {""}) if word not in ("runbook", "step") else scopes(f"{word} x")[word]
    assert scope.startswith(("keyword.", "support.function.executor."))


@pytest.mark.parametrize(
    ("piece", "scope"),
    [
        ("# Restarts the app when it doesn't answer.", "comment.line.number-sign.runbook"),
        ("restart-when-down", "entity.name.type.runbook"),
        ("health_url", "variable.parameter.runbook"),
        ("uuid", "support.type.runbook"),
        ("health", "entity.name.function.step.runbook"),
        ("doctl", "support.function.executor.runbook"),
        ("http", "support.function.executor.runbook"),
        ("--wait", "variable.parameter.option.runbook"),
        ("size", "support.function.expression.runbook"),
        ("result", "variable.language.runbook"),
        ("status", "variable.other.property.runbook"),
        ('"ACTIVE"', "string.quoted.double.expression.runbook"),
        ("200", "constant.numeric.runbook"),
        ("10s", "constant.numeric.duration.runbook"),
        ("&&", "keyword.operator.runbook"),
        ("SELECT id FROM users", "meta.embedded.sql"),
        ("Shall it go on", "string.unquoted.block.runbook"),
        ("${", "punctuation.definition.template-expression.begin.runbook"),
        ("read", "constant.language.runbook"),
        ("follow", "entity.other.attribute-name.runbook"),
    ],
)
def test_colours(piece: str, scope: str) -> None:
    assert scope in scopes(TEXT)[piece]


@pytest.mark.parametrize("text", ['step a "open', "psql |", "  x ${", "shell 'a", 'set x = "', "when (", "{ } ] ) ;", "runbook", '"${"${"'])
def test_what_is_half_written_ends(text: str) -> None:
    assert "".join(piece.text for line in Colours().lines(text + "\nnext {") for piece in line) == text + "next {"
