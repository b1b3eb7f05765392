"""`python -m e2e.artwork`: the demo's pictures, made anew of the drawings beside them.

They are what the demo uploads: a shop's owner has no drawings, but files such as these.
"""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

import trk_shop
from trk_sdk.testkit.browsers import launch

FOLDER = Path(trk_shop.__file__).parent / "pictures"


def main() -> None:
    """Draw each SVG of the folder as WebP, in its own size."""
    with sync_playwright() as playwright:
        browser, _ = launch(playwright, "chromium")
        page = browser.new_page()
        for drawing in sorted(FOLDER.glob("*.svg")):
            page.set_content(f"<style>body {{ margin: 0 }}</style>{drawing.read_text('utf-8')}")
            drawn = page.locator("svg").first.screenshot(omit_background=True)
            file = drawing.with_suffix(".webp")
            Image.open(io.BytesIO(drawn)).save(file, "WEBP", lossless=True, method=6)
            print(f"{file.name}: {file.stat().st_size:,} bytes")
        browser.close()


if __name__ == "__main__":
    main()
