"""An owner's own texts in the campaign's other languages: which there are, and what takes their
place. Where one is missing, the campaign's own text is shown."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeVar

import msgspec

from trk.core.campaign import Action, Campaign
from trk.core.drafts import ActionDraft, CampaignDraft, PrizeDraft
from trk.core.field import MOST_ANSWER, FieldDraft, FieldKind, FormField, Part, parts
from trk.core.language import Language, language
from trk.core.mistakes import Draft, DraftMistake, length
from trk.core.names import clean
from trk.core.picture import Kind as PictureKind
from trk.core.picture import PictureText
from trk.core.picture import Place as PicturePlace
from trk.core.setting import Field, settings_of
from trk.core.winner_mail import PARTS, WinnerText, is_ours, placeholder_mistakes, text_in
from trk.core.winner_mail import Part as WinnerPart

Thing = Literal["campaign", "action", "prize", "field", "draw"]
"""A draw has the mail to its winners."""


class Place(NamedTuple):
    """Where a text stands: which field of which thing."""

    thing: Thing
    id: int
    field: str

    def __str__(self) -> str:
        """As forms name it: `action-12-title`."""
        return f"{self.thing}-{self.id}-{self.field}"


class Own(NamedTuple):
    """A text of the campaign's own, and where it stands; `line` if it has no line breaks; `ours` if
    they are our words, which are translated already."""

    place: Place
    text: str
    line: bool
    ours: bool = False


Texts = Mapping[Place, str]
"""The texts in one language; one that is missing is not in it."""

T = TypeVar("T", Campaign, Action)

_FIELDS: Mapping[Thing, tuple[type[Draft], tuple[str, ...]]] = {
    "campaign": (CampaignDraft, ("name", "description", "terms", "reward_note", "tab_text")),
    "action": (ActionDraft, ("title", "description", "question")),
    "prize": (PrizeDraft, ("title", "description")),
    "field": (FieldDraft, ("label",)),
    "draw": (WinnerText, PARTS),
}
_OPTION = "option-"
_ALT = "alt-"
_PICTURED: Mapping[PictureKind, Thing] = {"prize": "prize", "action": "action"}
"""What has pictures; all others are the campaign's."""


class ShownField(NamedTuple):
    """A field of the form in one language: its `name` there, what is `asked` (its label, and the
    parts of it), and the values of a choice or of countries, each with its words."""

    name: str
    kind: FieldKind
    asked: str
    label: list[Part]
    choices: list[tuple[str, str]]
    required: bool
    minimum_age: int


def own_texts(
    campaign: Campaign,
    actions: Iterable[Action],
    prizes: Iterable[Mapping[str, Any]],
    fields: Iterable[FormField] = (),
    mail: tuple[int, WinnerText] | None = None,
    alts: Mapping[Place, str] | None = None,
) -> Iterator[Own]:
    """What there is to translate, in the order of the page; a prize is a row of the store's, `mail`
    the id of a draw with what its winners are written, `alts` what pictures show (see alt_place).
    """
    shows = alts or {}
    yield from _own("campaign", campaign.id, msgspec.structs.asdict(campaign), shows)
    for action in actions:
        yield from _own("action", action.id, msgspec.structs.asdict(action), shows)
    for prize in prizes:
        yield from _own("prize", prize["id"], prize, shows)
    for field in fields:
        yield from _own("field", field.id, msgspec.structs.asdict(field))
        for option in field.options:
            yield Own(_option(field, option), option, line=True)
    if mail is not None:
        draw_id, text = mail
        spoken = language(campaign.languages[0])
        for each in _own("draw", draw_id, msgspec.structs.asdict(text)):
            part = part_at(each.place)
            yield each._replace(ours=part is not None and is_ours(part, each.text, spoken))


def part_at(place: Place) -> WinnerPart | None:
    """Which part of the mail to winners stands there, if one does."""
    return next((each for each in PARTS if (place.thing, place.field) == ("draw", each)), None)


