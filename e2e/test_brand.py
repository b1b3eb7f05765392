"""A campaign with a brand: its pictures, its look, its owner's own style, and what they weigh."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from e2e.entrant import arrive, entered
from e2e.framed import FramedCampaign, embedding
from e2e.owning import OwnersServer, add_action, signed_in
from e2e.shifts import SHIFTS, Held, painted, shifts_of
from e2e.well import axe, expect_well
from tests.backend.pictures import bomb, noise, picture
from trk_sdk.testkit.campaign_page import CampaignPage
from trk_sdk.testkit.plugin import CampaignFactory, ContextFactory
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import Campaign

pytestmark = pytest.mark.once

Draw = Callable[[tuple[int, int]], bytes]
LOOKS: list[dict[str, Any]] = [
    {"accent": "#ffd400", "background": "#fff4e0", "font": "serif", "corners": "square"},
    {"accent": "#777777", "background": "#777777", "scheme": "light", "font": "rounded"},
    {"accent": "#101010", "background": "#0b1030", "scheme": "dark", "font": "humanist"},
    {"css": "h1 { letter-spacing: .1em } .card { border-width: 3px }", "scheme": "light"},
]


def plain(size: tuple[int, int]) -> bytes:
    return picture(size=size)


def made(trk_campaign: CampaignFactory, draw: Draw = plain, **fields: Any) -> Campaign:
    """A campaign with a picture at each place, as `draw` makes one of a size: to prepare a
    photograph takes the server longer than all that most tests here do."""
    campaign = trk_campaign("VIP", name="Win a touring bike", **fields)
    campaign.put_picture("banner", draw((2400, 900)), "Leaves")
    campaign.put_picture("logo", draw((600, 300)), "The shop")
    prize = campaign.add_prize("A bike", description="In green.")
    campaign.put_picture(f"prize-{prize}", draw((1200, 800)), "A bike")
    action = campaign.add_action("Photo", title="Look at this")
    campaign.put_picture(f"action-{action}", draw((400, 400)), "An eye")
    return campaign


@pytest.fixture
def campaign(trk_campaign: CampaignFactory) -> Campaign:
    return made(trk_campaign, ends_at="2490-01-01T00:00:00Z")


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("width", "density"), [(390, 1), (390, 3), (1280, 1), (1280, 2)])
def test_with_photographs_everywhere_nothing_shifts_and_the_page_takes_under_120_kilobytes(
    width: int, density: int, trk_campaign: CampaignFactory, trk_new_context: ContextFactory
) -> None:
    # Photographs of the worst kind.
    campaign = made(trk_campaign, noise, ends_at="2490-01-01T00:00:00Z")
    viewport = {"width": width, "height": 844}
    page = trk_new_context(viewport=viewport, device_scale_factor=density).new_page()
    page.add_init_script(SHIFTS)
    entered(page, campaign)
    page.reload(wait_until="networkidle")
    loaded = "[...document.images].filter(each => each.complete && each.naturalWidth).length"
    assert page.evaluate(loaded) >= 4
    assert shifts_of(page) == []
    sizes: dict[str, int] = page.evaluate(
        "Object.fromEntries(performance.getEntries().filter(each => 'transferSize' in each)"
        ".map(each => [each.name, each.encodedBodySize]))"
    )
    assert len([name for name in sizes if "/picture/" in name]) >= 4
    assert sum(sizes.values()) < 120_000


@pytest.mark.sampled
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("late", ["script", "image"])
def test_what_comes_after_the_first_paint_shifts_nothing(
    late: str, width: int, campaign: Campaign, trk_new_context: ContextFactory
) -> None:
    page = trk_new_context(viewport={"width": width, "height": 844}).new_page()
    page.add_init_script(SHIFTS)
    entered(page, campaign)
    held = Held(page, "**/*", late)
    page.reload(wait_until="commit")
    expect(page.get_by_role("heading", name="What you can win")).to_be_visible()
    painted(page)
    held.let_go()
    page.wait_for_load_state("networkidle")
    assert shifts_of(page) == []


@pytest.mark.sampled
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("look", LOOKS, ids=["yellow", "grey", "night", "own"])
def test_in_every_look_axe_finds_nothing_and_the_page_keeps_its_width(
    look: dict[str, Any],
    scheme: Any,
    trk_campaign: CampaignFactory,
    trk_new_context: ContextFactory,
) -> None:
    campaign = made(trk_campaign, **look)
    page = trk_new_context(color_scheme=scheme, reduced_motion="reduce").new_page()
    complaints: list[str] = []
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    CampaignPage(page, campaign).open()
    expect_well(page, f"{look}, not entered", (320, 1280))
    entered(page, campaign)
    expect_well(page, f"{look}, entered", (320, 1280))
    assert complaints == []


def test_colours_that_the_browser_forces_leave_every_row_and_its_tick_to_be_seen(
    campaign: Campaign, trk_new_context: ContextFactory
) -> None:
    page = trk_new_context(
        forced_colors="active", viewport={"width": 390, "height": 844}
    ).new_page()
    entered(page, campaign)
    for row in page.locator(".action").all():
        expect(row.locator("summary")).to_be_visible()
    assert axe(page).response["violations"] == []


def test_text_of_twice_the_size_needs_no_scrolling_sideways(
    campaign: Campaign, trk_new_context: ContextFactory
) -> None:
    page = trk_new_context(viewport={"width": 390, "height": 844}).new_page()
    entered(page, campaign)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(page.get_by_role("heading", name="VIP")).to_be_visible()


def test_on_a_phone_the_banner_leaves_the_switch_of_languages_to_be_used(
    trk_campaign: CampaignFactory, trk_new_context: ContextFactory
) -> None:
    campaign = made(trk_campaign, languages=["en", "de"])
    page = trk_new_context(viewport={"width": 390, "height": 844}).new_page()
    arrive(page, campaign)
    switch = page.locator(".languages").bounding_box()
    banner = page.get_by_role("img", name="Leaves").bounding_box()
    assert switch is not None
    assert banner is not None
    assert banner["y"] >= switch["y"] + switch["height"]
    page.locator(".languages summary").click()
    page.get_by_role("link", name="Deutsch").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")


@pytest.mark.sampled(2)
@pytest.mark.parametrize("width", [320, 480, 700])
def test_in_a_customers_page_the_banner_fills_the_frame_and_nothing_sticks_out(
    width: int, trk_campaign: CampaignFactory, trk_site: Site, framing_page: Page
) -> None:
    campaign = made(trk_campaign, allowed_origins=[trk_site.url])
    framing_page.set_viewport_size({"width": width, "height": 844})
    framing_page.goto(trk_site.page("/shop", embedding(campaign)))
    framed = FramedCampaign(framing_page, campaign)
    framed.expect_stranger()
    inside = framed.frame.locator("html")
    banner = framed.frame.get_by_role("img", name="Leaves")
    for _ in range(2):
        assert inside.evaluate("node => node.scrollWidth - innerWidth") <= 0
        gap = banner.evaluate("node => innerWidth - node.getBoundingClientRect().width")
        assert abs(gap) < 1 if width < 560 else gap > 1
        if framed.frame.get_by_role("button", name="Enter").count():
            framed.enter()
            framed.expect_entered()


def test_the_owner_uploads_a_banner_sees_it_in_the_preview_and_takes_it_away(
    server: OwnersServer, trk_page: Page
) -> None:
    campaign = signed_in(trk_page, server)
    trk_page.goto(f"{campaign}/settings")
    trk_page.get_by_role("link", name="Add a banner").click()
    upload(trk_page, "bomb.png", bomb())
    expect(trk_page.get_by_text("30 million together")).to_be_visible()
    trk_page.get_by_label("What it shows").fill("A green bike")
    upload(trk_page, "bike.png", picture())
    expect(trk_page.get_by_text("Saved.")).to_be_visible()
    expect(trk_page.get_by_role("img", name="A green bike")).to_be_visible()
    trk_page.get_by_role("link", name="Back").click()
    frame = trk_page.frame_locator(".preview iframe:not(.loading)")
    expect(frame.get_by_role("img", name="A green bike")).to_be_visible()
    trk_page.get_by_role("textbox", name="Background", exact=True).fill("#102040")
    expect(frame.locator("body")).to_have_css("background-color", "rgb(16, 32, 64)")
    trk_page.get_by_label("Corners").select_option("square")
    expect(frame.locator(".card").first).to_have_css("border-radius", "0px")
    trk_page.get_by_label("Your own CSS").fill("h1 { color: rgb(1, 2, 3) }")
    expect(frame.get_by_role("heading", name="Win a bike")).to_have_css("color", "rgb(1, 2, 3)")
    trk_page.get_by_role("link", name="Change the banner").click()
    trk_page.get_by_role("button", name="Remove this picture").click()
    expect(trk_page.get_by_role("img")).to_have_count(0)


def upload(page: Page, name: str, content: bytes) -> None:
    field = page.get_by_label(re.compile("^(Picture|Another picture)"))
    field.set_input_files({"name": name, "mimeType": "image/png", "buffer": content})
    page.get_by_role("button", name="Save").click()


def test_the_owner_chooses_a_sign_and_a_picture_for_an_action(
    server: OwnersServer, trk_page: Page
) -> None:
    campaign = signed_in(trk_page, server)
    add_action(trk_page, campaign, "Buy a bell")
    trk_page.get_by_role("link", name="Buy a bell", exact=True).click()
    frame = trk_page.frame_locator(".preview iframe:not(.loading)")
    trk_page.get_by_label("Icon", exact=True).select_option("cart")
    row = frame.get_by_role("listitem").filter(has_text="Buy a bell")
    expect(row.locator("use")).to_have_attribute("href", "#sign-cart")
    trk_page.get_by_role("link", name="Add a picture").click()
    upload(trk_page, "bell.png", picture())
    trk_page.get_by_role("link", name="Back").click()
    expect(row.locator("img.thumb")).to_be_visible()


@pytest.mark.sampled(1)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_of_a_picture_is_well(
    scheme: Any, server: OwnersServer, trk_new_context: ContextFactory
) -> None:
    page = trk_new_context(color_scheme=scheme, reduced_motion="reduce").new_page()
    campaign = signed_in(page, server)
    page.goto(f"{campaign}/pictures/banner")
    expect_well(page, "none yet", (320, 1280))
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Choose a picture")).to_be_visible()
    expect_well(page, "wrong", (320, 1280))
    upload(page, "bike.png", picture())
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect_well(page, "saved", (320, 1280))
    page.goto(f"{campaign}/settings")
    expect_well(page, "settings", (320, 1280))
