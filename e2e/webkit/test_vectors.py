"""Every call shape of vectors.json in WebKit: before and after loading, source and minified."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from e2e.vectors import CASES, expect_pairs, page_of
from e2e.webkit import launching
from e2e.webkit.browser import Browser
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.testkit.site import Site


@pytest.fixture(scope="module")
def shared(screen: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all cases: to start one each would cost more than the cases themselves.

    They don't meet: each has a campaign, and an origin with its storage, of its own.
    """
    with launching.browser(screen, tmp_path_factory.mktemp("webkit") / "log") as started:
        yield started


@pytest.fixture
def webkit(shared: Browser) -> Iterator[Browser]:
    """That browser; the next case's visitor is a new one."""
    yield shared
    shared.forget_cookies()


@pytest.mark.sampled
@pytest.mark.parametrize("minify", [True, False], ids=["minified", "source"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_call_shape_is_stored_as_the_vectors_say(
    case: dict[str, Any],
    when: str,
    minify: bool,
    trk_campaign: CampaignFactory,
    trk_site: Site,
    webkit: Browser,
) -> None:
    campaign = trk_campaign()
    webkit.goto(trk_site.page("/", page_of(case, when, campaign, minify=minify)))
    webkit.wait_until("window.over === 1")
    expect_pairs(case, campaign)
    assert webkit.evaluate("[calls, mistakes]") == [case.get("callbacks", 0), []]
