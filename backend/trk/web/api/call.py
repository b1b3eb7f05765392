"""What all API calls share: body, query, campaign, paging, and the format of errors."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Annotated, Any, Concatenate, Literal, ParamSpec, Protocol, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from trk.core.access import SCOPES, Scope, Token
from trk.core.campaign import Campaign
from trk.core.instant import milliseconds
from trk.core.mistakes import DraftError, said
from trk.core.plain_text import EncodingError, decoded
from trk.core.rejection import shown
from trk.services.rows import shown_row
from trk.store import campaigns
from trk.store.pages import Page, Span
from trk.store.program import Transaction
from trk.web.api.operation import TEXT, Operation
from trk.web.http.respond import JSON, error
from trk.web.server import server

F = TypeVar("F")
P = ParamSpec("P")
T = TypeVar("T")
Q = TypeVar("Q", bound=msgspec.Struct)
OPERATION = "trk.operation"
TOKEN = "trk.token"
"""Keys in the ASGI scope for the operation that is called, and the token that calls it."""


class APIError(Exception):
    """An error, with the response for it."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.response = error(status, code, message, headers)


Cursor = Annotated[
    str, msgspec.Meta(pattern="^[0-9]{1,18}$", description="The `next` of the previous page.")
]
Limit = Annotated[
    int, msgspec.Meta(ge=1, le=1000, description="The maximum number of items per page.")
]
Id = Annotated[int, msgspec.Meta(ge=1, le=2**62)]
Search = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=200,
        description="Part of the text to find; with an @ in it, exactly that e-mail address.",
    ),
]
At = Annotated[
    datetime,
    msgspec.Meta(tz=True, description="An instant with an offset, such as 2026-11-23T18:00:00Z."),
]


Order = Literal["oldest", "newest"]


