"""RB52x to RB55x: calls of shell, http, tls, render and notify, and plugins."""

from __future__ import annotations

from . import Entry

CODES: dict[str, Entry] = {
    "RB520": Entry(
        "The command of a shell step isn't clear",
        "A shell step runs one program. Its command is given once: as the text or list right after `shell:`, or as `command` (or `argv`, a list) when "
        "there are other arguments beside it. No shell takes part, so the command is split into words before any value is put in.",
        bad="shell: {env: {LANG: C}}",
        good="shell: {command: backup --full, env: {LANG: C}}",
    ),
    "RB521": Entry(
        "A value would be read as code by a shell",
        "With `-c` a shell reads the next word as a script, and this script would contain a value that is known only at run time. A value with a quote or a "
        "semicolon in it would then run as a command. Hand the value over as an argument of the script, or in the environment: there it is never read as code.",
        bad='shell: sh -c "tar cf - ${folder} | gzip"',
        good="""shell: sh -c 'tar cf - "$1" | gzip' sh ${folder}""",
    ),
    "RB522": Entry(
        "That can't be the name of an environment variable",
        "Names of variables have letters, digits and underscores, and don't begin with a digit. Programs, and shells on other hosts, can't read any others. "
        "Choose another name.",
        bad="env: {APP-ID: '${app_id}'}",
        good="env: {APP_ID: '${app_id}'}",
    ),
    "RB525": Entry(
        "An installed executor can't be used",
        "A plugin announces an executor of this name, but the part that runs can't be loaded: it raises an error while it is imported, it has no `executor` "
        "with a `run`, or its executor calls itself something else. The message says which. Install another version of the plugin, or remove it.",
    ),
    "RB530": Entry(
        "A request needs one method",
        "An http step makes one request, so it has exactly one of get, head, options, post, put, patch and delete, each with the address. A bare address "
        "after `http:` is a get.",
        bad="http: {url: https://example.com/health}",
        good="http: {get: https://example.com/health}",
    ),
    "RB531": Entry(
        "The address can't be used",
        "An address begins with http:// or https://, names a host, and has no blanks or other characters that must be percent-encoded. A user and "
        "password in it are refused, since addresses end up in logs: use `auth`. Hand values over by `query`, which encodes them.",
        bad="http: https://example.com/search?q=two words",
        good="http: {get: https://example.com/search, query: {q: two words}}",
    ),
    "RB532": Entry(
        "A request can't have this body",
        "A request has one body at most: `json`, `form` or `body`. Requests that only read (get, head, options) have none, because servers and "
        "proxies on the way may drop it. Keep one body, or use `query`.",
        bad="http: {get: https://example.com/apps, json: {page: 2}}",
        good="http: {get: https://example.com/apps, query: {page: '2'}}",
    ),
    "RB533": Entry(
        "The credentials have another shape",
        "`auth` is either `bearer` with a token, or `basic` with `user` and `password`. For any other scheme write the header yourself, in `headers`.",
        bad="auth: {token: '${token}'}",
        good="auth: {bearer: '${token}'}",
    ),
    "RB534": Entry(
        "Credentials would travel in the open",
        "The address begins with http://, so everybody on the way can read the credentials, and change the answer. Use https://. "
        "A server on this very machine (localhost) isn't meant by this warning.",
        bad="http: {get: http://example.com/apps, auth: {bearer: '${token}'}}",
        good="http: {get: https://example.com/apps, auth: {bearer: '${token}'}}",
    ),
    "RB535": Entry(
        "This header can't be set",
        "Some headers describe the message itself (content-length, transfer-encoding, connection, accept-encoding and the like); the executor sets them, and others "
        "would make the message ambiguous. Names of headers have letters, digits and a few signs, and no blanks. Leave the header out.",
        bad="headers: {Content-Length: '12'}",
        good="headers: {Content-Type: text/csv}",
    ),
    "RB540": Entry(
        "The server to look at isn't clear",
        "A tls step looks at the certificate of one server. Give `address` (host and port in one text), or `host` and, if it isn't 443, `port`; not both.",
        bad="tls: {address: 'example.com:443', port: 8443}",
        good="tls: example.com:8443",
    ),
    "RB541": Entry(
        "This isn't the address of a server",
        "The address is a host and a port, `example.com:443`, an IPv6 address in brackets. It has no scheme and no path: a TLS connection ends at "
        "the port, whatever is spoken over it. Write the host and the port alone.",
        bad="tls: https://example.com/health",
        good="tls: example.com:443",
    ),
    "RB545": Entry(
        "The template isn't in the runbook's folder",
        "Templates are read from the folder of the runbook and below, so that a reviewed library holds everything that can run. The path is relative and doesn't "
        "lead out of it; links that lead out are refused when the template is read. Move the template into the library.",
        bad="render: {template: /etc/motd, to: notice.txt}",
        good="render: {template: templates/notice.j2, to: notice.txt}",
    ),
    "RB546": Entry(
        "That can't be the name of a rendered file",
        "Rendered files are put side by side in the run's own folder. The name has no folder in it and doesn't begin with a dot. Choose a plain file name.",
        bad="render: {template: report.j2, to: /tmp/report.md}",
        good="render: {template: report.j2, to: report.md}",
    ),
    "RB547": Entry(
        "The values of a template need names",
        "A template uses what it is given by name, and nothing else. `values` is a mapping from these names to values, which may be nested. "
        "Write the names before the values.",
        bad="values: ['${app}']",
        good="values: {app: '${app}'}",
    ),
    "RB548": Entry(
        "A template that only the run knows",
        "A run keeps copies of the templates that it will need, so that it renders the same text whatever is done to the library meanwhile, also "
        "when it is resumed days later. That needs the name beforehand. Write it out; where there are several, let `choose` take one.",
        bad='- render: {template: "${kind}.j2", to: note.txt}',
        good="- choose:\n    - when: kind == 'short'\n      steps: [{render: {template: short.j2, to: note.txt}}]\n"
        "    - else: [{render: {template: long.j2, to: note.txt}}]",
    ),
    "RB549": Entry(
        "A template includes what only the run knows",
        "A run keeps copies of what its templates include, extend or import by a name in quotes, and renders nothing else. A name that is made of "
        "values fails the step, unless the same template is named in quotes elsewhere. Write out the names that there may be.",
        bad="{% include kind ~ '.j2' %}",
        good="{% if kind == 'short' %}{% include 'short.j2' %}{% else %}{% include 'long.j2' %}{% endif %}",
    ),
    "RB550": Entry(
        "Nobody is told by that",
        "`to` of a `notify` names whom to tell: a tier, a role or a person of the policy, `stakeholders`, an address that the policy has, a channel for "
        "which it has one address, or a channel with its address. What stands here is none of these, or it has no address. A message to a name that only "
        "the run knows, and that means nobody then, goes to the console, and the step says so.",
        bad="notify: {message: Done, to: devopps}",
        good="notify: {message: Done, to: devops}",
    ),
}
