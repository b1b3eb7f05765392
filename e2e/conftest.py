"""Fixtures of several files: a campaign, the demo shop, a proxy with faults, `trk verify`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright

from e2e.framed import ONE_PROCESS
from e2e.owning import OwnersServer, Prepared, prepare
from e2e.shop import shop_of
from e2e.verifying import Verify, verify_in
from e2e.well import WIDTHS, Looks, Scheme
from trk_sdk.testkit.browsers import KeptBrowsers, launch
from trk_sdk.testkit.emulation import firefox_preferences
from trk_sdk.testkit.faults import Faults
from trk_sdk.testkit.plugin import CampaignFactory, ContextFactory
from trk_sdk.testkit.process import Backend, Server
from trk_sdk.testkit.truth import Campaign

pytest_plugins = ["tests.selection", "tests.failures"]


@pytest.fixture
def campaign(trk_campaign: CampaignFactory) -> Campaign:
    return trk_campaign()


@pytest.fixture
def two_actions(trk_campaign: CampaignFactory) -> Campaign:
    """A competition with two actions."""
    made = trk_campaign()
    made.add_action("Buy", title="Buy a bell", worth=5)
    made.add_action("Visit", title="Visit us", worth=1)
    return made


@pytest.fixture(scope="module")
def _shared_context(trk_browser: Browser) -> Iterator[BrowserContext]:
    context = trk_browser.new_context()
    yield context
    context.close()


@pytest.fixture
def page(_shared_context: BrowserContext) -> Iterator[Page]:
    """A page that the tests of a file share: to open one takes Firefox longer than most of them.

    They don't meet. Each has a site with a storage of its own; cookies, routes and other tabs are
    gone at its end. What needs more than that (a clock, a script for each document) is done to
    trk_page.
    """
    [page, *_] = _shared_context.pages or [_shared_context.new_page()]
    yield page
    page.unroute_all()
    _shared_context.unroute_all()
    for other in _shared_context.pages:
        if other is not page:
            other.close()
    try:
        page.goto("about:blank")
    except Error:  # it was on its way to somewhere else
        page.close()
    _shared_context.clear_cookies()
    _shared_context.set_offline(False)


@pytest.fixture
def faults(trk_backend: Backend) -> Iterator[Faults]:
    """A proxy that breaks things on order, in front of the backend."""
    with Faults(trk_backend) as started:
        yield started


@pytest.fixture
def looks(pytestconfig: pytest.Config) -> Looks:
    """How a test looks at its page. The short run looks at each width once: at the smallest and the
    widest in the light, at the phone's in the dark, where it is laid out alike."""
    if pytestconfig.getoption("--everything"):
        return {"light": WIDTHS, "dark": WIDTHS}
    return {"light": WIDTHS[::2], "dark": WIDTHS[1:2]}


@pytest.fixture
def widths(scheme: Scheme, looks: Looks) -> Sequence[int]:
    """The widths at which a test looks at its page in a scheme of colours that is its own."""
    return looks[scheme]


@pytest.fixture
def new_framing_context(
    trk_launch: Callable[..., Browser],
    trk_kept_browser: KeptBrowsers,
    trk_browser_name: str,
    trk_new_context: ContextFactory,
) -> Callable[..., BrowserContext]:
    """Makes contexts in which Playwright can use frames of other sites; takes `launch` options."""

    def make(launch: dict[str, Any] | None = None, **options: Any) -> BrowserContext:
        started = dict(launch or {})
        if trk_browser_name == "firefox":
            started["firefox_user_prefs"] = {
                **ONE_PROCESS["firefox_user_prefs"],
                **firefox_preferences(options),
                **started.get("firefox_user_prefs", {}),
            }
        start = trk_launch if launch else trk_kept_browser
        on = start(**started) if started else None
        return trk_new_context(on=on, **options)

    return make


@pytest.fixture
def framing_page(new_framing_context: Callable[..., BrowserContext]) -> Page:
    """A page on which Playwright can use frames of other sites."""
    return new_framing_context().new_page()


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """What the servers of owners' tests begin with."""
    return prepare(tmp_path_factory.mktemp("prepared"))


def _owners_server(folder: Path, prepared: Prepared) -> Iterator[OwnersServer]:
    backend = OwnersServer(folder, prepared)
    try:
        backend.start()
        yield backend
    finally:
        backend.close()


@pytest.fixture
def server(tmp_path: Path, prepared: Prepared) -> Iterator[OwnersServer]:
    """A server of the test's own that Ann has set up: see `signed_in`."""
    yield from _owners_server(tmp_path / "trk", prepared)


@pytest.fixture(scope="module")
def shared_server(
    tmp_path_factory: pytest.TempPathFactory, prepared: Prepared
) -> Iterator[OwnersServer]:
    """The same for those tests of a file that change nothing on it."""
    yield from _owners_server(tmp_path_factory.mktemp("shared"), prepared)


@pytest.fixture
def new_server(tmp_path: Path) -> Iterator[Backend]:
    """A server that nobody has set up."""
    backend = Backend(tmp_path / "trk")
    try:
        backend.start()
        yield backend
    finally:
        backend.close()


@pytest.fixture
def shop(campaign: Campaign, trk_backend: Backend, tmp_path: Path) -> Iterator[Server]:
    with shop_of(campaign, trk_backend, tmp_path) as started:
        yield started


@pytest.fixture(scope="session")
def verifying_browsers(trk_playwright: Playwright) -> Iterator[KeptBrowsers]:
    """The browsers of `verify`, by their `name`. They are no other test's: pages here do to their
    browser what they can."""
    kept = KeptBrowsers(lambda options: launch(trk_playwright, **options)[0])
    yield kept
    kept.close()


@pytest.fixture
def verify(campaign: Campaign, verifying_browsers: KeptBrowsers, trk_browser_name: str) -> Verify:
    """Runs `trk verify` for the campaign, or with another `host` or `key`, in each browser."""
    return verify_in(verifying_browsers(name=trk_browser_name), campaign)


@pytest.fixture
def verify_once(
    campaign: Campaign, verifying_browsers: KeptBrowsers, pytestconfig: pytest.Config
) -> Verify:
    """The same in one browser, for what does not depend on which it is."""
    [name, *_] = pytestconfig.getoption("--trk-browser") or ["chromium"]
    return verify_in(verifying_browsers(name=name), campaign)
