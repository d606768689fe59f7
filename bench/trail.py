"""What a trail costs: making it durable, signing it, verifying it, keeping it.

`trail.py append FOLDER`: the wall time of a durable append against that of one write and fdatasync of the same bytes, in turns.
`trail.py checkpoint FOLDER`: CPU seconds of one signed checkpoint in a long journal.
`trail.py long FOLDER EVENTS`: a journal of so many lines as a loop of changes leaves it, with a checkpoint every 1,000.
`trail.py conform FOLDER`: the replay of the journal of journal.py, as `audit verify` makes it for its fifth verdict.
`trail.py disk FOLDER`: bytes that runs keep for each event, signed and not.
Each prints one JSON object.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time

import journal as long_run
import make

from runbook_lang.adapters.journal import FileJournal
from runbook_lang.adapters.keys import KeyRing
from runbook_lang.adapters.lines import FIRST_PREV, encode_body
from runbook_lang.adapters.mask import Masker
from runbook_lang.adapters.reader import NAME
from runbook_lang.adapters.witness import Witness
from runbook_lang.machine.events import ActStarted, Event

APPENDS = 400
RUN = "01a20d36-d1ca-7c5c-9051-921d017696ff"
AT = "2026-03-04T05:06:07.000000Z"


def event(seq: int) -> Event:
    return ActStarted(seq, AT, id=f"loop[{seq}]/step#1/main", argv=["/usr/bin/env", "true", str(seq)], argv_digest="ab" * 32)


def append(folder: str) -> dict[str, float]:
    kept = FileJournal.create(os.path.join(folder, "run"), Masker())
    bare = os.open(os.path.join(folder, "bare"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    ours, floor, cpu = [], [], []
    for seq in range(1, APPENDS + 1):
        began, busy = time.perf_counter(), time.process_time()
        kept.append(event(seq))
        ours.append(time.perf_counter() - began)
        cpu.append(time.process_time() - busy)
        line = b"x" * 350 + b"\n"
        began = time.perf_counter()
        os.write(bare, line)
        os.fdatasync(bare)
        floor.append(time.perf_counter() - began)
    kept.close()
    return {"append": statistics.median(ours), "floor": statistics.median(floor), "cpu": statistics.median(cpu)}


def witness(folder: str) -> Witness:
    ring = KeyRing(os.path.join(folder, "keys"))
    if not ring.keys:
        ring.new("bench")
    signer = ring.signer({})
    assert signer is not None
    return Witness(signer, RUN)


def checkpoint(folder: str) -> dict[str, float]:
    signs = witness(folder)
    for number in range(100_000):
        signs.saw(b"x%d" % number)
    began = time.process_time()
    for number in range(1_000):
        signs.saw(b"y%d" % number)
        signs.checkpoint()
    return {"checkpoint": (time.process_time() - began) / 1_000}


def long_journal(folder: str, events: int) -> dict[str, float]:
    signs = witness(folder)
    prev = FIRST_PREV
    os.mkdir(os.path.join(folder, "long"))
    opened = {"run": RUN, "rules": 1, "mode": "live", "runbook": "x", "program": "", "plan": "", "inputs": "{}", "secret_names": []}
    opened |= {"operator": "ada", "host": "h", "tools": {"key": signs.signer.key.vkey}}
    out = [["ac" * 32, 16, "deploying hello\n", "stdout"]]
    size = 0
    with open(os.path.join(folder, "long", NAME), "wb") as stream:
        for seq in range(1, events + 1):
            id_ = f"loop[{seq // 2}]/go#1/main"
            if seq == 1:
                body = {"type": "run.opened", **opened}
            elif seq % 1_000 == 0:
                body = {"type": "checkpoint", "body": signs.checkpoint()}
            elif seq % 2:
                body = {"type": "act.started", "id": id_, "argv": ["/bin/echo", str(seq)], "argv_digest": "ab" * 32}
            else:
                body = {"type": "act.ended", "id": id_, "ok": True, "applied": "yes", "out": out, "value": '{"exit":0}', "elapsed_us": 4000}
            raw, prev = encode_body({**body, "seq": seq, "at": AT}, prev)
            signs.saw(raw)
            size += stream.write(raw + b"\n")
    return {"events": events, "bytes": size}


def conform(folder: str) -> dict[str, float]:
    from runbook_lang.api.conformance import conform as replayed

    rules = long_run.program(folder)
    run = os.path.join(folder, "run")
    size = os.path.getsize(os.path.join(run, NAME))
    began = time.process_time()
    found = replayed(rules, run, size)
    took = time.process_time() - began
    if found.departure is not None:
        raise SystemExit(f"line {found.departure.line}: {found.departure.why}")
    return {"events": found.events, "cpu": took}


def disk(folder: str) -> dict[str, float]:
    """Runs 200 steps for real, with a key and without."""
    import subprocess

    found: dict[str, float] = {}
    file = make.write(folder, "kept", make.plain("kept", 200))
    witness(folder)
    for name, keys in (("unsigned", "none"), ("signed", "keys")):
        store = os.path.join(folder, name)
        environ = {**os.environ, "RUNBOOK_KEYS": os.path.join(folder, keys), "RUNBOOK_STORE": store}
        words = [sys.executable, "-m", "runbook_lang", "run", file, "--yes"]
        subprocess.run(words, cwd=folder, env=environ, capture_output=True, check=True)
        (run,) = os.listdir(os.path.join(store, "runs"))
        path = os.path.join(store, "runs", run)
        with open(os.path.join(path, NAME), "rb") as stream:
            events = sum(1 for _ in stream)
        kept = sum(os.stat(os.path.join(at, one)).st_blocks * 512 for at, _, names in os.walk(path) for one in names)
        found |= {f"{name} events": events, f"{name} bytes": os.path.getsize(os.path.join(path, NAME)), f"{name} disk": kept}
    return found


ACTIONS = {"append": append, "checkpoint": checkpoint, "conform": conform, "disk": disk}


if __name__ == "__main__":
    if sys.argv[1] == "long":
        print(json.dumps(long_journal(sys.argv[2], int(sys.argv[3]))))
    else:
        print(json.dumps(ACTIONS[sys.argv[1]](sys.argv[2])))
