"""The pytest plugin: fixtures for testing your pages against a real backend in real browsers.

Every name begins with `trk_`. pytest loads this module in every run, so whatever it needs beyond
pytest is imported where it is used.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Playwright

    from trk_sdk.testkit.browsers import KeptBrowsers
    from trk_sdk.testkit.process import Backend, Template
    from trk_sdk.testkit.site import Site
    from trk_sdk.testkit.truth import Campaign

# So that a failed `assert` in there shows both sides, as one in a test does.
pytest.register_assert_rewrite("trk_sdk.testkit.truth")

_REPORTS = pytest.StashKey[dict[str, pytest.TestReport]]()
_LOGS = pytest.StashKey[list[tuple["Backend", int]]]()
_CONTEXTS = pytest.StashKey[list["BrowserContext"]]()


class CampaignFactory(Protocol):
    """What the fixture `trk_campaign` is: `trk_campaign("VIP", url="http://…/profile")`."""

    def __call__(
        self, *tracking_names: str, url: str = "", on: Backend | None = None, **fields: Any
    ) -> Campaign:
        """A campaign with an action for each tracking name.

        `url`: where the actions lead; `on`: another backend than trk_backend; `fields`: the API's
        for a campaign (name, key, kind, timezone, starts_at, ends_at, description).
        """


class ContextFactory(Protocol):
    """What the fixture `trk_new_context` is: `trk_new_context(locale="de-DE")`."""

    def __call__(self, *, on: Browser | None = None, **options: Any) -> BrowserContext:
        """A fresh context of trk_browser, or of the browser `on`, with Playwright's `options`."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The command line's options."""
    group = parser.getgroup("trk", "Custom Action Tracking")
    group.addoption(
        "--trk-browser",
        action="append",
        choices=["chromium", "firefox"],
        default=None,
        help="browser for trk_page; can be given twice (default: chromium and firefox)",
    )
    group.addoption("--trk-headed", action="store_true", help="show the browsers")
    group.addoption(
        "--trk-artifacts",
        default="artifacts",
        metavar="DIR",
        help="folder for the traces and screenshots of failed tests (default: artifacts)",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that uses a browser once in each."""
    if "trk_browser_name" in metafunc.fixturenames:
        names = metafunc.config.getoption("--trk-browser") or ["chromium", "firefox"]
        metafunc.parametrize("trk_browser_name", names, scope="session")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep each phase's report for the fixtures below; add the backend's log to a failure."""
    report = yield
    item.stash.setdefault(_REPORTS, {})[report.when or ""] = report
    if report.failed:
        for backend, since in item.stash.get(_LOGS, []):
            report.sections.append((f"log of {backend.url}", backend.log(since) or "(empty)"))
    return report


@pytest.fixture(scope="session")
def _trk_template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Template]:
    """The database that every server here begins with."""
    from trk_sdk.testkit.process import Backend  # noqa: PLC0415

    backend = Backend(tmp_path_factory.mktemp("trk-template"))
    yield backend.as_template()
    backend.close()


@pytest.fixture(scope="session")
def trk_backend(
    tmp_path_factory: pytest.TempPathFactory, _trk_template: Template
) -> Iterator[Backend]:
    """A tracking server on a free port with a fresh SQLite database, for the whole run.

    `trk_backend.url` is its address. Tests don't disturb each other: each makes its own campaign.
    """
    yield from _running(tmp_path_factory.mktemp("trk"), _trk_template)


@pytest.fixture
def trk_own_backend(tmp_path: Path, _trk_template: Template) -> Iterator[Backend]:
    """A server of this test's own, for outages: `stop()`, `kill()`, and `start()` again.

    It comes back at the same address with the same database. Make its campaigns with
    `trk_campaign(…, on=trk_own_backend)`.
    """
    yield from _running(tmp_path / "trk", _trk_template)


def _running(folder: Path, template: Template) -> Iterator[Backend]:
    from trk_sdk.testkit.process import Backend  # noqa: PLC0415

    backend = Backend(folder, template=template)
    try:
        backend.start()
        yield backend
    finally:
        backend.close()


@pytest.fixture
def trk_campaign(request: pytest.FixtureRequest) -> CampaignFactory:
    """Makes campaigns: `trk_campaign("Purchase", "Signup", url=ADDRESS_OF_YOUR_PAGE)`.

    See trk_sdk.testkit.truth.Campaign for what one can be asked and expected.
    """
    from trk_sdk.testkit.truth import make_campaign  # noqa: PLC0415

    pause = _pause(request)

    def make(
        *tracking_names: str, url: str = "", on: Backend | None = None, **fields: Any
    ) -> Campaign:
        backend = on or request.getfixturevalue("trk_backend")
        logs = request.node.stash.setdefault(_LOGS, [])
        if backend not in [known for known, _ in logs]:
            logs.append((backend, 0 if on else backend.log_size()))
        return make_campaign(backend, tracking_names, url=url, pause=pause, **fields)

    return make


@pytest.fixture
def trk_site() -> Iterator[Site]:
    """A web server for pages written in the test: `trk_site.page("/shop", "<html>…")`.

    It is at 127.0.0.1, the backend at localhost: two sites, as in real life. Not needed if you
    start a server of your own.
    """
    from trk_sdk.testkit.site import Site  # noqa: PLC0415

    with Site() as site:
        yield site


@pytest.fixture(scope="session")
def trk_playwright(request: pytest.FixtureRequest) -> Iterator[Playwright]:
    """Playwright; with the plugin pytest-playwright in the same run, its one."""
    if request.config.pluginmanager.hasplugin("playwright"):
        yield request.getfixturevalue("playwright")
        return
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def _trk_start(
    trk_playwright: Playwright, trk_browser_name: str, pytestconfig: pytest.Config
) -> Callable[..., Browser]:
    """Starts the browser with Playwright's options."""
    from trk_sdk.testkit.browsers import launch  # noqa: PLC0415

    headless = not pytestconfig.getoption("--trk-headed")

    def start(**options: Any) -> Browser:
        return launch(trk_playwright, trk_browser_name, **{"headless": headless, **options})[0]

    return start


