"""Records what the browser reports while a page is open: requests, pushes, complaints."""

from __future__ import annotations

import contextlib
import json
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from playwright.sync_api import ConsoleMessage, Dialog, Error, Page, Request, Response

from trk_sdk.console import PREFIX, STEPS, Sentence
from trk_sdk.verify.observations import (
    Global,
    Place,
    Send,
    UncaughtError,
    Violation,
    beacon_campaign,
    places_in,
    script_campaign,
)

_PROBE = Path(__file__).with_name("probe.js")
_UNSEEN = re.compile(r"Uncaught (?:\(in promise\) )?")
_MOST_KEPT = 1000
"""Of each kind; a page that never comes to rest must not fill the memory."""
_MOST_TOLD = 3 * _MOST_KEPT
"""What a frame reports of each kind: trk.js writes several lines for each push."""


# Without slots: Playwright sets attributes on the object whose method listens.
@dataclass
class Recorder:
    """What the browser reported about `page` since `listen`; its events fill this in."""

    page: Page
    global_name: str
    token: str = field(default_factory=lambda: f"_{secrets.token_hex(16)}")
    document: Request | None = None
    scripts: list[Request] = field(default_factory=list)
    """Requests for tracking scripts."""
    requests: list[Request] = field(default_factory=list)
    """All others."""
    responses: dict[Request, Response] = field(default_factory=dict)
    failed: dict[Request, str] = field(default_factory=dict)
    ended: set[Request] = field(default_factory=set)
    under_way: set[Request] = field(default_factory=set)
    sends: dict[str, Send] = field(default_factory=dict)
    violations: dict[Violation, None] = field(default_factory=dict)
    replayed: list[str] = field(default_factory=list)
    tried: bool = False
    pushed: list[str] = field(default_factory=list)
    lines: dict[str, None] = field(default_factory=dict)
    errors: dict[UncaughtError, None] = field(default_factory=dict)
    told: dict[UncaughtError, None] = field(default_factory=dict)
    """The same as the page itself is told of them."""
    looks: dict[float, tuple[bool, Global]] = field(default_factory=dict)
    """The global of each document that was in a frame: is it the page itself, and what was last
    seen."""
    loaded: bool = False
    moved: float = 0.0
    """When the page last went to another, by time.monotonic()."""
    stirred: float = 0.0
    """When something last happened, by time.monotonic()."""

    def listen(self) -> None:
        """Start recording; call it before the page is opened."""
        probe = _PROBE.read_text(encoding="utf-8")
        for word, meaning in (
            ("TOKEN", self.token),
            ("PREFIX", PREFIX),
            ("NAME", self.global_name),
            ("MOST", str(_MOST_TOLD)),
        ):
            probe = re.sub(rf"\b{word}\b", meaning, probe)
        self.page.context.add_init_script(probe)
        self.page.on("dialog", _dismiss)
        for event, listener in self._of_requests():
            self.page.on(event, listener)
        self.page.on("console", self._on_console)
        self.page.on("pageerror", self._on_error)
        self.page.on("load", self._on_load)

    def answer_to(self, request: Request | None) -> Response | None:
        """The response to the request; None if there is no request, or no response yet."""
        return None if request is None else self.responses.get(request)

    def uncaught(self) -> tuple[UncaughtError, ...]:
        """The page's uncaught errors, each with its places where these are known.

        What a handler of the page keeps from the browser, as `onerror` may, stopped a script too.
        """
        seen = [
            error if error.places else replace(error, places=self._places_of(error.text))
            for error in self.errors
        ]
        kept = [
            replace(error, text=_UNSEEN.sub("", error.text, count=1))
            for error in self.told
            if error.places and not any(error.text.endswith(each.text) for each in self.errors)
        ]
        return (*seen, *kept)

    def variable(self) -> Global:
        """The page's global; where the page has none, that of a frame that has."""
        pages = [seen for top, seen in self.looks.values() if top]
        frames = [seen for top, seen in self.looks.values() if not top]
        frames.sort(key=lambda seen: ("ours", "array", "other", "absent").index(seen.window))
        own = pages[-1] if pages else Global()
        there = own.window != "absent" or own.apart is not None
        return own if there or not frames else frames[0]

    def stir(self) -> None:
        """Note that something has just happened."""
        self.stirred = time.monotonic()

    def _of_requests(self) -> tuple[tuple[Any, Callable[[Any], None]], ...]:
        return (
            ("request", self._on_request),
            ("response", self._on_response),
            ("requestfinished", self._on_finished),
            ("requestfailed", self._on_failed),
        )

    def _on_load(self, _: Page) -> None:
        self.loaded = True
        self.stir()

    def _on_request(self, request: Request) -> None:
        self.stir()
        self.under_way.add(request)
        if request.is_navigation_request() and request.frame == self.page.main_frame:
            self.document = request
            self.loaded = False
            self.moved = self.stirred
        if script_campaign(request.url) is not None:
            self.scripts.append(request)
        elif len(self.requests) < _MOST_KEPT:
            self.requests.append(request)
        elif self.scripts and not self.under_way.intersection(self.scripts):
            # There will be no end of them.
            for event, listener in self._of_requests():
                self.page.remove_listener(event, listener)

    def _on_response(self, response: Response) -> None:
        self.stir()
        self.responses[response.request] = response

    def _on_finished(self, request: Request) -> None:
        self.stir()
        self.ended.add(request)
        self.under_way.discard(request)

    def _on_failed(self, request: Request) -> None:
        self.stir()
        self.failed[request] = request.failure or ""
        self.under_way.discard(request)

    def _on_console(self, message: ConsoleMessage) -> None:
        text = message.text
        if text.startswith(self.token):
            self._on_probe(**json.loads(text.removeprefix(self.token)))

    def _on_line(self, text: str) -> None:
        line = text.removeprefix(PREFIX).strip()
        sentence = Sentence.of(line)
        if sentence in (Sentence.QUEUED, Sentence.PUSHED):
            calls = self.pushed if sentence is Sentence.PUSHED else self.replayed
            if len(calls) < _MOST_KEPT:
                calls.append(line.removeprefix(sentence))
        elif sentence is Sentence.SENT:
            self.tried = True
        elif sentence not in STEPS:
            self._keep(self.lines, line)

    def _on_error(self, error: Error) -> None:
        text = ": ".join(part for part in (error.name, error.message) if part)
        places = places_in(error.stack or "")
        if unseen := _UNSEEN.match(text):
            # Chromium shows no error of another site's script; Playwright then counts from line 0.
            text = text.removeprefix(unseen[0])
            places = tuple(Place(file, line + 1) for file, line in places)
        self._keep(self.errors, UncaughtError(text, places))

    def _places_of(self, text: str) -> tuple[Place, ...]:
        # Chromium tells the page of an "Uncaught SyntaxError: …".
        return tuple(p for error in self.told if error.text.endswith(text) for p in error.places)

    def _on_probe(self, kind: str, data: dict[str, Any]) -> None:
        if kind == "look":
            self._on_look(**data)
            return
        self.stir()
        if kind == "line":
            self._on_line(data["text"])
        elif kind == "violation":
            self._keep(self.violations, Violation(**data))
        elif kind == "error":
            self._keep(self.told, UncaughtError(data["text"], places_in(data["stack"])))
        elif kind == "send":
            campaign = beacon_campaign(data["url"])
            if campaign is not None and len(self.sends) < _MOST_KEPT:
                self.sends[data["number"]] = Send(
                    data["url"], campaign, data["body"], parting=data["parting"]
                )
        elif data["number"] in self.sends:
            known = self.sends[data["number"]]
            self.sends[data["number"]] = replace(
                known, status=data["status"], answer=data["answer"]
            )

    def _on_look(self, page: float, *, top: bool, **seen: Any) -> None:
        queued, apart = seen.pop("queued"), seen.pop("apart")
        found = Global(
            **seen,
            queued=tuple((queued or {}).values()),
            apart=None if apart is None else tuple(apart.values()),
        )
        if page in self.looks or len(self.looks) < _MOST_KEPT:
            self.looks[page] = (top, found)

    def _keep(self, things: dict[Any, None], thing: object) -> None:
        if len(things) < _MOST_KEPT:
            things[thing] = None


def _dismiss(dialog: Dialog) -> None:
    # It may be gone already.
    with contextlib.suppress(Error):
        dialog.dismiss()
