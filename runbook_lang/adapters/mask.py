"""The one sink that keeps secret values out of everything that is written or shown.

Of each value these forms are looked for: the value itself, its lines when it has several, its base64 at all
three byte shifts (a value inside a longer encoded text starts at one of three places), plain, URL-safe and
wrapped, its URL-quoted, HTML- and JSON-escaped forms (Python's, with and without ASCII, and Go's), and its
Python repr. What is found is replaced by `«name»`.
"""

from __future__ import annotations

import re

from ..base.diagnostics import fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

SHORTEST = 4
"""Characters of the shortest value that can be masked: a shorter one stands in ordinary text all the time."""
LONGEST = 256 * 1024
"""Characters of the longest value: as many as a step's typed result may have bytes."""
LINE_SHORTEST = 8
"""Characters of the shortest line of a several-line secret that is masked on its own."""
_LONE = re.compile("[\ud800-\udfff]")
HEAD = 4  # bytes by which forms are found; no form is shorter


class _Index:
    """The forms, ready to be looked for; never changed, so that threads can go on with one while the next is made.

    A regular expression over the first four bytes of every form finds candidates; `startswith` decides.
    (One over the whole forms costs 130 ms to compile for a key of 27 lines; this one costs a few.)
    """

    __slots__ = ("finder", "forms", "heads", "longest", "starts")

    def __init__(self, forms: dict[bytes, bytes]) -> None:
        self.forms = forms  # form -> what replaces it
        self.heads: dict[bytes, list[bytes]] = {}  # first four bytes -> forms, the longest first
        for form in sorted(forms, key=len, reverse=True):
            self.heads.setdefault(form[:HEAD], []).append(form)
        self.starts = {head[:length] for head in self.heads for length in range(1, HEAD)}
        self.longest = max(map(len, forms))
        self.finder = _finder(self.heads)

    def scan(self, data: bytes, held: int) -> tuple[list[bytes], int]:
        """(pieces of the masked text, where it ends in `data`): all forms that begin before `held` are replaced."""
        out: list[bytes] = []
        done = 0
        for match in self.finder.finditer(data):
            at = match.start()
            if at < done:
                continue
            if at >= held:
                break
            form = self._form_at(data, at)
            if form:
                out += [data[done:at], self.forms[form]]
                done = at + len(form)
                if done > held:
                    held = self.held(data, done)
        out.append(data[done:held])
        return out, held

    def _form_at(self, data: bytes, at: int) -> bytes:
        for form in self.heads[data[at : at + HEAD]]:
            if data.startswith(form, at):
                return form
        return b""

    def held(self, data: bytes, start: int) -> int:
        """The first place from `start` on at which the rest of `data` may be the beginning of a form."""
        end = len(data)
        for match in self.finder.finditer(data, max(start, end - self.longest + 1)):
            at = match.start()
            rest = data[at:]
            if any(len(form) > len(rest) and form.startswith(rest) for form in self.heads[rest[:HEAD]]):
                return at
        for at in range(max(start, end - HEAD + 1), end):
            if data[at:] in self.starts:
                return at
        return end


