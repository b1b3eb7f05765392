"""Where something is moved to, of what an owner puts in order."""

from __future__ import annotations

from typing import Annotated

import msgspec
from starlette.requests import Request

from trk.core.mistakes import from_to
from trk.web.api.call import APIError, body


class Place(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The new position, from 0; beyond the end means last."""

    position: Annotated[int, from_to(0, 1_000_000)]


async def position_in(request: Request) -> int:
    """The position that a Place in the body asks for; APIError if it is out of bounds."""
    position = (await body(request, Place)).position
    if not 0 <= position <= 1_000_000:
        raise APIError(400, "invalid", f"position is {position}; expected 0 to 1000000.")
    return position
