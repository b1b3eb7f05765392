"""How often the open campaign page asks for news, on a clock that the test moves on."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Request

from e2e.entrant import entered
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.testkit.site import Site

SET_HIDDEN = """hidden => {
  Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});
  document.dispatchEvent(new Event('visibilitychange'));
}"""


ASKED = """
asked = [];
{
  const ours = fetch;
  fetch = (address, options) => {
    if (String(address).endsWith('/status')) asked.push(Date.now());
    return ours(address, options);
  };
}"""
"""Keeps when the page has asked, by its own clock: until a test hears of it more time passes."""


class Polls:
    """The page's questions for its status, on a clock that the test moves on."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.requests: list[Request] = []
        page.on("request", self._saw)
        page.clock.install()
        page.add_init_script(ASKED)

    def _saw(self, request: Request) -> None:
        if request.url.endswith("/status"):
            self.requests.append(request)

    def next(self) -> int:
        """Let time pass until the page asks again; the page's time (ms) when it did."""
        before = len(self.requests)
        while len(self.requests) == before:
            self._page.clock.run_for(100)
        then: int = self._page.evaluate("asked.at(-1)")
        return then

    def gaps(self, count: int) -> list[int]:
        """The pauses (ms) between the next `count` + 1 questions."""
        times = [self.next() for _ in range(count + 1)]
        return [later - earlier for earlier, later in itertools.pairwise(times)]

    def pauses(self, count: int) -> list[int]:
        """The pauses (ms) between the next `count` answers and what is asked after each.

        The clock goes on by itself as well: how long a slow machine takes to answer is not in them.
        """
        self.next()
        return [self.next() - answered for answered in self._answers(count)]

    def _answers(self, count: int) -> Iterator[int]:
        for _ in range(count):
            self.requests[-1].response()
            answered: int = self._page.evaluate("Date.now()")
            yield answered


@pytest.mark.once
def test_it_asks_less_and_less_often_and_only_whether_something_changed(
    trk_campaign: CampaignFactory, trk_page: Page
) -> None:
    polls = Polls(trk_page)
    entered(trk_page, trk_campaign("VIP"))
    gaps = polls.gaps(4)
    assert min(gaps) >= 4900
    assert gaps[-1] > gaps[0]
    last = polls.requests[-1]
    response = last.response()
    assert response is not None
    assert response.status == 304
    assert "if-none-match" in last.all_headers()


@pytest.mark.once
def test_however_often_the_page_comes_and_goes_there_is_one_chain_of_questions(
    trk_campaign: CampaignFactory, trk_page: Page
) -> None:
    polls = Polls(trk_page)
    entered(trk_page, trk_campaign("VIP"))
    for hidden in (True, False) * 5:
        trk_page.evaluate(SET_HIDDEN, hidden)
    assert min(polls.gaps(3)) >= 4900


def test_a_page_that_nobody_sees_asks_nothing_and_asks_at_once_when_it_is_seen_again(
    trk_campaign: CampaignFactory, trk_page: Page
) -> None:
    polls = Polls(trk_page)
    entered(trk_page, trk_campaign("VIP"))
    polls.next()
    trk_page.evaluate(SET_HIDDEN, True)
    before = len(polls.requests)
    trk_page.clock.run_for(600_000)
    with trk_page.expect_request("**/status"):
        trk_page.evaluate(SET_HIDDEN, False)
    assert len(polls.requests) == before + 1


@pytest.mark.once
def test_just_after_a_link_was_followed_it_asks_every_second(
    trk_campaign: CampaignFactory, trk_site: Site, trk_page: Page
) -> None:
    campaign = trk_campaign("VIP", url=trk_site.page("/shop", "<h1>Shop</h1>"))
    polls = Polls(trk_page)
    opened = entered(trk_page, campaign)
    polls.next()
    opened.follow_in_new_page("VIP").close()
    trk_page.bring_to_front()
    assert max(polls.pauses(3)) < 3000


@pytest.mark.once
def test_it_comes_back_from_the_shop_asking_quickly_too(
    trk_campaign: CampaignFactory, trk_site: Site, trk_page: Page
) -> None:
    campaign = trk_campaign("VIP", url=trk_site.page("/shop", "<h1>Shop</h1>"))
    polls = Polls(trk_page)
    opened = entered(trk_page, campaign)
    polls.next()
    opened.follow("VIP")
    trk_page.go_back()
    assert max(polls.pauses(3)) < 3000