class Masker:
    """Replaces secret values by `«name»`. Secrets can be added while a run goes on; streams that are open see them."""

    __slots__ = ("_index", "_values")

    def __init__(self, secrets: Mapping[str, str] | None = None) -> None:
        self._index: _Index | None = None
        self._values: set[tuple[str, str]] = set()
        forms: dict[bytes, bytes] = {}
        for name, value in (secrets or {}).items():
            check_value(name, value)
            self._learn(forms, name, value)
        if forms:
            self._index = _Index(forms)

    def __repr__(self) -> str:
        return f"Masker({len(self._values)} values)"

    def __bool__(self) -> bool:
        """Whether there is anything to mask."""
        return self._index is not None

    def add_secret(self, handle: str, value: str) -> bool:
        """From now on `value` is masked as `«handle»`. False for a value that can't be masked: at run time nobody can
        choose another one, so the run goes on, and the value must not be shown at all."""
        if not maskable(value):
            return False
        if (handle, value) not in self._values:
            forms = dict(self._index.forms) if self._index else {}
            self._learn(forms, handle, value)
            self._index = _Index(forms)
        return True

    def mask(self, text: str) -> str:
        """The text without secret values."""
        if self._index is None:
            return text
        raw = text.encode("utf-8", "surrogatepass")
        clean = self.mask_bytes(raw)
        return text if clean is raw else clean.decode("utf-8", "surrogatepass")

    def mask_bytes(self, data: bytes) -> bytes:
        """The bytes without secret values; the same object when there was nothing to mask."""
        index = self._index
        if index is None:
            return data
        out, _rest = index.scan(data, len(data))
        return b"".join(out) if len(out) > 1 else data

    def mask_json(self, text: str) -> str:
        """JSON text with the strings in it masked, its form kept: a value can't break out of its string.

        A number that equals a secret becomes the string `"«name»"`. Tags of typed values (`{"$timestamp": …}`) stay, and so do moments,
        durations and handles in them: no text of the outside world is there, and a changed one couldn't be read back.
        """
        if self._index is None or ("\\" not in text and self.mask(text) == text):
            return text
        return _JSON_TOKEN.sub(self._token, text)

    def _token(self, match: re.Match[str]) -> str:
        import json

        token = match.group()
        if token[0] == "{" or token[-1] == ":":
            return token  # a tag; a string that only begins like one is text as any other
        if token[0] != '"':
            clean = self.mask(token)
            return json.dumps(clean, ensure_ascii=False) if clean[0] == "«" and clean[-1] == "»" else token
        value = json.loads(token, strict=False)
        clean = self.mask(value)
        return token if clean == value else json.dumps(clean, ensure_ascii=False)

    def _learn(self, forms: dict[bytes, bytes], name: str, value: str) -> None:
        token = f"«{name}»".encode()
        self._values.add((name, value))
        for form in forms_of(value):
            forms.setdefault(form, token)
        forms[token] = token  # what is masked already is a form of itself, so that masking twice changes nothing

    @property
    def index(self) -> _Index | None:
        return self._index


class MaskStream:
    """Masks a stream that comes in chunks, with the same result as if it came at once.

    Only bytes that may be the beginning of a secret's form are held back until the next chunk; `close`
    gives what is left.
    """

    __slots__ = ("_masker", "_rest")

    def __init__(self, masker: Masker) -> None:
        self._masker = masker
        self._rest = b""

    def feed(self, chunk: bytes) -> bytes:
        """The masked bytes that can be shown by now."""
        index = self._masker.index
        if index is None:
            return chunk
        data = self._rest + chunk
        out, end = index.scan(data, index.held(data, 0))
        self._rest = data[end:]
        return b"".join(out)

    def close(self) -> bytes:
        """The rest, masked; the stream is empty afterwards."""
        rest, self._rest = self._rest, b""
        return self._masker.mask_bytes(rest)


_STRING = r'"(?:[^"\\]|\\.)*"'
_TAGGED = rf'\{{"\$(?:double|timestamp|duration|secret|type)":{_STRING}\}}|"\$(?:map|text|unknown)":'
_JSON_TOKEN = re.compile(rf"{_TAGGED}|{_STRING}|-?\d[\d.eE+-]*", re.DOTALL)


def maskable(value: str) -> bool:
    """Whether a value is long enough not to stand in ordinary text by chance, short enough to be looked for, and text.

    Other bytes (which the environment can hold) have no one form: they are sent as they are, and shown as U+FFFD.
    """
    return len(value.strip()) >= SHORTEST and len(value) <= LONGEST and _LONE.search(value) is None


def check_value(name: str, value: str) -> None:
    """Raises RunbookError RB612 for a value that can't be masked; never repeats the value."""
    if maskable(value):
        return
    if _LONE.search(value):
        why, help = "bytes that aren't UTF-8 text", "Encode it with base64, and let the tool decode it."
    elif len(value) > LONGEST:
        why, help = f"more than {LONGEST} characters", "Hand a large secret over as a file that the tool reads itself."
    else:
        why = f"fewer than {SHORTEST} characters"
        help = "So short a text stands in ordinary output all the time: masking it would hide that, not the secret. Use a longer secret."
    raise fail("RB612", f"The secret '{name}' has {why}, so it can't be masked.", help=help)


