"""The types of texts that an owner gives, each with what finds its mistakes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Annotated

import msgspec

from trk.core.answer import PatternError, check_pattern
from trk.core.instant import FIRST_YEAR, LAST_YEAR
from trk.core.keys import is_campaign_key
from trk.core.language import TAGS, Tag
from trk.core.mistakes import (
    DraftMistake,
    checked,
    length,
    length_schema,
    please,
    web_address,
    wrong,
)
from trk.core.origin import normal_origin
from trk.core.rejection import shown
from trk.core.setting import AS_TYPED, FIXED
from trk.core.stylesheet import MOST, StyleError, check_style
from trk.core.zones import is_zone

_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")


def _key(field: str, value: str) -> Iterator[DraftMistake]:
    if not is_campaign_key(value):
        yield wrong(field, value, "5 to 40 of A-Z, a-z, 0-9, not a reserved word")


def _timezone(field: str, value: str) -> Iterator[DraftMistake]:
    if not is_zone(value):
        yield wrong(field, value, "a name such as Europe/Berlin")


def _languages(field: str, value: tuple[Tag, ...]) -> Iterator[DraftMistake]:
    if not value or len(set(value)) < len(value):
        yield wrong(field, list(value), f"one or more of {', '.join(TAGS)}, each once")


def moment_mistakes(field: str, value: datetime) -> Iterator[DraftMistake]:
    """The mistake, if any, of an instant: without an offset, or of a year beyond all plans."""
    if value.tzinfo is None:
        expected = "a UTC offset, such as Z"
    elif not FIRST_YEAR <= value.year <= LAST_YEAR:
        expected = f"a year from {FIRST_YEAR} to {LAST_YEAR}"
    else:
        return
    yield DraftMistake(
        field, f"{field} is {value.isoformat()}; expected {expected}.", please(expected)
    )


def _colour(field: str, value: str) -> Iterator[DraftMistake]:
    if value and _COLOUR.fullmatch(value) is None:
        yield wrong(field, value, "a colour such as #0a7cff, or nothing")


def _origins(field: str, value: tuple[str, ...]) -> Iterator[DraftMistake]:
    for origin in value:
        if normal_origin(origin) is None:
            # Browsers allow no IPv6 address to be named; which sites a * is, nobody could check.
            without = "an IPv6 address" if "[" in origin else "*" if "*" in origin else "a path"
            expected = f"an origin such as https://shop.example, without {without}"
            yield DraftMistake(
                field,
                f"{field} has {shown(origin)}; expected {expected}.",
                f"{shown(origin)} can’t be used. {please(expected)}",
            )


def _address(field: str, value: str) -> Iterator[DraftMistake]:
    if value:
        yield from web_address(field, value)


def _pattern(field: str, value: str) -> Iterator[DraftMistake]:
    try:
        check_pattern(value)
    except PatternError as mistake:
        yield DraftMistake(field, str(mistake), str(mistake))


def _style(field: str, value: str) -> Iterator[DraftMistake]:
    try:
        check_style(value)
    except StyleError as mistake:
        yield DraftMistake(field, f"{field} can’t be used. {mistake}", str(mistake))


Key = Annotated[str, checked(_key, pattern="^[A-Za-z0-9]{5,40}$"), FIXED]
Languages = Annotated[tuple[Tag, ...], checked(_languages, minItems=1, uniqueItems=True)]
"""In which a campaign is shown; the first is its own."""
Timezone = Annotated[str, checked(_timezone)]
Moment = Annotated[datetime, checked(moment_mistakes)]
"""An instant that came as a text, with its UTC offset."""
Colour = Annotated[str, checked(_colour)]
"""Such as `#0a7cff`, or empty."""
Origins = Annotated[tuple[str, ...], checked(_origins)]
Address = Annotated[str, checked(_address, **length_schema(0, 2_000))]
"""The address of a page, or empty."""
StyleSheet = Annotated[str, checked(_style, **length_schema(0, MOST)), AS_TYPED]
"""A style sheet of the owner's own, or nothing."""
Pattern = Annotated[str, checked(_pattern), AS_TYPED]
"""What an answer must match, or empty."""
TabText = Annotated[
    str, msgspec.Meta(max_length=40, extra={"check": partial(length, least=0, most=40)})
]
