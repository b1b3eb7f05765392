"""The owner's side in a real browser: from the first start to a campaign one can enter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from sdk.testkit.plugin import ContextFactory
from sdk.testkit.process import Backend
from sdk.testkit.site import Site

PASSWORD = "correct horse battery"
LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen" * 3


def set_up(page: Page, server: Backend, name: str = "Win a bike") -> str:
    """Set the server up; the address of the first campaign for its owner."""
    page.goto(server.url)
    page.get_by_label("Your name").fill("Ann")
    page.get_by_label("E-mail").fill("ann@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Name of the campaign").fill(name)
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    return page.url


def add_action(page: Page, campaign: str, title: str) -> None:
    page.goto(f"{campaign}/actions/new")
    page.get_by_label("Title").fill(title)
    page.get_by_label("Tracking name").fill(title)
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("link", name=title, exact=True)).to_be_visible()


def titles(page: Page) -> list[str]:
    return page.locator("ol.rows h2").all_inner_texts()


def fill(page: Page, label: str, text: str) -> None:
    """Go on with the Tab key to the field with this label, and type."""
    field = page.get_by_label(label, exact=True)
    for _ in range(30):
        page.keyboard.press("Tab")
        if field.evaluate("field => field === document.activeElement"):
            page.keyboard.type(text)
            return
    raise AssertionError(f"the Tab key does not reach {label}")


def press(page: Page, name: str, role: Any = "button") -> None:
    """Go on with the Tab key to this button or link, and press Enter."""
    target = page.get_by_role(role, name=name, exact=True)
    for _ in range(60):
        page.keyboard.press("Tab")
        if target.evaluate("target => target === document.activeElement"):
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"the Tab key does not reach {name}")


def test_from_the_first_start_to_an_entrant_with_the_keyboard_alone(
    server: Backend, trk_page: Page, trk_new_context: ContextFactory
) -> None:
    page = trk_page
    page.goto(server.url)
    fill(page, "Your name", "Ann")
    fill(page, "E-mail", "ann@example.org")
    fill(page, "Password", PASSWORD)
    fill(page, "Name of the campaign", "Win a bike")
    press(page, "Start")
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    press(page, "Actions", "link")
    press(page, "Add an action", "link")
    fill(page, "Title", "Buy a bell")
    fill(page, "Tracking name", "Bell")
    press(page, "Add")
    expect(page.get_by_role("heading", name="Buy a bell")).to_be_visible()
    press(page, "Move up: Buy a bell")
    expect(page.locator("ol.rows h2").first).to_have_text("Buy a bell")
    press(page, "Overview", "link")
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    address = page.locator("#address").inner_text()
    entrant = trk_new_context().new_page()
    entrant.goto(address)
    entrant.get_by_label("Name").fill("Bob")
    entrant.get_by_label("E-mail").fill("bob@example.org")
    entrant.get_by_role("button", name="Enter").click()
    expect(entrant.get_by_text("You’re in, Bob")).to_be_visible()
    page.reload()
    expect(page.locator("dd").first).to_have_text("1")


def test_a_mistake_takes_the_focus_to_its_field_and_is_read_with_it(
    server: Backend, trk_page: Page
) -> None:
    campaign = set_up(trk_page, server)
    trk_page.goto(f"{campaign}/settings")
    trk_page.get_by_label("Name", exact=True).fill("")
    trk_page.get_by_label("Terms").fill("Kept")
    trk_page.get_by_role("button", name="Save").click()
    name = trk_page.get_by_label("Name", exact=True)
    expect(name).to_be_focused()
    expect(name).to_have_accessible_description(
        "Entrants see it as the heading; the page’s address has it in its readable part. "
        "Please fill this in."
    )
    expect(trk_page.get_by_label("Terms")).to_have_value("Kept")


def test_the_preview_follows_what_is_typed_stores_nothing_and_leaves_the_history_alone(
    server: Backend, trk_page: Page
) -> None:
    campaign = set_up(trk_page, server)
    trk_page.goto(f"{campaign}/settings")
    frame = trk_page.frame_locator(".preview iframe:not(.loading)")
    expect(frame.get_by_role("heading", name="Win a bike")).to_be_visible()
    steps = trk_page.evaluate("history.length")
    trk_page.get_by_label("Name", exact=True).fill("Win a boat")
    expect(frame.get_by_role("heading", name="Win a boat")).to_be_visible()
    trk_page.get_by_role("textbox", name="Accent colour", exact=True).fill("#ffd400")
    # The style sheet of the theme passes the page's policy in the sandbox as well.
    expect(frame.locator("button").first).to_have_css("background-color", "rgb(255, 212, 0)")
    assert trk_page.evaluate("history.length") == steps
    trk_page.reload()
    expect(trk_page.get_by_label("Name", exact=True)).to_have_value("Win a bike")


def test_on_a_phone_the_preview_is_behind_a_button(
    server: Backend, trk_new_context: ContextFactory
) -> None:
    page = trk_new_context(viewport={"width": 390, "height": 800}).new_page()
    campaign = set_up(page, server)
    page.goto(f"{campaign}/actions/new")
    expect(page.locator("iframe")).to_have_count(0)
    page.get_by_label("Title").fill("Buy a bell")
    page.get_by_role("button", name="Show preview").click()
    frame = page.frame_locator(".preview iframe:not(.loading)")
    expect(frame.get_by_role("heading", name="Buy a bell")).to_be_in_viewport()
    page.get_by_role("button", name="Hide preview").click()
    expect(page.locator("iframe")).to_be_hidden()


def drag(page: Page, source: Locator, target: Locator, browser: str) -> None:
    """Drag with the mouse; by its events in Firefox, where Playwright's mouse begins no drag."""
    if browser != "firefox":
        source.drag_to(target)
        return
    carried = page.evaluate_handle("new DataTransfer()")
    for where, event in ((source, "dragstart"), (target, "dragover"), (target, "drop")):
        where.dispatch_event(event, {"dataTransfer": carried})


