"""From the tree of a file to a `Runbook`: the structural stage."""

from __future__ import annotations

import re

from ..base.source import Span
from ..syntax.tree import Mapping, Scalar, Sequence
from .blocks import BLOCKS, check_constants, exactly_one
from .fields import INPUT, INPUT_TYPES, RUNBOOK, SECRET, SECRET_SOURCES, Field
from .kinds import VALUES, mapping_of, read_choice, read_named, read_text, read_word
from .names import LONGEST, RUNBOOK_NAME, Names
from .nodes import Input, Name, Runbook, Secret
from .reader import ANY, FAILED, Reader, described
from .steps import STEPS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping as MappingType
    from typing import Any

    from ..base.diagnostics import Problems
    from ..base.source import Source
    from ..syntax.tree import Node
    from .reader import Found, ReadKind


def build(tree: Node, source: Source, problems: Problems, *, partly: bool = False) -> Runbook | None:
    """The runbook of a tree; every structural error goes to `problems`.

    After an error a runbook still comes back when nothing was dropped from it that later stages would
    miss, so that they can add what they find; None otherwise. With `partly` it comes back without what was
    dropped, to be looked at; `named` and `doubtful` say of which names nothing is known. Whoever goes on to
    run it looks at `problems.failed`. Recursion is bounded by the depth that the reader of the file allows.
    """
    if not isinstance(tree, Mapping):
        message = f"A runbook is a mapping that begins with `runbook: its-name`; this file holds {described(tree)}."
        help = "Write `runbook:` with a name in its first line, and below `steps:` what is done."
        problems.error("RB301", message, Span(source, tree.span.start, tree.span.start + 1), help)
        return None
    before = len(problems.items)
    reader = Reader(problems, Names(problems), KINDS, given_names(tree))
    found = reader.fields(tree, RUNBOOK, "a runbook", partly=partly)
    _drop_echoes(problems, before)
    if found is None or (reader.broken and not partly):
        return None
    partial = reader.broken
    found.setdefault("runbook", Name("?", tree.span))
    found.setdefault("steps", ())
    book = _runbook(source, found)
    if not partly or len(problems.items) == before:
        return book
    if any(item.code in ("RB310", "RB311") for item in problems.items[before:]):
        reader.doubtful.add(ANY)
    return book.replace(partial=partial, named=reader.given.union(reader.names.taken), doubtful=frozenset(reader.doubtful))


def _drop_echoes(problems: Problems, before: int) -> None:
    """An alias or a tag stands where something else was wanted: that is said, and not also what it isn't."""
    lines = {item.span.line for item in problems.items[:before] if item.code in ("RB112", "RB113") and item.span is not None}
    if lines:
        kept = [item for item in problems.items[before:] if item.code != "RB304" or item.span is None or item.span.line not in lines]
        problems.items[before:] = kept


def _runbook(source: Source, found: Found) -> Runbook:
    return Runbook(
        name=found["runbook"],
        source=source,
        steps=found["steps"],
        title=found.get("title", ""),
        description=found.get("description", ""),
        manual=found.get("source", ""),
        severity=found.get("severity", ""),
        policy=found.get("policy"),
        window=found.get("window", ""),
        locks=found.get("locks", ()),
        inputs=found.get("inputs", ()),
        secrets=found.get("secrets", ()),
        defaults=found.get("defaults", ()),
        success=found.get("success"),
        on_failure=found.get("on_failure", ()),
        outputs=found.get("outputs", ()),
    )


def given_names(tree: Mapping) -> frozenset[str]:
    """Every word of the file that may be an author's name; made ids keep clear of them."""
    found: set[str] = set()
    for key in ("inputs", "secrets"):
        node = tree.get(key)
        if isinstance(node, Mapping):
            found.update(node.keys())
    stack: list[Node] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, Sequence):
            stack.extend(node.items)
        elif isinstance(node, Mapping):
            for entry in node.entries:
                if isinstance(entry.value, Scalar):
                    if entry.key.value in ("id", "as"):
                        found.add(entry.value.value)
                else:
                    stack.append(entry.value)
    return frozenset(found)


def read_runbook_name(reader: Reader, node: Node, field: Field, key: str) -> Any:
    text = read_text(reader, node, field, key)
    if text is FAILED:
        return FAILED
    if not RUNBOOK_NAME.fullmatch(text) or len(text) > LONGEST:
        better = re.sub(r"[^A-Za-z0-9_.-]+", "-", text).strip("-.")[:LONGEST]
        message = f"A runbook can't be named {text!r}: a name is letters, digits, '-', '_' and '.'."
        reader.problems.error("RB310", message, node.span, f"Write {better!r}; the text can go into `title`." if better else "")
        return FAILED
    return Name(text, node.span)


