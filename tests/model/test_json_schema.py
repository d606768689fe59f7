"""The JSON Schemas: as generated, valid, and of one mind with the reader about what is well formed."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from runbook_lang.api import json_schema
from runbook_lang.api.plan_docs import DOCS, EXAMPLES
from runbook_lang.base.diagnostics import Problems
from runbook_lang.model import nodes as m
from runbook_lang.model.build import build
from runbook_lang.model.kinds import constant_of
from runbook_lang.model.policy_build import build_policy
from runbook_lang.surfaces.bind import bind, bind_defaults
from tests.model.reading import tree
from tests.model.test_policy import GOOD as POLICY

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).resolve().parents[2] / "schema"
NAMES = ("runbook.schema.json", "policy.schema.json", "plan.schema.json", "journal.schema.json")
VALIDATORS = {name: Draft202012Validator(json.loads(text)) for name, text in json_schema.files().items()}

BEYOND = {
    "RB312",  # unique names
    "RB314",  # types of defaults and choices
    "RB315",  # the place of else
    "RB319",  # keys of another form
    "RB323",  # regular expressions
    "RB330",  # installed plugins
    "RB332",  # an argument may come from the file's defaults
    "RB335",  # SQL
    "RB350",  # hours
    "RB351",  # time zones
    "RB352",
    "RB353",
    "RB354",  # references
    "RB358",
}
"""What a schema doesn't say. Syntax inside of expressions and templates (RB2xx) is beyond it too."""


@pytest.mark.parametrize("name", NAMES)
def test_the_files_are_as_generated(name: str) -> None:
    """`python -m runbook_lang.api.json_schema --write schema/` writes them anew."""
    assert (FOLDER / name).read_text(encoding="utf-8") == json_schema.files()[name]


@pytest.mark.parametrize("name", NAMES)
def test_the_schemas_are_schemas(name: str) -> None:
    Draft202012Validator.check_schema(VALIDATORS[name].schema)


@pytest.mark.parametrize("name", NAMES)
def test_every_reference_has_its_definition_and_every_definition_its_use(name: str) -> None:
    schema = json_schema.files()[name]
    defined = set(json.loads(schema)["$defs"])
    assert {part.split('"')[0] for part in schema.split("#/$defs/")[1:]} == defined


