"""The real world behind the drivers: processes, servers, locks, the inbox, the person at the terminal."""

from __future__ import annotations

from ..expr.tagged import dumps
from ..expr.values import SecretRef, Timestamp
from ..machine.resolve import secrets_in, text_of
from ..runtime.ports import VALUE_LIMIT, Outcome
from .attempt import RunAttempt, child_environment
from .destinations import allows, destinations
from .kept import keep
from .orphans import find_orphans, wait_to_the_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Protocol

    from ..expr.values import Value
    from ..machine.control import State
    from ..machine.core import Program
    from ..machine.moves import Await, OpenIncident, Refill, Start
    from ..runtime.ports import Executor, Inbox, Locks
    from .mask import Masker
    from .secrets import Secrets
    from .store import RunFolder

    class Person(Protocol):
        """The person at the terminal, and everything that is said to people."""

        def ask(self, wait: Await) -> Mapping[str, Any] | None: ...

        def incident(self, move: OpenIncident) -> None: ...

        def say(self, text: str) -> None: ...

        def output(self, path: str, stream: str, data: bytes) -> None: ...

    # Waits until nothing of an attempt runs on a host; False where that can't be known. The host, the run, the attempt, the environment
    # for ssh, the level of `CancelAsked` by now, and who is told what runs.
    Elsewhere = Callable[[str, str, str, Mapping[str, str], Callable[[], int], Callable[[tuple[int, ...]], None]], bool]


TEXT_VIEWS = ("stdout", "lines")
MASKED_FIELDS = 100
"""Secret fields of one result that are masked in whatever is written later; all of them are kept out of the result itself."""


NOWHEN = Timestamp(0)
"""Hosts of secrets don't depend on the time."""


