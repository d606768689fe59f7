"""The tables of the language: every key of every mapping, what stands under it, and why.

The reader, the JSON Schemas and the reference all work from these tables, so that none of
them can say something else than the others. `kind` names a reader of `model.kinds`; the kinds are:

=============== ==========================================================================
text            any text
word            non-empty text without `${…}`: known before anything runs
name, names     an identifier; one of them or a list
expr, exprs     an expression; one of them or a list
template        text with `${…}`; `templates`: one of them or a list
data            text with `${…}`, a number, true, false, null, or lists and mappings of those
constant        data in which `${` means nothing; `constants`: a list of them
bool, int       …; `least` is the smallest int or duration (in microseconds) that is accepted
number          an int or a decimal
approvers       an int, or `destroy`: as many as the policy wants for what destroys
duration        `10s`, `5m`, `1h30m`
choice          one of `choices`
steps           a list of at least one step
action          a step that is an executor's action and has no id
named           a mapping of identifiers to values of kind `of`
(others)        forms of their own, each with its reader and its schema
=============== ==========================================================================
"""

from __future__ import annotations

from ..base.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    Table = Mapping[str, "Field"]


class Field(Record):
    """One key of a mapping. `doc` is a sentence for readers; `example` is YAML text of a value."""

    kind: str
    doc: str
    required: bool = False
    choices: tuple[str, ...] = ()
    of: str = ""
    least: int | None = None
    example: str = ""
    default: object = None


EXECUTORS: tuple[str, ...] = ("doctl", "psql", "redis-cli", "aws", "http", "tls", "shell", "render", "notify")
"""The executors that come with the language. A step's key that is none of its own keys names a plugin's."""

INPUT_TYPES = ("string", "int", "number", "bool", "list", "map")
INPUT_FORMATS = ("uuid", "uri", "email", "date", "duration", "host")
ANSWER_TYPES = ("bool", "string", "int", "number")
SECRET_SOURCES = ("env", "file", "command", "prompt")
FAILS = ("fast", "late")

RUNBOOK: Table = {
    "runbook": Field("runbook_name", "The name of the runbook: letters, digits, `-`, `_`, `.`.", required=True, example="rollback-app"),
    "title": Field("text", "One line that says what the runbook does.", example="Roll the app back"),
    "description": Field("text", "A longer text for the plan and the report."),
    "source": Field("text", "The section of a manual that this implements.", example="RUNBOOK.md §4.1"),
    "severity": Field("word", "The severity of the incident that this answers; the policy lists them.", example="P1"),
    "policy": Field("file", "The policy file: people, tiers, hours, approvals. Relative to this file.", example="policy.yml"),
    "window": Field("word", "The policy's window in which alone this may make changes.", example="maintenance"),
    "locks": Field("templates", "One run at a time may hold each of these; made from inputs only.", example='["app/${app_id}"]'),
    "inputs": Field("inputs", "What whoever starts the run gives.", of="input"),
    "secrets": Field("secrets", "What the run needs and nobody may see.", of="secret"),
    "defaults": Field("defaults", "Arguments for all actions of an executor in this file; a step's own arguments win."),
    "steps": Field("steps", "What is done, in this order.", required=True),
    "success": Field("expr", "True when the run has reached its aim; checked after the last step.", example="health.ok"),
    "on_failure": Field("steps", "What is done when a step has failed and nothing rescued it. Each step is tried."),
    "outputs": Field("named", "What a calling runbook or a report may read.", of="data"),
}

INPUT: Table = {
    "type": Field("choice", "The type of the value.", choices=INPUT_TYPES, default="string"),
    "format": Field("choice", "A narrower form of a string.", choices=INPUT_FORMATS),
    "env": Field("word", "The environment variable that gives the value when none is given.", example="DO_APP_ID"),
    "default": Field("constant", "The value when none is given."),
    "description": Field("text", "What the value is, for whoever has to give it."),
    "choices": Field("constants", "The only values that are accepted."),
    "pattern": Field("word", "A regular expression that a string must match as a whole."),
}

