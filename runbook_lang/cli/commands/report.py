"""`runbook report`: a run as Markdown, HTML or JSON."""

from __future__ import annotations

import json

from ...api.places import find_run, stores
from ...base.diagnostics import fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..args import Args
    from ..console import Console


def run(args: Args, console: Console) -> int:
    """Always 0 when the journal can be read: what came of the run is in the report."""
    from ...api.audit import Wanted, verify
    from ...api.report import report

    _, folder = find_run(stores(args.text("store"), console.environ), args.text("RUN"))
    form = args.text("format", "md")
    document = report(folder)
    document["audit"] = verify(folder, console.environ, Wanted()).as_json() if args.flag("audit") else None
    if form == "json":
        text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    else:
        from ...reports.documents import render_document

        text = render_document(document, form, args.text("template"))
    target = args.text("output")
    if not target:
        console.file(text)
        return 0
    try:
        with open(target, "w", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise fail("RB651", f"The report {target!r} can't be written: {error.strerror}.", help="Name another file with -o.") from None
    return 0
