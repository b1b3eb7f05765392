"""Languages: sentences, dates and numbers as an entrant reads them.

A language is a catalogue in `trk/locale`, and what Babel knows of its dates, numbers and plurals.
docs/languages.md says how to add one.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache, cached_property
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global
from babel.dates import format_date, format_time, format_timedelta, get_datetime_format
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from trk.core import country
from trk.core.instant import local
from trk.core.phrase import Phrase

Tag = Literal["en", "de", "fr", "es", "pt", "it", "nl", "pl", "tr", "ar", "ja"]
TAGS: tuple[Tag, ...] = get_args(Tag)
CATALOGUES = Path(__file__).parent.parent / "locale"

_LOCALES = {"en": "en_GB", "pt": "pt_BR"}
"""Whose dates and numbers a language has, where it is spoken in several ways."""
_MINUTE = 60_000
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR


class Language:
    """One language. It never changes, so all requests may share it."""

    def __init__(self, tag: Tag, catalogue: NullTranslations) -> None:
        self.tag = tag
        self._catalogue = catalogue
        self._locale = Locale.parse(_LOCALES.get(tag, tag))

    @property
    def name(self) -> str:
        """What its speakers call it: `Deutsch`, `Français`."""
        name = Locale(self.tag).get_display_name() or self.tag
        return name[:1].upper() + name[1:]

    @property
    def direction(self) -> str:
        """In which direction it is written: `ltr` or `rtl`."""
        return self._locale.text_direction

    @property
    def locale(self) -> str:
        """Whose dates and numbers it has, as browsers name it: `en-GB`."""
        return str(self._locale).replace("_", "-")

    @property
    def region(self) -> str:
        """The same as Open Graph names it, with the country where most of its speakers live if it
        has none: `en_GB`, `de_DE`."""
        country = self._locale.territory or get_global("likely_subtags")[self.tag].split("_")[-1]
        return f"{self.tag}_{country}"

    def gettext(self, sentence: str) -> str:
        """The sentence in this language, with its `%(name)s` still in it."""
        return self._catalogue.gettext(sentence)

    def ngettext(self, one: str, many: str, num: int) -> str:
        """The form of a sentence for so many things; their number is in it already."""
        return self._catalogue.ngettext(one, many, num).replace("%(num)s", self.number(num))

    def say(self, text: str) -> str:
        """A phrase in this language; a text that is none stays as it is."""
        if not isinstance(text, Phrase):
            return text
        values = {name: self._value(value) for name, value in text.values.items()}
        if text.num is None:
            return self.gettext(text.one) % values
        return self.ngettext(text.one, text.many, text.num) % values

    def forms(self, one: str, many: str) -> dict[str, str]:
        """All forms of a sentence, by the categories that `Intl.PluralRules` has, for scripts."""
        return {
            category: self._catalogue.ngettext(one, many, num)
            for category, num in self._numbers.items()
        }

    @cached_property
    def _numbers(self) -> dict[str, int]:
        """A number of each category. They are sought once: every campaign's page has sentences with
        all their forms."""
        found = {"other": 199}
        for num in reversed(range(200)):
            found[self._locale.plural_form(num)] = num
        return found

    def number(self, number: int) -> str:
        """`1,234`"""
        return format_decimal(number, locale=self._locale)

    def day(self, instant: int, timezone: str) -> str:
        """The day of `instant` (ms) in that zone: `30 November 2026`."""
        return format_date(local(instant, ZoneInfo(timezone)), "long", locale=self._locale)

    def moment(self, instant: int, timezone: str) -> str:
        """The same with the time of day: `30 November 2026, 18:00`."""
        time = format_time(local(instant, ZoneInfo(timezone)), "short", locale=self._locale)
        joined = get_datetime_format("medium", locale=self._locale)
        return str(joined).replace("{0}", time).replace("{1}", self.day(instant, timezone))

    def span(self, milliseconds: int) -> str:
        """A time in words, never more than it is: `3 days`, `1 hour`, `less than a minute`."""
        if milliseconds >= 2 * _DAY:  # below two days, hours say more
            return self._units(milliseconds // _DAY, "day")
        if milliseconds >= _HOUR:
            return self._units(milliseconds // _HOUR, "hour")
        if milliseconds >= _MINUTE:
            return self._units(milliseconds // _MINUTE, "minute")
        return self.gettext("less than a minute")

    def clock(self, milliseconds: int) -> str:
        """A time of hours in words, never more than it is: `5 h 12 min`, `12 min`."""
        hours, minutes = divmod(milliseconds // _MINUTE, 60)
        if hours:
            return self.gettext("%(hours)s h %(minutes)s min") % {
                "hours": hours,
                "minutes": minutes,
            }
        return (
            self.gettext("%(minutes)s min") % {"minutes": minutes}
            if minutes
            else self.gettext("less than a minute")
        )

    def ahead(self, seconds: float) -> str:
        """When something is to come, never before it does: `in 2 minutes`, `in 40 seconds`."""
        unit: Literal["second", "minute"] = "second" if seconds <= 60 else "minute"
        size = 1 if unit == "second" else 60
        delta = timedelta(seconds=-(-seconds // size) * size)
        return format_timedelta(delta, unit, 10**6, add_direction=True, locale=self._locale)

    def country(self, code: str) -> str:
        """What a country with this ISO code is called; the code itself if there is none."""
        return self._locale.territories[code] if code in country.countries() else code

    @cached_property
    def countries(self) -> list[tuple[str, str]]:
        """Codes and names of all countries, by name."""
        return country.names(self._locale)

    def _value(self, value: Any) -> Any:
        return self.say(value) if isinstance(value, str) else value

    def _units(self, count: int, unit: Literal["day", "hour", "minute"]) -> str:
        delta = timedelta(**{f"{unit}s": count})
        return format_timedelta(delta, unit, 10**6, locale=self._locale)


@cache
def language(tag: str) -> Language:
    """The language with this tag, one of TAGS; its catalogue is compiled the first time."""
    [known] = [each for each in TAGS if each == tag]
    return Language(known, NullTranslations() if known == "en" else _compiled(known))


ENGLISH = language("en")


def first_of(tags: tuple[str, ...], wanted: str) -> Language:
    """The language that is `wanted` if it is one of `tags`, and otherwise the first of them."""
    return language(wanted if wanted in tags else tags[0])


def _compiled(tag: str) -> GNUTranslations:
    with (CATALOGUES / f"{tag}.po").open("rb") as file:
        catalogue = read_po(file, locale=tag)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)
