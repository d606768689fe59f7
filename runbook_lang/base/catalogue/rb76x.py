"""Codes of what concerns people: policies that are asked, escalations, notices, what comes after an incident."""

from . import Entry

CODES: dict[str, Entry] = {
    "RB760": Entry(
        "Not a moment",
        "A moment is written as a date and a time of day. Without an offset it is meant in the policy's zone.",
        bad='runbook policy who P1 --at "tomorrow"',
        good='runbook policy who P1 --at "2026-12-25 03:00"',
    ),
    "RB761": Entry(
        "A severity that the policy doesn't have",
        "The severity asked for isn't under `severities` of the policy. The message lists those that are.",
    ),
    "RB762": Entry(
        "A person whom the policy doesn't know",
        "An escalation is acknowledged and resolved only by the people of the policy as it was when the escalation was raised. You are known by "
        "your OS user (`os_user`), or by the name that you give with `--as`. Somebody who joined later can't answer what was raised "
        "before.",
        good="runbook ack last --as oncall-1",
    ),
    "RB763": Entry(
        "Nothing to acknowledge or resolve",
        "The escalation is acknowledged or resolved already (the message says by whom), or the step raised none. An acknowledgement holds once; "
        "a resolved escalation is over. If two people answer at the same moment, the first one counts.",
    ),
    "RB764": Entry(
        "An approval that doesn't count",
        "With `four_eyes`, which holds wherever a policy doesn't say otherwise, whoever operates a run can't approve what it does. With "
        "`proven: true` only approvals count that a key of the policy's signed. A waiver counts where the policy names the run's severity "
        "under `waive`, and with a reason. Nothing was recorded.",
        bad="runbook approve last wipe    (as the operator of the run)",
        good="runbook approve last wipe    (as somebody else)",
    ),
    "RB765": Entry(
        "Maintenance that can't be scheduled so",
        "The window isn't open at that moment, or the notice that the policy wants can't be given any more, or nobody would be told, or there "
        "is no such scheduled start. The message says which, and what would do.",
        good="runbook schedule upgrade.yml --window maintenance",
    ),
    "RB766": Entry(
        "An incident that isn't over",
        "`close` writes down what came of a run, so the run has to be over and its escalations resolved. Go on with it, abort it, or resolve them.",
        good="runbook resolve last && runbook close last",
    ),
    "RB767": Entry(
        "The record of what was done afterwards can't be used",
        "`after.json` beside the run's journal says which parts of `close` are done and what is still to be done. It can't be read or written; "
        "nothing is done without it, or it would be done twice.",
    ),
    "RB768": Entry(
        "No such thing to be done",
        "The number isn't in the run's list, or it was done already. `runbook followups --all` shows the list.",
    ),
    "RB769": Entry(
        "A runbook that can't close an incident",
        "The runbook that the policy names under `after: {runbook: …}` isn't there, or it has no input `run`, by which it is told which incident it closes. Give it one; "
        "further inputs that it may declare are listed on the page about what comes after an incident.",
        bad="inputs: {title: string}",
        good="inputs: {run: {type: string, description: The run of the incident}, title: string}",
    ),
}
