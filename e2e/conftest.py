"""Fixtures: a backend, a customer's site on another site, a campaign and a page for each test."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from e2e.browsers import launch
from e2e.servers import Backend, Site

_numbers = itertools.count(10_000)


class Campaign(NamedTuple):
    """A campaign with one action, VIP, whose link leads to the site's /shop."""

    key: str
    url: str


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session", params=["chromium", "firefox"])
def browser(request: pytest.FixtureRequest, playwright: Playwright) -> Iterator[Browser]:
    started = launch(playwright, request.param)
    yield started
    started.close()


@pytest.fixture(scope="session")
def shared_backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    backend = Backend(tmp_path_factory.mktemp("backend"))
    backend.start()
    yield backend
    backend.kill()


@pytest.fixture
def backend(shared_backend: Backend) -> Backend:
    return shared_backend


@pytest.fixture
def own_backend(tmp_path: Path) -> Iterator[Backend]:
    backend = Backend(tmp_path)
    backend.start()
    yield backend
    backend.kill()


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


def make_campaign(backend: Backend, site: Site) -> Campaign:
    key = f"key{next(_numbers)}"
    backend.api("POST", "/campaigns", {"name": "Win a bike", "key": key})
    action = {"title": "Be VIP", "tracking_name": "VIP", "url": f"{site.url}/shop?a=1#part"}
    backend.api("POST", f"/campaigns/{key}/actions", action)
    return Campaign(key, f"{backend.url}/{key}")


@pytest.fixture
def campaign(backend: Backend, site: Site) -> Campaign:
    return make_campaign(backend, site)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context()
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()
