"""Output: tables with the columns that were asked for, JSON as Go writes it."""

from __future__ import annotations

import json

from pymerp_lab.doctl.problems import Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

GAP = 4
UNSET_TIME = "0001-01-01T00:00:00Z"


class Table:
    """Column names with their headings, in order, and how to read each from an item."""

    def __init__(self, headings: dict[str, str], read: Callable[[dict[str, Any]], dict[str, Any]], newline: bool = True) -> None:
        self.headings, self.read = headings, read
        self.newline = newline
        """Whether the JSON of it ends with a line break; doctl has both ways."""

    def show(self, items: list[Any], flags: dict[str, Any]) -> str:
        """Raises Failure for an unknown output type, and for an unknown column unless `--no-header` hides it."""
        kind = flags.get("output", "text")
        if kind == "json":
            return go_json(items) + ("\n" if self.newline else "")
        if kind != "text":
            raise Failure("unknown output type")
        columns = [name for name in "".join(flags.get("format", "").split()).split(",") if name] or list(self.headings)
        rows: list[Any] = []
        if not flags.get("no-header"):
            for column in columns:
                if column not in self.headings:
                    raise Failure(f'unknown column "{column}"')
            rows.append([self.headings[column] for column in columns])
        for item in items:
            cells = self.read(item)
            rows.append([cell(cells.get(column)) for column in columns])
        return "".join(f"{line}\n" for line in _align(rows))


def _align(rows: list[Any]) -> list[Any]:
    """Columns four spaces apart; the last one is not padded."""
    if not rows:
        return []
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    return [(" " * GAP).join([*(text.ljust(width) for text, width in zip(row[:-1], widths, strict=False)), row[-1]]) for row in rows]


def cell(value: object) -> str:
    """A value as Go's `fmt` prints it; what a table does not know is `<nil>`."""
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:f}"
    if isinstance(value, list):
        return "[" + " ".join(cell(item) for item in value) + "]"
    return str(value)


def moment(text: object) -> str:
    """`2026-01-03T06:04:00Z` as a Go time prints itself."""
    text = str(text or UNSET_TIME)
    return text.replace("T", " ").replace("Z", " +0000 UTC")


