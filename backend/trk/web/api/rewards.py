"""The API's rewards: codes, claims, and the mails that deliver them."""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from trk.core import reward
from trk.core.campaign import Campaign
from trk.core.code_list import CodesError, Table, codes_in, column_of, table_in
from trk.core.names import clean
from trk.core.rejection import shown
from trk.core.reward import is_low
from trk.services.code_uploads import NewCodes, adding, give_added, taking_back
from trk.store import codes, mails, rewards
from trk.store.program import Transaction
from trk.web.api.call import (
    APIError,
    Between,
    campaign_of,
    listed,
    path_id,
    query,
    text_body,
    whole_list,
)
from trk.web.api.idempotency import commit, remove
from trk.web.api.operation import ONE, TEXT, Operation, list_of
from trk.web.http.respond import JSON
from trk.web.server import server


class Stock(msgspec.Struct, frozen=True):
    """How many codes were added and how many are left; `low` once you should add some."""

    total: int
    left: int
    low: bool


class Added(Stock, frozen=True):
    """The same, and how many codes were new."""

    added: int


class ListAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """How to read the list: which column has the codes (its heading, or its number from 1; `all`:
    each cell is a code, `lines`: each line is, `words`: each word is), whether it begins with a
    heading, and the name of the list."""

    column: str | None = None
    heading: bool | None = None
    name: Annotated[str, msgspec.Meta(max_length=200)] = ""


class MailsAsked(Between, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Which e-mails."""

    state: mails.State | None = None


async def add_codes(request: Request) -> Response:
    """Add codes, as text with one per line, or as CSV; repeated and known codes are skipped.

    A heading such as `Code` is recognised and picks the column. Without one, a list of several
    columns needs `column`, and one of a single column `heading` if its first line may be one.
    """
    asked = query(request, ListAsked)
    text = await text_body(request)
    campaign = await campaign_of(request)
    if campaign.reward_kind != "codes":
        raise APIError(
            409,
            "no_codes",
            f"The reward_kind of campaign {campaign.key} is {campaign.reward_kind}; expected "
            "codes.",
        )
    # The longest lists take seconds: in a thread, so that beacons do not wait for them.
    new = await asyncio.to_thread(_codes_of, text, asked.column, asked.heading)

    database, added = server(request).database, NewCodes(0, False)
    async with adding(database, campaign, new, clean(asked.name)) as finish:

        async def finishing(tx: Transaction) -> reward.CodeStock:
            nonlocal added
            added = await finish(tx)
            return await rewards.stock(tx, campaign)

        def added_response(now: reward.CodeStock) -> Response:
            low = _low(campaign, now.total, now.left)
            return JSON(Added(now.total, now.left, low, added.number), 201)

        response = await commit(request, finishing, added_response)
    await give_added(database, campaign, added)
    return response


async def get_codes(request: Request) -> Response:
    """Read how many codes are left."""
    campaign = await campaign_of(request)
    total, left = await server(request).database.read(rewards.stock, campaign)
    return JSON(Stock(total, left, _low(campaign, total, left)))


async def list_uploads(request: Request) -> Response:
    """List the uploads that still have codes, newest first."""
    campaign = await campaign_of(request)
    return whole_list(await server(request).database.read(codes.uploads, campaign))


async def take_back_upload(request: Request) -> Response:
    """Remove the codes of an upload that haven't been given out."""
    campaign = await campaign_of(request)
    upload_id = path_id(request, "upload")

    finish = await taking_back(server(request).database, campaign, upload_id)

    async def taking(tx: Transaction) -> bool:
        return await finish(tx) > 0

    said = f"There is no upload {upload_id} in this campaign, or all of its codes were given out."
    return await remove(request, taking, APIError(409, "not_done", said))


async def list_claims(request: Request) -> Response:
    """List claims: who got which reward."""
    return await listed(request, query(request, Between), rewards.claims)


async def list_mails(request: Request) -> Response:
    """List the e-mails: what was sent, what is waiting, and why."""
    asked = query(request, MailsAsked)
    return await listed(request, asked, mails.listed, asked.state)


def _codes_of(text: str, column: str | None, heading: bool | None) -> list[str]:
    """The codes of a list. A program looks at nothing first: what is doubtful is refused."""
    try:
        table = table_in(text)
        if not table.certain:
            _demand_certainty(table, column, heading)
        if heading is not None:
            table = table._replace(heading=heading)
        where = table.column if column is None else column_of(table, column)
        found = codes_in(table, where, heading=table.heading)
    except CodesError as mistake:
        raise APIError(400, "invalid", str(mistake)) from None
    if found.unusable:
        line, cell, why = found.unusable[0]
        raise APIError(400, "invalid", f"Line {line} is {cell}, which {why}; expected a code.")
    return found.new


def _demand_certainty(table: Table, column: str | None, heading: bool | None) -> None:
    """Raise CodesError if what is doubtful in a table was not said."""
    if table.columns > 1 and column is None:
        names = ", ".join(f"“{table.name_of(n)}”" for n in range(table.columns))
        raise CodesError(
            f"The list has {table.columns} columns ({names}); expected column=… for the one with "
            "the codes, or column=all."
        )
    if table.column == "words" and column is None:
        row = table.rows[-1]
        raise CodesError(
            f"Line {row.line} is {shown(row.text, 40)}, which may be several codes; expected "
            "column=words or column=lines."
        )
    if table.columns == 1 and table.column == 0 and heading is None:
        raise CodesError(
            f"Line {table.rows[0].line} is {shown(table.name_of(0))}, which may be a heading; "
            "expected heading=true or heading=false."
        )


def _low(campaign: Campaign, total: int, left: int) -> bool:
    return campaign.reward_kind == "codes" and is_low(left, total)


OPERATIONS = (
    Operation(
        *("POST", f"{ONE}/codes", add_codes, "write"),
        status=201,
        takes=TEXT,
        asks=ListAsked,
        gives=Added,
        refuses={"no_codes": (409, "the campaign’s reward is not a list of codes")},
        example="SPRING-7F3K\nSPRING-9Q2M\n",
    ),
    Operation("GET", f"{ONE}/codes", get_codes, "read", gives=Stock),
    list_of(f"{ONE}/codes/uploads", list_uploads, "read", codes.Upload),
    Operation(
        *("DELETE", f"{ONE}/codes/uploads/{{upload}}", take_back_upload, "write"),
        status=204,
        refuses={"not_done": (409, "it doesn't exist, or all of its codes were given out")},
    ),
    list_of(f"{ONE}/claims", list_claims, "personal", rewards.Claimed, Between),
    list_of(f"{ONE}/mails", list_mails, "personal", mails.Queued, MailsAsked),
)
