"""The HTTP side of the stand-in: the bearer token, the faults of the API itself, the record of requests."""

from __future__ import annotations

import json
import secrets
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from pymerp_lab.api import logs, rollback
from pymerp_lab.api.apps import APP_ID, SPEC_FAULTS, Platform
from pymerp_lab.api.databases import POSTGRES_ID, Databases, Server
from pymerp_lab.api.errors import ApiError, bad_request
from pymerp_lab.api.logs import RUN_DEAD
from pymerp_lab.api.routes import LIVE, Call, World, answer, parse, read_logs
from pymerp_lab.part import Place
from pymerp_lab.web import Answer, Handler, WebServer

FAULTS: Mapping[str, ApiError] = {
    "api-401": ApiError(401, "Unauthorized", "Unable to authenticate you"),
    "api-403": ApiError(403, "forbidden", "You are not authorized to perform this operation"),
    "api-404": ApiError(404, "not_found", "The resource you were accessing could not be found."),
    "api-429": ApiError(429, "too_many_requests", "API rate limit exceeded."),
    "api-500": ApiError(500, "server_error", "Unexpected server-side error"),
}


class Api:
    name = "api"
    breaks: Mapping[str, str] = {
        "deploy": "a bad commit is live: its deployment is ACTIVE, health is DOWN; new builds are bad too",
        "crash": "the running deployment has crashed: every page answers 502, its log ends in a stack trace; new builds too",
        "login": "the running deployment can't log in to PostgreSQL and has crashed: 502, its log says so; new builds too",
        "oom": "the running deployment died of OutOfMemoryError: 502, until an instance has 2 GiB",
        "slow-start": "the app starts slowly: 502 and failed health checks, until initial_delay_seconds is 120 or more",
        "app-redis-tls": "the spec has REDIS_SSL_ENABLED=false",
        "app-scaled": "somebody else has set the app to two instances",
        "app-database": "the spec names another POSTGRES_HOST and POSTGRES_PORT than the deployments before",
        "app-parts": "the spec has autoscaling, a worker and variables of the whole app",
        "pinned": "a rollback was left unfinished: the app is pinned to it, healthy",
        "app-variables": "the spec lacks POSTGRES_PASSWORD",
        "cdn": "there is no CDN endpoint",
        "cpu": "the app uses 93.5 % of its CPU",
        "memory": "the app uses 95.1 % of its memory",
        "metrics": "the API has no metrics of the app",
        "logs": "the API refuses the logs of deployments (403)",
        "deployment-fails": "new deployments end in ERROR",
        "rollback-refused": "the validation of a rollback says no",
        "rollback-fails": "the deployment of a rollback ends in ERROR",
        "revert-fails": "the deployment of a revert ends in ERROR",
        "validate-busy": "the next validation of a rollback is answered with 429",
        "commit-busy": "the next commit of a rollback is answered with 429",
        "commit-fails": "the commit of a rollback is answered with 500, and isn't made",
        "progress-empty": "deployments are shown with an empty progress",
        "progress-missing": "deployments are shown without progress",
        "database": "the PostgreSQL cluster is not online (status migrating)",
        "database-offline": "the PostgreSQL cluster is down (status offline)",
        "database-firewall": "the trusted sources of PostgreSQL leave the app out; connections get no answer",
        "redis-offline": "the Redis cluster is down (status offline)",
        "backups": "no cluster has a backup",
        "fork-stuck": "a cluster that is forked doesn't come online",
        "api-401": "the API refuses every token",
        "api-403": "the API says the token lacks the rights",
        "api-404": "the API finds nothing",
        "api-429": "the API says that there were too many requests",
        "api-500": "the API fails with 500",
        "api-hang": "the API takes connections and does not answer",
    }

    def __init__(self, duration: float = 2.0, clock: Callable[[], float] = time.time) -> None:
        self._duration, self._clock = duration, clock
        self._connections: Mapping[str, str] = {}
        self._servers: Mapping[str, Server] = {}
        self._renewed: Callable[[], None] = lambda: None
        self.reset()
        self.token = "dop_v1_" + secrets.token_hex(32)
        self.faults: set[str] = set()

    def reset(self) -> None:
        """Everything as at the start: no fault, the first deployments, the first clusters, no request on record."""
        self.platform = Platform(self._clock, self._duration, self._renewed)
        self.databases = Databases(self._clock, self._duration, self._servers)
        self.databases.connect(self._connections)
        self.requests: list[str] = []

    def connect(self, environment: Mapping[str, str], servers: Mapping[str, Server], renewed: Callable[[], None]) -> None:
        """Says where the real servers of the lab are, for the connections that the API shows, and hands them over."""
        self._connections, self._servers, self._renewed = environment, servers, renewed
        self.platform.renewed = renewed
        self.databases.connect(environment)
        self.databases.servers = servers

    def missing(self) -> str | None:
        return None

    def start(self, place: Place) -> None:
        self._server = ApiServer(self)
        self.base = f"http://127.0.0.1:{self._server.port}"
        self._server.start()

    def stop(self) -> None:
        self._server.stop()

    def environment(self) -> dict[str, str]:
        return {
            "DIGITALOCEAN_ACCESS_TOKEN": self.token,
            "DIGITALOCEAN_API_URL": self.base,
            "DO_APP_ID": APP_ID,
            "DB_CLUSTER_ID": POSTGRES_ID,
        }

    def set_fault(self, what: str, on: bool) -> None:
        for faults in (self.faults, self.platform.faults):
            (faults.add if on else faults.discard)(what)
        self.databases.set_fault(what, on)
        if what == "deploy":
            self.platform.break_deploy(on)
        elif what in RUN_DEAD:
            self.platform.break_running(what, on)
        elif what == "pinned":
            rollback.leave_pinned(self.platform, on)
        elif what in SPEC_FAULTS:
            self.platform.break_spec(what, on)

    def bad_deployment(self) -> bool:
        active = self.platform.active()
        return active is None or active.bad

    def gone(self) -> str:
        """Why nothing answers: `paused` in maintenance mode, a cause of death, or an empty text."""
        active = self.platform.active()
        if active is None:
            return "crash"
        return "paused" if active.spec.get("maintenance", {}).get("enabled") else active.dead

    def rolled_back(self) -> bool:
        active = self.platform.active()
        return active is not None and active.rolled_back

    def state(self) -> dict[str, Any]:
        """What tests want to know: what was asked for, and how things stand."""
        with self.platform.lock:
            apps = [self.platform.shown(app) for app in self.platform.all()]
            deployments = [self.platform.shown_deployment(item) for app in self.platform.apps.values() for item in app.deployments]
        return {"requests": list(self.requests), "apps": apps, "deployments": deployments}


