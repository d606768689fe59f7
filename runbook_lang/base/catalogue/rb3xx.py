"""RB3xx: the structure of runbooks and policies, and the arguments of actions."""

from __future__ import annotations

from . import Entry

CODES: dict[str, Entry] = {
    "RB301": Entry(
        "The file is no mapping",
        "A runbook or a policy is a mapping of keys to values. This file holds a list or a single text instead. A runbook "
        "begins with `runbook: its-name`; its steps stand below `steps:`.",
        bad="- doctl: apps list",
        good="runbook: list-apps\nsteps:\n  - doctl: apps list",
    ),
    "RB302": Entry(
        "Unknown key",
        "The mapping has no such key. A misspelt key that was silently ignored would be a guard that never guards, so it is an "
        "error. The help names the nearest key, or all of them.",
        bad="- doctl: apps list\n  gaurd: ready",
        good="- doctl: apps list\n  guard: ready",
    ),
    "RB303": Entry(
        "A required key is missing",
        "Without this key the mapping says nothing that could be run. The help shows what the key is for; add it.",
        bad="- for_each: {over: apps.json, steps: [{doctl: apps list}]}",
        good="- for_each: {over: apps.json, as: app, steps: [{doctl: apps list}]}",
    ),
    "RB304": Entry(
        "A value of the wrong sort",
        "The key wants another sort of value: text, a list, a mapping, true or false. A number or the word true is text only in "
        "quotes; yes, no, on and off are always text.",
        bad="may_fail: yes",
        good="may_fail: true",
    ),
    "RB305": Entry(
        "None of the accepted words",
        "The key takes one of a few words. The message lists them; use one of those, in lower case.",
        bad="effect: reads",
        good="effect: read",
    ),
    "RB306": Entry(
        "Not a duration",
        "A duration is one or more whole numbers, each followed at once by its unit: d, h, m, s, ms, us, the largest first. A "
        "number alone has no unit, and guessing one would turn seconds into minutes. The longest duration is 366d.",
        bad="timeout: 90",
        good="timeout: 90s",
    ),
    "RB307": Entry(
        "A step that doesn't say what it does",
        "Every step has exactly one kind: an executor's action, or one of set, ask, wait, choose, parallel, for_each, try, "
        "call, escalate, undo, stop. This one has only keys that stand beside a kind. An action under undo, and rescue or "
        "always, need what they belong to.",
        bad="- title: List the apps",
        good="- title: List the apps\n  doctl: apps list",
    ),
    "RB308": Entry(
        "A step that is several things at once",
        "A step has one kind, so that it has one result, one effect and one place in the journal. Make a step of each kind; use "
        "`parallel` if they should run side by side.",
        bad="- doctl: apps list\n  psql: SELECT 1",
        good="- doctl: apps list\n- psql: SELECT 1",
    ),
    "RB309": Entry(
        "A key beside a kind that doesn't take it",
        "Some keys only mean something beside an executor's action: expect, retry, timeout, effect, because, repeatable, "
        "applied, undo, rehearse, approve, sensitive, on. Others belong to `try`. For a block put them on the steps inside.",
        bad="- wait: 5m\n  retry: {times: 3}",
        good="- doctl: apps list\n  retry: {times: 3}",
    ),
    "RB310": Entry(
        "Not a name",
        "Expressions read inputs, secrets, steps and fields by name, so a name is letters, digits and underscores and begins "
        "with no digit. The name of a runbook, and names in a policy, may have dots and hyphens too.",
        bad="- id: roll-back",
        good="- id: roll_back",
    ),
    "RB311": Entry(
        "A reserved name",
        "The word is reserved by the expression language, or has a meaning of its own in a runbook: result, failure, success, "
        "inputs, secrets. Every step has the fields state, ok and error: a field of `set` of that name takes its place (an error where it "
        "is of another type), and an output of that name can't be read behind a call. Choose another name.",
        bad="- id: result",
        good="- id: outcome",
    ),
    "RB312": Entry(
        "A name that is already taken",
        "Inputs, secrets, steps and loop variables of a file share one namespace, and nothing shadows anything: a name means "
        "one thing wherever it is read. The second place is shown with the first. Rename one of them.",
        bad="- id: check\n  doctl: apps list\n- id: check\n  doctl: databases list",
        good="- id: check_apps\n  doctl: apps list\n- id: check_databases\n  doctl: databases list",
    ),
    "RB313": Entry(
        "An empty list",
        "A list of steps, conditions or names has at least one element. An empty one is most often a block whose content got "
        "lost; leave the key out if nothing is meant.",
        bad="on_failure: []",
        good="on_failure:\n  - escalate: It failed",
    ),
    "RB314": Entry(
        "A constant of the wrong type",
        "`default` and every element of `choices` must have the declared type, and the default must be one of the choices, and have the "
        "declared format and pattern. "
        "Numbers and the words true and false are text only in quotes.",
        bad='replicas: {type: int, default: "3"}',
        good="replicas: {type: int, default: 3}",
    ),
    "RB315": Entry(
        "`else` in the wrong place",
        "The arms of a `choose` are tried from the top, and `else` is taken when none was. Arms below it could never be taken, "
        "and a `choose` with nothing else chooses nothing.",
        bad="choose: [{else: [{stop: failed}]}, {when: ok, steps: [{wait: 1m}]}]",
        good="choose: [{when: ok, steps: [{wait: 1m}]}, {else: [{stop: failed}]}]",
    ),
    "RB316": Entry(
        "Exactly one of several keys is wanted",
        "The mapping says where a secret comes from, what a person is asked or what is waited for, each in one of several ways. "
        "Write one of the keys, not several and not none.",
        bad="db_password: {env: PGPASSWORD, prompt: Password?}",
        good="db_password: {env: PGPASSWORD}",
    ),
    "RB317": Entry(
        "A value that must be known before anything runs",
        "Files, severities, windows and the like decide what a run is, so they can't depend on it. Write the value itself; to "
        "pick one of several at run time, use `choose`.",
        bad='call: "${name}.yml"',
        good="call: verify-health.yml",
    ),
    "RB318": Entry(
        "A number or a duration that is too small",
        "A count of zero attempts or a timeout of no time would mean that nothing is ever done. The message names the smallest value.",
        bad="retry: {times: 0}",
        good="retry: {times: 3}",
    ),
    "RB319": Entry(
        "A key that belongs to another form",
        "The mapping has several forms, and this key means nothing in the one that is used: a type beside a task, a pattern "
        "beside a number. Remove it, or use the form that it belongs to.",
        bad="ask: {do: Drain the traffic, type: int}",
        good="ask: {answer: How many are left?, type: int}",
    ),
    "RB320": Entry(
        "A retry without an end",
        "Every retry ends, by a time (`for`), by a number of attempts (`times`), or by whichever comes first. Without either "
        "the run could hang for ever.",
        bad="retry: {every: 10s}",
        good="retry: {every: 10s, for: 5m}",
    ),
    "RB321": Entry(
        "`try` with nothing that follows",
        "`try` alone runs its steps as if it weren't there. Add `rescue` for what is done after a failure, or `always` for what "
        "is done in any case. To record a failure of any of them and go on, put `may_fail: true` beside it.",
        bad="- try: [{doctl: apps list}]",
        good="- try: [{doctl: apps list}]\n  rescue: [{escalate: It failed}]",
    ),
    "RB323": Entry(
        "Not a regular expression",
        "The `pattern` of an input is a regular expression (RE2 syntax, as matches() takes) that the whole value must match. This one can't be read; a special "
        "character that is meant as itself needs a backslash.",
        bad='pattern: "app-("',
        good='pattern: "app-[0-9]+"',
    ),
    "RB330": Entry(
        "An executor that isn't installed",
        "The key is none of a step's own keys, and no executor has that name. If it is misspelt, the help says what is near. If "
        "it is a plugin's, install the package that declares it in the entry-point group `runbook_lang.executors`; `runbook "
        "executors` lists what is there.",
        bad="- doctll: apps list",
        good="- doctl: apps list",
    ),
    "RB331": Entry(
        "Unknown argument",
        "The executor's action has no such argument. The help names the nearest, or all of them. The same holds for arguments "
        "under `defaults`.",
        bad="- http: {gett: https://example.com}",
        good="- http: {get: https://example.com}",
    ),
    "RB332": Entry(
        "A required argument is missing",
        "The action can't be carried out without this argument. Give it on the step, or under `defaults` for all actions of the executor.",
    ),
    "RB333": Entry(
        "An argument of the wrong sort",
        "The executor's table says how an argument is written: text, a list of words, a mapping, a number, true or false, a "
        "duration. A number, a bool or a duration may also be exactly one `${…}`.",
        bad="- http: {get: https://example.com, headers: none}",
        good="- http: {get: https://example.com, headers: {accept: text/html}}",
    ),
    "RB334": Entry(
        "None of the argument's words",
        "The argument takes one of a few words, and which one must be known before anything runs. The message lists them.",
    ),
    "RB335": Entry(
        "A value inside SQL text",
        "A `${…}` in SQL becomes a bound value: it is handed over beside the statement and can never change what the statement "
        "is. Inside a literal, a quoted name, dollar quotes or a comment it would be pasted into the text instead, so that is "
        "an error. Let it stand alone, and join texts with `||`.",
        bad="SELECT * FROM customer WHERE name LIKE '%${name}%'",
        good="SELECT * FROM customer WHERE name LIKE '%' || ${name} || '%'",
    ),
    "RB336": Entry(
        "The executor has no short form",
        "A text or a list in place of the mapping stands for the executor's main argument. This executor has none; write its "
        "arguments by name.",
    ),
    "RB337": Entry(
        "A plugin that can't be used",
        "A package declares an executor of this name, but loading it failed or it has no surface. The message holds the reason. "
        "Install another version of the package, or remove it.",
    ),
    "RB338": Entry(
        "An argument got a value of the wrong type",
        "The argument is a whole number, a bool or a duration, and the `${…}` in its place has another value, as its type or the value in the "
        "run shows. `on` is a text and `at` a moment, its text, or a duration from now. Convert it in the expression: int(x), bool(x), string(x), "
        "duration(x), timestamp(x).",
        bad='limit: "${config.stdout}"',
        good='limit: "${int(config.stdout)}"',
    ),
    "RB350": Entry(
        "Hours that can't be read",
        "Hours are days and times of the week, several parts with commas between: `mon-fri 09:00-18:00`, `fri 22:00-02:00, "
        "sun`, `24x7`. A range of times whose end is not after its start goes past midnight.",
        bad="hours: 9-18",
        good="hours: mon-fri 09:00-18:00",
    ),
    "RB351": Entry(
        "Unknown time zone",
        "The zone is a name of the IANA list, so that changes between summer and winter time are known. Abbreviations such as "
        "CLT mean different things in different places. The machine reads the list from its zone data.",
        bad="zone: CLT",
        good="zone: America/Santiago",
    ),
    "RB352": Entry(
        "Unknown person",
        "A role names someone who isn't under `people`. Define the person there, or correct the name.",
    ),
    "RB353": Entry(
        "Unknown tier",
        "A severity names a tier that isn't under `tiers`; an escalation would reach nobody. Define the tier, or correct the name.",
    ),
    "RB354": Entry(
        "Unknown severity",
        "The hours, the time to acknowledge or the waiver is for a severity that isn't under `severities`. Define it, or correct the name.",
    ),
    "RB356": Entry(
        "Not a date",
        "Dates are written year-month-day, and must be in the calendar. The end of a freeze isn't before its beginning.",
        bad="holidays: [18/09/2026]",
        good="holidays: [2026-09-18]",
    ),
    "RB357": Entry(
        "A channel that can't be read",
        "`notify` is a list, and each element names one channel with its address: slack, email, pager, ticket, webhook, github or console.",
        bad="notify: dev@example.com",
        good="notify: [{email: dev@example.com}]",
    ),
    "RB358": Entry(
        "Two people who can't be told apart",
        "Approvals count people. Two entries with the same OS user or the same key would let one person approve twice. Give "
        "each their own.",
    ),
    "RB359": Entry(
        "An address or a key that can't be read",
        "An email address has one `@`. A public key is `ed25519:` followed by its 32 bytes in base64; `runbook key new` makes a "
        "pair and prints it.",
    ),
    "RB360": Entry(
        "Nobody is told at some hour",
        "P1, and every severity with `rollback: immediate`, has to reach somebody at any hour of any day. The message names an "
        "hour at which each tier is outside its hours and passes on. Add a tier that answers 24x7, or say `outside: "
        "notify_anyway`. For other severities it is a warning: they wait until the first tier opens.",
        bad="tiers: {dev: {hours: mon-fri 09:00-18:00}}",
        good="tiers: {dev: {hours: mon-fri 09:00-18:00}, ops: {hours: 24x7}}",
    ),
    "RB361": Entry(
        "A tier that is never told",
        "A tier stands behind one that has no `ack_within` (so nobody goes on to the next), or has no hours for the severity, or no "
        "severity names it. An escalation would end before it. Give the tier before it a limit, or correct the hours.",
        bad="devops: {hours: 24x7}",
        good="devops: {hours: 24x7, ack_within: 15m}",
    ),
    "RB362": Entry(
        "A tier without a channel",
        "There is no way to tell this tier anything. Add `notify` with one channel at least.",
        good='notify: [{slack: "#alerts"}, {email: dev@example.com}]',
    ),
    "RB363": Entry(
        "A wait that outlasts what it is for",
        "A tier would be reached only after the time in which the incident has to be resolved, or a reminder would come after the "
        "tier's time is over, or an acknowledgement would hold longer than the incident may last. That step of the policy "
        "would never happen in time. Shorten the waits before it.",
    ),
    "RB364": Entry(
        "A zone that is a fixed distance",
        "Names such as EST or Etc/GMT+4 are distances from UTC: their clocks never change, and the sign of the latter is the "
        "other way round. Hours would be wrong for half of the year. Name the place whose clocks are meant.",
        bad="zone: Etc/GMT+4",
        good="zone: America/Santiago",
    ),
    "RB365": Entry(
        "A window that isn't open when it should be",
        "The window is skipped as a whole on a day on which the clocks go forward, or lies in a freeze on all its days, or goes past "
        "midnight because its times are the wrong way round. Choose other hours.",
        bad="hours: tue 04:00-02:00",
        good="hours: tue 02:00-04:00",
    ),
    "RB366": Entry(
        "An approval that only the operator could give",
        "With four eyes, which is the default, the operator's own approval doesn't count. So there have to be more people than approvals "
        "are wanted, in the policy and in the role. Add people, or say `four_eyes: false`.",
    ),
    "RB367": Entry(
        "Public holidays that aren't known",
        "`holidays: {country: …}` takes the dates from the Python package `holidays`. It isn't installed here, or doesn't know the "
        "country or region. Install the extra `runbook-lang[holidays]`, or list the dates.",
    ),
    "RB368": Entry(
        "Notice to nobody",
        "A window with `notice` is announced to stakeholders before maintenance may start in it. Neither the window nor the policy "
        "names any. Add `stakeholders`.",
        good="stakeholders: [{email: team@example.com}]",
    ),
}
