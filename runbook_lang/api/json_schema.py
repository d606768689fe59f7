"""The JSON Schemas of runbooks and policies, made from the tables that the reader itself works by; and of plans.

`python -m runbook_lang.api.json_schema --write schema/` writes them; without `--write` the runbook's goes to standard
output. What a schema can't say (unique names, the types of defaults, the place of `else`, syntax inside of
expressions) is left to `runbook check`.
"""

from __future__ import annotations

import os
import sys

from ..expr.lexer import LITERAL_WORDS, RESERVED
from ..model import fields as f
from ..model import policy_fields as p
from ..model.names import IDENTIFIER, LONGEST, OWN_NAMES, RUNBOOK_NAME
from ..model.policy_build import POLICY_NAME
from ..surfaces import registry
from .schema_docs import ACTIONS, title_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from ..model.fields import Field, Table
    from ..surfaces.kinds import Arg, Surface

    Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_PART = "[0-9]{1,12}"
_DURATION = rf"^(?=.)(?:{_PART}d)?(?:{_PART}h)?(?:{_PART}m)?(?:{_PART}s)?(?:{_PART}ms)?(?:{_PART}us)?$"
_HOLE = r"^\$\{[\s\S]*\}$"
_SCALAR = ["string", "number", "boolean"]

LEAVES: dict[str, Schema] = {
    "identifier": {
        "type": "string",
        "pattern": f"^{IDENTIFIER.pattern}$",
        "maxLength": LONGEST,
        "not": {"enum": sorted(RESERVED | LITERAL_WORDS | OWN_NAMES)},
    },
    "policy_name": {"type": "string", "pattern": f"^{POLICY_NAME.pattern}$"},
    "word": {"type": "string", "minLength": 1, "not": {"pattern": r"\$\{"}},
    "expression": {"type": _SCALAR, "minLength": 1, "title": "An expression"},
    "template": {"type": _SCALAR, "title": "Text that may hold ${…}"},
    "duration": {"type": "string", "pattern": _DURATION, "title": "A duration such as 10s, 5m or 1h30m"},
    "date": {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
    "steps": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/step"}},
}
"""Definitions that both schemas may use; only those that are used are written."""


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _one_or_list(item: Schema) -> Schema:
    return {"anyOf": [item, {"type": "array", "minItems": 1, "items": item}]}


def _named(value: Schema, names: str = "identifier") -> Schema:
    return {"type": "object", "propertyNames": _ref(names), "additionalProperties": value}


def _least(schema: Schema, field: Field) -> Schema:
    return schema if field.least is None else {**schema, "minimum": field.least}


def _duration(field: Field) -> Schema:
    schema = _ref("duration")
    return schema if field.least is None else {**schema, "pattern": "[1-9]"}


def _table(table: Table, *, one_of: Iterable[str] = (), any_of: Iterable[str] = (), least: int = 0) -> Schema:
    """A mapping with the keys of a table, and nothing else."""
    out: Schema = {"type": "object", "properties": {key: schema_of(field) for key, field in table.items()}}
    required = [key for key, field in table.items() if field.required]
    if required:
        out["required"] = required
    for word, keys in (("oneOf", one_of), ("anyOf", any_of)):
        if keys:
            out[word] = [{"required": [key]} for key in keys]
    if least:
        out["minProperties"] = least
    out["additionalProperties"] = False
    return out


def _any(*schemas: Schema) -> Schema:
    return {"anyOf": list(schemas)}


def _by_severity(value: Schema) -> Schema:
    return _any(value, _named(value, "policy_name"))


def _channel() -> Schema:
    return {**_table(p.NOTIFY), "minProperties": 1, "maxProperties": 1}


MAKERS: dict[str, Callable[[Field], Schema]] = {
    "text": lambda field: {"type": "string"},
    "word": lambda field: _ref("word"),
    "file": lambda field: _ref("word"),
    "runbook_name": lambda field: {"type": "string", "pattern": f"^{RUNBOOK_NAME.pattern}$", "maxLength": LONGEST},
    "id": lambda field: _ref("identifier"),
    "loop_name": lambda field: _ref("identifier"),
    "names": lambda field: _one_or_list(_ref("identifier")),
    "expr": lambda field: _ref("expression"),
    "exprs": lambda field: _one_or_list(_ref("expression")),
    "template": lambda field: _ref("template"),
    "templates": lambda field: _one_or_list(_ref("template")),
    "data": lambda field: {},
    "constant": lambda field: {},
    "constants": lambda field: {"type": "array", "minItems": 1},
    "bool": lambda field: {"type": "boolean"},
    "int": lambda field: _least({"type": "integer"}, field),
    "approvers": lambda field: _any(_least({"type": "integer"}, field), {"const": "destroy"}),
    "number": lambda field: _least({"type": "number"}, field),
    "duration": _duration,
    "choice": lambda field: {"enum": list(field.choices)},
    "steps": lambda field: _ref("steps"),
    "action": lambda field: _ref("action"),
    "named": lambda field: _named({}),
    "inputs": lambda field: _named(_any({"enum": list(f.INPUT_TYPES)}, _table(f.INPUT, least=1))),
    "secrets": lambda field: _named(_table(f.SECRET, one_of=f.SECRET_SOURCES)),
    "defaults": lambda field: _defaults(),
    "retry": lambda field: _table(f.RETRY, any_of=("for", "times")),
    "approve": lambda field: _any({"type": ["string", "boolean"]}, _table(f.APPROVE)),
    "set": lambda field: {**_named(_ref("expression")), "minProperties": 1},
    "ask": lambda field: _table(f.ASK, one_of=("answer", "do", "approve")),
    "wait": lambda field: _any(_ref("duration"), _table(f.WAIT, one_of=("at", "window"))),
    "choose": lambda field: {"type": "array", "minItems": 1, "items": _any(_table(f.ARM), _table(f.ELSE_ARM))},
    "parallel": lambda field: _any(_ref("steps"), _table(f.PARALLEL)),
    "branches": lambda field: {**_named(_ref("steps")), "minProperties": 1},
    "for_each": lambda field: _table(f.FOR_EACH),
    "call": lambda field: _any(_ref("word"), _table(f.CALL)),
    "escalate": lambda field: _any({"type": "string"}, _table(f.ESCALATE)),
    "undo": lambda field: _one_or_list(_ref("identifier")),
    "stop": lambda field: _any(schema_of(f.STOP["as"]), _table(f.STOP)),
    "people": lambda field: _named(_table(p.PERSON), "policy_name"),
    "tiers": lambda field: _named(_table(p.TIER), "policy_name"),
    "severities": lambda field: _named(_table(p.SEVERITY), "policy_name"),
    "windows": lambda field: _named(_table(p.WINDOW), "policy_name"),
    "approvals": lambda field: _table(p.APPROVALS),
    "roles": lambda field: _named(_any(_ref("policy_name"), {"type": "array", "items": _ref("policy_name")}), "policy_name"),
    "policy_names": lambda field: _any(_ref("policy_name"), {"type": "array", "items": _ref("policy_name")}),
    "waits": lambda field: _table(p.WAITS),
    "hours": lambda field: _ref("word"),
    "hours_by_severity": lambda field: _by_severity(_ref("word")),
    "durations_by_severity": lambda field: _by_severity(_duration(field)),
    "notify": lambda field: _any(_channel(), {"type": "array", "items": _channel()}),
    "zone": lambda field: _ref("word"),
    "date": lambda field: _ref("date"),
    "dates": lambda field: {"type": "array", "items": _ref("date")},
    "holidays": lambda field: _any({"type": "array", "items": _ref("date")}, _table(p.HOLIDAY)),
    "words": lambda field: _one_or_list(_ref("word")),
    "emails": lambda field: _one_or_list({"type": "string", "pattern": "^[^@\\s]+@[^@\\s]+$"}),
    "after": lambda field: _table(p.AFTER),
    "checklist": lambda field: {"type": "array", "items": _any(_ref("word"), _table(p.CHECK))},
    "freezes": lambda field: {"type": "array", "items": _table(p.FREEZE)},
    "email": lambda field: {"type": "string", "pattern": "^[^@\\s]+@[^@\\s]+$"},
    "key": lambda field: {"type": "string", "pattern": "^ed25519:[A-Za-z0-9+/]{43}=$"},
}
"""From the kind of a field to its schema."""


def schema_of(field: Field) -> Schema:
    """The schema of a field's value, with what the table says about it."""
    schema: Schema = {"description": field.doc, **MAKERS[field.kind](field)}
    if field.default is not None:
        schema["default"] = field.default
    if field.example:
        schema["examples"] = [_example(field.example)]
    return schema


def _example(text: str) -> object:
    from ..base.diagnostics import Problems
    from ..base.source import Source
    from ..model.kinds import constant_of
    from ..syntax.yaml_reader import read_yaml

    node = read_yaml(Source("example", text), Problems())
    assert node is not None
    return constant_of(node)


_ARGS: dict[str, Callable[[Arg], Schema]] = {
    "words": lambda arg: _any({"type": _SCALAR, "minLength": 1}, {"type": "array", "minItems": 1, "items": _ref("template")}),
    "text": lambda arg: _ref("template"),
    "expr": lambda arg: _ref("expression"),
    "sql": lambda arg: _ref("template"),
    "json": lambda arg: {},
    "map": lambda arg: {"type": "object", "additionalProperties": _ref("template")},
    "int": lambda arg: _any({"type": "integer"}, {"type": "string", "pattern": _HOLE}),
    "bool": lambda arg: _any({"type": "boolean"}, {"type": "string", "pattern": _HOLE}),
    "duration": lambda arg: _any(_ref("duration"), {"type": "string", "pattern": _HOLE}),
    "name": lambda arg: {"enum": list(arg.choices)} if arg.choices else _ref("word"),
}


def _arguments(surface: Surface) -> Schema:
    """The mapping of an executor's arguments. None is required here: `defaults` of the file may give it."""
    properties = {name: {"description": arg.doc, **_ARGS[arg.kind](arg)} for name, arg in surface.args.items()}
    about = f"What {surface.name} needs to know. What stands in `defaults` needn't be said in each step."
    return {"description": about, "type": "object", "properties": properties, "additionalProperties": False}


def _surfaces() -> dict[str, Surface]:
    found = {name: registry.surface(name) for name in f.EXECUTORS}
    return {name: surface for name, surface in found.items() if surface is not None}


def _defaults() -> Schema:
    known = {name: _ref(f"args.{name}") for name in f.EXECUTORS}
    return {"type": "object", "minProperties": 1, "properties": known, "additionalProperties": {"type": "object"}}


def _call(surface: Surface) -> Schema:
    """What stands below an executor's key: its arguments, the short form, or nothing."""
    forms = [_ref(f"args.{surface.name}"), {"type": "null"}]
    if surface.shorthand:
        arg = surface.args[surface.shorthand]
        forms.append({**_ARGS[arg.kind](arg), "not": {"type": "object"}, "description": f"Short for `{surface.shorthand}`. {arg.doc}"})
    return {"description": ACTIONS.get(surface.name, f"An action of {surface.name}."), "anyOf": forms}


def _steps(defs: Schema, surfaces: dict[str, Surface]) -> None:
    """One definition for each kind of step, and `step`, which is one of them."""
    own = {**f.STEP, **f.MODIFIERS, **f.ACTION_MODIFIERS, **f.TRY}
    for key, field in own.items():
        defs[f"key.{key}"] = schema_of(field)
    names = []
    for name in (*surfaces, *f.KINDS):
        kind = "action" if name in surfaces else name
        value = _ref(f"call.{name}") if name in surfaces else schema_of(f.KINDS[name])
        defs[f"step.{name}"] = _step(name, value, f.beside(kind))
        if name == "try":
            defs["step.try"]["anyOf"] = [{"required": [key]} for key in (*f.TRY, "may_fail")]
        names.append(f"step.{name}")
    defs["step.plugin"] = _plugin(f.beside("action"), "A step of an executor that isn't built in")
    defs["step"] = {"type": "object", "anyOf": [_ref(name) for name in (*names, "step.plugin")]}
    for name in surfaces:
        defs[f"action.{name}"] = _step(name, _ref(f"call.{name}"), f.INNER)
    defs["action.plugin"] = _plugin(f.INNER, "An action of an executor that isn't built in")
    defs["action"] = {"type": "object", "anyOf": [_ref(f"action.{name}") for name in (*surfaces, "plugin")]}


def _step(name: str, value: Schema, table: Table) -> Schema:
    properties = {name: value, **{key: _ref(f"key.{key}") for key in table}}
    return {"title": f"A step: {name}", "required": [name], "properties": properties, "additionalProperties": False}


def _plugin(table: Table, title: str) -> Schema:
    """At least one key that no step has, and no kind that is known."""
    allowed: Schema = {key: _ref(f"key.{key}") for key in table}
    other = {key: False for key in f.STEP_KEYS if key not in table}
    return {"title": title, "not": {"propertyNames": {"enum": list(f.STEP_KEYS)}}, "properties": allowed | other}


def runbook_schema() -> Schema:
    """The schema of a runbook file."""
    surfaces = _surfaces()
    defs: Schema = {}
    for name, surface in surfaces.items():
        defs[f"args.{name}"] = _arguments(surface)
        defs[f"call.{name}"] = _call(surface)
    _steps(defs, surfaces)
    return _document("runbook.schema.json", "A runbook", _table(f.RUNBOOK), defs)


def policy_schema() -> Schema:
    """The schema of a policy file."""
    return _document("policy.schema.json", "A policy: people, tiers, severities, approvals, windows", _table(p.POLICY), {})


def _document(id: str, title: str, body: Schema, defs: Schema) -> Schema:
    used = {**LEAVES, **defs}
    text = repr((body, defs, LEAVES["steps"] if "step" in defs else ""))
    kept = {name: _titled(name, used[name]) for name in sorted(used) if f"'#/$defs/{name}'" in text}
    return {"$schema": DIALECT, "$id": id, "title": title, **body, "$defs": kept}


def _titled(name: str, schema: Schema) -> Schema:
    title = schema.get("title") or title_of(name)
    return {"title": title, **schema} if title else schema


def files() -> dict[str, str]:
    """The text of each schema file by its name."""
    import json

    from .journal_schema import journal_schema
    from .plan_schema import plan_schema

    made = {
        "runbook.schema.json": runbook_schema(),
        "policy.schema.json": policy_schema(),
        "plan.schema.json": {"$schema": DIALECT, **plan_schema()},
        "journal.schema.json": {"$schema": DIALECT, **journal_schema()},
    }
    return {name: json.dumps(schema, indent=2, ensure_ascii=False) + "\n" for name, schema in made.items()}


def main(argv: list[str]) -> int:
    """Write the schemas into the folder after `--write`, or the runbook's to standard output."""
    if len(argv) == 2 and argv[0] == "--write":
        os.makedirs(argv[1], exist_ok=True)
        for name, text in files().items():
            with open(os.path.join(argv[1], name), "w", encoding="utf-8") as file:
                file.write(text)
        return 0
    if argv:
        sys.stderr.write("usage: python -m runbook_lang.api.json_schema [--write FOLDER]\n")
        return 2
    sys.stdout.write(files()["runbook.schema.json"])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
