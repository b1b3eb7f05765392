"""The API's page in the browser: on a phone and on a desk, in the light and in the dark, with a
search and one choice of a language for its examples, and without scripts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from e2e.well import SCHEMES, WIDTHS, Looks, Scheme, expect_well_in
from trk_sdk.testkit.plugin import ContextFactory
from trk_sdk.testkit.process import Backend

pytestmark = pytest.mark.once

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}


@pytest.fixture
def page(trk_backend: Backend, trk_new_context: ContextFactory) -> Iterator[Page]:
    """The API's page, which complains of nothing, with the answers of one operation unfolded."""
    page = trk_new_context(viewport=DESK).new_page()
    complaints: list[str] = []
    page.on("console", lambda line: complaints.append(line.text))
    page.goto(f"{trk_backend.url}/api")
    page.get_by_role("link", name="GET /campaigns/{key}/webhooks", exact=True).click()
    article = page.locator("#list_webhooks")
    expect(article).to_be_in_viewport()
    article.get_by_text("Answers of list_webhooks").click()
    expect(article.get_by_text("the token lacks the scope")).to_be_visible()
    yield page
    assert complaints == []


# Some ninety operations are made alike, and axe takes seconds to look at all of them.
@pytest.mark.sampled(1)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_in_all_operations(scheme: Scheme, width: int, page: Page) -> None:
    expect_well_in(page, "the API", {scheme: (width,)})


def test_axe_finds_nothing_in_what_a_search_leaves_and_nobody_need_scroll_sideways(
    looks: Looks, page: Page
) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_label("Search").fill("/webhooks")
    shown = page.locator("article:not([hidden]) h3 b")
    assert {*shown.all_inner_texts()} >= {"GET", "POST", "PATCH", "DELETE"}
    expect_well_in(page, "the API, searched", looks)


def _operations(page: Page) -> list[str]:
    """The operations that are shown; the index has the same."""
    shown: list[str] = page.locator("article:not([hidden])").evaluate_all(
        "articles => articles.map(article => article.id)"
    )
    listed: list[str] = page.locator("#index li:not([hidden]) a").evaluate_all(
        "links => links.map(link => link.hash.slice(1))"
    )
    assert shown == listed
    return shown


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("campaigns/{key}/draw/tell", ["tell"]),  # a path
        ("LIST_UNMATCHED", ["list_unmatched"]),  # a name
        ("delete person erase", ["erase_person"]),  # a method and words
        ("tracking_name unique_value", ["create_action", "change_action"]),  # fields
    ],
)
def test_the_search_narrows_the_index_and_the_operations(
    trk_backend: Backend, trk_new_context: ContextFactory, typed: str, found: list[str]
) -> None:
    page = trk_new_context(viewport=DESK).new_page()
    page.goto(f"{trk_backend.url}/api")
    everything = _operations(page)
    page.get_by_label("Search").fill(typed)
    shown = _operations(page)
    assert set(found) <= set(shown)
    assert len(shown) <= 5
    said = f"{len(shown)} of {len(everything)} operations"
    expect(page.get_by_role("status")).to_have_text(said)
    # No heading is left without what it was for.
    expect(page.locator(".noun:visible")).to_have_count(len(page.locator(".group:visible").all()))
    page.get_by_label("Search").fill("zebra")
    assert _operations(page) == []
    expect(page.get_by_role("status")).to_have_text("No operation has all of these words.")
    page.get_by_label("Search").press("Escape")
    assert _operations(page) == everything
    expect(page.get_by_role("heading", name="Scopes")).to_be_visible()


def test_the_search_works_from_the_keyboard(
    trk_backend: Backend, trk_new_context: ContextFactory
) -> None:
    page = trk_new_context(viewport=DESK).new_page()
    page.goto(f"{trk_backend.url}/api")
    page.keyboard.press("/")
    field = page.get_by_label("Search")
    expect(field).to_be_focused()
    page.keyboard.type("rotate")
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-of=rotate_webhook] a")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#rotate_webhook")).to_be_in_viewport()
    page.keyboard.press("/")
    page.keyboard.press("Escape")
    page.keyboard.type("/draw/tell")  # in the field it is a character
    expect(field).to_have_value("/draw/tell")
    expect(page.locator("#tell h3")).to_be_in_viewport()


def test_one_choice_of_a_language_is_for_all_examples_and_remembered(
    trk_backend: Backend, trk_new_context: ContextFactory
) -> None:
    page = trk_new_context(viewport=DESK).new_page()
    page.goto(f"{trk_backend.url}/api")
    operations = len(_operations(page))

    def shown() -> set[str]:
        codes = page.locator(".example pre:visible")
        expect(codes).to_have_count(operations)
        labels = codes.evaluate_all("all => all.map(one => one.getAttribute('aria-label'))")
        return {label.partition(" in ")[2] for label in labels}

    assert shown() == {"curl"}
    page.get_by_label("Examples in").select_option("Python")
    assert shown() == {"Python"}
    page.reload()
    assert shown() == {"Python"}
    expect(page.get_by_label("Examples in")).to_have_value("python")
    page.evaluate("localStorage.setItem('trk_examples', '\"] evil')")
    page.reload()
    assert shown() == {"curl"}


def test_the_index_stays_in_view_on_a_desk_and_folds_on_a_phone(
    trk_backend: Backend, trk_new_context: ContextFactory
) -> None:
    page = trk_new_context(viewport=DESK).new_page()
    page.goto(f"{trk_backend.url}/api#list_audit")
    expect(page.locator("#list_audit")).to_be_in_viewport()
    expect(page.get_by_label("Search")).to_be_in_viewport()
    expect(page.get_by_role("heading", name="Operations")).to_be_in_viewport()
    page.set_viewport_size({"width": 390, "height": 844})
    link = page.locator("#index a").first
    expect(link).to_be_hidden()
    page.goto(f"{trk_backend.url}/api")
    expect(link).to_be_hidden()
    page.get_by_role("heading", name="Operations").click()
    expect(link).to_be_visible()
    page.get_by_role("link", name="GET /campaigns/{key}/claims", exact=True).click()
    expect(link).to_be_hidden()
    expect(page.locator("#list_claims h3")).to_be_in_viewport()
    expect(page.get_by_label("Search")).to_be_in_viewport()


def test_without_scripts_all_is_there_and_nothing_is_dead(
    trk_backend: Backend, trk_new_context: ContextFactory
) -> None:
    page = trk_new_context(java_script_enabled=False, viewport=PHONE).new_page()
    page.goto(f"{trk_backend.url}/api")
    expect(page.get_by_label("Search")).to_be_hidden()
    expect(page.get_by_label("Examples in")).to_be_hidden()
    page.get_by_role("heading", name="Operations").click()
    expect(page.locator("#index a").first).to_be_visible()
    article = page.locator("#create_campaign")
    expect(article.get_by_text("curl -X POST")).to_be_visible()
    for name, code in [("Python", "urlopen(call)"), ("JavaScript", "await fetch(")]:
        expect(article.get_by_text(code)).to_be_hidden()
        article.get_by_text(f"{name} for create_campaign").click()
        expect(article.get_by_text(code)).to_be_visible()
