"""The commands below `doctl apps`."""

from __future__ import annotations

import re

from pymerp_lab.doctl.display import APPS, DEPLOYMENTS, PROPOSAL, SIZES, UNSET_TIME, Table, go_json, proposal_cells
from pymerp_lab.doctl.problems import Failure
from pymerp_lab.doctl.session import Session, several

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

LOG_TYPES = ("build", "deploy", "run", "run_restarted", "autoscale_event")
_UUID = re.compile(r"[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")
_APP_TIMES = ("created_at", "updated_at", "last_deployment_active_at", "last_deployment_created_at")
_DEPLOYMENT_TIMES = ("phase_last_updated_at", "created_at", "updated_at")


def _timed(item: dict[str, Any]) -> dict[str, Any]:
    """Times that the API left out show as Go's zero time."""
    deployments = {name: _stamp(item[name], _DEPLOYMENT_TIMES) for name in item if name.endswith("_deployment")}
    return _stamp(item, _APP_TIMES) | deployments


def _stamp(item: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return item | {name: item.get(name) or UNSET_TIME for name in names}


def _show_app(session: Session, app: dict[str, Any]) -> None:
    session.show(APPS, [_timed(app)])


def _show_deployment(session: Session, deployment: dict[str, Any]) -> None:
    session.show(DEPLOYMENTS, [_stamp(deployment, _DEPLOYMENT_TIMES)])


def list_apps(session: Session) -> None:
    session.show(APPS, [_timed(app) for app in session.client.all("/v2/apps", "apps")])


def get(session: Session) -> None:
    _show_app(session, _get(session, session.arguments(1)[0]))


def _get(session: Session, id: str) -> dict[str, Any]:
    app: dict[str, Any] = session.client.get(f"/v2/apps/{id}")["app"]
    return app


def create(session: Session) -> None:
    from pymerp_lab.doctl.spec import read_spec

    spec = read_spec(session.required("spec"))
    try:
        app = session.client.call("POST", "/v2/apps", {"spec": spec})["app"]
    except Failure as failure:
        if failure.status != 409 or not session.flags.get("upsert"):
            raise
        session.notice("App already exists, updating")
        app = _update(session, _find(session, spec["name"])["id"], spec)
    _waited_app(session, app, "App creation is in progress, waiting for app to be running", "App created")


def update(session: Session) -> None:
    from pymerp_lab.doctl.spec import read_spec

    id = session.arguments(1)[0]
    spec = read_spec(session.required("spec"))
    app = _update(session, id, spec)
    _waited_app(session, app, "App update is in progress, waiting for app to be running", "App updated")


def _update(session: Session, id: str, spec: dict[str, Any]) -> dict[str, Any]:
    app: dict[str, Any] = session.client.call("PUT", f"/v2/apps/{id}", {"spec": spec})["app"]
    return app


def _waited_app(session: Session, app: dict[str, Any], waiting: str, done: str) -> None:
    if session.flags.get("wait"):
        session.notice(waiting)
        _wait(session, app["id"], app.get("pending_deployment", {}).get("id", ""), lambda: _show_app(session, app))
        app = _get(session, app["id"])
    session.notice(done)
    _show_app(session, app)


def _wait(session: Session, app: str, deployment: str, show: Callable[..., None]) -> None:
    """After a failure the item is shown all the same, and then the error: with `-o json` two documents."""
    try:
        session.wait_for_deployment(app, deployment)
    except Failure as failure:
        show()
        raise several(f"app deployment couldn't enter `running` state: {failure}") from None


def delete(session: Session) -> None:
    id = session.arguments(1)[0]
    session.confirm("Are you sure you want to delete this App?")
    session.client.call("DELETE", f"/v2/apps/{id}")
    session.notice("App deleted")


def propose(session: Session) -> None:
    from pymerp_lab.doctl.spec import read_spec

    app, spec = session.flags.get("app"), read_spec(session.required("spec"))
    answer = session.client.call("POST", "/v2/apps/propose", {"spec": spec} | ({"app_id": app} if app else {}))
    if session.flags.get("output") == "json":
        session.write(go_json(answer) + "\n")
        return
    headings = {name: heading for name, heading in PROPOSAL.items() if name != "AppNameSuggestion" or answer.get("app_name_suggestion")}
    session.show(Table(headings, proposal_cells), [answer])


def list_deployments(session: Session) -> None:
    id = session.arguments(1)[0]
    items = session.client.all(f"/v2/apps/{id}/deployments", "deployments")
    session.show(DEPLOYMENTS, [_stamp(item, _DEPLOYMENT_TIMES) for item in items])


def get_deployment(session: Session) -> None:
    app, id = session.arguments(2)[:2]
    _show_deployment(session, session.client.get(f"/v2/apps/{app}/deployments/{id}")["deployment"])


def create_deployment(session: Session) -> None:
    app = session.arguments(1)[0]
    body = {"force_build": bool(session.flags.get("force-rebuild"))}
    deployment = session.client.call("POST", f"/v2/apps/{app}/deployments", body)["deployment"]
    _waited_deployment(
        session, app, deployment, "App deployment is in progress, waiting for deployment to be running", "Deployment created"
    )


def restart(session: Session) -> None:
    app = session.arguments(1)[0]
    body = {"components": session.flags.get("components", [])}
    deployment = session.client.call("POST", f"/v2/apps/{app}/restart", body)["deployment"]
    _waited_deployment(session, app, deployment, "Restart is in progress, waiting for the restart to complete", "Restarted")


def _waited_deployment(session: Session, app: str, deployment: dict[str, Any], waiting: str, done: str) -> None:
    if session.flags.get("wait"):
        session.notice(waiting)
        _wait(session, app, deployment["id"], lambda: _show_deployment(session, deployment))
        deployment = session.client.get(f"/v2/apps/{app}/deployments/{deployment['id']}")["deployment"]
    session.notice(done)
    _show_deployment(session, deployment)


def spec_get(session: Session) -> None:
    from pymerp_lab.doctl.spec import dump

    app, deployment = session.arguments(1)[0], session.flags.get("deployment")
    found = session.client.get(f"/v2/apps/{app}/deployments/{deployment}")["deployment"] if deployment else _get(session, app)
    session.write(dump(found["spec"], session.flags.get("format", "yaml")))


def spec_validate(session: Session) -> None:
    from pymerp_lab.doctl.spec import dump, read_spec

    spec = read_spec(session.arguments(1)[0])
    if not session.flags.get("schema-only"):
        spec = session.client.call("POST", "/v2/apps/propose", {"spec": spec})["spec"]
    session.write(dump(spec, "yaml"))


def logs(session: Session) -> None:
    app = session.arguments(1)[0]
    component = session.call.arguments[1] if len(session.call.arguments) > 1 else ""
    deployment = session.flags.get("deployment", "")
    if not deployment or not _UUID.fullmatch(app):
        found = _find(session, app)
        app, deployment = found["id"], deployment or _current(found)
    kind = session.flags.get("type", "run")
    if kind not in LOG_TYPES:
        raise Failure(f"Invalid log type {kind}")
    follow = "true" if session.flags.get("follow") else "false"
    query = f"type={kind.upper()}&follow={follow}&tail_lines={session.flags.get('tail', -1)}"
    query += f"&component_name={component}" if component else ""
    _show_logs(session, session.client.get(f"/v2/apps/{app}/deployments/{deployment}/logs?{query}"))


def _show_logs(session: Session, links: dict[str, Any]) -> None:
    from pymerp_lab.doctl import http, stream

    def show(text: str) -> None:
        parts = text.split(" ", 2)
        session.write(parts[2] if session.flags.get("no-prefix") and len(parts) > 2 else text)

    if links.get("live_url"):
        stream.follow(links["live_url"], show)
    elif links.get("historic_urls"):
        body = http.request("GET", links["historic_urls"][0], {}).body.decode(errors="replace")
        for line in body.splitlines():
            show(f"{line}\n")
    else:
        session.warn("No logs found for app component")


def list_sizes(session: Session) -> None:
    session.show(SIZES, session.client.get("/v2/apps/tiers/instance_sizes")["instance_sizes"])


def _find(session: Session, name: str) -> dict[str, Any]:
    """An app by its id or by its name."""
    if _UUID.fullmatch(name):
        return _get(session, name)
    apps: list[dict[str, Any]] = session.client.all("/v2/apps", "apps")
    for app in apps:
        if app["spec"]["name"] == name:
            return app
    raise Failure(f"app not found: {name}")


def _current(app: dict[str, Any]) -> str:
    for name in ("active_deployment", "in_progress_deployment"):
        if name in app:
            return str(app[name]["id"])
    raise Failure(f"unable to retrieve logs; no deployment found for app {app['id']}")


COMMANDS = {
    "apps list": list_apps,
    "apps get": get,
    "apps create": create,
    "apps update": update,
    "apps delete": delete,
    "apps propose": propose,
    "apps list-deployments": list_deployments,
    "apps get-deployment": get_deployment,
    "apps create-deployment": create_deployment,
    "apps restart": restart,
    "apps logs": logs,
    "apps spec get": spec_get,
    "apps tier instance-size list": list_sizes,
    "apps spec validate": spec_validate,
}
