"""RB751 to RB754: revisions of git that are compared."""

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
}
