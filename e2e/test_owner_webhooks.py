"""Webhooks on the owner's pages, with a real endpoint that answers, fails and comes back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from standardwebhooks import Webhook, WebhookVerificationError

from e2e.owning import PASSWORD, OwnersServer, Prepared, signed_in
from e2e.well import expect_well
from tests.backend.receiver import Receiver, receiving
from trk_sdk.testkit.plugin import ContextFactory

pytestmark = pytest.mark.once

LONG = "Donaudampfschifffahrtsgesellschaftskapitaensmuetzenabzeichen" * 3


@pytest.fixture
def inside(tmp_path: Path, prepared: Prepared) -> Iterator[OwnersServer]:
    """A server that Ann has set up, which may send to this machine."""
    backend = OwnersServer(tmp_path / "trk", prepared)
    try:
        backend.start({"TRK_WEBHOOKS_PRIVATE": "1"})
        yield backend
    finally:
        backend.close()


@pytest.fixture
def receiver() -> Iterator[tuple[Receiver, str]]:
    """An endpoint and its address."""
    with receiving() as opened:
        yield opened


def add(page: Page, campaign: str, url: str) -> str:
    """Add a webhook; its secret."""
    page.goto(f"{campaign}/webhooks/new")
    page.get_by_label("Address").fill(url)
    page.get_by_role("button", name="Add").click()
    return page.locator("#secret").inner_text()


def enter(page: Page, address: str, name: str) -> None:
    page.goto(address)
    page.get_by_label("Name").fill(name)
    page.get_by_label("E-mail").fill("sue@example.org")
    page.get_by_role("button", name="Enter").click()
    expect(page.get_by_text("You’re in")).to_be_visible()


def test_an_owner_adds_a_webhook_copies_its_secret_tests_it_and_sees_what_it_was_told(
    inside: OwnersServer,
    receiver: tuple[Receiver, str],
    trk_page: Page,
    trk_new_context: ContextFactory,
    trk_browser_name: str,
) -> None:
    page = trk_page
    if trk_browser_name == "chromium":  # asks, where Firefox takes the click for an answer
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    signed_in(page, inside)
    address = page.locator("#address").inner_text()
    page.get_by_role("link", name="Webhooks").click()
    page.get_by_role("link", name="Add a webhook").click()
    page.get_by_label("Address").fill(f"{receiver[1]}/204")
    page.get_by_label("Somebody got the reward").uncheck()
    page.get_by_role("button", name="Add").click()
    secret = page.locator("#secret").inner_text()
    page.get_by_role("button", name="Copy the secret").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    page.get_by_role("link", name="Continue and send a test").click()
    expect(page.get_by_text("Events: Somebody entered · An action was completed")).to_be_visible()
    expect(page.locator("main")).not_to_contain_text("whsec_")
    page.get_by_role("button", name="Send a test").click()
    expect(
        page.get_by_text("The test was delivered. It answered 204 (No Content).")
    ).to_be_visible()
    [tested] = receiver[0].at("/204")
    page.get_by_role("link", name="Change").click()
    page.get_by_label("Address").press("ControlOrMeta+a")
    page.get_by_label("Address").press("ControlOrMeta+v")
    expect(page.get_by_label("Address")).to_have_value(secret)
    Webhook(secret).verify(tested.body, tested.headers)
    page.get_by_role("link", name="Cancel").click()

    enter(trk_new_context().new_page(), address, "Sue <b>Shopper</b>")
    told = receiver[0].waited("/204", 2)[1]
    assert told.event["data"]["entrant"]["name"] == "Sue <b>Shopper</b>"
    page.reload()
    row = page.get_by_role("row").filter(has_text="Somebody entered")
    row.get_by_role("link", name="Sue <b>Shopper</b>").click()
    expect(page.get_by_role("heading", name="Sue <b>Shopper</b>")).to_be_visible()
    page.get_by_role("link", name="Webhooks").click()
    expect(page.get_by_role("listitem").filter(has_text=receiver[1])).to_contain_text("Working")


def test_what_failed_is_in_the_log_in_words_and_is_sent_again_once_the_address_is_right(
    inside: OwnersServer, receiver: tuple[Receiver, str], trk_page: Page
) -> None:
    page = trk_page
    campaign = signed_in(page, inside)
    add(page, campaign, f"{receiver[1]}/503")
    page.goto(f"{campaign}/webhooks/1")
    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_role("alert")).to_contain_text(
        "The test was not delivered. It answered 503 (Service Unavailable). Next try"
    )
    page.goto(f"{campaign}/webhooks/1")
    expect(page.get_by_text("Failing since")).to_be_visible()
    page.get_by_label("State").select_option("Delivered")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("No deliveries in this state.")).to_be_visible()
    page.get_by_role("link", name="Show all").click()
    page.get_by_role("link", name="Change").click()
    page.get_by_label("Address").fill(f"{receiver[1]}/204")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("row").filter(has_text="A test").get_by_role("button", name="Resend").click()
    expect(
        page.get_by_text("The test was delivered. It answered 204 (No Content).")
    ).to_be_visible()
    failed, again = receiver[0].at("/503"), receiver[0].at("/204")
    # The same event: a receiver knows it by this.
    assert {each.headers["webhook-id"] for each in (*failed, *again)} == {
        failed[0].headers["webhook-id"]
    }


def test_a_webhook_is_paused_resumed_gets_another_secret_and_is_removed(
    inside: OwnersServer, receiver: tuple[Receiver, str], trk_page: Page
) -> None:
    page = trk_page
    campaign = signed_in(page, inside)
    old = add(page, campaign, f"{receiver[1]}/204")
    page.goto(f"{campaign}/webhooks/1")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Events from now on are not sent later")).to_be_visible()
    expect(page.get_by_role("button", name="Send a test")).to_have_count(0)
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.get_by_role("link", name="Rotate secret …").click()
    page.get_by_role("button", name="Rotate secret").click()
    new = page.locator("#secret").inner_text()
    page.get_by_role("link", name="Continue").click()
    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_text("The test was delivered.")).to_be_visible()
    [got] = receiver[0].at("/204")
    Webhook(new).verify(got.body, got.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(got.body, got.headers)
    page.get_by_role("link", name="Remove …").click()
    expect(page.get_by_text("Its log of deliveries is removed too (1).")).to_be_visible()
    page.get_by_role("button", name="Remove permanently").click()
    expect(page.get_by_text("Webhook removed.")).to_be_visible()
    expect(page.get_by_text("Notify your server")).to_be_visible()


def test_a_session_that_ends_while_a_webhook_is_filled_in_loses_nothing(
    server: OwnersServer, trk_page: Page
) -> None:
    page = trk_page
    campaign = signed_in(page, server)
    page.goto(f"{campaign}/webhooks/new")
    page.get_by_label("Address").fill("https://shop.example/hooks")
    page.get_by_label("Somebody entered").uncheck()
    page.context.clear_cookies()
    page.get_by_role("button", name="Add").click()
    page.get_by_label("E-mail").fill("ann@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Nothing is saved yet")).to_be_visible()
    expect(page.get_by_label("Somebody entered")).not_to_be_checked()
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("heading", name="Webhook added")).to_be_visible()
    page.get_by_role("link", name="Continue").click()
    expect(page.get_by_text("Events: An action was completed")).to_be_visible()


@pytest.mark.sampled(1)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_state_of_webhooks_is_well_at_every_width(
    scheme: str,
    widths: Sequence[int],
    inside: OwnersServer,
    receiver: tuple[Receiver, str],
    trk_new_context: ContextFactory,
) -> None:
    page = trk_new_context(color_scheme=scheme, reduced_motion="reduce").new_page()
    complaints: list[str] = []
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    campaign = signed_in(page, inside, LONG)
    all_of_them = f"{campaign}/webhooks"
    page.goto(all_of_them)
    for fold in page.locator("summary").all():
        fold.click()
    expect_well(page, "none yet", widths)
    page.goto(f"{all_of_them}/new")
    for box in page.get_by_role("checkbox").all():
        box.uncheck()
    page.get_by_role("button", name="Add").click()
    expect(page.locator(".mistake")).to_have_count(2)
    expect_well(page, "wrong", widths)
    for path in ("/204", "/410", f"/503/{LONG}", "/204"):
        add(page, campaign, receiver[1] + path)
        if path == "/410":
            expect_well(page, "added", widths)
        page.get_by_role("link", name="Continue").click()
        expect(page.get_by_role("button", name="Send a test")).to_be_visible()
        if path == "/410":
            expect_well(page, "nothing told yet", widths)
        page.get_by_role("button", name="Send a test").click()
        expect(page.get_by_text("The test was")).to_be_visible()
        expect_well(page, f"tested {path[:4]}", widths)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    expect_well(page, "paused", widths)
    page.goto(all_of_them)
    expect_well(page, "the list", widths)
    for path in ("/1/change", "/1/secret", "/3/remove", "/1?state=given_up"):
        page.goto(all_of_them + path)
        expect_well(page, path, widths)
    assert [line for line in complaints if "status of 40" not in line] == []
