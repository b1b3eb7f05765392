"""The JSON API under `/api/v1`: bearer token, one error shape, cursor paging."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backend.core.campaign import Action, Campaign, iso
from backend.core.drafts import ActionDraft, CampaignDraft, DraftError
from backend.core.keys import token_hash
from backend.core.rejection import shown
from backend.making import make_action, make_campaign
from backend.store import campaigns, logs, tokens
from backend.store.database import Duplicate, Row
from backend.web.respond import JSON, error

T = TypeVar("T")
Handler = Callable[[Request], Awaitable[Response]]


class APIError(Exception):
    """An error to be answered."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.answer = error(status, code, message)


def _guarded(handler: Handler) -> Handler:
    async def guarded(request: Request) -> Response:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        known = scheme.lower() == "bearer" and await request.app.state.database.read(
            tokens.known(token_hash(token))
        )
        if not known:
            return error(
                401,
                "unauthorized",
                "Expected the header Authorization: Bearer TOKEN (see: trk token create).",
                {"www-authenticate": "Bearer"},
            )
        try:
            return await handler(request)
        except APIError as refusal:
            return refusal.answer
        except DraftError as mistake:
            return error(400, "invalid", str(mistake))

    return guarded


async def create_campaign(request: Request) -> Response:
    """Make a campaign."""
    draft = await _body(request, CampaignDraft)
    try:
        campaign = await make_campaign(request.app.state.database, draft)
    except Duplicate:
        raise APIError(
            409, "taken", f"key {shown(draft.key)} is taken; expected another."
        ) from None
    return JSON(_campaign_json(campaign), 201)


async def list_campaigns(request: Request) -> Response:
    """List campaigns."""
    after, limit = _paging(request)
    found = await request.app.state.database.read(campaigns.page(after, limit))
    return _page([(c.id, _campaign_json(c)) for c in found], limit)


async def get_campaign(request: Request) -> Response:
    """One campaign."""
    return JSON(_campaign_json(await _campaign(request)))


async def create_action(request: Request) -> Response:
    """Add an action to a campaign."""
    campaign = await _campaign(request)
    draft = await _body(request, ActionDraft)
    try:
        action = await make_action(request.app.state.database, campaign, draft)
    except Duplicate:
        raise APIError(
            409, "taken", f"tracking_name {shown(draft.tracking_name)} is taken in this campaign."
        ) from None
    return JSON(_action_json(action), 201)


async def list_actions(request: Request) -> Response:
    """All actions of a campaign, in order."""
    campaign = await _campaign(request)
    actions = await request.app.state.database.read(campaigns.actions_of([campaign.id]))
    return JSON({"data": [_action_json(a) for a in actions], "next": None})


async def get_action(request: Request) -> Response:
    """One action."""
    campaign = await _campaign(request)
    wanted = request.path_params["action"]
    for action in await request.app.state.database.read(campaigns.actions_of([campaign.id])):
        if str(action.id) == wanted:
            return JSON(_action_json(action))
    raise APIError(404, "not_found", f"There is no action {shown(wanted)} in this campaign.")


async def list_trackings(request: Request) -> Response:
    """The tracking log."""
    campaign = await _campaign(request)
    after, limit = _paging(request)
    query = request.query_params
    rows = await request.app.state.database.read(
        logs.trackings(
            campaign,
            visitor=query.get("visitor"),
            name=query.get("name"),
            after=after,
            limit=limit,
        )
    )
    return _page([(row["id"], _row_json(row)) for row in rows], limit)


async def list_completions(request: Request) -> Response:
    """Completed actions."""
    campaign = await _campaign(request)
    after, limit = _paging(request)
    rows = await request.app.state.database.read(
        logs.completions(campaign, after=after, limit=limit)
    )
    return _page([(row["id"], _row_json(row)) for row in rows], limit)


def routes() -> list[Route]:
    """The API's routes, below its prefix."""
    one = "/campaigns/{key}"
    table: list[tuple[str, str, Handler]] = [
        ("POST", "/campaigns", create_campaign),
        ("GET", "/campaigns", list_campaigns),
        ("GET", one, get_campaign),
        ("POST", f"{one}/actions", create_action),
        ("GET", f"{one}/actions", list_actions),
        ("GET", f"{one}/actions/{{action}}", get_action),
        ("GET", f"{one}/trackings", list_trackings),
        ("GET", f"{one}/completions", list_completions),
    ]
    return [Route(path, _guarded(handler), methods=[method]) for method, path, handler in table]


async def _body(request: Request, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(await request.body(), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as mistake:
        raise APIError(400, "invalid", f"The body can't be used: {mistake}.") from None


async def _campaign(request: Request) -> Campaign:
    key = request.path_params["key"]
    campaign: Campaign | None = await request.app.state.database.read(campaigns.by_key(key))
    if campaign is None:
        raise APIError(404, "unknown_campaign", f"There is no campaign with the key {shown(key)}.")
    return campaign


def _paging(request: Request) -> tuple[int, int]:
    numbers = []
    for field, default, most in (("cursor", "0", 2**62), ("limit", "100", 1000)):
        raw = request.query_params.get(field, default)
        if not raw.isascii() or not raw.isdigit() or not int(raw) <= most:
            raise APIError(400, "invalid", f"{field} is {shown(raw)}; expected 0 to {most}.")
        numbers.append(int(raw))
    return numbers[0], max(1, numbers[1])


def _page(rows: list[tuple[int, Any]], limit: int) -> Response:
    more = str(rows[-1][0]) if len(rows) == limit else None
    return JSON({"data": [row for _, row in rows], "next": more})


def _row_json(row: Row) -> dict[str, Any]:
    return {
        name: iso(row[name]) if name.endswith("_at") else row[name]
        for name in row.keys()  # noqa: SIM118 (a database row iterates over its values)
    }


def _campaign_json(campaign: Campaign) -> dict[str, Any]:
    shown_fields = ("key", "name", "slug", "kind", "description", "timezone", "show_entries")
    return {
        **{field: getattr(campaign, field) for field in shown_fields},
        "starts_at": campaign.starts_at and iso(campaign.starts_at),
        "ends_at": campaign.ends_at and iso(campaign.ends_at),
    }


def _action_json(action: Action) -> dict[str, Any]:
    fields = ("id", "title", "description", "url", "tracking_name", "worth", "frequency")
    return {field: getattr(action, field) for field in fields}
