"""The JSON Schema of a plan: what `runbook plan --format json` prints and what its file holds. Version FORMAT of the form."""

from __future__ import annotations

from ..plan.as_json import FORMAT
from ..plan.entry import FAILURE, MAYBE, NO, YES, Entry
from .plan_docs import DOCS, EXAMPLES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Schema = dict[str, Any]

KINDS = (
    "act", "escalate", "set", "ask", "wait", "when", "guard", "choose", "else", "success", "parallel", "loop", "try", "rescue",
    "always", "call", "on_failure", "undo", "stop", "output",
)  # fmt: skip
_TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_PYTHON = {"string": str, "integer": int, "array": list, "object": dict}
"""Of which class an example is, by the type of its field."""
_FLAG: Schema = {"type": "boolean"}
_DIGEST: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_MOMENT: Schema = {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$"}
_EFFECT: Schema = {"enum": ["read", "change", "destroy"]}
_TIME: Schema = {"anyOf": [_COUNT, {"type": "null"}]}


def _closed(part: str, required: Schema, optional: Schema | None = None, title: str = "") -> Schema:
    """A mapping with these keys and no others; `part` names what is said about them."""
    properties = {key: _described(part, key, schema) for key, schema in {**required, **(optional or {})}.items()}
    body: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    body = {"title": title, **body} if title else body
    return {**body, "required": list(required)} if required else body


def _described(part: str, key: str, schema: Schema) -> Schema:
    out = {"description": DOCS[part][key], **schema}
    example = EXAMPLES.get(f"{part}.{key}", EXAMPLES.get(key))
    if type(example) is _PYTHON.get(str(schema.get("type"))):
        out["examples"] = [example]
    return out


def _with_defaults(schema: Schema) -> Schema:
    """An entry whose fields are left out where they are empty: what they are then."""
    empty = Entry.__field_defaults__  # type: ignore[attr-defined]  # set by the Record metaclass
    for key, field in schema["properties"].items():
        if key not in schema["required"] and "enum" not in field and type(empty.get(key)) in (str, int, bool):
            field["default"] = empty[key]
    return schema


def _list(item: Schema) -> Schema:
    return {"type": "array", "items": item}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def plan_schema() -> Schema:
    """The whole schema, without its dialect."""
    top = _closed("file", {"digest": _DIGEST, "content": _DIGEST, "plan": _ref("plan")}, {"envelope": _ref("envelope")})
    defs = {"plan": _plan(), "entry": _entry(), "wanted": _wanted(), "assumptions": _assumptions(), "envelope": _envelope()}
    return {"$id": "plan.schema.json", "title": f"A plan, version {FORMAT}", **top, "$defs": defs}


def _plan() -> Schema:
    hole = _closed("hole", {"text": _TEXT, "type": _TEXT, "path": _TEXT, "what": {"enum": ["value", "condition"]}}, {"means": _TEXT})
    given = _closed(
        "input",
        {"name": _TEXT, "type": _TEXT, "origin": {"enum": ["given", "default", "open"]}},
        {"value": {}, "env": _TEXT, "description": _TEXT, "format": _TEXT, "pattern": _TEXT, "choices": {"type": "array"}},
    )
    longest = {"steps_us": _TIME, "handling_us": _TIME, "sla_us": _TIME, "within_sla": {"type": ["boolean", "null"]}}
    return _closed(
        "plan",
        {
            "format": {"const": FORMAT},
            "runbook": _TEXT,
            "title": _TEXT,
            "program": _DIGEST,
            "severity": _TEXT,
            "risk": _closed("risk", {"effect": _EFFECT, "undoable": _FLAG, "text": _TEXT}),
            "counts": _closed("counts", dict.fromkeys(("read", "change", "destroy", "escalate", "ask"), _COUNT)),
            "not_undoable": _TEXTS,
            "problems": _list(_closed("problem", {"path": _TEXT, "problem": _TEXT})),
            "inputs": _list(given),
            "secrets": _list(_closed("secret", {"name": _TEXT, "source": _TEXT, "where": _TEXT}, {"for": _TEXTS})),
            "locks": _TEXTS,
            "window": _TEXT,
            "targets": _TEXTS,
            "waits": _list(_ref("wanted")),
            "longest": _closed("longest", longest),
            "unknowns": _list(hole),
            "entries": _list(_ref("entry")),
            "outputs": {"type": "object"},
            "files": {"type": "object", "additionalProperties": _DIGEST},
            "surfaces": {"type": "object", "additionalProperties": _COUNT},
            "assumptions": {"anyOf": [_ref("assumptions"), {"type": "null"}]},
        },
        title="What a runbook would do",
    )


def _entry() -> Schema:
    condition = _closed(
        "condition",
        {
            "what": {"enum": ["when", "guard", "choose", "success"]},
            "text": _TEXT,
            "value": {"enum": ["true", "false", "undecided", "error"]},
        },
        {"note": _TEXT},
    )
    retry = _closed("retry", {}, {"every_us": _COUNT, "for_us": _COUNT, "times": _COUNT, "longest_us": _COUNT, "factor": _TEXT})
    stdin = _closed("stdin", {"lines": _COUNT, "text": _TEXT}, {"sha256": _DIGEST})
    entry = _closed(
        "entry",
        {"kind": {"enum": list(KINDS)}, "reached": {"enum": [YES, MAYBE, FAILURE, NO]}},
        {
            "path": _TEXT,
            "role": {"enum": ["main", "applied", "undo", "rehearse"]},
            "title": _TEXT,
            "depth": _COUNT,
            "condition": condition,
            "effect": _EFFECT,
            "inferred": _EFFECT,
            "why": _TEXT,
            "because": _TEXT,
            "executor": _TEXT,
            "words": _TEXTS,
            "env": {"type": "object", "additionalProperties": _TEXT},
            "files": _TEXTS,
            "stdin": stdin,
            "cwd": _TEXT,
            "on": _TEXT,
            "data": {},
            "digest": _DIGEST,
            "problem": _TEXT,
            "expect": _TEXTS,
            "retry": retry,
            "limit_us": _COUNT,
            "repeatable": _FLAG,
            "roles": _TEXTS,
            "approval": _ref("wanted"),
            "settles": _TEXTS,
            "targets": _TEXTS,
            "windows": _TEXTS,
            "sensitive": _TEXTS,
            "may_fail": _FLAG,
            "facts": {"type": "object"},
        },
        "A step, or what stands beside it; what is empty is left out",
    )
    return _with_defaults(entry)


def _wanted() -> Schema:
    return _closed(
        "wanted",
        {"path": _TEXT, "what": {"enum": ["approval", "answer", "do", "time"]}},
        {"text": _TEXT, "count": _COUNT, "role": _TEXT, "within_us": _COUNT, "why": _TEXT},
        "What people, or a moment, have to give",
    )


def _assumptions() -> Schema:
    change = _closed("expected", {"path": _TEXT, "role": _TEXT, "words": _TEXTS}, {"digest": _DIGEST})
    return _closed(
        "assumptions",
        {
            "depth": {"enum": ["reads", "rehearse"]},
            "filled": _list(_closed("filled", {"hole": _TEXT, "value": _TEXT, "path": _TEXT})),
            "skipped": _TEXTS,
            "changes": _list(change),
        },
        title="What a dry run found; a run that is bound to the plan is refused a change where the world answers otherwise",
    )


def _envelope() -> Schema:
    approval = _closed(
        "approval",
        {
            "by": _TEXT,
            "at": _MOMENT,
            "verdict": {"enum": ["approved", "refused"]},
            "digest": _DIGEST,
            "content": _DIGEST,
            "plan": _TEXT,
            "expires": _MOMENT,
            "note": _TEXT,
        },
        {"signature": _TEXT},
    )
    uuid = {"type": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"}
    return _closed(
        "envelope",
        {"id": uuid, "created": _MOMENT, "expires": _MOMENT, "by": _TEXT, "file": _TEXT, "approvals": _list(approval)},
        title="What tells this file from another one with the same plan",
    )
