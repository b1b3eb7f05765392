"""Mistakes in what an owner gives: found by a draft, told by the API and beside a form's fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec

from trk.core.names import clean
from trk.core.rejection import shown
from trk.core.setting import AS_TYPED, fields_of, settings_of


@dataclass(frozen=True, slots=True)
class DraftMistake:
    """Why a field can't be used: `message` names it, its value and what was expected.

    `advice` says the same beside the field of a form, where name and value can be seen.
    """

    field: str
    message: str
    advice: str


class DraftError(ValueError):
    """Fields have values that can't be used; the message has the first, and what was expected."""

    def __init__(self, message: str, mistakes: tuple[DraftMistake, ...] = ()) -> None:
        super().__init__(message)
        self.mistakes = mistakes


class Draft(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What an owner gives to make something; the types of its fields have their checks.

    Its lines are cleaned, however it is made: by a form, a call of the API or a command.
    """

    def __post_init__(self) -> None:
        for field in settings_of(type(self)):
            if field.kind == "line":
                msgspec.structs.force_setattr(self, field.name, clean(getattr(self, field.name)))

    def mistakes(self) -> Iterator[DraftMistake]:
        """Every mistake: of each field by itself, in their order, then of several together."""
        for field in fields_of(type(self)):
            value = getattr(self, field.name)
            if value is not None:
                for check in field.checks:
                    yield from check(field.name, value)
        yield from self.contradictions()

    def contradictions(self) -> Iterator[DraftMistake]:
        """The mistakes of fields that do not go together."""
        yield from ()

    def check(self) -> None:
        """Raise DraftError unless every field can be used."""
        mistakes = tuple(self.mistakes())
        if mistakes:
            raise DraftError(mistakes[0].message, mistakes)


def advice(mistakes: Iterable[DraftMistake]) -> dict[str, str]:
    """What a form says beside each field with a mistake; if it has several, the first."""
    said: dict[str, str] = {}
    for mistake in mistakes:
        said.setdefault(mistake.field, mistake.advice)
    return said


def please(expected: str) -> str:
    """What a form says where `expected` was expected."""
    return f"Enter {expected}."


def wrong(field: str, value: object, expected: str) -> DraftMistake:
    """The mistake of a field whose value is not what was expected."""
    return DraftMistake(field, f"{field} is {shown(value)}; expected {expected}.", please(expected))


def length(field: str, value: str, least: int, most: int) -> Iterator[DraftMistake]:
    """The mistake, if any, of a text: too few or too many characters, or a NUL."""
    if least <= len(value.strip()) <= most and "\0" not in value:
        return
    said = f"{field} is {shown(value)}; expected {least} to {most} characters without NUL."
    if not value.strip():
        yield DraftMistake(field, said, "Fill this in.")
    elif "\0" in value:
        yield DraftMistake(field, said, "Remove the NUL character.")
    else:
        yield DraftMistake(field, said, f"Use at most {most} characters.")


def web_address(field: str, value: str) -> Iterator[DraftMistake]:
    """The mistake, if any, of what should be the address of a page."""
    if not _is_web_address(value) or len(value) > 2000:
        yield DraftMistake(
            field,
            f"{field} is {shown(value)}; expected an http or https address "
            "of at most 2000 characters.",
            "Enter an address that starts with https:// or http://, with at most 2000 characters.",
        )


def _is_web_address(value: str) -> bool:
    try:
        url = urlsplit(value)
        well_formed = url.port is None or url.port > 0
    except ValueError:  # a wrong port, or half of an IPv6 address
        return False
    return (
        url.scheme in ("http", "https")
        and bool(url.hostname)
        and well_formed
        and value.isprintable()
        and " " not in value
    )


Check = Callable[[str, Any], Iterator[DraftMistake]]
"""Finds the mistakes of a field with this name and this value."""


def checked(check: Check, **schema: Any) -> msgspec.Meta:
    """Metadata that gives a type its check; `schema` goes into the API's document."""
    return msgspec.Meta(extra={"check": check}, extra_json_schema=schema or None)


def said(least: int, most: int) -> msgspec.Meta:
    """Metadata of a text: how many characters it may have."""
    return checked(partial(length, least=least, most=most), **length_schema(least, most))


def length_schema(least: int, most: int) -> dict[str, Any]:
    """What the API's document says of a text's length."""
    # Spelt out, because other implementations of `\s` do not include what Python's does.
    something = r"[^\s\x1c-\x1f\x85\x00][^\x00]*" if least else ""
    pattern = rf"^[^\x00]*{something}$"
    return {"minLength": least, "maxLength": most, "pattern": pattern}


def from_to(least: int, most: int, unit: str = "") -> msgspec.Meta:
    """Metadata of a number: its bounds, and the `unit` that it counts."""
    expected = f"{least} to {most} {unit}".strip()

    def check(field: str, value: int) -> Iterator[DraftMistake]:
        if not least <= value <= most:
            yield wrong(field, value, expected)

    return checked(check, minimum=least, maximum=most)


# Characters of which `clean` leaves nothing: those of the first 65,536, which a pattern can name.
_UNSEEN = (
    r"\x00-\x20\x7f-\xa0\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160"
    r"\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f"
    r"\u2800\u3000\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
)


def line(most: int, least: int = 1) -> msgspec.Meta:
    """Metadata of a line: how many characters it may have, of which one is seen unless it may be
    empty."""
    schema = {"minLength": 1, "maxLength": most, "pattern": f"[^{_UNSEEN}]"}
    if not least:
        schema = {"maxLength": most, "pattern": r"^[^\x00]*$"}
    return checked(partial(length, least=least, most=most), **schema)


Line = Annotated[str, line(200)]
LongText = Annotated[str, said(0, 10_000), AS_TYPED]
