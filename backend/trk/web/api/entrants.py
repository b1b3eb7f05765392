"""The API's entrants: listing and correcting them, and the log of all corrections."""

from __future__ import annotations

from typing import Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from trk.store import corrections, entrants
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


class Browsers(msgspec.Struct, frozen=True):
    """Whether the entrant may have more than ten browsers now."""

    many_browsers: bool


async def allow_browsers(request: Request) -> Response:
    """Let an entrant have more than ten browsers, with a reason. One that was refused is linked by
    its next visit."""
    return await correct_one(
        request,
        "entrant",
        corrections.allow_browsers,
        "allowed more already, or erased",
        many_browsers=True,
    )


async def limit_browsers(request: Request) -> Response:
    """Let an entrant have at most ten browsers again, with a reason. Those that are linked stay."""
    return await correct_one(
        request,
        "entrant",
        corrections.limit_browsers,
        "not allowed more",
        many_browsers=False,
    )


async def list_corrections(request: Request) -> Response:
    """List what was taken back or given back, why and when."""
    return await listed(request, query(request, Between), corrections.listed)


_WHY = {"reason": "The same person under ten addresses."}
_SCHOOL = {"reason": "A school with thirty laptops."}

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
    Operation(
        *("POST", f"{ONE}/entrants/{{entrant}}/allow-browsers", allow_browsers, "write"),
        takes=Reason,
        gives=Browsers,
        refuses={"not_done": (409, "there is no such entrant, or they may have more already")},
        example=_SCHOOL,
    ),
    Operation(
        *("POST", f"{ONE}/entrants/{{entrant}}/limit-browsers", limit_browsers, "write"),
        takes=Reason,
        gives=Browsers,
        refuses={"not_done": (409, "there is no such entrant, or they may have no more")},
        example=_SCHOOL,
    ),
    list_of(f"{ONE}/corrections", list_corrections, "read", corrections.Correction, Between),
)
