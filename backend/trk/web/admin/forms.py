"""What the forms of a campaign, an action and a prize hold: as text, and as drafts and back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from trk.core.campaign import Action, Campaign, Frequency, Kind, TabPosition, Verification
from trk.core.drafts import ActionDraft, CampaignDraft, PrizeDraft
from trk.core.mistakes import advice
from trk.core.reward import RewardKind

Typed = dict[str, str]
"""A form's fields as they were typed; a box that is ticked is `on`, one that is not is absent."""

_WHOLE = re.compile(r"[+-]?[0-9]{1,9}")


def typed_campaign(campaign: Campaign) -> Typed:
    """The form of a campaign as it is stored."""
    return {
        "name": campaign.name,
        "kind": campaign.kind,
        "description": campaign.description,
        "timezone": campaign.timezone,
        "starts_at": _local(campaign.starts_at, campaign.timezone),
        "ends_at": _local(campaign.ends_at, campaign.timezone),
        "accent": campaign.accent,
        "terms": campaign.terms,
        "allowed_origins": "\n".join(campaign.allowed_origins),
        "reward_kind": campaign.reward_kind,
        "reward_value": campaign.reward_value,
        "reward_note": campaign.reward_note,
        "reward_after": str(campaign.reward_after),
        "tab_text": campaign.tab_text,
        "tab_position": campaign.tab_position,
        **_ticks(campaign, "show_entries", "ask_consent", "honour_gpc"),
    }


def campaign_draft(form: Mapping[str, str], stored: Campaign) -> tuple[CampaignDraft, Typed]:
    """The form as a draft, and a sentence for each field that is wrong."""
    read = _Reading(form)
    zone = read.text("timezone")
    draft = CampaignDraft(
        name=read.text("name"),
        key=stored.key,
        kind=read.choice("kind", get_args(Kind)),
        description=form.get("description", ""),
        timezone=zone,
        starts_at=read.instant("starts_at", zone, stored.starts_at, stored.timezone),
        ends_at=read.instant("ends_at", zone, stored.ends_at, stored.timezone),
        show_entries="show_entries" in form,
        ask_consent="ask_consent" in form,
        honour_gpc="honour_gpc" in form,
        accent=read.text("accent"),
        terms=form.get("terms", ""),
        # Who copies an address from the browser copies its slash as well.
        allowed_origins=[each.rstrip("/") for each in form.get("allowed_origins", "").split()],
        reward_kind=read.choice("reward_kind", get_args(RewardKind)),
        reward_value=read.text("reward_value"),
        reward_note=form.get("reward_note", ""),
        reward_after=read.whole("reward_after", 1),
        tab_text=read.text("tab_text"),
        tab_position=read.choice("tab_position", get_args(TabPosition)),
    )
    return draft, {**advice(draft.mistakes()), **read.mistakes}


def typed_action(action: Action) -> Typed:
    """The form of an action as it is stored."""
    return {
        "title": action.title,
        "tracking_name": action.tracking_name,
        "url": action.url,
        "description": action.description,
        "worth": str(action.worth),
        "frequency": action.frequency,
        "verification": action.verification,
        "question": action.question,
        "answer_pattern": action.answer_pattern,
        **_ticks(action, "unique_value", "signed"),
    }


def action_draft(form: Mapping[str, str]) -> tuple[ActionDraft, Typed]:
    """The form as a draft, and a sentence for each field that is wrong."""
    read = _Reading(form)
    draft = ActionDraft(
        title=read.text("title"),
        tracking_name=read.text("tracking_name"),
        url=read.text("url"),
        description=form.get("description", ""),
        worth=read.whole("worth", 1),
        frequency=read.choice("frequency", get_args(Frequency)),
        verification=read.choice("verification", get_args(Verification)),
        question=read.text("question"),
        answer_pattern=form.get("answer_pattern", ""),
        unique_value="unique_value" in form,
        signed="signed" in form,
    )
    return draft, {**advice(draft.mistakes()), **read.mistakes}


def prize_draft(form: Mapping[str, str]) -> tuple[PrizeDraft, Typed]:
    """The form as a draft, and a sentence for each field that is wrong."""
    read = _Reading(form)
    draft = PrizeDraft(read.text("title"), form.get("description", ""), read.whole("winners", 1))
    return draft, {**advice(draft.mistakes()), **read.mistakes}


def differences(typed: Mapping[str, str], stored: Mapping[str, str]) -> Typed:
    """What is stored where a form has something else."""
    return {
        field: "yes" if value == "on" else value
        for field, value in {**dict.fromkeys(typed, ""), **stored}.items()
        if typed.get(field, "").strip() != value.strip() and field != "version"
    }


def version_of(form: Mapping[str, str]) -> int | None:
    """The version from which a form was filled in; None where it does not say."""
    text = form.get("version", "")
    return int(text) if _WHOLE.fullmatch(text) else None


class _Reading:
    """Reads fields, and notes what can't be read; a field that can't gets what does no harm."""

    def __init__(self, form: Mapping[str, str]) -> None:
        self._form = form
        self.mistakes: Typed = {}

    def text(self, field: str) -> str:
        return self._form.get(field, "").strip()

    def choice(self, field: str, choices: Sequence[Any]) -> Any:
        given = self._form.get(field)
        if given in choices:
            return given
        self.mistakes[field] = "Please choose one of these."
        return choices[0]

    def whole(self, field: str, otherwise: int) -> int:
        text = self.text(field)
        if _WHOLE.fullmatch(text):
            return int(text)
        self.mistakes[field] = "Please give a whole number."
        return otherwise

    def instant(
        self, field: str, timezone: str, stored: int | None, stored_zone: str
    ) -> datetime | None:
        """A local time. One that was not touched stays what it is to the millisecond, and in the
        hour that clocks repeat."""
        text = self.text(field)
        if not text:
            return None
        if stored is not None and timezone == stored_zone and text == _local(stored, stored_zone):
            return datetime.fromtimestamp(stored / 1000, UTC)
        try:
            local = datetime.fromisoformat(text)
        except ValueError:
            self.mistakes[field] = "Please give a day and a time, such as 2026-12-24T18:00."
            return None
        try:
            zone = ZoneInfo(timezone)
        except (ValueError, OSError, ZoneInfoNotFoundError):
            return None  # the zone's mistake is told
        try:
            instant = (local if local.tzinfo else local.replace(tzinfo=zone)).astimezone(UTC)
            there = instant.astimezone(zone).replace(tzinfo=None)
        except OverflowError:
            self.mistakes[field] = "Please give a year from 1971 to 2499."
            return None
        if local.tzinfo is None and there != local:
            self.mistakes[field] = (
                f"Clocks in {timezone} are put forward then: this time does not exist. Please give "
                "an earlier or a later one."
            )
        return instant


def _local(instant: int | None, timezone: str) -> str:
    """`instant` (ms) as a field for local times has it, in this zone."""
    if instant is None:
        return ""
    return datetime.fromtimestamp(instant / 1000, ZoneInfo(timezone)).strftime("%Y-%m-%dT%H:%M")


def _ticks(thing: object, *fields: str) -> Typed:
    return {field: "on" for field in fields if getattr(thing, field)}
