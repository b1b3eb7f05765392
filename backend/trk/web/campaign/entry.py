"""Entering a campaign: what its form asks for, what it accepts, and what it says if not."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from starlette.requests import Request

from trk.clock import now_ms
from trk.core import field
from trk.core.campaign import Campaign, state_at
from trk.core.days import day_at
from trk.core.field import FormField
from trk.core.keys import token_hash
from trk.core.language import Language
from trk.core.mailbox import tidy_email
from trk.core.names import clean, name_mistake
from trk.core.network import network_hash
from trk.core.rate import ENTERING, HOUSEHOLD, network_of
from trk.core.translation import shown_field
from trk.store import confirmations, fields, translations
from trk.store.arrivals import Arrived
from trk.store.entrants import TooManyUnconfirmed
from trk.web import protection
from trk.web.campaign import confirmation
from trk.web.campaign.elsewhere import known_elsewhere
from trk.web.campaign.session import referrer_of
from trk.web.campaign.visit import Visit
from trk.web.forms import FormErrors, Typed, text
from trk.web.language import spoken
from trk.web.server import server


@dataclass(frozen=True, slots=True)
class Mailed:
    """This e-mail has entered before, from another browser, so a link was mailed to it."""

    email: str


class _Entry(NamedTuple):
    """What somebody enters with: `answers` by the ids of their fields, and all as it was `typed`.
    `proved`: this browser has confirmed the e-mail in another campaign."""

    name: str
    email: str
    proved: bool
    answers: dict[int, str]
    typed: Typed


async def enter(
    request: Request, campaign: Campaign, form: Mapping[str, object], visit: Visit
) -> tuple[str | Mailed, Arrived] | FormErrors:
    """Enter with the form's `name` and `email`, or as the entrant of another campaign who is known
    here and named by `again`, with the form's answers; and link who came: the new session's token,
    and what the browser is to remember of who it is on the site."""
    now, app = now_ms(), server(request)
    entry = await _read(request, campaign, form, visit, now)
    if isinstance(entry, FormErrors):
        return entry
    refused = await _refused(request, entry)
    if refused is not None:
        return refused
    token = secrets.token_urlsafe(32)
    address = request.client.host if request.client else ""
    try:
        entrant, arrived = await app.database.write(
            confirmations.enter,
            campaign,
            visit.came,
            confirmation.new_link(request, visit, campaign),
            name=entry.name,
            email=entry.email,
            session_hash=token_hash(token),
            visitor=visit.visitor,
            now=now,
            browser=token_hash(visit.browser),
            network=network_hash(app.secret, campaign.id, address),
            language=spoken(request).tag,
            answers=entry.answers,
            typed=not visit.framed,
            proved=entry.proved,
            referrer=None if visit.framed else referrer_of(request, campaign.key),
        )
    except TooManyUnconfirmed as many:
        return FormErrors({"email": _too_many(spoken(request), many.wait)}, entry.typed, 429)
    if entrant is None:
        await confirmation.mail_link(request, visit, campaign, entry.email)
        return Mailed(entry.email), arrived
    app.mailer.wake()
    return token, arrived


async def _read(
    request: Request, campaign: Campaign, form: Mapping[str, object], visit: Visit, now: int
) -> _Entry | FormErrors:
    """What the form says, or what is wrong with it."""
    name, email = clean(text(form.get("name"))), text(form.get("email"))
    known = await known_elsewhere(request, campaign, visit)
    again = next((each for each in known if str(each.id) == form.get("again")), None)
    if again is not None:
        name, email = again.name, again.email
    say, mistakes = spoken(request).gettext, {}
    if form.get("again") and not (name or email):
        # Whom the card named has gone since it was shown.
        gone = say("We no longer know you from the other campaign. Enter your name and e-mail.")
        return FormErrors({"name": gone}, {})
    asked = field.asked_of(await server(request).database.read(fields.of_campaign, campaign))
    answers = {each.name: field.tidy(each, text(form.get(each.name))) for each in asked}
    changed = await _changed(request, campaign, asked, form)
    # Nobody has agreed to what they have not seen.
    answers |= {each.name: "no" for each in changed if each.kind == "checkbox"}
    wrong = name_mistake(name, say("Enter your name."))
    if wrong:
        mistakes["name"] = wrong
    tidy = tidy_email(email)
    if tidy is None:
        mistakes["email"] = say("Enter an e-mail address such as name@example.org.")
    else:
        email = tidy
    today = date.fromisoformat(day_at(campaign.timezone, now))
    mistakes |= dict(field.mistakes_in(asked, answers, today))
    asks_again = say("This question has changed in the meantime. Answer it again.")
    mistakes |= {each.name: asks_again for each in changed}
    if not mistakes and state_at(campaign, now) != "open":
        mistakes["email"] = say("This campaign is not open.")
    typed = {"name": name, "email": email, **answers}
    if mistakes:
        return FormErrors(mistakes, typed)
    proved = any(each.proved and each.email == email for each in known)
    given = {each.id: answers[each.name] for each in asked if answers[each.name]}
    return _Entry(name, email, proved, given, typed)


async def _refused(request: Request, entry: _Entry) -> FormErrors | None:
    """Why nobody can enter with that now: too many from one network, or an address that the mail
    server takes no mails for."""
    language = spoken(request)
    wait = await _wait(request)
    if wait:
        sentence = language.gettext(
            "Too many people entering from your network in a short time; try again %(ahead)s."
        ) % {"ahead": language.ahead(wait)}
        return FormErrors({"email": sentence}, entry.typed, 429)
    if not await server(request).mail_addresses.takes(entry.email):
        sentence = language.gettext(
            "We can’t send e-mails to an address with letters like ü before the @. Enter another "
            "one."
        )
        return FormErrors({"email": sentence}, entry.typed)
    return None


async def _changed(
    request: Request, campaign: Campaign, asked: Sequence[FormField], form: Mapping[str, object]
) -> list[FormField]:
    """The fields that ask for something else now than the page did from which the form comes."""
    tag = spoken(request).tag
    texts = await server(request).database.read(translations.of, campaign, tag)
    shown = (shown_field(each, texts, spoken(request)) for each in asked)
    return [
        each
        for each, now in zip(asked, shown, strict=True)
        if text(form.get(f"{now.name}-asked")) not in ("", now.asked)
    ]


def _too_many(language: Language, wait: float) -> str:
    return language.gettext(
        "Many people have just entered from your network without confirming their e-mail. As soon "
        "as some of them open the link they got, you can enter too; otherwise %(ahead)s."
    ) % {"ahead": language.ahead(wait)}


async def _wait(request: Request) -> float:
    network = network_of(request.client.host, HOUSEHOLD) if request.client else None
    if network is None:
        return 0
    return await protection.wait(server(request), ENTERING, "entering from", network)
