"""Keys that sign, and keys whose signatures count.

They are kept apart from every store, so that whoever can write a journal can't also say whose signature it needs:
`RUNBOOK_KEYS`, else `runbook/keys` in the configuration folder (XDG_CONFIG_HOME, ~/.config). In it are `trusted.json` (public
keys with their dates), `active` (the name of the key that signs) and `<name>.pem` (private, mode 0600, maybe encrypted).
"""

from __future__ import annotations

import json
import os
import stat
from datetime import UTC, datetime

from ..base.diagnostics import fail
from ..base.record import Record
from .checkpoints import BadNote, Signature, good_name, key_id, read_vkey, write_vkey
from .files import REAL, cannot, make_folder, read_regular, write_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    Ask = Callable[[str], str | None]

SETTING = "RUNBOOK_KEYS"
PASSPHRASE = "RUNBOOK_KEY_PASSPHRASE"  # noqa: S105 - the name of a variable, not a passphrase
TRUSTED = "trusted.json"
ACTIVE = "active"
FILE_LIMIT = 4 * 1024 * 1024


class Key(Record):
    """A public key. `since`, `until`, `revoked` are moments as in a journal, '' for none; `agent`: an ssh-agent holds its private half."""

    name: str
    public: bytes
    since: str = ""
    until: str = ""
    revoked: str = ""
    why: str = ""
    agent: bool = False

    @property
    def vkey(self) -> str:
        return write_vkey(self.name, self.public)

    @property
    def id(self) -> bytes:
        return key_id(self.name, self.public)

    def fault(self, at: str) -> str:
        """Why a signature dated `at` doesn't count: revoked | expired | early; '' when it does."""
        if self.revoked:
            return "revoked"
        if self.until and at > self.until:
            return "expired"
        return "early" if self.since and at < self.since else ""

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether the private half of this key made the signature."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


class Signer:
    """Signs with the active key. `ring`: the keys beside it, whose signatures count as well."""

    __slots__ = ("_sign", "key", "ring")

    def __init__(self, key: Key, sign: Callable[[bytes], bytes], ring: KeyRing) -> None:
        self.key = key
        self.ring = ring
        self._sign = sign

    def sign(self, text: str) -> Signature:
        """The signature line of a note's text. Raises RunbookError RB627 when an agent doesn't sign."""
        return Signature(self.key.name, self.key.id, self._sign(text.encode()))


