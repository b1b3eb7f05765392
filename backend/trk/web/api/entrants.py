"""The API's entrants: listing, blocking and unblocking them, and the log of all corrections."""

from __future__ import annotations

from typing import Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from trk.services import corrections
from trk.store import corrections as made
from trk.store import entrants
from trk.web.api.call import Between, Cursor, Limit, Order, Reason, Search, Within, listed, query
from trk.web.api.corrections import correct_one
from trk.web.api.operation import ONE, Operation, list_of


class EntrantsWanted(Within, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Which entrants: `search` looks at names and e-mails."""

    state: Literal["active", "blocked"] | None = None
    search: Search | None = None

    @property
    def blocked(self) -> bool | None:
        """The same, for the store."""
        return None if self.state is None else self.state == "blocked"


class EntrantsAsked(EntrantsWanted, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A page of them."""

    cursor: Cursor | None = None
    limit: Limit = 100
    order: Order = "oldest"


class Blocked(msgspec.Struct, frozen=True):
    """Whether the entrant is blocked now."""

    blocked: bool


async def list_entrants(request: Request) -> Response:
    """List entrants with their valid entries; `shares_browser_with` names entrants of one
    browser."""
    asked = query(request, EntrantsAsked)
    return await listed(request, asked, entrants.listed, blocked=asked.blocked, search=asked.search)


async def block(request: Request) -> Response:
    """Block an entrant, with a reason."""
    return await correct_one(request, "entrant", corrections.block, "blocked already", blocked=True)


async def unblock(request: Request) -> Response:
    """Let a blocked entrant take part again, with a reason."""
    return await correct_one(
        request, "entrant", corrections.unblock, "not blocked, or erased", blocked=False
    )


async def list_corrections(request: Request) -> Response:
    """List what was taken back or given back, why and when."""
    return await listed(request, query(request, Between), made.listed)


_WHY = {"reason": "The same person under ten addresses."}

OPERATIONS = (
    list_of(f"{ONE}/entrants", list_entrants, "personal", entrants.ListedEntrant, EntrantsAsked),
    Operation(
        *("POST", f"{ONE}/entrants/{{entrant}}/block", block, "write"),
        takes=Reason,
        gives=Blocked,
        refuses={"not_done": (409, "there is no such entrant, or it is blocked already")},
        example=_WHY,
    ),
    Operation(
        *("POST", f"{ONE}/entrants/{{entrant}}/unblock", unblock, "write"),
        takes=Reason,
        gives=Blocked,
        refuses={"not_done": (409, "there is no such entrant, or it is not blocked")},
        example=_WHY,
    ),
    list_of(f"{ONE}/corrections", list_corrections, "read", made.Correction, Between),
)
