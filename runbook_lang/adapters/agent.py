"""Ed25519 keys that an ssh-agent holds: listed, and asked for signatures (draft-miller-ssh-agent).

Ed25519 signs the message itself, so a signature that an agent makes for us is the one a note wants.
"""

from __future__ import annotations

import os
import struct

from ..base.diagnostics import fail
from ..base.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SOCKET = "SSH_AUTH_SOCK"
KIND = b"ssh-ed25519"
ANSWER_LIMIT = 1024 * 1024
PATIENCE_S = 60.0  # an agent may ask a person to touch a token

_LIST, _LISTED, _SIGN, _SIGNED = 11, 12, 13, 14


class AgentKey(Record):
    public: bytes
    comment: str


class Agent:
    """One agent, by its socket. Methods raise RunbookError RB627."""

    __slots__ = ("_path",)

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._path = environ.get(SOCKET, "")
        if not self._path:
            raise fail("RB627", f"No ssh-agent is there: {SOCKET} isn't set.", help="Start one with: eval $(ssh-agent)")

    def listed(self) -> list[AgentKey]:
        """Its Ed25519 keys; others are left out."""
        answer = self._ask(bytes([_LIST]), _LISTED)
        parts = _strings(answer[4:])
        found = []
        try:
            for blob in parts:
                comment = next(parts)
                kind, *rest = _strings(blob)
                if kind == KIND and len(rest) == 1 and len(rest[0]) == 32:
                    found.append(AgentKey(rest[0], comment.decode("utf-8", "replace")))
        except (StopIteration, ValueError):
            raise _broken("its list of keys is malformed") from None
        return found

    def sign(self, public: bytes, message: bytes) -> bytes:
        """64 bytes of signature."""
        blob = _string(KIND) + _string(public)
        answer = self._ask(bytes([_SIGN]) + _string(blob) + _string(message) + struct.pack(">I", 0), _SIGNED)
        try:
            (outer,) = _strings(answer)
            kind, signature = _strings(outer)
        except ValueError:
            raise _broken("its signature is malformed") from None
        if kind != KIND or len(signature) != 64:
            raise _broken("it gave no Ed25519 signature")
        return signature

    def _ask(self, request: bytes, wanted: int) -> bytes:
        import socket

        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
                line.settimeout(PATIENCE_S)
                line.connect(os.path.expanduser(self._path))
                line.sendall(_string(request))
                (size,) = struct.unpack(">I", _exactly(line, 4))
                if not 0 < size <= ANSWER_LIMIT:
                    raise _broken("its answer has no sane length")
                answer = _exactly(line, size)
        except OSError as error:
            raise _broken(f"it can't be reached ({error.strerror or error})") from None
        if answer[0] != wanted:
            raise _broken("it refused: it hasn't the key, or is locked")
        return answer[1:]


def _exactly(line: object, size: int) -> bytes:
    found = b""
    while len(found) < size:
        part = line.recv(size - len(found))  # type: ignore[attr-defined]  # a socket, imported late
        if not part:
            raise OSError(0, "it hung up")
        found += part
    return found


def _string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def _strings(data: bytes) -> Iterator[bytes]:
    """The length-prefixed strings that `data` consists of. Raises ValueError when it doesn't."""
    at = 0
    while at < len(data):
        if at + 4 > len(data):
            raise ValueError("cut")
        (size,) = struct.unpack_from(">I", data, at)
        at += 4
        if at + size > len(data):
            raise ValueError("cut")
        yield data[at : at + size]
        at += size


def _broken(why: str) -> Exception:
    return fail("RB627", f"The ssh-agent can't be used: {why}.", help="`ssh-add -l` shows what it holds.")
