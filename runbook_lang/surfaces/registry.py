"""Which surface belongs to an executor's name. Built-in ones are known without reading any metadata."""

from __future__ import annotations

from ..base.diagnostics import RunbookError, fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.metadata import EntryPoint

    from .kinds import Surface

BUILTIN: Mapping[str, str] = {
    "doctl": "doctl",
    "psql": "psql",
    "redis-cli": "redis_cli",
    "aws": "aws",
    "http": "http",
    "tls": "tls",
    "shell": "shell",
    "render": "render",
    "notify": "notify",
}
"""Executor's name to the module of this package that holds its `SURFACE`."""

GROUP = "runbook_lang.executors"
"""The entry-point group of plugins: a name, and an object with `surface` and `executor`."""


def surface(name: str) -> Surface | None:
    """The surface of an executor, None when none is installed under that name.

    Raises RunbookError (RB337) when a plugin of that name is there but can't be used.
    """
    module = BUILTIN.get(name)
    if module is not None:
        from importlib import import_module

        found: Surface = import_module(f"{__package__}.{module}").SURFACE
        return found
    entry = _entry_point(name)
    return None if entry is None else _plugin_surface(name, entry)


def plugin_names() -> tuple[str, ...]:
    """The names of all installed plugins, sorted; built-in names don't count."""
    from importlib.metadata import entry_points

    return tuple(sorted({entry.name for entry in entry_points(group=GROUP)} - BUILTIN.keys()))


def _entry_point(name: str) -> EntryPoint | None:
    from importlib.metadata import entry_points

    return next(iter(entry_points(group=GROUP, name=name)), None)


def _plugin_surface(name: str, entry: EntryPoint) -> Surface:
    from .kinds import Surface

    try:
        found = getattr(entry.load(), "surface", None)
    except RunbookError:
        raise  # its surface file is wrong, and it says where
    except Exception as error:
        raise _unusable(name, entry, f"{type(error).__name__}: {error}") from error
    if isinstance(found, type) and issubclass(found, Surface):
        found = found()
    if not isinstance(found, Surface):
        raise _unusable(name, entry, "it has no `surface`")
    return found


def _unusable(name: str, entry: EntryPoint, why: str) -> RunbookError:
    return fail(
        "RB337",
        f"The executor {name!r} ({entry.value}) can't be used: {why}.",
        None,
        "Install another version of the plugin, or remove it.",
    )
