"""A runbook's flow as Mermaid text, from the same plain steps as the drawing (`api/library_docs.py` lists their keys)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    Step = dict[str, Any]
    Ends = list[tuple[str, str]]  # (node, label of the line that leaves it)

_SHAPES = {
    "ask": ("[/", "/]"),
    "choose": ("{{", "}}"),
    "call": ("[[", "]]"),
    "stop": ("([", "])"),
    "escalate": (">", "]"),
    "wait": ("(", ")"),
    "set": ("(", ")"),
}


def mermaid(page: Step) -> str:
    """The text of a flowchart; renders without anything but Mermaid itself."""
    writer = _Writer()
    writer.line('start(["start"])')
    ends = writer.sequence(page["steps"], [("start", "")])
    writer.line(f'finish(["{_label(page["success"] or "done")}"])')
    writer.join(ends, "finish")
    if page["on_failure"]:
        writer.line('subgraph failure ["on failure"]')
        writer.sequence(page["on_failure"], [])
        writer.line("end")
    for name, style in (
        ("read", "fill:#e8f1fa,stroke:#4a7fb5,color:#1c2430"),
        ("change", "fill:#e6f4ea,stroke:#2e7d4f,color:#1c2430"),
        ("destroy", "fill:#fdeceb,stroke:#b3261e,color:#1c2430"),
    ):
        writer.line(f"classDef {name} {style}")
    return "flowchart TD\n" + "".join(f"  {line}\n" for line in writer.lines)


def _label(text: str) -> str:
    """Text for a quoted label: Mermaid's entities for what would end it or be read as markup."""
    text = " ".join(text.split())
    text = text if len(text) <= 80 else f"{text[:79]}…"
    return "".join(
        {'"': "#quot;", "#": "#35;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "`": "#96;", ";": "#59;"}.get(char, char) for char in text
    )


class _Writer:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.count = 0

    def line(self, text: str) -> None:
        self.lines.append(text)

    def node(self, label: str, shape: str = "", effect: str = "") -> str:
        self.count += 1
        name = f"n{self.count}"
        left, right = _SHAPES.get(shape, ("[", "]"))
        self.line(f'{name}{left}"{_label(label)}"{right}{f":::{effect}" if effect else ""}')
        return name

    def join(self, ends: Ends, to: str) -> None:
        for name, label in ends:
            self.line(f'{name} -->|"{_label(label)}"| {to}' if label else f"{name} --> {to}")

    def sequence(self, steps: Sequence[Step], ends: Ends) -> Ends:
        for step in steps:
            ends = self.step(step, ends)
        return ends

    def step(self, step: Step, ends: Ends) -> Ends:
        label = step["title"] or step["id"]
        kind = step["kind"]
        if kind == "choose":
            node = self.node(label, "choose")
            self.join(ends, node)
            return [end for arm in step["arms"] for end in self.sequence(arm["steps"], [(node, arm["label"])])]
        if kind == "parallel":
            node, joined = self.node(f"{label}: side by side"), self.node("all through")
            self.join(ends, node)
            for branch in step["arms"]:
                self.join(self.sequence(branch["steps"], [(node, branch["label"])]), joined)
            return [(joined, "")]
        if kind in ("loop", "try"):
            return self.frame(step, label, ends)
        text = f"{label} (if {step['when']})" if step["when"] else label
        node = self.node(text, kind, step["effect"] if kind == "act" else "")
        self.join(ends, node)
        return [] if kind == "stop" and not step["when"] else [(node, "else" if kind == "stop" else "")]

    def frame(self, step: Step, label: str, ends: Ends) -> Ends:
        self.count += 1
        self.line(f'subgraph f{self.count} ["{_label(label if step["kind"] == "try" else step["label"])}"]')
        entry = self.node(label, "wait")
        inner = self.sequence(step["steps"], [(entry, "")])
        self.line("end")
        self.join(ends, entry)
        if step.get("rescue"):
            inner = [*inner, *self.sequence(step["rescue"], [(entry, "on failure")])]
        return self.sequence(step.get("always") or [], inner)
