"""A draw that proves itself, from the first day to a doubting entrant's own computer."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from e2e.owning import OwnersServer, announce, close, signed_in
from e2e.well import expect_well
from trk_sdk.testkit.plugin import ContextFactory
from trk_sdk.testkit.truth import WAIT_SECONDS

_LOOKED_AT = (390, 1280)
_SOURCE = "the six numbers of the national lottery on 1 May 2027"

pytestmark = pytest.mark.once


def say_so(page: Page, campaign: str) -> None:
    """An action that is done by saying so, as the owner."""
    page.goto(f"{campaign}/actions/new")
    page.get_by_label("Title").fill("Say hello")
    page.get_by_label("Tracking name").fill("Hello")
    page.get_by_label("Verification").select_option("ill_know")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("link", name="Say hello", exact=True)).to_be_visible()


def take_part(page: Page, address: str, name: str) -> None:
    page.goto(address)
    page.get_by_label("Name").fill(name)
    page.get_by_label("E-mail").fill(f"{name.lower()}@example.org")
    page.get_by_role("button", name="Enter").click()
    page.get_by_role("heading", name="Say hello").click()
    page.get_by_role("button", name="I did this").click()
    expect(page.get_by_text("1 of 2 done")).to_be_visible()


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_doubter_keeps_what_the_page_shows_and_repeats_the_draw_at_home(
    server: OwnersServer, trk_new_context: ContextFactory, tmp_path: Path
) -> None:
    owner, doubter = trk_new_context().new_page(), trk_new_context().new_page()
    campaign = signed_in(owner, server)
    address = server.url + "/" + campaign.rpartition("/")[2]
    say_so(owner, campaign)
    owner.get_by_role("link", name="Draw", exact=True).click()
    owner.get_by_label("A public value: a source you choose").check()
    owner.get_by_label("Public source", exact=True).fill(_SOURCE)
    owner.get_by_role("button", name="Save").click()
    expect(owner.get_by_role("status")).to_contain_text("Saved.")

    for name in ("Bob", "Cid", "Dot"):
        take_part(trk_new_context().new_page(), address, name)
    take_part(doubter, address, "Eve")
    doubter.get_by_role("link", name="How winners are drawn").click()
    expect(doubter.get_by_text("You are entrant")).to_be_visible()
    expect(doubter.locator("blockquote")).to_have_text(_SOURCE)
    promised = doubter.locator("#commitment").inner_text()

    close(owner, campaign)
    # Nobody does anything for it: the server fixes the list by itself.
    fixed = doubter.locator("#fixed")
    deadline = time.monotonic() + WAIT_SECONDS
    while not fixed.count() and time.monotonic() < deadline:
        doubter.reload()
    kept = fixed.inner_text()
    expect(doubter.get_by_text("4 entrants with 4 entries")).to_be_visible()
    expect(doubter.get_by_text("in the list with 1 entry")).to_be_visible()

    owner.goto(f"{campaign}/draw")
    expect(owner.get_by_text("This can no longer be changed")).to_be_visible()
    owner.get_by_label("Result of the public source").fill("4 8 15 16 23 42")
    owner.get_by_role("checkbox").check()
    owner.get_by_role("button", name="Draw the winners now").click()
    expect(owner.get_by_text("Anyone can verify this draw")).to_be_visible()

    # Who they are is not told yet; from which list they were drawn is.
    doubter.reload()
    expect(doubter.get_by_text("The organiser is checking them now")).to_be_visible()
    expect(doubter.locator("#drawn")).to_have_text(kept)
    expect(doubter.locator(".wins, #seed")).to_have_count(0)
    announce(owner, campaign)

    doubter.reload()
    with doubter.expect_download() as begun:
        doubter.get_by_role("link", name="the list and the winners").click()
    begun.value.save_as(tmp_path / begun.value.suggested_filename)
    lines = doubter.locator("#python").inner_text()
    done = subprocess.run(
        [sys.executable, "-I", "-c", lines],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    printed = done.stdout.splitlines()
    assert [line.split(":")[0] for line in printed[:3]] == [
        "The fixed list",
        "The secret",
        "The seed",
    ]
    assert len(printed) == 4
    assert all(line.endswith("True") for line in printed)
    [file] = tmp_path.glob("draw-*.txt")
    draw = json.loads(file.read_text("utf-8").split("\n")[0])
    assert sha(draw["proof"]["secret"]) == promised
    assert draw["seed"] == sha(f"{draw['proof']['secret']}\n{kept}\n4 8 15 16 23 42")
    winner = printed[3].split()[4]
    expect(doubter.locator(".wins strong")).to_have_text(winner)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_of_the_draw_are_well_in_every_state(
    scheme: str, server: OwnersServer, trk_new_context: ContextFactory
) -> None:
    context = trk_new_context(color_scheme=scheme, reduced_motion="reduce")
    owner, public = context.new_page(), context.new_page()
    campaign = signed_in(owner, server)
    key = campaign.rpartition("/")[2]
    say_so(owner, campaign)
    take_part(public, f"{server.url}/{key}", "Eve")

    def look(state: str) -> None:
        owner.goto(f"{campaign}/draw")
        expect_well(owner, f"the owner's, {state}", _LOOKED_AT)
        public.goto(f"{server.url}/{key}/draw")
        expect_well(public, f"the public one, {state}", _LOOKED_AT)

    look("committed")
    owner.goto(f"{campaign}/draw")
    owner.get_by_label("A public value: a source you choose").check()
    owner.get_by_role("button", name="Save").click()
    expect(owner.locator("#source-mistake")).to_be_visible()
    expect_well(owner, "the owner's, wrong", _LOOKED_AT)
    for label in ("A public value: drand", "A seed I choose"):
        owner.get_by_label(label).check()
        owner.get_by_role("button", name="Save").click()
        expect(owner.get_by_role("status")).to_contain_text("Saved.")
        look(label)
    close(owner, campaign)
    look("closed")
    owner.get_by_role("button", name="Draw the winners now").click()
    expect(owner.locator("#sure-mistake")).to_be_visible()
    owner.get_by_label("Seed").fill("of mine")
    owner.get_by_role("checkbox").check()
    owner.get_by_role("button", name="Draw the winners now").click()
    expect(owner.get_by_text("Anyone can verify this draw")).to_be_visible()
    look("drawn")
    owner.goto(f"{campaign}/draw/mail")
    expect_well(owner, "the mail to winners", _LOOKED_AT)
    owner.get_by_label("Text").fill("No way to answer")
    owner.get_by_role("button", name="Send to 1 winner").click()
    expect(owner.locator("#body-mistake")).to_be_visible()
    expect_well(owner, "the mail to winners, wrong", _LOOKED_AT)
    owner.get_by_label("Text").fill("{name}: {link}")
    owner.get_by_role("button", name="Send to 1 winner").click()
    expect(owner.get_by_text("One e-mail was written.")).to_be_visible()
    expect_well(owner, "the owner's, told", _LOOKED_AT)
    owner.goto(f"{server.url}/admin/mails")
    owner.get_by_role("link", name="You have won").click()
    public.goto(owner.locator("pre").inner_text().split()[-1])
    expect_well(public, "the winner's link", _LOOKED_AT)
    public.get_by_role("button", name="I accept").click()
    expect(public.get_by_role("heading", name="You have accepted your prize")).to_be_visible()
    expect_well(public, "accepted", _LOOKED_AT)
    announce(owner, campaign)
    look("announced")
