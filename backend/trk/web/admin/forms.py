"""What the forms of a campaign, an action and a prize hold: as text, and as drafts and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from trk.core.campaign import FRIENDS, Action, Campaign
from trk.core.drafts import ActionDraft, CampaignDraft, PrizeDraft
from trk.core.instant import iso, milliseconds, moment, readings
from trk.core.mistakes import Draft, advice
from trk.core.setting import Field, settings_of
from trk.core.zones import is_zone
from trk.web.forms import Mistaken

D = TypeVar("D", bound=Draft)
Typed = dict[str, str]
"""A form's fields as they were typed; a box that is ticked is `on`, one that is not is absent."""

_LAST = 16_725_225_600_000
"""The year 2500, in ms."""
_WHOLE = re.compile(r"[+-]?[0-9]{1,9}")


def typed_campaign(campaign: Campaign) -> Typed:
    """The form of a campaign as it is stored."""
    return _typed(CampaignDraft, campaign, campaign.timezone)


def campaign_draft(form: Mapping[str, str], stored: Campaign) -> tuple[CampaignDraft, Typed]:
    """The form as a draft, and a sentence for each field that is wrong."""
    return _read(CampaignDraft, form, stored, key=stored.key)


def typed_action(action: Action) -> Typed:
    """The form of an action as it is stored."""
    return _typed(ActionDraft, action)


def action_draft(form: Mapping[str, str]) -> tuple[ActionDraft, Typed]:
    """The form as a draft, and a sentence for each field that is wrong. One that was opened before
    there were referrals does not say how many friends count."""
    return _read(ActionDraft, {"friends": str(FRIENDS), **form})


def prize_draft(form: Mapping[str, str]) -> tuple[PrizeDraft, Typed]:
    """The form as a draft, and a sentence for each field that is wrong."""
    return _read(PrizeDraft, form)


def checked(read: tuple[D, Typed]) -> D:
    """The draft that was read from a form; Mistaken if something in it is wrong."""
    draft, mistakes = read
    if mistakes:
        raise Mistaken(mistakes)
    return draft


def _typed(draft: type[Draft], thing: Campaign | Action, timezone: str = "UTC") -> Typed:
    typed = {}
    for setting in settings_of(draft):
        value = getattr(thing, setting.name)
        if setting.kind == "flag":
            if value:
                typed[setting.name] = "on"
        elif setting.kind == "instant":
            typed[setting.name] = _local(value, timezone)
            if value is not None and len(_readings(typed[setting.name], timezone)) == 2:
                typed[_which(setting.name)] = _minute(value)
        elif setting.kind == "words" and setting.choices:
            first, *others = value
            typed |= {setting.name: first, **{_box(setting.name, each): "on" for each in others}}
        else:
            typed[setting.name] = "\n".join(value) if setting.kind == "words" else str(value)
    return typed