class RealWorld:
    """Implements `runtime.world.World`."""

    def __init__(
        self,
        program: Program,
        run: RunFolder,
        library: str,
        kept: Mapping[str, bytes],
        environ: Mapping[str, str],
        secrets: Secrets,
        masker: Masker,
        locks: Locks,
        inbox: Inbox,
        person: Person,
        executors: Callable[[str], Executor | None],
    ) -> None:
        """`kept`: the library's files that belong to the program, as the run keeps them."""
        self.program = program
        self.run = run
        self.library = library
        self.kept = kept
        self.environ = environ
        self.secrets = secrets
        self.masker = masker
        self.locks = locks
        self.inbox = inbox
        self.person = person
        self.tell: Callable[[OpenIncident], None] = lambda move: None
        self.elsewhere: Elsewhere | None = None
        self._find = executors
        self._executors: dict[str, Executor | None] = {}
        self._spare: list[int] = []  # descriptors of attempts that are over, for those to come
        self._environments: dict[tuple[str, ...], dict[str, str]] = {}
        self._inputs: dict[str, Value] = {}
        self._hosts: dict[str, tuple[str, ...]] | None = None

    def use(self, executor: Executor) -> None:
        """Takes this one for its name."""
        self._executors[executor.name] = executor

    def executor(self, name: str) -> Executor:
        if name not in self._executors:
            self._executors[name] = self._find(name)
        found = self._executors[name]
        if found is None:
            raise LookupError(name)
        return found

    def attempt(self, move: Start) -> RunAttempt:
        surface = move.act.call.surface if move.act.call else None
        further = (*surface.secrets_from, *surface.env_from) if surface else ()
        env = self._environments.get(further)
        if env is None:
            env = self._environments[further] = child_environment(self.environ, further)
        return RunAttempt(move, self.run, self.library, self.kept, env, self.secrets, self.masker, self.person.output, self._spare)

    def refusal(self, move: Start) -> Outcome | None:
        try:
            self.executor(move.request.executor)
        except LookupError:
            return Outcome(False, "no", "not_found", f"the executor {move.request.executor!r} is not installed")
        servers = destinations(move.request, self.environ)
        if not servers:
            return None
        own = dict(move.hosts)
        for handle in secrets_in(move.request):
            for allowed in (self._allowed().get(handle, ()), own.get(handle, ())):
                strange = next((server for server in servers if allowed and not any(allows(host, server) for host in allowed)), None)
                if strange is not None:
                    shown = ", ".join(sorted(allowed))
                    return Outcome(False, "no", "refused", f"secret {handle!r} may only be sent to {shown}, not to {strange}")
        return None

    def _allowed(self) -> dict[str, tuple[str, ...]]:
        """The hosts of the secrets that the run's own runbook declares, from the run's inputs."""
        if self._hosts is None:
            self._hosts = {}
            for secret in self.program.secrets:
                if secret.name.text in self.program.root.secrets:
                    self._hosts[secret.name.text] = tuple(text_of(template, self._inputs, NOWHEN) for template in secret.hosts)
        return self._hosts

    def know_inputs(self, inputs: Mapping[str, Value]) -> None:
        """The run's inputs, for the hosts that secrets may be sent to."""
        self._inputs = dict(inputs)
        self._hosts = None

    def sealed(self, move: Start, outcome: Outcome) -> tuple[str, list[str], Outcome | None]:
        handles: list[str] = []
        value = dict(outcome.value)
        # Where the secret fields of a JSON text are named and there, they are what is masked elsewhere; its other lines are words
        # like "online". Where they aren't, nothing else keeps the text from being said.
        for path in sorted(move.act.taint, key=TEXT_VIEWS.__contains__) if move.act.taint else ():
            masked = not (path in TEXT_VIEWS and any(handle.startswith(f"{move.path}#json") for handle in handles))
            self._seal(value, path.replace("[]", ".[]").split("."), f"{move.path}#{path}", handles, masked)
        text = dumps(value)
        if len(text) <= VALUE_LIMIT:
            return text, handles, None if outcome.ok else self._discreet(outcome, handles)
        small = {name: item for name, item in value.items() if name in ("exit", "status", "affected")}
        problem = Outcome(
            False, outcome.applied, "too_big", f"its result is larger than {VALUE_LIMIT // 1024} KiB, too large for later steps to read"
        )
        return dumps(small), [], problem

    def _seal(self, value: Any, path: list[str], handle: str, handles: list[str], masked: bool) -> None:
        """Replace what a path leads to by a handle; what is there as a list gets a handle an element. `masked`: and hide it elsewhere."""
        head, rest = path[0], path[1:]
        keys: list[Any] = []
        if head == "[]" and isinstance(value, list):
            keys = list(range(len(value)))
        elif isinstance(value, dict) and head in value:
            keys = [head]
        for key in keys:
            if rest:
                self._seal(value[key], rest, f"{handle}[{key}]" if head == "[]" else handle, handles, masked)
            else:
                value[key] = self._hide(value[key], f"{handle}[{key}]" if head == "[]" else handle, handles, masked)

    def _hide(self, value: Any, handle: str, handles: list[str], masked: bool) -> Any:
        """Handles in place of texts and numbers, at any depth."""
        if isinstance(value, list):
            return [self._hide(item, f"{handle}[{index}]", handles, masked) for index, item in enumerate(value)]
        if isinstance(value, dict):
            return {key: self._hide(item, f"{handle}.{key}", handles, masked) for key, item in value.items()}
        if isinstance(value, bool) or not isinstance(value, (str, int, float)) or value == "":
            return value
        word = str(value)
        self.secrets.add(handle, word)
        if masked and len(word) >= 4 and len(handles) < MASKED_FIELDS:
            self.masker.add_secret(handle, word)
        handles.append(handle)
        return SecretRef(handle)

    def _discreet(self, outcome: Outcome, handles: list[str]) -> Outcome | None:
        """Another outcome where a failure's message tells what is kept secret: a program's last words are of its output."""
        lines = (line.strip() for handle in handles for line in self.secrets.reveal(SecretRef(handle)).splitlines())
        if not any(line and line in outcome.message for line in lines):
            return None
        return outcome.replace(message=f"it failed ({outcome.kind}); what it said is kept secret")

    def keep(self, snapshot: str) -> tuple[str, int] | None:
        return keep(self.run.path, snapshot)

    def locate(self, id_: str) -> int | None:
        found = find_orphans(self.run.id, self.run.path, [id_])
        return found[0].pid if found else None

    def await_orphan(self, id_: str, pid: int, end: bool, interrupted: Callable[[], int]) -> bool:
        """A read is ended; a change is waited for until a person wants it ended (levels as of `CancelAsked`)."""
        orphans = find_orphans(self.run.id, self.run.path, [id_])
        for orphan in orphans:
            words = " ".join(orphan.argv)
            self.person.say(f"{id_}: its process {orphan.pid} is still running: {self.masker.mask(words)}")
        if not end:
            self.person.say(f"{id_}: waiting for it to end (Ctrl-C: nothing new is started; twice: it is asked to end)")
        return not wait_to_the_end(orphans, lambda: max(2 if end else 0, interrupted()))

    def see_out(self, id_: str, host: str, end: bool, interrupted: Callable[[], int]) -> bool:
        def say(pids: tuple[int, ...]) -> None:
            shown = ", ".join(map(str, pids))
            ends = "" if end else "; waiting for it to end (Ctrl-C: nothing new is started; twice: it is asked to end)"
            self.person.say(f"{id_}: it is still running on {host}, as process {shown}{ends}")

        env = child_environment(self.environ, ("RUNBOOK_SSH_CONFIG",))
        if self.elsewhere is None or self.elsewhere(host, self.run.id, id_, env, lambda: max(2 if end else 0, interrupted()), say):
            return True
        if not end:
            self.person.say(
                f"{id_}: whether it still runs on {host} can't be asked. Try again with `runbook resume {self.run.id}`; if it is known to "
                "have ended, say with --assume done or --assume not-done whether it took place."
            )
        return False

    def refill(self, move: Refill, state: State) -> str:
        source = state.sources.get(move.by)
        if source is None or source[0].effect != "read":
            return "the step that it came from can't be read again"
        act, request = source
        start = _start_of(move.by, act, request)
        refusal = self.refusal(start)
        if refusal is not None:
            return refusal.message
        attempt = self.attempt(start)
        outcome = self.executor(request.executor).run(attempt)
        attempt.output.close()
        _, handles, problem = self.sealed(start, outcome)
        if not outcome.ok or problem is not None:
            return outcome.message or "the read failed"
        return "" if move.handle in handles else "the read no longer gives this value"

    def raise_incident(self, move: OpenIncident) -> None:
        self.person.incident(move)
        self.tell(move)

    def ask(self, wait: Await) -> Mapping[str, Any] | None:
        return self.person.ask(wait)

    def unfit(self, message: Mapping[str, Any]) -> None:
        self.person.say(f"An answer for {message.get('path')!r} fits nothing that is waited for; it was set aside.")


def _start_of(path: str, act: Any, request: Any) -> Start:
    from ..machine.moves import Start

    return Start(f"{path}#0/refill", path, "refill", act, request, request.digest())
