"""How each key of a runbook is spelled in the text form."""

from __future__ import annotations

from ..tree import Mapping, Scalar, Sequence
from .lines import Line
from .pieces import CantWrite, expression, inline_text, name, one, text, value
from .spelling import block_of, conditions, each_entry, led, locks, options, several, table_of, texts, words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping as MappingType

    from ..tree import Entry, Node
    from .spelling import Make
    from .writer import Writer

BESIDE = frozenset(
    (
        "when guard may_fail settles expect retry timeout effect because repeatable applied undo rehearse approve sensitive on "
        "try rescue always"
    ).split()
)
"""Keys of a step that can't stand without the word `step`."""


def ask(writer: Writer, entry: Entry) -> list[Line]:
    node = table_of(entry.value)
    what = [item for item in node.entries if item.key.value in ("answer", "do", "approve")]
    if len(what) != 1:
        raise CantWrite(node, "'ask' is one of answer, do and approve.")
    rest = Mapping(node.span, tuple(item for item in node.entries if item is not what[0]))
    default = rest.get("default")
    order = {
        "type": " type {}",
        "choices": " one of {}",
        "default": " = {}",
        "within": " within {}",
        "role": " role {}",
        "count": " count {}",
    }
    if default is not None:
        order["default"] = f" = {value(default)}"
    return [writer.simple(entry, [f"ask {what[0].key.value} {inline_text(what[0].value)}{options(rest, order)}"])]


def wait(writer: Writer, entry: Entry) -> list[Line]:
    node = entry.value
    if isinstance(node, Scalar):
        return [writer.simple(entry, [f"wait {name(node)}"])]
    found = table_of(node)
    if len(found.entries) != 1 or found.entries[0].key.value not in ("at", "window"):
        raise CantWrite(found, "'wait' is one of at and window.")
    what = found.entries[0]
    shown = inline_text(what.value) if what.key.value == "at" else name(what.value)
    return [writer.simple(entry, [f"wait {what.key.value} {shown}"])]


def choose(writer: Writer, entry: Entry) -> list[Line]:
    if not isinstance(entry.value, Sequence):
        raise CantWrite(entry.value, "'choose' is a list of arms.")
    arms = [_arm(writer, table_of(item)) for item in entry.value.items]
    return [writer.braced(writer.lead(entry), "choose", arms, writer.trail(entry), entry.value, most=0)]


def _arm(writer: Writer, node: Mapping) -> Line:
    lead, trail = list(writer.lead(node)), list(writer.trail(node))
    for entry in node.entries:
        lead += [item for item in writer.lead(entry) if item]
        trail += writer.trail(entry)
    other = node.get("else")
    steps, when = (other, None) if other is not None else (node.get("steps"), node.get("when"))
    if len(node.entries) != (1 if other is not None else 2) or steps is None or (other is None and when is None):
        raise CantWrite(node, "An arm has 'when' and 'steps', or 'else'.")
    tail = writer.trivia.tail.pop(id(node), [])
    if tail:
        writer.trivia.tail.setdefault(id(steps), []).extend(tail)
    if when is None:
        return writer.braced(lead, "else", writer.steps(steps), trail, steps)
    lines = expression(when, " {")
    if len(lines) == 1:
        return writer.braced(lead, f"when {lines[0][:-2]}", writer.steps(steps), trail, steps)
    line = writer.braced(lead, "", writer.steps(steps), [], steps, most=0)
    return Line([*lead, *trail], [f"when {lines[0]}", *lines[1:], *line.lines[1:]])


def parallel(writer: Writer, entry: Entry) -> list[Line]:
    node = entry.value
    if isinstance(node, Sequence):
        return [writer.braced(writer.lead(entry), "parallel", writer.steps(node), writer.trail(entry), node, most=0)]
    lines = [line for item in table_of(node).entries for line in writer.statement(PARALLEL, item, node)]
    return [writer.braced(writer.lead(entry), "parallel", lines, writer.trail(entry), node, most=0)]


