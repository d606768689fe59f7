"""From a method and a path to an answer: the table of what the stand-in knows."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from pymerp_lab.api import logs, rollback, specs
from pymerp_lab.api.apps import AppRecord, Platform
from pymerp_lab.api.databases import Databases
from pymerp_lab.api.errors import ApiError, not_found
from pymerp_lab.web import Answer

CDN_ID = "19f06b6a-3ace-4315-b086-499a0e521b76"
PAGE = 20
TAGS = ("latest", "sprint-10", "sprint-9")


class World(NamedTuple):
    """All that the API knows, and the address it is reached at."""

    platform: Platform
    databases: Databases
    base: str


class Call(NamedTuple):
    world: World
    path: tuple[str, ...]
    """What the groups of the route matched."""
    query: dict[str, str]
    body: dict[str, Any]

    @property
    def app(self) -> AppRecord:
        return self.world.platform.app(self.path[0])

    def page(self, name: str, items: list[Any]) -> Answer:
        """One page of a list, with the total and the links to further pages."""
        size, number = int(self.query.get("per_page", PAGE)), int(self.query.get("page", 1))
        shown = items[(number - 1) * size : number * size]
        last = -(-len(items) // size)
        pages = {label: f"{self.world.base}/v2/?page={page}&per_page={size}" for label, page in (("next", number + 1), ("last", last))}
        links = {"pages": pages} if number < last else {}
        return Answer(200, {name: shown, "links": links, "meta": {"total": len(items)}})


def list_apps(call: Call) -> Answer:
    platform = call.world.platform
    return call.page("apps", [platform.shown(app) for app in platform.all()])


def get_app(call: Call) -> Answer:
    return Answer(200, {"app": call.world.platform.shown(call.app)})


def create_app(call: Call) -> Answer:
    platform = call.world.platform
    return Answer(200, {"app": platform.shown(platform.create(call.body.get("spec")))})


def update_app(call: Call) -> Answer:
    platform = call.world.platform
    return Answer(200, {"app": platform.shown(platform.update(call.path[0], call.body.get("spec")))})


def delete_app(call: Call) -> Answer:
    call.world.platform.delete(call.path[0])
    return Answer(200, {"id": call.path[0]})


def propose(call: Call) -> Answer:
    return Answer(200, call.world.platform.propose(call.body.get("spec"), call.body.get("app_id")))


def list_deployments(call: Call) -> Answer:
    platform = call.world.platform
    return call.page("deployments", [platform.shown_deployment(item) for item in call.app.deployments])


def get_deployment(call: Call) -> Answer:
    return Answer(200, {"deployment": call.world.platform.shown_deployment(call.app.find(call.path[1]))})


def create_deployment(call: Call) -> Answer:
    platform = call.world.platform
    deployment = platform.create_deployment(call.path[0], bool(call.body.get("force_build")))
    return Answer(200, {"deployment": platform.shown_deployment(deployment)})


def restart(call: Call) -> Answer:
    platform, app = call.world.platform, call.app
    return Answer(200, {"deployment": platform.shown_deployment(platform.deploy(app, "restarted", "MANUAL", like=app.active))})


def get_logs(call: Call) -> Answer:
    """Links to the logs: the live one when it is to be followed, else to a file; neither where there is no log."""
    if "logs" in call.world.platform.faults:
        raise ApiError(403, "forbidden", "You are not authorized to perform this operation")
    app, kind, follow = call.app, call.query.get("type", "RUN"), call.query.get("follow") == "true"
    active = app.active
    id = call.path[1] if len(call.path) > 1 else (active.id if active else "")
    component, last = call.query.get("component_name", ""), call.query.get("tail_lines", "-1")
    if not follow and not logs.lines(app.find(id), kind, component, call.world.platform.clock()):
        return Answer(200, {})
    place = f"{app.id}/{id}/{kind}?component={component}&tail={last}"
    return Answer(
        200, {"live_url": f"{call.world.base}/live/{place}"} if follow else {"historic_urls": [f"{call.world.base}/logs/{place}"]}
    )


def read_logs(call: Call) -> list[str]:
    """The lines behind such a link."""
    items = logs.lines(call.app.find(call.path[1]), call.path[2], call.query.get("component", ""), call.world.platform.clock())
    return logs.tail(items, int(call.query.get("tail", "-1")))


def log_file(call: Call) -> Answer:
    return Answer(200, "".join(f"{line}\n" for line in read_logs(call)).encode(), media_type="text/plain")


def validate_rollback(call: Call) -> Answer:
    return Answer(200, rollback.validate(call.world.platform, call.app, call.body.get("deployment_id")))


def roll_back(call: Call) -> Answer:
    platform = call.world.platform
    deployment = rollback.roll_back(platform, call.app, call.body.get("deployment_id"), bool(call.body.get("skip_pin")))
    return Answer(200, {"deployment": platform.shown_deployment(deployment)})


def commit_rollback(call: Call) -> Answer:
    rollback.commit(call.world.platform, call.app)
    return Answer(200, {})


def revert_rollback(call: Call) -> Answer:
    platform = call.world.platform
    return Answer(200, {"deployment": platform.shown_deployment(rollback.revert(platform, call.app))})


def list_databases(call: Call) -> Answer:
    databases = call.world.databases
    return call.page("databases", [databases.shown(cluster) for cluster in databases.clusters.values()])


def get_database(call: Call) -> Answer:
    databases = call.world.databases
    return Answer(200, {"database": databases.shown(databases.find(call.path[0]))})


def create_database(call: Call) -> Answer:
    databases = call.world.databases
    return Answer(201, {"database": databases.shown(databases.create(call.body))})


def delete_database(call: Call) -> Answer:
    call.world.databases.delete(call.path[0])
    return Answer(204)


def list_backups(call: Call) -> Answer:
    return call.page("backups", call.world.databases.backups(call.path[0]))


def resize_database(call: Call) -> Answer:
    call.world.databases.resize(call.path[0], call.body.get("size"), call.body.get("num_nodes"))
    return Answer(202)


def configure_database(call: Call) -> Answer:
    call.world.databases.configure(call.path[0], call.body.get("config"))
    return Answer(200)


def get_rules(call: Call) -> Answer:
    return Answer(200, {"rules": call.world.databases.find(call.path[0]).rules})


def set_rules(call: Call) -> Answer:
    call.world.databases.set_rules(call.path[0], call.body.get("rules"))
    return Answer(204)


def list_cdns(call: Call) -> Answer:
    if "cdn" in call.world.platform.faults:
        return call.page("endpoints", [])
    endpoint = {
        "id": CDN_ID,
        "origin": "pymes-prod.nyc3.digitaloceanspaces.com",
        "endpoint": "pymes-prod.nyc3.cdn.digitaloceanspaces.com",
        "created_at": "2025-06-02T10:00:00Z",
        "ttl": 3600,
    }
    return call.page("endpoints", [endpoint])


def get_registry(call: Call) -> Answer:
    return Answer(
        200, {"registry": {"name": "pymerp", "created_at": "2025-06-01T10:00:00Z", "region": "nyc3", "storage_usage_bytes": 224395264}}
    )


def list_tags(call: Call) -> Answer:
    tags = [
        {
            "registry_name": call.path[0],
            "repository": call.path[1],
            "tag": tag,
            "manifest_digest": f"sha256:{index:064x}",
            "compressed_size_bytes": 224395264,
            "size_bytes": 514395264,
            "updated_at": "2026-01-02T10:00:00Z",
        }
        for index, tag in enumerate(TAGS)
    ]
    return call.page("tags", tags if (call.path[0], call.path[1]) == ("pymerp", "backend") else [])


def list_sizes(call: Call) -> Answer:
    return Answer(200, {"instance_sizes": specs.sizes()})


def get_metrics(call: Call) -> Answer:
    """One series an instance, in the shape of Prometheus."""
    faults, kind = call.world.platform.faults, call.path[0]
    value = {"cpu_percentage": 93.5 if "cpu" in faults else 31.2, "memory_percentage": 95.1 if "memory" in faults else 62.4}[kind]
    end = int(call.query.get("end", "0"))
    values = [[end - 60 * back, f"{value:.2f}"] for back in range(5, -1, -1)]
    metric = {"app_component": "backend", "app_component_instance": "backend-0", "app_uuid": call.query.get("app_id", "")}
    result = [] if "metrics" in faults else [{"metric": metric, "values": values}]
    return Answer(200, {"status": "success", "data": {"resultType": "matrix", "result": result}})


def get_account(call: Call) -> Answer:
    account = {
        "droplet_limit": 10,
        "email": "ops@pymerp.example",
        "uuid": "b6fdb2c9b0a64a7f",
        "email_verified": True,
        "status": "active",
        "team": {"uuid": "5df3e3004a17e242", "name": "PYMERP"},
    }
    return Answer(200, {"account": account})


ID = "([^/?]+)"
ROUTES: tuple[tuple[str, str, Callable[[Call], Answer]], ...] = (
    ("GET", "/v2/account", get_account),
    ("GET", "/v2/apps", list_apps),
    ("POST", "/v2/apps", create_app),
    ("POST", "/v2/apps/propose", propose),
    ("GET", "/v2/apps/tiers/instance_sizes", list_sizes),
    ("GET", f"/v2/registry/{ID}/repositories/{ID}/tags", list_tags),
    ("GET", f"/v2/apps/{ID}", get_app),
    ("PUT", f"/v2/apps/{ID}", update_app),
    ("DELETE", f"/v2/apps/{ID}", delete_app),
    ("POST", f"/v2/apps/{ID}/restart", restart),
    ("GET", f"/v2/apps/{ID}/logs", get_logs),
    ("GET", f"/v2/apps/{ID}/deployments", list_deployments),
    ("POST", f"/v2/apps/{ID}/deployments", create_deployment),
    ("GET", f"/v2/apps/{ID}/deployments/{ID}", get_deployment),
    ("GET", f"/v2/apps/{ID}/deployments/{ID}/logs", get_logs),
    ("POST", f"/v2/apps/{ID}/rollback/validate", validate_rollback),
    ("POST", f"/v2/apps/{ID}/rollback", roll_back),
    ("POST", f"/v2/apps/{ID}/rollback/commit", commit_rollback),
    ("POST", f"/v2/apps/{ID}/rollback/revert", revert_rollback),
    ("GET", "/v2/databases", list_databases),
    ("POST", "/v2/databases", create_database),
    ("GET", f"/v2/databases/{ID}", get_database),
    ("DELETE", f"/v2/databases/{ID}", delete_database),
    ("GET", f"/v2/databases/{ID}/backups", list_backups),
    ("PUT", f"/v2/databases/{ID}/resize", resize_database),
    ("PATCH", f"/v2/databases/{ID}/config", configure_database),
    ("GET", f"/v2/databases/{ID}/firewall", get_rules),
    ("PUT", f"/v2/databases/{ID}/firewall", set_rules),
    ("GET", "/v2/monitoring/metrics/apps/(cpu_percentage|memory_percentage)", get_metrics),
    ("GET", "/v2/cdn/endpoints", list_cdns),
    ("GET", "/v2/registry", get_registry),
    ("GET", f"/logs/{ID}/{ID}/{ID}", log_file),
)
_TABLE = tuple((method, re.compile(pattern), action) for method, pattern, action in ROUTES)
LIVE = re.compile(f"/live/{ID}/{ID}/{ID}")


def parse(target: str) -> tuple[str, dict[str, str]]:
    """The path and the query of a request target."""
    path, _, query = target.partition("?")
    return path.rstrip("/"), {name: values[-1] for name, values in parse_qs(query, keep_blank_values=True).items()}


def answer(world: World, method: str, target: str, body: dict[str, Any]) -> Answer:
    """Raises ApiError, also for what the table does not have."""
    path, query = parse(target)
    for known, pattern, action in _TABLE:
        found = pattern.fullmatch(path)
        if found and known == method:
            with world.platform.lock:
                return action(Call(world, found.groups(), query, body))
    raise not_found()
