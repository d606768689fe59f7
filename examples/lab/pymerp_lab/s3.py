"""S3-compatible storage (moto) with the bucket `pymes-prod`, versioned."""

from __future__ import annotations

import importlib.util
import os
import secrets
import subprocess
import sys
from collections.abc import Mapping

from pymerp_lab.part import Place
from pymerp_lab.processes import HERE, LabError

BUCKET = "pymes-prod"


class Storage:
    name = "s3"
    breaks: Mapping[str, str] = {
        "s3": "the storage refuses connections",
        "s3-bucket": f"the bucket {BUCKET} is not there",
        "s3-denied": "every request is answered with AccessDenied",
        "s3-key": "the access key is not known (InvalidAccessKeyId)",
        "s3-read-only": "writes are answered with AccessDenied",
        "s3-cors": "the bucket has no CORS rule",
        "s3-cors-denied": "reading and writing the CORS rules is answered with AccessDenied",
        "s3-slow-down": "every request is answered with 503 SlowDown",
    }
    modes: Mapping[str, str] = {
        "s3": "closed",
        "s3-bucket": "no-bucket",
        "s3-denied": "denied",
        "s3-key": "key",
        "s3-read-only": "read-only",
        "s3-cors-denied": "cors-denied",
        "s3-cors": "no-cors",
        "s3-slow-down": "slow-down",
    }

    def __init__(self) -> None:
        self.access_key, self.secret_key = "LAB" + secrets.token_hex(8).upper(), secrets.token_urlsafe(24)
        self.port = 0
        self._faults: list[str] = []

    def missing(self) -> str | None:
        return None if importlib.util.find_spec("moto") and importlib.util.find_spec("flask") else "the Python package moto[server]"

    def start(self, place: Place) -> None:
        self._log = place.path("s3.log")
        env = {
            **os.environ,
            "AWS_ACCESS_KEY_ID": "lab",
            "AWS_SECRET_ACCESS_KEY": "lab",
            "AWS_DEFAULT_REGION": "us-east-1",
            "PYTHONPATH": os.path.dirname(HERE),
        }
        with open(self._log, "a") as log:
            argv = [sys.executable, "-m", "pymerp_lab.s3_server"]
            self._process = place.children.start(argv, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)
        self.port = int(self._line())

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            with open(self._log, errors="replace") as log:
                raise LabError("the storage ended:\n" + "".join(log.readlines()[-15:]))
        return line

    def stop(self) -> None:
        self._process.kill()
        self._process.communicate()

    def environment(self) -> dict[str, str]:
        return {
            "S3_ENDPOINT": f"http://127.0.0.1:{self.port}",
            "STORAGE_S3_BUCKET": BUCKET,
            "STORAGE_S3_ACCESS_KEY": self.access_key,
            "STORAGE_S3_SECRET_KEY": self.secret_key,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def set_fault(self, what: str, on: bool) -> None:
        """One fault shows at a time: the one that was set last."""
        self._faults = [fault for fault in self._faults if fault != what] + ([what] if on else [])
        assert self._process.stdin is not None
        self._process.stdin.write((self.modes[self._faults[-1]] if self._faults else "open") + "\n")
        self._process.stdin.flush()
        self._line()
