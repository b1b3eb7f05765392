"""The owner's pages of pictures, and the choices of a look: stored, shown, refused."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import threading
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import SETTINGS, SIGN_IN, browser_of
from tests.backend.pictures import bomb, picture
from tests.backend.stored import query
from trk.services import pictures
from trk.services.pictures import MOST_AT_ONCE, PicturesCrowded, drawn
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

BANNER = "/pictures/banner"


def file(content: bytes, name: str = "bike.png") -> dict[str, Any]:
    return {"file": (name, content, "image/png")}


async def alts(app: Starlette) -> list[tuple[str, str]]:
    rows = await query(server_of(app).database, "SELECT place, alt FROM pictures ORDER BY id")
    return [(row["place"], row["alt"]) for row in rows]


async def test_a_banner_is_added_described_anew_replaced_and_removed(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    page = await browser.get(BANNER)
    assert "Remove this picture" not in page.text
    added = await browser.post(BANNER, data={"alt": "A <bike>"}, files=file(picture()))
    assert (added.status_code, added.headers["location"].endswith("?saved")) == (303, True)
    assert await alts(app) == [("banner", "A <bike>")]
    page = await browser.get(f"{BANNER}?saved")
    assert 'alt="A &lt;bike&gt;"' in page.text
    assert (await browser.post(BANNER, data={"alt": "A bike"})).status_code == 303
    assert await alts(app) == [("banner", "A bike")]
    changed = await browser.post(
        BANNER, data={"alt": "A boat"}, files=file(picture(kind="GIF"), "boat.gif")
    )
    assert changed.status_code == 303
    assert await alts(app) == [("banner", "A boat")]
    assert "/picture/" in (await browser.get("/settings")).text
    assert (await browser.post(f"{BANNER}/remove")).status_code == 303
    assert await alts(app) == []
    deeds = await query(
        server_of(app).database, "SELECT deed, about FROM audit WHERE thing = 'picture' ORDER BY id"
    )
    assert [tuple(row) for row in deeds] == [("changed", "banner")] * 3 + [("deleted", "banner")]


@pytest.mark.once
@pytest.mark.parametrize(
    ("content", "name", "said", "status"),
    [
        (b"", "", "Choose a picture.", 400),
        (b"", "bike.png", "is empty", 400),
        (b"GIF89a nothing", "bike.gif", "can", 400),
        (b"<script>", "<b>.png", "&#39;&lt;b&gt;.png&#39; is no picture", 400),
        (picture(kind="JPEG"), "bike.png", "is JPEG by what is in it; expected PNG", 400),
        (bomb(), "bike.png", "30 million together", 400),
        (picture() + b"\0" * 5_300_000, "bike.png", "expected at most 5 MB", 400),
        (b"\0" * 9_000_000, "bike.png", "This is too large", 413),
    ],
)
async def test_what_can_not_be_used_is_told_at_the_field_with_what_was_typed(
    sqlite_app: Starlette,
    sqlite_browser: httpx.AsyncClient,
    content: bytes,
    name: str,
    said: str,
    status: int,
) -> None:
    answer = await sqlite_browser.post(BANNER, data={"alt": "A bike"}, files=file(content, name))
    assert answer.status_code == status
    assert said in answer.text
    assert 'id="file-mistake"' in answer.text
    assert 'value="A bike"' in answer.text
    assert await alts(sqlite_app) == []


@pytest.mark.once
@pytest.mark.parametrize("place", ["header", "prize-0", "prize-77", "action-77", "%00", "prize-x"])
async def test_a_place_that_is_not_there_is_not_found(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient, place: str
) -> None:
    assert (await sqlite_browser.get(f"/pictures/{place}")).status_code == 404
    answer = await sqlite_browser.post(f"/pictures/{place}", data={}, files=file(picture()))
    assert answer.status_code == 404
    assert await alts(sqlite_app) == []


@pytest.mark.once
async def test_nobody_uploads_without_signing_in_and_the_form_is_shown_again_after_it(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient
) -> None:
    path = f"{sqlite_browser.base_url.path.rstrip('/')}{BANNER}"
    async with browser_of(sqlite_app) as stranger:
        answer = await stranger.post(path, data={"alt": "A bike"}, files=file(picture()))
        assert answer.status_code == 403
        assert await alts(sqlite_app) == []
        again = await stranger.post(path, data={"alt": "A bike", **SIGN_IN})
        assert (again.status_code, "Nothing is saved yet" in again.text) == (200, True)
        assert 'value="A bike"' in again.text


@pytest.mark.once
async def test_when_too_many_pictures_are_drawn_at_once_one_is_told_to_wait(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio, go_on = server_of(sqlite_app).studio, threading.Event()

    def slowly(*of: Any) -> Any:
        assert go_on.wait(60)
        return drawn(*of)

    monkeypatch.setattr(pictures, "drawn", slowly)
    waiting = [
        asyncio.create_task(studio.drawn(picture(), "", "banner")) for _ in range(MOST_AT_ONCE)
    ]
    await asyncio.sleep(0)  # until each of them has its place
    with pytest.raises(PicturesCrowded):
        await studio.drawn(picture(), "", "banner")
    answer = await sqlite_browser.post(BANNER, data={"alt": ""}, files=file(picture()))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "Too many pictures" in answer.text
    go_on.set()
    await asyncio.gather(*waiting)
    answer = await sqlite_browser.post(BANNER, data={"alt": ""}, files=file(picture()))
    assert answer.status_code == 303


@pytest.mark.once
@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("background", "beige", "a colour such as #0a7cff"),
        ("scheme", "sepia", "Choose one of these."),
        ("corners", "", "Choose one of these."),
        ("font", "Comic Sans", "Choose one of these."),
        ("css", "@import 'https://evil.example';", "Line 1 has @import; expected @container"),
        ("css", "h1 {\n background: url(x) }", "Line 2 has url(); expected nothing that is loaded"),
        ("css", "h1 { position: fixed }", "has position: fixed; expected absolute, relative"),
        ("css", "h1::after { content: '</style>' }", "expected nothing but CSS"),
    ],
)
async def test_a_look_that_can_not_be_used_is_told_at_its_field(
    sqlite_browser: httpx.AsyncClient, field: str, value: str, said: str
) -> None:
    typed = {**SETTINGS, field: value}
    answer = await sqlite_browser.post("/settings", data=typed)
    assert answer.status_code == 400
    assert f'id="{field}-mistake"' in answer.text
    assert said in answer.text.replace("&#39;", "'")


@pytest.mark.once
async def test_the_page_has_the_look_under_its_own_policy_and_no_other_page_has(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient
) -> None:
    look = {"css": "h1 { color: teal } /* mine */ a > b { color: red }", "corners": "square"}
    saved = await sqlite_browser.post("/settings", data={**SETTINGS, **look})
    assert saved.status_code == 303
    async with browser_of(sqlite_app) as visitor:
        key = sqlite_browser.base_url.path.rstrip("/").rpartition("/")[2]
        found = await visitor.get(f"/{key}")
        page = await visitor.get(found.headers["location"])
        start, end = page.text.index("<style>") + 7, page.text.index("</style>")
        style = page.text[start:end]
        assert "h1 { color: teal }" in style
        assert "mine" not in style
        assert "--round:0px" in style
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in page.headers["content-security-policy"]
        assert "teal" not in (await visitor.get(f"/{key}/draw")).text
    assert "color: teal" not in (await sqlite_browser.get("")).text
    preview = await sqlite_browser.post("/preview", data={**SETTINGS, **look})
    assert "h1 { color: teal }" in preview.text


async def test_a_form_from_before_there_was_a_look_changes_nothing_of_it(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    assert (await browser.post("/settings", data=SETTINGS)).status_code == 303
    older = {name: text for name, text in SETTINGS.items() if name not in ("scheme", "font")}
    assert (await browser.post("/settings", data=older)).status_code == 303
    [row] = await query(server_of(app).database, "SELECT scheme, font FROM campaigns")
    assert tuple(row) == ("light", "serif")
