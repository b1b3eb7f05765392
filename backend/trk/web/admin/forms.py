"""What the forms of a campaign, an action, a prize and a field hold: as text, and as drafts and
back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar, get_args
from zoneinfo import ZoneInfo

from trk.core.campaign import FRIENDS, Action, Campaign
from trk.core.days import day_in, whole_day
from trk.core.drafts import ActionDraft, CampaignDraft, PrizeDraft
from trk.core.field import FieldDraft, FieldKind, FormField
from trk.core.instant import (
    FIRST_YEAR,
    LAST_YEAR,
    moment,
    readings,
)
from trk.core.mistakes import Draft, advice
from trk.core.setting import Field, settings_of
from trk.core.zones import is_zone
from trk.web.admin.moments import (
    end_of,
    iso_of,
    joined,
    local_in,
    minute_of,
    readings_of,
    time_of,
    which_of,
)
from trk.web.forms import Mistaken, Typed

D = TypeVar("D", bound=Draft)
_ENDS = ("ends_at",)
"""What ends with a day, if it is given without a time; the rest begins with it."""
_WHOLE = re.compile(r"[+-]?[0-9]{1,9}")


def typed_campaign(campaign: Campaign) -> Typed:
    """The form of a campaign as it is stored."""
    return _typed(CampaignDraft, campaign, campaign.timezone)


def campaign_draft(form: Mapping[str, str], stored: Campaign) -> tuple[CampaignDraft, Typed]:
    """The form as a draft, and a sentence for each field that is wrong."""
    return _read(CampaignDraft, joined(form), stored, key=stored.key)


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


def typed_field(field: FormField) -> Typed:
    """The form of a field as it is stored."""
    typed = _typed(FieldDraft, field)
    return {**typed, "minimum_age": str(field.minimum_age or "")}


def field_draft(
    form: Mapping[str, str], stored: FormField | None = None
) -> tuple[FieldDraft, Typed]:
    """The form as a draft, and a sentence for each field that is wrong; what is `stored` keeps its
    kind."""
    kind = form.get("kind", "") if stored is None else stored.kind
    known = kind in get_args(FieldKind)
    filled = {**form, "minimum_age": form.get("minimum_age", "").strip() or "0"}
    draft, mistakes = _read(FieldDraft, filled, kind=kind if known else "text")
    return draft, mistakes if known else {"kind": "Choose one of these."}


def checked(read: tuple[D, Typed]) -> D:
    """The draft that was read from a form; Mistaken if something in it is wrong."""
    draft, mistakes = read
    if mistakes:
        raise Mistaken(mistakes)
    return draft


def _typed(
    draft: type[Draft], thing: Campaign | Action | FormField, timezone: str = "UTC"
) -> Typed:
    typed = {}
    for setting in settings_of(draft):
        value = getattr(thing, setting.name)
        if setting.kind == "flag":
            if value:
                typed[setting.name] = "on"
        elif setting.kind == "instant":
            shown = local_in(value, timezone)
            day, _, time = shown.partition("T")
            # To the end of a day it was given without a time, which has it to the end.
            whole = setting.name in _ENDS and value == end_of(day, timezone)
            typed |= {setting.name: day, time_of(setting.name): "" if whole else time}
            if value is not None and not whole and len(readings_of(shown, timezone)) == 2:
                typed[which_of(setting.name)] = minute_of(value)
        elif setting.kind == "words" and setting.choices:
            first, *others = value
            typed |= {setting.name: first, **{_box(setting.name, each): "on" for each in others}}
        else:
            typed[setting.name] = (
                "\n".join(value) if setting.kind in ("words", "lines") else str(value)
            )
    return typed


def _read(
    draft: type[D], form: Mapping[str, str], stored: Campaign | None = None, **fixed: str
) -> tuple[D, Typed]:
    reading = _Reading(form, stored)
    made = draft(**fixed, **{each.name: reading.value(each) for each in settings_of(draft)})
    return made, {**advice(made.mistakes()), **reading.mistakes}


def differences(typed: Mapping[str, str], stored: Mapping[str, str]) -> Typed:
    """What is stored where a form has something else."""
    typed, stored = joined(typed), joined(stored)
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
            case "lines":
                return tuple(given.splitlines())
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
        """One of the choices, then the others that are ticked beside it: what is stored in its own
        order, then what is new."""
        first = self._choice(setting, given)
        if setting.name not in self._form:
            return first  # all that are stored
        known = [*getattr(self._stored, setting.name, ()), *setting.choices]
        ticked = [each for each in known if _box(setting.name, each) in self._form]
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
        chosen = self._form.get(which_of(field), "")
        if not text:
            return None
        before: int | None = getattr(stored, field, None)
        if (
            stored is not None
            and before is not None
            and stored.timezone == timezone
            and local_in(before, timezone) == text
            and chosen in ("", minute_of(before))
        ):
            return moment(before)
        day = day_in(text)
        try:
            typed = datetime.fromisoformat(text)
        except ValueError:
            self.mistakes[field] = "Enter a date, and a time if it matters."
            return None
        if not is_zone(timezone):
            return None  # the zone's mistake is told
        try:
            if day is not None:  # all of it is meant
                return moment(whole_day(timezone, day)[field in _ENDS])
            found = [typed] if typed.tzinfo else readings(typed, ZoneInfo(timezone))
        except OverflowError:
            self.mistakes[field] = f"Enter a year from {FIRST_YEAR} to {LAST_YEAR}."
            return None
        if not found:
            self.mistakes[field] = (
                f"This time doesn’t exist: clocks in {timezone} go forward then. Choose an earlier "
                "or later time."
            )
            return None
        if len(found) == 2:
            found = [each for each in found if iso_of(each) == chosen] or found
        if len(found) == 2:
            self.mistakes[field] = (
                f"This time happens twice: clocks in {timezone} go back then. Choose which one you "
                "mean."
            )
        return found[0]


def _box(field: str, choice: str) -> str:
    """The box to tick for one of several choices beside the first."""
    return f"{field}_{choice}"
