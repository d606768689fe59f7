"""Findings over a whole runbook: names in order, effects, secrets, references, policy."""

from __future__ import annotations

from . import Entry

CODES: dict[str, Entry] = {
    "RB402": Entry(
        "Calls that go round in a circle",
        "A runbook calls another one, which in the end calls the first again, so that it would never end. Which runbook "
        "is called is known without running anything, so this is found here. Take one of the calls out, or move what "
        "both need into a third runbook.",
        bad="# a.yml\n- call: b.yml\n# b.yml\n- call: a.yml",
        good="# a.yml and b.yml\n- call: shared.yml",
    ),
    "RB403": Entry(
        "A step is read before it has run",
        "Steps run in the order of the file, and an expression sees only what ran before it. Move the step that is read "
        "up, or the one that reads it down. Branches of `parallel` don't see each other at all.",
        bad="- shell: echo ${size.lines[0]}\n- {id: size, shell: du -s .}",
        good="- {id: size, shell: du -s .}\n- shell: echo ${size.lines[0]}",
    ),
    "RB404": Entry(
        "A condition that is no bool",
        "`when`, `guard`, `expect`, `success` and the conditions of `choose` must be true or false. Nothing else counts as "
        "one of them: neither an empty list nor a zero. Say what you compare it with.",
        bad="guard: size(target.stable)",
        good="guard: size(target.stable) > 0",
    ),
    "RB405": Entry(
        "One secret with two sources",
        "A runbook and one that it calls declare a secret of the same name, and take it from different places. There would "
        "be two values under one name. Give one of them another name, or the same source.",
        bad="# caller\nsecrets: {token: {env: A}}\n# called\nsecrets: {token: {env: B}}",
        good="# both\nsecrets: {token: {env: A}}",
    ),
    "RB406": Entry(
        "A value that has no text form",
        "Lists, maps, records and null can't stand inside a text or be an argument. Take one field or element, or join a "
        "list of texts. A list of texts that stands alone in a command spreads over several arguments.",
        bad="shell: echo found ${deployments.json}",
        good="shell: echo found ${deployments.json[0].id}",
    ),
    "RB407": Entry(
        "A secret where it would be seen",
        "Arguments show in the process table, messages go to people, and both go to the journal. A secret may stand in "
        "headers, bodies, environment variables, standard input and rendered files only.",
        bad="shell: curl -H 'Authorization: ${token}' https://example.com",
        good='http: {get: "https://example.com", auth: {bearer: "${token}"}}',
    ),
    "RB408": Entry(
        "A loop over something that is no list",
        "`over` must be a list. The keys of a map become one by a macro.",
        bad="for_each: {over: settings.json, …}",
        good='for_each: {over: "settings.json.map(k, k)", max: 20, …}',
    ),
    "RB409": Entry(
        "An input of a called runbook gets another type",
        "The called runbook declares the type of its input, its choices, format and pattern, and what the call gives is not of them. Convert "
        "it, as in `int(…)` or `string(…)`, or give another.",
        bad="call: {runbook: scale.yml, inputs: {count: three}}",
        good="call: {runbook: scale.yml, inputs: {count: 3}}",
    ),
    "RB410": Entry(
        "An effect is lowered without a reason",
        "The tool's own facts say that the step changes or destroys something. Saying that it does less is possible, and "
        "needs a reason that reviewers see in the plan. Raising an effect needs none.",
        bad="- http: {post: …/validate}\n  effect: read",
        good="- http: {post: …/validate}\n  effect: read\n  because: the API only validates",
    ),
    "RB412": Entry(
        "`applied` or `rehearse` is no read",
        "`applied` asks whether a change took place, and `rehearse` tries one without making it. Both may run at any time, "
        "so they must be reads. If it is one though it looks otherwise, lower its effect with a reason.",
        bad="applied: {redis-cli: DEL marker}",
        good="applied: {redis-cli: EXISTS marker, expect: result.value == 1}",
    ),
    "RB413": Entry(
        "A step that isn't there",
        "`settles` and `undo` name steps of the same runbook. Correct the name.",
        bad="settles: [rolback]",
        good="settles: [rollback]",
    ),
    "RB414": Entry(
        "Nothing to undo",
        "`settles` or `undo` names a step that has no `undo`, and is no loop or call in which there may be some; or one that comes later, or the "
        "step itself, of which nothing is there to be undone yet. Give that step an undo, put this behind it, or leave its name out.",
        bad="- {id: a, shell: make release}\n- undo: a",
        good="- {id: a, shell: make release, undo: {shell: make withdraw}}\n- undo: a",
    ),
    "RB416": Entry(
        "A retry that will often not happen",
        "A change is tried again only when it is known that nothing was applied: it was refused, or never started. If doing "
        "it twice is doing it once, say so; or give a read that says whether it is in place: applied. If neither, it is right that nobody "
        "repeats it by itself.",
        bad="- shell: deploy\n  retry: {times: 3}",
        good="- shell: deploy\n  retry: {times: 3}\n  repeatable: true",
    ),
    "RB418": Entry(
        "The called runbook has no such input",
        "A call gives an input that the called runbook doesn't declare. Correct the name, or leave it out.",
        bad="call: {runbook: health.yml, inputs: {urll: …}}",
        good="call: {runbook: health.yml, inputs: {url: …}}",
    ),
    "RB419": Entry(
        "An input is missing in a call",
        "The called runbook needs an input that has no default. The environment counts only for the runbook that is started, "
        "so a call has to give it.",
        bad="call: health.yml",
        good='call: {runbook: health.yml, inputs: {url: "${url}"}}',
    ),
    "RB420": Entry(
        "There is no such window",
        "Windows are declared in the policy, with their hours in its zone. Correct the name, or declare it there.",
        bad="wait: {window: maintenence}",
        good="wait: {window: maintenance}",
    ),
    "RB422": Entry(
        "The policy has no such severity",
        "Severities and whom they call are declared in the policy. Use one of its names.",
        bad="severity: S1",
        good="severity: P1",
    ),
    "RB423": Entry(
        "A lock that isn't known at the start",
        "Locks are taken before the first step, so they are made from inputs only: not from secrets, "
        "not from the time, and not from what a step finds out. Where the inputs of a run make no lock, that run doesn't start.",
        bad='locks: ["app/${app.json[0].id}"]',
        good='locks: ["app/${app_id}"]',
    ),
    "RB424": Entry(
        "A loop without a bound",
        "How many turns this loop has is known only in the run. A plan needs to know how many there are at most, and so "
        "do the people who read it. A longer list then fails the step instead of surprising anybody.",
        bad="for_each: {over: hosts.lines, as: host, steps: […]}",
        good="for_each: {over: hosts.lines, as: host, max: 20, steps: […]}",
    ),
    "RB425": Entry(
        "The policy has no such tier or role",
        "Tiers and roles are declared in the policy. Correct the name, or declare it there.",
        bad="approve: {role: devop}",
        good="approve: {role: devops}",
    ),
    "RB426": Entry(
        "A step destroys and doesn't say why",
        "What a step destroys can't be brought back: it always wants an approval, and whoever approves wants to read why it "
        "is right. Say it in the file, so that the reviewers of the file read it too.",
        bad="- redis-cli: FLUSHDB",
        good="- redis-cli: FLUSHDB\n  because: the cache holds nothing that isn't in the database",
    ),
    "RB427": Entry(
        "A secret that a crash would lose",
        "The result of a change holds secrets, and a later step may read them. Secrets are kept nowhere: after a crash they "
        "are read again by running their step again, and a change isn't run again. Read them in a step of its own.",
        bad="- {id: made, doctl: databases create …}\n- shell: {command: …, env: {P: '${made.json[0].connection.password}'}}",
        good="- {id: made, doctl: databases create …}\n- {id: db, doctl: databases get …}",
    ),
    "RB428": Entry(
        "An action that can't run on another host",
        "`on` sends a program over ssh. http, tls, render and notify are no programs: they run inside of runbook, on the "
        "host where it was started.",
        bad='http: {get: "http://localhost:8080/health"}\non: ops@app.example.com',
        good="shell: curl -fsS http://localhost:8080/health\non: ops@app.example.com",
    ),
    "RB429": Entry(
        "A wait for a person that is longer than the policy's",
        "`within` of the step is longer than `waits: {people: …}` of the policy, which says how long a run may wait for a person. Whoever relies on "
        "the policy would find a run that waits on. Shorten it, or say so in the policy.",
        bad="ask: {do: Restart it, within: 72h}    # waits: {people: 24h}",
        good="ask: {do: Restart it, within: 12h}",
    ),
    "RB430": Entry(
        "An applied that never says no",
        "`applied` is asked when it isn't known whether a change took effect. If it passes, the change is in place; only an `expect` that is "
        "false says that it isn't. A program that ends with another exit code, or a server that can't be reached, says nothing: the change "
        "stays in doubt, and a person is asked. Say what is true when the change is in place; an `expect` that reads `result.exit` makes of "
        "every other exit code a no.",
        bad="applied: {shell: test -e /run/maintenance}",
        good="applied: {shell: test -e /run/maintenance, expect: result.exit == 0}",
    ),
    "RB431": Entry(
        "A stop that settles",
        "`settles` closes the undo of other steps once its own step is done. A `stop` ends the runbook and is never done, so nothing "
        "would be closed. Put `settles` on the step that makes the undo invalid.",
        bad="- {stop: succeeded, settles: [rollback]}",
        good="- {id: commit, shell: make keep, settles: [rollback]}\n- stop: succeeded",
    ),
    "RB432": Entry(
        "A loop whose turns can't be told apart, or are too many",
        "The list stands in the file, so its turns are known: they are more than `max`, or two of them have the same key, or a key can't stand in "
        "the path of a step. The loop could only fail.",
        bad="for_each: {over: \"['/etc/hosts']\", as: file, key: file, steps: […]}",
        good="for_each: {over: \"['hosts']\", as: file, key: file, steps: […]}",
    ),
}