def go_json(value: object) -> str:
    """Indented by two; `<`, `>` and `&` are escaped, other letters are not."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def errors_json(detail: str) -> str:
    text = json.dumps({"errors": [{"detail": detail}]}, separators=(",", ":"), ensure_ascii=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


# Apps


def app_cells(app: dict[str, Any]) -> dict[str, Any]:
    return {
        "ID": app.get("id", ""),
        "Spec.Name": app.get("spec", {}).get("name", ""),
        "DefaultIngress": app.get("default_ingress", ""),
        "ActiveDeployment.ID": app.get("active_deployment", {}).get("id", ""),
        "InProgressDeployment.ID": app.get("in_progress_deployment", {}).get("id", ""),
        "Created": moment(app.get("created_at")),
        "Updated": moment(app.get("updated_at")),
    }


def deployment_cells(deployment: dict[str, Any]) -> dict[str, Any]:
    progress = deployment.get("progress", {})
    text = f"{progress.get('success_steps', 0)}/{progress.get('total_steps', 0)}"
    if progress.get("error_steps"):
        text += f" (errors: {progress['error_steps']})"
    return {
        "ID": deployment.get("id", ""),
        "Cause": deployment.get("cause", ""),
        "Progress": text,
        "Phase": deployment.get("phase", ""),
        "Created": moment(deployment.get("created_at")),
        "Updated": moment(deployment.get("updated_at")),
    }


def proposal_cells(answer: dict[str, Any]) -> dict[str, Any]:
    yes = {True: "yes", False: "no"}
    return {
        "AppNameAvailable": yes[bool(answer.get("app_name_available"))],
        "AppNameSuggestion": answer.get("app_name_suggestion"),
        "AppIsStatic": yes[bool(answer.get("app_is_static"))],
        "StaticApps": f"{answer.get('existing_static_apps', 0)} of {answer.get('max_free_static_apps', 0)} free",
        "AppCost": f"{answer.get('app_cost', 0):.2f}",
        "AppTierUpgradeCost": f"{answer['app_tier_upgrade_cost']:.2f}" if answer.get("app_tier_upgrade_cost") else "n/a",
        "AppTierDowngradeCost": f"{answer['app_tier_downgrade_cost']:.2f}" if answer.get("app_tier_downgrade_cost") else "n/a",
    }


def database_cells(database: dict[str, Any]) -> dict[str, Any]:
    return {
        "ID": database.get("id", ""),
        "Name": database.get("name", ""),
        "Engine": database.get("engine", ""),
        "Version": database.get("version", ""),
        "NumNodes": database.get("num_nodes", 0),
        "Region": database.get("region", ""),
        "Status": database.get("status", ""),
        "Size": database.get("size", ""),
        "URI": database.get("connection", {}).get("uri", ""),
        "Created": moment(database.get("created_at")),
        "StorageMib": database.get("storage_size_mib", 0),
    }


APPS = Table(
    {
        "ID": "ID",
        "Spec.Name": "Spec Name",
        "DefaultIngress": "Default Ingress",
        "ActiveDeployment.ID": "Active Deployment ID",
        "InProgressDeployment.ID": "In Progress Deployment ID",
        "Created": "Created At",
        "Updated": "Updated At",
    },
    app_cells,
)
DEPLOYMENTS = Table(
    {"ID": "ID", "Cause": "Cause", "Progress": "Progress", "Phase": "Phase", "Created": "Created At", "Updated": "Updated At"},
    deployment_cells,
)
PROPOSAL = {
    "AppNameAvailable": "App Name Available?",
    "AppNameSuggestion": "Suggested App Name",
    "AppIsStatic": "Is Static?",
    "StaticApps": "Static App Usage",
    "AppCost": "$/month",
    "AppTierUpgradeCost": "$/month on higher tier",
    "AppTierDowngradeCost": "$/month on lower tier",
}
_SHORT = {
    "ID": "ID",
    "Name": "Name",
    "Engine": "Engine",
    "Version": "Version",
    "NumNodes": "Number of Nodes",
    "Region": "Region",
    "Status": "Status",
    "Size": "Size",
}
# The list has fewer columns than `get`, though its help names them all.
DATABASE_LIST = Table(_SHORT | {"StorageMib": "Storage (MiB)"}, database_cells, newline=False)
DATABASES = Table(_SHORT | {"URI": "URI", "Created": "Created At", "StorageMib": "Storage (MiB)"}, database_cells, newline=False)
BACKUPS = Table(
    {"Size": "Size in Gigabytes", "Created": "Created At"},
    lambda item: {"Size": float(item.get("size_gigabytes", 0)), "Created": moment(item.get("created_at"))},
    newline=False,
)
SIZES = Table(
    {"Name": "Name", "Slug": "Slug", "CPUs": "CPUs", "Memory": "Memory", "Price": "$/month"},
    lambda item: {
        "Name": item["name"],
        "Slug": item["slug"],
        "CPUs": item["cpus"],
        "Memory": item["memory_bytes"],
        "Price": item["usd_per_month"],
    },
)
TAGS = Table(
    {"Tag": "Tag", "CompressedSizeBytes": "Compressed Size", "UpdatedAt": "Updated At", "ManifestDigest": "Manifest Digest"},
    lambda item: {
        "Tag": item["tag"],
        "CompressedSizeBytes": item["compressed_size_bytes"],
        "UpdatedAt": moment(item["updated_at"]),
        "ManifestDigest": item["manifest_digest"],
    },
    newline=False,
)
RULES = Table(
    {"UUID": "UUID", "ClusterUUID": "ClusterUUID", "Type": "Type", "Value": "Value"},
    lambda item: {"UUID": item["uuid"], "ClusterUUID": item["cluster_uuid"], "Type": item["type"], "Value": item["value"]},
    newline=False,
)
CDNS = Table(
    {name: name for name in ("ID", "Origin", "Endpoint", "TTL", "CustomDomain", "CertificateID", "CreatedAt")},
    lambda item: {
        "ID": item.get("id", ""),
        "Origin": item.get("origin", ""),
        "Endpoint": item.get("endpoint", ""),
        "TTL": item.get("ttl", 0),
        "CustomDomain": item.get("custom_domain", ""),
        "CertificateID": item.get("certificate_id", ""),
        "CreatedAt": moment(item.get("created_at")),
    },
    newline=False,
)
REGISTRY = Table(
    {"Name": "Name", "Endpoint": "Endpoint", "Region": "Region slug"},
    lambda item: {
        "Name": item.get("name", ""),
        "Endpoint": f"registry.digitalocean.com/{item.get('name', '')}",
        "Region": item.get("region", ""),
    },
    newline=False,
)
ACCOUNT = Table(
    {
        "Email": "User Email",
        "Team": "Team",
        "DropletLimit": "Droplet Limit",
        "EmailVerified": "Email Verified",
        "UUID": "User UUID",
        "Status": "Status",
    },
    lambda item: {
        "Email": item.get("email", ""),
        "Team": item.get("team", {}).get("name", ""),
        "DropletLimit": item.get("droplet_limit", 0),
        "EmailVerified": item.get("email_verified", False),
        "UUID": item.get("uuid", ""),
        "Status": item.get("status", ""),
    },
    newline=False,
)
