"""Mails: everything the server wrote, whether it was sent, and its text."""

from __future__ import annotations

import re
from typing import cast
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from trk.store import campaigns, mails
from trk.store.mails import State
from trk.web.admin.guard import Route
from trk.web.admin.labels import AttemptLabel, explained
from trk.web.admin.listing import list_query, read_list
from trk.web.admin.lookup import numbered
from trk.web.admin.pages import render
from trk.web.server import server

STATES: dict[State, str] = {"sent": "Sent", "waiting": "Waiting", "given_up": "Not sent"}
"""A mail's state, as owners see it."""
_AWAY = "The mail server could not be reached."
_TROUBLES = {
    "ConnectionRefusedError": _AWAY,
    "TimeoutError": _AWAY,
    "gaierror": _AWAY,
    "SMTPConnectError": _AWAY,
    "SMTPServerDisconnected": "The mail server hung up.",
    "SMTPAuthenticationError": "The mail server refused the user name or password.",
    "SMTPRecipientsRefused": "The mail server doesn’t accept e-mails to this address.",
    "SMTPDataError": "The mail server doesn’t accept this e-mail.",
    "NoUnicode": "The mail server doesn’t accept addresses with letters like ü before the @.",
    "SMTPSenderRefused": "The mail server doesn’t accept e-mails from this sender.",
}
"""What went wrong, by the name of the error that the mailer recorded."""
_LINK = re.compile(r"^ {4}(https?://[!-~]+)$", re.MULTILINE)


async def list_mails(request: Request) -> Response:
    """List the newest mails, or those that match the filters."""
    app = server(request)
    names = dict(await app.database.read(campaigns.names))
    wanted = list_query(
        request, "/admin/mails", {"search": None, "state": STATES, "campaign": set(names)}
    )
    listed = await read_list(
        app.database,
        wanted,
        lambda tx, span: mails.everywhere(
            tx,
            span,
            state=cast("State | None", wanted.filters.get("state")),
            campaign_key=wanted.filters.get("campaign"),
            search=wanted.filters.get("search"),
        ),
    )
    return render(
        request,
        "mails.html",
        section="mails",
        host=urlsplit(app.settings.smtp).hostname,
        sender=app.settings.mail_from,
        rows=[(each, trouble_of(each.error)) for each in listed.rows],
        campaigns=names,
        states=STATES,
        **wanted.context(listed),
    )


async def show_mail(request: Request) -> Response:
    """One mail, as written."""
    found = await numbered(
        request, "mail", mails.by_id, "there is no such e-mail; it may have been erased"
    )
    return render(
        request,
        "mail.html",
        section="mails",
        mail=found,
        why=trouble_of(found.error),
        link=link_in(found.body, server(request).settings.public_url),
        states=STATES,
    )


def trouble_of(error: str | None) -> AttemptLabel | None:
    """Explains a mail's error; None if there was none."""
    if error is None:
        return None
    if error == mails.NO_SERVER:
        return AttemptLabel("No mail server was set up at the time, so it was not sent.")
    return explained(error, _TROUBLES)


def link_in(body: str, public_url: str) -> str | None:
    """The link to this server in a mail, or None.

    Our links are on a line of their own (see core/mail), where no visitor's name can appear. A
    link to anywhere else is treated as text.
    """
    for found in _LINK.findall(body):
        if found.startswith(f"{public_url}/"):
            return str(found)
    return None


TABLE = [Route("GET", "/mails", list_mails), Route("GET", "/mails/{mail}", show_mail)]
