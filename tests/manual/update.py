"""`python -m tests.manual.update`: write what the samples become into their `.wanted` files. Read the difference before it is committed."""

from __future__ import annotations

from tests.manual.samples import SAMPLES, become

if __name__ == "__main__":
    for path in SAMPLES:
        path.with_suffix(".wanted").write_text(become(path), encoding="utf-8")