def read_file(reader: Reader, node: Node, field: Field, key: str) -> Any:
    """A path that is known before anything runs, with its place."""
    text = read_word(reader, node, field, key)
    return FAILED if text is FAILED else Name(text, node.span)


def read_inputs(reader: Reader, node: Node, field: Field, key: str) -> Any:
    pairs = read_named(reader, node, field, key)
    if pairs is FAILED:
        return FAILED
    for name, _ in pairs:
        reader.names.declare(name, "an input")
    return tuple(_input(name, found) for name, found in pairs)


def read_input(reader: Reader, node: Node, field: Field, key: str) -> Any:
    """`string`, or a mapping with the type and more."""
    if isinstance(node, Scalar):
        type_ = read_choice(reader, node, INPUT["type"].replace(choices=INPUT_TYPES), key)
        return FAILED if type_ is FAILED else {"type": type_}
    before = len(reader.problems.items)
    mapping = mapping_of(reader, node, key, "{type: string}")
    found = None if mapping is None else reader.fields(mapping, INPUT, f"the input {key!r}")
    if mapping is None or found is None:
        return FAILED
    if len(reader.problems.items) > before:
        reader.doubtful.add(key)
    if mapping.get("type") is not None and "type" not in found:
        return found  # what fits a type isn't asked where nobody knows which was meant
    type_ = found.get("type", "string")
    for only in ("format", "pattern"):
        entry = mapping.entry(only)
        if entry is not None and type_ != "string":
            reader.problems.error("RB319", f"{only!r} stands beside the type string, not beside {type_}.", entry.key.span, "Remove it.")
    _check_pattern(reader, mapping, found)
    check_constants(reader, mapping, found, type_)
    return found


def _check_pattern(reader: Reader, mapping: Mapping, found: Found) -> None:
    node = mapping.get("pattern")
    if node is None or "pattern" not in found:
        return
    from ..expr.regex import compile_regex
    from ..expr.values import EvalError

    try:
        compile_regex(found["pattern"])
    except EvalError as error:
        del found["pattern"]
        reader.problems.error("RB323", f"'pattern' can't be used: {error.message}.", node.span, "It takes RE2 syntax, as matches() does.")


def _input(name: Name, found: Found) -> Input:
    return Input(
        name,
        found.get("type", "string"),
        found.get("format", ""),
        found.get("env", ""),
        found.get("default"),
        "default" in found,
        found.get("description", ""),
        found.get("choices", ()),
        found.get("pattern", ""),
    )


def read_secrets(reader: Reader, node: Node, field: Field, key: str) -> Any:
    pairs = read_named(reader, node, field, key)
    if pairs is FAILED:
        return FAILED
    for name, _ in pairs:
        reader.names.declare(name, "a secret")
    return tuple(Secret(name, source, found[source], found.get("for", ()), found.get("description", "")) for name, (source, found) in pairs)


def read_secret(reader: Reader, node: Node, field: Field, key: str) -> Any:
    mapping = mapping_of(reader, node, key, "{env: NAME_OF_A_VARIABLE}")
    found = None if mapping is None else reader.fields(mapping, SECRET, f"the secret {key!r}")
    if mapping is None or found is None:
        return FAILED
    source = exactly_one(reader, mapping, SECRET_SOURCES, f"The secret {key!r}")
    return FAILED if source is None or source not in found else (source, found)


def read_defaults(reader: Reader, node: Node, field: Field, key: str) -> Any:
    mapping = mapping_of(reader, node, key, "{redis-cli: {host: db.example.com}}")
    if mapping is None:
        return FAILED
    pairs = []
    for entry in mapping.entries:
        if isinstance(entry.value, Mapping):
            pairs.append((Name(entry.key.value, entry.key.span), entry.value))
        else:
            reader.wrong(
                entry.value, entry.key.value, "a mapping of arguments", "Write each on a line of its own below it, as `argument: value`."
            )
    return tuple(pairs)


KINDS: MappingType[str, ReadKind] = {
    **VALUES,
    **STEPS,
    **BLOCKS,
    "runbook_name": read_runbook_name,
    "file": read_file,
    "inputs": read_inputs,
    "input": read_input,
    "secrets": read_secrets,
    "secret": read_secret,
    "defaults": read_defaults,
}
"""The readers of all kinds that the tables name."""
