"""The commands below `doctl databases`, and the small ones: account, registry, cdn, version."""

from __future__ import annotations

import re

from pymerp_lab.doctl.display import ACCOUNT, BACKUPS, CDNS, DATABASE_LIST, DATABASES, REGISTRY, RULES, TAGS, Table
from pymerp_lab.doctl.problems import Failure
from pymerp_lab.doctl.session import Session, several

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_CONNECTION = ("URI", "Database", "Host", "Port", "User", "Password", "SSL")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) \+0000 UTC")


def list_databases(session: Session) -> None:
    session.show(DATABASE_LIST, session.client.all("/v2/databases", "databases"))


def get(session: Session) -> None:
    session.show(DATABASES, [_get(session, session.arguments(1)[0])])


def _get(session: Session, id: str) -> dict[str, Any]:
    found: dict[str, Any] = session.client.get(f"/v2/databases/{id}")["database"]
    return found


def backups(session: Session) -> None:
    id = session.arguments(1)[0]
    session.show(BACKUPS, session.client.all(f"/v2/databases/{id}/backups", "backups"))


def connection(session: Session) -> None:
    found = _get(session, session.arguments(1)[0])["private_connection" if session.flags.get("private") else "connection"]
    headings = {name: "SSL Required" if name == "SSL" else name for name in _CONNECTION}
    if session.flags.get("output") == "json":
        from pymerp_lab.doctl.display import go_json

        session.write(go_json(found))
        return
    session.show(Table(headings, lambda item: {name: item.get(name.lower(), "") for name in _CONNECTION}), [found])


def fork(session: Session) -> None:
    name, id = session.arguments(1)[0], session.required("restore-from-cluster-id")
    source = _get(session, id)
    copied: dict[str, Any] = {key: source[key] for key in ("engine", "version", "num_nodes", "region", "size", "tags") if key in source}
    restore = {"database_name": source["name"]} | _moment(session)
    _create(session, {"name": name, **copied, "backup_restore": restore}, "forking", "forked")


def create(session: Session) -> None:
    name = session.arguments(1)[0]
    wanted = {
        "name": name,
        "engine": session.flags.get("engine", "pg"),
        "num_nodes": session.flags.get("num-nodes", 1),
        "region": session.flags.get("region", "nyc1"),
        "size": session.flags.get("size", "db-s-1vcpu-1gb"),
    }
    if version := session.flags.get("version"):
        wanted["version"] = version
    if tags := session.flags.get("tag"):
        wanted["tags"] = tags
    if source := session.flags.get("restore-from-cluster-name"):
        wanted["backup_restore"] = {"database_name": source} | _moment(session)
    _create(session, wanted, "creation", "created")


def _moment(session: Session) -> dict[str, Any]:
    text = session.flags.get("restore-from-timestamp", "")
    if not text:
        return {}
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise Failure("Invalid format for --restore-from-timestamp. Must be in UTC format: 2006-01-02 15:04:05 +0000 UTC")
    return {"backup_created_at": f"{found[1]}T{found[2]}Z"}


def _create(session: Session, wanted: dict[str, Any], doing: str, done: str) -> None:
    database = session.client.call("POST", "/v2/databases", wanted)["database"]
    if session.flags.get("wait"):
        session.notice(f"Database {doing} is in progress, waiting for database to be online")
        if not session.wait(lambda: _get(session, database["id"])["status"] == "online"):
            raise several("database couldn't enter the `online` state: timeout waiting for database")
        database = _get(session, database["id"])
    session.notice(f"Database {done}")
    session.show(DATABASES, [database])


def delete(session: Session) -> None:
    id = session.arguments(1)[0]
    session.confirm("Are you sure you want to delete this database cluster?")
    session.client.call("DELETE", f"/v2/databases/{id}")


def resize(session: Session) -> None:
    id = session.arguments(1)[0]
    wanted = {"size": session.required("size"), "num_nodes": session.flags.get("num-nodes")}
    if wanted["num_nodes"] is None:
        session.required("num-nodes")
    session.client.call("PUT", f"/v2/databases/{id}/resize", wanted)
    if session.flags.get("wait") and not session.wait(lambda: _get(session, id)["status"] == "online"):
        raise several("database couldn't enter the `online` state: timeout waiting for database")


def configure(session: Session) -> None:
    import json

    id = session.arguments(1)[0]
    session.required("engine")
    try:
        config = json.loads(session.required("config-json"))
    except ValueError as error:
        raise Failure(str(error)) from None
    session.client.call("PATCH", f"/v2/databases/{id}/config", {"config": config})


def list_rules(session: Session) -> None:
    id = session.arguments(1)[0]
    session.show(RULES, session.client.get(f"/v2/databases/{id}/firewall")["rules"])


def append_rule(session: Session) -> None:
    id, (kind, _, value) = session.arguments(1)[0], session.required("rule").partition(":")
    if not value:
        raise Failure(f"Unexpected input value [{kind}], must be a type:value pair")
    rules = [*session.client.get(f"/v2/databases/{id}/firewall")["rules"], {"type": kind, "value": value}]
    session.client.call("PUT", f"/v2/databases/{id}/firewall", {"rules": rules})
    list_rules(session)


def list_cdns(session: Session) -> None:
    session.show(CDNS, session.client.all("/v2/cdn/endpoints", "endpoints"))


def get_registry(session: Session) -> None:
    session.show(REGISTRY, [session.client.get("/v2/registry")["registry"]])


def list_tags(session: Session) -> None:
    repository = session.arguments(1)[0]
    registry = session.flags.get("registry") or session.client.get("/v2/registry")["registry"]["name"]
    session.show(TAGS, session.client.all(f"/v2/registry/{registry}/repositories/{repository}/tags", "tags"))


def get_account(session: Session) -> None:
    from pymerp_lab.doctl.display import go_json

    account = session.client.get("/v2/account")["account"]
    if session.flags.get("output") == "json":
        session.write(go_json(account))
        return
    session.show(ACCOUNT, [account])


COMMANDS = {
    "databases list": list_databases,
    "databases get": get,
    "databases backups": backups,
    "databases connection": connection,
    "databases fork": fork,
    "databases create": create,
    "databases delete": delete,
    "databases resize": resize,
    "databases configuration update": configure,
    "databases firewalls list": list_rules,
    "databases firewalls append": append_rule,
    "compute cdn list": list_cdns,
    "registry get": get_registry,
    "registry repository list-tags": list_tags,
    "account get": get_account,
}
