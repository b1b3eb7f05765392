"""Types of answers that follow from what is stored (see core/setting.py)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Annotated, Any, get_args, get_origin

import msgspec

from trk.web.api.operation import Listed


def answer_of(
    thing: type[msgspec.Struct],
    name: str,
    says: str,
    *,
    first: Sequence[str],
    last: Sequence[str],
    hidden: Collection[str],
) -> type[msgspec.Struct]:
    """The type of the answer that shows a `thing`: these fields first, these last, the others, but
    for the hidden ones, between them."""
    types = {field.name: _plain(field.type) for field in msgspec.structs.fields(thing)}
    between = [field for field in types if field not in {*first, *last, *hidden}]
    return msgspec.defstruct(
        name,
        [(field, types[field]) for field in (*first, *between, *last)],
        namespace={"__doc__": says},
        module=__name__,
        frozen=True,
    )


def listed_of(answer: type[msgspec.Struct]) -> Any:
    """The type of a page of such answers."""
    page: Any = Listed
    return page[answer]


def _plain(annotation: Any) -> Any:
    """A type without what is right for those who give it."""
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
