"""The mistakes in a form that was sent, and its fields as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FormErrors:
    """What a form shows again: a sentence for each field with a mistake, and what was typed."""

    at: Mapping[str, str]
    typed: Mapping[str, str]
    status_code: int = 400


def text(field: object) -> str:
    """A form's field as stripped text, empty if it is missing."""
    return field.strip() if isinstance(field, str) else ""
