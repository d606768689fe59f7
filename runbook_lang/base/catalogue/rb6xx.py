"""RB6xx: the journal, the store and secrets."""

from __future__ import annotations

from . import Entry

CODES: dict[str, Entry] = {
    "RB601": Entry(
        "Another process holds the run",
        "A run's journal has one writer. Another process has it open: the run goes on there, and a second one beside it would "
        "do its steps twice. The message names the process. Approve or answer from another terminal: those commands "
        "leave a message for the writer. A SIGTERM to the process pauses the run, and then it can be aborted. When that process has ended, the lock has ended with it; there is nothing to clean up.",
        bad="runbook resume last      # while the run is live in another terminal",
        good="runbook approve last/deploy",
    ),
    "RB602": Entry(
        "The journal or the store can't be written",
        "Nothing is run that can't be written down first, so a failed write or flush ends the run at once. It isn't tried "
        "again: what a failed flush leaves on the disk isn't known. What was acknowledged before is safe. Look at the reason in "
        "the message (a full disk, a quota, permissions, a disk error), then resume: steps that began without an outcome are "
        "looked at first.",
        bad="RUNBOOK_STORE=/read-only runbook run deploy.yml",
        good="RUNBOOK_STORE=/var/lib/runbook runbook run deploy.yml",
    ),
    "RB603": Entry(
        "A line of the journal is bad",
        "Each line holds a digest of itself and of the line before it, and this line breaks one of them: it was changed, cut, "
        "put in or moved after it was written, or the disk lost bytes. The message gives its number and byte offset. Nothing is "
        "resumed from such a journal, since a step may have run that isn't in it. Restore the file from a backup, and let "
        "`runbook audit verify` say what can be trusted.",
    ),
    "RB604": Entry(
        "There is no such run",
        "A run is named by its id, by the beginning or the end of it if only one run has it, or by `last`. Ids begin with the "
        "time, so those of one day begin alike: the last characters tell them apart sooner. Runs are kept in `.runbook` beside "
        "the library, or where RUNBOOK_STORE says.",
        bad="runbook show 0",
        good="runbook show last",
    ),
    "RB605": Entry(
        "An event can't be written as a line",
        "A journal's line holds text, true and false, and whole numbers below 2^53, and has at most 4 MiB. Something in this "
        "event is none of these or is too large, for example the list of arguments of a step. Nothing was written. Hand large "
        "data over as a file.",
    ),
    "RB606": Entry(
        "The kept program of a run was changed",
        "A run keeps a copy of the files that it was compiled from, and goes on only with them: with others, its journal would "
        "mean something else. One of the copies is missing or differs from its digest. Restore `program/` in the run's folder "
        "from a backup, or abort the run and start a new one.",
    ),
    "RB608": Entry(
        "A lock can't be taken",
        "The file of a named lock in the store can't be opened or locked. This isn't a lock that someone else holds (the run "
        "would wait for that), but a fault of the folder: its permissions, a full disk, a file system without locks. Nothing "
        "that needs the lock was started.",
    ),
    "RB609": Entry(
        "A message for a run can't be left or read",
        "Approvals, answers and cancels reach a live run as files in its `inbox/`. The folder can't be written or read: look at "
        "its permissions and at the free space. Only the user who started a run can leave messages for it.",
    ),
    "RB610": Entry(
        "A secret has no value",
        "A declared secret takes its value from an environment variable or a person, and there was none. The message names the "
        "secret and what to set. Nothing was run. An empty value counts as missing.",
        bad="runbook rotate.yml                  # secrets: {token: {env: DO_TOKEN}}",
        good="DO_TOKEN=… runbook run rotate.yml",
    ),
    "RB611": Entry(
        "The file of a secret can't be read",
        "A secret that is declared with `file` is read from there when the run starts, without its last line end. The file is "
        "missing, unreadable, empty, or holds no text. Relative names start from the runbook's folder.",
        bad="secrets: {token: {file: token.txt}}      # and there is no token.txt",
        good="secrets: {token: {file: ~/.config/app/token}}",
    ),
    "RB612": Entry(
        "A secret is too short or too long to be masked, or no text",
        "Secret values are replaced by their names in everything that is written or shown. A value of fewer than four "
        "characters turns up in ordinary text all the time: masking it would make every output unreadable and still give the "
        "value away. Use a longer value; hand one of more than 262144 characters over as a file that the tool reads itself. Bytes that "
        "aren't UTF-8 text look different wherever they are shown, so they can't be found: encode them with base64.",
        bad="DB_PASSWORD=abc",
        good="DB_PASSWORD=correct-horse-battery",
    ),
    "RB613": Entry(
        "The command of a secret gave no value",
        "A secret that is declared with `command` is what that program writes to standard output, without its last line end. "
        "The program couldn't be started, failed, took longer than a minute, or wrote nothing. It is started without a shell: "
        "pipes and variables don't work in it. Run it by hand to see what it says.",
        bad='secrets: {token: {command: "pass show token | head -1"}}',
        good='secrets: {token: {command: "pass show token"}}',
    ),
    "RB614": Entry(
        "The value of a secret isn't known any more",
        "A step's result held a secret, such as a new password. Values of secrets are never written down, so after a resume "
        "this one is gone, and a later step needs it. Run the step that reads it again, or declare the value as a secret of the "
        "runbook.",
    ),
}
