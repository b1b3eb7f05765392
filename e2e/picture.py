"""`make picture`: the README's picture, the shop beside its campaign, as they are now."""

from __future__ import annotations

import base64
from pathlib import Path

from playwright.sync_api import Page, expect

from e2e.stage import JPEG, stage
from trk_shop.uses import ADD_TO_CART

FILE = Path(__file__).with_suffix(".jpg")
_SIDE = {"width": 960, "height": 1000}
_WHOLE = {"width": 1280, "height": 667}  # two sides at two thirds of their size

_HTML = """<!doctype html><style>
body {{ margin: 0; display: flex; background: #d8d3c8; gap: 2px }}
img {{ width: 639px; height: 667px; object-fit: cover; object-position: top }}
</style><img src="{shop}"><img src="{campaign}">"""


def main() -> None:
    """Do one deed in the shop, and put both sides into one picture."""
    with stage(viewport=_SIDE) as on:
        shop = on.do(ADD_TO_CART.tracking_name, ADD_TO_CART.title)
        left = _data(shop)
        on.entrant.page.bring_to_front()
        on.entrant.expect_done(ADD_TO_CART.title)
        expect(on.entrant.page.locator("#entries")).to_have_text(str(ADD_TO_CART.worth))
        right = _data(on.entrant.page)
        shop.set_viewport_size({"width": _WHOLE["width"], "height": _WHOLE["height"]})
        shop.set_content(_HTML.format(shop=left, campaign=right))
        shop.screenshot(path=FILE, **JPEG)
    print(f"{FILE}: {FILE.stat().st_size:,} bytes")


def _data(page: Page) -> str:
    picture = page.screenshot(animations="disabled")
    return "data:image/png;base64," + base64.b64encode(picture).decode()


if __name__ == "__main__":
    main()
