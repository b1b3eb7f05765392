"""The mail to winners: its text in each of the campaign's languages, a preview, and sending it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Literal, NamedTuple

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.core.draw import DrawError
from trk.core.language import Language, first_of, language
from trk.core.translation import mail_in, parts_in
from trk.core.winner_mail import PARTS, PLACEHOLDERS, WinnerText, our_text, winner_mail
from trk.services.announcing import (
    keep_text,
    keep_translation,
    mark_of,
    state_of,
    tell_winners,
    untold,
)
from trk.services.winner_letters import letter
from trk.store import draws, translations, winning
from trk.store.draws import Draw, Winner
from trk.store.program import Transaction
from trk.web.admin.guard import Route
from trk.web.admin.lookup import ONE, address, campaign_of
from trk.web.admin.moments import deadline_in, later
from trk.web.admin.pages import render
from trk.web.admin.translations import other_language
from trk.web.forms import FormErrors, Mistaken
from trk.web.server import server

Words = Literal["yours", "ours", "missing"]
_DAYS = 7
"""How long winners have to answer, unless the owner says something else."""


class _Sample(NamedTuple):
    """The mail as one of the winners gets it."""

    name: str
    subject: str
    body: str


class _Version(NamedTuple):
    """The mail in another language than the campaign's own: whose words it has, and how many who
    entered in it are still to be written to."""

    language: Language
    words: Words
    untold: int


class _Shown(NamedTuple):
    """How many are to be written to, the other languages, the text as it is kept (a part that is
    missing is empty), and the mail as a winner gets it."""

    untold: int
    versions: list[_Version]
    kept: WinnerText
    sample: _Sample | None


async def show_mail(request: Request) -> Response:
    """The text as it is kept, or ours, and how it looks."""
    campaign, database = await campaign_of(request), server(request).database
    made = await database.read(draws.of, campaign)
    if made is None or made.concluded_at is None:
        return RedirectResponse(address(campaign, "/draw"), 303)
    spoken = _spoken(request, campaign)
    kept = await database.read(_kept, campaign, made, spoken)
    ours = our_text(spoken)
    typed = {"subject": kept.subject or ours.subject, "body": kept.body or ours.body}
    typed = {**typed, "was": mark_of(kept), **_later(campaign)}
    return await _page(request, FormErrors({}, typed, 200))


async def send_mail(request: Request) -> Response:
    """Keep the text, or send it to whoever was not written to."""
    campaign, form, at = await campaign_of(request), request.state.form, server(request)
    text = _typed(form)
    text.check()
    answer_by = deadline_in(form, "answer_by", campaign.timezone, now_ms())
    was = form.get("was")
    try:
        if form.get("do") != "send":
            return await _saved(request, await at.database.write(keep_text, campaign, text, was))
        told = await tell_winners(
            at.database, campaign, text, answer_by, at.settings.public_url, was=was
        )
    except DrawError as mistake:
        raise Mistaken({"draw": str(mistake)}, 409) from None
    at.mailer.wake()
    return RedirectResponse(address(campaign, f"/draw?told={told}"), 303)


async def translate_mail(request: Request) -> Response:
    """Keep the text in another language; it is sent with the campaign's own."""
    campaign, form = await campaign_of(request), request.state.form
    tag = _spoken(request, campaign).tag
    try:
        kept = await server(request).database.write(
            keep_translation, campaign, tag, _typed(form), form.get("was")
        )
    except DrawError as mistake:
        raise Mistaken({"draw": str(mistake)}, 409) from None
    return await _saved(request, kept)


async def _saved(request: Request, kept: WinnerText) -> Response:
    typed = {**request.state.form, "was": mark_of(kept)}
    return await _page(request, FormErrors({}, typed, 200), saved=True)


async def _page(request: Request, shown: FormErrors, saved: bool = False) -> Response:
    campaign, at = await campaign_of(request), server(request)
    spoken = _spoken(request, campaign)
    of = await at.database.read(_shown, campaign, spoken, shown.typed, at.settings.public_url)
    version = next((each for each in of.versions if each.language is spoken), None)
    conflict = shown.status_code == 409 and not shown.at
    kept = {part: getattr(of.kept, part) for part in PARTS}
    return render(
        request,
        "winner_mail.html",
        shown,
        campaign=campaign,
        tab="Draw",
        spoken=spoken,
        own_language=language(campaign.languages[0]),
        version=version,
        versions=of.versions,
        untold=of.untold,
        # What is only suggested is not what anybody gets.
        sample=None if version is not None and version.words == "missing" else of.sample,
        saved=saved,
        conflict=conflict,
        was=mark_of(of.kept) if conflict else shown.typed.get("was", ""),
        stored={
            part: text
            for part, text in kept.items()
            if conflict and text != shown.typed.get(part, "")
        },
        mails=at.settings.sends_mails,
        placeholders=", ".join(f"{{{name}}} ({what})" for name, what in PLACEHOLDERS.items()),
    )


