"""Only confirmed e-mails count: no code and no draw before the button in the mail was pressed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from e2e.entrant import arrive, entered, push
from e2e.framed import FramedCampaign, embedding
from e2e.owning import OwnersServer, add_honest_action, close, signed_in
from e2e.plain_entrant import PlainEntrant
from e2e.well import axe, expect_well
from trk_sdk.testkit.plugin import CampaignFactory, ContextFactory
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import Campaign

pytestmark = pytest.mark.once

SAID = "Confirm your e-mail to get your code"
SHARED: dict[str, Any] = {"kind": "reward", "reward_kind": "shared", "reward_value": "SAVE10"}


def link_in(mails: Sequence[dict[str, str]]) -> str:
    """The link in the only mail that has one."""
    [link] = [each for mail in mails for each in re.findall(r"https?://\S+", mail["body"])]
    return str(link)


def test_the_code_comes_when_the_mailed_button_is_pressed_and_not_before(
    trk_campaign: CampaignFactory, trk_page: Page
) -> None:
    page, campaign = trk_page, trk_campaign("VIP", confirmed_only=True, **SHARED)
    arrive(page, campaign)
    mine = entered(page, campaign)
    expect(page.get_by_role("heading", name=SAID)).to_be_visible()
    push(page, campaign, "VIP")
    mine.expect_done("VIP")
    expect(page.get_by_text("Your reward is waiting")).to_be_visible()
    expect(page.get_by_text("SAVE10")).to_have_count(0)
    assert len(campaign.mails()) == 1

    mailbox = page.context.new_page()
    mailbox.goto(link_in(campaign.mails()))
    mailbox.get_by_role("button", name="Yes, confirm my e-mail").click()
    expect(mailbox.get_by_text("SAVE10")).to_be_visible()
    # The first tab finds out as one comes back to it; without a screen that has to be told.
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_text("SAVE10")).to_be_visible()
    expect(page.get_by_role("heading", name=SAID)).to_have_count(0)
    assert campaign.mails()[-1]["subject"] == f"Your reward: {campaign.name}"


def test_in_a_customers_page_the_frame_says_it_and_sends_the_mail_again(
    trk_campaign: CampaignFactory, trk_site: Site, framing_page: Page
) -> None:
    campaign = trk_campaign("VIP", confirmed_only=True, allowed_origins=[trk_site.url], **SHARED)
    framing_page.goto(trk_site.page("/shop", embedding(campaign)))
    framed = FramedCampaign(framing_page, campaign)
    framed.enter()
    expect(framed.frame.get_by_role("heading", name=SAID)).to_be_visible()
    framed.frame.get_by_role("heading", name=SAID).click()
    framed.frame.get_by_role("button", name="Resend the e-mail").click()
    expect(framed.frame.get_by_text("We sent you an e-mail a moment ago.")).to_be_visible()
    assert axe(framing_page).response["violations"] == []
    mailbox = framing_page.context.new_page()
    mailbox.goto(link_in(campaign.mails()))
    mailbox.get_by_role("button", name="Yes, confirm my e-mail").click()
    expect(mailbox.get_by_role("link", name="Back to")).to_be_visible()


def unconfirmed(page: Page, campaign: Campaign) -> None:
    """The page of who has done all, and has asked for the mail again."""
    push(page, campaign, "VIP")
    arrive(page, campaign)
    entered(page, campaign)
    page.get_by_role("heading", name="Confirm your e-mail").click()
    page.get_by_role("button", name="Resend the e-mail").click()
    expect(page.get_by_text("We sent you an e-mail a moment ago.")).to_be_visible()


@pytest.mark.sampled
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["competition", "reward"])
def test_what_an_unconfirmed_entrant_sees_is_well(
    kind: str,
    scheme: str,
    widths: Sequence[int],
    trk_campaign: CampaignFactory,
    trk_new_context: ContextFactory,
) -> None:
    fields: dict[str, Any] = SHARED if kind == "reward" else {"kind": kind}
    campaign = trk_campaign("VIP", confirmed_only=True, name="Win a bike", **fields)
    page = trk_new_context(color_scheme=scheme, reduced_motion="reduce").new_page()
    unconfirmed(page, campaign)
    expect_well(page, "unconfirmed", widths)
    page.goto(link_in(campaign.mails()))
    expect_well(page, "confirming", widths)


def crowd(owner: Page, server: OwnersServer) -> str:
    """A competition that counts only confirmed e-mails, with a prize and three entrants of one
    network and mailbox, of whom the second is confirmed, who did what is asked; its address for
    the owner."""
    campaign = signed_in(owner, server)
    address = owner.locator("#address").inner_text()
    owner.goto(f"{campaign}/settings")
    owner.get_by_label("Count only confirmed e-mails").check()
    owner.get_by_role("button", name="Save").click()
    expect(owner.get_by_text("Saved.")).to_be_visible()
    action = add_honest_action(owner, campaign)
    for n, name in enumerate(("Ada", "Bob", "Cleo"), 1):
        entrant = PlainEntrant(address, ("X-Forwarded-For", "8.8.8.8"))
        assert "to be in the draw" in entrant.enter(name, f"one.person+{n}@gmail.com")
        entrant.say_done(action)
        if name == "Bob":
            owner.goto(f"{server.url}/admin/mails/2")
            confirmed = entrant.send(owner.locator("#address").inner_text(), to="here")
            assert "You’re in, <bdi>Bob" in confirmed
    return campaign


def test_the_draw_shows_who_belongs_together_and_leaves_the_unconfirmed_out(
    server: OwnersServer, trk_page: Page
) -> None:
    owner = trk_page
    campaign = crowd(owner, server)
    close(owner, campaign)
    owner.get_by_role("link", name="Draw", exact=True).click()
    expect(owner.get_by_text("1 entrant is in the draw")).to_be_visible()
    expect(
        owner.get_by_text("2 are excluded because their e-mail is not confirmed")
    ).to_be_visible()
    network = owner.get_by_role("region", name="Same network")
    expect(network.get_by_role("row")).to_have_count(2)
    owner.get_by_label("Draw now. This is final").check()
    owner.get_by_role("button", name="Draw the winners now").click()
    expect(owner.get_by_text("2 entrants were excluded")).to_be_visible()
    winners = owner.get_by_role("region", name="Winners")
    expect(winners.get_by_role("link", name="Bob")).to_be_visible()


def test_all_of_a_cluster_but_one_are_left_out_and_taken_back(
    server: OwnersServer, trk_page: Page
) -> None:
    owner = trk_page
    campaign = crowd(owner, server)
    owner.goto(f"{campaign}/entrants")
    owner.get_by_role("link", name="Possible duplicates").click()
    owner.get_by_role("region", name="Same mailbox").get_by_role("link", name="Review").click()
    expect(owner.get_by_text("Active entrants who share a mailbox with")).to_be_visible()
    owner.get_by_label("Reason").fill("One person.")
    owner.get_by_role("button", name="Block all of these except one").click()
    expect(owner.get_by_text("2 entrants were changed.")).to_be_visible()
    rows = owner.get_by_role("region", name="Entrants").get_by_role("row")
    expect(rows.filter(has_text="Bob").get_by_text("Active")).to_be_visible()  # has confirmed
    expect(rows.filter(has_text="Ada").get_by_text("Blocked")).to_be_visible()
    expect(rows.filter(has_text="Cleo")).to_have_count(0)
    owner.get_by_role("link", name="See blocked entrants").click()
    owner.get_by_role("button", name="Unblock them all").click()
    expect(owner.get_by_text("2 entrants were changed.")).to_be_visible()
    owner.goto(f"{campaign}/clusters")
    mailbox = owner.get_by_role("region", name="Same mailbox")
    expect(mailbox.get_by_role("cell", name="3", exact=True)).to_be_visible()


@pytest.mark.sampled(1)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_owners_pages_of_it_are_well(
    scheme: str, widths: Sequence[int], server: OwnersServer, trk_new_context: ContextFactory
) -> None:
    page = trk_new_context(color_scheme=scheme, reduced_motion="reduce").new_page()
    campaign = crowd(page, server)
    for path in ("/clusters", "/draw", "/entrants", "/entrants?shares=network&with=1", "/settings"):
        page.goto(f"{campaign}{path}")
        expect_well(page, path, widths)
    page.goto(f"{campaign}/entrants?email=unconfirmed")
    page.get_by_role("button", name="Block all unconfirmed").click()
    expect(page.get_by_text("Give a reason")).to_be_visible()
    expect_well(page, "without a reason", widths)
    page.get_by_label("Reason").fill("Nobody confirmed.")
    with page.expect_navigation():
        page.get_by_role("button", name="Block all unconfirmed").click()
    page.goto(f"{campaign}/entrants?state=blocked")
    expect(page.get_by_role("heading", name="Blocked together")).to_be_visible()
    expect_well(page, "left out", widths)
