"""From an action as written to a `Call`: its arguments read by the table of the executor's surface."""

from __future__ import annotations

from ..base.diagnostics import RunbookError
from ..base.suggest import did_you_mean, meant, nearest
from ..model.fields import STEP_KEYS
from ..model.reader import described
from ..syntax.tree import Mapping, Scalar
from . import registry
from .arguments import READERS, wrong
from .evaluate import evaluate
from .kinds import BoundArg, Call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ..base.diagnostics import Problems
    from ..base.source import Span
    from ..model.nodes import Action, Name
    from ..syntax.tree import Node
    from .kinds import Surface

    Lookup = Callable[[str], Surface | None]
    Given = dict[str, tuple[Scalar | None, Node]]

__all__ = ["bind", "bind_defaults", "evaluate"]


def bind(action: Action, defaults: Node | None, problems: Problems, lookup: Lookup | None = None) -> Call | None:
    """The call that an action is, or None after an error.

    `defaults` is the file's mapping of arguments for this executor. What is wrong in it is reported at
    its own place. `lookup` gives the surface of an executor's name; a library may have its own.
    """
    surface = find(action.executor, problems, lookup)
    if surface is None:
        return None
    before = len(problems)
    own = _own(surface, action, problems)
    if own is None:
        return None
    args: dict[str, BoundArg] = {}
    if isinstance(defaults, Mapping):
        rest: Given = {entry.key.value: (entry.key, entry.value) for entry in defaults.entries if entry.key.value not in own}
        _read(surface, rest, args, problems)
    _read(surface, own, args, problems)
    missing = [name for name, arg in surface.args.items() if arg.required and name not in args and name not in own]
    misspelt = {nearest(given, surface.args) for given in own if given not in surface.args} if missing else set()
    for name in missing:
        if name not in misspelt:
            where = action.executor.span
            problems.error(
                "RB332", f"{surface.name} needs the argument {name!r}.", where, f"{surface.args[name].doc} {usage(surface)}".strip()
            )
    if len(problems) > before and any(item.is_error for item in problems.items[before:]):
        return None
    return Call(surface, args, action.node.span)


def bind_defaults(defaults: Iterable[tuple[Name, Node]], problems: Problems) -> None:
    """Check a file's `defaults`, also those of executors that none of its steps calls."""
    for executor, node in defaults:
        surface = find(executor, problems)
        if surface is not None and isinstance(node, Mapping):
            _read(surface, {entry.key.value: (entry.key, entry.value) for entry in node.entries}, {}, problems)


def find(executor: Name, problems: Problems, lookup: Lookup | None = None) -> Surface | None:
    """The surface of an executor; an unknown or unusable one is a diagnostic."""
    name = executor.text
    try:
        surface = (lookup or registry.surface)(name)
    except RunbookError as error:
        for item in error.diagnostics:
            problems.add(item.replace(span=item.span or executor.span))
        return None
    if surface is None:
        _unknown(name, executor.span, problems)
    return surface


def _unknown(name: str, span: Span, problems: Problems) -> None:
    known = [*STEP_KEYS, *registry.plugin_names()]
    near = nearest(name, known)
    if near is not None:
        help: str = meant(name, near)
    else:
        listed = ", ".join((*registry.BUILTIN, *registry.plugin_names()))
        help = (
            f"Installed: {listed}. A plugin is a package with an entry point {name!r} in the group {registry.GROUP}; "
            "`runbook executors` lists what is installed."
        )
    problems.error("RB330", f"No executor {name!r} is installed, and a step has no such key.", span, help)


def _own(surface: Surface, action: Action, problems: Problems) -> Given | None:
    """The arguments as written, by name; the short form stands for one of them."""
    node = action.node
    if isinstance(node, Scalar):
        if node.kind == "null":
            return {}
    elif isinstance(node, Mapping):
        return {entry.key.value: (entry.key, entry.value) for entry in node.entries}
    if not surface.shorthand:
        problems.error("RB336", f"{surface.name} takes a mapping of arguments, not {described(node)}.", node.span, usage(surface))
        return None
    return {surface.shorthand: (None, node)}


def _read(surface: Surface, given: Given, args: dict[str, BoundArg], problems: Problems) -> None:
    for name, (key, node) in given.items():
        arg = surface.args.get(name)
        if arg is None:
            assert key is not None
            help = did_you_mean(name, surface.args) or usage(surface)
            problems.error("RB331", f"{surface.name} has no argument {name!r}.", key.span, help)
            continue
        if isinstance(node, Scalar) and node.kind == "null" and arg.kind != "json":
            wrong(problems, node, name, "a value", "Leave the argument out if it isn't wanted.")
            continue
        value = READERS[arg.kind](node, arg, name, problems)
        if value is not None or arg.kind == "json":
            args[name] = BoundArg(name, value, node.span)


def usage(surface: Surface) -> str:
    """The arguments of an executor in one line, the required ones first."""
    names = sorted(surface.args, key=lambda name: not surface.args[name].required)
    return f"Arguments of {surface.name}: {', '.join(names)}." if names else f"{surface.name} takes no arguments."
