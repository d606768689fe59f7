"""How the text form is written, statement by statement: what messages and the reference show."""

from __future__ import annotations

USAGE = {
    "runbook": 'runbook restart-app "Restart the app" {',
    "description": 'description "What it is for"',
    "source": 'source "RUNBOOK.md §4.1"',
    "severity": "severity P1",
    "policy": "policy policy.yml",
    "window": "window maintenance",
    "lock": 'lock "app/${app_id}"',
    "input": 'input app_id: string(uuid) from env DO_APP_ID = "…" "The app"',
    "secret": 'secret token from env API_TOKEN for "${api}" "What it opens"',
    "defaults": 'defaults psql {host: "${pg_host}"}',
    "success": "success health.ok && commit.ok",
    "on failure": "on failure { undo all }",
    "output": 'output version = "${live.json.version}"',
    "step": 'step health "Ask the app how it is" { … }',
    "set": 'set healthy = health.json.status == "UP"',
    "ask": 'ask answer "How many?" type int`, `ask do "Drain the traffic"` or `ask approve "Go on?" role devops',
    "wait": 'wait 5m`, `wait at "2026-03-01T02:00:00Z"` or `wait window maintenance',
    "choose": "choose { when size(apps) > 0 { … } else { … } }",
    "when": "when size(apps) > 0",
    "else": "else { … }",
    "parallel": "parallel { step a { … } step b { … } }",
    "branch": "branch name { … }",
    "for": "for each app in apps.json { … }",
    "try": "try { … }",
    "rescue": "rescue { … }",
    "always": "always { … }",
    "call": 'call verify.runbook with {app_id: "${app_id}"}',
    "escalate": 'escalate "The restart failed" severity P1 tier devops',
    "undo": "undo all`, or beside an action `undo { … }",
    "stop": 'stop failed "There is no app"',
    "guard": "guard size(target.stable) > 0",
    "expect": "expect result.status == 200",
    "retry": "retry every 10s for 5m times 3",
    "timeout": "timeout 30s",
    "effect": "effect read",
    "because": 'because "it only validates"',
    "may": "may fail",
    "not": "not repeatable",
    "settles": "settles rollback, other",
    "applied": "applied { doctl apps get ${app_id}; expect result.json.ok }",
    "rehearse": "rehearse { … }",
    "approve": 'approve "Is the traffic drained?" role devops count 2 within 1h',
    "sensitive": "sensitive stdout, json",
    "on": 'on "ops@bastion"',
    "http": "http get ${url}`, or `http post ${url} with {json: {…}}",
    "key": "key app.id",
    "yield": "yield cert.days_left",
    "max": "max 20",
    "limit": "limit 4",
    "fail": "fail late",
    "title": 'title "What it does"',
}
"""How each statement is written, by its first word."""

PLACES = {
    **dict.fromkeys(
        "description source severity policy window lock input secret defaults success output".split(), "directly inside of `runbook`"
    ),
    **dict.fromkeys(
        (
            "guard when expect retry timeout effect because may repeatable not settles applied rehearse approve sensitive try rescue always"
        ).split(),
        "inside of a step, `step name { … }`",
    ),
    "branch": "directly inside of `parallel { … }`",
    "else": "directly inside of `choose { … }`, after the arms with `when`",
    **dict.fromkeys(("key", "yield", "max"), "directly inside of `for each … { … }`"),
    **dict.fromkeys(("limit", "fail"), "directly inside of `for each … { … }` or `parallel { … }`"),
    "on": "inside of a step; `on failure { … }` directly inside of `runbook`",
    "title": 'inside of `undo`, `applied` or `rehearse`; a step\'s title follows its name: `step name "Title" {`',
    "runbook": "once, at the beginning of the file",
    "step": "where steps stand: in `runbook`, `on failure`, an arm, a branch, a loop, `try`, `rescue`, `always`",
}
"""Where a statement may stand, by its first word."""

INSTEAD = {
    "steps": ("Steps stand directly in the runbook; there is no `steps`.", 'Write `step name "Title" { … }` for each.'),
    "inputs": ("Each input is a line of its own.", "Write `input app_id: string from env DO_APP_ID`."),
    "secrets": ("Each secret is a line of its own.", "Write `secret token from env API_TOKEN`."),
    "outputs": ("Each output is a line of its own.", 'Write `output version = "${live.json.version}"`.'),
    "locks": ("Each lock is a line of its own.", 'Write `lock "app/${app_id}"`.'),
    "on_failure": ("In the text form these are two words.", "Write `on failure { … }`."),
    "may_fail": ("In the text form these are two words.", "Write `may fail`."),
    "for_each": ("In the text form these are two words.", "Write `for each app in apps.json { … }`."),
    **dict.fromkeys(("foreach", "loop", "repeat"), ("A loop begins with `for each`.", "Write `for each app in apps.json { … }`.")),
    "while": ("There is no `while`.", "To wait for something, `retry every 10s for 5m` beside `expect`; for a list, `for each`."),
    **dict.fromkeys(
        ("if", "elif", "elseif", "unless", "case", "switch"),
        (
            "A decision is `choose`; for a single step, `when` inside of it.",
            "Write `choose { when … { … } else { … } }`, or `when …` in the step.",
        ),
    ),
    **dict.fromkeys(("catch", "except"), ("After `try` follows `rescue`.", "Write `rescue { … }`.")),
    "finally": ("What is done in any case is `always`.", "Write `always { … }`."),
    "id": ("A step's id follows the word `step`.", 'Write `step health "Title" { … }`.'),
    "expects": ("The word is `expect`.", "Write `expect result.status == 200`."),
    "run": ("A step says which executor it is for.", "For a program of your own: `shell ./restart.sh`."),
    "env": ("Environment variables are an argument of `shell`.", 'Write `shell ./restart.sh with {env: {NAME: "value"}}`.'),
    "default": ("A default follows `=` on the line of its input.", "Write `input port: int = 5432`."),
}
"""Words that people try, and what is written instead."""
