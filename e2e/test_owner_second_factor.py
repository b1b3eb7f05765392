"""An owner's second factor from its setting up to its loss, and what asks for the password."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence

import pytest
from playwright.sync_api import Page, expect
from pyotp import TOTP

from e2e.owning import PASSWORD, OwnersServer, press, signed_in
from e2e.well import expect_well
from trk_sdk.testkit.plugin import ContextFactory

pytestmark = pytest.mark.once


class Phone:
    """An app that shows codes; each is taken once."""

    def __init__(self, key: str) -> None:
        self._otp = TOTP(key.replace("-", ""))
        self._last = 0

    def code(self) -> str:
        """The next code that has not been taken: at most one step ahead of the clock."""
        self._last = max(int(time.time()) // 30, self._last + 1)
        return self._otp.generate_otp(self._last)


def set_up(page: Page) -> tuple[Phone, list[str]]:
    """Set up the second factor by the pages: the phone, and the recovery codes."""
    page.get_by_role("link", name="Account").click()
    page.get_by_role("link", name="Set up").click()
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    phone = Phone(page.locator("#key").inner_text())
    page.get_by_label("Code", exact=True).fill(phone.code())
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_role("heading", name="The second factor is on")).to_be_visible()
    return phone, page.locator("#codes").inner_text().split()


def give_password(page: Page) -> None:
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("E-mail").fill("ann@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_it_is_set_up_asked_for_recovered_and_taken_off(
    server: OwnersServer, trk_page: Page
) -> None:
    page = trk_page
    signed_in(page, server)
    phone, codes = set_up(page)
    assert len(codes) == 10
    page.get_by_role("link", name="I have saved them").click()
    expect(page.get_by_text("10 recovery codes left")).to_be_visible()
    # With a code.
    give_password(page)
    expect(page.get_by_role("heading", name="Your code")).to_be_visible()
    page.get_by_label("Code", exact=True).fill("000000")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator(".mistake")).to_contain_text("is wrong or was already used")
    page.get_by_label("Code", exact=True).fill(phone.code())
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Campaigns")).to_be_visible()
    # With a recovery code, which is good once.
    for attempt in range(2):
        give_password(page)
        page.get_by_label("Code", exact=True).fill(codes[0].lower())
        page.get_by_role("button", name="Sign in", exact=True).click()
        if attempt == 0:
            expect(page.get_by_role("heading", name="Campaigns")).to_be_visible()
    expect(page.locator(".mistake")).to_contain_text("was already used")
    # Lost: whoever runs the server takes it off.
    command = [sys.executable, "-m", "trk", "--database", server.database]
    subprocess.run([*command, "owner", "forget-second-factor", "ann@example.org"], check=True)
    page.goto(f"{server.url}/admin/sign-in")
    page.get_by_label("E-mail").fill("ann@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Audit log").click()
    rows = page.locator("tbody tr")
    for text in (
        "Signed in",
        "Removed: second factor",
        "Used: recovery code",
        "Failed to sign in: second factor",
        "Created: second factor",
    ):
        expect(rows.filter(has_text=text).first).to_be_visible()
    expect(rows.filter(has_text="Removed: second factor")).to_contain_text("Command line")
    page.get_by_label("What", exact=True).select_option("Used")
    page.get_by_role("button", name="Show").click()
    expect(rows).to_have_count(1)


def test_after_15_minutes_a_token_asks_for_the_password_and_is_made_with_what_was_typed(
    server: OwnersServer, trk_page: Page
) -> None:
    page = trk_page
    campaign = signed_in(page, server)
    page.get_by_role("link", name="API tokens").click()
    page.get_by_label("Name", exact=True).fill("Shop")
    page.get_by_label("Draw winners").check()
    server.proved(16)
    page.get_by_role("button", name="Create token").click()
    expect(page.get_by_role("heading", name="Confirm it’s you")).to_be_visible()
    # The field has the focus: type and press Enter.
    page.keyboard.type("wrong horse battery")
    page.keyboard.press("Enter")
    expect(page.locator(".mistake")).to_have_text("This is not your password.")
    page.keyboard.type(PASSWORD)
    press(page, "Continue")
    expect(page.locator("#token")).to_be_visible()
    expect(page.locator("li.row").filter(has_text="Shop")).to_contain_text("Draw winners")
    # A page that shows a secret asks as well, and opens then.
    server.proved(16)
    page.goto(f"{campaign}/install")
    page.get_by_role("link", name="Show the secret").click()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#secret")).to_be_visible()


@pytest.mark.sampled(1)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_these_pages_and_nothing_sticks_out(
    scheme: str, server: OwnersServer, trk_new_context: ContextFactory, widths: Sequence[int]
) -> None:
    page = trk_new_context(color_scheme=scheme, reduced_motion="reduce").new_page()
    complaints: list[str] = []
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    campaign = signed_in(page, server)
    server.proved(16)
    account = f"{server.url}/admin/account/second-factor"
    page.goto(account)
    expect_well(page, "second factor, off", widths)
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_label("Your password")).to_be_visible()
    expect_well(page, "is it you", widths)
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".mistake")).to_be_visible()
    expect_well(page, "is it you, wrong", widths)
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#key")).to_be_visible()
    expect_well(page, "second factor, new", widths)
    phone = Phone(page.locator("#key").inner_text())
    page.get_by_role("button", name="Turn on").click()
    expect(page.locator(".mistake")).to_be_visible()
    expect_well(page, "second factor, wrong", widths)
    page.get_by_label("Code", exact=True).fill(phone.code())
    page.get_by_role("button", name="Turn on").click()
    expect(page.locator("#codes")).to_be_visible()
    expect_well(page, "recovery codes", widths)
    page.goto(account)
    expect_well(page, "second factor, on", widths)
    server.proved(16)
    page.goto(f"{campaign}/install/secret")
    expect(page.get_by_label("Code", exact=True)).to_be_visible()
    expect_well(page, "is it you, with a code", widths)
    page.goto(f"{server.url}/admin/account")
    expect_well(page, "account", widths)
    page.goto(f"{server.url}/admin/audit")
    expect_well(page, "audit", widths)
    give_password(page)
    expect(page.get_by_role("heading", name="Your code")).to_be_visible()
    expect_well(page, "your code", widths)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator(".mistake")).to_be_visible()
    expect_well(page, "your code, wrong", widths)
    assert [line for line in complaints if "status of 40" not in line] == []
