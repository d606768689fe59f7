"""Maintenance that is announced: a runbook starts in its window, once, and only if everybody was told long enough before.

`schedule/<id>/` in the store holds `entry.json` (what starts when), `incident.jsonl` (the notices, sent like any other message) and, from
the start on, `started` and `output.log`.
"""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

from ..adapters.files import REAL, cannot, make_folder, write_file
from ..adapters.incident import IncidentFile, read_incident
from ..adapters.messages import own_templates, write
from ..adapters.uuid7 import is_uuid7, uuid7
from ..base.diagnostics import RunbookError, fail
from ..base.duration import human_duration
from ..base.record import Record
from ..machine.stamps import micros_of, stamp_of
from ..people.calendar import DAY_US, local_stamp, moment_of
from ..people.due import DIED, messages_to
from ..people.events import Owed, Raised, Resolved
from ..people.plan import Plan, Rung, channels
from ..people.windows import window_shift
from .load import load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..adapters.store import Store
    from ..model.policy import Policy, Window
    from ..people.escalation import Escalation, Incident
    from .load import Loaded

FOLDER = "schedule"
ENTRY = "entry.json"
STARTED = "started"
LOG = "output.log"
STEP = "notice"
LIMIT = 256 * 1024


class Entry(Record):
    """One scheduled start. Moments in microseconds; `inputs` as they would be typed; `program` is the digest of what was announced."""

    id: str
    folder: str
    runbook: str
    name: str
    window: str
    zone: str
    starts: int
    ends: int
    notice: int
    operator: str
    inputs: tuple[str, ...] = ()
    program: str = ""
    cancelled: bool = False

    @property
    def started(self) -> bool:
        return os.path.exists(os.path.join(self.folder, STARTED))


class Planned(Record):
    """What is wanted: see `schedule`."""

    path: str
    window: str
    at: str = ""
    inputs: tuple[str, ...] = ()
    message: str = ""
    operator: str = ""


def schedule(store: Store, wanted: Planned, now: int) -> Entry:
    """Announces a start: the notices are owed from now on.

    The start is the window's next opening that leaves enough time for the notice, or `at`. Raises RunbookError: what is wrong with the
    runbook, RB420 for a window that isn't there, RB765 when there is no such opening or nobody would be told.
    """
    loaded = load(wanted.path)
    if loaded.program is None or loaded.runbook is None:
        raise RunbookError(*loaded.problems.sorted())
    policy = loaded.policy
    window = policy.windows.get(wanted.window) if policy is not None else None
    if policy is None or window is None:
        known = ", ".join(policy.windows) if policy is not None else "the runbook names no policy"
        raise fail("RB420", f"There is no window {wanted.window!r} in the policy.", help=f"Known: {known}.")
    ways = channels(window.stakeholders or policy.stakeholders)
    if window.notice and not ways:
        help = "Name them in the policy: stakeholders: [{email: team@example.com}]"
        raise fail("RB765", f"The window {wanted.window!r} wants notice, and the policy names no stakeholders.", help=help)
    starts, ends = _opening(policy, window, wanted.at, now)
    id_ = uuid7()
    entry = Entry(
        id_,
        os.path.join(store.root, FOLDER, id_),
        os.path.abspath(wanted.path),
        loaded.program.name,
        wanted.window,
        policy.zone,
        starts,
        ends,
        window.notice or 0,
        wanted.operator,
        wanted.inputs,
        loaded.program.digest,
    )
    try:
        make_folder(REAL, entry.folder)
        _announce(entry, loaded, policy, ways, wanted.message or loaded.runbook.title or entry.name, now)
        _keep(entry)
    except OSError as error:
        raise cannot("RB602", f"The schedule in {entry.folder} can't be written", error) from None
    return entry