def properties(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every property of a schema at any depth; one that must not be there has nothing to say."""
    if isinstance(node, list):
        for item in node:
            yield from properties(item, path)
    if not isinstance(node, dict):
        return
    found = node.get("properties")
    for name, schema in found.items() if isinstance(found, dict) else ():
        if schema is not False:
            yield f"{path}/{name}", schema
    for key, value in node.items():
        yield from properties(value, f"{path}/{key}")


def said(schema: dict[str, Any], whole: dict[str, Any], word: str) -> Any:
    """What a property says, itself or by the definition that it refers to."""
    while word not in schema and "$ref" in schema:
        schema = whole["$defs"][schema["$ref"].rpartition("/")[2]]
    return schema.get(word)


@pytest.mark.parametrize("name", NAMES)
def test_every_property_is_described(name: str) -> None:
    whole = json.loads(json_schema.files()[name])
    found = list(properties(whole))
    assert len(found) > 100
    assert [path for path, schema in found if not (said(schema, whole, "description") or "").endswith((".", "?", "`"))] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_schema_and_definition_has_a_title(name: str) -> None:
    whole = json.loads(json_schema.files()[name])
    assert whole["title"]
    assert [key for key, schema in whole["$defs"].items() if not schema.get("title")] == []


@pytest.mark.parametrize("name", NAMES)
def test_defaults_and_examples_are_ones_that_the_schema_takes(name: str) -> None:
    """Fields that a reader would look up have an example; each is valid, as is each default."""
    whole = json.loads(json_schema.files()[name])
    shown = 0
    for path, schema in properties(whole):
        values = [*schema.get("examples", ()), *([schema["default"]] if "default" in schema else [])]
        shown += len(values)
        checker = Draft202012Validator({**schema, "$defs": whole["$defs"]})
        assert [value for value in values if not checker.is_valid(value)] == [], path
    assert shown > 20


def test_what_is_said_about_plans_is_about_what_they_have() -> None:
    """Each text stands in the schema, each example too."""
    text = json_schema.files()["plan.schema.json"]
    assert [key for part in DOCS.values() for key, said in part.items() if json.dumps(said, ensure_ascii=False) not in text] == []
    shown = [value for _, schema in properties(json.loads(text)) for value in schema.get("examples", ())]
    assert [key for key, value in EXAMPLES.items() if value not in shown] == []
    parts = {key.partition(".")[0] for key in EXAMPLES if "." in key}
    assert parts <= DOCS.keys()


def test_the_command_writes_the_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert json_schema.main(["--write", str(tmp_path / "made")]) == 0
    assert sorted(path.name for path in (tmp_path / "made").iterdir()) == sorted(NAMES)
    assert json_schema.main([]) == 0
    assert capsys.readouterr().out == json_schema.files()["runbook.schema.json"]
    assert json_schema.main(["--what"]) == 2


def structural(data: object, name: str) -> list[str]:
    """The reader's findings about the structure of a document; JSON text is YAML with the same values."""
    problems = Problems()
    node = tree(json.dumps(data, ensure_ascii=False), problems)
    assert constant_of(node) == data
    if name == "policy.schema.json":
        build_policy(node, node.span.source, problems)
    else:
        runbook = build(node, node.span.source, problems)
        if runbook is not None:
            bind_defaults(runbook.defaults, problems)
            for action in actions(runbook.steps + runbook.on_failure):
                bind(action, None, problems)
    return [
        f"{item.code} {item.message}" for item in problems if item.is_error and item.code not in BEYOND and not item.code.startswith("RB2")
    ]


def actions(steps: tuple[m.Step, ...]) -> Iterator[m.Action]:
    """All actions, also the inner ones, of all steps at any depth."""
    for step in steps:
        inner = [item for item in (step.mods.undo, step.mods.applied, step.mods.rehearse) if item is not None]
        yield from actions(tuple(inner))
        kind = step.kind
        if isinstance(kind, m.Action):
            yield kind
        elif isinstance(kind, m.Choose):
            yield from actions(tuple(item for arm in kind.arms for item in arm.steps))
        elif isinstance(kind, m.Parallel):
            yield from actions(tuple(item for branch in kind.branches for item in branch.steps))
        elif isinstance(kind, m.ForEach):
            yield from actions(kind.steps)
        elif isinstance(kind, m.Try):
            yield from actions(kind.body + kind.rescue + kind.always)


HEAD: dict[str, Any] = {
    "runbook": "case",
    "title": "A case",
    "description": "Text",
    "source": "RUNBOOK.md",
    "severity": "P1",
    "policy": "policy.yml",
    "window": "night",
    "locks": ["app/${a}"],
    "inputs": {
        "a": {"type": "string", "format": "uuid", "env": "A", "description": "An app"},
        "b": {"type": "int", "default": 3, "choices": [1, 3]},
        "c": "bool",
    },
    "secrets": {"s": {"env": "S", "for": ["${a}"], "description": "key"}},
    "defaults": {"psql": {"database": "db"}},
    "steps": [{"wait": "1m"}],
    "success": "wait_1.ok",
    "on_failure": [{"undo": "all"}],
    "outputs": {"x": "${wait_1.ok}", "y": {"z": [1, None]}},
}
STEPS: list[dict[str, Any]] = [
    {"id": "a", "title": "A", "doctl": "apps list", "when": "x", "guard": "y", "may_fail": True, "settles": ["b"]},
    {
        "doctl": ["apps", "list"],
        "expect": ["result.ok", "x"],
        "retry": {"every": "10s", "for": "5m", "times": 3, "factor": 2, "longest": "1m"},
    },
    {
        "psql": {"sql": "SELECT 1"},
        "timeout": "30s",
        "effect": "read",
        "because": "x",
        "repeatable": True,
        "sensitive": ["rows"],
        "on": "host",
    },
    {"doctl": "apps list", "approve": {"text": "Sure?", "role": "r", "count": 2, "within": "1h"}},
    {
        "doctl": "apps list",
        "undo": {"doctl": "apps get x", "expect": "result.ok", "title": "Back"},
        "applied": {"redis-cli": "PING"},
        "rehearse": {"aws": "s3 ls"},
    },
    {"http": {"get": "https://example.com"}, "approve": True},
    {"kubectl": "get pods", "when": "x", "undo": {"kubectl": "delete"}},
    {"set": {"x": "1 + 1", "y": "2"}},
    {"ask": {"answer": "Q?", "type": "int", "choices": [1, 2], "default": 1, "within": "1h", "role": "r"}},
    {"ask": {"approve": "Q?", "count": 2}},
    {"wait": {"window": "night"}},
    {"choose": [{"when": "x", "steps": [{"wait": "1m"}]}, {"else": [{"stop": "failed"}]}]},
    {"parallel": [{"wait": "1m"}, {"wait": "2m"}]},
    {"parallel": {"branches": {"x": [{"wait": "1m"}]}, "limit": 2, "fail": "late"}},
    {"for_each": {"over": "x", "as": "y", "key": "y.id", "steps": [{"wait": "1m"}], "yield": "y", "max": 5, "limit": 2, "fail": "fast"}},
    {"try": [{"wait": "1m"}], "rescue": [{"wait": "1m"}], "always": [{"wait": "1m"}]},
    {"call": {"runbook": "x.yml", "inputs": {"a": "${x}", "b": [1]}}},
    {"call": "x.yml"},
    {"escalate": {"message": "m", "severity": "P1", "tier": "t"}},
    {"undo": ["a", "b"]},
    {"stop": {"as": "failed", "message": "m"}},
]
DOCUMENTS: list[tuple[str, Any]] = [
    ("runbook.schema.json", HEAD),
    *(("runbook.schema.json", {"runbook": "case", "steps": [step]}) for step in STEPS),
    ("policy.schema.json", constant_of(tree(POLICY))),
]
VALUES: list[Any] = [None, 5, True, "text", "a b", "${x}", [], ["x"], {}, {"zzz": 1}]


def agree(data: Any, name: str) -> str:
    """'' when schema and reader agree on a document, else who finds what."""
    ours = structural(data, name)
    if VALIDATORS[name].is_valid(data) is not bool(ours):
        return ""
    theirs = [error.message[:100] for error in VALIDATORS[name].iter_errors(data)]
    return f"{json.dumps(data.get('steps', data))}\n  reader: {ours}\n  schema: {theirs}"


def mutated(data: Any) -> Iterator[Any]:
    """The document with each value in it replaced by each of VALUES or left out, and with each mapping given an unknown key."""
    start = ("steps", 0) if len(data) == 2 else ()  # of a document that is there for its step, only that
    for path, node in list(paths(data)):
        if len(path) < len(start):
            continue
        for value in VALUES:
            if path and value != node:
                yield changed(data, path, value)
        if path and isinstance(path[-1], str):
            yield changed(data, path, ...)
        if isinstance(node, dict) and "kubectl" not in node:  # beside a plugin's key the schema takes any other
            yield changed(data, (*path, "zzz"), 1)


def paths(node: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    yield path, node
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield from paths(value, (*path, key))


def changed(data: Any, path: tuple[str | int, ...], value: Any) -> Any:
    """A copy with the value at a path set, or deleted for `...`."""
    out = copy.deepcopy(data)
    target = out
    for key in path[:-1]:
        target = target[key]
    if value is ...:
        del target[path[-1]]
    else:
        target[path[-1]] = value
    return out


@pytest.mark.parametrize(("name", "data"), DOCUMENTS, ids=lambda value: value if isinstance(value, str) else None)
def test_good_documents_are_good_for_both(name: str, data: Any) -> None:
    assert structural(data, name) == []
    assert [error.message for error in VALIDATORS[name].iter_errors(data)] == []


@pytest.mark.parametrize(("name", "data"), DOCUMENTS, ids=lambda value: value if isinstance(value, str) else None)
def test_reader_and_schema_agree_on_every_mutation(name: str, data: Any) -> None:
    differences = [found for item in mutated(data) if (found := agree(item, name))]
    assert not differences, f"{len(differences)} differences, first:\n" + "\n".join(differences[:5])
