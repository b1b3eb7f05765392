"""The owner's long lists, with rows in them."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from e2e.lists import fill
from e2e.owning import OwnersServer, signed_in
from trk_sdk.testkit.plugin import ContextFactory

pytestmark = pytest.mark.once

LISTS = ("entries", "entrants", "log", "claims")


def test_fifty_rows_of_a_list_take_at_most_6000_pixels_on_a_phone(
    server: OwnersServer, trk_new_context: ContextFactory
) -> None:
    fill(server, 60)
    page = trk_new_context(viewport={"width": 390, "height": 844}).new_page()
    campaign = signed_in(page, server)
    for name in LISTS:
        page.goto(f"{campaign}/{name}")
        assert page.locator("tbody tr").count() == 50, name
        tall, wide = page.evaluate(
            "[document.documentElement.scrollHeight, document.documentElement.scrollWidth]"
        )
        assert (tall <= 6_000, wide <= 390) == (True, True), (name, tall, wide)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_lists_with_rows_pass_axe(
    scheme: str, width: int, server: OwnersServer, trk_new_context: ContextFactory
) -> None:
    fill(server, 60)
    page = trk_new_context(
        color_scheme=scheme, viewport={"width": width, "height": 844}, reduced_motion="reduce"
    ).new_page()
    campaign = signed_in(page, server)
    for name in LISTS:
        page.goto(f"{campaign}/{name}")
        found = Axe().run(page)
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"
