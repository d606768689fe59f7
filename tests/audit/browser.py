"""A headless Chromium, and the pixels of what it shows."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import zlib
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def browse(page: Path, *options: str) -> str:
    """Opens a page with a profile of its own and no way to the network; gives what is printed."""
    program = find()
    assert program is not None
    done = subprocess.run(
        [
            program, "--headless", "--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-dev-shm-usage", "--hide-scrollbars",
            "--proxy-server=127.0.0.1:1", f"--user-data-dir={page.parent / 'profile'}", *(["--no-sandbox"] if os.getuid() == 0 else []),
            *options, page.as_uri(),
        ],
        capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def pixels(png: Path) -> tuple[int, int, set[tuple[int, ...]]]:
    """(width, height, the colours in it) of an 8-bit PNG without interlacing (PNG specification, 9: filters)."""
    data = png.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    at, packed = 8, b""
    width = height = step = 0
    while at < len(data):
        (size,), kind = struct.unpack_from(">I", data, at), data[at + 4 : at + 8]
        body = data[at + 8 : at + 8 + size]
        if kind == b"IHDR":
            width, height, depth, colour, *_ = struct.unpack(">IIBBBBB", body)
            assert depth == 8
            step = {2: 3, 6: 4}[colour]
        packed += body if kind == b"IDAT" else b""
        at += 12 + size
    raw = zlib.decompress(packed)
    before = bytearray(width * step)
    found: set[tuple[int, ...]] = set()
    for row in range(height):
        start = row * (width * step + 1)
        line = bytearray(raw[start + 1 : start + 1 + width * step])
        unfilter(raw[start], line, before, step)
        found.update(zip(*(line[channel::step] for channel in range(3)), strict=True))
        before = line
    return width, height, found


def unfilter(kind: int, line: bytearray, above: bytearray, step: int) -> None:
    for place in range(len(line)) if kind else ():
        left = line[place - step] if place >= step else 0
        up = above[place]
        corner = above[place - step] if place >= step else 0
        if kind == 4:
            guess = left + up - corner
            add = min((left, up, corner), key=lambda one: abs(guess - one))
        else:
            add = {1: left, 2: up, 3: (left + up) // 2}[kind]
        line[place] = (line[place] + add) & 255
