"""RB7xx: the command line, inputs, files that are named, case files."""

from __future__ import annotations

from . import Entry

CODES: dict[str, Entry] = {
    "RB701": Entry(
        "A file can't be read or written",
        "The path is wrong, or the system refuses the access; the message gives the system's own words. A path in a runbook is "
        "relative to the file that names it, a path on the command line to the folder you are in. For a run's kept copies it means "
        "that the runbook calls a file that it didn't call when the run started.",
        bad="runbook check rolback.yml",
        good="runbook check rollback.yml",
    ),
    "RB702": Entry(
        "A file lies outside of the library",
        "The library is the folder of the runbook that is started. What it calls, its policy and its templates have to lie in or below "
        "that folder, after links are resolved: so a file from a stranger can't pull in one of yours. Move the file into the library.",
        bad="call: ../../secrets/other.yml",
        good="call: common/other.yml",
    ),
    "RB703": Entry(
        "There is nothing to check",
        "The folder holds no file that ends in .yml or .yaml. Hidden folders aren't looked through. Name the file itself: a file that "
        "is named is read whatever it is called.",
        bad="runbook check docs",
        good="runbook check runbooks",
    ),
    "RB704": Entry(
        "The accepted differences can't be read",
        "`runbook drift` reads differences that are let stand from a file: each line is `manual: COMMAND` or `runbooks: COMMAND`, with "
        "the command as `runbook drift` prints it and `…` for any text. A comment above says why. A line that is neither would "
        "silently accept nothing.",
        bad="doctl apps list",
        good="# The console shows it as well.\nmanual: doctl apps list",
    ),
    "RB710": Entry(
        "There is no such input",
        "The runbook declares no input of that name, so the value would go nowhere. The message lists those that it declares. "
        "Correct the name, or declare the input in the runbook.",
        bad="runbook run rollback.yml --input app=…",
        good="runbook run rollback.yml --input app_id=…",
    ),
    "RB711": Entry(
        "An input has no value",
        "The input has no default, its environment variable isn't set, and it wasn't given. Nothing was run. Give it with --input, "
        "in a file with --inputs, or set the variable that the message names.",
        bad="runbook run rollback.yml",
        good="DO_APP_ID=3f1c2b4a-0000-4000-8000-000000000000 runbook run rollback.yml",
    ),
    "RB712": Entry(
        "The value of an input doesn't fit",
        "The value isn't of the declared type, format, pattern or one of the declared choices. Values from --input and from the "
        "environment are texts and are read by the declared type; a list or a map is written as JSON.",
        bad="--input replicas=three",
        good='--input replicas=3 --input \'zones=["a", "b"]\'',
    ),
    "RB720": Entry(
        "There is no such command",
        "The first word after `runbook` names the command. `runbook help` lists all of them.",
        bad="runbook chek rollback.yml",
        good="runbook check rollback.yml",
    ),
    "RB721": Entry(
        "There is no such option",
        "The command doesn't take this option. `runbook help COMMAND` lists its options. A word that begins with a dash and is no option "
        "goes behind `--`.",
        bad="runbook check --fast rollback.yml",
        good="runbook check --strict rollback.yml",
    ),
    "RB722": Entry(
        "An option lacks its value, or has one too many",
        "An option with a value takes the next word or what stands behind `=`; a value that begins with two dashes needs the `=`. A "
        "flag takes none. Some options go together: --skip and --refuse want --because, since the reason is recorded.",
        bad="runbook resume last --skip notify_team",
        good="runbook resume last --skip notify_team --because 'told them by phone'",
    ),
    "RB723": Entry(
        "A word is missing, or there are too many",
        "The usage in the message shows the words that the command takes, and in which order. A value with spaces has to be quoted for "
        "your shell.",
        bad="runbook answer last replicas",
        good="runbook answer last replicas 3",
    ),
    "RB724": Entry(
        "The value of an option isn't one of those allowed",
        "The option takes one of a few words, or a whole number. The message shows which.",
        bad="runbook check --format xml rollback.yml",
        good="runbook check --format json rollback.yml",
    ),
    "RB725": Entry(
        "Inputs are not given as names and values",
        "--input takes NAME=VALUE. --inputs takes a YAML or JSON file whose top is a mapping of names to values. It is read by the rules "
        "of runbooks: `on` and `1.10` are texts.",
        bad="--input replicas",
        good="--input replicas=3",
    ),
    "RB726": Entry(
        "There is no such step",
        "The runbook, or the run, has no step of that id. A step inside of a loop or a call is named by its whole path, as `runbook show` "
        "prints it: `regions[eu]/restart`. "
        "No run can stop before a `set` or a `stop`, which start nothing and wait for nothing.",
        bad="runbook run rollback.yml --until comit",
        good="runbook run rollback.yml --until commit",
    ),
    "RB727": Entry(
        "There is no such code",
        "Each diagnostic has a code such as RB214. A code is never used again for something else. `runbook explain` without a code lists all.",
        bad="runbook explain RB1",
        good="runbook explain RB101",
    ),
    "RB728": Entry(
        "The current folder isn't there any more",
        "The terminal stands in a folder that was removed, or removed and made anew, since it went there. A name without a leading slash "
        "means nothing then. Go to a folder that is there; `cd .` is enough where one of the same name was made.",
        bad="runbook run rollback.yml     (in a folder that was removed)",
        good="cd . && runbook run rollback.yml",
    ),
    "RB730": Entry(
        "The run doesn't wait for that",
        "Nothing at this step waits for an answer, an approval or another try now: it is done already, isn't reached yet, its deadline "
        "is past, or it waits for something else. `runbook status` shows what a run waits for, and the command to type. Nothing was recorded.",
        bad="runbook approve last health",
        good="runbook status last",
    ),
    "RB731": Entry(
        "The answer doesn't fit the question",
        "A question wants a value of a type, and sometimes one of a few choices. Something that is to be done is answered with yes or no, a "
        "change in doubt with done, not-done or unknown. Nothing was recorded.",
        bad="runbook answer last replicas three",
        good="runbook answer last replicas 3",
    ),
    "RB732": Entry(
        "Not in the role that may answer",
        "A question or an approval asks for a role, and the policy says who is in it: the operating system's users of its people. "
        "Somebody of that role has to answer, from an account of their own. Nothing was recorded.",
        bad="runbook approve last wipe    (as somebody outside of the role)",
        good="runbook approve last wipe    (as one of the people under approvals: roles:)",
    ),
    "RB733": Entry(
        "The file is there already",
        "`runbook new` never writes over a file. Take another name, or say with --output where to write.",
        bad="runbook new restart-worker      # the second time",
        good="runbook new restart-worker --output worker/restart.yml",
    ),
    "RB734": Entry(
        "That can't be a runbook's name",
        "A name begins with a letter and goes on with letters, digits, dots, dashes and underscores: it stands in journals, paths and "
        "messages. The title may be any text.",
        bad="runbook new 'Restart the worker'",
        good="runbook new restart-worker",
    ),
    "RB740": Entry(
        "A case file is wrong",
        "A case has a title (`case`), a `runbook` (a file or its text), what the `world` answers, and what is wanted (`expect`). The message "
        "names the key. `world` is a list of entries, each with `step` and the answer; `answers` maps steps to what people say.",
        bad="expect: failed",
        good="expect: {result: failed, exit: 1}",
    ),
    "RB741": Entry(
        "A case has no answer for a step",
        "The runbook started a step for which the case's `world` has no entry, or not for this attempt or role. Nothing real is ever started "
        "in a case, so it ends here. Add an entry, or see why the step ran.",
        bad="world: []",
        good="world: [{step: health, ok: true, status: 200}]",
    ),
    "RB750": Entry(
        "Values for an expression can't be read",
        '--bindings takes a JSON object of names and values. A value is plain JSON, or {"type": …, "value": …} where JSON can\'t tell the '
        "type: a double without a point, a timestamp, a duration. --cases takes a list of cases, or an object with `cases`.",
        bad="[1, 2, 3]",
        good='{"replicas": 3, "since": {"type": "timestamp", "value": "2026-01-31T00:00:00Z"}}',
    ),
    "RB798": Entry(
        "The system refused something",
        "A file or a folder that the command needs can't be used: the disk is full or broken, somebody else removed or locked it, or its permissions "
        "changed while the command ran. The message names it where the system did. A run that was under way keeps its journal and can be resumed.",
    ),
    "RB799": Entry(
        "A defect of the program",
        "Something happened that the program wasn't written for. It isn't your doing: please report it, with the command and the output of the same "
        "command with RUNBOOK_TRACEBACK=1. A run that was under way keeps its journal and can be resumed.",
    ),
}
