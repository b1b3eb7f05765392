"""The script handler: one script for each campaign, small on the wire, usable from any site."""

from __future__ import annotations

import base64
import gzip
import hashlib
from collections.abc import AsyncIterator, Callable

import brotli
import httpx
import pytest
from calmjs.parse import es5
from starlette.applications import Starlette

from tests.backend.conftest import PUBLIC_URL, api_of, client_of
from trk.store.program import select
from trk.web.http.negotiate import encoding, unchanged
from trk.web.server import server_of
from trk_sdk import builder

OURS = ("br", "gzip")


@pytest.fixture
async def browser(sqlite_app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    async with await api_of(sqlite_app) as owner:
        await owner.post("/campaigns", json={"name": "Win a bike", "key": "y2sB7"})
    async with client_of(sqlite_app, accept_encoding="identity") as client:
        yield client


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        ("", None),
        ("identity", None),
        ("gzip", "gzip"),
        ("br", "br"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0.0,gzip;q=0", None),
        ("*", "br"),
        ("*;q=0", None),
        ("br;q=0, *", "gzip"),
        ("identity;q=1, br;q=0.2", None),
        ("BR ; Q=0.7", "br"),
        ("gzip;q=nonsense", None),
        ("gzip;q=nan, br;q=-1", None),
        ("brotli, gzipped", None),
        (",,;q=1,", None),
    ],
)
def test_the_encoding_is_the_one_that_the_browser_likes_best(
    header: str, chosen: str | None
) -> None:
    assert encoding(header, OURS) == chosen


@pytest.mark.parametrize(
    ("header", "same"),
    [
        ("", False),
        ('W/"abc"', True),
        ('"abc"', True),
        ("*", True),
        ('"x", W/"abc"', True),
        ('"abcd"', False),
        ('"ab"', False),
        ("abc", False),
    ],
)
def test_a_copy_is_still_good_if_its_tag_is_named(header: str, same: bool) -> None:
    assert unchanged(header, 'W/"abc"') is same


@pytest.mark.parametrize(
    ("accepted", "unpack"),
    [
        ("identity", bytes),
        ("gzip", gzip.decompress),
        ("br", brotli.decompress),
        ("br;q=0, gzip;q=0.1", gzip.decompress),
    ],
)
async def test_the_script_arrives_whole_in_each_encoding(
    browser: httpx.AsyncClient, accepted: str, unpack: Callable[[bytes], bytes]
) -> None:
    request = browser.stream("GET", "/y2sB7/trk.js", headers={"accept-encoding": accepted})
    async with request as answer:
        raw = b"".join([chunk async for chunk in answer.aiter_raw()])
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    assert int(answer.headers["content-length"]) == len(raw)
    assert unpack(raw).decode() == builder.script("y2sB7", PUBLIC_URL)


async def test_it_may_be_used_from_every_site_and_is_kept_apart_by_encoding(
    browser: httpx.AsyncClient,
) -> None:
    for headers in ({}, {"if-none-match": "*"}):
        answer = await browser.get("/y2sB7/trk.js", headers=headers)
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
        assert answer.headers["timing-allow-origin"] == "*"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["vary"] == "Accept-Encoding"
        assert answer.headers["cache-control"] == (
            "public, max-age=300, stale-while-revalidate=86400"
        )
        assert "set-cookie" not in answer.headers


async def test_who_has_it_already_gets_304_without_a_body(browser: httpx.AsyncClient) -> None:
    first = await browser.get("/y2sB7/trk.js", headers={"accept-encoding": "br"})
    etag = first.headers["etag"]
    again = await browser.get("/y2sB7/trk.js", headers={"if-none-match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == etag
    other = await browser.get("/y2sB7/trk.js", headers={"if-none-match": '"other"'})
    assert other.status_code == 200


async def test_head_tells_the_same_without_the_script(browser: httpx.AsyncClient) -> None:
    got = await browser.get("/y2sB7/trk.js")
    head = await browser.head("/y2sB7/trk.js")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers.pop("x-request-id") != got.headers.pop("x-request-id")
    assert head.headers == got.headers


@pytest.mark.parametrize("key", ["nosuch", "y2", "%3Cscript%3E", "%E2%80%A8'%22%5C"])
async def test_an_unknown_key_gets_a_script_that_says_so_and_is_not_kept(
    browser: httpx.AsyncClient, key: str
) -> None:
    answer = await browser.get(f"/{key}/trk.js")
    assert answer.status_code == 200  # a browser does not run a script that came with 404
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "console" in answer.text
    assert len(list(es5(answer.text).children())) == 1  # whatever the key, it stays one statement


async def test_the_script_can_only_be_read(browser: httpx.AsyncClient) -> None:
    headers = {"sec-fetch-site": "same-origin"}
    answer = await browser.post("/y2sB7/trk.js", headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "wrong_method")


async def test_a_pinned_script_is_the_same_for_good_though_the_campaign_changes(
    sqlite_app: Starlette, browser: httpx.AsyncClient
) -> None:
    async with await api_of(sqlite_app) as owner:
        first = (await owner.post("/campaigns/y2sB7/scripts")).json()
        assert (await owner.post("/campaigns/y2sB7/scripts")).json() == first
        await server_of(sqlite_app).database.write(select, "UPDATE campaigns SET ask_consent = 1")
        second = (await owner.post("/campaigns/y2sB7/scripts")).json()
    kept = await browser.get(first["url"].removeprefix(PUBLIC_URL))
    assert kept.text == builder.script("y2sB7", PUBLIC_URL)
    digest = base64.b64encode(hashlib.sha384(kept.content).digest()).decode()
    assert first["integrity"] == f"sha384-{digest}"
    assert kept.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert kept.headers["access-control-allow-origin"] == "*"
    changed = await browser.get(second["url"].removeprefix(PUBLIC_URL))
    assert changed.text == builder.script("y2sB7", PUBLIC_URL, ask_consent=True)


@pytest.mark.parametrize("path", ["y2sB7/trk-0.2.0-no.js", "nosuch/trk-0.2.0-no.js"])
async def test_an_address_that_nobody_pinned_is_not_found(
    browser: httpx.AsyncClient, path: str
) -> None:
    assert (await browser.get(f"/{path}")).status_code == 404
