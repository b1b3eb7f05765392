"""What is sent compressed: what entrants load, and nothing of what owners see."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import signed_in
from tests.backend.campaign_pages import ANN, PAGE, make
from tests.backend.conftest import api_of
from trk.web.pages import static_url

pytestmark = pytest.mark.once

LONG = {"description": "Do what you like in our shop. " * 40}


async def test_what_entrants_load_is_compressed_for_whoever_takes_that(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient
) -> None:
    await make(sqlite_app, allowed_origins=["https://shop.test"], **LONG)
    page = await sqlite_browser.get(PAGE)
    start = page.text.index("/static/campaign.css?v=")
    sheet = page.text[start : page.text.index('"', start)]
    for path in (PAGE, "/y2sB7/frame?origin=https://shop.test", "/y2sB7/draw", sheet):
        zipped = await sqlite_browser.get(path, headers={"accept-encoding": "gzip"})
        plain = await sqlite_browser.get(path, headers={"accept-encoding": "identity"})
        assert zipped.headers["content-encoding"] == "gzip", path
        assert "content-encoding" not in plain.headers
        assert "accept-encoding" in zipped.headers["vary"].lower()
        assert zipped.num_bytes_downloaded < len(plain.content) * 0.6
        assert zipped.headers["x-content-type-options"] == "nosniff"
    entered = await sqlite_browser.post("/y2sB7/enter", data={"name": "Ann", "email": "no"})
    assert (entered.status_code, entered.headers["content-encoding"]) == (400, "gzip")


async def test_nothing_that_has_secrets_beside_what_a_link_can_put_there_is_compressed(
    sqlite_app: Starlette,
) -> None:
    await make(sqlite_app, **LONG)
    taken = {"accept-encoding": "gzip, br"}
    async with await api_of(sqlite_app) as owner:
        answer = await owner.get("/campaigns", headers=taken)
        assert answer.status_code == 200
        assert "content-encoding" not in answer.headers
    async with signed_in(sqlite_app) as owner:
        for path in ("/settings", "/entrants?search=abc", "/install"):
            page = await owner.get(path, headers=taken)
            assert page.status_code == 200
            assert "content-encoding" not in page.headers


async def test_the_page_weighs_under_15_kilobytes_with_all_it_loads(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient
) -> None:
    await make(sqlite_app, accent="#0f7b4f")
    await sqlite_browser.post("/y2sB7/enter", data=ANN)
    page = await sqlite_browser.get(PAGE)
    weight = page.num_bytes_downloaded
    for name in ("campaign.css", "words.js", "toast.js", "campaign.js", "share.js", "countdown.js"):
        start = page.text.index(f"/static/{name}?v=")
        asset = await sqlite_browser.get(page.text[start : page.text.index('"', start)])
        assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
        weight += asset.num_bytes_downloaded
    assert weight < 15_000


@pytest.mark.parametrize(
    ("asked", "zipped"),
    [
        ("gzip", True),
        ("GZIP", True),
        ("br, *", True),
        ("gzip;q=0", False),
        ("identity, gzip;q=0.000", False),
        ("identity;q=1, gzip;q=0.5", False),
        ("xgzipx", False),
        ("", False),
    ],
)
async def test_only_who_takes_gzip_gets_it_and_caches_keep_both_apart(
    asked: str, zipped: bool, sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient
) -> None:
    await make(sqlite_app, **LONG)
    for path in (PAGE, "/static/campaign.css"):
        answer = await sqlite_browser.get(path, headers={"accept-encoding": asked})
        assert (answer.headers.get("content-encoding") == "gzip") == zipped, path
        assert "accept-encoding" in answer.headers["vary"].lower()
        if path != PAGE:
            assert answer.headers["etag"].startswith("W/") == zipped
            again = {"accept-encoding": asked, "if-none-match": answer.headers["etag"]}
            known = await sqlite_browser.get(path, headers=again)
            assert known.status_code == 304
            assert "accept-encoding" in known.headers["vary"].lower()


async def test_a_part_of_a_file_is_of_the_plain_one(sqlite_browser: httpx.AsyncClient) -> None:
    path = "/static/campaign.css"
    plain = await sqlite_browser.get(path, headers={"accept-encoding": "identity"})
    zipped = await sqlite_browser.get(path, headers={"accept-encoding": "gzip"})
    asked = {"accept-encoding": "gzip", "range": "bytes=10-19"}
    part = await sqlite_browser.get(path, headers=asked)
    assert (part.status_code, part.content) == (206, plain.content[10:20])
    # Who has the beginning of the compressed one gets no end of the plain one.
    whole = await sqlite_browser.get(path, headers={**asked, "if-range": zipped.headers["etag"]})
    assert (whole.status_code, whole.content) == (200, plain.content)


async def test_only_the_address_of_this_version_is_cached_for_good(
    sqlite_browser: httpx.AsyncClient,
) -> None:
    right = static_url("campaign.css")
    for url in (right, right[:-1] + "x", "/static/campaign.css?v=", "/static/campaign.css"):
        control = (await sqlite_browser.get(url)).headers["cache-control"]
        assert ("immutable" in control) == (url == right), url
