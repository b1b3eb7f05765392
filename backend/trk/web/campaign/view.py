"""Renders the campaign's page for one visit."""

from __future__ import annotations

from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from trk.clock import now_ms
from trk.core.campaign import Campaign, as_published
from trk.core.field import asked_of
from trk.core.mail import masked
from trk.core.status import friends_of, status_of
from trk.core.timing import timing_at
from trk.core.translation import ShownField, Texts, shown_field, translated
from trk.store import entrant_sessions, fields, offer, translations
from trk.store.status import Poll, PollResult, total_entries
from trk.web.campaign.elsewhere import offered
from trk.web.campaign.look import look_of, render
from trk.web.campaign.lookup import NothingHere, may_see
from trk.web.campaign.message import NO_PAGE, message
from trk.web.campaign.visit import Visit
from trk.web.forms import FormErrors
from trk.web.http.crawlers import NO_INDEX
from trk.web.language import for_scripts, speak, spoken
from trk.web.server import server

Asked = Literal["sent", "lately"]
"""The mail to confirm was asked for: it is sent again, or it was sent lately."""
FROM_HERE = {"referrer-policy": "strict-origin"}
"""Tells the pages that a campaign leads to from which server the visitor comes, and no more: trk.js
reports whether a page was opened straight from the campaign. A redirect on the way has to say it
too."""


async def load_view(request: Request, visit: Visit) -> PollResult:
    """What the database knows about this visit; NothingHere if there is no such campaign. From then
    on the request is answered in a language of the campaign's."""
    asked = Poll(visit.key, visit.session_hash, visit.came.visitors, now_ms())
    seen = await server(request).status.read(asked)
    if seen is None or not await may_see(request, seen.campaign):
        raise NothingHere
    speak(request, seen.campaign, visit.language)
    return seen


async def render_view(
    request: Request,
    seen: PollResult,
    visit: Visit,
    mistakes: FormErrors | None = None,
    *,
    mailed: str = "",
    news: str = "",
    asked: Asked | None = None,
    notice: str = "",
) -> Response:
    """The page with what was `seen` for the visit.

    `mistakes` are those in the form just sent, `mailed` is the address that was sent a link,
    `asked` is what became of asking for one, `notice` says what has not been done. In a frame,
    `news` is what the page reports to the customer's page: `entered`, or the id of a completed
    action; with `asking` it stays hidden until it knows who the visitor is.
    """
    database, now, campaign = server(request).database, now_ms(), seen.campaign
    published = as_published(campaign, now)
    status = status_of(published, seen.actions, seen.completions, now, seen.granted, seen.confirmed)
    total = await database.read_public(total_entries, campaign) if campaign.show_entries else None
    entrant = None
    if visit.session_hash is not None:
        entrant = await database.read_public(
            entrant_sessions.by_session, campaign, visit.session_hash, now
        )
    texts = await database.read_public(translations.of, campaign, spoken(request).tag)
    enters = seen.entrant_id is None and status.state == "open" and not mailed
    again = None
    if enters and not mistakes and not seen.withheld:
        again = await offered(request, campaign, visit)
    typed = {"name": again.name, "email": again.email} if again else {}
    actions = [translated(action, texts) for action in seen.actions]
    look = await look_of(request, translated(campaign, texts))
    return render(
        request,
        "campaign.html",
        look,
        {
            "visit": visit,
            "news": news,
            "timing": timing_at(published, now, spoken(request)),
            "now": now,
            "entrant": entrant,
            "offer": await database.read_public(offer.offer_to, campaign, seen.entrant_id, texts),
            "done": sum(action.state == "done" for action in status.actions),
            "actions": list(zip(actions, status.actions, strict=True)),
            "status": status,
            "friends": {each.id: friends_of(each, seen.completions) for each in seen.actions},
            "entered": seen.entrant_id is not None,
            "fields": await form_fields(request, campaign, texts) if enters else [],
            "total": total,
            "words": for_scripts(spoken(request)),
            "withheld": seen.withheld,
            "mailed": mailed,
            "asked": asked,
            "notice": notice,
            "mistakes": mistakes.at if mistakes else {},
            "typed": mistakes.typed if mistakes else typed,
            "again": again,
            "hint": masked(again.email) if again else "",
        },
        mistakes.status_code if mistakes else 200,
        {
            "cache-control": "private, no-store",
            **FROM_HERE,
            **(NO_INDEX if visit.framed or campaign.draft else {}),
        },
        framed=visit.framed,
        own_css=True,
    )


async def form_fields(request: Request, campaign: Campaign, texts: Texts) -> list[ShownField]:
    """What the form asks besides name and e-mail, in the request's language."""
    stored = await server(request).database.read_public(fields.of_campaign, campaign)
    return [shown_field(each, texts, spoken(request)) for each in asked_of(stored)]


async def not_found(request: Request, _: Exception) -> Response:
    """The page for a URL that names no campaign, or nothing of a campaign's."""
    return await message(request, 404, *NO_PAGE)
