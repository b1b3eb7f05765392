"""The campaign's page as an entrant meets it: with and without scripts, by keyboard, read aloud."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Request, expect

from trk_sdk.testkit.campaign_page import CampaignPage
from trk_sdk.testkit.plugin import CampaignFactory, ContextFactory
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import Campaign

VISITOR = "c" * 32
LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen" * 3
SET_HIDDEN = """hidden => {
  Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});
  document.dispatchEvent(new Event('visibilitychange'));
}"""


def entered(page: Page, campaign: Campaign) -> CampaignPage:
    """The campaign's page, open, with the person entered."""
    opened = CampaignPage(page, campaign)
    opened.open()
    opened.enter()
    return opened


def push(page: Page, campaign: Campaign, *names: str, number: int = 1) -> None:
    """Report tracking names of VISITOR, as a page of the customer's would."""
    beacon = {
        "id": f"0193e5b4-6f3a-7c1e-9d2a-{number:012x}",
        "visitor": VISITOR,
        "pairs": [[name] for name in names],
    }
    answer = page.request.post(f"{campaign.url}/beacon", data=beacon)
    assert answer.ok, answer.text()


def arrive(page: Page, campaign: Campaign) -> None:
    """Open the campaign as by a click on a page of the customer's, where the visitor is VISITOR."""
    ticket = secrets.token_hex(16)
    beacon = {
        "id": f"0193e5b4-6f3a-7c1e-9d2a-{ticket[:12]}",
        "visitor": VISITOR,
        "pairs": [],
        "ticket": ticket,
    }
    answer = page.request.post(f"{campaign.url}/beacon", data=beacon)
    assert answer.ok, answer.text()
    page.goto(f"{campaign.url}?visitor={ticket}")


class Polls:
    """The page's questions for its status, on a clock that the test moves on."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.requests: list[Request] = []
        page.on("request", self._saw)
        page.clock.install()

    def _saw(self, request: Request) -> None:
        if request.url.endswith("/status"):
            self.requests.append(request)

    def next(self) -> int:
        """Let time pass until the page asks again; the page's time (ms) then."""
        before = len(self.requests)
        while len(self.requests) == before:
            self._page.clock.run_for(100)
        now: int = self._page.evaluate("Date.now()")
        return now

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


def test_what_unlocks_while_it_is_open_moves_every_figure_and_is_told_to_screen_readers(
    trk_campaign: CampaignFactory, trk_page: Page
) -> None:
    campaign = trk_campaign()
    campaign.add_action("Buy", title="Buy a bell", worth=5)
    campaign.add_action("Visit", title="Visit us", worth=1, frequency="daily")
    push(trk_page, campaign, "Visit")
    arrive(trk_page, campaign)
    CampaignPage(trk_page, campaign).enter()
    expect(trk_page.get_by_text("1 of 2")).to_be_visible()
    push(trk_page, campaign, "Buy", number=2)
    expect(trk_page.get_by_role("status")).to_have_text(
        "Done: Buy a bell. You have 6 entries.", timeout=15_000
    )
    expect(trk_page.get_by_text("2 of 2")).to_be_visible()
    expect(trk_page.get_by_text("That’s everything")).to_be_visible()
    expect(trk_page.locator("#entries")).to_have_text("6")
    expect(trk_page.locator("#total")).to_have_text("6")


