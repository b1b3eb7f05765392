"""Entrants without a page, by what their browsers send: pages for all of them take longer."""

from __future__ import annotations

from http.cookiejar import CookieJar
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, ProxyHandler, build_opener


class PlainEntrant:
    """Somebody new, in a browser of their own."""

    def __init__(self, campaign: str, *headers: tuple[str, str]) -> None:
        """`campaign` is its address, and `headers` are sent with everything."""
        self._campaign = campaign
        self._browser = plain_browser()
        self._browser.addheaders += headers

    def enter(self, name: str, email: str) -> str:
        """Enter the campaign; the page that comes back."""
        return self.send(f"{self._campaign}/enter", name=name, email=email)

    def say_done(self, action: str) -> str:
        """Say of an action, by its id, that it was done; the page that comes back."""
        return self.send(f"{self._campaign}/answer/{action}")

    def send(self, url: str, **form: str) -> str:
        """Send a form; the page that comes back."""
        with self._browser.open(url, urlencode(form).encode()) as answer:
            return str(answer.read().decode())


def plain_browser(cookies: CookieJar | None = None) -> OpenerDirector:
    """What sends forms and keeps cookies, past any proxy that the environment names."""
    return build_opener(ProxyHandler({}), HTTPCookieProcessor(cookies))
