"""App specs as doctl reads them: YAML or JSON, unknown keys refused before anything is sent."""

from __future__ import annotations

import json
import sys

from pymerp_lab.doctl.problems import Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ENV = {"key": None, "value": None, "scope": None, "type": None}
_IMAGE = dict.fromkeys(("registry_type", "registry", "repository", "tag", "digest", "registry_credentials", "deploy_on_push"))
_IMAGE["deploy_on_push"] = {"enabled": None}
_GIT = {"repo_clone_url": None, "branch": None}
_HUB = {"repo": None, "branch": None, "deploy_on_push": None}
_ALERT = {
    "rule": None,
    "disabled": None,
    "operator": None,
    "value": None,
    "window": None,
    "destinations": {"emails": None, "slack_webhooks": {"url": None, "channel": None}},
}
_CHECK = dict.fromkeys(
    ("path", "http_path", "port", "initial_delay_seconds", "period_seconds", "timeout_seconds", "success_threshold", "failure_threshold")
)
_CORS_KEYS = ("allow_origins", "allow_methods", "allow_headers", "expose_headers", "max_age", "allow_credentials")
_ROUTE = {"path": None, "preserve_path_prefix": None}
_SOURCE = {
    "name": None,
    "git": _GIT,
    "github": _HUB,
    "gitlab": _HUB,
    "bitbucket": _HUB,
    "image": _IMAGE,
    "dockerfile_path": None,
    "build_command": None,
    "run_command": None,
    "source_dir": None,
    "environment_slug": None,
    "envs": _ENV,
    "log_destinations": None,
}
_SIZED = {
    "instance_size_slug": None,
    "instance_count": None,
    "autoscaling": {"min_instance_count": None, "max_instance_count": None, "metrics": {"cpu": {"percent": None}}},
    "alerts": _ALERT,
    "termination": {"grace_period_seconds": None, "drain_seconds": None},
}
_SERVICE = (
    _SOURCE
    | _SIZED
    | {
        "http_port": None,
        "protocol": None,
        "internal_ports": None,
        "health_check": _CHECK,
        "liveness_health_check": _CHECK,
        "cors": dict.fromkeys(_CORS_KEYS),
        "routes": _ROUTE,
        "inactivity_sleep": None,
    }
)
_SITE = _SOURCE | dict.fromkeys(("index_document", "error_document", "catchall_document", "output_dir", "cors", "routes"))
SPEC = {
    "name": None,
    "services": _SERVICE,
    "workers": _SOURCE | _SIZED | {"liveness_health_check": _CHECK},
    "jobs": _SOURCE | _SIZED | {"kind": None, "schedule": None},
    "static_sites": _SITE,
    "functions": _SOURCE | {"alerts": _ALERT, "cors": None, "routes": _ROUTE},
    "databases": dict.fromkeys(("name", "engine", "version", "size", "num_nodes", "production", "cluster_name", "db_name", "db_user")),
    "domains": dict.fromkeys(("domain", "type", "wildcard", "zone", "certificate", "minimum_tls_version")),
    "region": None,
    "envs": _ENV,
    "alerts": _ALERT,
    "ingress": None,
    "egress": {"type": None},
    "features": None,
    "maintenance": {"enabled": None, "archive": None, "offline_page_url": None},
    "vpc": {"id": None, "egress_ips": None},
    "disable_edge_cache": None,
    "disable_email_obfuscation": None,
    "enhanced_threat_control_enabled": None,
}
"""The keys of an app spec; None stands for a value that is not looked into."""


def read_spec(path: str) -> dict[str, Any]:
    """The spec in a file, or on stdin for `-`. Raises Failure."""
    if path == "-":
        text = sys.stdin.read()
    else:
        try:
            with open(path, encoding="utf-8") as stream:
                text = stream.read()
        except FileNotFoundError:
            raise Failure(f"opening app spec: {path} does not exist") from None
        except OSError as error:
            raise Failure(f"opening app spec: {error}") from None
    spec = _load(text)
    if not isinstance(spec, dict):
        raise Failure("parsing app spec: json: cannot unmarshal into Go value of type godo.AppSpec")
    unknown = _unknown(spec, SPEC)
    if unknown:
        raise Failure(f'parsing app spec: json: unknown field "{unknown}"')
    return spec


def _load(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        yaml = _yaml()
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise Failure(f"parsing app spec: error converting YAML to JSON: {error}") from None


def _unknown(value: object, known: dict[str, Any] | None) -> str | None:
    """The first key that no spec has, or None."""
    if known is None:
        return None
    if isinstance(value, list):
        return next((found for item in value if (found := _unknown(item, known))), None)
    if not isinstance(value, dict):
        return None
    for key, item in value.items():
        if key not in known:
            return str(key)
        if found := _unknown(item, known[key]):
            return found
    return None


def dump(spec: dict[str, Any], kind: str) -> str:
    if kind == "json":
        from pymerp_lab.doctl.display import go_json

        return go_json(spec) + "\n"
    if kind == "yaml":
        return str(_yaml().safe_dump(spec, default_flow_style=False, allow_unicode=True))
    raise Failure(f'invalid spec format "{kind}", must be one of: json, yaml')


def _yaml() -> Any:
    """PyYAML, which lives in the site packages that this program does without until it needs them."""
    import site

    site.main()
    try:
        import yaml
    except ImportError:
        raise Failure("this stand-in needs PyYAML to read or write a spec as YAML; JSON works without") from None
    return yaml
