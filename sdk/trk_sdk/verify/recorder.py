"""Records what the browser reports while a page is open: requests, pushes, complaints."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from playwright.sync_api import ConsoleMessage, Page, Request, Response

from trk_sdk.console import PREFIX, STEPS, Sentence
from trk_sdk.verify.observations import Send, Violation, beacon_campaign, script_campaign

_PROBE = Path(__file__).with_name("probe.js")
_MOST_KEPT = 1000
"""Of each kind; a page that never comes to rest must not fill the memory."""


# Without slots: Playwright sets attributes on the object whose method listens.
@dataclass
class Recorder:
    """What the browser reported about `page` since `listen`; its events fill this in."""

    page: Page
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    document: Request | None = None
    requests: list[Request] = field(default_factory=list)
    responses: dict[Request, Response] = field(default_factory=dict)
    failed: dict[Request, str] = field(default_factory=dict)
    ended: set[Request] = field(default_factory=set)
    under_way: set[Request] = field(default_factory=set)
    sends: dict[str, Send] = field(default_factory=dict)
    violations: dict[Violation, None] = field(default_factory=dict)
    pushed: list[str] = field(default_factory=list)
    lines: dict[str, None] = field(default_factory=dict)
    errors: dict[str, None] = field(default_factory=dict)
    loaded: bool = False
    stirred: float = 0.0
    """When something last happened, by time.monotonic()."""

    def listen(self) -> None:
        """Start recording; call it before the page is opened."""
        probe = _PROBE.read_text(encoding="utf-8").replace("TOKEN", self.token)
        self.page.context.add_init_script(probe)
        self.page.on("request", self._on_request)
        self.page.on("response", self._on_response)
        self.page.on("requestfinished", self._on_finished)
        self.page.on("requestfailed", self._on_failed)
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self._keep(self.errors, error.message))
        self.page.on("load", self._on_load)

    def answer_to(self, request: Request | None) -> Response | None:
        """The response to the request; None if there is no request, or no response yet."""
        return None if request is None else self.responses.get(request)

    def stir(self) -> None:
        """Note that something has just happened."""
        self.stirred = time.monotonic()

    def _on_load(self, _: Page) -> None:
        self.loaded = True
        self.stir()

    def _on_request(self, request: Request) -> None:
        self.stir()
        self.under_way.add(request)
        if request.is_navigation_request() and request.frame == self.page.main_frame:
            self.document = request
            self.loaded = False
        if len(self.requests) < _MOST_KEPT or script_campaign(request.url) is not None:
            self.requests.append(request)

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
            self._on_probe(*json.loads(text.removeprefix(self.token)))
        elif text.startswith(PREFIX):
            line = text.removeprefix(PREFIX).strip()
            sentence = Sentence.of(line)
            if sentence is Sentence.PUSHED:
                if len(self.pushed) < _MOST_KEPT:
                    self.pushed.append(line.removeprefix(sentence))
            elif sentence not in STEPS:
                self._keep(self.lines, line)

    def _on_probe(self, kind: str, data: dict[str, Any]) -> None:
        self.stir()
        if kind == "violation":
            self._keep(self.violations, Violation(**data))
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

    def _keep(self, things: dict[Any, None], thing: object) -> None:
        if len(things) < _MOST_KEPT:
            things[thing] = None
