"""All commands, as data: the parser, the help, the completion and the reference are made from it."""

from __future__ import annotations

from .args import Command, Option, Word
from .table_editors import EDITORS
from .table_library import LIBRARY
from .table_people import PEOPLE
from .table_plans import BECAUSE, JSON, PLAIN, PLANS, QUIET, STORE, VERBOSE, YES, form
from .table_text import FORMS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

RUN = Word("RUN", "a run's id, its beginning or end, or `last`", kind="run")
_COMMON = (JSON, QUIET, VERBOSE)

_COMMANDS = (
    Command(
        "new",
        "Write a commented runbook to start from",
        (Word("NAME", "the new runbook's name, like restart-worker, or its file"),),
        (Option("--output", "The file to write; default: NAME.yml.", "FILE", short="-o", kind="file"), QUIET, VERBOSE),
        "The file has five steps that show guards, expectations, an undo and an escalation. It passes `runbook check`.",
        (("runbook new restart-worker", "writes restart-worker.yml"),),
    ),
    Command(
        "check",
        "Find what is wrong in runbooks and policies, without running anything",
        (Word("PATHS", "files, or folders whose .yml, .yaml and .runbook files are looked through", many=True, kind="file"),),
        (
            form("json", "github"),
            Option("--strict", "Warnings count as errors."),
            QUIET,
            Option("--verbose", "Show each file, and each step with its effect and the reason.", short="-v"),
        ),
        "All errors of a file come at once. Opens no connection, starts no program, needs no secret. In a folder only files that "
        "are runbooks or policies count.",
        (
            ("runbook check rollback.yml", "one file"),
            ("runbook check --strict runbooks", "all in a folder; warnings fail too"),
            ("runbook check --format github runbooks", "as annotations of a pull request"),
        ),
    ),
    Command(
        "explain",
        "Explain a code such as RB214, with examples",
        (Word("CODE", "the code; none lists all", required=False),),
        (QUIET, VERBOSE),
        examples=(("runbook explain RB214", "what it means and what to do"),),
    ),
    Command(
        "eval",
        "Evaluate an expression; print its type and value",
        (Word("EXPRESSION", "the expression", required=False),),
        (
            Option("--bindings", "A JSON file of names and values.", "FILE", kind="file"),
            Option("--run", "Take the names and recorded results of this run.", "RUN", kind="run"),
            Option("--cases", "Judge a JSON file of cases instead; prints passed, failed and left out.", "FILE", kind="file"),
            STORE,
            *_COMMON,
        ),
        'A value in --bindings is plain JSON, or {"type", "value"} where a type has to be told.',
        (
            ("runbook eval '1 + 2 == 3'", "prints the type and the value"),
            ("runbook eval 'deployments.json[0].phase' --run last", "with the results of a run"),
        ),
    ),
    Command(
        "test",
        "Run case files: a runbook, what the world answers, what is wanted",
        (Word("PATHS", "case files, or folders of them", many=True, kind="file"),),
        (Option("--update", "Write what happened into the files as what is wanted."), *_COMMON),
        "Nothing real is started: each step gets the answer that the file gives for it. A step without an answer fails the case.",
        (("runbook test tests/cases", "all case files of a folder"),),
    ),
    Command(
        "resume",
        "Go on with a run that was paused, cut off or killed",
        (RUN, Word("FILE", "the runbook's file as it is now; default: where it was", required=False, kind="file")),
        (
            Option("--retry", "Try this waiting step again now.", "STEP", kind="step"),
            Option("--skip", "Go on as if this step weren't there; wants --because.", "STEP", kind="step"),
            BECAUSE,
            Option("--assume", "What became of changes in doubt.", "WHAT", choices=("done", "not-done")),
            Option("--as-recorded", "Go on with the files as they were, although they have changed."),
            PLAIN,
            STORE,
            *_COMMON,
        ),
        "A finished step never runs again. A change that was cut off is looked for first; whether it took place is asked, never guessed.",
        (("runbook resume last", "the newest run"), ("runbook resume last --assume done", "the change in doubt did take place")),
    ),
    Command(
        "answer",
        "Answer a question of a run, or settle what is in doubt",
        (RUN, Word("STEP", "the step that asks", kind="step"), Word("VALUE", "the answer; of a doubt: done or not-done")),
        (Option("--note", "A remark; it is recorded.", "TEXT"), STORE, QUIET, VERBOSE),
        examples=(("runbook answer last replicas 3", "a number"), ("runbook answer last restart done", "a change in doubt took place")),
    ),
    Command(
        "abort",
        "End a paused run",
        (RUN,),
        (
            Option("--undo", "Undo what was done, newest first."),
            YES,
            PLAIN,
            STORE,
            *_COMMON,
        ),
        examples=(("runbook abort last --undo", "end it and take back what it did"),),
    ),
    Command(
        "undo",
        "End a paused run and undo what it did, newest first",
        (RUN,),
        (YES, PLAIN, STORE, *_COMMON),
        "The same as `abort --undo`.",
    ),
    Command(
        "status",
        "Show what waits for whom, and the command to type",
        (Word("RUN", "one run; default: all that aren't closed", required=False, kind="run"),),
        (STORE, *_COMMON),
    ),
    Command(
        "runs",
        "List runs, the newest first",
        (),
        (
            Option("--limit", "How many.", "N", kind="int"),
            Option("--state", "Only runs in this state.", "STATE", choices=("closed", "paused", "live", "cut")),
            Option("--prune", "Remove closed runs that are older than --keep."),
            Option("--keep", "How long runs are kept, like 90d.", "TIME"),
            BECAUSE,
            YES,
            STORE,
            *_COMMON,
        ),
        "A run on legal hold, or one that isn't closed, is never removed. What is removed stands in the store's runs.log.",
        (("runbook runs --prune --keep 90d", "remove what is older than 90 days"),),
    ),
    Command(
        "show",
        "Show a run: its steps, what came of them, its outcome",
        (RUN,),
        (Option("--output", "Also show what this step wrote.", "STEP", kind="step"), STORE, *_COMMON),
        examples=(("runbook show last", ""), ("runbook show last --output deployments", "with the output of a step")),
    ),
    Command(
        "report",
        "Write a run as a document: Markdown, HTML or JSON",
        (RUN,),
        (
            Option("--format", "The form of the document; default: md.", "FORMAT", choices=("md", "html", "json")),
            Option("--template", "A Jinja2 template of your own for md or html.", "FILE", kind="file"),
            Option("--audit", "With the verdicts of `runbook audit verify`."),
            Option("--output", "Write to this file.", "FILE", short="-o", kind="file"),
            STORE,
            QUIET,
            VERBOSE,
        ),
        "The HTML page draws the timeline and needs no network. The Markdown is an entry for a log of deployments: when, what, the root "
        "cause to be filled in, the resolution, the people.",
        (
            ("runbook report last >> docs/deployment-log.md", "an entry of the log"),
            ("runbook report last --format html -o run.html", "one page, for a browser or a printer"),
        ),
    ),
    Command(
        "audit",
        "Verify a run's journal, prove it to others, anchor it, export it",
        (
            Word(
                "ACTION",
                "verify, proof, check-proof, anchor, export, seal, hold, release or redact",
                choices=("verify", "proof", "check-proof", "anchor", "export", "seal", "hold", "release", "redact"),
            ),
            Word("RUN", "a run, or a run's folder that was copied; of check-proof: the file", required=False, kind="run"),
            Word("STEP", "the step to prove, or whose output is redacted", required=False, kind="step"),
        ),
        (
            Option(
                "--require", "Fail, too, when there is nothing to judge this by.", "VERDICT", many=True, choices=("signature", "anchored")
            ),
            Option("--anchor", "A file of checkpoints that you kept; they must fit.", "FILE", many=True, kind="file"),
            Option("--every", "Verify every signature, also of very many."),
            Option("--no-conformance", "Leave out the fifth verdict, which costs most."),
            Option("--line", "Prove this line of the journal.", "N", kind="int"),
            Option("--file", "Anchor: append the checkpoint to this file.", "FILE", kind="file"),
            Option("--git", "Anchor: as a git note on the HEAD of this repository.", "FOLDER", kind="file"),
            Option("--webhook", "Anchor: post the checkpoint to this address.", "URL"),
            Option("--tsa", "Anchor: have it stamped by this time-stamping authority (RFC 3161).", "URL"),
            Option("--output", "Write to this file; of proofs: into this folder.", "FILE", short="-o", kind="file"),
            BECAUSE,
            STORE,
            form("json", "jsonl", "csv", "otlp-json", "cef"),
            QUIET,
            VERBOSE,
        ),
        "Five separate verdicts: integrity, completeness, signature, anchored, conformance. Nothing is written by `verify`. Without "
        "a run it looks at the list of all runs, so that none can have vanished.",
        (
            ("runbook audit verify last", "the five verdicts, each with its reason"),
            ("runbook audit proof last deploy -o proofs", "what an auditor gets without the rest"),
            ("runbook audit check-proof proofs/1a2b3c4d-9.tlog-proof", "needs only the trusted keys"),
            ("runbook audit anchor last --git .", "as a note on the commit"),
            ("runbook audit export last --format csv", "for a spreadsheet"),
        ),
    ),
    Command(
        "key",
        "Make, list, trust, rotate and revoke keys that sign runs",
        (
            Word("ACTION", "new, list, trust, rotate or revoke", choices=("new", "list", "trust", "rotate", "revoke")),
            Word("NAME", "the key's name; of trust: the verifier key", required=False),
        ),
        (
            Option("--passphrase", "Ask for a passphrase (or take RUNBOOK_KEY_PASSPHRASE)."),
            Option("--agent", "Use a key of the ssh-agent, named by its comment.", "COMMENT", bare="any"),
            Option("--since", "Trust: from this day on.", "DATE"),
            Option("--overlap", "Rotate: how long the old key's signatures still count.", "TIME"),
            BECAUSE,
            *_COMMON,
        ),
        "Private keys are kept apart from the runs, in RUNBOOK_KEYS or ~/.config/runbook/keys. With a key every run is signed.",
        (
            ("runbook key new ops", "from now on runs are signed"),
            ("runbook key trust 'ops+2fadf64c+AS4U…'", "signatures by another's key count"),
            ("runbook key rotate", "a new key; the old one's signatures still count"),
        ),
    ),
    Command(
        "schema",
        "Print the JSON Schema of a kind of file",
        (Word("KIND", "default: runbook", required=False, choices=("runbook", "policy", "plan", "journal")),),
        (QUIET, VERBOSE),
        examples=(("runbook schema > runbook.schema.json", "for an editor"),),
    ),
    Command(
        "executors",
        "List the executors, their programs and where they come from",
        (),
        _COMMON,
    ),
    Command(
        "tools",
        "Look at the tools that are driven: versions, what is missing, new facts",
        (
            Word(
                "ACTION", "list the tools; doctor: what runbooks need and lack; snapshot: new facts", choices=("list", "doctor", "snapshot")
            ),
            Word("WHAT", "doctor: files or folders; snapshot: doctl or redis-cli", required=False, many=True, kind="file"),
        ),
        (
            Option("--from", "The redis server to ask; its password comes from REDISCLI_AUTH.", "HOST[:PORT]"),
            Option("--only", "Only these top-level commands of doctl, with commas between.", "NAMES", many=True),
            Option("--output", "The file to write; default: standard output.", "FILE", short="-o", kind="file"),
            *_COMMON,
        ),
        "A snapshot in the folder `surfaces` beside the runbooks is used for them in place of the built-in facts.",
        (
            ("runbook tools list", "programs, their versions, and whether the facts fit them"),
            ("runbook tools doctor runbooks", "what they need that isn't here"),
            ("runbook tools snapshot doctl -o runbooks/surfaces/doctl.json", "facts of the installed doctl"),
        ),
    ),
    Command(
        "completion",
        "Print the completion of a shell",
        (Word("SHELL", "bash, zsh or fish", choices=("bash", "zsh", "fish")),),
        (),
        examples=(("source <(runbook completion bash)", "in ~/.bashrc"),),
    ),
)

COMMANDS: Mapping[str, Command] = {command.name: command for command in (*_COMMANDS, *PEOPLE, *PLANS, *LIBRARY, *FORMS, *EDITORS)}

GROUPS: Mapping[str, tuple[str, ...]] = {
    "Write and check": ("new", "check", "fmt", "convert", "plan", "diff", "review", "explain", "eval", "test"),
    "Run": ("run", "resume", "abort", "undo"),
    "Answer": ("status", "answer", "approve"),
    "Look": ("runs", "show", "report"),
    "People": ("policy", "escalations", "ack", "resolve", "schedule", "close", "followups"),
    "Prove": ("audit", "key"),
    "Manuals": ("import", "docs", "drift"),
    "Tools": ("schema", "executors", "tools", "completion", "lsp"),
}
"""How the overview sorts them; each command stands in one group."""
