"""RB560 to RB599: what can be seen to be wrong with a command of a known tool before it runs, and with the facts about it."""

from __future__ import annotations

from . import Entry

CODES: dict[str, Entry] = {
    "RB560": Entry(
        "No such doctl command",
        "doctl has no command of that name below the group, or the words end at a group. The real doctl prints its help then and exits 0, so"
        " that a script would go on as if it had worked. Write one of the group's commands; what doctl can't do at all (rolling an app back)"
        " is a request to the API with `http`.",
        bad="doctl: apps rollback ${app_id}",
        good='http: {post: "${api}/v2/apps/${app_id}/rollback", json: {deployment_id: "${target}"}}',
    ),
    "RB561": Entry(
        "An old form",
        "The tool still takes this form, and says itself that another one has replaced it. A later version may drop it, in the middle of an"
        " incident. Write the modern form that the message names.",
        bad="redis-cli: HMSET user:1 name Ada",
        good="redis-cli: HSET user:1 name Ada",
    ),
    "RB562": Entry(
        "No such option of this command",
        "The command has no option of that name; the tool would refuse it before it does anything. Options belong to one command and"
        " often have other names elsewhere. Look at the help text of the message, or at the tool's own `--help`.",
        bad="doctl: apps create-deployment ${app_id} --deployment-id ${old}",
        good="doctl: apps create-deployment ${app_id} --force-rebuild",
    ),
    "RB563": Entry(
        "No such column",
        "`--format` names a column that the command doesn't have. With a header doctl fails with `unknown column`; with `--no-header` it"
        " prints `<nil>` and exits 0. Columns are spelt with upper and lower case as listed. Fields without a column are in the JSON:"
        " leave `--format` out and read `result.json`.",
        bad="doctl: apps get ${app_id} --format ActiveDeployment.Phase",
        good="doctl: apps get ${app_id}   # then: result.json[0].active_deployment.phase",
    ),
    "RB564": Entry(
        "A value that the option doesn't take",
        "The option takes one of a few words, in exactly this spelling, or a number or a duration. The tool refuses anything else when the step"
        " runs. Write one of the listed words, or a value of the kind that the message names.",
        bad="doctl: apps logs ${app_id} --type RUN",
        good="doctl: apps logs ${app_id} --type run",
    ),
    "RB565": Entry(
        "Too many or too few arguments",
        "The command gets more or fewer arguments than it takes, or a required option or an option's value is missing. An argument too many"
        " is often a word that was meant as a subcommand: doctl would take it for an id. Write exactly the arguments that the message names.",
        bad="doctl: databases backups list ${cluster}",
        good="doctl: databases backups ${cluster}",
    ),
    "RB566": Entry(
        "--format beside JSON output",
        "With `-o json` doctl ignores `--format` and prints whole objects. The step works, but not as the option suggests. Leave `--format` out"
        " and read the fields of `result.json`, or leave `-o json` out and read `result.lines`.",
        bad="doctl: apps list -o json --format ID",
        good="doctl: apps list -o json",
    ),
    "RB567": Entry(
        "A secret in the command line",
        "A token or a password stands among the arguments of a program, which every process of the host can read: `doctl --access-token`,"
        " `redis-cli -a`, a URL with a password for psql, `curl -u`. Declare it as a secret and give it to the executor (`token`, `password`),"
        " which hands it over by environment or by a private file; or let the program read its own variable.",
        bad="doctl: apps list --access-token ${token}",
        good='doctl: {command: apps list, token: "${token}"}',
    ),
    "RB568": Entry(
        "A command that never ends",
        "`--follow` holds the connection open until it is stopped, so the step can only end by its timeout, and that is a failure. Say how long it"
        " may take (`timeout: 5m`) if that is meant. To see the latest lines give `--tail`. To wait for a state read it in a step with `expect` and `retry`.",
        bad="doctl: apps logs ${app_id} --type run --follow",
        good="doctl: apps logs ${app_id} --type run --tail 100",
    ),
    "RB569": Entry(
        "An unchecked command",
        "Which command it is, is known only when the step runs, or the facts don't have the command. So nothing is checked, and it counts as a"
        " change. With `--strict` a check stops here. Write the command out and choose between steps with `choose`, or make the facts know it:"
        " `runbook tools snapshot` reads them from the installed tool.",
        bad="redis-cli: ${command} key",
        good="choose: [{when: fresh, steps: [{redis-cli: GET key}]}, {else: [{redis-cli: TTL key}]}]",
    ),
    "RB570": Entry(
        "SQL that can't be read",
        "A literal, a quoted name, a dollar-quoted text or a comment isn't closed, there is no statement, or there is a NUL character. psql would"
        " wait for the end of the literal and swallow what follows. Close it; a quote inside a literal is doubled. Also what psql and the server"
        " cut otherwise, so that a literal to one of them is SQL to the other: a number with a letter or a quote right behind it, a literal `E'…'` that goes"
        " on in another line, a literal in a line below a bound value. Write a space, the literal in one piece, or join texts with `||`.",
        bad="psql: select 'it's'",
        good="psql: select 'it''s'",
    ),
    "RB571": Entry(
        "A command of psql itself",
        "A backslash outside of a literal begins a command of psql. Some of them run programs on the operator's machine, and they aren't part"
        " of what is known of the step's effect, so none is run. Use SQL: what `\\d` shows is in the system catalogues.",
        bad="psql: \\dt",
        good="psql: select tablename from pg_tables where schemaname = 'public'",
    ),
    "RB572": Entry(
        "A variable of psql",
        "`:name` is a variable of psql, and none is set here. A value comes in by `${…}`, which binds it. In an array slice put spaces around"
        " the colon, so that psql doesn't take it for a variable.",
        bad="psql: select * from t where id = :id",
        good="psql: select * from t where id = ${id}",
    ),
    "RB573": Entry(
        "COPY to or from the client, or a program",
        "COPY FROM STDIN would read the rest of the script as data, COPY TO STDOUT prints rows that can't be read back exactly, and PROGRAM runs"
        " a program on the server. None of these is run. Read with SELECT and write with INSERT.",
        bad="psql: copy t to stdout",
        good="psql: select * from t",
    ),
    "RB574": Entry(
        "Transaction control",
        "All statements of a step are one transaction, which is opened and closed around them; a read runs in a read-only one. A COMMIT in the"
        " text would end it early, and what follows would no longer be bound to it. Leave BEGIN, COMMIT, ROLLBACK and SAVEPOINT out.",
        bad="psql: begin; delete from t where id = 1; commit",
        good="psql: delete from t where id = 1",
    ),
    "RB575": Entry(
        "UPDATE or DELETE without WHERE",
        "The statement takes every row of the table. That is rarely meant in a procedure. Add a WHERE; write `where true` when all rows are"
        " meant, so that a reader sees it.",
        bad="psql: delete from sessions",
        good="psql: delete from sessions where true",
    ),
    "RB576": Entry(
        "A statement that can't be in a transaction",
        "PostgreSQL refuses VACUUM, CREATE DATABASE, CREATE INDEX CONCURRENTLY and a few more inside a transaction, and several statements of a"
        " step are always one. Put the statement in a step of its own; it then runs without a transaction.",
        bad="psql: vacuum t; select 1",
        good="psql: vacuum t",
    ),
    "RB577": Entry(
        "No such sslmode",
        "libpq knows six modes: disable, allow, prefer, require, verify-ca and verify-full. Only `verify-full` checks the certificate and the"
        " server's name; `require` encrypts and trusts anybody. Write one of the six.",
        bad="psql: {sql: select 1, sslmode: full}",
        good="psql: {sql: select 1, sslmode: verify-full}",
    ),
    "RB578": Entry(
        "SQL that a parser complains about",
        "A statement begins with a word that begins none in PostgreSQL, or its parentheses don't fit; or, with `--strict` or `-v` and the"
        " package sqlglot installed, its parser of PostgreSQL's SQL stumbled here. All this knows less than the server, so this is a warning."
        " Look at the place for a misspelt word; `runbook run --dry-run` asks the server itself, without running the statement.",
        bad="psql: select * form t",
        good="psql: select * from t",
    ),
    "RB579": Entry(
        "SQL that the server doesn't take",
        "A dry run asks the server of each psql step that it doesn't run what it makes of the statements (psql's \\gdesc): it reads them"
        " and looks their tables, columns and functions up, and runs nothing. Here it complained, in its own words. Correct the SQL, or make"
        " the tables. It is a warning where something before the step may change the tables first. CREATE, DROP and the like are only read:"
        " whether their tables are there isn't asked.",
        bad="psql: update shops set nmae = 'x' where id = 1",
        good="psql: update shops set name = 'x' where id = 1",
    ),
    "RB580": Entry(
        "Options of redis-cli in the command",
        "The command is what the server gets; options of redis-cli don't belong in it. Give `host`, `port`, `user`, `password`, `tls`, `cacert`"
        " and `db` as arguments beside it. A password after `-a` can be read by every process of the host.",
        bad="redis-cli: -h ${host} --tls -a ${password} PING",
        good='redis-cli: {command: PING, host: "${host}", tls: true, password: "${password}"}',
    ),
    "RB581": Entry(
        "No such redis command",
        "Redis 7.0 has no command, or no subcommand, of that name. A newer server or a module may have it; the step counts as a change then,"
        " since nothing is known of it. Where a known name is near, that is an error. Check the spelling, or make a server's own commands known:"
        " `runbook tools snapshot redis-cli --from HOST`.",
        bad="redis-cli: CONFIG FETCH maxmemory",
        good="redis-cli: CONFIG GET maxmemory",
    ),
    "RB582": Entry(
        "Wrong number of arguments for a redis command",
        "The server counts the arguments of a command and refuses it when they are too few or too many. A value with spaces is one argument"
        " only inside quotes. Write exactly the arguments that the command takes.",
        bad="redis-cli: SET greeting",
        good="redis-cli: SET greeting hello",
    ),
    "RB583": Entry(
        "A redis command that never ends",
        "MONITOR and SUBSCRIBE keep the connection open, so the step can only end by its timeout, and that is a failure. Ask for the state"
        " instead, in a step with `expect` and `retry`.",
        bad="redis-cli: SUBSCRIBE events",
        good="redis-cli: XLEN events",
    ),
    "RB584": Entry(
        "A redis command to be careful with",
        "KEYS walks through every key and nothing else is served meanwhile; FLUSHALL and FLUSHDB delete everything; DEBUG can stop or crash the"
        " server. The step may be meant like that. Look for a narrower command, such as SCAN in place of KEYS; if there is none, the warning"
        " stands as a sign for the reader.",
        bad="redis-cli: KEYS session:*",
        good="redis-cli: SCAN 0 MATCH session:* COUNT 500",
    ),
    "RB590": Entry(
        "An incomplete aws command",
        "An aws command is a service and an operation, without the word `aws` itself. Without both nothing is known of its effect, and the tool"
        " would print its usage and fail. Write for example `s3 ls s3://bucket/` or `sts get-caller-identity`.",
        bad="aws: aws s3",
        good="aws: s3 ls s3://${bucket}/",
    ),
    "RB591": Entry(
        "No such s3 command",
        "`aws s3` has nine commands: ls, cp, mv, rm, sync, mb, rb, presign and website. Everything else that S3 can do is an operation of"
        " `s3api`. Write one of the nine, or the operation.",
        bad="aws: s3 list s3://${bucket}",
        good="aws: s3 ls s3://${bucket}",
    ),
    "RB592": Entry(
        "--output has no effect on s3",
        "The commands of `aws s3` print text for people, whatever `--output` says, so `result.json` isn't there. Read `result.lines`, or use the"
        " operation of `s3api`, which prints JSON.",
        bad="aws: s3 ls s3://${bucket} --output json",
        good="aws: s3api list-objects-v2 --bucket ${bucket}",
    ),
    "RB593": Entry(
        "A broken surface file",
        "The file `surfaces/NAME.json` beside the runbooks holds facts about a tool, and it isn't in the form that is documented: no JSON, a"
        " key that nobody knows, a value of the wrong kind. Nothing of it is used, and nothing is checked with half of it. Correct the place"
        " that is shown, or make the file again with `runbook tools snapshot`.",
        bad='{"format": 1, "program": "doctl", "commands": {"apps list": {"effect": "reads"}}}',
        good='{"format": 1, "program": "doctl", "commands": {"apps list": {"effect": "read"}}}',
    ),
    "RB594": Entry(
        "A surface file of a newer format",
        "The file was made by a later version, whose format may say things that this one would misread. So it isn't used at all. Update"
        " runbook-lang, or make the file again with the version that is installed.",
    ),
    "RB595": Entry(
        "A surface file that is too large",
        "A surface file may have 4 MiB; the largest known one has a tenth of that. It is read at every check, so a larger one would be felt."
        " Keep to the commands that the runbooks use: `runbook tools snapshot doctl --only apps,databases`.",
    ),
    "RB596": Entry(
        "A tool that isn't there",
        "The program isn't found in any folder of PATH, so it can't be asked about itself. Checks and plans need no tool; a snapshot and a run"
        " do. Install it as the message says, or correct PATH.",
    ),
    "RB597": Entry(
        "A tool that gives no answer",
        "A snapshot asks the installed doctl for its help, or a redis server for its commands, and the answer failed, took too long or was of"
        " another form. Try the command that the message names by hand. For redis give the server with `--from`, and its password in"
        " REDISCLI_AUTH.",
    ),
    "RB598": Entry(
        "A command that prints passwords",
        "The command's output holds passwords or tokens. In a step of the tool's own executor these fields are secrets and are never shown; in a"
        " `shell` step the whole output is treated as one. Use the executor, or ask for columns without passwords.",
        bad="shell: doctl databases get ${cluster} -o json",
        good="doctl: databases get ${cluster} --format ID,Status",
    ),
}
