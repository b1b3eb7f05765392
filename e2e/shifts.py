"""What moves on a page by itself, as browsers count it for Cumulative Layout Shift."""

from __future__ import annotations

from playwright.sync_api import Page, Route

SHIFTS = """
shifts = [];
new PerformanceObserver(function (list) {
  list.getEntries().forEach(function (entry) { shifts.push(entry.value) });
}).observe({ type: 'layout-shift', buffered: true });
"""
"""A page's script that keeps each shift in `shifts`. Only Chromium tells them."""


def shifts_of(page: Page) -> list[float]:
    """What has shifted until now, on a page that began with SHIFTS."""
    painted(page)
    shifts: list[float] = page.evaluate("shifts")
    return shifts


def painted(page: Page) -> None:
    """Wait until the page is shown as it is now."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")


class Held:
    """Requests of a page that wait until they are let go: those with an address of this pattern,
    if given of one `kind`, such as image."""

    def __init__(self, page: Page, pattern: str, kind: str = "") -> None:
        self._kind = kind
        self._waiting: list[Route] = []
        self._let_go = False
        page.route(pattern, self._hold)

    def let_go(self) -> None:
        """Send on what waits, of which there must be some, and whatever comes later at once."""
        assert self._waiting
        self._let_go = True
        while self._waiting:
            self._waiting.pop().continue_()

    def _hold(self, route: Route) -> None:
        if self._let_go or self._kind not in ("", route.request.resource_type):
            route.continue_()
        else:
            self._waiting.append(route)