def mail_in(
    tag: str, texts: Texts, draw_id: int, own: WinnerText, campaign: Campaign
) -> WinnerText | None:
    """What the winners of a draw are written in another language than the campaign's own; None if
    they are written the campaign's `own` text, for want of one in it."""
    given = parts_in(texts, draw_id)
    return text_in(language(tag), given, own, language(campaign.languages[0]))


def parts_in(texts: Texts, draw_id: int) -> WinnerText:
    """What an owner has written to the winners of a draw in a language of which these are the
    texts; a part that is missing is empty."""
    return WinnerText(*(texts.get(Place("draw", draw_id, part), "") for part in PARTS))


def _option(field: FormField, option: str) -> Place:
    """Where an option is translated: by its own text, so that it keeps its words wherever it moves,
    and loses them when it becomes another."""
    return Place("field", field.id, f"{_OPTION}{_digest(option)}")


def alt_place(campaign: Campaign, at: PicturePlace, alt: str) -> Place:
    """Where what a picture shows is translated: with whose picture it is, and by its own text, so
    that nothing is said of another picture in its place."""
    thing, number = _PICTURED.get(at.kind, "campaign"), at.id or campaign.id
    return Place(thing, number, f"{_ALT}{_digest(alt)}")


def is_alt(place: Place) -> bool:
    """Is what a picture shows translated there?"""
    return place.field.startswith(_ALT)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


def _own(
    thing: Thing, number: int, values: Mapping[str, Any], alts: Mapping[Place, str] | None = None
) -> Iterator[Own]:
    for name in _FIELDS[thing][1]:
        if values[name]:
            line = _setting(Place(thing, number, name)).kind == "line"
            yield Own(Place(thing, number, name), values[name], line)
    for place, alt in (alts or {}).items():
        if alt and (place.thing, place.id) == (thing, number):
            yield Own(place, alt, line=True)


def translated(thing: T, texts: Texts) -> T:
    """A campaign or an action with the texts that there are in their place."""
    kind: Thing = "campaign" if isinstance(thing, Campaign) else "action"
    said = {name: text for name in _FIELDS[kind][1] if (text := texts.get(_at(kind, thing, name)))}
    return msgspec.structs.replace(thing, **said) if said else thing


def shown_field(field: FormField, texts: Texts, language: Language) -> ShownField:
    """A field as the form shows it, with the texts that there are in their place."""
    label = texts.get(Place("field", field.id, "label"), field.label)
    choices = [(each, texts.get(_option(field, each), each)) for each in field.options]
    if field.kind == "country":
        choices = language.countries
    return ShownField(
        field.name,
        field.kind,
        label,
        list(parts(label)),
        choices,
        field.required,
        field.minimum_age,
    )


def _at(kind: Thing, thing: Campaign | Action, name: str) -> Place:
    return Place(kind, thing.id, name)


def missing(own: Sequence[Own], texts: Texts) -> list[Own]:
    """The texts of which the campaign's own is shown, for want of one in the language."""
    return [each for each in own if not each.ours and not texts.get(each.place)]


def tidy(own: Own, text: str) -> str:
    """A text as it is stored: a line is cleaned, all else is kept as it was typed."""
    return clean(text) if own.line else text if text.strip() else ""


def mistakes_in(own: Own, text: str) -> Iterator[DraftMistake]:
    """What is wrong with a text in this place, by the same checks as the campaign's own."""
    if not text:
        return
    if own.place.field.startswith(_OPTION):
        yield from length(str(own.place), text, 1, MOST_ANSWER)
        return
    setting = _setting(own.place)
    if not setting.checks:
        yield from length(str(own.place), text, 0, 1_000)
    for check in setting.checks:
        yield from check(str(own.place), text)
    part = part_at(own.place)
    if part is not None:
        yield from placeholder_mistakes(part, str(own.place), text)


def _setting(place: Place) -> Field:
    draft, name = _FIELDS[place.thing][0], place.field
    if is_alt(place):
        draft, name = PictureText, "alt"
    [found] = [each for each in settings_of(draft) if each.name == name]
    return found
