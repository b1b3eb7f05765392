"""`POST /campaigns/{key}/beacons`: beacons from the customer's own server."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from trk.clock import now_ms
from trk.core import tolerant
from trk.core.beacon import Answer, Beacon, checked
from trk.core.campaign import Campaign, not_published
from trk.core.keys import token_hash
from trk.core.rejection import Rejection, RejectionReason, shown
from trk.store import entrants, xrefs
from trk.store.database import Database
from trk.store.submissions import Submission, named_visitor
from trk.store.xrefs import Named
from trk.web.api.call import APIError, body, campaign_of
from trk.web.api.operation import ONE, Operation
from trk.web.http.respond import JSON, refused
from trk.web.server import server

_NOBODY = "0" * 32
"""A placeholder visitor id, for checking the rest of a beacon that names an entrant."""


_PAIR = (
    "`[name]`, `[name, value]` or `[name, value, signature]`; a malformed one is refused on "
    "its own."
)


class Call(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A beacon that identifies its entrant by e-mail, visitor id or xref token."""

    id: str
    pairs: list[Annotated[Any, msgspec.Meta(description=_PAIR)]]
    email: str | None = None
    visitor: str | None = None
    xref: str | None = None
    age: int = 0


_strict = msgspec.json.Decoder(Call)


def _decode(content: bytes) -> Call:
    """The call in a body; what is wrong in a pair is left to be judged with that pair alone."""
    return tolerant.decode(content, _strict, Call)


async def report(request: Request) -> Response:
    """Report what somebody did, from your own server.

    It is stored like a beacon, by the same rules; the token takes the place of the signature."""
    call = await body(request, Call, _decode)
    if [call.email, call.visitor, call.xref].count(None) != 2:
        raise APIError(400, "bad_beacon", "Expected exactly one of email, visitor and xref.")
    beacon = checked(
        Beacon(call.id, _NOBODY if call.visitor is None else call.visitor, call.pairs, call.age)
    )
    if isinstance(beacon, Rejection):
        return refused(beacon)
    campaign = await campaign_of(request)
    if campaign.draft:
        return refused(not_published(campaign.key))
    now = now_ms()
    named: int | None = None
    if call.visitor is None:
        found = await _named(server(request).database, campaign, call, beacon.id, now)
        if isinstance(found, Rejection):
            return refused(found)
        visitor, named = found
        beacon = msgspec.structs.replace(beacon, visitor=visitor)
    reply = await server(request).writer.submit(
        Submission(campaign.key, beacon, now, vouched=True, entrant_id=named)
    )
    return refused(reply) if isinstance(reply, Rejection) else JSON(reply)


async def _named(
    database: Database, campaign: Campaign, call: Call, beacon: str, now: int
) -> Named | Rejection:
    if call.email is not None:
        entrant = await database.read(entrants.by_email, campaign, call.email)
        if entrant is not None:
            return Named(named_visitor(entrant.id), entrant.id)
        return Rejection(
            RejectionReason.UNKNOWN_ENTRANT,
            f"Nobody has entered campaign {campaign.key} as {shown(call.email)}.",
        )
    return await database.read(xrefs.named_by, campaign, token_hash(call.xref or ""), beacon, now)


OPERATIONS = (
    Operation(
        *("POST", f"{ONE}/beacons", report, "beacons"),
        takes=Call,
        gives=Answer,
        refuses={
            "bad_beacon": (400, "the beacon is not as docs/protocol.md describes it"),
            "unknown_entrant": (404, "nobody has entered with this e-mail"),
            "id_reused": (409, "the same id was sent with different content"),
            "xref_unknown": (403, "the token identifies nobody"),
            "xref_expired": (403, "the token is older than 24 hours"),
            "campaign_draft": (403, "the campaign is not published yet; nothing is stored"),
            "campaign_not_started": (403, "the campaign has not started; the pairs are stored"),
            "campaign_ended": (403, "the campaign has ended; the pairs are stored"),
            "campaign_closed": (403, "the campaign is closed; the pairs are stored"),
            "late": (403, "it came too long after the end; the owner can count the pairs"),
            "busy": (503, "too many beacons are waiting to be stored"),
        },
        example={
            "id": "0193e5b4-6f3a-7c1e-9d2a-0123456789ab",
            "pairs": [["Purchase", "order-17"]],
            "email": "ann@example.org",
        },
    ),
)
