"""`runbook docs`: a library as pages for people."""

from __future__ import annotations

import os

from ...api.drift import no_runbook
from ...api.files import unwritable
from ...api.library_docs import library_pages
from ...base.diagnostics import fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..args import Args
    from ..console import Console

FOLDER = "runbook-docs"
MARK = "made by runbook docs"
"""Stands in every page: what holds it may be replaced."""


def run(args: Args, console: Console) -> int:
    """0 when the pages are written, also of runbooks in which something is wrong: their pages say so."""
    library, form = args.text("LIBRARY"), args.text("format", "html")
    pages = library_pages(library)
    if not pages:
        raise no_runbook(library)
    name = os.path.basename(os.path.abspath(library))
    title = args.text("title") or f"Runbooks in {name}"
    folder = args.text("output", FOLDER)
    texts = _texts(pages, title, form, args.text("templates"))
    _write(folder, texts)
    wrong = sum(bool(page["errors"]) for page in pages)
    console.note(f"Wrote {len(texts)} pages. Open {os.path.join(folder, f'index.{form}')}")
    if wrong:
        console.note(f"In {wrong} of the runbooks `runbook check` finds errors; their pages say so.")
    return 0


def _texts(pages: list[dict[str, object]], title: str, form: str, templates: str) -> dict[str, str]:
    from ...reports.documents import render_page
    from ...reports.flow_mermaid import mermaid
    from ...reports.flow_svg import flow_svg

    if templates and not os.path.isdir(templates):
        raise fail("RB650", f"There is no folder {templates!r} with templates.", help="Name the folder, not a file in it.")
    common: dict[str, object] = {"library": title, "mark": MARK}
    texts = {f"index.{form}": render_page("library-index", {**common, "pages": pages}, form, templates)}
    for page in pages:
        drawing = {"flow": mermaid(page) if form == "md" else flow_svg(page)}
        texts[f"{page['file']}.{form}"] = render_page("library-page", {**common, **drawing, "page": page}, form, templates)
    return texts


def _write(folder: str, texts: dict[str, str]) -> None:
    paths = {os.path.join(folder, name): text for name, text in texts.items()}
    for path in paths:
        if os.path.lexists(path) and not _ours(path):
            raise fail("RB792", f"{path} is there already, and `runbook docs` hasn't made it.", help="Name another folder with -o.")
    at = folder
    try:
        os.makedirs(folder, exist_ok=True)
        for at, text in paths.items():
            with open(at, "w", encoding="utf-8") as stream:
                stream.write(text)
    except OSError as error:
        raise unwritable(at, error, "Name another folder with -o.") from None


def _ours(path: str) -> bool:
    try:
        with open(path, encoding="utf-8") as stream:
            return MARK in stream.read(4096)
    except (OSError, UnicodeDecodeError):
        return False