def test_without_scripts_everything_works_by_forms_and_links(
    trk_campaign: CampaignFactory, trk_site: Site, trk_new_context: ContextFactory
) -> None:
    campaign = trk_campaign("VIP", url=trk_site.page("/shop", "<h1>Shop</h1>"))
    page = trk_new_context(java_script_enabled=False).new_page()
    page.route("**/*.js*", lambda route: route.abort())  # Firefox takes that for no order
    opened = CampaignPage(page, campaign)
    arrive(page, campaign)
    page.get_by_label("Name").fill("Ann")
    page.get_by_label("E-mail").fill("no at sign")
    page.get_by_role("button", name="Enter").click()
    expect(page.get_by_text("Please give an e-mail address")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("Ann")
    opened.open()
    opened.enter()
    opened.expect_open("VIP")
    opened.follow("VIP")
    expect(page.get_by_role("heading", name="Shop")).to_be_visible()
    push(page, campaign, "VIP")
    page.go_back()
    page.reload()
    opened.expect_done("VIP")


def test_the_page_of_an_action_is_told_from_which_server_the_visitor_comes(
    trk_campaign: CampaignFactory, trk_site: Site, trk_page: Page
) -> None:
    campaign = trk_campaign("VIP", url=trk_site.page("/shop", "<h1>Shop</h1>"))
    entered(trk_page, campaign).follow("VIP")
    expect(trk_page.get_by_role("heading", name="Shop")).to_be_visible()
    assert trk_page.evaluate("document.referrer") == f"{campaign.address}/"


def test_everything_is_done_by_keyboard(
    trk_campaign: CampaignFactory, trk_site: Site, trk_page: Page
) -> None:
    campaign = trk_campaign("VIP", url=trk_site.page("/shop", "<h1>Shop</h1>"))
    CampaignPage(trk_page, campaign).open()
    trk_page.keyboard.press("Tab")
    expect(trk_page.get_by_label("Name")).to_be_focused()
    trk_page.keyboard.type("Ann")
    trk_page.keyboard.press("Tab")
    trk_page.keyboard.type("wrong")
    trk_page.keyboard.press("Enter")
    expect(trk_page.get_by_label("E-mail")).to_be_focused()
    expect(trk_page.get_by_label("E-mail")).to_have_accessible_description(
        "Please give an e-mail address such as name@example.org."
    )
    trk_page.get_by_label("E-mail").fill("ann@example.org")
    trk_page.keyboard.press("Enter")
    expect(trk_page.get_by_role("link", name="Go to: VIP")).to_be_visible()
    trk_page.keyboard.press("Tab")
    expect(trk_page.get_by_role("link", name="Go to: VIP")).to_be_focused()
    trk_page.keyboard.press("Enter")
    expect(trk_page.get_by_role("heading", name="Shop")).to_be_visible()


def not_entered(page: Page, campaign: Campaign) -> None:
    CampaignPage(page, campaign).open()


def wrongly_filled_in(page: Page, campaign: Campaign) -> None:
    CampaignPage(page, campaign).open()
    page.get_by_role("button", name="Enter").click()
    expect(page.get_by_text("Please give your name")).to_be_visible()


def partly_done(page: Page, campaign: Campaign) -> None:
    push(page, campaign, "VIP")
    arrive(page, campaign)
    CampaignPage(page, campaign).enter()


def all_done(page: Page, campaign: Campaign) -> None:
    push(page, campaign, "VIP", "Other")
    arrive(page, campaign)
    CampaignPage(page, campaign).enter()
    expect(page.get_by_text("That’s everything")).to_be_visible()


def with_prizes(page: Page, campaign: Campaign) -> None:
    campaign.add_prize(LONG, winners=10, description="**Brass** bells")
    CampaignPage(page, campaign).open()
    expect(page.get_by_text("10 ×")).to_be_visible()


def rewarded(page: Page, campaign: Campaign) -> None:
    all_done(page, campaign)
    expect(page.get_by_text("SAVE10")).to_be_visible()


def too_late_for_a_code(page: Page, campaign: Campaign) -> None:
    all_done(page, campaign)
    expect(page.get_by_text("you are next")).to_be_visible()


def unknown(page: Page, campaign: Campaign) -> None:
    page.goto(f"{campaign.url}nosuch")


STATES: list[tuple[Callable[[Page, Campaign], None], dict[str, Any]]] = [
    (not_entered, {"ends_at": "2490-01-01T00:00:00Z", "terms": "Be nice."}),
    (not_entered, {"starts_at": "2490-01-01T00:00:00Z"}),
    (not_entered, {"ends_at": "2020-01-01T00:00:00Z"}),
    (not_entered, {"kind": "reward", "accent": "#ffd400", "name": LONG}),
    (wrongly_filled_in, {}),
    (partly_done, {"accent": "#8a1c7c"}),
    (all_done, {}),
    (with_prizes, {}),
    (rewarded, {"kind": "reward", "reward_kind": "shared", "reward_value": "SAVE10" * 8}),
    (too_late_for_a_code, {"kind": "reward", "reward_kind": "codes"}),
    (unknown, {}),
]
NAMES = [
    *("open", "not started", "ended", "yellow", "wrong form", "partly", "all done"),
    *("prizes", "rewarded", "too late", "unknown"),
]


@pytest.mark.once
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("reach", "fields"), STATES, ids=NAMES)
def test_in_every_state_axe_finds_nothing_and_a_phone_need_not_scroll_sideways(
    reach: Callable[[Page, Campaign], None],
    fields: dict[str, Any],
    scheme: str,
    trk_campaign: CampaignFactory,
    trk_site: Site,
    trk_new_context: ContextFactory,
) -> None:
    campaign = trk_campaign("VIP", url=trk_site.page("/shop", "<h1>Shop</h1>"), **fields)
    campaign.add_action("Other", title=LONG, description=f"**Look** at [this]({trk_site.url})")
    page = trk_new_context(
        color_scheme=scheme, viewport={"width": 320, "height": 640}, reduced_motion="reduce"
    ).new_page()
    complaints: list[str] = []
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    reach(page, campaign)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    # Whatever the page's policy forbids is told on the console; so is a file that is missing.
    unexpected = [line for line in complaints if "status of 40" not in line]
    assert unexpected == []


def test_the_campaigns_accent_colours_the_page(
    trk_campaign: CampaignFactory, trk_page: Page
) -> None:
    CampaignPage(trk_page, trk_campaign("VIP", accent="#ffd400")).open()
    button = trk_page.get_by_role("button", name="Enter")
    expect(button).to_have_css("background-color", "rgb(255, 212, 0)")
    expect(button).to_have_css("color", "rgb(0, 0, 0)")
