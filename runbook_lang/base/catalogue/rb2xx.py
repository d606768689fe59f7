"""RB2xx: expressions, templates, word lists and their types."""

from __future__ import annotations

from . import Entry

CODES: dict[str, Entry] = {
    "RB201": Entry(
        "The expression is not complete or has something in the wrong place",
        "The text does not follow the grammar of expressions: something is missing, left over or misplaced at the marked place. "
        "The message says what was expected there. Operators are written '&&', '||', '!', '==', '!=', '<', '<=', '>', '>=' and "
        "'in'.",
        "result.exit == 0 and result.ok",
        "result.exit == 0 && result.ok",
    ),
    "RB202": Entry(
        "A character or a string in the expression is not valid",
        "A character has no meaning in expressions, a string is not closed, or an escape after a backslash is not one. Strings "
        "stand between single or double quotes. In a raw string (r'…') a backslash is an ordinary character.",
        "stdout.matches('\\d+')",
        "stdout.matches(r'\\d+')",
    ),
    "RB203": Entry(
        "A number is not valid",
        "Integers have 64 bits and a sign, doubles are IEEE 754. A number can't be followed by letters, and '7.' needs a digit "
        "after the point. For a larger number use a string, or a double like 1e20.",
        "size > 9223372036854775808",
        "size > 9223372036854775807",
    ),
    "RB204": Entry(
        "A reserved word is used as a name",
        "CEL keeps some words for the languages that it is embedded in, such as 'for', 'if' and 'package', so nothing can have "
        "them as a name. Rename the step or the input. After a dot every word is fine.",
        "package.version",
        "release.package.version",
    ),
    "RB205": Entry(
        "An expression, a template or a command is too large",
        "Every text has bounds on its length, its depth and the number of its parts, so that no file can be made to take long "
        "to check. Split it into several steps, or move the data into a file that is rendered.",
    ),
    "RB206": Entry(
        "Unsigned integers are left out",
        "CEL has unsigned integers (1u, uint(x)); the subset used here has not, because nothing that a runbook reads needs "
        "them. Use int, which has 64 bits.",
        "rows == 3u",
        "rows == 3",
    ),
    "RB207": Entry(
        "Bytes are left out",
        "CEL has a type for bytes (b'…', bytes(x)); the subset used here has not: the outputs of programs are strings. Work with strings.",
        "stdout == b'ok'",
        "stdout == 'ok'",
    ),
    "RB208": Entry(
        "Message literals are left out",
        "CEL can build protocol buffer messages, as in Name{field: value}; there are none here. Write a map, with its keys in quotes.",
        "Deployment{id: 'x'}",
        "{'id': 'x'}",
    ),
    "RB209": Entry(
        "A macro is used in a wrong form",
        "has() wants exactly one selection, as in has(step.json). The loops want a simple name first and then what is to be "
        "done with it: items.all(x, …), items.exists(x, …), items.map(x, …), items.filter(x, …).",
        "has(step)",
        "has(step.json)",
    ),
    "RB210": Entry(
        "There is no such name",
        "The expression uses a name that is neither an input, a secret, a step that is visible here, nor a variable of a loop. "
        "Steps become visible after themselves, those of other branches after the join, and those inside a loop never outside "
        "of it. Correct the spelling, or move the expression behind the step.",
        "deploymnts.json[0].id",
        "deployments.json[0].id",
    ),
    "RB211": Entry(
        "There is no such function",
        "The name before the parenthesis is not a function of the language. The reference lists all of them: those of CEL, the "
        "string functions of its extension library, now() and window(). Correct the spelling or use one of those.",
        "len(items) > 0",
        "size(items) > 0",
    ),
    "RB212": Entry(
        "A function does not take these arguments",
        "The function exists, but not for these types or this number of arguments, or it is called on a receiver where it takes "
        "none. The help says what it takes. Convert the argument, for example with string(x) or int(x).",
        "'v' + string([1, 2])",
        "'v' + ['1', '2'].join('.')",
    ),
    "RB213": Entry(
        "An operator does not work on these types",
        "The two sides don't fit together, or a condition is not a bool. There are no automatic conversions, except that int "
        "and double compare with each other. Convert one side with string(), int() or double().",
        "'found ' + result.affected",
        "'found ' + string(result.affected)",
    ),
    "RB214": Entry(
        "There is no such field",
        "What stands before the dot has a known set of fields, and this is not one of them, so that the expression could only "
        "fail when it runs. Correct the spelling; the help lists the fields.",
        "deployments.json.filter(d, d.phsae == 'ACTIVE')",
        "deployments.json.filter(d, d.phase == 'ACTIVE')",
    ),
    "RB215": Entry(
        "A value of this type has no fields",
        "Only records and maps have fields. A list has elements: take one with [0], or go over all of them with a macro. A "
        "string that holds JSON has none either; use the step's 'json'.",
        "deployments.json.phase == 'ACTIVE'",
        "deployments.json[0].phase == 'ACTIVE'",
    ),
    "RB216": Entry(
        "An index or a key has the wrong type",
        "A list is indexed by an int from 0 on, a map by a key of its own type, a record by a string. Keys of a map are int, "
        "bool or string.",
        "items[-1]",
        "items[size(items) - 1]",
    ),
    "RB217": Entry(
        "Something is done with a secret",
        "A secret can only be put, whole or within a text, into a header, a body, the environment, standard input or a rendered "
        "file. Comparing it, asking for its size or putting it into a list would let its value leak into decisions, plans and "
        "journals. Let the service that knows the secret decide, and look at its answer.",
        "do_token != ''",
        "account.status == 200",
    ),
    "RB218": Entry(
        "The field is read of a step that may not have it",
        "The step stands in a branch that isn't always taken, or could have failed before. Then it has 'state' and 'ok', but no "
        "other field, and reading one is an error. Test it first: with has(step.field), step.ok or step.state == 'done' in the "
        "same condition, or in one that what follows depends on. Only a step that has failed has an `error`: test has(step.error), or, of a "
        "step that was surely tried, !step.ok.",
        "fallback.json.id != ''",
        "has(fallback.json) && fallback.json.id != ''",
    ),
    "RB220": Entry(
        "A regular expression is not valid",
        "matches() takes RE2 syntax, which always runs in time proportional to the text. It has no look-around and no back "
        "references. Write the pattern as a raw string (r'…'), so that its backslashes stay.",
        "name.matches(r'(?=prod)')",
        "name.matches(r'^prod')",
    ),
    "RB221": Entry(
        "Namespaces are left out",
        "CEL can name types and enums of protocol buffer packages, as in google.rpc.Code; there are none here except "
        "google.protobuf.Timestamp and google.protobuf.Duration. Use plain values.",
        "error.code == google.rpc.Code.OK",
        "error.code == 0",
    ),
    "RB222": Entry(
        "A constant is not a valid duration, timestamp or time zone",
        "The function can't read this text, so the call could only fail. A duration looks like 90s or 1h30m, a timestamp like "
        "2024-05-01T12:00:00Z, a zone is UTC, an offset like +05:30 or an IANA name. Correct the text.",
        "now() + duration('5 minutes')",
        "now() + duration('5m')",
    ),
    "RB223": Entry(
        "A macro runs over something that is no list and no map",
        "all, exists, exists_one, map and filter go over the elements of a list or the keys of a map. For the characters of a "
        "string use split(''); for one value no macro is needed.",
        "name.all(c, c != ' ')",
        "name.split('').all(c, c != ' ')",
    ),
    "RB230": Entry(
        "A '${' is not closed",
        "In a template '${' begins an expression that ends with the matching '}'; strings inside it are taken into account. "
        "Close it. For the two characters themselves write '$${'.",
        "Bearer ${token",
        "Bearer ${token}",
    ),
    "RB231": Entry(
        "There is no expression",
        "An expression is wanted here, and the text is empty. Write a name or an expression.",
        "id=${}",
        "id=${target.id}",
    ),
    "RB232": Entry(
        "A command has a shell's operator in it",
        "A command is split into words and started directly; no shell ever sees it. A pipe, a redirection, ';', '&&' or a file "
        "pattern would not do what it does in a shell, so it is an error. Use several steps, an option of the program, or quote "
        "the character.",
        "redis-cli info | grep role",
        "redis-cli info replication",
    ),
    "RB233": Entry(
        "A quote or an escape in a command is not complete",
        "A word opened with a quote goes on until the same quote; a backslash stands before the character that it protects. "
        "Close the quote, or protect it with a backslash.",
        "psql -c 'select 1",
        "psql -c 'select 1'",
    ),
    "RB234": Entry(
        "A command is empty",
        "There is no word in the command, so there is nothing to run. Write the arguments of the program.",
    ),
    "RB235": Entry(
        "A command has a shell variable in it",
        "No shell runs the command, so $NAME would be passed on as it is. Declare an input or a secret (both can be read from "
        "the environment) and write ${name}. For the character itself write '\\$' or put it between single quotes.",
        "apps get $APP_ID",
        "apps get ${app_id}",
    ),
    "RB236": Entry(
        "A value in single quotes",
        "In single quotes nothing is filled in, as in a shell: the program would get the characters ${name}, though the runbook has "
        "such a name. A value is one argument whatever is in it, so it needs no quotes; in a longer text use double quotes. A script for a "
        "shell gets it as an argument: sh -c 'echo \"$1\"' sh ${name}. For the characters themselves write $${name} in double quotes, or "
        "give a variable of the script another name.",
        "echo 'Release ${version}'",
        'echo "Release ${version}"',
    ),
    "RB237": Entry(
        "A text where a value was meant",
        "Outputs and the inputs of a call are texts in which ${…} is filled in. This one is, letter for letter, the name of a step or an "
        "input and a field that it has, so its value was meant most probably.",
        "outputs: {app: list.stdout}",
        "outputs: {app: '${list.stdout}'}",
    ),
    "RB240": Entry(
        "A key or field is missing",
        "The value has no such key. In CEL that is an error and never false, because an answer without the field is not the "
        "same as an answer that says no. Test with has(x.field) where it may be missing.",
        "result.json.error.code == 404",
        "has(result.json.error) && result.json.error.code == 404",
    ),
    "RB241": Entry(
        "An index is out of range",
        "The list or the string is shorter than the index. Test size(x) first.",
        "target.stable[0].id",
        "size(target.stable) > 0 ? target.stable[0].id : ''",
    ),
    "RB242": Entry(
        "An operation does not work on this value",
        "The value that came at run time has a type that the operator, the function or the condition doesn't take: for example "
        "null where a number was expected. Test the value first, or convert it.",
        "result.json.count > 3",
        "has(result.json.count) && result.json.count != null && result.json.count > 3",
    ),
    "RB243": Entry(
        "Division by zero",
        "An integer was divided by zero, or its remainder by zero was asked for. Test the divisor first; doubles give an infinity instead.",
        "used / total > 1",
        "total > 0 && used / total > 1",
    ),
    "RB244": Entry(
        "A result is out of range",
        "Integers have 64 bits, timestamps the years 0001 to 9999, durations about 292 years. A result outside is an error and "
        "never wraps around. Use doubles where a large number need not be exact.",
        "bytes * 1000000000000",
        "double(bytes) * 1000000000000.0",
    ),
    "RB245": Entry(
        "A text can't be converted",
        "int(), double(), bool(), timestamp() and duration() take texts of a fixed form and nothing around it. Remove spaces "
        "with trim() first, and test the form with matches() where it may be wrong.",
        "int(stdout)",
        "int(stdout.trim())",
    ),
    "RB246": Entry(
        "An evaluation takes too much work",
        "One evaluation may do about a million steps and make strings of a bounded size, so that no runbook and no answer can "
        "hold up a run. Narrow the data down first, with a filter of the tool or in an earlier step.",
    ),
    "RB247": Entry(
        "A name has no value",
        "The name exists but has no value at this point of the run: its step has not run. Check where the expression stands.",
    ),
    "RB248": Entry(
        "A secret was about to be used",
        "A value that is a secret reached an operation at run time. Nothing can be done with a secret except putting it into a "
        "header, a body, the environment, standard input or a rendered file. Change the expression so that it doesn't touch the "
        "secret.",
    ),
    "RB249": Entry(
        "A map has a wrong or repeated key",
        "Keys of a map are int, bool or string, and each stands once. Remove the repeated entry or convert the key with string().",
        "{'a': 1, 'a': 2}",
        "{'a': 1, 'b': 2}",
    ),
    "RB250": Entry(
        "A value has no text form",
        "In mixed text only strings, numbers, bools, timestamps and durations can be put in. A list, a map or null has no "
        "single right form. Join a list with join(), pick a field, or let the template be exactly one '${…}'.",
        "hosts: ${hosts}",
        "hosts: ${hosts.join(', ')}",
    ),
    "RB251": Entry(
        "A function is not available here",
        "The function is unknown, or is one that only some places offer: window() needs a policy. Use a function of the reference.",
    ),
    "RB252": Entry(
        "A time zone is not known",
        "A zone is UTC, an offset like +05:30, or a name of the IANA database like America/Santiago that this machine knows. "
        "Correct the name, or install the zone data.",
        "now().getHours('Chile')",
        "now().getHours('America/Santiago')",
    ),
    "RB253": Entry(
        "A window is not in the policy",
        "`window(name)` says whether a window of the policy is open at that moment, and the name that came out of an expression is none of "
        "them. Write a name that stands under `windows` in the policy.",
    ),
}
