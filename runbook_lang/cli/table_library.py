"""The commands that work on a whole library and its manual, as data."""

from __future__ import annotations

from .args import Command, Option, Word

_QUIET = Option("--quiet", "Say only what has to be said.", short="-q")
_VERBOSE = Option("--verbose", "Say more.", short="-v")
_FORMAT = Option("--format", "How the result is written.", "FORMAT", choices=("text", "json"))

LIBRARY = (
    Command(
        "import",
        "Make skeletons of runbooks from a manual in Markdown",
        (Word("MANUAL", "the manual's file", kind="file"),),
        (
            Option("--output", "The folder for the runbooks; default: runbooks.", "FOLDER", short="-o", kind="file"),
            Option("--force", "Replace runbooks that are there."),
            _FORMAT,
            _QUIET,
            _VERBOSE,
        ),
        "Each section in which there is something to do becomes a runbook: a command becomes a step by its own executor, a placeholder an "
        "input or a secret, a point of a numbered list something to do by hand. What `runbook check` finds stands as a comment beside the "
        "step. Nothing of the manual's commands is corrected, and nothing is added.",
        (
            ("runbook import RUNBOOK.md", "into the folder runbooks"),
            ("runbook import RUNBOOK.md -o draft --format json", "what became of each section, as JSON"),
        ),
    ),
    Command(
        "drift",
        "Tell which commands a manual has and no runbook, and the reverse",
        (Word("MANUAL", "the manual's file", kind="file"), Word("LIBRARY", "the folder of the runbooks", kind="file")),
        (
            Option("--accepted", "A file of differences that are let stand; default: drift.accepted in LIBRARY.", "FILE", kind="file"),
            _FORMAT,
            _QUIET,
            _VERBOSE,
        ),
        "Placeholders and inputs fit each other; what only says how output looks, whom to connect to, or what to filter out of it doesn't "
        "count. Ends with 0 when each has the commands of the other or the difference is accepted, else with 1.",
        (
            ("runbook drift RUNBOOK.md runbooks", "with the nearest command on the other side"),
            ("runbook drift RUNBOOK.md runbooks --format json", "for a check in CI"),
        ),
    ),
    Command(
        "docs",
        "Write a library of runbooks as pages for people: Markdown or HTML",
        (Word("LIBRARY", "the folder of the runbooks", kind="file"),),
        (
            Option("--output", "The folder for the pages; default: runbook-docs.", "FOLDER", short="-o", kind="file"),
            Option("--format", "The form of the pages; default: html.", "FORMAT", choices=("html", "md")),
            Option("--templates", "A folder with Jinja2 templates of your own.", "FOLDER", kind="file"),
            Option("--title", "The title of the index.", "TEXT"),
            _QUIET,
            _VERBOSE,
        ),
        "A page for each runbook, with its flow as a drawing, what has to be given, who approves, who is told, what can be undone; and an "
        "index. The HTML needs no network, the Markdown draws by Mermaid. Its own earlier pages are replaced, other files never.",
        (
            ("runbook docs runbooks -o site", "open site/index.html"),
            ("runbook docs runbooks -o docs/runbooks --format md", "for a repository that shows Markdown"),
        ),
    ),
)