def _opening(policy: Policy, window: Window, text: str, now: int) -> tuple[int, int]:
    shift = window_shift(policy, window)
    earliest = now + (window.notice or 0)
    if text:
        at = moment_of(policy.zone, text)
        if at is None:
            raise fail("RB760", f"{text!r} is no moment.", help='Write it as "2026-12-01 02:00", in the policy\'s zone.')
        if not shift.open_at(at):
            following = shift.next_open(max(at, now))
            help = f"It opens next at {local_stamp(policy.zone, following)}." if following is not None else ""
            raise fail("RB765", f"The window {window.name.text!r} isn't open at {text}.", help=help)
        if at < earliest:
            left = human_duration(max(0, at - now))
            help = f"The first start that leaves time for it: {_first(policy, window, earliest)}."
            raise fail(
                "RB765", f"Notice is to be given {human_duration(window.notice or 0)} before, and it is {left} to {text}.", help=help
            )
        return at, shift.closes(at) or at + DAY_US
    found = shift.next_open(earliest)
    if found is not None and found == earliest and window.notice:  # in the middle of a window: the next one from its beginning
        end = shift.closes(found)
        found = shift.next_open(end) if end is not None else found
    if found is None:
        raise fail("RB765", f"The window {window.name.text!r} doesn't open.", help="See its hours and the freezes: runbook policy check")
    return found, shift.closes(found) or found + DAY_US


def _first(policy: Policy, window: Window, earliest: int) -> str:
    found = window_shift(policy, window).next_open(earliest)
    return local_stamp(policy.zone, found) if found is not None else "none"


def _announce(entry: Entry, loaded: Loaded, policy: Policy, ways: tuple[tuple[str, str], ...], message: str, now: int) -> None:
    """The notices as an escalation of one tier that nobody has to acknowledge."""
    values = {
        "message": message,
        "summary": message.split("\n", maxsplit=1)[0][:180],
        "starts": local_stamp(entry.zone, entry.starts),
        "ends": local_stamp(entry.zone, entry.ends),
        "zone": entry.zone,
        "window": entry.window,
        "runbook": entry.name,
        "operator": entry.operator,
        "severity": "",
    }
    own = dict(own_templates(os.path.join(loaded.library, policy.templates))) if policy.templates else {}
    subject, text, _ = write("notice", values, policy.language, own)
    rung = Rung("stakeholders", "24x7", entry.zone, "next_tier", False, 0, "wall", 0, ways)
    texts = (("told", "{{ message }}"), *((kind, own[kind]) for kind in ("cancelled",) if kind in own))
    plan = Plan("", entry.zone, (rung,), people=(("schedule", "", ""),), language=policy.language, templates=texts)
    stamp = stamp_of(now)
    with IncidentFile.open(entry.folder, create=True) as file:
        file.append([Raised(1, stamp, STEP, "", f"{subject}\n{text}", entry.id, entry.name, entry.operator, "", stamp, "", plan.as_json())])


def _keep(entry: Entry) -> None:
    fields = {name: getattr(entry, name) for name in entry.__fields__ if name != "folder"}
    write_file(REAL, os.path.join(entry.folder, ENTRY), json.dumps(fields, indent=1, ensure_ascii=False).encode())


def entries(store: Store) -> list[Entry]:
    """All scheduled starts of a store, the earliest announcement first; what can't be read is left out."""
    folder = os.path.join(store.root, FOLDER)
    try:
        names = sorted(filter(is_uuid7, os.listdir(folder)))
    except OSError:
        return []
    return [entry for entry in (_read(os.path.join(folder, name)) for name in names) if entry is not None]


