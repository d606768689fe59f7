"""Which notifier a channel is: a module here, or a plugin's entry point."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contract import GROUP, Answer, Notice, Settings

if TYPE_CHECKING:
    from .contract import Notifier

BUILTIN = ("slack", "email", "pager", "github", "webhook", "console", "ticket", "apprise")


class Missing:
    """Stands for a channel that can't be used here; each message says why."""

    def __init__(self, name: str, why: str) -> None:
        self.name = name
        self.why = why

    def send(self, notice: Notice, settings: Settings) -> Answer:
        return Answer(ok=False, why=self.why)


def notifier(name: str, to: str = "") -> Notifier:
    """The notifier of a channel; of the channel `plugin` the one that the address begins with (`NAME:ADDRESS`).

    Never raises: one that can't be used says so when it is used.
    """
    if name == "plugin":
        name = to.partition(":")[0]
    from importlib import import_module

    if name in BUILTIN:
        made: Notifier = import_module(f"{__package__}.{name}").NOTIFIER
        return made
    from importlib.metadata import entry_points

    entry = next(iter(entry_points(group=GROUP, name=name)), None)
    if entry is None:
        return Missing(name, f"there is no channel {name!r}")
    try:
        found = entry.load()
        plugin: Notifier = found() if isinstance(found, type) else found
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything while it is imported
        return Missing(name, f"its plugin can't be loaded ({type(error).__name__})")
    return plugin if callable(getattr(plugin, "send", None)) else Missing(name, "its plugin has no `send`")
