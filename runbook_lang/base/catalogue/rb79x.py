"""RB79x: manuals, and the pages of a library."""

from __future__ import annotations

from . import Entry

CODES: dict[str, Entry] = {
    "RB790": Entry(
        "The manual can't be read as text",
        "A manual is a Markdown file: UTF-8 text of at most 1 MiB, whose lines have at most 20,000 characters. The message says at which byte it isn't, or that it is too large. "
        "Save it as UTF-8, or split it.",
        bad="runbook import manual.pdf",
        good="runbook import manual.md",
    ),
    "RB791": Entry(
        "There is nothing to do in the manual",
        "Commands are looked for in code blocks (those that say `bash`, `sh`, `console`, `sql` or the like, and those that say nothing but "
        "begin with a known program) and in inline code; what people do by hand in numbered lists and task lists. There is none of them. "
        "Is it the right file? A block of commands in another language's fence isn't looked at.",
        bad="~~~python\nos.system('doctl apps list')\n~~~",
        good="~~~bash\ndoctl apps list\n~~~",
    ),
    "RB792": Entry(
        "Files of that name are there already",
        "Nothing was written, so that nobody's work is lost. Write into another folder with -o and compare, or replace the files with --force. Pages of `runbook docs` are replaced by it when it has made them; any other file is left alone.",
        bad="runbook import RUNBOOK.md -o runbooks",
        good="runbook import RUNBOOK.md -o draft",
    ),
}