def _read(folder: str) -> Entry | None:
    try:
        with open(os.path.join(folder, ENTRY), "rb") as stream:
            fields: dict[str, Any] = json.loads(stream.read(LIMIT))
        return Entry(**{**fields, "folder": folder, "inputs": tuple(fields["inputs"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def find(store: Store, name: str) -> Entry:
    """The entry of an id, or of its end. Raises RunbookError RB765."""
    found = [entry for entry in entries(store) if entry.id == name or (name and entry.id.endswith(name))]
    if len(found) != 1:
        raise fail("RB765", f"{name!r} is {'no' if not found else 'more than one'} scheduled start.", help="See: runbook schedule")
    return found[0]


def cancel(entry: Entry, now: int, by: str = "", why: str = "") -> Entry:
    """Takes it back. What is owed isn't sent any more; whoever got the notice, or may have got it, is owed the word that it won't be.

    Doing it again finishes what a process that died left. Raises RunbookError RB765 for one that has started.
    """
    if entry.started:
        raise fail("RB765", f"{entry.name} was started already.", help="Stop the run itself: runbook abort")
    kept = entry.replace(cancelled=True)
    _keep(kept)
    with IncidentFile.open(entry.folder) as file:
        one = file.incident.all.get(STEP)
        if one is not None and one.is_open:
            at, seq = stamp_of(max(now, file.incident.now)), file.incident.seq
            note = ": ".join(part for part in (by, why) if part)
            said = messages_to(one, _heard(one))
            file.append(
                [
                    Resolved(seq + 1, at, STEP, "schedule", note=note, user=by),
                    *([Owed(seq + 2, at, STEP, "cancelled", said)] if said else []),
                ]
            )
    return kept


def _heard(one: Escalation) -> list[tuple[str, str]]:
    """Whoever got the notice, or was being sent it when a process died."""
    return list(
        dict.fromkeys((item.channel, item.to) for item in one.messages.values() if item.state == "sent" or item.begun or item.why == DIED)
    )


def told_of_it(entry: Entry) -> tuple[list[str], list[str]]:
    """Of one that was taken back: (who knows that, who doesn't yet)."""
    incident = read_incident(entry.folder)
    one = incident.all.get(STEP) if incident is not None else None
    items = [item for item in one.messages.values() if item.kind == "cancelled"] if one is not None else []
    names = [(f"{item.channel} {item.to}".strip(), item.state == "sent") for item in items]
    return [name for name, sent in names if sent], [name for name, sent in names if not sent]


def untold(entry: Entry) -> str:
    """Who wasn't told long enough before the start; '' when everybody was."""
    try:
        incident = read_incident(entry.folder)
    except RunbookError as error:
        return str(error)
    one = incident.all.get(STEP) if incident is not None else None
    if one is None:
        return "nobody was told" if entry.notice else ""
    late = []
    for channel, to in one.plan.rungs[0].notify:
        sent = [item.at for item in one.messages.values() if (item.channel, item.to, item.state) == (channel, to, "sent")]
        if not sent:
            late.append(f"{channel} {to} wasn't told")
        elif min(sent) > entry.starts - entry.notice:
            late.append(f"{channel} {to} was told only at {local_stamp(entry.zone, min(sent))}")
    return "; ".join(late) if entry.notice else ""


def state_of(entry: Entry, now: int) -> tuple[str, str]:
    """(announced | ready | started | cancelled | missed | refused, why)."""
    if entry.cancelled:
        return "cancelled", ""
    if entry.started:
        return "started", _started(entry)
    if now >= entry.ends:
        return "missed", "nothing looked while its window was open" if not untold(entry) else untold(entry)
    why = untold(entry)
    if not why:
        return "ready", ""
    return ("announced", why) if now < entry.starts - entry.notice else ("refused", why)


def _started(entry: Entry) -> str:
    try:
        with open(os.path.join(entry.folder, STARTED), encoding="utf-8") as stream:
            return stream.read(200).strip()
    except OSError:
        return ""


def start_due(store: Store, entry: Entry, now: int, environ: Mapping[str, str]) -> str:
    """Starts it if its time has come; what was done or why not, '' for nothing. Once: whoever makes the file `started` starts it."""
    if entry.cancelled or entry.started or not entry.starts <= now < entry.ends:
        return ""
    why = untold(entry) or _changed(entry)
    if why:
        return f"{entry.name} isn't started: {why}."
    try:
        fd = os.open(os.path.join(entry.folder, STARTED), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return ""
    except OSError as error:
        return f"{entry.name} isn't started: {error.strerror}."
    with os.fdopen(fd, "wb") as stream:
        stream.write(stamp_of(now).encode() + b"\n")
        stream.flush()
        os.fsync(stream.fileno())
    words = [part for text in entry.inputs for part in ("--input", text)]
    command = [sys.executable, "-m", "runbook_lang", "run", entry.runbook, "--yes", "--plain", "--store", store.root, *words]
    _begin(command, os.path.join(entry.folder, LOG), environ)
    return f"{entry.name} is started, as announced; its output: {os.path.join(entry.folder, LOG)}"


def _begin(command: list[str], log: str, environ: Mapping[str, str]) -> None:
    """Starts a process that outlives this one, in a session of its own, with its output in a file."""
    files = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    os.posix_spawn(command[0], command, dict(environ), file_actions=files, setsid=True)


def _changed(entry: Entry) -> str:
    loaded = load(entry.runbook)
    if loaded.program is None:
        return f"{entry.runbook} can't be run any more ({loaded.problems.sorted()[0].message})"
    return "" if loaded.program.digest == entry.program else "its files have changed since it was announced; announce it again"


def incident_of(entry: Entry) -> Incident | None:
    """The notices."""
    return read_incident(entry.folder)


def moment_text(entry: Entry, stamp: str) -> str:
    """A stamp as the clocks of the policy's zone show it."""
    return local_stamp(entry.zone, micros_of(stamp) or 0)
