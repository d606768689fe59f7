"""How single keys are spelled: words with a text, a name or an expression, and what is a line for each of several."""

from __future__ import annotations

from ..tree import Mapping, Scalar, Sequence
from .lines import Line
from .pieces import CantWrite, expression, inline_text, name, text, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ..tree import Entry, Node
    from .writer import Writer

    Make = Callable[[Writer, Entry], list[Line]]


def table_of(node: Node) -> Mapping:
    if not isinstance(node, Mapping):
        raise CantWrite(node, "Here a mapping is expected.")
    return node


def several(node: Node) -> tuple[Node, ...]:
    """The items of a list, or the one that stands for it."""
    return node.items if isinstance(node, Sequence) else (node,)


def texts(word: str) -> Make:
    def make(writer: Writer, entry: Entry) -> list[Line]:
        lines = text(entry.value)
        return [writer.simple(entry, [f"{word} {lines[0]}", *lines[1:]])]

    return make


def words(word: str) -> Make:
    return lambda writer, entry: [writer.simple(entry, [f"{word} {name(entry.value)}"])]


def conditions(word: str) -> Make:
    """One expression, or a statement for each of several."""

    def make(writer: Writer, entry: Entry) -> list[Line]:
        found = [(word, expression(item), item) for item in several(entry.value)]
        if not found:
            raise CantWrite(entry.value, f"An empty {word!r} has no spelling.")
        return each(writer, entry, ((f"{head} {lines[0]}", lines[1:], item) for head, lines, item in found))

    return make


def each(writer: Writer, entry: Entry, found: Iterable[tuple[str, list[str], Node]]) -> list[Line]:
    """A statement for each item of a list; what stands before the list comes before the first."""
    out: list[Line] = []
    for first, rest, item in found:
        if item is entry.value:
            out.append(writer.simple(entry, [first, *rest]))
        else:
            out.append(writer.single(item, item, [first, *rest]))
    return led(writer, entry, out)


def led(writer: Writer, entry: Entry, lines: list[Line]) -> list[Line]:
    """What belongs to an entry that is spelled as several statements."""
    if lines and not isinstance(entry.value, Scalar):
        lines[0].lead = [*writer.lead(entry), *writer.trail(entry), *lines[0].lead]
        tail = [item for item in writer.trivia.tail.get(id(entry.value), []) if item]
        lines[-1].lead = [*lines[-1].lead, *tail]
    return lines


def locks(writer: Writer, entry: Entry) -> list[Line]:
    found = several(entry.value)
    if not found:
        raise CantWrite(entry.value, "An empty list has no spelling.")
    return each(writer, entry, ((f"lock {inline_text(item)}", [], item) for item in found))


def each_entry(word: str, spell: str) -> Make:
    """A statement for each entry of a mapping; `spell` names the function that makes it."""

    def make(writer: Writer, entry: Entry) -> list[Line]:
        found = table_of(entry.value)
        if not found.entries:
            raise CantWrite(found, "An empty mapping has no spelling.")
        return led(writer, entry, [SPELL[spell](writer, item, word) for item in found.entries])

    return make


def _input(writer: Writer, entry: Entry, word: str) -> Line:
    node = entry.value
    parts = {"type": "string"}
    head = f"input {name(entry.key)}: "
    if isinstance(node, Scalar):
        return writer.simple(entry, [head + name(node)])
    for item in table_of(node).entries:
        parts[item.key.value] = _input_part(item)
    form = f"({parts['format']})" if "format" in parts else ""
    rest = [parts[found] for found in ("env", "default", "choices", "pattern", "description") if found in parts]
    return writer.simple(entry, [" ".join([f"{head}{parts['type']}{form}", *rest])])


def _input_part(entry: Entry) -> str:
    node, what = entry.value, entry.key.value
    if what in ("type", "format"):
        return name(node)
    if what == "env":
        return f"from env {name(node)}"
    if what == "default":
        return f"= {value(node)}"
    if what == "choices" and isinstance(node, Sequence):
        return f"one of {value(node)}"
    if what == "pattern":
        return f"matching {inline_text(node)}"
    if what == "description":
        return inline_text(node)
    raise CantWrite(entry.key, f"{what!r} of an input has no spelling here.")


def _secret(writer: Writer, entry: Entry, word: str) -> Line:
    node = table_of(entry.value)
    sources = [item for item in node.entries if item.key.value in ("env", "file", "command", "prompt")]
    if len(sources) != 1:
        raise CantWrite(node, "A secret comes from exactly one place.")
    parts = [f"secret {name(entry.key)} from {sources[0].key.value} {name(sources[0].value)}"]
    hosts, about = node.get("for"), node.get("description")
    if hosts is not None:
        parts.append("for " + ", ".join(inline_text(item) for item in several(hosts)))
    if about is not None:
        parts.append(inline_text(about))
    return writer.simple(entry, [" ".join(parts)])


def _default(writer: Writer, entry: Entry, word: str) -> Line:
    return writer.data(f"defaults {name(entry.key)}", table_of(entry.value), entry)


def _output(writer: Writer, entry: Entry, word: str) -> Line:
    return writer.data(f"output {name(entry.key)} =", entry.value, entry)


def _set(writer: Writer, entry: Entry, word: str) -> Line:
    lines = expression(entry.value)
    return writer.simple(entry, [f"set {name(entry.key)} = {lines[0]}", *lines[1:]])


def _branch(writer: Writer, entry: Entry, word: str) -> Line:
    return writer.braced(writer.lead(entry), f"branch {name(entry.key)}", writer.steps(entry.value), writer.trail(entry), entry.value)


SPELL = {"input": _input, "secret": _secret, "default": _default, "output": _output, "set": _set, "branch": _branch}


def block_of(word: str) -> Make:
    """A word and a block of steps."""
    return lambda writer, entry: [writer.braced(writer.lead(entry), word, writer.steps(entry.value), writer.trail(entry), entry.value)]


def options(node: Mapping, order: dict[str, str]) -> str:
    """Words with their values, in a fixed order."""
    for entry in node.entries:
        if entry.key.value not in order:
            raise CantWrite(entry.key, f"The text form has no {entry.key.value!r} here.")
    found = [(node.get(key), form) for key, form in order.items()]
    return "".join(form.replace("{}", _option(node_)) for node_, form in found if node_ is not None)


def _option(node: Node) -> str:
    return name(node) if isinstance(node, Scalar) else value(node)