def forms_of(value: str) -> set[bytes]:
    """Every form of a value that is looked for; none is shorter than four bytes."""
    found: set[bytes] = set()
    for text in _texts(value):
        raw = text.encode("utf-8", "surrogatepass")
        found.update(_escaped(text), _shifted(raw), _alone(raw))
    for line in _lines(value):
        found.update(_escaped(line), _shifted(line.encode("utf-8", "surrogatepass")))
    return {form for form in found if len(form) >= HEAD}


def _texts(value: str) -> Iterator[str]:
    """The value as it is, without white space around it, and with other line ends."""
    yield value
    yield value.strip()
    if "\n" in value.strip():
        yield "\r\n".join(value.splitlines())
        yield "\n".join(value.splitlines())


def _lines(value: str) -> Iterator[str]:
    """The lines of a value that has several, if they are long; the armour of a key file is the same in all of them."""
    if "\n" in value.strip():
        for line in value.splitlines():
            if len(line.strip()) >= LINE_SHORTEST and not line.startswith("-----"):
                yield line.strip()


def _escaped(text: str) -> Iterator[bytes]:
    import html
    import json
    from urllib.parse import quote, quote_plus

    raw = text.encode("utf-8", "surrogatepass")
    yield raw
    for plain in (json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]):
        escaped = [plain, plain.replace("/", "\\/"), _go(plain)]
        for one in escaped:
            yield one.encode("utf-8", "surrogatepass")
            yield json.dumps(one, ensure_ascii=False)[1:-1].encode("utf-8", "surrogatepass")  # JSON text inside JSON
    yield repr(text)[1:-1].encode("utf-8", "surrogatepass")
    yield html.escape(text).encode("utf-8", "surrogatepass")
    # Encoders differ in what they leave: Python's, a form's, JavaScript's, and strict ones that quote all but letters and digits.
    strict = quote(raw, safe="").replace("-", "%2D").replace(".", "%2E").replace("_", "%5F").replace("~", "%7E")
    for quoted in (quote(raw, safe=""), quote(raw), quote_plus(raw), quote(raw, safe="!*'()"), strict):
        yield quoted.encode()
        yield _PERCENT.sub(lambda match: match.group().lower(), quoted).encode()


_PERCENT = re.compile(r"%[0-9A-F]{2}")


def _go(escaped: str) -> str:
    """Go's encoder (doctl, aws plugins, terraform) also escapes what HTML would misread."""
    return escaped.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _shifted(raw: bytes) -> Iterator[bytes]:
    """The base64 characters that a value fixes, wherever it begins in what is encoded (RFC 4648: 3 bytes, 4 characters)."""
    from base64 import b64encode

    for shift in range(3):
        first, last = -(-8 * shift // 6), 8 * (shift + len(raw)) // 6
        yield from _spellings(b64encode(b"\0" * shift + raw)[first:last])


def _alone(raw: bytes) -> Iterator[bytes]:
    """The base64 of the value alone, with its padding; of a long one also the lines as PEM and MIME wrap them."""
    from base64 import b64encode

    alone = b64encode(raw)
    yield from _spellings(alone)
    yield from _spellings(alone.rstrip(b"="))
    for width in (64, 76):
        if len(alone) > width:
            for at in range(0, len(alone), width):
                if len(alone[at : at + width]) >= LINE_SHORTEST:
                    yield alone[at : at + width]


def _spellings(form: bytes) -> Iterator[bytes]:
    from urllib.parse import quote

    yield form
    yield form.translate(_URLSAFE)
    yield quote(form, safe="").encode()


_URLSAFE = bytes.maketrans(b"+/", b"-_")


def _finder(heads: Iterable[bytes]) -> re.Pattern[bytes]:
    """Finds where one of the heads begins; only its first byte is consumed, so that overlapping ones are found too."""
    groups: dict[int, list[bytes]] = {}
    for head in heads:
        groups.setdefault(head[0], []).append(head[1:])
    parts = (re.escape(bytes([first])) + b"(?=" + b"|".join(map(re.escape, rests)) + b")" for first, rests in groups.items())
    return re.compile(b"|".join(parts))
