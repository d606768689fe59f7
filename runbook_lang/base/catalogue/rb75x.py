"""RB751 to RB754: revisions of git that are compared. RB755 to RB757: a file is written anew, in its form or the other."""

from __future__ import annotations

from . import Entry

CODES: dict[str, Entry] = {
    "RB751": Entry(
        "There is no git repository that can be read",
        "Revisions are read with `git`. It isn't installed, the folder isn't in a repository, a path lies outside of it, or git refuses to "
        "read it; the message has git's own words. Files and folders can be compared without git.",
        bad="runbook diff main HEAD",
        good="runbook diff old.yml new.yml",
    ),
    "RB752": Entry(
        "There is no such revision",
        "Neither a branch, a tag nor a commit of this repository has that name. In a clone the branches of the server begin with the "
        "remote's name, and a branch that wasn't fetched isn't there.",
        bad="runbook diff main HEAD",
        good="runbook diff origin/main HEAD",
    ),
    "RB753": Entry(
        "The clone is shallow",
        "The commit that is needed isn't here, since only the newest ones were fetched. Build machines do so unless told otherwise. Fetch "
        "the history; nothing else is needed of it than the files at that commit.",
        bad="- uses: actions/checkout@v4",
        good="- uses: actions/checkout@v4\n  with: {fetch-depth: 0}",
    ),
    "RB754": Entry(
        "Two revisions have no history in common",
        "What a branch changed is told against the commit where it left the other one, and there is none. Name a revision that the branch "
        "really comes from.",
        good="runbook review --base origin/main --head HEAD",
    ),
    "RB755": Entry(
        "The text form has no spelling for this",
        "Every construct of the language can be written in both forms. What can't be is something that isn't right in the first place, "
        "an empty list of steps for instance, or a text with blanks at its end where a whole line is taken as it is. "
        "`runbook check` says what is wrong; remove the blanks, or the part that says nothing.",
        bad="retry: {}",
        good="retry: {times: 3}",
    ),
    "RB756": Entry(
        "A file would not say the same after it was written anew",
        "What `fmt` and `convert` write is read again before it is kept, and has to say the same and have the same comments. Here it "
        "didn't, so the file was left as it is. It is a fault of runbook's own: please report it together with the file.",
    ),
    "RB757": Entry(
        "The name doesn't fit the form",
        "How a file is read is told by its name: `.runbook` is the text form, `.yml` and `.yaml` are YAML. Give the output a name that ends "
        "so, or leave --output out to see the text.",
        bad="runbook convert rollback.yml --to text -o rollback.yml",
        good="runbook convert rollback.yml --to text -o rollback.runbook",
    ),
}
