"""The API's completions, and invalidating and restoring them, one or many at once."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from trk.clock import now_ms
from trk.services import corrections
from trk.services.corrections import Correction
from trk.store import completions
from trk.store.corrections import Cause
from trk.store.errors import Duplicate
from trk.store.friend_completions import FriendRefused, Refused
from trk.web.api.call import (
    APIError,
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
    path_id,
    query,
)
from trk.web.api.corrections import Changed, Several, correct_one
from trk.web.api.idempotency import commit
from trk.web.api.operation import ONE, Operation, list_of
from trk.web.http.respond import JSON


class CompletionsWanted(Within, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Which completions: `search` looks at names, e-mails and details."""

    action: Id | None = None
    entrant: Id | None = None
    source: completions.Source | None = None
    state: completions.State | None = None
    search: Search | None = None


class CompletionsAsked(CompletionsWanted, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Which page."""

    cursor: Cursor | None = None
    limit: Limit = 100
    order: Order = "oldest"


class Validity(msgspec.Struct, frozen=True):
    """Whether the completion counts now."""

    valid: bool


async def list_completions(request: Request) -> Response:
    """List completed actions: who did what, when, and whether it counts."""
    asked = query(request, CompletionsAsked)
    which = asked.filter(completions.CompletionFilter)
    return await listed(request, asked, completions.listed, which)


async def invalidate(request: Request) -> Response:
    """Invalidate a completion, with a reason: its entries no longer count."""
    return await correct_one(
        request, "completion", corrections.invalidate, "is already invalid", valid=False
    )


async def restore(request: Request) -> Response:
    """Restore an invalidated completion, with a reason."""
    try:
        return await correct_one(
            request, "completion", corrections.restore, "is not invalid", valid=True
        )
    except Duplicate:
        raise _used(f"The value of completion {path_id(request, 'completion')}") from None
    except FriendRefused as refused:
        which = f"completion {path_id(request, 'completion')}"
        raise _friend_refused(refused.why, which) from None


async def invalidate_several(request: Request) -> Response:
    """Invalidate several completions at once, with one reason."""
    return await _several(request, corrections.invalidate)


async def restore_several(request: Request) -> Response:
    """Restore several completions at once, with one reason: all of them, or none."""
    try:
        return await _several(request, corrections.restore)
    except Duplicate:
        raise _used("The value of one of these completions") from None
    except FriendRefused as refused:
        raise _friend_refused(refused.why, "one of these completions") from None


async def _several(request: Request, correction: Correction) -> Response:
    wanted = await body(request, Several)
    reason = wanted.check()
    campaign = await campaign_of(request)
    return await commit(
        request,
        lambda tx: corrections.each(tx, correction, campaign, wanted.ids, Cause(reason, now_ms())),
        lambda changed: JSON({"changed": changed}),
    )


def _used(what: str) -> APIError:
    return APIError(
        409,
        "value_used",
        f"{what} has since unlocked the action again; invalidate that completion first.",
    )


def _friend_refused(why: Refused, which: str) -> APIError:
    said = {
        "friend_out": f"The friend who completed {which} isn't active: they are blocked or "
        "erased, or their e-mail still has to be confirmed.",
        "friends_full": f"As many friends count already as the action of {which} allows; "
        "invalidate another friend's completion first.",
    }
    return APIError(409, why, said[why])


_WHY = {"reason": "The value was copied from another entrant."}
_SEVERAL = {"ids": [17, 18], **_WHY}
_NOT_RESTORED = {
    "value_used": (409, "the value has unlocked the action again in the meantime"),
    "friend_out": (409, "the friend who completed it is blocked, erased or not confirmed"),
    "friends_full": (409, "a friend completed it, and as many friends count as its action allows"),
}

OPERATIONS = (
    list_of(
        f"{ONE}/completions", list_completions, "personal", completions.Completion, CompletionsAsked
    ),
    Operation(
        *("POST", f"{ONE}/completions/invalidate", invalidate_several, "write"),
        takes=Several,
        gives=Changed,
        example=_SEVERAL,
    ),
    Operation(
        *("POST", f"{ONE}/completions/restore", restore_several, "write"),
        takes=Several,
        gives=Changed,
        refuses=_NOT_RESTORED,
        example=_SEVERAL,
    ),
    Operation(
        *("POST", f"{ONE}/completions/{{completion}}/invalidate", invalidate, "write"),
        takes=Reason,
        gives=Validity,
        refuses={"not_done": (409, "it doesn't exist, or is already invalid")},
        example=_WHY,
    ),
    Operation(
        *("POST", f"{ONE}/completions/{{completion}}/restore", restore, "write"),
        takes=Reason,
        gives=Validity,
        refuses={"not_done": (409, "it doesn't exist, or is not invalid"), **_NOT_RESTORED},
        example=_WHY,
    ),
)
