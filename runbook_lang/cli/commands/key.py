"""`runbook key`: keys that sign runs, and keys whose signatures count."""

from __future__ import annotations

from ...adapters.keys import PASSPHRASE, KeyRing
from ...base.diagnostics import fail
from ...base.duration import parse_duration
from ...base.text import clean
from ...machine.stamps import micros_of, stamp_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ...adapters.keys import Key
    from ..args import Args
    from ..console import Console

OVERLAP = "1d"
ANY = "any"


def run(args: Args, console: Console) -> int:
    """0 when it is done."""
    return _ACTIONS[args.text("ACTION")](args, console, KeyRing.locate(console.environ))


def _new(args: Args, console: Console, ring: KeyRing) -> int:
    name = args.text("NAME") or _name()
    first = ring.active is None
    key = ring.new(name, _passphrase(args, console), _agent(args, console))
    if console.is_json:
        console.json(_json(key, True))
        return 0
    console.print(key.vkey)
    console.note(f"The key {clean(name)} signs every run from now on. Its folder: {clean(ring.folder)}")
    if first:
        console.note("Give the line above to whoever audits: runbook key trust '…'. Keep a copy of the folder apart from this machine.")
    return 0


def _list(args: Args, console: Console, ring: KeyRing) -> int:
    if args.text("NAME"):
        raise fail("RB723", f"Too many words: {args.text('NAME')!r} has no place.", help="Usage: runbook key list")
    active = ring.active
    if console.is_json:
        console.json({"folder": ring.folder, "keys": [_json(key, key == active) for key in ring.keys]})
        return 0
    if not ring.keys:
        console.note("No key is known here, so runs aren't signed. Make one with: runbook key new")
    for key in ring.keys:
        console.print(f"{'*' if key == active else ' '} {key.vkey}  {clean(_told(key))}".rstrip())
    return 0


def _told(key: Key) -> str:
    if key.revoked:
        return f"revoked {key.revoked[:16]}" + (f": {key.why}" if key.why else "")
    parts = [
        f"from {key.since[:16]}" if key.since else "",
        f"until {key.until[:16]}" if key.until else "",
        "in ssh-agent" if key.agent else "",
    ]
    return " ".join(part for part in parts if part)


def _trust(args: Args, console: Console, ring: KeyRing) -> int:
    since = args.text("since")
    if since and micros_of(since) is None:
        since = f"{since}T00:00:00.000000Z"
        if micros_of(since) is None:
            raise fail("RB724", f"--since wants a date, not {args.text('since')!r}.", help="For example: --since 2026-03-01")
    key = ring.trust(_need(args, "the verifier key to trust"), since)
    console.note(f"Signatures by {clean(key.name)} count from now on.")
    return 0


def _rotate(args: Args, console: Console, ring: KeyRing) -> int:
    overlap = parse_duration(args.text("overlap", OVERLAP))
    if overlap is None:
        raise fail("RB724", f"--overlap wants a time like 12h, not {args.text('overlap')!r}.")
    from ...adapters.clock import SystemClock

    until = stamp_of(SystemClock().now() + overlap)
    old, new = ring.rotate(args.text("NAME"), _passphrase(args, console), until, _agent(args, console))
    if console.is_json:
        console.json({"old": _json(old, False), "new": _json(new, True)})
        return 0
    console.print(new.vkey)
    console.note(
        f"{clean(new.name)} signs from now on. Signatures by {clean(old.name)} count until {old.until[:16]}; its private half is gone."
    )
    return 0


def _revoke(args: Args, console: Console, ring: KeyRing) -> int:
    why = args.text("because").strip()
    if not why:
        raise fail("RB722", "Revoking a key wants its reason.", help="Say why: --because 'its laptop was stolen'")
    key = ring.revoke(_need(args, "the key to revoke"), why)
    console.note(f"No signature by {clean(key.name)} counts any more. Runs that you looked at can be sealed anew: runbook audit seal")
    return 0


def _need(args: Args, what: str) -> str:
    name = args.text("NAME")
    if not name:
        raise fail("RB723", f"NAME is missing: {what}.", help=f"Usage: {args.command.usage}")
    return name


def _name() -> str:
    """A name for the first key: the machine's."""
    import re
    from socket import gethostname

    return re.sub(r"[^A-Za-z0-9.-]", "-", gethostname()).strip(".-") or "runbook"


def _passphrase(args: Args, console: Console) -> str:
    if not args.flag("passphrase"):
        return ""
    given = console.environ.get(PASSPHRASE, "")
    if given:
        return given
    from getpass import getpass

    from ..session import interactive

    if not interactive():
        raise fail("RB622", "No passphrase was given.", help=f"Set {PASSPHRASE}, or start at a terminal.")
    first = getpass("passphrase of the new key: ")
    if not first or getpass("again: ") != first:
        raise fail("RB622", "The passphrases differ, or are empty.", help="Nothing was made.")
    return first


def _agent(args: Args, console: Console) -> bytes:
    """The public half of the agent's key that is meant; empty without --agent."""
    wanted = args.text("agent")
    if not wanted:
        return b""
    from ...adapters.agent import Agent

    keys = Agent(console.environ).listed()
    found = [key for key in keys if wanted in (ANY, key.comment)]
    if len(found) != 1:
        listed = ", ".join(clean(key.comment) for key in keys) or "none"
        help = f"Its Ed25519 keys: {listed}. Name one by its comment: --agent='…'"
        raise fail("RB627", f"{len(found)} keys of the ssh-agent fit.", help=help)
    return found[0].public


def _json(key: Key, active: bool) -> dict[str, object]:
    dates = {field: getattr(key, field) for field in ("since", "until", "revoked", "why", "agent")}
    return {"name": key.name, "key": key.vkey, "active": active, **dates}


_ACTIONS: dict[str, Callable[[Args, Console, KeyRing], int]] = {
    "new": _new,
    "list": _list,
    "trust": _trust,
    "rotate": _rotate,
    "revoke": _revoke,
}