SECRET: Table = {
    "env": Field("word", "The environment variable that holds it.", example="DIGITALOCEAN_ACCESS_TOKEN"),
    "file": Field("word", "The file whose text it is."),
    "command": Field("word", "The command whose output it is; split into words, never given to a shell.", example="pass show db"),
    "prompt": Field("word", "The question to ask the operator; nothing typed is shown."),
    "for": Field("templates", "The only hosts it may be sent to.", example='["${api}"]'),
    "description": Field("text", "What it gives access to."),
}

STEP: Table = {
    "id": Field("id", "The name by which expressions read this step's result.", example="deployments"),
    "title": Field("text", "What the step does, for people.", example="List the deployments"),
}

MODIFIERS: Table = {
    "when": Field("expr", "The step runs only if this is true; else it is skipped.", example="size(target.stable) > 0"),
    "guard": Field("expr", "If this is false the step refuses, and the run takes its failure path."),
    "may_fail": Field("bool", "A failure is recorded, and the run goes on.", default=False),
    "settles": Field("names", "Steps whose undo is no longer valid once this one is done.", example="[rollback]"),
}

ACTION_MODIFIERS: Table = {
    "expect": Field("exprs", "What must be true of `result` for an attempt to pass.", example="result.status == 200"),
    "retry": Field("retry", "When a failed attempt is tried again.", example="{every: 10s, for: 5m}"),
    "timeout": Field("duration", "The longest that one attempt may take.", least=1, example="30s"),
    "effect": Field("choice", "What it does to the world, if not what the executor says.", choices=("read", "change", "destroy")),
    "because": Field("text", "Why the effect is lower than the executor says, or why something is destroyed."),
    "repeatable": Field("bool", "Doing it twice is doing it once."),
    "applied": Field("action", "A read that says whether the change is in place; asked when a run died in the middle."),
    "undo": Field("action", "The action that takes this one back."),
    "rehearse": Field("action", "A read that says whether the change would work."),
    "approve": Field("approve", "A person must agree before it starts.", example="Is the traffic drained?"),
    "sensitive": Field("names", "Fields of the result that are treated as secrets.", example="[stdout]"),
    "on": Field("template", "The host to run it on, over ssh.", example="ops@bastion"),
}

INNER: Table = {
    name: {**STEP, **ACTION_MODIFIERS}[name]
    for name in ("title", "expect", "retry", "timeout", "effect", "because", "repeatable", "sensitive", "on")
}
"""Beside the action in `undo`, `applied` and `rehearse`."""

KINDS: Table = {
    "set": Field("set", "Gives names to values.", example="{stable: 'deployments.json.filter(d, d.ok)'}"),
    "ask": Field("ask", "Asks a person: a question, a task to do by hand, or an approval.", example="{do: Drain the traffic}"),
    "wait": Field("wait", "Waits for a length of time, a moment, or a window of the policy.", example="5m"),
    "choose": Field("choose", "Runs the steps of the first arm whose `when` is true."),
    "parallel": Field("parallel", "Runs branches side by side."),
    "for_each": Field("for_each", "Runs steps for each element of a list."),
    "try": Field("steps", "Runs steps; `rescue` and `always` beside it say what follows."),
    "call": Field("call", "Runs another runbook.", example="verify-health.yml"),
    "escalate": Field("escalate", "Tells the people that the policy names.", example="{message: 'Rollback failed'}"),
    "undo": Field("undo", "Takes back what was done: `all`, or the steps named.", example="all"),
    "stop": Field("stop", "Ends the runbook here.", example="failed"),
}

TRY: Table = {
    "rescue": Field("steps", "What is done when a step of `try` has failed; `failure` says how."),
    "always": Field("steps", "What is done at the end, whether the steps failed or not."),
}

RETRY: Table = {
    "every": Field("duration", "The pause between two attempts.", example="10s", default="1s"),
    "for": Field("duration", "No further attempt starts later than this after the first.", least=1, example="5m"),
    "times": Field("int", "The number of attempts, the first included.", least=1),
    "factor": Field("number", "The pause grows by this from attempt to attempt.", least=1, default=1),
    "longest": Field("duration", "The pause never grows over this."),
}