@pytest.fixture(scope="session")
def trk_browser(_trk_start: Callable[..., Browser]) -> Iterator[Browser]:
    """Chromium, then Firefox (see --trk-browser)."""
    browser = _trk_start()
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def trk_kept_browser(_trk_start: Callable[..., Browser]) -> Iterator[KeptBrowsers]:
    """A browser that was started with Playwright's options, for what is set when one starts:
    `trk_kept_browser(firefox_user_prefs={…})`. Tests that ask for the same options share it.

    Give it to trk_new_context, as one of trk_launch's, which is for what a test does to a browser.
    """
    from trk_sdk.testkit.browsers import KeptBrowsers  # noqa: PLC0415

    kept = KeptBrowsers(lambda options: _trk_start(**options))
    yield kept
    kept.close()


@pytest.fixture
def trk_launch(_trk_start: Callable[..., Browser]) -> Iterator[Callable[..., Browser]]:
    """Starts a browser of the test's own, for what is set when one starts, with Playwright's
    options: `trk_launch(args=["--host-resolver-rules=…"])`.

    Give it to trk_new_context: `trk_new_context(on=browser)`.
    """
    browsers: list[Browser] = []

    def start(**options: Any) -> Browser:
        # Whole, since settings may be what the engine alone does not have.
        browsers.append(_trk_start(**{"whole": True, **options}))
        return browsers[-1]

    yield start
    for browser in browsers:
        browser.close()


@pytest.fixture
def trk_new_context(
    request: pytest.FixtureRequest,
    trk_launch: Callable[..., Browser],  # so that its browsers outlive their contexts
    trk_kept_browser: KeptBrowsers,
    trk_browser_name: str,
) -> Iterator[ContextFactory]:
    """Makes browser contexts, each a visitor of its own, with the options of Playwright.

    A failed test leaves a trace of each and a screenshot of each page under --trk-artifacts.
    """
    from trk_sdk.testkit.artifacts import folder_of, keep  # noqa: PLC0415
    from trk_sdk.testkit.emulation import firefox_preferences  # noqa: PLC0415

    contexts = request.node.stash.setdefault(_CONTEXTS, [])

    def make(*, on: Browser | None = None, **options: Any) -> BrowserContext:
        preferences = firefox_preferences(options) if trk_browser_name == "firefox" else {}
        if preferences and on is None:
            on = trk_kept_browser(firefox_user_prefs=preferences)
        browser = on or request.getfixturevalue("trk_browser")
        context: BrowserContext = browser.new_context(**options)
        # Neither screenshots nor snapshots: they cost Firefox more than the test itself, and a
        # snapshot is made by a script that would run in the page under test.
        context.tracing.start()
        contexts.append(context)
        return context

    yield make
    failed = any(report.failed for report in request.node.stash.get(_REPORTS, {}).values())
    for number, context in enumerate(contexts):
        if failed:
            keep(context, folder_of(request) / f"context-{number}")
        context.close()
    trk_kept_browser.close(but=2)


@pytest.fixture
def trk_context(trk_new_context: ContextFactory) -> BrowserContext:
    """A browser context, fresh for each test."""
    return trk_new_context()


@pytest.fixture
def trk_page(trk_context: BrowserContext) -> Page:
    """A page in trk_context."""
    return trk_context.new_page()


def _pause(request: pytest.FixtureRequest) -> Callable[[float], None]:
    """How to wait between two looks: a page that is open must be let to go on meanwhile."""

    def pause(seconds: float) -> None:
        for context in request.node.stash.get(_CONTEXTS, []):
            for page in context.pages:
                page.wait_for_timeout(seconds * 1000)
                return
        # The page of pytest-playwright, if the test uses that one's fixtures.
        page = request.node.funcargs.get("page")
        if hasattr(page, "wait_for_timeout") and not page.is_closed():
            page.wait_for_timeout(seconds * 1000)
            return
        time.sleep(seconds)

    return pause
