"""The fields of a campaign's form: what its owner asks besides name and e-mail, and what is wrong
with an answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Annotated, Literal, NamedTuple

import msgspec

from trk.core.country import countries
from trk.core.language import ENGLISH
from trk.core.mistakes import (
    Draft,
    DraftMistake,
    checked,
    from_to,
    length_schema,
    line,
    web_address,
)
from trk.core.names import clean
from trk.core.phrase import phrase, phrases
from trk.core.rejection import shown
from trk.core.setting import FIXED, LINES

FieldKind = Literal["text", "choice", "date", "country", "checkbox"]
MOST_ASKED = 10
"""How many fields a campaign asks for at most."""
MOST_ANSWER = 200
"""The most characters of an answer, and of an option."""
MOST_OPTIONS = 100
_YEARS = (1900, 2100)
_LINK = re.compile(r"\[([^\[\]]+)\]\(([^\s()]+)\)")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class LabelPart(NamedTuple):
    """A part of a label: its text, and the address that it links to, or nothing."""

    text: str
    url: str = ""


def parts(label: str) -> Iterator[LabelPart]:
    """The parts of a label, which may have links: `I accept the [terms](https://…)`."""
    done = 0
    for link in _LINK.finditer(label):
        if label[done : link.start()]:
            yield LabelPart(label[done : link.start()])
        yield LabelPart(link[1], link[2])
        done = link.end()
    if label[done:]:
        yield LabelPart(label[done:])


def plain(label: str) -> str:
    """A label without the addresses of its links."""
    return "".join(part.text for part in parts(label))


def _label(field: str, value: str) -> Iterator[DraftMistake]:
    for part in parts(value):
        if part.url and clean(part.text):
            yield from web_address(field, part.url)
        elif part.url or "](" in part.text:
            expected = "a link such as [terms](https://shop.example/terms)"
            yield DraftMistake(
                field,
                f"{field} is {shown(value)}; expected {expected}.",
                f"Write {expected.replace(' such as', ' like this:')}",
            )


def _options(field: str, value: tuple[str, ...]) -> Iterator[DraftMistake]:
    if len(value) > MOST_OPTIONS:
        yield DraftMistake(
            field,
            f"{field} has {len(value)} options; expected at most {MOST_OPTIONS}.",
            f"Use at most {MOST_OPTIONS} options; these are {len(value)}.",
        )
        return
    for option in value:
        if len(option) > MOST_ANSWER:
            yield DraftMistake(
                field,
                f"{field} has {shown(option)}; expected at most {MOST_ANSWER} characters.",
                f"Use at most {MOST_ANSWER} characters for each option.",
            )
        elif value.count(option) > 1:
            yield DraftMistake(
                field,
                f"{field} has {shown(option)} more than once; expected each option once.",
                f"{shown(option)} is there more than once.",
            )


Label = Annotated[str, line(500), checked(_label)]
Options = Annotated[
    tuple[Annotated[str, msgspec.Meta(extra_json_schema=length_schema(0, MOST_ANSWER))], ...],
    checked(_options, maxItems=MOST_OPTIONS),
    LINES,
]


class FieldSettings(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What an owner sets of a field of the form.

    `label` may have links, such as `I accept the [terms](https://…)`. `options` are those of a
    choice. `minimum_age` (in years) is for the date of birth; 0 asks for none. A field that is not
    `asked` any more keeps what was answered.
    """

    label: Label
    kind: Annotated[FieldKind, FIXED] = "text"
    required: bool = False
    options: Options = ()
    minimum_age: Annotated[int, from_to(0, 120, "years")] = 0
    asked: bool = True


class FormField(FieldSettings, frozen=True, kw_only=True):
    """A field of a campaign's form, as it is stored."""

    id: int
    campaign_id: int
    version: int = 1

    @property
    def name(self) -> str:
        """What it is called in the form."""
        return f"field-{self.id}"


