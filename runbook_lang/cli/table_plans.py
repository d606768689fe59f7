"""The commands that show, review and start what a runbook would do; and the words that other commands share with them."""

from __future__ import annotations

from .args import Command, Option, Word

QUIET = Option("--quiet", "Say only what has to be said.", short="-q")
VERBOSE = Option("--verbose", "Say more.", short="-v")
STORE = Option("--store", "The folder that holds the runs.", "FOLDER", kind="file")
INPUT = Option("--input", "The value of an input. For a list or a map: JSON.", "NAME=VALUE", short="-i", many=True)
INPUTS = Option("--inputs", "A YAML or JSON file with values of inputs; --input goes before it.", "FILE", many=True, kind="file")
BECAUSE = Option("--because", "The reason; it is recorded.", "TEXT")
YES = Option("--yes", "Start without asking. It approves nothing and answers nothing.", short="-y")
PLAIN = Option("--plain", "Plain lines, also on a terminal.")
FILE = Word("FILE", "the runbook's file", kind="file")
TTL = Option("--ttl", "How long the plan's file may be run; default: 1d.", "TIME")


def form(*others: str) -> Option:
    """`--format` with text and other forms."""
    return Option("--format", "How the result is written.", "FORMAT", choices=("text", *others))


JSON = form("json")
FAIL_ON = Option("--fail-on", "End with 1 when the risk rises, or a protection is weaker.", "WHAT", many=True, choices=("risk", "weakened"))

PLANS: tuple[Command, ...] = (
    Command(
        "plan",
        "Show what a run would do, without connecting to anything",
        (Word("FILE", "the runbook's file; of a folder, all its runbooks in a line each", kind="file"),),
        (
            INPUT,
            INPUTS,
            Option("--output", "Write the plan's file: to be reviewed, approved, and run once.", "FILE", short="-o", kind="file"),
            TTL,
            form("markdown", "json"),
            QUIET,
            VERBOSE,
        ),
        "What only a run can know is shown as its expression, like ⟨deployments.json[0].id⟩. The environment isn't read: an input "
        "that it would give is such a hole, too.",
        (
            ("runbook plan rollback.yml", "every step, its effect, the exact command"),
            ("runbook plan runbooks", "risk, counts and longest time of a whole library"),
            ("runbook plan rollback.yml -o plan.json", "to be reviewed, and run with `runbook run --plan plan.json`"),
        ),
    ),
    Command(
        "diff",
        "Show what a change of runbooks means: steps, commands, risk, protection",
        (
            Word("BASE", "what was: a file, a folder, a plan, a git revision, or REV:PATH", kind="file"),
            Word("HEAD", "what is, in the same forms", kind="file"),
            Word("PATHS", "of revisions: only these files and folders", required=False, many=True, kind="file"),
        ),
        (FAIL_ON, form("markdown", "json"), QUIET, VERBOSE),
        "Not the text is compared, but what would be done. A revision is read from git without being checked out. `!!` raises the risk, "
        "`!` weakens a protection: a guard, a success criterion, an approval, an undo, an escalation. Exit code 2 when a runbook can't be "
        "read on one of the sides.",
        (
            ("runbook diff old.yml new.yml", "two files"),
            ("runbook diff main HEAD runbooks", "two revisions"),
            ("runbook diff plan.json rollback.yml", "what changed since the plan was made"),
            ("runbook diff main HEAD --fail-on risk --fail-on weakened", "as a gate: exit code 1"),
        ),
    ),
    Command(
        "review",
        "Review a pull request: which runbooks it touches, and what that means",
        (Word("PATHS", "only these files and folders", required=False, many=True, kind="file"),),
        (
            Option("--base", "The branch that the change is for; compared is where it was left. Default: HEAD.", "REV"),
            Option("--head", "The change; default: the files as they lie here.", "REV"),
            Option("--output", "Write comment.md, review.md, review.sarif, review.json here.", "FOLDER", short="-o", kind="file"),
            FAIL_ON,
            form("markdown", "json", "github", "sarif"),
            QUIET,
            VERBOSE,
        ),
        "A runbook is touched, too, by a change of its policy, of a runbook that it calls, of a template or script. Nothing of either "
        "side is run or checked out. Ends with 2 when a touched runbook has an error. Writes to GITHUB_OUTPUT where that is set.",
        (
            ("runbook review --base origin/main --head HEAD", "what the branch changes"),
            ("runbook review --base origin/main --head HEAD -o review --format github", "in a workflow"),
            ("runbook review --fail-on risk", "before a commit: what isn't committed yet"),
        ),
    ),
    Command(
        "run",
        "Run a runbook",
        (Word("FILE", "the runbook's file; with --plan it may be left away", required=False, kind="file"),),
        (
            INPUT,
            INPUTS,
            Option("--plan", "Start nothing that isn't in this plan.", "FILE", kind="file"),
            Option(
                "--dry-run",
                "Really read, change nothing; with =rehearse let changes be rehearsed by their own tools.",
                "HOW",
                bare="read",
                choices=("read", "rehearse"),
            ),
            Option(
                "--output", "Of a dry run: write the plan with what was found, for a run to be bound to.", "FILE", short="-o", kind="file"
            ),
            TTL,
            Option("--until", "Pause before anything of this step starts or is asked.", "STEP", kind="step"),
            YES,
            PLAIN,
            STORE,
            JSON,
            QUIET,
            VERBOSE,
        ),
        "On a terminal it shows what it is going to do and asks first; a no ends it with 3. Without one it starts at once. "
        "Ctrl-C once: nothing new is started, running changes are awaited; twice: running programs are asked to end; three times: they "
        "are killed. --until takes every kind of step but `set` and `stop`, which are over in a moment. A step inside of a loop or a call "
        "is named by its path, with the key for one turn (`regions[eu]/restart`) or without it for the first that comes "
        "(`regions/restart`). A run that ends or pauses without having come to the step says so.",
        (
            ("runbook run rollback.yml --input app_id=3f1c2b4a-0000-4000-8000-000000000000", "one input from the command line"),
            ("runbook run rollback.yml --dry-run", "read everything, change nothing"),
            ("runbook run --plan plan.json", "what was reviewed, and nothing else"),
            ("runbook run rollback.yml --until commit", "stop before the step `commit`, to look"),
        ),
    ),
    Command(
        "approve",
        "Approve a step of a run, or a plan; or refuse it",
        (
            Word("RUN", "a run's id, its beginning or end, or `last`; or the file of a plan", kind="run"),
            Word("STEP", "the step that wants an approval; of a plan: none", required=False, kind="step"),
        ),
        (
            Option("--refuse", "Refuse it; wants --because."),
            Option("--waive", "Go on without it, where the policy lets the run's severity; wants --because."),
            BECAUSE,
            STORE,
            QUIET,
            VERBOSE,
        ),
        "Of a step it holds for exactly the command that is shown, of a plan for exactly what the plan says; a plan's approval is signed "
        "where there is a key. The name recorded is that of the operating system's user.",
        (
            ("runbook approve last drop_index", ""),
            ("runbook approve last drop_index --refuse --because 'wrong table'", ""),
            ("runbook approve plan.json", "counts for the steps of a run with this plan, if somebody else starts it"),
        ),
    ),
)
