"""Visits a page in a process of its own, which is ended if the page never lets its browser go."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from multiprocessing.connection import Connection
from multiprocessing.process import parent_process

from playwright.sync_api import Browser, Error, sync_playwright

from trk_sdk.testkit import browsers
from trk_sdk.verify.observations import Observations
from trk_sdk.verify.options import VisitOptions
from trk_sdk.verify.visit import PageError, Tell, Visit

SILENT_SECONDS = 45.0
"""How long nothing may be heard of a visit: longer than a page may take to answer."""
CLOSE_SECONDS = 10.0
"""How long the browser may take to close once all has been told."""


def watch(options: VisitOptions, tell: Tell) -> Observations:
    """Open the page, wait until it settles or `options.wait` is over; what was observed.

    This is a real visit: the server stores what the page pushes. `tell` is called several times a
    second. Raises PageError, browsers.BrowserMissing, and OSError if the screenshot can't be
    written.
    """
    ours, theirs = multiprocessing.Pipe(duplex=False)
    visit = multiprocessing.Process(target=_visit, args=(options, theirs), daemon=True)
    visit.start()
    theirs.close()
    try:
        outcome = _heard(options, ours, tell)
        visit.join(CLOSE_SECONDS)
    finally:
        # Its browser ends with it: the driver between them notices, and sees to that.
        visit.kill()
        visit.join()
        ours.close()
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def _heard(options: VisitOptions, visit: Connection, tell: Tell) -> Observations | Exception:
    silent: float | None = None
    while visit.poll(silent):
        try:
            heard = visit.recv()
        except EOFError:
            raise PageError(f"The browser lost {options.url}: it has ended. Try again.") from None
        if isinstance(heard, Observations | Exception):
            return heard
        tell(*heard)
        # A browser may take its time to start, for which it has a limit of its own.
        silent = SILENT_SECONDS
    raise PageError(
        f"{options.url} can't be checked: it keeps the browser so busy that there was no word from "
        f"it for {SILENT_SECONDS:g} s. Open it in a browser."
    )


def _visit(options: VisitOptions, watcher: Connection) -> None:
    """Visit the page, and send what `Tell` is given and what was observed or went wrong."""
    # The watcher is interrupted, too, and ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_watcher, daemon=True).start()
    playwright = sync_playwright().start()
    try:
        browser, _ = browsers.launch(playwright, options.browser, headless=True)
    except browsers.BrowserMissing as missing:
        watcher.send(missing)
    else:
        watcher.send(_outcome(options, browser, watcher))
    # All has been told. What can't be closed any more ends with this process.
    with contextlib.suppress(Exception):
        playwright.stop()


def _end_with_the_watcher() -> None:
    watcher = parent_process()
    if watcher is not None:
        watcher.join()
        os._exit(1)


def _outcome(
    options: VisitOptions, browser: Browser, watcher: Connection
) -> Observations | Exception:
    try:
        return Visit(options, browser).observe(lambda *told: watcher.send(told))
    except (PageError, OSError) as problem:
        return problem
    except Exception as lost:
        # That the driver has ended, Playwright tells by an exception without a class of its own.
        if not isinstance(lost, Error) and type(lost) is not Exception:
            raise
        said = str(lost).partition("\n")[0] or "no more"
        return PageError(f"The browser lost {options.url}: {said}. Try again.")
