"""What an entrant does on the campaign's page, and in the shop before."""

from __future__ import annotations

import secrets

from playwright.sync_api import Locator, Page, expect

from trk_sdk.testkit.campaign_page import CampaignPage
from trk_sdk.testkit.truth import Campaign

VISITOR = "c" * 32
QUIZ = {"verification": "question", "question": "6 × 7?", "answer_pattern": "42"}


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


def inside(page: Page, campaign: Campaign, *before: str) -> CampaignPage:
    """The campaign's page of VISITOR, who has entered and had done something `before`."""
    if before:
        push(page, campaign, *before)
    arrive(page, campaign)
    opened = CampaignPage(page, campaign)
    opened.enter()
    return opened


def toast(page: Page) -> Locator:
    """What says for a while that something has been completed."""
    return page.locator(".toast")


def enter(page: Page, address: str, name: str, email: str) -> None:
    """Enter as this person at the campaign's address."""
    page.goto(address)
    page.get_by_label("Name").fill(name)
    page.get_by_label("E-mail").fill(email)
    page.get_by_role("button", name="Enter").click()
    expect(page.get_by_text(f"You’re in, {name.partition(' ')[0]}")).to_be_visible()
