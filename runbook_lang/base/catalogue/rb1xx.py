"""Codes of files and of YAML as text, before anything in them has a meaning."""

from __future__ import annotations

from . import Entry

CODES: dict[str, Entry] = {
    "RB101": Entry(
        "The file is not UTF-8 text",
        "Every file is read as UTF-8, so that one file means the same on every machine. "
        "Bytes that are not UTF-8 mostly come from an editor that saves Latin-1, Windows-1252 or UTF-16; a NUL byte means that the file "
        "is no text. Save the file as UTF-8; a byte order mark at its start is allowed and ignored.",
    ),
    "RB102": Entry(
        "The file is too large",
        "A file has at most 4 MiB, and a larger one is refused before it is read. "
        "Split the procedure into several runbooks that call each other, or keep large data in a file of its own and name it.",
    ),
    "RB103": Entry(
        "A character that is not allowed",
        "Control characters, line separators other than LF and CR LF, and a byte order mark inside the text are refused: editors hide "
        "them, and programs disagree about them. Remove the character, or write it as an escape in double quotes where it is meant. "
        "A NUL is refused even as an escape, because no argument of a program can hold one.",
        bad="title: Restart<U+0007> the app",
        good='title: "Restart\\x07 the app"',
    ),
    "RB104": Entry(
        "A character that turns the direction of the text",
        "Marks such as U+202E make an editor or a review page show the text in another order than the one that runs. "
        "Remove the mark, or write it visibly as an escape in double quotes.",
        good='title: "\\u202e…"',
    ),
    "RB105": Entry(
        "The file is empty",
        "The file holds no YAML node: it is empty, or has only comments. A runbook is a mapping that begins with `runbook: its-name`.",
        good="runbook: rollback-app",
    ),
    "RB106": Entry(
        "More than one document in a file",
        "A line `---` after the first document begins a second one. One file holds one runbook or one policy; "
        "put the second document into a file of its own.",
        bad="runbook: one\n---\nrunbook: two",
    ),
    "RB107": Entry(
        "A YAML directive",
        "Lines such as `%YAML 1.1` change how YAML is read. Here the rules are always the same. Remove the line.",
        bad="%YAML 1.1\n---\nrunbook: one",
        good="runbook: one",
    ),
    "RB108": Entry(
        "Nested too deep",
        "Lists and mappings may be nested 64 deep, far more than a person can follow. "
        "Flatten the structure, or move a part into a runbook of its own and call it.",
    ),
    "RB109": Entry(
        "Too many values in one file",
        "A file holds at most 250,000 keys, values and collections. Split the runbook, or keep data in a file of its own.",
    ),
    "RB110": Entry(
        "A key is defined twice",
        "YAML readers silently keep one of two equal keys, so that a guard or a step can vanish. "
        "Here it is an error that shows both places. Remove or rename one of them.",
        bad="timeout: 10s\ntimeout: 5m",
        good="timeout: 5m",
    ),
    "RB111": Entry(
        "A YAML anchor",
        "Anchors (`&name`) let one part of a file stand in another; what a step does could then not be read where the step stands. "
        "Write the value out, or name it once under `inputs`. A text with a leading `&` must be quoted.",
        bad="retry: &often {every: 10s, for: 5m}",
        good="retry: {every: 10s, for: 5m}",
    ),
    "RB112": Entry(
        "A YAML alias",
        "Aliases (`*name`) repeat an anchored part; a few lines of them can stand for millions of values. "
        "Write the value out, or name it once under `inputs`. A text with a leading `*` must be quoted.",
        bad="retry: *often",
        good="retry: {every: 10s, for: 5m}",
    ),
    "RB113": Entry(
        "A YAML tag",
        "Tags (`!!str`, `!vault`) change how a YAML reader takes a value. A runbook has none: the field says what kind of value it wants. "
        "Remove the tag; quote a text that looks like a number.",
        bad="version: !!str 1.10",
        good='version: "1.10"',
    ),
    "RB114": Entry(
        "A merge key",
        "`<<` copies the entries of another mapping, so that a step's settings stand elsewhere. Write the entries out where they apply.",
        bad="<<: *defaults",
    ),
    "RB115": Entry(
        "A key that is not text",
        "A key is always text. Without quotes `1:`, `true:` and `null:` are a number, a truth value and nothing, and a colon alone has no key. "
        "Write the key in quotes.",
        bad="json: {1: first}",
        good="json: {'1': first}",
    ),
    "RB116": Entry(
        "A list or a mapping as a key",
        "YAML lets a whole list or mapping stand before a colon. Nothing here has such a key, and most often it is an expression or a "
        "`${…}` without quotes. Quote it if it is text.",
        bad="[a, b]: c",
        good="'[a, b]': c",
    ),
    "RB117": Entry(
        "A tab in the indentation",
        "YAML allows only spaces for indentation, because a tab's width depends on the editor. Replace each tab by two spaces.",
        bad="steps:\n\t- id: a",
        good="steps:\n  - id: a",
    ),
    "RB119": Entry(
        "Too many findings in one file",
        "Reading stops after 100 findings, since the rest would mostly follow from the first ones. Correct these, and check again.",
    ),
    "RB120": Entry(
        "An expression that begins with `!`, without quotes",
        "In plain YAML a leading `!` makes a tag of the first word, and the rest would be read without it: the opposite of what is meant. "
        "Write the expression in single quotes, or on the next line after `>-`.",
        bad="guard: !has(x.json)",
        good="guard: '!has(x.json)'",
    ),
    "RB121": Entry(
        "Text goes on after a closing quote",
        "A value that begins with a quote ends at the next quote, and YAML allows nothing after it. "
        "Put the whole expression in the other kind of quotes, or on the next line after `>-`. "
        "Inside single quotes an apostrophe is written twice.",
        bad='expect: "UP" == result.json.status',
        good="expect: '\"UP\" == result.json.status'",
    ),
    "RB122": Entry(
        "An expression that begins with a bracket, without quotes",
        "A value that begins with `[` or `{` is a YAML list or mapping and ends with its closing bracket. "
        "Write the expression in single quotes, or on the next line after `>-`.",
        bad="expect: [1, 2].exists(n, n == result.exit)",
        good="expect: '[1, 2].exists(n, n == result.exit)'",
    ),
    "RB123": Entry(
        "A `? :` without quotes",
        "A colon and a blank make a mapping in plain YAML, so `a ? b : c` is not read as one expression. "
        "Write it in single quotes, or on the next line after `>-`.",
        bad="set: {size: large ? 10 : 1}",
        good="set: {size: 'large ? 10 : 1'}",
    ),
    "RB124": Entry(
        "A comment that cuts a text",
        "A blank and `#` begin a comment in plain YAML. This one follows a text in which a quote or a bracket is still open, or stands "
        "where a value would be, so it probably belongs to the text. Quote the text if it does.",
        bad="slack: #alerts",
        good='slack: "#alerts"',
    ),
    "RB125": Entry(
        "A colon and a blank in plain text",
        "A colon followed by a blank makes a mapping. A text that contains one must be quoted.",
        bad="title: Rollback: the last stable deployment",
        good="title: 'Rollback: the last stable deployment'",
    ),
    "RB126": Entry(
        "Plain text begins with a reserved sign",
        "Plain YAML text can't begin with ``@ ` % & * , ] } | > ?`` or with a dash and a blank: they mean something else there. "
        "Quote the text. A list begins on the line after its key.",
        bad="path: *.log",
        good="path: '*.log'",
    ),
    "RB127": Entry(
        "Plain text inside brackets breaks off",
        "Inside `[…]` and `{…}` a comma, a bracket and a brace end a plain text, so `${…}`, `a[0]` and a text with commas are cut. "
        "Quote the text, or write the list or mapping on lines of its own. In `{key:value}` a blank is missing after the colon.",
        bad="http: {get: ${url}}",
        good='http: {get: "${url}"}',
    ),
    "RB130": Entry(
        "A quote is never closed",
        "The quoted text that begins here runs into the following lines. Close the quote at the end of the text.",
        bad='title: "Restart the app\nseverity: P1',
        good='title: "Restart the app"\nseverity: P1',
    ),
    "RB131": Entry(
        "A bracket has no counterpart",
        "A `[` or `{` is never closed, or a `]` or `}` closes nothing. Add or remove the bracket; quote it where it is text.",
        bad="expect: [a, b\ntimeout: 10s",
        good="expect: [a, b]\ntimeout: 10s",
    ),
    "RB132": Entry(
        "The indentation doesn't fit",
        "In YAML the column says what a line belongs to. This line begins at a column that no block above it has, or is of another kind "
        "than its neighbours: a key among list items, an item among keys, an entry below a value. Align it with the lines it belongs to.",
        bad="- id: a\n   title: Restart",
        good="- id: a\n  title: Restart",
    ),
    "RB133": Entry(
        "A line without `key: value`",
        "Every line of a mapping has a key, a colon and a blank. Without the blank the colon is a part of the word; "
        "a key has at most 1,024 characters. Add what is missing, or indent the line if it continues the text above.",
        bad="title:Restart",
        good="title: Restart",
    ),
    "RB134": Entry(
        "An unknown escape in double quotes",
        r"In double quotes a backslash begins an escape, such as `\n` or `\u00e9`; other letters are not allowed after it. "
        r"Write `\\` for a backslash, or use single quotes, in which a backslash has no meaning: right for regular expressions.",
        bad=r'pattern: "\d+"',
        good=r"pattern: '\d+'",
    ),
    "RB135": Entry(
        "Text on the line of `|` or `>`",
        "A leading `|` or `>` announces text on the following, indented lines. On its own line only `-`, `+` or a digit may follow. "
        "Move the text to the next line; quote it if the sign belongs to it.",
        bad="expect: > 5",
        good="expect: >-\n  result.rows > 5",
    ),
    "RB136": Entry(
        "The YAML structure breaks",
        "The reader met something that can't stand here, and none of the usual causes fits. "
        "Look at the indentation, the quotes and the brackets of this line and of the one before it.",
    ),
    "RB140": Entry(
        "A statement of the text form goes on in another way",
        "In a `.runbook` file each statement begins with a word and has one spelling. The message says what is expected at this place, and "
        "shows how the statement is written. The rest of the statement was skipped; what follows it was read.",
        bad="retry 3",
        good="retry times 3",
    ),
    "RB141": Entry(
        "A brace has no counterpart",
        "A `{` or `[` is open at the end of the file, or a `}` closes nothing. Each block ends with a `}`. "
        "Indent what is inside of a block, so that a missing one is seen.",
        bad="step health {\n  http get ${url}",
        good="step health {\n  http get ${url}\n}",
    ),
    "RB142": Entry(
        "An address in quotes",
        "What follows an executor's name is taken as it is, up to the end of the line; quotes around an address would be sent as a part of it. "
        "Write the address without quotes. A `${…}` in it is filled in.",
        bad='http get "${url}/health"',
        good="http get ${url}/health",
    ),
    "RB143": Entry(
        "Steps and branches in one `parallel`",
        "Inside of `parallel` stand either steps, each of them a branch, or branches with names, beside which `limit` and `fail` may stand. "
        "Give each branch a name: `branch cache { … }`.",
    ),
    "RB144": Entry(
        "A text without quotes",
        "In values of inputs, arguments and outputs, a word without quotes is a number, `true`, `false` or `null`. "
        "All else is text and stands in double quotes.",
        bad="input mode: string = require",
        good='input mode: string = "require"',
    ),
    "RB145": Entry(
        "A text in quotes is not as it should be",
        "A text stands in plain double quotes and ends on its line. A backslash in it begins an escape, such as `\\n` or `\\u00e9`. "
        "A longer text is a block: `|` at the end of the line, and the text on deeper indented lines below.",
        bad="escalate 'The restart failed'",
        good='escalate "The restart failed"',
    ),
    "RB146": Entry(
        "A block is not as it should be",
        "A block is `|` at the end of a line, and below it lines that are indented deeper than that line. "
        "Its first line sets the indentation; the others are indented as deep, or deeper.",
        bad="psql | SELECT 1",
        good="psql |\n  SELECT 1",
    ),
    "RB147": Entry(
        "The spelling of YAML in a file of the text form",
        "A file whose name ends in `.runbook` is read as the text form: no colons after words, no dashes before steps. "
        "`runbook convert` turns one form into the other.",
        bad="timeout: 10s",
        good="timeout 10s",
    ),
    "RB148": Entry(
        "A statement stands in a block that doesn't take it",
        "Each statement has its place: what belongs to a step stands between the braces of that step, and what belongs to the runbook stands "
        "directly in it. Often a `}` is missing or one too many above.",
        bad="guard size(list) > 0\nstep go { … }",
        good="step go {\n  guard size(list) > 0\n  …\n}",
    ),
    "RB149": Entry(
        "A word that begins no statement",
        "A statement begins with a word of the language or with the name of an executor. This word looks like a misspelt one, or comes "
        "from another language. An executor that is really called so stands in double quotes.",
        bad="if size(apps) > 0 { … }",
        good="choose { when size(apps) > 0 { … } }",
    ),
}
