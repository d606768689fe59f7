"""Surface files: what is refused, where, and that those of the package are in the documented form."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_lang.base.diagnostics import Problems
from runbook_lang.surfaces.facts_files import facts_file
from runbook_lang.surfaces.tool_facts import Tool
from runbook_lang.surfaces.tool_file import MAX_BYTES, read_tool

if TYPE_CHECKING:
    from pathlib import Path

START = '{"format": 1, "program": "doctl",\n'
GOOD = START + '"commands": {"apps list": {"effect": "read"}}}'


def refused(text: str, program: str = "doctl") -> tuple[str, int, int, str]:
    problems = Problems()
    assert read_tool("surfaces/doctl.json", text.encode(), program, problems) is None
    (item,) = problems.items
    assert item.span is not None
    assert item.span.source.name == "surfaces/doctl.json"
    return item.code, item.span.line, item.span.column, item.message


@pytest.mark.parametrize(
    ("text", "code", "place", "said"),
    [
        ("", "RB593", (1, 1), "no JSON"),
        ('{"format": 1,\n "program" 2}', "RB593", (2, 12), "no JSON"),
        ("[]", "RB593", (1, 1), "is a JSON object"),
        ("[" * 100_000, "RB593", (1, 1), "nested too deeply"),
        ('{"format": 1, "format": 1}', "RB593", (1, 1), "'format' stands twice"),
        ('{"program": "doctl", "commands": {}}', "RB593", (1, 1), "'format' must be"),
        ('{"format": "1", "program": "doctl", "commands": {}}', "RB593", (1, 2), "'format' must be"),
        ('{\n"format": 2, "anything": 1}', "RB594", (2, 1), "has the format 2"),
        ('{"format": 1, "program": "doctl"}', "RB593", (1, 1), "'commands' is missing"),
        ('{"format": 1,\n"program": "kubectl", "commands": {}}', "RB593", (2, 1), "about 'kubectl'"),
        (START + '"comands": {}}', "RB593", (1, 1), "'commands' is missing"),
        (START + '"commands": {}, "hint": {}}', "RB593", (2, 17), "no key 'hint'"),
        (START + '"commands": {"a": {"effect": "reads"}}}', "RB593", (2, 20), "one of read, change, destroy"),
        (START + '"commands": {"a": {"positionals": [2, 1]}}}', "RB593", (2, 20), "least and the most"),
        (START + '"commands": {"a": {"flags": {"x": {"type": "bool"}}}}}', "RB593", (2, 30), "begins with '-'"),
        (START + '"commands": {"a": {"flags": {"--x": {}}}}}', "RB593", (2, 30), "with 'type'"),
        (START + '"commands": {"a": {"flags": {"--x": {"type": "text"}}}}}', "RB593", (2, 38), "one of string, bool"),
        (START + '"commands": {"a": {"shape": "b"}}}', "RB593", (2, 20), "no shape 'b'"),
        (START + '"commands": {"a": []}}', "RB593", (2, 14), "is an object"),
    ],
)
def test_a_file_that_is_not_as_documented_is_refused_with_its_place(text: str, code: str, place: tuple[int, int], said: str) -> None:
    found = refused(text)
    assert (found[0], found[1:3]) == (code, place)
    assert said in found[3]


def test_a_file_that_is_too_large_is_refused() -> None:
    assert refused(GOOD + " " * MAX_BYTES)[:1] == ("RB595",)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["format", "commands", "program", "flags", "effect", "a", "--x"]), inner, max_size=4)))  # fmt: skip
def test_no_json_makes_the_reader_fail(data: Any) -> None:
    problems = Problems()
    assert (read_tool("x", json.dumps(data).encode(), "doctl", problems) is None) == problems.failed


@pytest.mark.parametrize(
    ("name", "program"), [("doctl", "doctl"), ("psql", "psql"), ("redis_cli", "redis-cli"), ("redis_commands", "redis-cli")]
)
def test_the_files_of_this_package_are_as_documented(name: str, program: str) -> None:
    data = dict(facts_file(name))
    if name == "redis_cli":
        data["program"] = "options"  # the program's options; the commands of the server are the other file
        program = "options"
    problems = Problems()
    read_tool(name, json.dumps(data).encode(), program, problems)
    assert [item.message for item in problems] == []


def test_each_shape_is_a_type() -> None:
    tool = Tool(facts_file("doctl"))
    used = {facts["shape"] for facts in tool.commands.values() if "shape" in facts}
    assert used
    assert {shape for shape in used if tool.type(shape) is None} == set()
    assert tool.type("nothing") is None


def test_a_shape_that_names_itself_ends(tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"next": {"$ref": "#/shapes/list"}}}
    assert str(Tool({"program": "x", "commands": {}, "shapes": {"list": schema}}).type("list")) == "list"


def test_a_group_need_not_be_listed() -> None:
    tool = Tool({"program": "x", "commands": {"a b c": {"effect": "read", "aliases": ["d"]}}})
    assert dict(tool.below("")) == {"a": "a"}
    assert dict(tool.below("a b")) == {"c": "a b c", "d": "a b c"}
    assert tool.children("a b") == ["c"]
