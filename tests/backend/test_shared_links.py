"""A campaign's address where it is shared, and what is in no index."""

from __future__ import annotations

import base64
import re
from html import unescape

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import signed_in
from tests.backend.campaign_pages import ANN, PAGE, make
from tests.backend.conftest import PUBLIC_URL, api_of, client_of
from tests.backend.pictures import picture

pytestmark = pytest.mark.once
_TAG = re.compile(r'<(?:meta|link) (?:name|property|rel)="([^"]+)"(?: type="[^"]+")? \w+="([^"]*)"')


async def head(browser: httpx.AsyncClient, path: str = PAGE) -> dict[str, str]:
    """What the page's head says, by name."""
    page = await browser.get(path, headers={"accept": "text/html"})
    assert page.status_code == 200, page.text
    return {name: unescape(value) for name, value in _TAG.findall(page.text.split("</head>")[0])}


async def put(app: Starlette, place: str, content: bytes, alt: str = "") -> None:
    async with await api_of(app) as owner:
        body = {"content": base64.b64encode(content).decode(), "alt": alt}
        answer = await owner.put(f"/campaigns/y2sB7/pictures/{place}", json=body)
        assert answer.status_code == 200, answer.text


async def test_a_shared_address_has_a_title_a_line_and_the_banner(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient
) -> None:
    text = 'Win **one** bike & a "bell".\n\n<script>alert(1)</script> ' + "word " * 100
    await make(sqlite_app, description=text)
    await put(sqlite_app, "banner", picture(size=(1600, 900)), 'A "red" bike')
    said = await head(sqlite_browser)
    assert said["description"].startswith('Win one bike & a "bell". <script>')
    assert said["description"].endswith("word…")
    assert len(said["description"]) <= 200
    assert said["og:description"] == said["twitter:description"] == said["description"]
    assert said["og:title"] == said["twitter:title"] == "Win a bike"
    assert said["og:type"] == "website"
    assert said["canonical"] == said["og:url"] == f"{PUBLIC_URL}{PAGE}"
    assert said["twitter:card"] == "summary_large_image"
    assert said["og:image:alt"] == said["twitter:image:alt"] == 'A "red" bike'
    assert (said["og:image:width"], said["og:image:height"]) == ("1200", "675")
    assert said["og:image"] == said["twitter:image"]
    assert said["og:image"].startswith(f"{PUBLIC_URL}/y2sB7/picture/")
    shown = await sqlite_browser.get(said["og:image"].removeprefix(PUBLIC_URL))
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/webp")


async def test_the_address_is_the_public_one_whatever_host_was_asked(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient
) -> None:
    await make(sqlite_app)
    page = await sqlite_browser.get(PAGE, headers={"host": "evil.example"})
    assert f'<link rel="canonical" href="{PUBLIC_URL}{PAGE}">' in page.text
    assert "evil.example" not in page.text


async def test_without_text_and_banner_it_says_what_there_is(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient
) -> None:
    await make(sqlite_app)
    said = await head(sqlite_browser)
    assert (said["description"], said["twitter:card"]) == ("Win a bike", "summary")
    assert "og:image" not in said
    async with await api_of(sqlite_app) as owner:
        made = await owner.post("/campaigns/y2sB7/prizes", json={"title": 'A "brass" bell'})
    await put(sqlite_app, f"prize-{made.json()['id']}", picture())
    said = await head(sqlite_browser)
    assert said["description"] == 'A "brass" bell'
    assert said["og:image"].startswith(f"{PUBLIC_URL}/y2sB7/picture/")


async def test_a_reward_without_a_text_says_what_it_takes(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient
) -> None:
    reward = {"reward_kind": "shared", "reward_value": "SAVE10", "reward_after": 2}
    await make(sqlite_app, kind="reward", **reward)
    assert (await head(sqlite_browser))["description"] == "Complete 2 actions and get a code."


