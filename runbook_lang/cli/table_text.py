"""The commands about how a file is written, as data."""

from __future__ import annotations

from .args import Command, Option, Word

_QUIET = Option("--quiet", "Say only what has to be said.", short="-q")
_VERBOSE = Option("--verbose", "Say more.", short="-v")

FORMS = (
    Command(
        "fmt",
        "Write files in their one canonical layout",
        (
            Word(
                "FILES",
                "files; folders, of which runbooks, policies and case files are meant; - for standard input",
                many=True,
                kind="file",
            ),
        ),
        (
            Option("--check", "Write nothing; exit code 1 if a file isn't in its layout."),
            Option("--diff", "Write nothing; show what would change."),
            _QUIET,
            _VERBOSE,
        ),
        "For both forms. What a file says doesn't change, and so no digest does; comments and blank lines are kept. A file in which "
        "something is wrong is left as it is.",
        (
            ("runbook fmt runbooks", "each file in its place"),
            ("runbook fmt --check --diff runbooks", "for a check in CI"),
            ("runbook fmt - < rollback.runbook", "for an editor"),
        ),
    ),
    Command(
        "convert",
        "Write a runbook in the other form: as text or as YAML",
        (Word("FILE", "the runbook's file; - for standard input", kind="file"),),
        (
            Option("--to", "The form to write.", "FORM", choices=("text", "yaml")),
            Option("--output", "The file to write; default: standard output.", "FILE", short="-o", kind="file"),
            _QUIET,
            _VERBOSE,
        ),
        "Both forms are one language: the runbook, its plan's digest and the comments stay the same, there and back.",
        (
            ("runbook convert rollback.yml --to text -o rollback.runbook", "to read it in an incident"),
            ("runbook convert rollback.runbook --to yaml", "for tools"),
        ),
    ),
)