def test_actions_are_put_in_order_with_the_mouse(
    server: Backend, trk_page: Page, trk_browser_name: str
) -> None:
    campaign = set_up(trk_page, server)
    for title in ("Second", "Third"):
        add_action(trk_page, campaign, title)
    assert titles(trk_page) == ["Visit our shop", "Second", "Third"]
    rows = trk_page.locator("ol.rows > li")
    with trk_page.expect_navigation():
        drag(trk_page, rows.nth(2), rows.nth(0), trk_browser_name)
    assert titles(trk_page) == ["Third", "Visit our shop", "Second"]
    trk_page.reload()
    assert titles(trk_page) == ["Third", "Visit our shop", "Second"]


def test_without_scripts_everything_can_be_done(
    server: Backend, trk_new_context: ContextFactory
) -> None:
    page = trk_new_context(java_script_enabled=False).new_page()
    page.route("**/*.js*", lambda route: route.abort())  # Firefox takes that for no order
    campaign = set_up(page, server)
    add_action(page, campaign, "Second")
    page.get_by_role("button", name="Move up: Second").click()
    assert titles(page) == ["Second", "Visit our shop"]
    page.goto(f"{campaign}/settings")
    page.get_by_label("Name", exact=True).fill("Win a boat")
    with page.expect_popup() as opened:
        page.get_by_role("button", name="Preview in a new tab").click()
    expect(opened.value.get_by_role("heading", name="Win a boat")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()


def test_what_the_install_page_copies_runs_in_a_page_and_is_seen_arriving(
    server: Backend,
    trk_page: Page,
    trk_site: Site,
    trk_new_context: ContextFactory,
    trk_browser_name: str,
) -> None:
    if trk_browser_name == "chromium":  # asks, where Firefox takes the click for an answer
        trk_page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    campaign = set_up(trk_page, server)
    add_action(trk_page, campaign, "Become a VIP")
    trk_page.get_by_role("link", name="Install").click()
    expect(trk_page.get_by_text("Waiting for the first beacon…")).to_be_visible()
    trk_page.get_by_label("Action").select_option("Become a VIP")
    trk_page.get_by_role("button", name="Show its scripts").click()
    button = trk_page.get_by_role("button", name="Copy both together")
    button.click()
    expect(trk_page.get_by_role("button", name="Copied")).to_be_visible()
    other = trk_page.context.new_page()
    other.goto(f"{campaign}/settings")
    other.get_by_label("Description").press("ControlOrMeta+v")
    script = other.get_by_label("Description").input_value()
    other.close()
    assert script.startswith("<script>")
    shop = trk_new_context().new_page()
    shop.goto(trk_site.page("/shop", f"<!doctype html><title>Shop</title>{script}"))
    newest = trk_page.locator(".seen li").first
    expect(newest).to_contain_text(
        "name Become a VIP, value myValue, matches the action ‘Become a VIP’ and waits"
    )
    expect(trk_page.get_by_text("Waiting for the first beacon…")).to_be_hidden()
    shop.evaluate("Gleam.push(['Become a VPI', '<img src=x>'])")
    expect(newest).to_contain_text(
        "name Become a VPI, value <img src=x>, no action has this name; "
        "did you mean ‘Become a VIP’?"
    )
    expect(trk_page.locator("[role=status]")).to_contain_text("did you mean")
    expect(trk_page.locator(".seen img")).to_have_count(0)
    expect(button).to_be_visible()


def test_the_live_check_rests_while_nobody_looks_and_ends_with_the_session(
    server: Backend, trk_page: Page
) -> None:
    campaign = set_up(trk_page, server)
    asked: list[str] = []
    trk_page.on("request", lambda each: asked.append(each.url) if "/seen" in each.url else None)
    trk_page.clock.install()
    with trk_page.expect_response("**/install/seen"):
        trk_page.goto(f"{campaign}/install")
    with trk_page.expect_response("**/install/seen"):
        trk_page.clock.run_for(2100)
    again = trk_page.get_by_role("link", name="Look again")
    expect(again).to_be_hidden()
    trk_page.evaluate(
        """() => {
            Object.defineProperty(document, 'visibilityState', {
                configurable: true, get: () => window.state || 'hidden'
            });
            document.dispatchEvent(new Event('visibilitychange'));
        }"""
    )
    count = len(asked)
    trk_page.clock.run_for(60_000)
    assert len(asked) == count >= 2
    trk_page.context.clear_cookies()
    trk_page.evaluate(
        "window.state = 'visible'; document.dispatchEvent(new Event('visibilitychange'))"
    )
    expect(again).to_be_visible()
    again.click()
    expect(trk_page.get_by_label("Password")).to_be_visible()


def test_where_our_script_is_blocked_a_test_unlock_is_sent_and_seen(
    server: Backend, trk_page: Page
) -> None:
    campaign = set_up(trk_page, server)
    trk_page.route("**/static/admin.js*", lambda route: route.abort())
    trk_page.goto(f"{campaign}/install")
    expect(trk_page.get_by_text("Waiting for the first beacon…")).to_be_visible()
    expect(trk_page.get_by_role("button", name="Copy")).to_have_count(0)
    trk_page.get_by_role("button", name="Send a test unlock").click()
    expect(trk_page.locator(".seen li")).to_contain_text("value test, matches the action")
    trk_page.get_by_role("link", name="Look again").click()
    expect(trk_page.locator(".seen li")).to_have_count(1)


def test_a_session_that_ends_in_the_middle_of_a_form_loses_nothing(
    server: Backend, trk_page: Page
) -> None:
    campaign = set_up(trk_page, server)
    trk_page.goto(f"{campaign}/settings")
    trk_page.get_by_label("Description").fill("\nTwo\n\nlines")
    trk_page.get_by_label("Ask for consent").check()
    trk_page.context.clear_cookies()
    trk_page.get_by_role("button", name="Save").click()
    expect(trk_page.get_by_text("Your session has ended")).to_be_visible()
    trk_page.get_by_label("E-mail").fill("ann@example.org")
    trk_page.get_by_label("Password").fill(PASSWORD)
    trk_page.get_by_role("button", name="Sign in").click()
    expect(trk_page.get_by_text("Nothing was saved yet")).to_be_visible()
    trk_page.get_by_role("button", name="Save").click()
    expect(trk_page.get_by_text("Saved.")).to_be_visible()
    expect(trk_page.get_by_label("Description")).to_have_value("\nTwo\n\nlines")
    expect(trk_page.get_by_label("Ask for consent")).to_be_checked()


Visit = Callable[[Page, str], None]


def at(path: str) -> Visit:
    def visit(page: Page, campaign: str) -> None:
        page.goto(f"{campaign}{path}")

    return visit


def wrong(path: str, button: str) -> Visit:
    """The page after its form was sent with every field empty."""

    def visit(page: Page, campaign: str) -> None:
        page.goto(f"{campaign}{path}")
        for field in page.locator("main form").last.locator("input[type=text], textarea").all():
            field.fill("")
        page.get_by_role("button", name=button, exact=True).click()
        expect(page.locator(".mistake").first).to_be_visible()

    return visit


def conflict(page: Page, campaign: str) -> None:
    page.goto(f"{campaign}/settings")
    other = page.context.new_page()
    other.goto(f"{campaign}/settings")
    other.get_by_label("Name", exact=True).fill("Theirs")
    other.get_by_role("button", name="Save").click()
    expect(other.get_by_text("Saved.")).to_be_visible()
    other.close()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Somebody else has changed")).to_be_visible()


def invited(page: Page, campaign: str) -> None:
    page.goto(f"{campaign}/../../owners")
    page.get_by_label("E-mail").fill("bob@example.org")
    page.get_by_role("button", name="Invite").click()
    expect(page.locator("#invitation")).to_be_visible()


def removing(page: Page, campaign: str) -> None:
    accepting(page, campaign)
    other = page.context.browser
    assert other is not None
    bob = other.new_context().new_page()
    bob.goto(page.url)
    bob.get_by_label("Your name").fill("Bob")
    bob.get_by_label("Password").fill(PASSWORD)
    bob.get_by_role("button", name="Become an owner").click()
    expect(bob.get_by_role("heading", name="Campaigns")).to_be_visible()
    bob.context.close()
    page.goto(f"{campaign}/../../owners")
    page.get_by_role("link", name="Remove").click()
    expect(page.get_by_role("button", name="Remove")).to_be_visible()


def accepting(page: Page, campaign: str) -> None:
    invited(page, campaign)
    page.goto(page.locator("#invitation").inner_text())


def signed_out(page: Page, campaign: str) -> None:
    page.goto(campaign)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Password")).to_be_visible()


def codes(page: Page, campaign: str) -> None:
    page.goto(f"{campaign}/settings")
    page.get_by_label("Kind").select_option("reward")
    page.get_by_label("What everyone gets").select_option("codes")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Codes").click()
    page.get_by_label("Codes", exact=True).fill("A-1\nA-2")
    page.get_by_role("button", name="Add codes").click()
    expect(page.get_by_text("2 of 2 codes were new")).to_be_visible()


def installing(page: Page, campaign: str) -> None:
    page.goto(f"{campaign}/install")
    page.get_by_role("button", name="Send a test unlock").click()
    expect(page.locator(".seen li").first).to_be_visible()
    for fold in page.locator("summary").all():
        fold.click()


PAGES: dict[str, Visit] = {
    "overview": at(""),
    "settings": at("/settings"),
    "settings, wrong": wrong("/settings", "Save"),
    "settings, conflict": conflict,
    "actions": at("/actions"),
    "action, wrong": wrong("/actions/new", "Add"),
    "install": installing,
    "prizes": at("/prizes"),
    "prizes, wrong": wrong("/prizes", "Add"),
    "codes": codes,
    "deletion": at("/delete"),
    "entrants": at("/entrants"),
    "entries": at("/entries"),
    "draw": at("/draw"),
    "claims": at("/claims"),
    "log": at("/log"),
    "campaigns": at("/../"),
    "new campaign": wrong("/../new", "Create"),
    "owners": invited,
    "account": at("/../../account"),
    "an invitation": accepting,
    "removing an owner": removing,
    "signed out": signed_out,
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_every_page_axe_finds_nothing_and_a_phone_need_not_scroll_sideways(
    scheme: str, server: Backend, trk_new_context: ContextFactory
) -> None:
    page = trk_new_context(
        color_scheme=scheme, viewport={"width": 320, "height": 640}, reduced_motion="reduce"
    ).new_page()
    complaints: list[str] = []
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    page.goto(server.url)
    expect_well(page, "first run")
    page.get_by_role("button", name="Start").click()
    expect(page.locator(".mistake").first).to_be_visible()
    expect_well(page, "first run, wrong")
    campaign = set_up(page, server, LONG)
    add_action(page, campaign, LONG)
    for name, visit in PAGES.items():
        visit(page, campaign)
        expect_well(page, name)
    # Whatever the page's policy forbids is told on the console; so is a file that is missing.
    assert [line for line in complaints if "status of 40" not in line] == []


def expect_well(page: Page, name: str) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, f"{name}: {found.generate_report()}"
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 320, f"{name} is {width} pixels wide"
