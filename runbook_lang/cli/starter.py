"""The runbook that `runbook new` writes: five steps that show what a procedure is made of."""

from __future__ import annotations

STARTER = """\
# {name}: say here what this is for, and when to use it.
# Check it with `runbook check {file}`, try it with `runbook run {file} --dry-run`, run it with `runbook run {file}`.
runbook: {name}
title: {title}

# Values that differ from run to run: from --input, from the environment, or the default.
inputs:
  service: {{type: string, default: app, description: Which service this is about}}
  health_url: {{type: string, format: uri, env: HEALTH_URL, default: "http://127.0.0.1:8080/health"}}

steps:
  # 1. Look first. A step that only reads is safe to repeat; its result is a typed record with the step's name.
  - id: disk
    title: There is room on the disk
    shell: df -P /
    expect: size(result.lines) > 1

  # 2. Give a name to what later steps decide on.
  - id: facts
    set:
      full: disk.lines[1].contains("100%")

  # 3. Change something. The guard stops the run here when it is false; the undo is what takes the change back.
  - id: mark
    title: Note that maintenance has begun
    guard: "!facts.full"
    shell: touch /tmp/${{service}}.maintenance
    undo: {{shell: "rm -f /tmp/${{service}}.maintenance"}}

  # 4. Let a person decide. Without a terminal the run pauses here; `runbook status` says what to type.
  - id: go
    title: Somebody agrees
    ask: {{approve: "Restart ${{service}} now?", within: 30m}}

  # 5. See whether it worked, patiently: every five seconds for a minute.
  - id: health
    title: The service answers
    http: {{get: "${{health_url}}"}}
    expect: result.status == 200
    retry: {{every: 5s, for: 1m}}

# The run has succeeded only if this holds.
success: health.ok

# Whatever fails: take back what was done, newest first, and tell people.
on_failure:
  - undo: all
  - escalate: "{name} failed for ${{service}}: ${{failure.summary}}"
"""


def starter(name: str, file: str) -> str:
    """The text of a new runbook."""
    words = name.replace("-", " ").replace("_", " ").strip()
    return STARTER.format(name=name, file=file, title=words[:1].upper() + words[1:])
