"""The API's entrants: listing and correcting them, and the log of all corrections."""

from __future__ import annotations

from typing import Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from trk.clock import now_ms
from trk.services import corrections, leaving_out
from trk.services.recounting import go_on
from trk.store import clusters, entrants
from trk.store import corrections as made
from trk.store.corrections import Cause
from trk.store.entrants import EntrantFilter
from trk.web.api.call import (
    Between,
    Cursor,
    Id,
    Limit,
    Order,
    Reason,
    Search,
    Within,
    body,
    campaign_of,
    listed,
    query,
)
from trk.web.api.corrections import Changed, Several, correct_one
from trk.web.api.idempotency import commit
from trk.web.api.operation import ONE, Operation, list_of
from trk.web.http.respond import JSON
from trk.web.server import server


class EntrantsWanted(Within, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Which entrants: `search` looks at names and e-mails, `shares` finds those who share a
    network, browser or mailbox; with `with`, an entrant's id, only those who share that one's."""

    state: Literal["active", "blocked"] | None = None
    email: Literal["confirmed", "unconfirmed"] | None = None
    shares: clusters.Kind | None = None
    around: Id | None = msgspec.field(default=None, name="with")
    search: Search | None = None

    @property
    def which(self) -> EntrantFilter:
        """The same, for the store."""
        return EntrantFilter(
            blocked=None if self.state is None else self.state == "blocked",
            confirmed=None if self.email is None else self.email == "confirmed",
            shares=self.shares,
            around=self.around,
            search=self.search,
        )


class EntrantsAsked(EntrantsWanted, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Which page."""

    cursor: Cursor | None = None
    limit: Limit = 100
    order: Order = "oldest"


class Blocked(msgspec.Struct, frozen=True):
    """Whether the entrant is blocked now."""

    blocked: bool


async def list_entrants(request: Request) -> Response:
    """List entrants with their valid entries.

    `shares_browser_with` names those who used the same browser; `same_network` and `same_mailbox`
    count those who share a network or a mailbox."""
    asked = query(request, EntrantsAsked)
    return await listed(request, asked, entrants.listed, asked.which)


async def block(request: Request) -> Response:
    """Block an entrant, with a reason."""
    return await correct_one(
        request, "entrant", corrections.block, "is already blocked, or is erased", blocked=True
    )


async def unblock(request: Request) -> Response:
    """Unblock an entrant, with a reason."""
    answer = await correct_one(
        request, "entrant", corrections.unblock, "is not blocked, or is erased", blocked=False
    )
    await go_on(server(request).database, await campaign_of(request))
    return answer


class Browsers(msgspec.Struct, frozen=True):
    """Whether the entrant may have more than ten browsers now."""

    many_browsers: bool


async def allow_browsers(request: Request) -> Response:
    """Allow an entrant more than ten browsers, with a reason.

    A browser that was refused is linked on its next visit."""
    return await correct_one(
        request,
        "entrant",
        corrections.allow_browsers,
        "is already allowed more, or is erased",
        many_browsers=True,
    )


async def limit_browsers(request: Request) -> Response:
    """Limit an entrant to ten browsers again, with a reason. Linked browsers stay linked."""
    return await correct_one(
        request,
        "entrant",
        corrections.limit_browsers,
        "is not allowed more",
        many_browsers=False,
    )


async def block_several(request: Request) -> Response:
    """Block several entrants at once, with one reason."""
    wanted = await body(request, Several)
    reason, campaign = wanted.check(), await campaign_of(request)
    return await commit(
        request,
        lambda tx: leaving_out.several(tx, campaign, wanted.ids, Cause(reason, now_ms())),
        lambda changed: JSON({"changed": changed}),
    )


async def unblock_several(request: Request) -> Response:
    """Unblock several entrants at once, with one reason."""
    wanted = await body(request, Several)
    cause, campaign = Cause(wanted.check(), now_ms()), await campaign_of(request)
    unblock = await corrections.unblocking(server(request).database, campaign, wanted.ids, cause)
    answer = await commit(request, unblock, lambda changed: JSON({"changed": changed}))
    await go_on(server(request).database, campaign)
    return answer


async def list_corrections(request: Request) -> Response:
    """List corrections: what was changed, why and when."""
    return await listed(request, query(request, Between), made.listed)


_WHY = {"reason": "The same person under ten addresses."}
_SCHOOL = {"reason": "A school with thirty laptops."}

OPERATIONS = (
    list_of(f"{ONE}/entrants", list_entrants, "personal", entrants.ListedEntrant, EntrantsAsked),
    Operation(
        *("POST", f"{ONE}/entrants/{{entrant}}/block", block, "write"),
        takes=Reason,
        gives=Blocked,
        refuses={"not_done": (409, "there is no such entrant, or it is blocked or erased")},
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
        refuses={"not_done": (409, "there is no such entrant, or they are already allowed more")},
        example=_SCHOOL,
    ),
    Operation(
        *("POST", f"{ONE}/entrants/{{entrant}}/limit-browsers", limit_browsers, "write"),
        takes=Reason,
        gives=Browsers,
        refuses={"not_done": (409, "there is no such entrant, or they are not allowed more")},
        example=_SCHOOL,
    ),
    Operation(
        *("POST", f"{ONE}/entrants/block", block_several, "write"),
        takes=Several,
        gives=Changed,
        example={"ids": [17, 18], **_WHY},
    ),
    Operation(
        *("POST", f"{ONE}/entrants/unblock", unblock_several, "write"),
        takes=Several,
        gives=Changed,
        example={"ids": [17, 18], **_WHY},
    ),
    list_of(f"{ONE}/corrections", list_corrections, "read", made.LoggedCorrection, Between),
)
