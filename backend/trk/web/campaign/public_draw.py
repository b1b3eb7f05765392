"""`GET /{key}/draw`: how the winners are drawn, for whoever doubts it; and the record of a draw,
from which anyone can repeat it."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from trk.clock import now_ms
from trk.core import drand
from trk.core.campaign import Campaign, over_since
from trk.core.doubts import doubts, guarantees, limits
from trk.core.translation import TextPlace
from trk.services.draw_plans import round_ahead
from trk.services.draw_records import proof_of, record
from trk.services.fixed_lists import published
from trk.store import draw_plans, draws, fixed_lists, prizes, translations
from trk.store.status import Poll
from trk.web.campaign.look import look_of, render
from trk.web.campaign.lookup import NothingHere, campaign_of
from trk.web.campaign.session import remember_language
from trk.web.campaign.visit import by_cookies
from trk.web.http.download import begun
from trk.web.language import spoken
from trk.web.server import server

_VARIES = {"vary": "accept"}


async def show_draw(request: Request) -> Response:
    """The page, from the campaign's first day on; for a program (one that does not ask for HTML)
    the record."""
    if "text/html" not in request.headers.get("accept", ""):
        return await download_draw(request)
    campaign = await campaign_of(request)
    if campaign.kind != "competition":
        raise NothingHere
    read = server(request).database.read
    said = await read(translations.campaign_in, campaign, spoken(request).tag)
    page = render(
        request,
        "draw.html",
        await look_of(request, said),
        await _shown(request, campaign),
        headers={"cache-control": "private, no-store", **_VARIES},
    )
    chosen = request.query_params.get("lang", "")
    if chosen in campaign.languages:
        remember_language(page, request, campaign.key, chosen)
    return page


async def download_draw(request: Request) -> Response:
    """Seed and proof, winners, and the entrants' numbers and entries; no names, no e-mails.

    `trk draw verify` reads it.
    """
    campaign, database = await campaign_of(request), server(request).database
    made = await database.read(draws.of, campaign)
    if made is None or made.announced_at is None:
        raise NothingHere
    name = f'attachment; filename="draw-{campaign.key}.txt"'
    return StreamingResponse(
        await begun(record(database, campaign, made)),
        200,
        {"content-disposition": name, **_VARIES},
        "text/plain",
    )


async def _shown(request: Request, campaign: Campaign) -> dict[str, Any]:
    database = server(request).database
    plan = await database.read_public(draw_plans.of, campaign)
    stored = await database.read_public(fixed_lists.of_campaign, campaign)
    made = await database.read_public(draws.of, campaign)
    # What the winners were drawn from is told at once, so that nobody can draw again unseen; who
    # they are, and the secret, which would tell it, when they are announced.
    checked = made if made is not None and made.concluded_at is not None else None
    if checked is None or checked.announced_at is not None:
        made, checked = checked, None
    else:
        made = None
    proof = await proof_of(database, campaign, made) if made is not None else None
    standing = next((each for each in stored if each.opened_at is None and each.digest), None)
    number = round_ahead(plan, stored, campaign)
    wins = await database.read_public(draws.winners, campaign, made.id) if made is not None else []
    texts = await database.read_public(translations.of, campaign, spoken(request).tag)
    titles = {
        row["id"]: texts.get(TextPlace("prize", row["id"], "title"), row["title"])
        for row in await database.read_public(prizes.of_campaign, campaign)
    }
    you, entries = await _entrant(request, campaign), 0
    if you is not None and made is not None:
        entries = await database.read_public(draws.entries_of, campaign, made.id, you)
    elif you is not None and standing is not None:
        entries = await database.read_public(fixed_lists.entries_of, campaign, standing.id, you)
    return {
        "plan": plan,
        "over": over_since(campaign, now_ms()) is not None,
        "fixed": published(stored),
        "standing": standing,
        "round": number,
        "round_at": None if number is None else drand.comes_at(number),
        "round_url": None if number is None else drand.PUBLIC + drand.path_of(number),
        "made": made,
        "checked": checked,
        "proof": proof,
        "wins": [(each, titles.get(each.win.prize_id)) for each in wins],
        "guarantees": guarantees(plan.kind),
        "limits": limits(plan.kind, plan.source),
        "doubts": list(doubts(proof, [each.win for each in wins])) if proof is not None else [],
        "you": you,
        "your_entries": entries,
    }


async def _entrant(request: Request, campaign: Campaign) -> int | None:
    """The number of the entrant who looks at the page."""
    visit = by_cookies(request, campaign.key)
    seen = await server(request).status.read(Poll(campaign.key, visit.session_hash))
    return None if seen is None else seen.entrant_id