async def test_it_is_in_the_campaigns_language_and_with_its_translated_texts(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient
) -> None:
    await make(sqlite_app, languages=["en", "de"], description="Win.")
    async with await api_of(sqlite_app) as owner:
        own = (await owner.get("/campaigns/y2sB7/texts/de")).json()["texts"]
        [name] = [each["place"] for each in own if each["place"].endswith("name")]
        texts = {"texts": {name: "Gewinne ein Rad"}}
        answer = await owner.patch("/campaigns/y2sB7/texts/de", json=texts)
        assert answer.status_code == 200, answer.text
    page = await sqlite_browser.get(PAGE, headers={"accept-language": "de"})
    assert '<meta property="og:title" content="Gewinne ein Rad">' in page.text
    assert (await head(sqlite_browser))["og:title"] == "Win a bike"


_EACH = re.compile(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)"')


@pytest.mark.parametrize("path", [PAGE, "/y2sB7/draw"])
async def test_search_engines_find_a_page_in_each_of_its_languages(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient, path: str
) -> None:
    await make(sqlite_app, languages=["en", "de", "ar"])
    page = await sqlite_browser.get(path, headers={"accept": "text/html"})
    known = dict(_EACH.findall(page.text))
    whole = f"{PUBLIC_URL}{path}"
    assert known == {
        **{tag: f"{whole}?lang={tag}" for tag in ("en", "de", "ar")},
        "x-default": whole,
    }
    assert (await head(sqlite_browser, path))["canonical"] == whole
    for tag, region in (("de", "de_DE"), ("ar", "ar_EG"), ("en", "en_GB")):
        # Who keeps no cookies and asks for no language reads it in that one, at that address.
        async with client_of(sqlite_app, accept="text/html") as engine:
            page = await engine.get(known[tag])
            assert page.status_code == 200
            assert f'<html lang="{tag}"' in page.text
            assert dict(_EACH.findall(page.text)) == known, "each of them names all"
            said = await head(engine, known[tag])
        assert said["canonical"] == said["og:url"] == known[tag]
        assert said["og:locale"] == region
        others = re.findall(r'og:locale:alternate" content="([^"]+)"', page.text)
        assert sorted([region, *others]) == ["ar_EG", "de_DE", "en_GB"]


async def test_what_is_no_language_of_it_is_in_no_address_of_the_page(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient
) -> None:
    await make(sqlite_app, languages=["en", "de"])
    for asked in ("ja", "DE", '"><b>', ""):
        page = await sqlite_browser.get(
            "/y2sB7/draw", params={"lang": asked}, headers={"accept": "text/html"}
        )
        assert f'<link rel="canonical" href="{PUBLIC_URL}/y2sB7/draw">' in page.text


@pytest.mark.parametrize("more", ["ref=7", "visitor=x", "ref=7&visitor=x", "utm_source=x"])
@pytest.mark.parametrize("path", [PAGE, "/y2sB7/an-old-name", "/y2sB7", "/y2sB7/preview/old"])
async def test_what_leaves_the_address_leaves_the_language_in_it(
    sqlite_app: Starlette, path: str, more: str
) -> None:
    await make(sqlite_app, languages=["en", "de"])
    # Who keeps no cookies, such as whoever shows a shared link, reads it in that language, too.
    assert await led_to(sqlite_app, f"{path}?lang=de&{more}") == (f"{PAGE}?lang=de", "de")
    assert await led_to(sqlite_app, f"{path}?{more}&lang=de") == (f"{PAGE}?lang=de", "de")
    assert await led_to(sqlite_app, f"{path}?lang=xx&{more}") == (PAGE, "en")
    assert await led_to(sqlite_app, f"{path}?lang=de&{more}&lang=xx") == (PAGE, "en")


