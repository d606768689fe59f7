"""Texts and data of the author with what is known filled in."""

from __future__ import annotations

from ..base.diagnostics import Problems
from ..expr.expression import Template
from ..expr.template import parse_template
from ..expr.values import EvalError
from .holes import NOW
from .shown import word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..expr.values import Value
    from ..machine.turn import Frame


def text_value(template: Template | None, frame: Frame) -> Value:
    """A text for people; what can't be made is shown as written, as the machine does."""
    if template is None:
        return ""
    try:
        return template.evaluate(frame, NOW)
    except EvalError:
        return template.text


def data_value(data: object, frame: Frame) -> Value:
    """A template, a constant, or nested data of those; raises EvalError."""
    if isinstance(data, Template):
        return data.evaluate(frame, NOW)
    if isinstance(data, dict):
        return {key: data_value(item, frame) for key, item in data.items()}
    if isinstance(data, (list, tuple)):
        return [data_value(item, frame) for item in data]
    return data


def filled(text: str, frame: Frame) -> str:
    """A surface's own text, which holds the author's `${…}`, with what is known put in."""
    if "${" not in text:
        return text
    template = parse_template(text, None, Problems())
    return text if template is None else word(text_value(template, frame))
