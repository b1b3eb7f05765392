"""What is wrong with a form that was sent, and its fields as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FormErrors:
    """Why a form was not accepted: a sentence per field, and what was typed into each."""

    at: Mapping[str, str]
    typed: Mapping[str, str]
    status_code: int = 400


def text(field: object) -> str:
    """A form's field as text; what is not there is empty."""
    return field.strip() if isinstance(field, str) else ""
