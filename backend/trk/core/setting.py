"""What an owner can set of a campaign, an action, a prize or a field, read from one declaration.

To add a setting:

1. Declare a field with its type and default in `CampaignSettings` or `ActionSettings`
   (campaign.py). What is right by itself belongs to its type (texts.py has many); what depends on
   another field goes into `contradictions` of the draft (drafts.py).
2. Add a column of that name (store/schema/campaigns.py) and a migration.
3. Give it a place in the form (templates/admin/settings.html or action.html).

All else follows from the field: how a column holds it, what the API takes, answers and documents,
how a form is read and filled in, and that a copy has it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

import msgspec

Kind = Literal["flag", "number", "instant", "choice", "line", "text", "words", "lines"]
"""A `line` is cleaned (see names.py), a `text` is kept as it was typed. `words` have no spaces in
them, `lines` no line breaks."""

AS_TYPED = msgspec.Meta(extra={"as_typed": True})
"""Marks a `text`."""
LINES = msgspec.Meta(extra={"lines": True})
"""Marks several `lines`."""
FIXED = msgspec.Meta(extra={"fixed": True})
"""Marks what is given when a thing is made, and never changes."""


class Field(NamedTuple):
    """A field; `checks` find the mistakes of a value by itself."""

    name: str
    kind: Kind
    default: Any
    choices: tuple[str, ...]
    fixed: bool
    checks: tuple[Callable[[str, Any], Iterator[Any]], ...]


@cache
def fields_of(thing: type[msgspec.Struct]) -> tuple[Field, ...]:
    """All fields, in order. Raises TypeError if one has a type that is no setting's."""
    return tuple(_field(field) for field in msgspec.structs.fields(thing))


@cache
def settings_of(thing: type[msgspec.Struct]) -> tuple[Field, ...]:
    """The fields that can be changed."""
    return tuple(field for field in fields_of(thing) if not field.fixed)


def _field(field: msgspec.structs.FieldInfo) -> Field:
    plain, extra = _unwrapped(field.type)
    one = get_args(plain)[0] if get_origin(plain) is tuple else plain
    choices = get_args(one) if get_origin(one) is Literal else ()
    return Field(
        field.name,
        _kind(plain, {marked for each in extra for marked in each}),
        field.default,
        choices,
        any("fixed" in each for each in extra),
        tuple(each["check"] for each in extra if "check" in each),
    )


def _unwrapped(annotation: Any) -> tuple[Any, list[dict[str, Any]]]:
    """A type without `Annotated` and `| None`, and what its metadata says to us."""
    extra: list[dict[str, Any]] = []
    while True:
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            annotation = arguments[0]
            extra += [each.extra for each in arguments[1:] if each.extra]
        elif origin in (Union, UnionType):
            [annotation] = [each for each in arguments if each is not NoneType]
        else:
            return annotation, extra


def _kind(plain: Any, marks: set[str]) -> Kind:
    if get_origin(plain) is Literal:
        return "choice"
    if plain is str:
        return "text" if "as_typed" in marks else "line"
    kinds: dict[Any, Kind] = {bool: "flag", int: "number", datetime: "instant"}
    if plain in kinds:
        return kinds[plain]
    if get_origin(plain) is tuple:
        return "lines" if "lines" in marks else "words"
    raise TypeError(f"{plain} is not a type for a setting.")
