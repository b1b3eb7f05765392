"""Entering a campaign: what its form asks for, what it accepts, and what it says if not."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email
from starlette.requests import Request

from trk.clock import now_ms
from trk.core.campaign import Campaign, state_at
from trk.core.keys import token_hash
from trk.core.rate import ENTERING, network_of
from trk.core.rejection import slow_down
from trk.store import arrivals
from trk.store.arrivals import Arrived
from trk.web.campaign import confirmation
from trk.web.campaign.visit import Visit
from trk.web.forms import FormErrors, text
from trk.web.server import server


@dataclass(frozen=True, slots=True)
class Mailed:
    """This e-mail has entered before, from another browser, so a link was mailed to it."""

    email: str


async def enter(
    request: Request, campaign: Campaign, form: Mapping[str, object], visit: Visit
) -> tuple[str | Mailed, Arrived] | FormErrors:
    """Enter with the form's `name` and `email`, and link who came: the new session's token, and
    what the browser is to remember of who it is on the site."""
    now = now_ms()
    name, email = text(form.get("name")), text(form.get("email"))
    typed = {"name": name, "email": email}
    mistakes = {}
    if not 1 <= len(name) <= 100 or not name.isprintable():
        mistakes["name"] = "Please give your name, with at most 100 characters."
    try:
        email = validate_email(email, check_deliverability=False, test_environment=True).normalized
        typed["email"] = email
    except EmailNotValidError:
        mistakes["email"] = "Please give an e-mail address such as name@example.org."
    if not mistakes and state_at(campaign, now) != "open":
        mistakes["email"] = "This campaign is not open now."
    if mistakes:
        return FormErrors(mistakes, typed)
    wait = _wait(request)
    if wait:
        sentence = slow_down("people entering from your network", wait).message
        return FormErrors({"email": sentence}, typed, 429)
    token = secrets.token_urlsafe(32)
    entrant, arrived = await server(request).database.write(
        arrivals.enter,
        campaign,
        visit.came,
        name=name,
        email=email,
        session_hash=token_hash(token),
        visitor=visit.visitor,
        now=now,
        browser=token_hash(visit.browser),
    )
    if entrant is None:
        await confirmation.mail_confirmation(request, visit, campaign, email)
        return Mailed(email), arrived
    return token, arrived


def _wait(request: Request) -> float:
    network = network_of(request.client.host) if request.client else None
    if network is None:
        return 0
    seconds: float = server(request).rates.wait(ENTERING, "entering from", network)
    return seconds
