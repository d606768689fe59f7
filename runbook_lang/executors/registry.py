"""Which executor runs a name. Built-in ones are imported by name; entry points are read only for others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..base.diagnostics import RunbookError, fail
from ..surfaces.registry import BUILTIN, GROUP

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from ..runtime.ports import Executor


def executor(name: str) -> Executor | None:
    """The executor of that name, None when none is installed.

    A plugin is an entry point of the group `runbook_lang.executors` that loads an object with `surface` and `executor`
    (each an instance, or a class without arguments). Raises RunbookError (RB525) for one that can't be used.
    """
    module = BUILTIN.get(name)
    if module is not None:
        from importlib import import_module

        made: Executor = import_module(f"{__package__}.{module}").EXECUTOR_CLASS()
        return made
    from importlib.metadata import entry_points

    entry = next(iter(entry_points(group=GROUP, name=name)), None)
    return None if entry is None else _plugin(name, entry)


def _plugin(name: str, entry: EntryPoint) -> Executor:
    try:
        found = getattr(entry.load(), "executor", None)
        made: Executor | None = found() if isinstance(found, type) else found
    except Exception as error:  # a plugin may raise anything while it is imported
        raise _unusable(name, entry, f"{type(error).__name__}: {error}") from error
    if not callable(getattr(made, "run", None)):
        raise _unusable(name, entry, "it has no `executor` with a `run`")
    assert made is not None
    if getattr(made, "name", None) != name:
        raise _unusable(name, entry, f"its executor calls itself {getattr(made, 'name', None)!r}")
    return made


def _unusable(name: str, entry: EntryPoint, why: str) -> RunbookError:
    help = "Install another version of the plugin, or remove it."
    return fail("RB525", f"The executor {name!r} ({entry.value}) can't be used: {why}.", None, help)
