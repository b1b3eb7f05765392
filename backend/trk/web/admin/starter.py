"""The few questions for a new campaign, asked at setup and later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trk.core.mistakes import DraftError, advice
from trk.core.starter import TEMPLATES, Starter, starter
from trk.core.zones import places
from trk.settings import Settings


def starter_in(form: Mapping[str, str], settings: Settings) -> Starter | dict[str, str]:
    """The starter for the form's `template`, `name` and `timezone`, or what is wrong with them.

    Where mails can be sent, a new campaign counts only confirmed e-mails.
    """
    template = form.get("template", "")
    if template not in TEMPLATES:
        return {"template": "Choose one of these."}
    name, timezone = form.get("name", "").strip(), form.get("timezone", "").strip()
    made = starter(template, name, timezone, confirmed_only=settings.sends_mails)
    try:
        made.campaign.check()
    except DraftError as mistake:
        return advice(mistake.mistakes)
    return made


def choices() -> dict[str, Any]:
    """The choices that the form offers."""
    return {"templates": TEMPLATES, "zones": places()}
