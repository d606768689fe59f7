"""Where runs are kept: so that commands find them without being told."""

from __future__ import annotations

import os

from ..adapters.store import SETTING, Store, summarise
from ..base.diagnostics import RunbookError, fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..adapters.store import RunFolder, Summary

FOLDER = ".runbook"


def store_for(path: str, given: str, environ: Mapping[str, str]) -> Store:
    """The store of a new run: the one named, else that of the library's folder."""
    return Store(given) if given else Store.locate(os.path.dirname(path) or ".", environ)


def stores(given: str, environ: Mapping[str, str], here: str = ".") -> list[Store]:
    """The stores in which runs are looked for: the one named, else those here, in the folders above and directly below."""
    if given or environ.get(SETTING):
        return [Store(given) if given else Store.locate(here, environ)]
    found = [folder for folder in (os.path.join(above, FOLDER) for above in _upwards(os.path.abspath(here))) if os.path.isdir(folder)]
    try:
        with os.scandir(here) as entries:
            below = sorted(entry.name for entry in entries if entry.is_dir() and not entry.name.startswith("."))
    except OSError:
        below = []
    found += [folder for folder in (os.path.join(os.path.abspath(here), name, FOLDER) for name in below) if os.path.isdir(folder)]
    return [Store(folder) for folder in found] or [Store(os.path.join(here, FOLDER))]


def _upwards(folder: str) -> Iterator[str]:
    while True:
        yield folder
        above = os.path.dirname(folder)
        if above == folder:
            return
        folder = above


def summaries(places: list[Store]) -> list[Summary]:
    """All runs of several stores, the newest first."""
    found = [summarise(_folder(store, run)) for store in places for run in store.ids()]
    return sorted(found, key=lambda summary: summary.id, reverse=True)


def _folder(store: Store, run: str) -> RunFolder:
    from ..adapters.store import RunFolder

    return RunFolder(run, os.path.join(store.runs, run))


def find_run(places: list[Store], name: str) -> tuple[Store, RunFolder]:
    """The run of a name, in whichever store it is. Raises RunbookError RB604."""
    holding = [store for store in places if store.ids()]
    if len(holding) <= 1:
        store = holding[0] if holding else places[0]
        return store, store.open_run(name)
    if name.strip().lower() == "last":
        store = max(holding, key=lambda one: one.ids()[0])
        return store, store.open_run(name)
    found: list[tuple[Store, RunFolder]] = []
    first: RunbookError | None = None
    for store in holding:
        try:
            found.append((store, store.open_run(name)))
        except RunbookError as error:
            first = first or error
    if len(found) == 1:
        return found[0]
    if first is not None and not found:
        raise first
    listed = ", ".join(run.id for _, run in found[:5])
    raise fail("RB604", f"'{name}' fits {len(found)} runs: {listed}.", help="Give more characters of the id, or --store.")