APPROVE: Table = {
    "text": Field("template", "What the person is asked."),
    "role": Field("word", "The role of the policy that may approve."),
    "count": Field(
        "approvers",
        "How many people must approve; `destroy`: as many as for a step that destroys.",
        choices=("destroy",),
        least=1,
        default=1,
    ),
    "within": Field("duration", "How long the approval is waited for.", least=1),
}

ASK: Table = {
    "answer": Field("template", "A question; the step's `value` is the answer."),
    "do": Field("template", "Something to do by hand; the answer is done or not done."),
    "approve": Field("template", "A question that only a yes lets pass."),
    "type": Field("choice", "The type of an answer.", choices=ANSWER_TYPES, default="bool"),
    "choices": Field("constants", "The only answers that are accepted."),
    "default": Field("constant", "The answer that is offered."),
    "within": Field("duration", "How long the answer is waited for.", least=1),
    "role": Field("word", "The role of the policy that may answer."),
    "count": Field(
        "approvers",
        "How many people must approve; `destroy`: as many as for a step that destroys.",
        choices=("destroy",),
        least=1,
        default=1,
    ),
}

WAIT: Table = {
    "at": Field("template", "The moment, RFC 3339.", example="2026-01-02T03:00:00Z"),
    "window": Field("word", "The window of the policy that must be open.", example="maintenance"),
}

ARM: Table = {
    "when": Field("expr", "The arm is taken if this is true and no arm before it was.", required=True),
    "steps": Field("steps", "What the arm does.", required=True),
}

ELSE_ARM: Table = {"else": Field("steps", "What is done when no arm was taken.", required=True)}

PARALLEL: Table = {
    "branches": Field("branches", "The branches by name.", required=True),
    "limit": Field("int", "How many branches run at the same time.", least=1),
    "fail": Field("choice", "After a failure: `fast` starts nothing new, `late` lets the others end.", choices=FAILS, default="fast"),
}

FOR_EACH: Table = {
    "over": Field("expr", "The list.", required=True, example="apps.json"),
    "as": Field("loop_name", "The name of the element.", required=True, example="app"),
    "key": Field("expr", "What tells the elements apart in the journal; their place when there is none.", example="app.id"),
    "steps": Field("steps", "What is done for each.", required=True),
    "yield": Field("expr", "The value of the element in the loop's result."),
    "max": Field("int", "More elements than this are a failure.", least=1),
    "limit": Field("int", "How many elements are worked on at the same time.", least=1, default=1),
    "fail": Field("choice", "After a failure: `fast` starts nothing new, `late` goes on.", choices=FAILS, default="fast"),
}

CALL: Table = {
    "runbook": Field("file", "The file of the runbook, relative to this one.", required=True, example="verify-health.yml"),
    "inputs": Field("named", "The inputs of the called runbook.", of="data"),
}

ESCALATE: Table = {
    "message": Field("template", "What the people are told.", required=True),
    "severity": Field("word", "Another severity than the runbook's."),
    "tier": Field("word", "The tier to begin with."),
}

STOP: Table = {
    "as": Field("choice", "How the runbook ends.", required=True, choices=("succeeded", "failed")),
    "message": Field("template", "Why."),
}

TABLES: Mapping[str, Table] = {
    "runbook": RUNBOOK,
    "input": INPUT,
    "secret": SECRET,
    "retry": RETRY,
    "approve": APPROVE,
    "ask": ASK,
    "wait": WAIT,
    "arm": ARM,
    "else": ELSE_ARM,
    "parallel": PARALLEL,
    "for_each": FOR_EACH,
    "call": CALL,
    "escalate": ESCALATE,
    "stop": STOP,
}


def beside(kind: str) -> dict[str, Field]:
    """The keys that may stand beside a kind in a step; an executor's name counts as `action`."""
    table = {**STEP, **MODIFIERS}
    if kind == "action":
        table |= ACTION_MODIFIERS
    if kind == "try":
        table |= TRY
    return table


STEP_KEYS: tuple[str, ...] = (*STEP, *MODIFIERS, *ACTION_MODIFIERS, *KINDS, *TRY, *EXECUTORS)
"""Every key that a step knows, for suggestions."""
