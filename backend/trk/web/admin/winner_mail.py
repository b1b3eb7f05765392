"""The mail to winners: its text, a preview of it, and sending it."""

from __future__ import annotations

from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.core.draw import DrawError
from trk.core.winner_mail import PLACEHOLDERS, WinnerText, winner_mail
from trk.services.announcing import keep_text, tell_winners, untold, values_for
from trk.store import draws, prizes, winning
from trk.store.program import Transaction
from trk.web.admin.guard import Route
from trk.web.admin.lookup import ONE, address, campaign_of
from trk.web.admin.moments import deadline_in, later
from trk.web.admin.pages import render
from trk.web.forms import FormErrors, Mistaken
from trk.web.server import server

_DAYS = 7
"""How long winners have to answer, unless the owner says something else."""


class _Sample(NamedTuple):
    """The mail as one of the winners gets it."""

    name: str
    subject: str
    body: str


async def show_mail(request: Request) -> Response:
    """The text as it is kept, or ours, and how it looks."""
    campaign = await campaign_of(request)
    made = await server(request).database.read(draws.of, campaign)
    if made is None or made.concluded_at is None:
        return RedirectResponse(address(campaign, "/draw"), 303)
    text = await server(request).database.read(winning.text_of, campaign, made.id)
    typed = {
        "subject": text.subject,
        "body": text.body,
        **later("answer_by", now_ms(), campaign.timezone, _DAYS),
    }
    return await _page(request, FormErrors({}, typed, 200))


async def send_mail(request: Request) -> Response:
    """Keep the text, or send it to whoever was not written to."""
    campaign, form, at = await campaign_of(request), request.state.form, server(request)
    text = WinnerText(form.get("subject", ""), form.get("body", ""))
    text.check()
    answer_by = deadline_in(form, "answer_by", campaign.timezone, now_ms())
    try:
        if form.get("do") != "send":
            await at.database.write(keep_text, campaign, text)
            return await _page(request, FormErrors({}, form, 200), saved=True)
        told = await tell_winners(at.database, campaign, text, answer_by, at.settings.public_url)
    except DrawError as mistake:
        raise Mistaken({"draw": str(mistake)}, 409) from None
    at.mailer.wake()
    return RedirectResponse(address(campaign, f"/draw?told={told}"), 303)


async def _page(request: Request, shown: FormErrors, saved: bool = False) -> Response:
    campaign, at = await campaign_of(request), server(request)

    async def read(tx: Transaction) -> tuple[int, _Sample | None]:
        return await _sample(tx, campaign, shown.typed, at.settings.public_url)

    count, sample = await at.database.read(read)
    return render(
        request,
        "winner_mail.html",
        shown,
        campaign=campaign,
        tab="Draw",
        untold=count,
        sample=sample,
        saved=saved,
        mails=at.settings.sends_mails,
        placeholders=", ".join(f"{{{name}}} ({what})" for name, what in PLACEHOLDERS.items()),
    )


async def _sample(
    tx: Transaction, campaign: Campaign, typed: Any, public_url: str
) -> tuple[int, _Sample | None]:
    """How many are to be written to, and how the first of all winners gets what is typed."""
    made = await draws.of(tx, campaign)
    stored = [] if made is None else await draws.winners(tx, made.id)
    people = await draws.names(tx, [each.win.entrant_id for each in stored])
    waiting = untold(stored, people)
    text = WinnerText(typed.get("subject", ""), typed.get("body", ""))
    try:
        answer_by = deadline_in(typed, "answer_by", campaign.timezone, now_ms())
    except Mistaken:
        return len(waiting), None
    first = next(iter(waiting or [each for each in stored if each.taken_back_at is None]), None)
    if first is None or any(text.mistakes()):
        return len(waiting), None
    titles = {row["id"]: row["title"] for row in await prizes.of_campaign(tx, campaign)}
    name = people[first.win.entrant_id]["name"]
    link = f"{public_url}/{campaign.key}/won/…"
    values = values_for(campaign, titles[first.win.prize_id], name, answer_by, link)
    mail = winner_mail(text, values, 0, first.win.n, "")
    return len(waiting), _Sample(name, mail.subject, mail.body)


TABLE = [
    Route("GET", f"{ONE}/draw/mail", show_mail),
    Route("POST", f"{ONE}/draw/mail", send_mail, again=_page),
]
