"""The floor for a run of N steps: what no tool in Python that keeps its word can do without.

A bare loop that starts a process and waits for it, and makes two lines a step durable: the intent
before it and the outcome after it. Usage: floor.py N FILE
"""

from __future__ import annotations

import os
import subprocess
import sys


def main() -> None:
    steps, path = int(sys.argv[1]), sys.argv[2]
    journal = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    for step in range(steps):
        os.write(journal, b'{"step":%d,"type":"started"}\n' % step)
        os.fdatasync(journal)
        done = subprocess.run(["/bin/true"], capture_output=True, check=False)
        os.write(journal, b'{"step":%d,"type":"ended","exit":%d}\n' % (step, done.returncode))
        os.fdatasync(journal)
    os.close(journal)


main()
