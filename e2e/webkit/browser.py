"""A browser driven by WebDriver: the few commands of https://www.w3.org/TR/webdriver2/ we need."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from trk_sdk.testkit.process import direct
from trk_sdk.testkit.truth import LOOK_SECONDS, WAIT_SECONDS

_COMMAND_SECONDS = 60.0
"""How long the driver may take for one command: it waits for pages to load."""


class CommandError(RuntimeError):
    """The driver could not do a command; the message has the command and what the driver said."""


def first(selector: str, of: str = "document") -> str:
    """The expression for the first element that a CSS selector matches."""
    return f"{of}.querySelector({json.dumps(selector)})"


class Browser:
    """A browser with one window.

    Elements are named by JavaScript expressions, since WebDriver's own ways to name one don't see
    into shadow roots. They are waited for until they are there and can be seen.
    """

    def __init__(self, driver: str, patience: float) -> None:
        """`driver` is the WebDriver's address; the browser may take so many seconds to start, or
        TimeoutError is raised."""
        self._address = f"{driver}/session"
        self._patience = patience
        # Nothing but the servers under test, whatever proxy the environment names.
        wanted = {"proxy": {"proxyType": "direct"}}
        made = self._post("", {"capabilities": {"alwaysMatch": wanted}})
        self._address += f"/{made['sessionId']}"
        self._patience = _COMMAND_SECONDS

    @property
    def url(self) -> str:
        """The page's address."""
        url: str = self._call("GET", "/url")
        return url

    def goto(self, url: str) -> None:
        """Open a page, and wait until it is loaded."""
        self._post("/url", {"url": url})

    def reload(self) -> None:
        """Load the page again."""
        self._post("/refresh", {})

    def run(self, script: str) -> Any:
        """Run a script in the page; what it returns."""
        return self._post("/execute/sync", {"script": script, "args": []})

    def evaluate(self, expression: str) -> Any:
        """The value of an expression in the page."""
        return self.run(f"return {expression}")

    def click(self, element: str) -> None:
        """Click an element with the mouse."""
        self._post(f"/element/{self._id(element)}/click", {})

    def type(self, element: str, text: str) -> None:
        """Click a field, and type into it: a frame may not take the focus without a click."""
        self.click(element)
        self._post(f"/element/{self._id(element)}/value", {"text": text})

    @contextmanager
    def inside(self, frame: str) -> Iterator[None]:
        """Let all commands be about the page in a frame."""
        self._post("/frame", {"id": self._seen(frame)})
        yield
        self._post("/frame", {"id": None})

    def forget_cookies(self) -> None:
        """Remove the cookies of the page's host."""
        self._call("DELETE", "/cookie")

    def wait_until(self, expression: str) -> None:
        """Wait until an expression is true in the page; AssertionError if it never is."""
        self._wait(lambda: self.evaluate(expression), expression)

    def wait_for_url(self, url: str) -> None:
        """Wait until the page's address is `url`; AssertionError if it never is."""
        self._wait(lambda: self.url == url, f"the address {url}")

    def _wait(self, look: Callable[[], Any], wanted: str) -> Any:
        """Look until there is something to be seen.

        While one page gives way to the next there is nobody to ask, and what an expression is about
        may not be there yet: then the driver refuses, and nothing was seen. To look again and again
        is the only way: WebDriver's own wait is for elements that a selector finds, and a script
        that waits in a page is gone with it.
        """
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                found, problem = look(), ""
            except CommandError as error:
                found, problem = None, f":\n{error}"
            if found:
                return found
            if time.monotonic() > deadline:
                raise AssertionError(
                    f"expected {wanted} within {WAIT_SECONDS:g} s at {self.url}{problem}"
                )
            time.sleep(LOOK_SECONDS)

    def _seen(self, element: str) -> dict[str, str]:
        """An element, waited for until it can be seen, as the driver wants to hear of it again."""
        visible = f"({element}).checkVisibility({{ visibilityProperty: true }})"
        script = f"return document.readyState == 'complete' && {visible} && {element}"
        seen: dict[str, str] = self._wait(lambda: self.run(script), element)
        return seen

    def _id(self, element: str) -> str:
        [identifier] = self._seen(element).values()
        return identifier

    def _post(self, command: str, parameters: Any) -> Any:
        return self._call("POST", command, parameters)

    def _call(self, method: str, command: str, parameters: Any = None) -> Any:
        body = None if parameters is None else json.dumps(parameters).encode()
        request = urllib.request.Request(self._address + command, body, method=method)
        try:
            with direct(request, timeout=self._patience) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            with error:
                said = json.load(error)["value"]
            raise CommandError(
                f"{method} /session{command} {parameters or ''}: {said['error']}: {said['message']}"
            ) from None
