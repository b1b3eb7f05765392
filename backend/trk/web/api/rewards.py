"""The API's rewards: codes, claims, and the mails that deliver them."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from trk.core import reward
from trk.core.campaign import Campaign
from trk.core.reward import CodesError, codes_in, is_low
from trk.services.codes import add_codes as add
from trk.store import mails, rewards
from trk.store.program import Transaction
from trk.web.api.call import APIError, Between, campaign_of, listed, query, text_body
from trk.web.api.idempotency import commit
from trk.web.api.operation import ONE, TEXT, Operation, list_of
from trk.web.http.respond import JSON
from trk.web.server import server


class Stock(msgspec.Struct, frozen=True):
    """How many codes there were and are left; `low` once the owner should add some."""

    total: int
    left: int
    low: bool


class Added(Stock, frozen=True):
    """The same, and how many codes were new."""

    added: int


class MailsAsked(Between, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Which mails."""

    state: mails.State | None = None


async def add_codes(request: Request) -> Response:
    """Add codes, one a line of the body (text); repeated and known ones change nothing."""
    text = await text_body(request)
    campaign = await campaign_of(request)
    if campaign.reward_kind != "codes":
        raise APIError(
            409,
            "no_codes",
            f"The reward_kind of campaign {campaign.key} is {campaign.reward_kind}; a list of "
            "codes is for codes.",
        )
    try:
        codes = codes_in(text)
    except CodesError as mistake:
        raise APIError(400, "invalid", str(mistake)) from None

    async def adding(tx: Transaction) -> tuple[int, reward.CodeStock]:
        added = await add(tx, campaign, codes)
        return added, (await rewards.stock(tx, campaign))

    def added_response(done: tuple[int, reward.CodeStock]) -> Response:
        added, (total, left) = done
        return JSON(Added(total, left, _low(campaign, total, left), added), 201)

    return await commit(request, adding, added_response)


async def get_codes(request: Request) -> Response:
    """Read how many codes are left."""
    campaign = await campaign_of(request)
    total, left = await server(request).database.read(rewards.stock, campaign)
    return JSON(Stock(total, left, _low(campaign, total, left)))


async def list_claims(request: Request) -> Response:
    """List who got what."""
    return await listed(request, query(request, Between), rewards.claims)


async def list_mails(request: Request) -> Response:
    """List the outbox: what was sent, what waits, and why."""
    asked = query(request, MailsAsked)
    return await listed(request, asked, mails.listed, asked.state)


def _low(campaign: Campaign, total: int, left: int) -> bool:
    return campaign.reward_kind == "codes" and is_low(left, total)


OPERATIONS = (
    Operation(
        *("POST", f"{ONE}/codes", add_codes, "write"),
        status=201,
        takes=TEXT,
        gives=Added,
        refuses={"no_codes": (409, "the campaign’s reward is not a list of codes")},
        example="SPRING-7F3K\nSPRING-9Q2M\n",
    ),
    Operation("GET", f"{ONE}/codes", get_codes, "read", gives=Stock),
    list_of(f"{ONE}/claims", list_claims, "personal", rewards.Claimed, Between),
    list_of(f"{ONE}/mails", list_mails, "personal", mails.Queued, MailsAsked),
)
