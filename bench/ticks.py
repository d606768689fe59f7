"""A store with very many open escalations, a few of which have somebody to be told now."""

from __future__ import annotations

import os
import shutil

POLICY = """
zone: America/Santiago
people: {ana: {}, ben: {}}
tiers:
  dev: {hours: "mon-fri 09:00-18:00", ack_within: 30m, notify: [{console: dev}]}
  ops: {hours: 24x7, ack_within: 365d, notify: [{console: ops}]}
severities: {P2: {tiers: [ops]}}
"""


def make(folder: str, count: int, due: int) -> str:
    """The store; `due` of its `count` runs have a message that is owed."""
    from runbook_lang.adapters.clock import SystemClock
    from runbook_lang.adapters.store import Store
    from runbook_lang.adapters.uuid7 import uuid7
    from runbook_lang.api.escalations import Raise, Ticker, raise_escalation
    from runbook_lang.api.policies import sound_policy

    path = os.path.join(folder, "policy.yml")
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(POLICY)
    policy = sound_policy(path)
    store = Store(os.path.join(folder, "store"))
    now = SystemClock().now()
    waiting, told = store.create_run(), store.create_run()
    for run in (waiting, told):
        raise_escalation(run, policy, Raise("tell", "P2", "", "It is down.", "book", "ana"), folder, now)
    Ticker({}, lambda text: None).one(told)
    for number in range(count - 2):
        place = os.path.join(store.runs, uuid7())
        os.mkdir(place)
        shutil.copy(os.path.join((waiting if number < due - 1 else told).path, "incident.jsonl"), place)
    return store.root