async def led_to(app: Starlette, path: str) -> tuple[str, str]:
    """The canonical address of the page that is read by a program without cookies, and its
    language. No cache may give others what was put into cookies on the way."""
    async with client_of(app, accept="text/html") as engine:
        answer = await engine.get(path)
        engine.cookies.clear()
        while answer.status_code == 302:
            if "set-cookie" in answer.headers:
                assert "no-store" in answer.headers["cache-control"]
            answer = await engine.get(answer.headers["location"])
            engine.cookies.clear()
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-store"
    [canonical] = re.findall(r'rel="canonical" href="([^"]*)"', answer.text)
    [tag] = re.findall(r'<html lang="(\w+)"', answer.text)
    return canonical.removeprefix(PUBLIC_URL), tag


async def test_the_language_in_which_the_draw_was_read_is_that_of_the_campaign_then(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient
) -> None:
    await make(sqlite_app, languages=["en", "de"])
    for asked, tag in (("de", "de"), ("xx", "de"), ("en", "en")):
        await sqlite_browser.get(f"/y2sB7/draw?lang={asked}", headers={"accept": "text/html"})
        assert f'<html lang="{tag}"' in (await sqlite_browser.get(PAGE)).text


async def test_a_campaign_of_one_language_names_no_others(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient
) -> None:
    await make(sqlite_app, languages=["de"])
    for path in (PAGE, f"{PAGE}?lang=de"):
        page = await sqlite_browser.get(path)
        assert "og:locale" not in page.text
        assert "hreflang" not in page.text
        assert f'<link rel="canonical" href="{PUBLIC_URL}{PAGE}">' in page.text


async def test_the_sign_in_the_tab_is_the_logo_or_a_tick_in_the_accent(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient
) -> None:
    await make(sqlite_app, accent="#ffd400")
    assert "fill='%23ffd400'" in (await head(sqlite_browser))["icon"]
    assert "stroke='%23000000'" in (await head(sqlite_browser))["icon"]
    await put(sqlite_app, "logo", picture(size=(300, 300)))
    icon = (await head(sqlite_browser))["icon"]
    assert (await sqlite_browser.get(icon)).headers["content-type"] == "image/webp"


async def test_how_winners_are_drawn_can_be_shared_too(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient
) -> None:
    await make(sqlite_app, name="Win <b>&</b>")
    said = await head(sqlite_browser, "/y2sB7/draw")
    assert said["og:title"] == "How winners are drawn: Win <b>&</b>"
    assert said["canonical"] == f"{PUBLIC_URL}/y2sB7/draw"


async def test_robots_are_told_what_to_leave_alone(sqlite_browser: httpx.AsyncClient) -> None:
    robots = await sqlite_browser.get("/robots.txt")
    assert (robots.status_code, robots.headers["content-type"]) == (
        200,
        "text/plain; charset=utf-8",
    )
    assert robots.text.splitlines() == [
        "User-agent: *",
        "Disallow: /admin",
        "Disallow: /api",
        "Disallow: /*/go/",
    ]


async def test_owners_pages_frames_drafts_and_personal_links_are_in_no_index(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient
) -> None:
    origin = "https://shop.example"
    await make(sqlite_app, allowed_origins=[origin])
    public = await sqlite_browser.get(PAGE)
    assert "noindex" not in public.text
    assert "x-robots-tag" not in public.headers
    for path in ("/admin", "/admin/sign-in", "/admin/nowhere", "/api", "/api/v1/campaigns"):
        answer = await sqlite_browser.get(path)
        assert answer.headers["x-robots-tag"] == "noindex", path
    async with signed_in(sqlite_app) as owner:
        assert (await owner.get("/settings")).headers["x-robots-tag"] == "noindex"
    frame = await sqlite_browser.get("/y2sB7/frame", params={"origin": origin})
    entered = await sqlite_browser.post("/y2sB7/enter", data={"origin": origin, **ANN})
    for answer in (frame, entered):
        assert answer.headers["x-robots-tag"] == "noindex"
        assert '<meta name="robots" content="noindex">' in answer.text
        assert "og:title" not in answer.text