def _spoken(request: Request, campaign: Campaign) -> Language:
    """The language of the text that the page is about: the campaign's own unless the URL names
    another."""
    if "language" in request.path_params:
        return other_language(request, campaign)
    return language(campaign.languages[0])


def _typed(form: Mapping[str, str]) -> WinnerText:
    return WinnerText(form.get("subject", ""), form.get("body", ""))


async def _kept(tx: Transaction, campaign: Campaign, made: Draw, spoken: Language) -> WinnerText:
    """What is kept in this language; a part that is missing is empty."""
    if spoken.tag == campaign.languages[0]:
        return await winning.text_of(tx, campaign, made.id)
    return parts_in(await translations.of(tx, campaign, spoken.tag), made.id)


def _later(campaign: Campaign) -> dict[str, str]:
    return later("answer_by", now_ms(), campaign.timezone, _DAYS)


async def _shown(
    tx: Transaction,
    campaign: Campaign,
    spoken: Language,
    typed: Mapping[str, str],
    public_url: str,
) -> _Shown:
    made = await draws.of(tx, campaign)
    if made is None or made.concluded_at is None:
        return _Shown(0, [], WinnerText("", ""), None)
    stored = await draws.winners(tx, campaign, made.id)
    people = await draws.names(tx, campaign, [each.win.entrant_id for each in stored])

    def entered_in(winner: Winner) -> Language:
        return first_of(campaign.languages, people[winner.win.entrant_id]["language"])

    waiting = untold(stored, people)
    to_tell = Counter(entered_in(each).tag for each in waiting)
    versions = [
        await _version(tx, campaign, made, tag, to_tell[tag]) for tag in campaign.languages[1:]
    ]
    # Of those who get it, or could, one who entered in the language.
    order = waiting or [
        each for each in stored if each.taken_back_at is None and state_of(each, people) == "active"
    ]
    chosen = min(order, key=lambda each: entered_in(each) is not spoken, default=None)
    sample = None
    if chosen is not None:
        name = people[chosen.win.entrant_id]["name"]
        sample = await _sample(tx, campaign, spoken, typed, chosen, name, public_url)
    return _Shown(len(waiting), versions, await _kept(tx, campaign, made, spoken), sample)


async def _version(
    tx: Transaction, campaign: Campaign, made: Draw, tag: str, to_tell: int
) -> _Version:
    own = await winning.text_of(tx, campaign, made.id)
    texts = await translations.of(tx, campaign, tag)
    words: Words = "missing"
    if mail_in(tag, texts, made.id, own, campaign) is not None:
        mine = parts_in(texts, made.id)
        words = "yours" if mine.subject or mine.body else "ours"
    return _Version(language(tag), words, to_tell)


async def _sample(
    tx: Transaction,
    campaign: Campaign,
    spoken: Language,
    typed: Mapping[str, str],
    winner: Winner,
    name: str,
    public_url: str,
) -> _Sample | None:
    """What is typed, as this winner would get it; None if there is a mistake in it."""
    text, with_deadline = _typed(typed), {**_later(campaign), **typed}
    try:
        answer_by = deadline_in(with_deadline, "answer_by", campaign.timezone, now_ms())
    except Mistaken:
        return None
    if any(text.mistakes()):
        return None
    texts = await translations.of(tx, campaign, spoken.tag)
    written = await letter(tx, campaign, spoken.tag, text, texts)
    values = written.values(winner.win.prize_id, name, answer_by, public_url, "…")
    mail = winner_mail(text, values, 0, winner.win.n, "")
    return _Sample(name, mail.subject, mail.body)


_MAIL, _IN = f"{ONE}/draw/mail", f"{ONE}/draw/mail/{{language}}"
TABLE = [
    Route("GET", _MAIL, show_mail),
    Route("POST", _MAIL, send_mail, again=_page),
    Route("GET", _IN, show_mail),
    Route("POST", _IN, translate_mail, again=_page),
]
