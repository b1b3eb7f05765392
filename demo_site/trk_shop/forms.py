"""Reads the shop's forms: what was entered, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from starlette.requests import Request

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")


class FormField(NamedTuple):
    """One field of a form; with `choices` (value and label), one of them must be chosen."""

    name: str
    label: str
    mistake: str
    kind: str = "text"
    autocomplete: str = "off"
    choices: tuple[tuple[str, str], ...] = ()

    def accepts(self, value: str) -> bool:
        """Is `value` valid?"""
        if self.choices:
            return value in dict(self.choices)
        if self.kind == "email":
            return len(value) <= 200 and _EMAIL.fullmatch(value) is not None
        return 1 <= len(value) <= 200 and value.isprintable()


NAME = FormField("name", "Name", "Enter your name, with at most 200 characters.", "text", "name")
EMAIL = FormField(
    "email", "E-mail", "Enter an e-mail address such as name@example.org.", "email", "email"
)
ADDRESS = FormField(
    "address", "Street and town", "Enter a delivery address.", "text", "street-address"
)


async def read(
    request: Request, fields: Sequence[FormField]
) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """What was entered in each field, and the message for each invalid one; nothing for a GET."""
    if request.method != "POST":
        return {}, {}
    form = await request.form()
    typed = {field.name: str(form.get(field.name, "")).strip()[:1000] for field in fields}
    return typed, {f.name: f.mistake for f in fields if not f.accepts(typed[f.name])}