def _read(
    draft: type[D], form: Mapping[str, str], stored: Campaign | None = None, **fixed: str
) -> tuple[D, Typed]:
    reading = _Reading(form, stored)
    made = draft(**fixed, **{each.name: reading.value(each) for each in settings_of(draft)})
    return made, {**advice(made.mistakes()), **reading.mistakes}


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

    def __init__(self, form: Mapping[str, str], stored: Campaign | None) -> None:
        self._form, self._stored = form, stored
        self.mistakes: Typed = {}

    def value(self, setting: Field) -> Any:
        """A field as a draft holds it."""
        given = self._form.get(setting.name, "")
        match setting.kind:
            case "flag":
                return setting.name in self._form
            case "number":
                return self._whole(setting, given.strip())
            case "choice":
                return self._choice(setting, given)
            case "instant":
                return self._instant(setting.name, given.strip())
            case "words" if setting.choices:
                return self._several(setting, given)
            case "words":
                return tuple(given.split())
            case "line" | "text":
                return given

    def _choice(self, setting: Field, given: str) -> Any:
        if given in setting.choices:
            return given
        if setting.name not in self._form:  # the form is from before there was this choice
            return getattr(self._stored, setting.name, setting.default)
        self.mistakes[setting.name] = "Choose one of these."
        return setting.choices[0]

    def _several(self, setting: Field, given: str) -> Any:
        """One of the choices, then the others that are ticked beside it."""
        first = self._choice(setting, given)
        if setting.name not in self._form:
            return first  # all that are stored
        ticked = [each for each in setting.choices if _box(setting.name, each) in self._form]
        return tuple(dict.fromkeys([first, *ticked]))

    def _whole(self, setting: Field, given: str) -> Any:
        if _WHOLE.fullmatch(given):
            return int(given)
        self.mistakes[setting.name] = "Enter a whole number."
        return setting.default

    def _instant(self, field: str, text: str) -> datetime | None:
        """A local time. One that was not touched stays what it is to the millisecond, and in the
        hour that clocks repeat."""
        timezone, stored = self._form.get("timezone", "").strip(), self._stored
        chosen = self._form.get(_which(field), "")
        if not text:
            return None
        before: int | None = getattr(stored, field, None)
        if (
            stored is not None
            and before is not None
            and stored.timezone == timezone
            and _local(before, timezone) == text
            and chosen in ("", _minute(before))
        ):
            return moment(before)
        try:
            local = datetime.fromisoformat(text)
        except ValueError:
            self.mistakes[field] = "Enter a date and time, such as 2026-12-24T18:00."
            return None
        if not is_zone(timezone):
            return None  # the zone's mistake is told
        try:
            found = [local] if local.tzinfo else readings(local, ZoneInfo(timezone))
        except OverflowError:
            self.mistakes[field] = "Enter a year from 1971 to 2499."
            return None
        if not found:
            self.mistakes[field] = (
                f"This time doesn’t exist: clocks in {timezone} go forward then. Choose an earlier "
                "or later time."
            )
            return None
        if len(found) == 2:
            found = [each for each in found if _iso(each) == chosen] or found
        if len(found) == 2:
            self.mistakes[field] = (
                f"This time happens twice: clocks in {timezone} go back then. Choose which one you "
                "mean."
            )
        return found[0]


def deadline_in(form: Mapping[str, str], field: str, timezone: str, now: int) -> int:
    """A local time that is still to come, in ms; Mistaken if it is none. Where clocks show it
    twice, the later one is meant."""
    text = form.get(field, "").strip()
    try:
        found = readings(datetime.fromisoformat(text).replace(tzinfo=None), ZoneInfo(timezone))
        instant = milliseconds(found[-1]) or 0
    except (ValueError, OverflowError, IndexError):
        said = "Please give a day and a time, such as 2026-12-24T18:00."
        raise Mistaken({field: said}) from None
    if not now < instant < _LAST:
        raise Mistaken({field: "Please give a time that is still to come."})
    return instant


def later(now: int, timezone: str, days: int) -> str:
    """Six in the evening, so many days later, as a field for local times has it."""
    day = _local(now + days * 24 * 3_600_000, timezone).partition("T")[0]
    return f"{day}T18:00"


def shown_twice(typed: Mapping[str, str]) -> dict[str, list[tuple[str, str]]]:
    """The local times in the form of a campaign that its clocks show twice: for each field the two
    instants to choose from, and what they are called."""
    zone = typed.get("timezone", "").strip()
    found = {}
    for setting in settings_of(CampaignDraft):
        if setting.kind != "instant":
            continue
        both = _readings(typed.get(setting.name, "").strip(), zone)
        if len(both) == 2:
            names = (
                "The first time, before clocks go back",
                "The second time, after clocks go back",
            )
            found[setting.name] = [
                (_iso(each), f"{name} (UTC{each.astimezone(ZoneInfo(zone)).isoformat()[-6:]})")
                for name, each in zip(names, both, strict=True)
            ]
    return found


def _readings(text: str, timezone: str) -> list[datetime]:
    try:
        local = datetime.fromisoformat(text)
        return readings(local, ZoneInfo(timezone)) if local.tzinfo is None else []
    except (ValueError, OSError, OverflowError, ZoneInfoNotFoundError):
        return []


def _which(field: str) -> str:
    """The field that says which of two instants is meant."""
    return f"{field}_instant"


def _box(field: str, choice: str) -> str:
    """The box to tick for one of several choices beside the first."""
    return f"{field}_{choice}"


def _minute(instant: int) -> str:
    return iso(instant - instant % 60_000)


def _iso(instant: datetime) -> str:
    return iso(milliseconds(instant) or 0)


def _local(instant: int | None, timezone: str) -> str:
    """`instant` (ms) as a field for local times has it, in this zone."""
    if instant is None:
        return ""
    return datetime.fromtimestamp(instant / 1000, ZoneInfo(timezone)).strftime("%Y-%m-%dT%H:%M")
