"""Runbooks of a wanted size."""

from __future__ import annotations

import os

HEAD = "runbook: {name}\ntitle: {steps} steps\nsteps:\n"


def plain(name: str, steps: int, command: str = "/bin/true") -> str:
    """Steps that only run a command."""
    body = "".join(f"  - id: s{n}\n    title: Step {n}\n    shell: {command}\n" for n in range(steps))
    return HEAD.format(name=name, steps=steps) + body


def varied(name: str, steps: int) -> str:
    """Steps as people write them: an input, conditions that look back, expectations, retries, an undo."""
    parts = [f"runbook: {name}\ntitle: {steps} steps\ninputs:\n  host: {{type: string, default: localhost}}\nsteps:\n"]
    for n in range(steps):
        parts.append(f"  - id: s{n}\n    title: Step {n}\n    shell: /bin/echo ${{host}} {n}\n")
        kind = n % 4
        if kind == 1:
            parts.append(f'    expect: result.exit == 0 && result.stdout.contains("{n}")\n    retry: {{every: 1s, for: 10s}}\n')
        elif kind == 2:
            parts.append(f"    guard: s{n - 1}.ok && size(s{n - 1}.lines) > 0\n    timeout: 30s\n")
        elif kind == 3:
            parts.append("    undo: {shell: /bin/true}\n    repeatable: true\n")
    parts.append(f"success: s{steps - 1}.ok\n")
    return "".join(parts)


def tools(name: str, steps: int) -> str:
    """Steps of several programs in turn: each brings its own facts and rules into a check."""
    kinds = (
        "doctl: compute droplet list\n    expect: size(result.json) > {n}\n",
        "http: GET https://${{host}}/health/{n}\n    expect: result.status == 200\n    retry: {{every: 1s, for: 10s}}\n",
        "psql:\n      sql: SELECT id, name FROM users WHERE id = ${{{n}}}\n    expect: size(result.rows) > 0\n",
        "redis-cli: GET key:{n}\n    repeatable: true\n",
    )
    head = f"runbook: {name}\ntitle: {steps} steps\ninputs:\n  host: {{type: string, default: localhost}}\nsteps:\n"
    body = (f"  - id: s{n}\n    title: Step {n}\n    {kinds[n % len(kinds)].format(n=n)}" for n in range(steps))
    return head + "".join(body)


def doctl(name: str, steps: int) -> str:
    """Commands of doctl only: columns, options, arguments that only a run knows."""
    kinds = (
        "apps list-deployments ${app} --format ID,Cause,Phase,Progress --no-header",
        "apps get ${app}",
        "databases fork new-${app} --restore-from-cluster-id ${app} --wait",
        "apps logs ${app} --type=run --tail 100",
    )
    lines = "".join(f"  - doctl: {kinds[n % len(kinds)]}\n" for n in range(steps))
    return f"runbook: {name}\ninputs: {{app: string}}\nsteps:\n{lines}"


def noisy(name: str, steps: int, numbers: int) -> str:
    """Steps that write `numbers` lines each; the run goes on where that is too much for a result."""
    body = "".join(f"  - id: s{n}\n    title: Step {n}\n    shell: /usr/bin/seq 1 {numbers}\n    may_fail: true\n" for n in range(steps))
    return HEAD.format(name=name, steps=steps) + body


def looped(name: str, rounds: int, steps: int) -> str:
    """`rounds` times the same `steps`, one after the other: a long run of a short file."""
    over = ", ".join(str(n) for n in range(rounds))
    body = "".join(f"        - id: s{n}\n          title: Step {n}\n          shell: /bin/true\n" for n in range(steps))
    loop = (
        f"  - id: again\n    title: Again and again\n    for_each:\n      over: '[{over}]'\n"
        "      as: n\n      key: string(n)\n      limit: 1\n      steps:\n"
    )
    return HEAD.format(name=name, steps=rounds * steps) + loop + body


def write(folder: str, name: str, text: str) -> str:
    """Writes NAME.yml and returns its file name."""
    with open(os.path.join(folder, f"{name}.yml"), "w", encoding="utf-8") as file:
        file.write(text)
    return f"{name}.yml"
