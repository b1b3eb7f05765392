"""What every call of the API has: token, body, campaign, paging, and the one shape of an error."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from backend.core.campaign import Campaign, iso
from backend.core.drafts import DraftError
from backend.core.keys import token_hash
from backend.core.rejection import shown
from backend.store import campaigns, tokens
from backend.store.program import Row
from backend.web.respond import JSON, error

T = TypeVar("T")
Handler = Callable[[Request], Awaitable[Response]]
Table = list[tuple[str, str, Handler]]
"""Method, path below `/api/v1`, handler."""
ONE = "/campaigns/{key}"


class APIError(Exception):
    """An error to be answered."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.answer = error(status, code, message)


def guarded(handler: Handler) -> Handler:
    """`handler` for who has a token, with its errors as answers."""

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


async def body(request: Request, kind: type[T]) -> T:
    """The body as `kind`; APIError if it is none."""
    try:
        return msgspec.json.decode(await request.body(), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as mistake:
        raise APIError(400, "invalid", f"The body can't be used: {mistake}.") from None


async def campaign_of(request: Request) -> Campaign:
    """The campaign that the address names; APIError if there is none."""
    key = request.path_params["key"]
    campaign: Campaign | None = await request.app.state.database.read(campaigns.by_key(key))
    if campaign is None:
        raise APIError(404, "unknown_campaign", f"There is no campaign with the key {shown(key)}.")
    return campaign


def paging(request: Request) -> tuple[int, int]:
    """The cursor (an id) and the limit of a page."""
    return number(request, "cursor", "0", 0, 2**62), number(request, "limit", "100", 1, 1000)


def number(request: Request, field: str, default: str, least: int, most: int) -> int:
    """A number in the query; APIError if it is none or out of bounds."""
    raw = request.query_params.get(field, default)
    number = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 20 else -1
    if not least <= number <= most:
        raise APIError(400, "invalid", f"{field} is {shown(raw)}; expected {least} to {most}.")
    return number


def text(request: Request, field: str) -> str | None:
    """A text in the query, or None; APIError if no database can hold it."""
    given = request.query_params.get(field)
    if given is not None and "\0" in given:
        raise APIError(400, "invalid", f"{field} is {shown(given)}; expected text without NUL.")
    return given


def page(rows: list[tuple[int, Any]], limit: int) -> Response:
    """A page of a list, from (id, content); `next` is the cursor of the next one, if any."""
    more = str(rows[-1][0]) if len(rows) == limit else None
    return JSON({"data": [row for _, row in rows], "next": more})


def row_json(row: Row) -> dict[str, Any]:
    """A database row as the API shows it: instants are RFC 3339."""
    return {
        name: iso(row[name]) if name.endswith("_at") and row[name] is not None else row[name]
        for name in row.keys()  # noqa: SIM118 (a database row iterates over its values)
    }


def path_id(request: Request, name: str) -> int:
    """An id in the address; APIError if it can be none."""
    raw = request.path_params[name]
    if not raw.isascii() or not raw.isdigit() or len(raw) > 18:
        raise APIError(404, "not_found", f"There is no {name} {shown(raw)} in this campaign.")
    return int(raw)


class Reason(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Why an owner does something that others will ask about."""

    reason: str

    def check(self) -> str:
        """The reason, without the spaces around it; DraftError if it says nothing."""
        reason = self.reason.strip()
        if not 1 <= len(reason) <= 1_000 or "\0" in reason:
            raise DraftError(f"reason is {shown(self.reason)}; expected 1 to 1000 characters.")
        return reason
