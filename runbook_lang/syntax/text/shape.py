"""What the parser has found becomes the tree that the same runbook has in YAML: key by key, with the places of the text form.

One function for each rule of the grammar; `found` holds its tokens, and what the rules inside of it gave.
"""

from __future__ import annotations

from ...base.diagnostics import Related
from ...base.source import Span
from ..scalars import BOOL, STRING
from ..tree import PLAIN, Entry, Mapping, Scalar, Sequence
from .parts import LISTED, NAMED, Part, before, between, gathered, keyed, mapping, nodes_of, over
from .scanner import Token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Mapping as MappingType
    from typing import Any

    from ..tree import Node

    Found = list[Any]
    Rule = Callable[[Found], Any]

SHORT = {"psql": "sql", "tls": "address", "notify": "message"}
"""The argument that the text behind an executor's name is when others follow in `with {…}`; `command` for the other executors."""


def start(found: Found) -> Node:
    token, name = found[0], found[1]
    parts = [
        item if type(item) is Part else Part(before(item, "steps"), item, LISTED)
        for item in nodes_of(found[2:])
        if type(item) is not Scalar
    ]
    head = [Entry(Scalar(token.span, "runbook"), name)]
    if type(found[2]) is Scalar:
        head.append(Entry(before(found[2], "title"), found[2]))
    end = next(item for item in reversed(found) if type(item) is Token and item.type == "RBRACE")
    return mapping(between(token, end), [*head, *gathered(parts)])


def one(found: Found) -> Part:
    return keyed(found[0], found[1])


def called(name: str) -> Rule:
    """`keyword value` under another key."""
    return lambda found: keyed(found[0], found[1], name)


def several(found: Found) -> Part:
    """`keyword name, name`."""
    nodes = nodes_of(found)
    return keyed(found[0], Sequence(over(nodes), tuple(nodes)))


def flag(found: Found) -> Part:
    """Words that stand for themselves: true."""
    return Part(
        Scalar(found[0].span, "_".join(item.value for item in found)),
        Scalar(between(found[0], found[-1]), "true", PLAIN, BOOL),
        token=found[0],
    )


def not_repeatable(found: Found) -> Part:
    return Part(Scalar(found[1].span, "repeatable"), Scalar(found[0].span, "false", PLAIN, BOOL), token=found[1])


def about(found: Found) -> Part:
    token = found[0]
    node = token.scalar()
    return Part(before(node, "description"), node)


def input_(found: Found) -> Part:
    type_ = found[3]
    parts = [item for item in found[4:] if type(item) is Part]
    entries = [Entry(before(type_, "type"), type_)]
    if type(found[-1]) is Token or type(found[-1]) is Part:
        form = next((item for item in found[4:] if type(item) is Scalar), None)
        if form is not None:
            entries.append(Entry(before(form, "format"), form))
    entries += gathered(parts)
    return keyed(found[0], Entry(found[1], Mapping(over(entries), tuple(entries))), "inputs", NAMED)


def secret(found: Found) -> Part:
    source: Token = found[3]
    entries = [Entry(Scalar(source.span, source.value), found[4]), *gathered(found[5:])]
    return keyed(found[0], Entry(found[1], mapping(over(entries), entries)), "secrets", NAMED)


def defaults(found: Found) -> Part:
    return keyed(found[0], Entry(found[1], found[2]), "defaults", NAMED)


def output(found: Found) -> Part:
    return keyed(found[0], Entry(found[1], found[3]), "outputs", NAMED)


def set_(found: Found) -> Part:
    return keyed(found[0], Entry(found[1], found[3]), "set", NAMED)


def listed(name: str) -> Rule:
    return lambda found: keyed(found[0], found[1], name, LISTED)


def on_failure(found: Found) -> Part:
    return Part(Scalar(between(found[0], found[1]), "on_failure"), found[2], token=found[0])


def steps(found: Found) -> Sequence:
    return Sequence(between(found[0], found[-1]), tuple(nodes_of(found)))


def bare(found: Found) -> Mapping:
    """A step that is nothing but its kind."""
    entries = gathered(found)
    return Mapping(over(entries), tuple(entries))


def step(found: Found) -> Mapping:
    entries = []
    place = 1
    if found[place].type == "WORD" if type(found[place]) is Token else False:
        id = found[place].scalar()
        entries.append(Entry(before(id, "id"), id))
        place += 1
    if type(found[place]) is Scalar:
        entries.append(Entry(before(found[place], "title"), found[place]))
    entries += gathered(item for item in found[place:] if type(item) is Part)
    return mapping(between(found[0], found[-1]), entries)