class ApiServer(WebServer):
    def __init__(self, api: Api) -> None:
        super().__init__()
        self.api = api

    def respond(self, request: Handler, body: bytes) -> Answer | None:
        if request.path.startswith("/live/"):
            self._live(request)
            return None
        if "api-hang" in self.api.faults and request.path.startswith("/v2"):
            self.api.requests.append(f"{request.command} {request.path} hang")
            self.hang()
            request.close_connection = True
            return None
        reply = self._answer(request, body)
        self.api.requests.append(f"{request.command} {request.path} {reply.status}")
        return reply

    @property
    def _world(self) -> World:
        return World(self.api.platform, self.api.databases, self.api.base)

    def _answer(self, request: Handler, body: bytes) -> Answer:
        id = str(uuid.uuid4())
        try:
            if request.path.startswith("/v2"):
                self._admit(request)
            reply = answer(self._world, request.command, request.path, _object(body))
        except ApiError as error:
            shown = {"id": error.id, "message": error.message} | ({} if error.status == 401 else {"request_id": id})
            return Answer(error.status, shown)
        return reply._replace(headers={"x-request-id": id, "ratelimit-limit": "5000", "ratelimit-remaining": "4816"})

    def _admit(self, request: Handler) -> None:
        fault = next((FAULTS[name] for name in FAULTS if name in self.api.faults), None)
        if fault:
            raise fault
        if request.headers.get("Authorization") != f"Bearer {self.api.token}":
            raise FAULTS["api-401"]

    def _live(self, request: Handler) -> None:
        path, query = parse(request.path)
        found = LIVE.fullmatch(path)
        if found is None or request.headers.get("Upgrade", "").lower() != "websocket":
            request.reply(Answer(404))
            return
        call = Call(self._world, found.groups(), query, {})
        try:
            read_logs(call)
        except ApiError as error:
            request.reply(Answer(error.status))
            return
        logs.stream(request, lambda: read_logs(call), self.stopping)


def _object(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    try:
        parsed = json.loads(body)
    except ValueError:
        raise bad_request("the body is not JSON") from None
    if not isinstance(parsed, dict):
        raise bad_request("the body is not a JSON object")
    return parsed
