"""Mistakes in what an owner gives: found by a draft, told by the API and beside a form's fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

import msgspec

from trk.core.rejection import shown


def said(least: int, most: int) -> msgspec.Meta:
    """What the API's document says of a text's length; `check` enforces it, in a sentence."""
    # What Python takes for a space, other readers of patterns may not.
    something = r"[^\s\x1c-\x1f\x85\x00][^\x00]*" if least else ""
    pattern = rf"^[^\x00]*{something}$"
    return msgspec.Meta(
        extra_json_schema={"minLength": least, "maxLength": most, "pattern": pattern}
    )


def from_to(least: int, most: int) -> msgspec.Meta:
    """What the API's document says of a number; `check` is what enforces it, in a sentence."""
    return msgspec.Meta(extra_json_schema={"minimum": least, "maximum": most})


Line = Annotated[str, said(1, 200)]
LongText = Annotated[str, said(0, 10_000)]


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
    """What an owner gives to make something."""

    def mistakes(self) -> Iterator[DraftMistake]:
        """Every mistake, in the order of the fields."""
        raise NotImplementedError

    def check(self) -> None:
        """Raise DraftError unless every field can be used."""
        mistakes = tuple(self.mistakes())
        if mistakes:
            raise DraftError(mistakes[0].message, mistakes)


def advice(mistakes: Iterable[DraftMistake]) -> dict[str, str]:
    """For each field with a mistake what a form says beside it: of several the first."""
    said: dict[str, str] = {}
    for mistake in mistakes:
        said.setdefault(mistake.field, mistake.advice)
    return said


def please(expected: str) -> str:
    """What a form says where `expected` was expected."""
    return f"Please give {expected}."


def wrong(field: str, value: object, expected: str) -> DraftMistake:
    """The mistake of a field whose value is not what was expected."""
    return DraftMistake(field, f"{field} is {shown(value)}; expected {expected}.", please(expected))


def length(field: str, value: str, least: int, most: int) -> Iterator[DraftMistake]:
    """The mistake of a text that has too few or too many characters, or a NUL; or none."""
    if least <= len(value.strip()) <= most and "\0" not in value:
        return
    said = f"{field} is {shown(value)}; expected {least} to {most} characters without NUL."
    if not value.strip():
        yield DraftMistake(field, said, "Please fill this in.")
    elif "\0" in value:
        yield DraftMistake(field, said, "Please leave out the NUL character.")
    else:
        yield DraftMistake(field, said, f"Please use at most {most} characters.")


def web_address(field: str, value: str) -> Iterator[DraftMistake]:
    """The mistake of what is no address of a page; or none."""
    if not _is_web_address(value) or len(value) > 2000:
        yield DraftMistake(
            field,
            f"{field} is {shown(value)}; expected an http or https address "
            "of at most 2000 characters.",
            "Please give an address that begins with https:// or http://, with at most 2000 "
            "characters.",
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
