"""The API's tokens: listing them, creating one that may do no more than its maker, revoking."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from trk.core.access import MOST_DAYS, Scope, token_mistakes
from trk.core.instant import Instant, iso
from trk.core.mistakes import DraftError, from_to, line
from trk.core.names import MAX_NAME
from trk.core.rejection import shown
from trk.services.rows import shown_row
from trk.services.tokens import NewToken, make_token
from trk.services.tokens import revoke_token as revoke
from trk.store import campaigns, tokens
from trk.web.api.call import APIError, Paging, body, page_by_id, path_id, query, token_of
from trk.web.api.idempotency import commit, remove
from trk.web.api.operation import Operation, list_of
from trk.web.http.respond import JSON
from trk.web.server import server


class TokenDraft(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A token to create: valid for so many `days` (null: forever), in one campaign or in all."""

    name: Annotated[str, line(MAX_NAME)]
    scopes: list[Scope]
    days: Annotated[int, from_to(1, MOST_DAYS)] | None = None
    campaign: str | None = None


class TokenAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A token, without its text. `campaign_key` is the only campaign it works in, or null."""

    id: int
    name: str
    scopes: list[Scope]
    created_at: Instant
    expires_at: Instant | None
    last_used_at: Instant | None
    campaign_key: str | None


class TokenMade(msgspec.Struct, frozen=True):
    """The new token, which is shown once: null in a repeated answer."""

    id: int
    token: str | None
    expires_at: Instant | None


async def list_tokens(request: Request) -> Response:
    """List the tokens of this server."""
    asked = query(request, Paging)
    found = await server(request).database.read(
        tokens.page, int(asked.cursor or 0), asked.limit + 1
    )
    return page_by_id(found, asked.limit, shown_row)


async def create_token(request: Request) -> Response:
    """Create a token that can do no more than yours, for no longer, and in no other campaign.

    The answer has the token, which is not shown again: an answer repeated for an Idempotency-Key
    has null in its place."""
    draft, own = await body(request, TokenDraft), token_of(request)
    wrong = token_mistakes(name=draft.name, scopes=draft.scopes, days=draft.days)
    if wrong:
        raise DraftError(_wrong(draft, next(iter(wrong))))
    if draft.campaign is not None:
        database = server(request).database
        if await database.read(campaigns.by_key, draft.campaign) is None:
            raise DraftError(
                f"campaign is {shown(draft.campaign)}; expected the key of a campaign, or null."
            )

    def created_response(made: NewToken, token: str | None) -> Response:
        if not own.may_make(draft.scopes, made.expires_at, draft.campaign):
            until = "forever" if own.expires_at is None else f"until {iso(own.expires_at)}"
            raise APIError(
                403,
                "insufficient_scope",
                f"The token {shown(own.name)} has the scopes {', '.join(own.scopes)} and is valid "
                f"{until}; expected a new token with no more scopes and no later end.",
            )
        ends = None if made.expires_at is None else iso(made.expires_at)
        shown_once = {"id": made.id, "token": token, "expires_at": ends}
        return JSON(shown_once, 201, {"cache-control": "no-store"})

    return await commit(
        request,
        lambda tx: make_token(
            tx,
            draft.name,
            scopes=draft.scopes,
            days=draft.days,
            campaign_key=draft.campaign,
        ),
        lambda made: created_response(made, made.token),
        lambda made: created_response(made, None),
    )


async def revoke_token(request: Request) -> Response:
    """Revoke a token immediately, even the one used for this call."""
    number = path_id(request, "token")
    unknown = APIError(404, "not_found", f"There is no token {number}.")
    return await remove(request, lambda tx: revoke(tx, number), unknown)


def _wrong(draft: TokenDraft, field: str) -> str:
    given: dict[str, Any] = {"name": draft.name, "scopes": draft.scopes, "days": draft.days}
    expected = {
        "name": f"1 to {MAX_NAME} characters",
        "scopes": "at least one",
        "days": f"1 to {MOST_DAYS}, or null",
    }
    return f"{field} is {shown(given[field])}; expected {expected[field]}."


OPERATIONS = (
    list_of("/tokens", list_tokens, "accounts", TokenAnswer, Paging),
    Operation(
        *("POST", "/tokens", create_token, "accounts"),
        status=201,
        takes=TokenDraft,
        gives=TokenMade,
        example={"name": "Shop", "scopes": ["beacons"], "days": 365},
    ),
    Operation("DELETE", "/tokens/{token}", revoke_token, "accounts", status=204),
)
