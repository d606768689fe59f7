"""`runbook audit`: whether a run's journal can be believed, and proofs of it for others."""

from __future__ import annotations

import os

from ...adapters.anchors import KINDS
from ...adapters.keys import KeyRing
from ...adapters.reader import NAME
from ...adapters.store import RunFolder
from ...api.files import unwritable
from ...api.places import find_run, stores
from ...api.runs import operator_name
from ...base.diagnostics import fail
from ...base.text import clean, reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ...api.audit import Audit
    from ...api.verdicts import Verdict
    from ...base.text import Style
    from ..args import Args
    from ..console import Console

TONES = {"pass": "ok", "fail": "error", "open": "warning", "none": "dim"}


def run(args: Args, console: Console) -> int:
    """The exit codes of `verify` and `check-proof` are those of docs/reference/audit.md."""
    return _ACTIONS[args.text("ACTION")](args, console)


def _folder(args: Args, console: Console) -> RunFolder:
    """A run of a store, or a folder that was copied out of one."""
    name = args.text("RUN")
    if not name:
        raise fail("RB723", "RUN is missing: a run's id, its beginning or end, or `last`.", help=f"Usage: {args.command.usage}")
    if os.path.lexists(os.path.join(name, NAME)):
        path = os.path.abspath(name)
        return RunFolder(os.path.basename(path), path)
    return find_run(stores(args.text("store"), console.environ), name)[1]


def _verify(args: Args, console: Console) -> int:
    from ...api.audit import Wanted, verify

    if not args.text("RUN"):
        return _verify_stores(args, console)
    wanted = Wanted(
        tuple(args.list("require")), tuple(args.list("anchor")), args.flag("every"), not args.flag("no-conformance")
    )  # fmt: skip
    audit = verify(_folder(args, console), console.environ, wanted)
    if console.is_json:
        console.json(audit.as_json())
    elif not console.quiet or audit.exit:
        console.print(_told(audit, console.style()))
    return audit.exit


def _told(audit: Audit, style: Style) -> str:
    lines = [f"{style.paint('title', 'run')}  {clean(audit.run)}, {audit.lines} lines, {audit.size} bytes"]
    lines += [_verdict(one, style) for one in audit.verdicts]
    lines += [f"note: {clean(note)}" for note in audit.notes]
    return "\n".join(lines)


def _verdict(one: Verdict, style: Style) -> str:
    place = f" (line {one.line}, byte {one.offset}{f', step {one.step}' if one.step else ''})" if one.line and one.offset >= 0 else ""
    return f"  {one.name:<12}  {style.paint(TONES[one.status], f'{one.status:<4}')}  {clean(one.reason)}{clean(place)}"


def _verify_stores(args: Args, console: Console) -> int:
    """Without a run: whether each store's list is whole, and all its runs are there."""
    from ...api.audit_runs import verify_store

    ring = KeyRing.locate(console.environ)
    found = [(store, verify_store(store, ring)) for store in stores(args.text("store"), console.environ)]
    if console.is_json:
        console.json({"stores": [{"root": store.root, **{field: getattr(one, field) for field in one.__fields__}} for store, one in found]})
    else:
        for store, one in found:
            console.print(f"{clean(store.root)}\n{_verdict(one, console.style())}")
    return next((one.exit for _, one in found if one.status == "fail"), 0)


def _proof(args: Args, console: Console) -> int:
    from ...api.proofs import proofs

    folder = _folder(args, console)
    step, line = args.text("STEP"), args.number("line", 0)
    if not step and not line:
        raise fail("RB723", "STEP is missing: whose lines are to be proven; or give --line.", help=f"Usage: {args.command.usage}")
    found = proofs(folder, step, line)
    target = args.text("output")
    if not target and len(found) > 1:
        target = "."
    if not target:
        console.print(next(iter(found.values())).rstrip("\n"))
        return 0
    path = target
    try:
        os.makedirs(target, exist_ok=True)
        for number, text in found.items():
            path = os.path.join(target, f"{folder.id[-8:]}-{number}.tlog-proof")
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(text)
            console.print(path)
    except OSError as error:
        raise unwritable(path, error, "Name another folder with -o.") from None
    return 0