def stamp_now() -> str:
    """Now, as a journal writes moments."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class KeyRing:
    """The keys of one folder. Nothing is made by looking; `keys` is empty without a folder. Raises RunbookError RB620 for a damaged one."""

    __slots__ = ("folder", "keys")

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.keys: list[Key] = self._load()

    @classmethod
    def locate(cls, environ: Mapping[str, str]) -> KeyRing:
        """The folder that the environment names; without a home there are no keys."""
        named = environ.get(SETTING, "")
        if named:
            return cls(os.path.abspath(os.path.expanduser(named)))
        home = environ.get("HOME", "")
        config = environ.get("XDG_CONFIG_HOME", "") or (os.path.join(home, ".config") if home else "")
        return cls(os.path.join(config, "runbook", "keys") if config else "")

    def find(self, name: str) -> Key:
        """A key by its name, or by its whole verifier key. Raises RunbookError RB621."""
        found = [key for key in self.keys if name in (key.name, key.vkey)]
        if len(found) == 1:
            return found[0]
        what = f"No key is called {name!r}" if not found else f"{len(found)} keys are called {name!r}: give the whole verifier key"
        raise fail("RB621", f"{what}.", help="`runbook key list` shows the keys of this folder.")

    def signed_by(self, signature: Signature) -> Key | None:
        """The key that a signature line names."""
        return next((key for key in self.keys if key.name == signature.name and key.id == signature.key_id), None)

    @property
    def active(self) -> Key | None:
        """The key that signs; None when none is configured."""
        try:
            name = read_regular(os.path.join(self.folder, ACTIVE), 4096).decode().strip() if self.folder else ""
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unreadable(self.folder, ACTIVE, error) from None
        except UnicodeDecodeError:
            raise _damaged(self.folder, f"{ACTIVE} is no text") from None
        return self.find(name) if name else None

    def signer(self, environ: Mapping[str, str], ask: Ask | None = None) -> Signer | None:
        """What signs with the active key; None without one. Raises RunbookError: RB622 for a key that can't be opened, RB623 for one
        that is expired or revoked, RB627 for an agent that isn't there."""
        key = self.active
        if key is None:
            return None
        fault = key.fault(stamp_now())
        if fault in ("revoked", "expired"):
            raise fail("RB623", f"The key {key.name!r} that should sign is {fault}.", help="Make a new one with: runbook key rotate")
        if key.agent:
            from .agent import Agent

            agent = Agent(environ)
            return Signer(key, lambda message: agent.sign(key.public, message), self)
        private = self._private(key, environ, ask)
        return Signer(key, private.sign, self)

    def _private(self, key: Key, environ: Mapping[str, str], ask: Ask | None) -> Ed25519PrivateKey:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        path = os.path.join(self.folder, f"{key.name}.pem")
        try:
            data = read_regular(path, FILE_LIMIT)
            mode = os.stat(path).st_mode
        except OSError as error:
            raise cannot("RB622", f"The private key {path} can't be read", error, "Without it nothing can be signed.") from None
        if stat.S_IMODE(mode) & 0o077:
            raise fail("RB622", f"Others may read the private key {path}.", help=f"Revoke it, or if nobody did: chmod 600 {path}")
        secret: bytes | None = None
        if b"ENCRYPTED" in data.partition(b"\n")[0]:
            text = environ.get(PASSPHRASE) or (ask(f"passphrase of the key {key.name}") if ask else None)
            if not text:
                raise fail("RB622", f"The key {key.name!r} wants a passphrase.", help=f"Set {PASSPHRASE}, or start at a terminal.")
            secret = text.encode()
        try:
            private = load_pem_private_key(data, secret)
        except (ValueError, TypeError):
            raise fail("RB622", f"The private key {path} can't be opened: the passphrase is wrong, or the file is damaged.") from None
        if not isinstance(private, Ed25519PrivateKey) or private.public_key().public_bytes_raw() != key.public:
            raise fail("RB622", f"The private key {path} isn't the one of {key.name!r}.")
        return private

    def new(self, name: str, passphrase: str = "", agent: bytes = b"", *, activate: bool = True) -> Key:
        """Makes a key (or takes one of an agent, by its public half), trusts it, and lets it sign. Raises RunbookError RB624."""
        self._free(name)
        if agent:
            key = Key(name, agent, since=stamp_now(), agent=True)
        else:
            public = self._make(name, passphrase)
            key = Key(name, public, since=stamp_now())
        self.keys.append(key)
        self._save()
        if activate:
            self._write(ACTIVE, name.encode() + b"\n")
        return key

    def _make(self, name: str, passphrase: str) -> bytes:
        from cryptography.hazmat.primitives import serialization as form
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        private = Ed25519PrivateKey.generate()
        how = form.BestAvailableEncryption(passphrase.encode()) if passphrase else form.NoEncryption()
        self._write(f"{name}.pem", private.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, how))
        return private.public_key().public_bytes_raw()

    def trust(self, vkey: str, since: str = "") -> Key:
        """Lets the signatures of another's key count. Raises RunbookError RB624, RB625."""
        try:
            name, public = read_vkey(vkey)
        except BadNote as bad:
            raise fail("RB625", f"This is no verifier key: {bad.args[0]}.", help="`runbook key list` prints those of its folder.") from None
        if any(key.public == public for key in self.keys):
            raise fail("RB624", f"The key {name!r} is known already.")
        self._free(name)
        key = Key(name, public, since)
        self.keys.append(key)
        self._save()
        return key

    def rotate(self, name: str, passphrase: str, until: str, agent: bytes = b"") -> tuple[Key, Key]:
        """(the old key, whose signatures count until `until` and whose private half goes; the new one, which signs from now on)."""
        old = self.active
        if old is None:
            raise fail("RB621", "No key is there to be followed by another.", help="Make the first one with: runbook key new")
        new = self.new(name or _next_name(old.name, {key.name for key in self.keys}), passphrase, agent)
        ended = old.replace(until=until)
        self._put(old, ended)
        self._drop_private(old)
        return ended, new

    def revoke(self, name: str, why: str) -> Key:
        """From now on no signature of this key counts, whatever its date: whoever has it can date as he likes."""
        old = self.find(name)
        revoked = old.replace(revoked=stamp_now(), why=why)
        active = self.active
        self._put(old, revoked)
        if active is not None and active.name == old.name:
            self._write(ACTIVE, b"")
        self._drop_private(old)
        return revoked

    def _drop_private(self, key: Key) -> None:
        import contextlib

        with contextlib.suppress(FileNotFoundError):
            os.unlink(os.path.join(self.folder, f"{key.name}.pem"))

    def _put(self, old: Key, new: Key) -> None:
        self.keys[self.keys.index(old)] = new
        self._save()

    def _free(self, name: str) -> None:
        if not self.folder:
            raise fail("RB624", f"There is no folder for keys: neither {SETTING} nor HOME is set.")
        if not good_name(name) or "/" in name or name.startswith("."):
            raise fail("RB624", f"A key can't be called {name!r}: no white space, no plus, no slash.", help="For example: ops-2026")
        if any(key.name == name for key in self.keys) or os.path.exists(os.path.join(self.folder, f"{name}.pem")):
            raise fail("RB624", f"A key called {name!r} is there already.", help="Its old signatures need that name; choose another one.")

    def _load(self) -> list[Key]:
        path = os.path.join(self.folder, TRUSTED)
        if not self.folder:
            return []
        try:
            entries = json.loads(read_regular(path, FILE_LIMIT))["keys"]
            return [_key(entry) for entry in entries]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise _unreadable(self.folder, TRUSTED, error) from None
        except (ValueError, KeyError, TypeError, RecursionError, BadNote) as error:
            raise _damaged(self.folder, f"{TRUSTED} can't be read ({error.args[-1] if error.args else error})") from None

    def _save(self) -> None:
        entries = []
        for key in self.keys:
            dates = {field: getattr(key, field) for field in ("since", "until", "revoked", "why") if getattr(key, field)}
            entries.append({"key": key.vkey, **dates, **({"agent": True} if key.agent else {})})
        self._write(TRUSTED, json.dumps({"keys": entries}, indent=1, ensure_ascii=False).encode() + b"\n")

    def _write(self, name: str, data: bytes) -> None:
        try:
            make_folder(REAL, self.folder)
            write_file(REAL, os.path.join(self.folder, name), data)
        except OSError as error:
            help = f"Look at its permissions, or name another folder in {SETTING}." if isinstance(error, PermissionError) else ""
            raise cannot("RB624", f"The folder of keys {self.folder} can't be written", error, help) from None


def _key(entry: Any) -> Key:
    name, public = read_vkey(entry["key"])
    dates = {field: str(entry.get(field, "")) for field in ("since", "until", "revoked", "why")}
    return Key(name, public, **dates, agent=entry.get("agent") is True)


def _next_name(name: str, taken: set[str]) -> str:
    """`ops` is followed by `ops-2`, that by `ops-3`."""
    stem, _, number = name.rpartition("-")
    if not stem or not number.isdecimal() or len(number) > 3:
        stem, number = name, "1"
    following = int(number) + 1
    while f"{stem}-{following}" in taken:
        following += 1
    return f"{stem}-{following}"


def _unreadable(folder: str, name: str, error: OSError) -> Exception:
    why = f"{name} can't be read ({error.strerror or error})"
    if isinstance(error, PermissionError):
        help = f"If these keys aren't yours, HOME may be another user's: set HOME, or {SETTING}. If they are, look at their permissions."
        return fail("RB620", f"The folder of keys {folder} can't be used: {why}.", help=help)
    return _damaged(folder, why)


def _damaged(folder: str, why: str) -> Exception:
    message = f"The folder of keys {folder} can't be used: {why}."
    return fail("RB620", message, help="Restore it from a backup: without it no signature counts.")