def for_each(writer: Writer, entry: Entry) -> list[Line]:
    node = table_of(entry.value)
    over, var = node.entry("over"), node.entry("as")
    if over is None or var is None:
        raise CantWrite(node, "'for_each' needs 'over' and 'as'.")
    inner = [item for item in node.entries if item is not over and item is not var]
    lines = [line for item in inner for line in writer.statement(LOOP, item, node)]
    head = expression(over.value, " {")
    lead, trail = list(writer.lead(entry)), list(writer.trail(entry))
    for item in (over, var):
        lead += [one for one in writer.lead(item) if one]
        trail += writer.trail(item)
    start = f"for each {name(var.value)} in {head[0]}"
    if len(head) == 1:
        return [writer.braced(lead, start[:-2], lines, trail, node, most=0)]
    line = writer.braced(lead, "", lines, [], node, most=0)
    return [Line([*lead, *trail], [start, *head[1:], *line.lines[1:]])]


def call(writer: Writer, entry: Entry) -> list[Line]:
    node = entry.value
    if isinstance(node, Scalar):
        return [writer.simple(entry, [f"call {name(node)}"])]
    table = table_of(node)
    file, inputs = table.entry("runbook"), table.entry("inputs")
    if file is None or inputs is None or len(table.entries) != 2:
        if file is not None and len(table.entries) == 1:
            return [writer.simple(entry, [f"call {name(file.value)}"])]
        raise CantWrite(node, "'call' has 'runbook' and 'inputs'.")
    line = writer.data(f"call {name(file.value)} with", table_of(inputs.value), inputs)
    early = [*writer.lead(entry), *writer.lead(file), *writer.trail(file), *writer.trivia.tail.get(id(node), [])]
    line.lead = [*early, *(item for item in line.lead if item)]
    line.trail = [*writer.trail(entry), *line.trail]
    return [line]


def escalate(writer: Writer, entry: Entry) -> list[Line]:
    node = entry.value
    if isinstance(node, Scalar):
        return texts("escalate")(writer, entry)
    message = table_of(node).get("message")
    if message is None:
        raise CantWrite(node, "'escalate' needs 'message'.")
    if len(table_of(node).entries) == 1:  # read again it is a text alone
        lines = text(message)
        return [writer.simple(entry, [f"escalate {lines[0]}", *lines[1:]])]
    order = {"message": f" {inline_text(message)}", "severity": " severity {}", "tier": " tier {}"}
    return [writer.simple(entry, [f"escalate{options(table_of(node), order)}"])]


def undo(writer: Writer, entry: Entry) -> list[Line]:
    node = entry.value
    if isinstance(node, Mapping):
        return inner("undo")(writer, entry)
    if isinstance(node, Scalar):
        return [writer.simple(entry, [f"undo {name(node)}"])]
    return [writer.simple(entry, [f"undo {_names(node, all_=True)}"])]


def _names(node: Node, *, all_: bool = False) -> str:
    found = several(node)
    if not found:
        raise CantWrite(node, "An empty list of names has no spelling.")
    shown = [name(item) for item in found]
    return '"all"' if all_ and shown == ["all"] else ", ".join(shown)


def names(word: str) -> Make:
    return lambda writer, entry: [writer.simple(entry, [f"{word} {_names(entry.value)}"])]


def stop(writer: Writer, entry: Entry) -> list[Line]:
    node = entry.value
    if isinstance(node, Scalar):
        return [writer.simple(entry, [f"stop {name(node)}"])]
    found = table_of(node)
    outcome, message = found.get("as"), found.get("message")
    if outcome is None:
        raise CantWrite(node, "'stop' needs 'as'.")
    order = {"as": " {}", "message": "" if message is None else f" {inline_text(message)}"}
    return [writer.simple(entry, [f"stop{options(found, order)}"])]


def retry(writer: Writer, entry: Entry) -> list[Line]:
    order = {key: f" {key} {{}}" for key in ("every", "for", "times", "factor", "longest")}
    shown = options(table_of(entry.value), order)
    if not shown:
        raise CantWrite(entry.value, "An empty 'retry' has no spelling.")
    return [writer.simple(entry, ["retry" + shown])]