def _check_proof(args: Args, console: Console) -> int:
    from ...api.proofs import as_line, check_proof

    path = args.text("RUN")
    try:
        with open(path, encoding="utf-8") as stream:
            text = stream.read(8 * 1024 * 1024)
    except (OSError, UnicodeDecodeError) as error:
        raise fail("RB637", f"The proof {path!r} can't be read: {reason(error)}.") from None
    found = check_proof(text, KeyRing.locate(console.environ))
    if console.is_json:
        console.json({field: getattr(found, field) for field in found.__fields__})
    elif found.why:
        console.print(f"no proof: {clean(found.why)}")
    else:
        console.print(f"proven: line {found.line} of the {found.size} of run {clean(found.run)}, signed by {clean(found.key)}")
        console.print(clean(as_line(found.body)))
    return found.exit


def _anchor(args: Args, console: Console) -> int:
    from ...api.proofs import anchor

    given = [(kind, args.text(kind)) for kind in KINDS if args.text(kind)]
    if not given:
        raise fail("RB723", "Where to is missing: --file, --git, --webhook or --tsa.", help=f"Usage: {args.command.usage}")
    folder = _folder(args, console)
    for kind, where in given:
        told = anchor(folder, kind, where)
        console.note(f"Told to {clean(told.where)}" + (f": {clean(told.receipt)}" if told.kind == "webhook" else ""))
    return 0


def _export(args: Args, console: Console) -> int:
    from ...api.export import FORMS, export

    form = args.text("format", "jsonl")
    if form not in FORMS:
        raise fail("RB724", f"There is no export to {form!r}.", help=f"Use one of: {', '.join(FORMS)}.")
    lines = export(_folder(args, console).read(), form)
    path = args.text("output")
    if not path:
        for line in lines:
            console.print(line)
        return 0
    try:
        with open(path, "w", encoding="utf-8") as stream:
            stream.writelines(line + "\n" for line in lines)
    except OSError as error:
        raise unwritable(path, error, "Name another file with -o.") from None
    return 0


def _because(args: Args, what: str) -> str:
    why = args.text("because").strip()
    if not why:
        raise fail("RB722", f"{what} wants its reason.", help="Say why; it is recorded: --because '…'")
    return why


def _ask(what: str) -> str | None:
    from getpass import getpass

    from ..session import interactive

    return getpass(f"{what}: ") if interactive() else None


def _seal(args: Args, console: Console) -> int:
    from ...api.proofs import seal

    count = seal(_folder(args, console), console.environ, operator_name(), _because(args, "A seal after the fact"), _ask)
    console.note(f"Sealed: {count} lines.")
    return 0


def _hold(args: Args, console: Console) -> int:
    from ...api.redact import hold

    release = args.text("ACTION") == "release"
    hold(_folder(args, console), console.environ, operator_name(), _because(args, "A hold"), release=release, ask=_ask)
    console.note("Released." if release else "Held: neither prune nor redact touches it.")
    return 0


def _redact(args: Args, console: Console) -> int:
    from ...api.redact import redact, remains

    step = args.text("STEP")
    if not step:
        raise fail("RB723", "STEP is missing: whose output is to be removed.", help=f"Usage: {args.command.usage}")
    folder = _folder(args, console)
    gone = redact(folder, step, console.environ, operator_name(), _because(args, "Removing output"), _ask)
    left = remains(folder, step)
    if console.is_json:
        console.json({"removed": gone, "remains": [{field: getattr(one, field) for field in one.__fields__} for one in left]})
        return 0
    for digest in gone:
        console.print(digest)
    for one in left:
        console.note(f"line {one.line} keeps {clean(one.what)} ({one.size} bytes)")
    if left:
        console.note("These lines are what was signed. Only `runbook runs --prune` takes them, with the whole run.")
    return 0


_ACTIONS: dict[str, Callable[[Args, Console], int]] = {
    "verify": _verify,
    "proof": _proof,
    "check-proof": _check_proof,
    "anchor": _anchor,
    "export": _export,
    "seal": _seal,
    "hold": _hold,
    "release": _hold,
    "redact": _redact,
}