class FieldDraft(FieldSettings, Draft, frozen=True):
    """A field of the form to be made, after the others."""

    def __post_init__(self) -> None:
        super().__post_init__()
        options = tuple(filter(None, map(clean, self.options)))
        msgspec.structs.force_setattr(self, "options", options)

    def contradictions(self) -> Iterator[DraftMistake]:
        """What does not go with the kind."""
        if self.kind == "choice" and len(self.options) < 2:
            yield DraftMistake(
                "options",
                f"options has {len(self.options)}; expected at least 2 of a choice.",
                "Enter at least two options, one per line.",
            )
        elif self.kind != "choice" and self.options:
            yield DraftMistake(
                "options",
                f"options is {shown(list(self.options))} of a {self.kind}; expected none.",
                "Leave this empty: only a choice has options.",
            )
        if self.kind != "date" and self.minimum_age:
            yield DraftMistake(
                "minimum_age",
                f"minimum_age is {self.minimum_age} of a {self.kind}; expected 0.",
                "Leave this empty: only a date can have a minimum age.",
            )


class FieldAnswer(msgspec.Struct, frozen=True):
    """What an entrant answered to a field: a text, one of the options, a date such as `2001-12-31`,
    a country's ISO code, or `yes` or `no` to a checkbox."""

    field: int
    kind: FieldKind
    label: str
    value: str

    @property
    def words(self) -> str:
        """The same for owners to read."""
        if self.kind == "country":
            return ENGLISH.country(self.value)
        return self.value.capitalize() if self.kind == "checkbox" else self.value


def asked_of(fields: Iterable[FormField]) -> list[FormField]:
    """Those that are asked for."""
    return [each for each in fields if each.asked]


def tidy(field: FormField, typed: str) -> str:
    """What was typed, as it is judged and stored."""
    if field.kind == "checkbox":
        return "yes" if typed == "yes" else "no"
    return clean(typed)


def mistakes_in(
    fields: Iterable[FormField], given: Mapping[str, str], today: date
) -> Iterator[tuple[str, str]]:
    """Names of fields with a mistake in what was `given` (see `tidy`) by their names, each with
    what is wrong."""
    for field in fields:
        wrong = _mistake_in(field, given[field.name], today)
        if wrong is not None:
            yield field.name, wrong


_MISSING: Mapping[FieldKind, str] = {
    "text": phrase("Enter an answer."),
    "choice": phrase("Choose an answer."),
    "date": phrase("Enter a date."),
    "country": phrase("Choose a country."),
    "checkbox": phrase("Tick this box to enter."),
}


def _mistake_in(field: FormField, value: str, today: date) -> str | None:
    if value == ("no" if field.kind == "checkbox" else ""):
        return _MISSING[field.kind] if field.required else None
    match field.kind:
        case "text" if len(value) > MOST_ANSWER:
            return phrase(
                "The answer has %(length)s characters; use at most %(most)s.",
                length=len(value),
                most=MOST_ANSWER,
            )
        case "choice" if value not in field.options:
            return phrase("This can no longer be chosen. Choose another answer.")
        case "country" if value not in countries():
            return _MISSING["country"]
        case "date":
            return _mistake_in_date(value, field.minimum_age, today)
    return None


def _mistake_in_date(value: str, minimum_age: int, today: date) -> str | None:
    try:
        day = date.fromisoformat(value) if _DATE.fullmatch(value) else None
    except ValueError:
        day = None
    if day is None:
        return phrase(
            "There is no such date. Enter it as year, month and day, such as %(example)s.",
            example="2001-12-31",
        )
    if not _YEARS[0] <= day.year <= _YEARS[1]:
        return phrase("Enter a date from %(first)s to %(last)s.", first=_YEARS[0], last=_YEARS[1])
    if minimum_age and _years(day, today) < minimum_age:
        return phrases(
            "You have to be at least %(num)s year old to enter.",
            "You have to be at least %(num)s years old to enter.",
            minimum_age,
        )
    return None


def _years(born: date, today: date) -> int:
    """How old somebody is: one born on 29 February has their birthday on 1 March in other years."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