def approve(writer: Writer, entry: Entry) -> list[Line]:
    node = entry.value
    if isinstance(node, Scalar):
        if node.kind == "bool":
            if node.value == "true":
                return [writer.simple(entry, ["approve"])]
            return _nothing(writer, entry)
        return [writer.simple(entry, [f"approve {inline_text(node)}"])]
    text_ = table_of(node).get("text")
    order = {"text": "" if text_ is None else f" {inline_text(text_)}", "role": " role {}", "count": " count {}", "within": " within {}"}
    shown = options(table_of(node), order)
    if not shown:
        raise CantWrite(node, "An empty 'approve' has no spelling.")
    return [writer.simple(entry, ["approve" + shown])]


def _nothing(writer: Writer, entry: Entry) -> list[Line]:
    """What says nothing is left out, unless a comment belongs to it."""
    if any(writer.lead(entry)) or writer.trail(entry):
        raise CantWrite(entry.value, f"The text form has no `{entry.key.value}: false`; leave it out.")
    return []


def flag(yes: str, no: str) -> Make:
    """A word for true; one for false, or nothing where false says nothing."""

    def make(writer: Writer, entry: Entry) -> list[Line]:
        scalar = one(entry.value)
        if scalar.kind != "bool":
            raise CantWrite(scalar, f"{entry.key.value!r} is true or false.")
        shown = yes if scalar.value == "true" else no
        return [writer.simple(entry, [shown])] if shown else _nothing(writer, entry)

    return make


def inner(word: str) -> Make:
    """`applied`, `undo`, `rehearse`: an action with what stands beside it."""

    def make(writer: Writer, entry: Entry) -> list[Line]:
        node = table_of(entry.value)
        lines = [line for item in node.entries for line in writer.statement(INNER, item, node)]
        return [writer.braced(writer.lead(entry), word, lines, writer.trail(entry), node)]

    return make


class Steps(dict[str, "Make"]):
    """The statements of a step; a key that isn't known is an executor's name."""

    def get(self, key: str, default: object = None) -> Make:
        found = super().get(key)
        return found if found is not None else lambda writer, entry: writer.action(entry)


MODIFIERS: MappingType[str, Make] = {
    "expect": conditions("expect"),
    "retry": retry,
    "timeout": words("timeout"),
    "effect": words("effect"),
    "because": texts("because"),
    "repeatable": flag("repeatable", "not repeatable"),
    "sensitive": names("sensitive"),
    "on": texts("on"),
}
INNER = Steps({**MODIFIERS, "title": texts("title")})
STEP = Steps(
    {
        **MODIFIERS,
        "when": conditions("when"),
        "guard": conditions("guard"),
        "may_fail": flag("may fail", ""),
        "settles": names("settles"),
        "applied": inner("applied"),
        "rehearse": inner("rehearse"),
        "undo": undo,
        "approve": approve,
        "set": each_entry("set", "set"),
        "ask": ask,
        "wait": wait,
        "choose": choose,
        "parallel": parallel,
        "for_each": for_each,
        "try": block_of("try"),
        "rescue": block_of("rescue"),
        "always": block_of("always"),
        "call": call,
        "escalate": escalate,
        "stop": stop,
    }
)
LOOP: MappingType[str, Make] = {
    "key": conditions("key"),
    "yield": conditions("yield"),
    "max": words("max"),
    "limit": words("limit"),
    "fail": words("fail"),
    "steps": lambda writer, entry: led(writer, entry, writer.steps(entry.value)),
}
PARALLEL: MappingType[str, Make] = {"limit": words("limit"), "fail": words("fail"), "branches": each_entry("branch", "branch")}
TOP: MappingType[str, Make] = {
    "description": texts("description"),
    "source": texts("source"),
    "severity": words("severity"),
    "policy": words("policy"),
    "window": words("window"),
    "locks": locks,
    "inputs": each_entry("input", "input"),
    "secrets": each_entry("secret", "secret"),
    "defaults": each_entry("defaults", "default"),
    "steps": lambda writer, entry: led(writer, entry, writer.steps(entry.value)),
    "success": conditions("success"),
    "on_failure": block_of("on failure"),
    "outputs": each_entry("output", "output"),
}
