"""One visit of a page in a headless browser: what the tracking script does on it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Error, Page, Request
from playwright.sync_api import TimeoutError as TooSlow

from trk_sdk.verify import markup, pushes
from trk_sdk.verify.network import trouble
from trk_sdk.verify.observations import (
    Global,
    Mention,
    Observations,
    Script,
    beacon_campaign,
    normal,
    script_campaign,
)
from trk_sdk.verify.options import VisitOptions
from trk_sdk.verify.recorder import Recorder

OPEN_SECONDS = 30.0
"""How long a page may take to send its first byte."""
QUIET_SECONDS = 1.5
"""How long the network must be idle to count as settled."""
BUSY_SECONDS = 5.0
"""How long the page's scripts may block it from being inspected at the end."""

_LOOK_SECONDS = 0.1
_MOST_SCRIPTS = 100


Tell = Callable[[str, float], None]
"""Is given a few words on what is going on, and the seconds since the page arrived."""


class PageError(RuntimeError):
    """The page can't be inspected; the message says why and what to do."""


@dataclass
class Visit:
    """One visit of the page, while it lasts."""

    options: VisitOptions
    browser: Browser
    page: Page = field(init=False)
    recorder: Recorder = field(init=False)
    html: dict[Request, str] = field(default_factory=dict)
    """Of each document that the page has been; it may leave for another, or close itself."""

    def observe(self, tell: Tell) -> Observations:
        """Open the page, wait until it settles or `options.wait` is over; what was observed.

        Raises PageError, playwright's Error, and OSError if the picture can't be written.
        """
        context = self.browser.new_context(ignore_https_errors=self.options.insecure)
        self.page = context.new_page()
        self.recorder = Recorder(self.page, self.options.global_name)
        self.recorder.listen()
        tell(f"opening {self.options.url} in {self.options.browser}", 0.0)
        began = self._opened()
        while (passed := time.monotonic() - began) < self.options.wait and not self._enough():
            tell(self._so_far(), passed)
            if not self._is_there_after(_LOOK_SECONDS):
                break
            self._read()
        found = self._collected(time.monotonic() - began)
        if self.options.screenshot is not None:
            tell("taking the picture", time.monotonic() - began)
            self.page.screenshot(path=self.options.screenshot)
        return found

    def _opened(self) -> float:
        """Go to the page; the time at which its first byte arrived."""
        failed = None
        try:
            self.page.goto(self.options.url, wait_until="commit", timeout=OPEN_SECONDS * 1000)
        except TooSlow:
            raise PageError(
                f"{self.options.url} can't be opened: there was no answer within {OPEN_SECONDS:g} "
                "s. Check that its server is up."
            ) from None
        except Error as error:
            failed = error
        answer = self.recorder.answer_to(self.recorder.document)
        # Chromium refuses to open an error response without a body.
        if answer is not None and answer.status >= 400:
            raise PageError(
                f"{self.options.url} can't be opened: it answered {answer.status}; expected a "
                "page. Open it in a browser."
            )
        if failed is not None:
            why, advice = trouble(failed.message.partition("\nCall log")[0])
            raise PageError(f"{self.options.url} can't be opened: {why}. {advice}")
        self.recorder.stir()
        return self.recorder.stirred

    # ---- Waiting

    def _is_there_after(self, seconds: float) -> bool:
        try:
            self.page.wait_for_timeout(seconds * 1000)
        except Error:
            if not self.page.is_closed():
                raise
        return not self.page.is_closed()

    def _read(self) -> None:
        document = self.recorder.document
        if document is not None and document not in self.html:
            text = self._text(document)
            if text is not None:
                self.html[document] = text

    def _enough(self) -> bool:
        """Has everything arrived that may still come? Missing names are awaited to the end."""
        quiet = (
            time.monotonic() - self.recorder.stirred >= QUIET_SECONDS
            and not self.recorder.under_way
        )
        if not quiet or not self.recorder.loaded:
            return False
        own = [
            send for send in self.recorder.sends.values() if send.campaign.key == self.options.key
        ]
        missing = pushes.missing(pushes.sent(own), self.options.expected)
        return (pushes.settled(own) and not missing) or self._hopeless()

    def _hopeless(self) -> bool:
        """Did the script fail to load, so that no push can arrive any more?"""
        own = [script for script in self._scripts() if script.campaign.key == self.options.key]
        blocked = [script_campaign(violation.blocked) for violation in self.recorder.violations]
        if not own:
            # Not every browser makes a request that the page's policy blocks.
            return any(
                campaign is not None and campaign.key == self.options.key for campaign in blocked
            )
        return all(script.failure or (script.status or 0) >= 400 for script in own)

    def _so_far(self) -> str:
        rows = pushes.sent(self.recorder.sends.values())
        done = sum(row.outcome in pushes.ACKNOWLEDGED for row in rows)
        if rows:
            return f"{done} of {len(rows)} pushes acknowledged"
        return (
            "the script is there, nothing has been pushed yet"
            if self.recorder.scripts
            else "looking for the script"
        )

    # ---- What was observed

    def _collected(self, seconds: float) -> Observations:
        variable = self._looked()
        html = self._html()
        loaded, name = dict(self._loaded()), self.options.global_name
        return Observations(
            url=self.page.url,
            mentions=tuple(self._mentions(html)),
            scripts=self._scripts(),
            sends=tuple(self.recorder.sends.values()),
            failures=tuple(
                (request.url, failure)
                for request, failure in self.recorder.failed.items()
                if beacon_campaign(request.url) is not None
            ),
            violations=tuple(self.recorder.violations),
            replayed=tuple(self.recorder.replayed),
            pushed=tuple(self.recorder.pushed),
            tried=self.recorder.tried,
            lines=tuple(self.recorder.lines),
            errors=self.recorder.uncaught(),
            pushing=tuple(url for url, source in loaded.items() if markup.names(source, name)),
            hidden=tuple(self._hidden(html, loaded)),
            variable=variable,
            seconds=seconds,
        )

    def _html(self) -> str:
        """The HTML of the page that is there, or else of the last that was."""
        self._read()
        document = self.recorder.document
        if document is not None and document in self.html:
            return self.html[document]
        try:
            return self.page.content()
        except Error:
            return next(reversed(self.html.values()), "")

    def _mentions(self, html: str) -> Iterator[Mention]:
        for document, read in self.html.items():
            yield from markup.mentions(read, self.options.key, document.url)
        if html not in self.html.values():
            yield from markup.mentions(html, self.options.key, self.page.url)

    def _scripts(self) -> tuple[Script, ...]:
        found = []
        for request in self.recorder.scripts:
            campaign = script_campaign(request.url)
            if campaign is None or not self._is_tracking(request.url) or request.redirected_from:
                continue
            last = request
            while last.redirected_to is not None:
                last = last.redirected_to
            answer = self.recorder.answer_to(last)
            found.append(
                Script(
                    url=request.url,
                    campaign=campaign,
                    status=answer.status if answer else None,
                    type=answer.headers.get("content-type", "") if answer else "",
                    failure=self.recorder.failed.get(last, ""),
                    arrived=last in self.recorder.ended,
                    framed=request.frame != self.page.main_frame,
                )
            )
        return tuple(found)

    def _is_tracking(self, url: str) -> bool:
        """Is it one of ours? Other software has scripts named embed.js, too."""
        campaign = script_campaign(url)
        return campaign is not None and (
            campaign.key == self.options.key
            or campaign.address == normal(self.options.address)
            or urlsplit(url).path.endswith("/trk.js")
        )

    def _loaded(self) -> Iterator[tuple[str, str]]:
        """The address and the source of each script file of the page, apart from ours."""
        for request in (*self.recorder.requests, *self.recorder.scripts)[:_MOST_SCRIPTS]:
            if request.resource_type == "script" and not self._is_tracking(request.url):
                source = self._text(request)
                if source is not None:
                    yield request.url, source

    def _hidden(self, html: str, loaded: Mapping[str, str]) -> Iterator[str]:
        name = self.options.global_name
        if any(markup.keeps_to_itself(each, name) for each in markup.inline_scripts(html)):
            yield "a script in the page"
        for url, source in loaded.items():
            if markup.keeps_to_itself(source, name):
                yield url

    def _text(self, request: Request | None) -> str | None:
        """The body of the response; None if it has not arrived completely."""
        answer = self.recorder.answer_to(request)
        if answer is None or request not in self.recorder.ended:
            return None
        try:
            return answer.text()
        except (Error, UnicodeDecodeError):
            # The browser keeps no body for some responses, such as those from its cache.
            return None

    def _looked(self) -> Global:
        """What the global is at the end."""
        look = f"() => {self.recorder.token}()"
        try:
            # Not evaluate(), which would wait for ever if a script of the page never ends.
            self.page.wait_for_function(look, timeout=BUSY_SECONDS * 1000)
        except TooSlow:
            # One that goes on to another page again and again is not busy.
            if time.monotonic() - self.recorder.moved > BUSY_SECONDS:
                raise PageError(
                    f"{self.options.url} can't be checked: its scripts kept it busy for "
                    f"{BUSY_SECONDS:g} s. Open it in a browser."
                ) from None
        except Error:
            # It has replaced what the browser would look with, or is left; it was seen before.
            pass
        return self.recorder.variable()
