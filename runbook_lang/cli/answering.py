"""What `ack` and `resolve` have in common: who says so, and that everybody who was told hears of it."""

from __future__ import annotations

from ..adapters.clock import SystemClock
from ..api.escalations import Ticker, Who, acknowledge, resolve
from ..api.places import find_run, stores
from ..api.runs import operator_name
from ..base.text import clean
from .people_lines import as_json, detail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from .args import Args
    from .console import Console

DONE = {"acknowledge": "acknowledged", "resolve": "resolved"}


def answer_escalation(verb: str, args: Args, console: Console) -> int:
    """Records it, tells those who were told, says so here; returns the exit code."""
    _, folder = find_run(stores(args.text("store"), console.environ), args.text("RUN"))
    who = signing_who(console.environ, args.text("as"), args.text("note"))
    work = acknowledge if verb == "acknowledge" else resolve
    found = work(folder, who, SystemClock().now(), args.text("STEP"))
    _, problem, _ = Ticker(console.environ, lambda text: console.warn(clean(text))).one(folder)
    if console.is_json:
        console.json({"run": folder.id, "escalations": [as_json(one) for one in found]})
    else:
        for one in found:
            console.print(f"{clean(one.id)} is {DONE[verb]} {clean(detail(one))}.")
    if problem:
        console.warn(clean(problem))
    return 0


def signing_who(environ: Mapping[str, str], name: str, note: str) -> Who:
    """Who sits here: the OS user, the person they say they are, and their key where they have one."""
    from base64 import b64encode

    from ..adapters.checkpoints import write_note
    from ..adapters.keys import KeyRing
    from ..base.diagnostics import RunbookError

    who = Who(operator_name(), name, note)
    try:
        signer = KeyRing.locate(environ).signer(environ, None)
    except RunbookError:
        signer = None  # without its passphrase a key proves nothing; the claim stands all the same
    if signer is None:
        return who
    public = "ed25519:" + b64encode(signer.key.public).decode()
    return who.replace(sign=lambda text: write_note(text, signer.sign(text)), public=public)
