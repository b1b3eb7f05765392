"""The owner's forms show what goes with what was chosen, and let nothing typed be lost unasked."""

from __future__ import annotations

import pytest
from playwright.sync_api import Dialog, Page, expect

from e2e.owning import OwnersServer, signed_in
from trk_sdk.testkit.plugin import ContextFactory


@pytest.mark.once
@pytest.mark.parametrize("scripts", [True, False])
def test_fields_that_do_not_go_with_what_was_chosen_are_not_shown(
    scripts: bool, shared_server: OwnersServer, trk_new_context: ContextFactory
) -> None:
    page = trk_new_context(java_script_enabled=scripts).new_page()
    campaign = signed_in(page, shared_server)
    page.goto(f"{campaign}/settings")
    kind, gets = page.get_by_label("Kind"), page.get_by_label("What everyone gets")
    value, needed = page.get_by_label("The code or link"), page.get_by_label("Actions needed")
    expect(gets).to_be_hidden()
    expect(page.get_by_role("heading", name="Reward")).to_be_hidden()
    expect(page.get_by_label("Show the total of entries")).to_be_visible()
    kind.select_option("reward")
    expect(page.get_by_label("Show the total of entries")).to_be_hidden()
    expect(gets).to_be_visible()
    expect(needed).to_be_hidden()
    gets.select_option("codes")
    expect(needed).to_be_visible()
    expect(value).to_be_hidden()
    gets.select_option("shared")
    expect(value).to_be_visible()

    page.goto(f"{campaign}/actions/new")
    question, signed = page.get_by_label("Question", exact=True), page.get_by_label("signature")
    for verification, asks, tracks in (
        ("tracking", False, True),
        ("question", True, False),
        ("question_or_tracking", True, True),
        ("ill_know", False, False),
    ):
        page.get_by_label("Verification").select_option(verification)
        expect(question).to_be_visible(visible=asks)
        expect(signed).to_be_visible(visible=tracks)

    page.goto(f"{campaign}/fields/new")
    options, age = page.get_by_label("Options"), page.get_by_label("Minimum age")
    for kind_of_field, chooses, dates in (
        ("text", False, False),
        ("choice", True, False),
        ("date", False, True),
    ):
        page.get_by_label("Kind").select_option(kind_of_field)
        expect(options).to_be_visible(visible=chooses)
        expect(age).to_be_visible(visible=dates)


@pytest.mark.once
def test_what_is_wrong_is_shown_whatever_was_chosen(
    shared_server: OwnersServer, trk_page: Page
) -> None:
    campaign = signed_in(trk_page, shared_server)
    trk_page.goto(f"{campaign}/settings")
    trk_page.get_by_label("Kind").select_option("reward")
    trk_page.get_by_label("What everyone gets").select_option("shared")
    trk_page.get_by_label("The code or link").fill("SAVE10")
    trk_page.get_by_label("Actions needed").fill("0")
    trk_page.get_by_label("Kind").select_option("competition")
    trk_page.get_by_role("button", name="Save").click()
    expect(trk_page.locator("#reward_after-mistake")).to_be_visible()
    expect(trk_page.get_by_label("Actions needed")).to_be_visible()


@pytest.mark.once
def test_an_end_without_a_time_is_the_end_of_that_day(server: OwnersServer, trk_page: Page) -> None:
    campaign = signed_in(trk_page, server)
    trk_page.goto(f"{campaign}/settings")
    trk_page.get_by_label("End", exact=True).fill("2490-12-24")
    trk_page.get_by_role("button", name="Save").click()
    expect(trk_page.get_by_text("Saved.")).to_be_visible()
    expect(trk_page.get_by_label("End: Time")).to_have_value("")
    trk_page.goto(campaign)
    expect(trk_page.get_by_text("24 December 2490, 23:59 (UTC)")).to_be_visible()


def test_whoever_leaves_what_they_typed_is_asked_and_whoever_saves_it_is_not(
    server: OwnersServer, trk_page: Page
) -> None:
    page, asked = trk_page, list[str]()
    campaign = signed_in(page, server)
    page.goto(f"{campaign}/settings")

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    name = page.get_by_label("Name", exact=True)
    name.fill("Win a boat")
    with page.expect_event("dialog"):
        page.get_by_role("link", name="Actions", exact=True).click()
    expect(name).to_have_value("Win a boat")
    assert asked == ["beforeunload"]
    # What a form refused is not saved either.
    name.fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Fill this in.")).to_be_visible()
    with page.expect_event("dialog"):
        page.get_by_role("link", name="Actions", exact=True).click()
    expect(name).to_have_value("")
    assert asked == ["beforeunload"] * 2
    name.fill("Win a boat")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.get_by_role("link", name="Actions", exact=True).click()
    expect(page.get_by_role("heading", name="Actions")).to_be_visible()
    page.get_by_role("link", name="Visit our shop", exact=True).click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert asked == ["beforeunload"] * 2
    # A button of another form saves nothing of this one.
    page.goto(f"{campaign}/prizes")
    prizes = page.get_by_role("button", name="Remove")
    there = prizes.count()
    title = page.get_by_label("Title", exact=True)
    title.fill("A helmet")
    with page.expect_event("dialog"):
        prizes.first.click()
    expect(title).to_have_value("A helmet")
    assert asked == ["beforeunload"] * 3
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("link", name="A helmet")).to_be_visible()
    expect(prizes).to_have_count(there + 1)
    assert asked == ["beforeunload"] * 3