class Paging(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """The query of every list."""

    cursor: Cursor | None = None
    limit: Limit = 100


class Within(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A period: from `from` until just before `to`."""

    since: At | None = msgspec.field(default=None, name="from")
    until: At | None = msgspec.field(default=None, name="to")

    def filter(self, kind: type[F]) -> F:
        """What is asked for, as the store's `kind` of filter with the same names."""
        return kind(**{each.name: getattr(self, each.name) for each in fields(kind)})  # type: ignore[arg-type]


class Between(Within, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """The query of lists that are read from either end, and of a time."""

    cursor: Cursor | None = None
    limit: Limit = 100
    order: Order = "oldest"


class _SpanQuery(Protocol):
    """Anything with the fields of Between."""

    @property
    def cursor(self) -> str | None: ...
    @property
    def limit(self) -> int: ...
    @property
    def order(self) -> Order: ...
    @property
    def since(self) -> datetime | None: ...
    @property
    def until(self) -> datetime | None: ...


def span_of(asked: _SpanQuery) -> Span:
    """The part of a list that a query asks for."""
    return Span(
        after=None if asked.cursor is None else int(asked.cursor),
        limit=asked.limit,
        newest_first=asked.order == "newest",
        since=milliseconds(asked.since),
        until=milliseconds(asked.until),
    )


def operation_of(request: Request) -> Operation:
    """The operation being called."""
    called: Operation = request.scope[OPERATION]
    return called


def token_of(request: Request) -> Token:
    """The token of the caller."""
    token: Token = request.scope[TOKEN]
    return token


def demand(token: Token, scope: Scope) -> None:
    """APIError unless the token has this scope."""
    if scope not in token.scopes:
        raise APIError(
            403,
            "insufficient_scope",
            f"The token {shown(token.name)} has the scopes {', '.join(token.scopes) or 'none'}; "
            f"expected {scope} ({SCOPES[scope]}).",
            {"www-authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'},
        )


async def body(request: Request, kind: type[T], decode: Callable[[bytes], T] | None = None) -> T:
    """The body as `kind`, the type that the operation declares, decoded by `decode` if there is
    one; APIError if it doesn't fit."""
    assert operation_of(request).takes is kind, f"{request.url.path} does not declare {kind}"
    _media_type(request, "application/json")
    try:
        content = await request.body()
        return msgspec.json.decode(content, type=kind) if decode is None else decode(content)
    except (ValueError, RecursionError) as mistake:
        raise APIError(400, "invalid", f"The body is invalid: {mistake}.") from None


async def text_body(request: Request) -> str:
    """The body as text; APIError if it isn't text."""
    assert operation_of(request).takes == TEXT, f"{request.url.path} does not declare a text"
    _media_type(request, TEXT, "text/csv")
    try:
        return decoded(await request.body())
    except EncodingError as mistake:
        raise APIError(400, "invalid", str(mistake)) from None


def _media_type(request: Request, *expected: str) -> None:
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in ("", *expected):
        known = " or ".join(expected)
        raise APIError(415, "wrong_type", f"The content type is {shown(given)}; expected {known}.")


def query(request: Request, kind: type[Q]) -> Q:
    """The query as `kind`, the type that the operation declares; APIError if it doesn't fit."""
    assert operation_of(request).asks is kind, f"{request.url.path} does not declare {kind}"
    given: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if "\0" in value or "\0" in name:
            raise _invalid(f"{shown(name)} is {shown(value)}; expected text without NUL.")
        if name in given:
            raise _invalid(f"{shown(name)} is given twice; expected one value.")
        given[name] = value
    try:
        made = msgspec.convert(given, kind, strict=False)
    except ValueError as mistake:  # of a year that there is not, it is not msgspec's own
        found = re.search(r" - at `\$\.(\w+)`$", str(mistake))
        if found is None:
            raise _invalid(f"The query is invalid: {mistake}.") from None
        name, why = found[1], str(mistake)[: found.start()]
        expected = f"{why[0].lower()}{why[1:]}"
        raise _invalid(f"{name} is {shown(given[name])}; {expected}.") from None
    for field in msgspec.structs.fields(kind):
        # Lenient conversion, which numbers need, takes `null` for None and a number for an instant.
        name, value = field.encode_name, getattr(made, field.name)
        if name in given and value is None:
            raise _invalid(f"{name} is 'null'; expected a value, or leave it out.")
        if isinstance(value, datetime) and given[name][4:5] != "-":
            raise _invalid(f"{name} is {shown(given[name])}; expected RFC 3339 with an offset.")
    return made


def _invalid(message: str) -> APIError:
    return APIError(400, "invalid", message)


async def campaign_of(request: Request) -> Campaign:
    """The campaign in the URL; APIError if there is none."""
    key = request.path_params["key"]
    campaign: Campaign | None = await server(request).database.read(campaigns.by_key, key)
    if campaign is None:
        raise APIError(404, "unknown_campaign", f"There is no campaign with the key {shown(key)}.")
    return campaign


async def listed(
    request: Request,
    asked: _SpanQuery,
    program: Callable[Concatenate[Transaction, Campaign, Span, P], Coroutine[Any, Any, Page[Any]]],
    *args: P.args,
    **kwargs: P.kwargs,
) -> Response:
    """A response with the page that is asked for of one of the campaign's lists."""
    campaign, span = await campaign_of(request), span_of(asked)
    return page_response(
        await server(request).database.read(program, campaign, span, *args, **kwargs)
    )


def page_response(page: Page[Any], kind: type[Any] | None = None) -> Response:
    """A response with a page of rows, shown as `kind` if that is given."""
    more = None if page.next is None else str(page.next)
    return JSON({"data": [shown_row(row, kind) for row in page.rows], "next": more})


def page_by_id(found: Sequence[Any], limit: int, show: Callable[[Any], dict[str, Any]]) -> Response:
    """A response with at most `limit` of what was found; one more means that there is a next
    page."""
    more = str(found[limit - 1].id) if len(found) > limit else None
    return JSON({"data": [show(each) for each in found[:limit]], "next": more})


def whole_list(rows: Sequence[Any]) -> Response:
    """A response with a whole list as its only page."""
    return JSON({"data": [shown_row(row) for row in rows], "next": None})


def path_id(request: Request, name: str) -> int:
    """An id in the URL; APIError if it can't be one."""
    raw = request.path_params[name]
    if not raw.isascii() or not raw.isdigit() or len(raw) > 18:
        raise APIError(404, "not_found", f"There is no {name} {shown(raw)}.")
    return int(raw)


class Reason(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Why an owner does it, for others who will ask."""

    reason: Annotated[str, said(1, 1_000)]

    def check(self) -> str:
        """The reason, stripped; DraftError if it is empty or too long."""
        reason = self.reason.strip()
        if not 1 <= len(reason) <= 1_000 or "\0" in reason:
            raise DraftError(f"reason is {shown(self.reason)}; expected 1 to 1000 characters.")
        return reason
