"""Who approves, and whether that is proven: an approval is a statement about one run, one step, one plan and one command.

Whoever has a key that the policy names signs the statement. The run's writer verifies it again with the policy that the run keeps:
a file in the inbox that only says it is proven is a claim.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any

from ..base.diagnostics import RunbookError
from ..base.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ..adapters.checkpoints import Note
    from ..adapters.inbox import FileInbox
    from ..model.policy import Policy


class Approver(Record):
    """`by`: the OS user, as roles have it; of somebody with a key of the policy's, that person's. `sign` is None without a key; `known`:
    the key is the policy's, so that it proves who it was."""

    by: str
    sign: Callable[[str], str] | None = None
    known: bool = False


def approver(policy: Policy | None, environ: Mapping[str, str], user: str, ask: Callable[[str], str | None] | None = None) -> Approver:
    """Who sits here. Raises RunbookError RB62x for a key that is the policy's and can't be used; another one is left alone then."""
    from ..adapters.keys import KeyRing

    ring = KeyRing.locate(environ)
    active = ring.active
    if active is None:
        return Approver(user)
    from ..adapters.checkpoints import write_note

    named = user_of_key(policy, b64encode(active.public).decode()) if policy is not None else ""
    try:
        signer = ring.signer(environ, ask)
    except RunbookError:
        if named:
            raise
        return Approver(user)
    if signer is None:
        return Approver(user)
    return Approver(named or user, lambda text: write_note(text, signer.sign(text)), bool(named))


def user_of_key(policy: Policy, public: str) -> str:
    """The user, as roles have it, of the person whose key it is (base64); '' for nobody's."""
    return next((person.os_user or name for name, person in policy.people.items() if person.key == f"ed25519:{public}"), "")


def statement(run: str, plan: str, message: Mapping[str, Any]) -> str:
    """What is signed."""
    fields = ("path", "bind", "by", "verdict", "note")
    told = [f"{name} {str(message.get(name, '')).encode('unicode_escape').decode()}" for name in fields]
    lines = [f"runbook approval of {run}", f"plan {plan}", *told]
    return "\n".join(lines) + "\n"


def _fits(run: str, plan: str, message: Mapping[str, Any]) -> Note | None:
    """The signed note of a message, when it is over this very statement; whose key it is isn't looked at."""
    from ..adapters.checkpoints import BadNote, read_note

    text = message.get("proof")
    try:
        note = read_note(text) if isinstance(text, str) and text else None
    except BadNote:
        return None
    return note if note is not None and note.text == statement(run, plan, message) else None


def is_proven(policy: Policy | None, run: str, plan: str, message: Mapping[str, Any]) -> bool:
    """Whether the message holds a signature, over this statement, by the key of the person who is named in it."""
    note = _fits(run, plan, message)
    if policy is None or note is None:
        return False
    from ..adapters.keys import Key

    for name, person in policy.people.items():
        if person.key and (person.os_user or name) == message.get("by"):
            public = b64decode(person.key.partition(":")[2])
            return any(Key("", public).verify(note.text.encode(), signature.data) for signature in note.signatures)
    return False


class JudgedInbox:
    """A run's inbox in which `grade` is what can be proven, and nothing else; messages for another plan fit nothing."""

    def __init__(self, inbox: FileInbox, policy: Policy | None, run: str, plan: str) -> None:
        self._inbox = inbox
        self._policy = policy
        self._run = run
        self._plan = plan

    def take(self) -> Iterator[dict[str, Any]]:
        """As `FileInbox.take`."""
        for message in self._inbox.take():
            proven = is_proven(self._policy, self._run, self._plan, message)
            judged = {**message, "grade": "proven" if proven else "claimed"}
            if not proven and not _fits(self._run, self._plan, message):
                judged.pop("proof", None)
            if message.get("plan", self._plan) != self._plan:
                judged["bind"] = "another plan"
            yield judged