def action(found: Found) -> Part:
    """`executor command`, `executor |` with a block, or the executor's name alone."""
    token = found[0]
    if len(found) == 1:
        return _executor(token, Scalar(Span(token.file.source, token.end, token.end), "", PLAIN, "null"))
    node = found[1].scalar()
    if len(found) == 2:
        return _executor(token, node)
    return _executor(token, _with(before(node, SHORT.get(token.value, "command")), node, found[3]))


def _executor(token: Token, node: Node) -> Part:
    return Part(Scalar(token.span, token.value), node, token=token)


def _with(key: Scalar, node: Scalar, more: Mapping) -> Mapping:
    return mapping(Span(node.span.source, key.span.start, more.span.end), [Entry(key, node), *more.entries])


def http(found: Found) -> Part:
    method: Token = found[1]
    key = Scalar(method.span, method.value)
    node = found[2].scalar()
    if len(node.value) > 1 and node.value[0] == node.value[-1] and node.value[0] in "\"'":
        help = f"Write `http {method.value} {node.value[1:-1]}`."
        method.file.problems.error("RB142", "An address stands here as it is, without quotes.", node.span, help)
    if len(found) > 3:
        return _executor(found[0], _with(key, node, found[4]))
    return _executor(found[0], Mapping(Span(node.span.source, method.start, node.span.end), (Entry(key, node),)))


def ask(found: Found) -> Part:
    what: Token = found[1]
    entries = [Entry(Scalar(what.span, what.value), found[2]), *gathered(found[3:])]
    return keyed(found[0], mapping(over(entries), entries))


def wait_for(found: Found) -> Part:
    return keyed(
        found[0],
        Mapping(between(found[1], found[1]).replace(end=found[2].span.end), (Entry(Scalar(found[1].span, found[1].value), found[2]),)),
    )


def choose(found: Found) -> Part:
    nodes = nodes_of(found)
    return keyed(found[0], Sequence(between(found[1], found[-1]), tuple(nodes)))


def arm(found: Found) -> Mapping:
    entries = (Entry(Scalar(found[0].span, "when"), found[1]), Entry(before(found[2], "steps"), found[2]))
    return Mapping(Span(found[0].file.source, found[0].start, found[2].span.end), entries)


def else_arm(found: Found) -> Mapping:
    return Mapping(Span(found[0].file.source, found[0].start, found[1].span.end), (Entry(Scalar(found[0].span, "else"), found[1]),))


def branch(found: Found) -> Part:
    return keyed(found[0], Entry(found[1], found[2]), "branches", NAMED)


def parallel(found: Found) -> Part:
    """Branches with names, or steps each of which is a branch."""
    nodes = nodes_of(found)
    parts = [item for item in nodes if type(item) is Part]
    single = [item for item in nodes if type(item) is not Part]
    span = between(found[1], found[-1])
    if not parts:
        return keyed(found[0], Sequence(span, tuple(single)))
    if single:
        help = "Name each branch, `branch name { … }`, or write steps only."
        found[0].file.problems.error("RB143", "A step stands beside branches or options of `parallel`.", over(single[:1]), help)
    return keyed(found[0], mapping(span, gathered(parts)))


def for_each(found: Found) -> Part:
    nodes = nodes_of(found[6:])
    inner = [item if type(item) is Part else Part(before(item, "steps"), item, LISTED) for item in nodes]
    entries = [Entry(Scalar(found[3].span, "over"), found[4]), Entry(before(found[2], "as"), found[2]), *gathered(inner)]
    return Part(Scalar(between(found[0], found[1]), "for_each"), mapping(between(found[5], found[-1]), entries), token=found[0])


def call(found: Found) -> Part:
    if len(found) == 2:
        return one(found)
    entries = (Entry(before(found[1], "runbook"), found[1]), Entry(Scalar(found[2].span, "inputs"), found[3]))
    return keyed(found[0], Mapping(over(list(entries)), entries))


def escalate(found: Found) -> Part:
    if len(found) == 2:
        return one(found)
    entries = [Entry(before(found[1], "message"), found[1]), *gathered(found[2:])]
    return keyed(found[0], mapping(over(entries), entries))


