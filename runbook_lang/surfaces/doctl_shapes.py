"""The JSON that doctl prints, as far as it is known. A count of zero is left out by doctl, so counts are optional."""

from __future__ import annotations

from ..expr.types import BOOL, DOUBLE, DYN, INT, STRING, ListType, RecordType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..expr.types import Type


def _record(name: str, fields: Mapping[str, Type], optional: Mapping[str, Type] | None = None) -> RecordType:
    extra = optional or {}
    return RecordType(name, {**fields, **extra}, frozenset(extra), open=True)


_STEP = _record("deployment step", {"name": STRING, "status": STRING})
_PROGRESS = _record(
    "deployment progress",
    {},
    {
        **dict.fromkeys(("success_steps", "error_steps", "pending_steps", "running_steps", "total_steps"), INT),
        "steps": ListType(_STEP),
    },
)
_ENV = _record("environment variable", {"key": STRING}, {"value": STRING, "scope": STRING, "type": STRING})
_SERVICE = _record("app service", {"name": STRING}, {"envs": ListType(_ENV), "instance_size_slug": STRING, "instance_count": INT})
_DOMAIN_SPEC = _record("domain of a spec", {"domain": STRING}, {"type": STRING})
_SPEC = _record(
    "app spec",
    {"name": STRING},
    {"services": ListType(_SERVICE), "domains": ListType(_DOMAIN_SPEC), "region": STRING, "envs": ListType(_ENV)},
)
_DEPLOYMENT = _record(
    "deployment",
    {"id": STRING, "phase": STRING},
    {
        "progress": _PROGRESS,
        "spec": _SPEC,
        "phase_last_updated_at": STRING,
        "created_at": STRING,
        "updated_at": STRING,
        "cause": STRING,
        "previous_deployment_id": STRING,
        "cause_details": _record("cause of a deployment", {}, {"type": STRING}),
    },
)
_DOMAIN = _record("app domain", {}, {"id": STRING, "spec": _DOMAIN_SPEC, "phase": STRING})
_APP = _record(
    "app",
    {"id": STRING, "spec": _SPEC, "created_at": STRING, "updated_at": STRING},
    {
        "owner_uuid": STRING,
        "default_ingress": STRING,
        "live_url": STRING,
        "active_deployment": _DEPLOYMENT,
        "in_progress_deployment": _DEPLOYMENT,
        "pending_deployment": _DEPLOYMENT,
        "pinned_deployment": _DEPLOYMENT,
        "domains": ListType(_DOMAIN),
    },
)
_CONNECTION = _record(
    "database connection",
    {},
    {"uri": STRING, "database": STRING, "host": STRING, "port": INT, "user": STRING, "password": STRING, "ssl": BOOL},
)
_USER = _record("database user", {"name": STRING}, {"role": STRING, "password": STRING})
_DATABASE = _record(
    "database cluster",
    {"id": STRING, "name": STRING, "engine": STRING, "status": STRING},
    {
        "version": STRING,
        "connection": _CONNECTION,
        "private_connection": _CONNECTION,
        "standby_connection": _CONNECTION,
        "standby_private_connection": _CONNECTION,
        "users": ListType(_USER),
        "num_nodes": INT,
        "size": STRING,
        "region": STRING,
        "maintenance_window": _record("maintenance window", {}, {"day": STRING, "hour": STRING, "pending": BOOL, "description": DYN}),
        "created_at": STRING,
        "db_names": ListType(STRING),
        "tags": ListType(STRING),
        "private_network_uuid": STRING,
    },
)
_BACKUP = _record("database backup", {"created_at": STRING}, {"size_gigabytes": DOUBLE})
_CDN = _record(
    "CDN endpoint",
    {"id": STRING, "origin": STRING, "endpoint": STRING},
    {"created_at": STRING, "ttl": INT, "custom_domain": STRING, "certificate_id": STRING},
)

SHAPES: Mapping[str, Type] = {
    "apps": ListType(_APP),
    "deployments": ListType(_DEPLOYMENT),
    "databases": ListType(_DATABASE),
    "backups": ListType(_BACKUP),
    "cdns": ListType(_CDN),
}
"""Keys are the `shape` of a command in data/doctl.json. `get -o json` prints a list of one, as `list` does."""


def result_type(json: Type | None) -> RecordType:
    """The result of a doctl step; without a `json` field for a command that prints text."""
    fields: dict[str, Type] = {"exit": INT, "stdout": STRING, "stderr": STRING, "lines": ListType(STRING)}
    if json is not None:
        fields["json"] = json
    return RecordType("doctl result", fields)
