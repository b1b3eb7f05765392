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


class Mistaken(Exception):
    """What was typed can't be used: the form is shown again, with these sentences at its fields."""

    def __init__(self, at: Mapping[str, str], status_code: int = 400) -> None:
        super().__init__(*at.values())
        self.at, self.status_code = at, status_code


def text(field: object) -> str:
    """A form's field as stripped text, empty if it is missing."""
    return field.strip() if isinstance(field, str) else ""
