"""`runbook convert`: a runbook in the other form."""

from __future__ import annotations

import sys

from ...api.forms import convert_source, decoded, form_of, open_file, write_new
from ...base.diagnostics import fail
from ...syntax.decode import MAX_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...base.source import Source
    from ..args import Args
    from ..console import Console


def run(args: Args, console: Console) -> int:
    """0, and the text on standard output or in the file of --output."""
    path = args.text("FILE")
    to = args.text("to")
    if not to:
        raise fail("RB723", "`runbook convert` wants the form to write.", help="Say --to text or --to yaml.")
    source = standard_input() if path == "-" else open_file(path)
    text = convert_source(source, form_of("" if path == "-" else path, source.text), to)
    output = args.text("output")
    if not output:
        console.file(text)
        return 0
    if form_of(output) != to:
        other = {"text": ".runbook", "yaml": ".yml"}[to]
        raise fail("RB757", f"The name of a file in this form ends in {other}, {output} doesn't.", help="The name says how a file is read.")
    write_new(output, text)
    console.note(f"Wrote {output}.")
    return 0


def standard_input() -> Source:
    """The text that is piped in."""
    return decoded("standard input", sys.stdin.buffer.read(MAX_BYTES + 1))
