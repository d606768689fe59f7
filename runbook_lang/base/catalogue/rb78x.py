"""RB78x: plans as files, and the runs that are bound to them."""

from __future__ import annotations

from . import Entry

_ANEW = "runbook plan rollback.yml -o plan.json"

CODES: dict[str, Entry] = {
    "RB780": Entry(
        "The file is no plan",
        "A plan's file is made by `runbook plan FILE -o plan.json`: JSON with `digest`, `content`, `plan` and an `envelope`. Without the "
        "envelope (as `--format json` prints it) it can be read and compared, but not approved and not run.",
        bad="runbook run --plan rollback.yml",
        good=_ANEW,
    ),
    "RB781": Entry(
        "The plan is of another version",
        "The form of plans has a number, and this program reads only its own. Another version of runbook made the file, so it may mean "
        "something else by the same words. Make the plan anew with the version that will run it, and have it reviewed again.",
        good=_ANEW,
    ),
    "RB782": Entry(
        "The plan was changed by hand",
        "`content` is a digest over all that the plan says; it doesn't fit any more. Approvals are bound to it, so whoever approved saw "
        "other words. Don't edit a plan: change the runbook or the inputs, and make the plan anew.",
        good=_ANEW,
    ),
    "RB783": Entry(
        "The plan is stale",
        "A plan made now from the same inputs would be another one: a file of the library, the policy, or the facts about a tool changed "
        "since it was reviewed. The message lists the fields that differ, with what the plan has and what a new one would have. Nothing "
        "was started; the exit code is 9.",
        good=_ANEW,
    ),
    "RB784": Entry(
        "The plan is of another runbook",
        "The runbook that was named isn't the one that the plan was made from. Name its own file, or none: the plan's file knows where "
        "the runbook lay, relative to itself.",
        bad="runbook run restart.yml --plan rollback-plan.json",
        good="runbook run --plan rollback-plan.json",
    ),
    "RB785": Entry(
        "The plan has expired",
        "A plan is good for a day unless `--ttl` says otherwise: the longer it lies, the less the world is the one that was reviewed. "
        "Make it anew, and have it approved again.",
        good="runbook plan rollback.yml --ttl 4h -o plan.json",
    ),
    "RB786": Entry(
        "The plan was used before",
        "A plan is good for one run of a store; the message names the run that used it, whatever came of it. To go on with that run, "
        "resume it. To run again, make the plan anew.",
        good="runbook resume last",
    ),
    "RB787": Entry(
        "An input differs from the plan's",
        "The run is bound to a plan that fixes this input. Leave the value away, or make a plan with the other one. Inputs that are open "
        "in the plan are given as usual.",
        bad="runbook run --plan plan.json --input replicas=9",
        good="runbook run --plan plan.json",
    ),
    "RB788": Entry(
        "An approval of the plan doesn't hold",
        "An approval is bound to the plan's digests, its id and its end, and where its giver has a key it is signed. One that was "
        "copied from another plan, changed, or given twice doesn't count, and a plan that somebody refused isn't run.",
        good="runbook approve plan.json",
    ),
}