def undo(found: Found) -> Part:
    nodes = nodes_of(found)
    if len(nodes) == 1 and nodes[0].value == "all" and nodes[0].style == PLAIN:
        return one(found)
    return several(found)


def stop(found: Found) -> Part:
    if len(found) == 2:
        return one(found)
    entries = (Entry(before(found[1], "as"), found[1]), Entry(before(found[2], "message"), found[2]))
    return keyed(found[0], Mapping(over(list(entries)), entries))


def retry(found: Found) -> Part:
    entries = gathered(found[1:])
    return keyed(found[0], mapping(over(entries), entries))


def agree(found: Found) -> Part:
    nodes = found[1:]
    if not nodes:
        return flag(found)
    if len(nodes) == 1 and type(nodes[0]) is Scalar:
        return one(found)
    entries = [Entry(before(item, "text"), item) for item in nodes if type(item) is Scalar]
    entries += gathered(item for item in nodes if type(item) is Part)
    return keyed(found[0], mapping(over(entries), entries))


def inner(found: Found) -> Mapping:
    entries = gathered(nodes_of(found))
    return mapping(between(found[0], found[-1]), entries)


def scalar(found: Found) -> Scalar:
    token: Token = found[0]
    node = token.scalar()
    if token.type == "WORD" and node.kind == STRING:
        help = {"True": "Write true.", "False": "Write false.", "None": "Write null."}.get(token.value, f'Write "{token.value}".')
        token.file.problems.error(
            "RB144", f"A text stands in double quotes here; {token.value} is no number, true, false or null.", token.span, help
        )
    return node


def list_(found: Found) -> Sequence:
    return Sequence(between(found[0], found[-1]), tuple(nodes_of(found)))


def map_(found: Found) -> Mapping:
    pairs = nodes_of(found)
    seen: dict[str, Entry] = {}
    for entry in pairs:
        other = seen.setdefault(entry.key.value, entry)
        if other is not entry:
            related = (Related("the first one is here", other.key.span),)
            found[0].file.problems.error(
                "RB110", f"{entry.key.value!r} stands twice in one {{…}}.", entry.key.span, "Keep one of the two.", related
            )
    return Mapping(between(found[0], found[-1]), tuple(seen.values()))


def token_scalar(found: Found) -> Scalar:
    token: Token = found[0]
    return token.scalar()


def only(found: Found) -> Any:
    return found[0]


def pair(found: Found) -> Entry:
    return Entry(found[0], found[2])


RULES: MappingType[str, Rule] = {
    **dict.fromkeys(
        (
            "description source severity policy window success when guard timeout effect because title every for times factor "
            "longest type within role count tier limit fail rescue always applied rehearse try wait"
        ).split(),
        one,
    ),
    "start": start,
    "matching": called("pattern"),
    "choices": lambda found: keyed(found[0], found[2], "choices"),
    "from_env": lambda found: keyed(found[1], found[2], "env"),
    "default": called("default"),
    "about": about,
    "most": called("max"),
    "yields": called("yield"),
    "loop_key": called("key"),
    "host": called("on"),
    "take_back": called("undo"),
    "settles": several,
    "sensitive": several,
    "hosts": several,
    "may_fail": flag,
    "repeatable": flag,
    "not_repeatable": not_repeatable,
    "lock": listed("locks"),
    "expect": listed("expect"),
    "input": input_,
    "secret": secret,
    "secret_source": only,
    "method": only,
    "ask_what": only,
    "defaults": defaults,
    "output": output,
    "set": set_,
    "on_failure": on_failure,
    "steps": steps,
    "bare": bare,
    "step": step,
    "action": action,
    "action_map": lambda found: _executor(found[0], found[1]),
    "action_value": lambda found: _executor(found[0], found[2]),
    "http": http,
    "ask": ask,
    "wait_at": wait_for,
    "wait_window": wait_for,
    "choose": choose,
    "arm": arm,
    "else_arm": else_arm,
    "parallel": parallel,
    "branch": branch,
    "for_each": for_each,
    "call": call,
    "escalate": escalate,
    "undo": undo,
    "stop": stop,
    "retry": retry,
    "agree": agree,
    "inner": inner,
    "scalar": scalar,
    "expression": token_scalar,
    "text": token_scalar,
    "name": token_scalar,
    "list": list_,
    "map": map_,
    "pair": pair,
}
"""What each rule of `runbook.lark` gives."""
