"""The API as doctl calls it: bearer token, retries with back-off, pages, the texts of its errors."""

from __future__ import annotations

import json
import os
import time

from pymerp_lab.doctl import http
from pymerp_lab.doctl.problems import Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

DEFAULT_URL = "https://api.digitalocean.com"
PER_PAGE = 200


class Client:
    def __init__(self, flags: dict[str, Any]) -> None:
        """Raises Failure when there is no token."""
        self.token = flags.get("access-token") or os.environ.get("DIGITALOCEAN_ACCESS_TOKEN", "")
        if not self.token:
            raise Failure("Unable to initialize DigitalOcean API client: access token is required. (hint: run 'doctl auth init')")
        url = flags.get("api-url") or os.environ.get("DIGITALOCEAN_API_URL", "") or DEFAULT_URL
        self.base = url.rstrip("/")
        self.retries = _number(flags, "http-retry-max", 5)
        self.shortest, self.longest = _number(flags, "http-retry-wait-min", 1), _number(flags, "http-retry-wait-max", 30)

    def get(self, path: str) -> dict[str, Any]:
        return self.call("GET", path)

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """The answer's object; Failure for a refusal, after the retries that doctl makes for 429 and 5xx."""
        url = f"{self.base}{path}"
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
        content = None if body is None else json.dumps(body).encode()
        for attempt in range(1, self.retries + 2):
            last = attempt == self.retries + 1
            try:
                response = http.request(method, url, headers, content)
            except OSError as error:
                if last:
                    raise Failure(f'{method.capitalize()} "{url}": {_cause(error, url)}') from None
            else:
                if response.status < 300:
                    return json.loads(response.body) if response.body else {}
                if last or not (response.status == 429 or response.status >= 500):
                    raise _refusal(method, url, response, attempt if self.retries and last and attempt > 1 else 0)
            time.sleep(min(self.shortest * 2 ** (attempt - 1), self.longest))
        raise AssertionError("the last attempt returns or raises")

    def all(self, path: str, name: str) -> list[Any]:
        """Every page of a list."""
        items: list[Any] = []
        number = 1
        while True:
            answer = self.get(f"{path}?page={number}&per_page={PER_PAGE}")
            items += answer.get(name) or []
            if not (answer.get("links") or {}).get("pages", {}).get("next"):
                return items
            number += 1


def _number(flags: dict[str, Any], name: str, default: int) -> int:
    if name in flags:
        return int(flags[name])
    text = os.environ.get("DIGITALOCEAN_" + name.upper().replace("-", "_"), "")
    return int(text) if text.isdigit() else default


def _refusal(method: str, url: str, response: http.Response, attempts: int) -> Failure:
    try:
        answer = json.loads(response.body)
    except ValueError:
        answer = {}
    message = answer.get("message", response.body.decode(errors="replace") if not answer else "")
    id = answer.get("request_id", "")
    shown = f'(request "{id}") ' if id else ""
    after = f"; giving up after {attempts} attempt(s)" if attempts else ""
    failure = Failure(f"{method} {url}: {response.status} {shown}{message}{after}")
    failure.status = response.status
    return failure


def _cause(error: OSError, url: str) -> str:
    """The words of Go for the errors that are met most."""
    _, host, port, _ = http.split(url)
    if isinstance(error, ConnectionRefusedError):
        return f"dial tcp {host}:{port}: connect: connection refused"
    if isinstance(error, ConnectionResetError):
        return "read: connection reset by peer"
    return str(error)
