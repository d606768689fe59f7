"""Measures what the project promises, side by side with its yardsticks, and says what holds.

Usage: run.py [--json FILE] [--rounds N] [NAME …]; NAME is one of start, check, tools, steps, many, large, plan, text, resume, memory,
lsp, signed, trail, ticks.
The exit code is 1 when a bound doesn't hold. Ratios travel between machines, seconds don't: the bounds in seconds are
for two cores of the year 2020 or newer, with nothing else going on.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import make
import ticks
from measure import Cost, Failed, cost, side_by_side

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).resolve().parent
BARE = [sys.executable, "-I", "-c", "pass"]
SCRIPT = Path(sys.executable).with_name("runbook")
RUNBOOK = [str(SCRIPT)] if SCRIPT.exists() else [sys.executable, "-m", "runbook_lang"]
EVENTS = 99_999  # the most that a resume has to fold: the next event would have brought a snapshot
FEW, MANY = 50, 350
MILLION = 1_000_000


class Finding(NamedTuple):
    """One measured number and its bound; `detail` holds what it was made of."""

    name: str
    value: float
    unit: str
    bound: float
    detail: str

    @property
    def holds(self) -> bool:
        return self.value <= self.bound


def ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def start(folder: str, rounds: int) -> Iterator[Finding]:
    found = side_by_side({"bare": BARE, "version": [*RUNBOOK, "--version"]}, folder, rounds)
    yield Finding("runbook --version", found["version"].cpu / found["bare"].cpu, "x bare start", 2.5, cpu(found))


def check(folder: str, rounds: int) -> Iterator[Finding]:
    files = {"shell": make.varied("twenty", 20), "four tools": make.tools("tools", 20)}
    programs = {name: [*RUNBOOK, "check", make.write(folder, name.replace(" ", "-"), text)] for name, text in files.items()}
    found = side_by_side({"bare": BARE, **programs}, folder, rounds)
    for name in files:
        yield Finding(f"check, 20 steps of {name}", found[name].cpu / found["bare"].cpu, "x bare start", 6, cpu(found))


def commands(folder: str, rounds: int) -> Iterator[Finding]:
    """A thousand commands of doctl in one file, less what the start costs; and the facts of each tool, with the largest service of aws."""
    programs = {"none": [*RUNBOOK, "check", make.write(folder, "none", make.plain("none", 1))]}
    programs["thousand"] = [*RUNBOOK, "check", make.write(folder, "thousand", make.doctl("thousand", 1000))]
    found = side_by_side(programs, folder, max(3, rounds // 3))
    yield Finding("check, 1,000 doctl commands", found["thousand"].wall - found["none"].wall, "s", 1, cpu(found))
    for name in ("doctl", "psql", "redis-cli", "aws"):
        tries = [loading(name, folder) for _ in range(max(3, rounds // 3))]
        yield Finding(
            f"loading the facts of {name}", sorted(tries)[len(tries) // 2] * 1000, "ms", 30, f"CPU, best {min(tries) * 1000:.1f} ms"
        )


def loading(name: str, folder: str) -> float:
    done = subprocess.run([sys.executable, str(HERE / "facts.py"), name], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(done.stderr[-2000:])
    seconds: float = json.loads(done.stdout)
    return seconds


def steps(folder: str, rounds: int) -> Iterator[Finding]:
    programs = {}
    for count in (FEW, MANY):
        file = make.write(folder, f"true{count}", make.plain(f"true{count}", count))
        programs[f"floor {count}"] = [sys.executable, str(HERE / "floor.py"), str(count), "floor.jsonl"]
        programs[f"run {count}"] = [*RUNBOOK, "run", file, "--yes"]
    found = side_by_side(programs, folder, 3 * rounds)  # a difference of two medians scatters more than each
    floor = (found[f"floor {MANY}"].cpu - found[f"floor {FEW}"].cpu) / (MANY - FEW)
    ours = (found[f"run {MANY}"].cpu - found[f"run {FEW}"].cpu) / (MANY - FEW)
    yield Finding("a further step of /bin/true", ours / floor, "x floor", 1.5, f"CPU {ms(ours)} a step, floor {ms(floor)}")


def many(folder: str, rounds: int) -> Iterator[Finding]:
    files = [make.write(folder, f"book{n}", make.varied(f"book{n}", 20)) for n in range(1000)]
    found = side_by_side({"check": [*RUNBOOK, "check", *files]}, folder, max(1, rounds // 5))["check"]
    yield Finding("check, 1,000 files of 20 steps", found.wall, "s", 10, memory(found))


def large(folder: str, rounds: int) -> Iterator[Finding]:
    programs = {}
    for count in (5_000, 10_000):
        file = make.write(folder, f"large{count}", make.varied(f"large{count}", count))
        programs[str(count)] = [*RUNBOOK, "check", file]
    found = side_by_side(programs, folder, max(1, rounds // 3))
    yield Finding("check, one file of 10,000 steps", found["10000"].wall, "s", 5, memory(found["10000"]))
    yield Finding("the same, against 5,000 steps", found["10000"].cpu / found["5000"].cpu, "x", 2.3, cpu(found))


def plans(folder: str, rounds: int) -> Iterator[Finding]:
    library = str(HERE.parent / "runbooks")
    found = side_by_side({"library": [*RUNBOOK, "plan", library]}, folder, max(3, rounds // 3))["library"]
    yield Finding("plan, the whole library", found.cpu, "s CPU", 1.5, memory(found))
    file = make.write(folder, "ten-thousand", make.varied("ten-thousand", 10_000))
    many = [*RUNBOOK, "plan", file, "-o", str(Path(folder) / "plan.json"), "--quiet"]
    large = side_by_side({"plan": many}, folder, 3)["plan"]
    yield Finding("plan, 10,000 steps", large.cpu, "s CPU", 5, memory(large))


def text(folder: str, rounds: int) -> Iterator[Finding]:
    """The text form against the same in YAML, and the layout of the library."""
    book = make.write(folder, "thousand", make.varied("thousand", 1_000))
    other = os.path.join(folder, "thousand.runbook")
    cost([*RUNBOOK, "convert", book, "--to", "text", "-o", other], folder)
    library = str(HERE.parent / "runbooks")
    cost([*RUNBOOK, "check", other], folder)  # the tables of the grammar are kept from here on
    programs = {"yaml": [*RUNBOOK, "check", book], "text": [*RUNBOOK, "check", other]}
    found = side_by_side(programs, folder, max(3, rounds // 3))
    yield Finding("check, 1,000 steps as text", found["text"].cpu / found["yaml"].cpu, "x YAML", 2.5, cpu(found))
    done = side_by_side({"fmt": [*RUNBOOK, "fmt", "--check", library]}, folder, max(3, rounds // 3), exits=(0, 1))["fmt"]
    yield Finding("fmt, the whole library", done.wall, "s", 1, memory(done))


def resume(folder: str, rounds: int) -> Iterator[Finding]:
    script = [sys.executable, str(HERE / "journal.py")]
    cost([*script, "make", folder, str(EVENTS)], folder)
    yield reading(script, "read", "what a resume reads", 2, folder, rounds)
    yield reading(script, "whole", "the same without a kept state", 6, folder, rounds)


def reading(script: list[str], how: str, name: str, bound: float, folder: str, rounds: int) -> Finding:
    tries = []
    for _ in range(max(1, rounds // 3)):
        done = subprocess.run([*script, how, folder], capture_output=True, text=True, check=False)
        if done.returncode:
            raise Failed(done.stderr[-2000:])
        tries.append(json.loads(done.stdout))
    middle = sorted(tries, key=lambda one: one["read"] + one["fold"])[len(tries) // 2]
    detail = f"{middle['events']:,} events: read {middle['read']:.2f} s, fold {middle['fold']:.2f} s"
    return Finding(name, middle["read"] + middle["fold"], "s", bound, detail)


def peak(folder: str, rounds: int) -> Iterator[Finding]:
    small = make.write(folder, "small", make.noisy("small", 5, 10))
    big = make.write(folder, "big", make.noisy("big", 5, 8_000_000))
    found = side_by_side({"small": [*RUNBOOK, "run", small, "--yes"], "big": [*RUNBOOK, "run", big, "--yes"]}, folder, max(1, rounds // 5))
    detail = f"5 steps of 60 MB: {memory(found['big'])}; of 20 bytes: {memory(found['small'])}"
    yield Finding("memory, large against small output", found["big"].memory / found["small"].memory, "x", 1.5, detail)


def editor(folder: str, rounds: int) -> Iterator[Finding]:
    """What an editor waits for while somebody writes in a runbook of 500 steps, in each form."""
    for form in ("yml", "runbook"):
        path = Path(folder, f"long.{form}")
        Path(folder, "long.yml").write_text(make.varied("long", 500), encoding="utf-8")
        if form == "runbook":
            subprocess.run([*RUNBOOK, "convert", "long.yml", "--to", "text", "-o", str(path)], cwd=folder, check=True, capture_output=True)
        command = [sys.executable, str(HERE / "editor.py"), str(path), str(2 * rounds)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Failed(done.stderr[-2000:])
        waits = sorted(wait for waits in json.loads(done.stdout).values() for wait in waits)
        detail = f"{len(waits)} answers, median {ms(waits[len(waits) // 2])}, longest {ms(waits[-1])}"
        yield Finding(f"95 % of an editor's answers, .{form}", waits[len(waits) * 95 // 100] * 1000, "ms", 100, detail)


def signed(folder: str, rounds: int) -> Iterator[Finding]:
    """A step that changes something, in a run with a key: an intent, an outcome, and a checkpoint behind each."""
    trail("checkpoint", folder)  # makes the key
    programs = {}
    for count in (FEW, MANY):
        file = make.write(folder, f"true{count}", make.plain(f"true{count}", count))
        programs[f"floor {count}"] = [sys.executable, str(HERE / "floor.py"), str(count), "floor.jsonl"]
        programs[f"run {count}"] = ["/usr/bin/env", f"RUNBOOK_KEYS={folder}/keys", *RUNBOOK, "run", file, "--yes"]
    found = side_by_side(programs, folder, max(3, rounds // 3))
    floor = (found[f"floor {MANY}"].cpu - found[f"floor {FEW}"].cpu) / (MANY - FEW)
    ours = (found[f"run {MANY}"].cpu - found[f"run {FEW}"].cpu) / (MANY - FEW)
    yield Finding("a further step, signed", ours / floor, "x floor", 1.7, f"CPU {ms(ours)} a step, floor {ms(floor)}")


def trails(folder: str, rounds: int) -> Iterator[Finding]:
    tries = sorted((trail("append", tempfile.mkdtemp(dir=folder)) for _ in range(3)), key=lambda one: one["append"] / one["floor"])
    one = tries[1]
    detail = f"{ms(one['append'])}, write and fdatasync {ms(one['floor'])}, CPU {ms(one['cpu'])}"
    yield Finding("a durable append", one["append"] / one["floor"], "x fdatasync", 1.5, detail)
    yield Finding("a signed checkpoint", trail("checkpoint", folder)["checkpoint"] * 1000, "ms CPU", 1, "in a journal of 100,000 lines")
    made = trail("long", folder, str(MILLION))
    words = [*RUNBOOK, "audit", "verify", "long", "--no-conformance"]
    found = cost(["/usr/bin/env", f"RUNBOOK_KEYS={folder}/keys", *words], folder, exits=(0, 21, 22))
    yield Finding("verify 1,000,000 events", found.cpu, "s CPU", 10, f"{made['bytes'] / 2**20:.0f} MiB, wall {found.wall:.1f} s")
    yield Finding("the same", found.memory / 1e6, "MB", 100, memory(found))
    cost([sys.executable, str(HERE / "journal.py"), "make", folder, str(EVENTS)], folder)
    replayed = trail("conform", folder)
    each = replayed["cpu"] / replayed["events"] * 1e6
    yield Finding("conformance, 100,000 events", each * 100_000 / 1e6, "s CPU", 10, f"{each:.0f} us an event")
    kept = trail("disk", folder)
    detail = ", ".join(
        f"{name} {kept[f'{name} bytes'] / kept[f'{name} events']:.0f} bytes in the journal" for name in ("unsigned", "signed")
    )
    yield Finding("disk for each event", kept["signed disk"] / kept["signed events"], "bytes", 1024, detail)


def trail(action: str, folder: str, *more: str) -> dict[str, float]:
    done = subprocess.run([sys.executable, str(HERE / "trail.py"), action, folder, *more], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(done.stderr[-2000:])
    found: dict[str, float] = json.loads(done.stdout)
    return found


def escalations(folder: str, rounds: int) -> Iterator[Finding]:
    sys.path.insert(0, str(HERE.parent))
    root = ticks.make(folder, 10_000, 100)
    command = [*RUNBOOK, "escalations", "tick", "--quiet", "--store", root]
    first, second = cost(command, folder), cost(command, folder)
    yield Finding("tick, 10,000 open, 100 due", first.wall, "s", 2, memory(first))
    yield Finding("tick, 10,000 open, none due", second.wall, "s", 2, memory(second))


def cpu(found: dict[str, Cost]) -> str:
    return "CPU " + ", ".join(f"{name} {ms(one.cpu)}" for name, one in found.items())


def memory(one: Cost) -> str:
    return f"peak {one.memory / 2**20:.0f} MiB"


BENCHES: dict[str, Callable[[str, int], Iterator[Finding]]] = {
    "start": start,
    "check": check,
    "tools": commands,
    "steps": steps,
    "many": many,
    "large": large,
    "plan": plans,
    "text": text,
    "resume": resume,
    "memory": peak,
    "lsp": editor,
    "signed": signed,
    "trail": trails,
    "ticks": escalations,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHES))
    parser.add_argument("--json", metavar="FILE", help="write the numbers there too")
    parser.add_argument("--rounds", type=int, default=15)
    asked = parser.parse_args()
    if unknown := [name for name in asked.names if name not in BENCHES]:
        parser.error(f"no such measurement: {', '.join(unknown)}")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(HERE.parent), os.environ.get("PYTHONPATH")]))

    found: list[Finding] = []
    failures: dict[str, str] = {}
    print(f"{'':34} {'measured':>10} {'bound':>8}  {'':12}", flush=True)
    for name in asked.names or BENCHES:
        with tempfile.TemporaryDirectory(prefix="runbook-bench-") as folder:
            try:
                for one in BENCHES[name](folder, asked.rounds):
                    found.append(one)
                    mark = "ok" if one.holds else "OVER"
                    print(f"{one.name:34} {one.value:10.2f} {one.bound:8.2f}  {one.unit:12} {mark:4}  {one.detail}", flush=True)
            except Failed as failed:
                failures[name] = str(failed)
                print(f"{name:34} could not be measured: {failed}", flush=True)
    numbers = {
        "python": sys.version.split()[0],
        "cores": os.cpu_count(),
        "found": [{**one._asdict(), "holds": one.holds} for one in found],
        "failed": failures,
    }
    text = json.dumps(numbers, indent=2)
    if asked.json:
        Path(asked.json).write_text(text + "\n", encoding="utf-8")
    else:
        print(text)
    return 0 if not failures and all(one.holds for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
