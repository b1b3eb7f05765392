"""A visit to a campaign's page: on its own, or in a frame of a customer's page.

On its own, the page knows the entrant by a cookie. In a frame it uses none, because browsers block
third-party cookies: the session's token is in the page's forms, and the customer's page keeps it in
its own storage (sdk/trk_sdk/src/frame.js).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.requests import Request

from trk.core.campaign import Campaign
from trk.core.keys import is_visitor, token_hash
from trk.core.origin import normal_origin
from trk.store.arrivals import NOBODY, Came
from trk.store.confirmations import Here
from trk.web.campaign import session
from trk.web.forms import text


@dataclass(frozen=True, slots=True)
class Visit:
    """Who visits the page of campaign `key`, as far as the browser says.

    `origin` is that of the customer's page around the frame, empty without a frame; `token` is the
    session's, empty without one; `page` is the URL of the customer's page; `scheme` is `light` in a
    page that is never dark. In a frame, the customer's page tells the `visitor`; on its own, the
    browser's cookies say who `came`. `browser` is the secret by which the browser is known again,
    a new one if it had none. `language` is the one that was chosen on the page, if any.
    """

    key: str
    token: str
    visitor: str | None = None
    origin: str = ""
    page: str = ""
    scheme: str = ""
    came: Came = NOBODY
    browser: str = field(default_factory=session.new_browser)
    language: str = ""

    @property
    def session_hash(self) -> str | None:
        """The hash of the session's token, if there is one."""
        return token_hash(self.token) if self.token else None

    @property
    def here(self) -> Here:
        """The browser, as the links in mails know it again."""
        if not self.framed:
            return Here(self.session_hash, self.came)
        return Here(self.session_hash, Came(browser=token_hash(self.browser)))

    @property
    def framed(self) -> bool:
        """Is the page in a frame?"""
        return self.origin != ""


def by_cookies(request: Request, key: str) -> Visit:
    """A visit to the page on its own."""
    return _on_its_own(request, key, session.browser_of(request, key))


def by_form(request: Request, key: str, form: Mapping[str, object]) -> Visit:
    """The visit from which a form was sent; a framed page's forms say where they are."""
    origin, browser = _text(form, "origin"), session.a_browser(_text(form, "browser"))
    if not origin:
        return _on_its_own(request, key, session.browser_of(request, key) or browser)
    visitor = _text(form, "visitor")
    return Visit(
        key,
        _text(form, "session"),
        visitor if is_visitor(visitor) else None,
        origin,
        _text(form, "page"),
        _text(form, "scheme"),
        browser=browser or session.new_browser(),
        language=_text(form, "lang"),
    )


def _on_its_own(request: Request, key: str, browser: str) -> Visit:
    return Visit(
        key,
        session.token_of(request, key),
        came=session.came_of(request, key),
        browser=browser or session.new_browser(),
        language=session.language_of(request, key),
    )


def origin_of(page: str) -> str:
    """The origin of a page's URL, empty if it is not a web address."""
    try:
        url = urlsplit(page)
    except ValueError:  # such as half an IPv6 address
        return ""
    return f"{url.scheme}://{url.netloc}" if url.scheme in ("http", "https") else ""


def may_frame(campaign: Campaign, origin: str) -> bool:
    """Has the owner allowed pages of this origin to frame the campaign?"""
    asked = normal_origin(origin)
    return asked is not None and asked in map(normal_origin, campaign.allowed_origins)


def _text(form: Mapping[str, object], name: str) -> str:
    # A page that we made sends no control characters; PostgreSQL would refuse some of them.
    return "".join(c for c in text(form.get(name)) if c.isprintable())[:2000]
