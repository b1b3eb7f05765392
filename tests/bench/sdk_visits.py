"""The visits in which a script is measured, each in a fresh context of Chromium."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page

from tests.bench.sdk_stage import Arrivals, Stage, Subject

LEAVING = 200
REFUSED = 50
REFUSED_SECONDS = 2.0
KEPT = 1000
LOOP = 5000

_PATIENCE = 15.0
"""Seconds without an arrival after which what is missing counts as lost."""


class NothingSeen(RuntimeError):
    """A script did not run or reported nothing; the message says which, and what to look at."""


class Visits:
    """Visits of one browser to the pages of one stage."""

    def __init__(self, browser: Browser, stage: Stage, arrivals: Arrivals) -> None:
        self._browser = browser
        self._stage = stage
        self._arrivals = arrivals

    def evaluation(self, subject: Subject) -> float:
        """Milliseconds of the main thread for the script, with nothing queued. Raises NothingSeen.

        The browser's own EvaluateScript in a trace of Chromium, since a page's own clock has steps
        of 0.1 ms: compiling (where that is not done by another thread) and running.
        """
        return self._evaluation(subject, "")

    def evaluation_of_a_push(self, subject: Subject) -> float:
        """The same, with one push queued. Raises NothingSeen."""
        return self._evaluation(subject, "report('queued-0000');")

    def _evaluation(self, subject: Subject, inline: str) -> float:
        with self._page(subject, inline) as page:
            self._browser.start_tracing(page=page, categories=["devtools.timeline"])
            try:
                page.goto(self._stage.page())
            finally:
                trace = json.loads(self._browser.stop_tracing())
        took: list[float] = [
            event["dur"] / 1000
            for event in trace["traceEvents"]
            if event["name"] == "EvaluateScript"
            and event["args"]["data"]["url"] == self._stage.script_url
        ]
        if not took:
            raise NothingSeen(f"{subject.name} did not run; expected JavaScript without errors.")
        return sum(took)

    def first_beacon(self, subject: Subject) -> float:
        """Milliseconds from handing over the script to its first beacon, both at the server.

        One push is queued before the script loads. Raises NothingSeen.
        """
        with self._page(subject, "report('first-0000');") as page:
            page.goto(self._stage.page())
            _settled(page, lambda: int(self._arrivals.first is not None), 1)
        start, end = self._stage.handed_over, self._arrivals.first
        if start is None or end is None:
            raise NothingSeen(
                f"{subject.name} sent no beacon within {_PATIENCE:g} s for {subject.push!r}; "
                "expected a POST to the server that the script came from."
            )
        return (end - start) * 1000

    def left_outbox(self, subject: Subject) -> float:
        """Milliseconds from handing over the script to what an earlier page could not send, both
        at the server; infinite for a script that keeps nothing."""
        with self._page(subject) as page:
            page.goto(self._stage.page())
            self._arrivals.down = True
            page.evaluate("report('left-0000')")
            _settled(page, lambda: int(self._arrivals.first is not None), 1)
            page.goto(self._stage.page().replace("/page", "/elsewhere"))
            _settled(page, lambda: 0, 1, 0.3)  # what is sent on leaving
            self._arrivals.clear()
            page.goto(self._stage.page())
            _settled(page, lambda: int(self._arrivals.first is not None), 1, 3)
        start, end = self._stage.handed_over, self._arrivals.first
        return math.inf if start is None or end is None else (end - start) * 1000

    def loop(self, subject: Subject) -> float:
        """Milliseconds of the main thread for LOOP reports in a loop, by the page's clock.

        Answered by the stage, as in `heap`.
        """
        return self._loop(subject)[0]

    def loop_requests(self, subject: Subject) -> int:
        """How many requests bring LOOP reports that were made in a loop."""
        return self._loop(subject)[1]

    def _loop(self, subject: Subject) -> tuple[float, int]:
        words = [f"loop-{n:04}" for n in range(LOOP)]
        with self._page(subject) as page:
            self._arrivals.stubbed = True
            page.goto(self._stage.page())
            took: float = page.evaluate(
                "words => { const start = performance.now(); words.forEach(word => report(word));"
                " return performance.now() - start; }",
                words,
            )
            _settled(page, lambda: self._arrivals.count(words), LOOP, 3)
            return took, self._arrivals.requests

    def leaving(self, subject: Subject) -> int:
        """How many of LEAVING pushes arrive, each followed by a navigation in the same tick.

        Each on an origin of its own: no later page finds what was stored, and sends it.
        """
        words = [f"leave-{n:04}" for n in range(LEAVING)]
        leave = (
            "addEventListener('load', function () { setTimeout(function () {"
            "report(location.hostname.split('.')[0]); location.href = '/elsewhere'; }); });"
        )
        with self._page(subject, leave) as page:
            for word in words:
                page.goto(self._stage.page(word), wait_until="commit")
                page.wait_for_url("**/elsewhere")
            return _settled(page, lambda: subject.arrived(words), LEAVING)

    def refused(self, subject: Subject) -> int:
        """How many of REFUSED pushes arrive that were answered 503 for REFUSED_SECONDS."""
        words = [f"refused-{n:04}" for n in range(REFUSED)]
        with self._page(subject) as page:
            page.goto(self._stage.page())
            self._arrivals.down = True
            page.evaluate("words => words.forEach(report)", words)
            page.wait_for_timeout(REFUSED_SECONDS * 1000)  # the outage itself
            self._arrivals.down = False
            return _settled(page, lambda: subject.arrived(words), REFUSED)

    def heap(self, subject: Subject) -> float:
        """KiB by which the page's heap is larger after KEPT pushes, collected before and after.

        Answered by the stage: the backend does not take so many from one visitor at once.
        """
        return self._heap(subject, "words => words.forEach(report)")

    def heap_of_tasks(self, subject: Subject) -> float:
        """The same where each push is made in a task of its own, and so sent by itself."""
        return self._heap(
            subject,
            "words => new Promise(done => { const channel = new MessageChannel();"
            " channel.port1.onmessage = ({ data }) => { if (!words[data]) return done();"
            " report(words[data]); channel.port2.postMessage(data + 1); };"
            " channel.port2.postMessage(0); })",
        )

    def _heap(self, subject: Subject, report: str) -> float:
        words = [f"kept-{n:04}" for n in range(KEPT)]
        with self._page(subject) as page:
            self._arrivals.stubbed = True
            page.goto(self._stage.page())
            before = _used(page)
            page.evaluate(report, words)
            _settled(page, lambda: self._arrivals.count(words), KEPT, 3)
            after = _used(page)
            while (now := _used(page)) < after:  # the last answers are still being taken
                after = now
            return (after - before) / 1024

    @contextmanager
    def _page(self, subject: Subject, inline: str = "") -> Iterator[Page]:
        """A page that nobody has seen before; what arrives is counted from now on."""
        self._stage.show(subject, inline)
        self._arrivals.clear()
        context = self._browser.new_context()
        try:
            yield context.new_page()
        finally:
            context.close()


def _settled(
    page: Page, arrived: Callable[[], int], count: int, patience: float = _PATIENCE
) -> int:
    """Wait until `count` have arrived, or none for `patience` seconds; how many have."""
    seen, since = arrived(), time.monotonic()
    while seen < count and time.monotonic() - since < patience:
        page.wait_for_timeout(50)  # a step between two looks; the page goes on meanwhile
        if (now := arrived()) != seen:
            seen, since = now, time.monotonic()
    return seen


def _used(page: Page) -> float:
    """Bytes of the page's heap that are in use."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used: float = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return used
