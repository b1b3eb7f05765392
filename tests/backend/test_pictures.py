"""Pictures of a campaign, in the API and on its page: stored, served, copied, and gone with it."""

from __future__ import annotations

import asyncio
import base64
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.conftest import api_of, client_of
from tests.backend.pictures import bomb, halves, noise, opened, picture, saved
from tests.backend.stored import query
from trk.store.backup import back_up
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

PAGE = "/y2sB7/win"
IDS = re.compile(r'src="(/y2sB7/picture/[0-9a-f]{24}-\d+\.webp)"')


def upload(content: bytes, **fields: str) -> dict[str, Any]:
    return {"content": base64.b64encode(content).decode(), **fields}


async def make(api: httpx.AsyncClient) -> tuple[str, str]:
    """A campaign with an action and a prize: their places."""
    await api.post("/campaigns", json={"name": "Win", "key": "y2sB7"})
    action = {"title": "Buy", "tracking_name": "Buy", "url": "https://shop.test/"}
    made = await api.post("/campaigns/y2sB7/actions", json=action)
    prize = await api.post("/campaigns/y2sB7/prizes", json={"title": "Bike"})
    return f"action-{made.json()['id']}", f"prize-{prize.json()['id']}"


async def fill(api: httpx.AsyncClient) -> tuple[str, ...]:
    """The same with a picture in each place; the places."""
    places = ("banner", "logo", *(await make(api)))
    for place in places:
        body = upload(picture(), name="a.png", alt=f"The {place} & more")
        answer = await api.put(f"/campaigns/y2sB7/pictures/{place}", json=body)
        assert answer.status_code == 200, answer.text
    return places


async def files(app: Starlette) -> tuple[int, int]:
    """How many pictures are stored, and how many sizes of them."""
    database = server_of(app).database
    [row] = await query(
        database,
        "SELECT (SELECT COUNT(*) FROM pictures) AS pictures, "
        "(SELECT COUNT(*) FROM picture_files) AS files",
    )
    return row["pictures"], row["files"]


async def test_what_is_uploaded_stands_on_the_page_and_is_served_for_ever(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    places = await fill(api)
    listed = (await api.get("/campaigns/y2sB7/pictures")).json()["data"]
    assert [each["place"] for each in listed] == list(places)
    async with client_of(app, accept="text/html") as browser:
        page = (await browser.get(PAGE)).text
        assert 'alt="The banner &amp; more"' in page
        addresses = IDS.findall(page)
        assert len(addresses) == 5  # the prize stands in the first line as well
        for tag in re.findall(r"<img[^>]*picture/[^>]*>", page):
            assert re.search(r' width="\d+" height="\d+"', tag), tag
        for address in {*addresses, *(each["url"] for each in listed)}:
            answer = await browser.get(address)
            assert answer.status_code == 200
            assert answer.headers["content-type"] == "image/webp"
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert opened(answer.content).format == "WEBP"


async def test_another_picture_has_another_address_and_the_old_one_is_gone(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await make(api)
    urls = []
    for content in (picture(), saved(halves())):
        answer = await api.put("/campaigns/y2sB7/pictures/banner", json=upload(content))
        urls.append(answer.json()["url"])
    assert urls[0] != urls[1]
    assert await files(app) == (1, 1)  # the second is small: it has one size
    async with client_of(app, accept="text/html") as browser:
        assert (await browser.get(urls[0])).status_code == 404
        assert (await browser.get(urls[1])).status_code == 200
    assert (await api.delete("/campaigns/y2sB7/pictures/banner")).status_code == 204
    assert (await api.delete("/campaigns/y2sB7/pictures/banner")).status_code == 404
    assert await files(app) == (0, 0)


@pytest.mark.parametrize(
    "path",
    [
        "/y2sB7/picture/x",
        "/y2sB7/picture/" + "0" * 24 + "-480.webp",
        "/y2sB7/picture/" + "0" * 24 + "-99999.webp",
        "/nosuch/picture/" + "0" * 24 + "-480.webp",
        "/%00/picture/" + "0" * 24 + "-480.webp",
        "/y2sB7/picture/../../etc/passwd",
    ],
)
async def test_an_address_of_no_picture_is_not_found(
    app: Starlette, api: httpx.AsyncClient, path: str
) -> None:
    await fill(api)
    async with client_of(app, accept="text/html") as browser:
        assert (await browser.get(path)).status_code == 404


async def test_a_copy_has_the_pictures_at_its_own_prizes_and_actions(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await fill(api)
    copy = (await api.post("/campaigns/y2sB7/copy")).json()["key"]
    mine = (await api.get(f"/campaigns/{copy}/pictures")).json()["data"]
    [action] = (await api.get(f"/campaigns/{copy}/actions")).json()["data"]
    [prize] = (await api.get(f"/campaigns/{copy}/prizes")).json()["data"]
    assert {each["place"] for each in mine} == {
        *("banner", "logo", f"action-{action['id']}", f"prize-{prize['id']}")
    }
    assert mine[0]["alt"] == "The banner & more"
    await api.delete("/campaigns/y2sB7")
    async with client_of(app) as browser:
        for each in mine:
            assert (await browser.get(each["url"])).status_code == 200


async def test_pictures_go_with_their_prize_their_action_and_their_campaign(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    _, _, action, prize = await fill(api)
    assert (await files(app))[0] == 4
    await api.delete(f"/campaigns/y2sB7/prizes/{prize.removeprefix('prize-')}")
    assert (await files(app))[0] == 3
    await api.delete(f"/campaigns/y2sB7/actions/{action.removeprefix('action-')}")
    assert (await files(app))[0] == 2
    await api.delete("/campaigns/y2sB7")
    assert await files(app) == (0, 0)


@pytest.mark.once
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"<svg/>", "is no picture that can be read; expected PNG, JPEG, WebP, GIF"),
        (picture(kind="JPEG"), "'a.png' is JPEG by what is in it; expected PNG"),
        (bomb(), "expected at most 9999 pixels a side and 30 million together"),
        (picture() + b"\0" * 5_300_000, "MB; expected at most 5 MB"),
        (picture()[:80], "is damaged"),
    ],
    ids=["empty", "svg", "jpeg", "bomb", "large", "cut off"],
)
async def test_a_file_that_can_not_be_used_is_refused_and_nothing_is_stored(
    sqlite_app: Starlette, sqlite_api: httpx.AsyncClient, content: bytes, said: str
) -> None:
    await make(sqlite_api)
    body = upload(content, name="a.png")
    answer = await sqlite_api.put("/campaigns/y2sB7/pictures/banner", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "bad_picture"
    assert said in answer.json()["error"]["message"]
    assert await files(sqlite_app) == (0, 0)


@pytest.mark.once
@pytest.mark.parametrize(
    ("place", "body", "status"),
    [
        ("header", upload(picture()), 404),
        ("prize-0", upload(picture()), 404),
        ("prize-999", upload(picture()), 404),
        ("action-999", upload(picture()), 404),
        ("prize-99999999999999999999", upload(picture()), 404),
        ("banner", {"content": "not base64!"}, 400),
        ("banner", {"alt": "nothing"}, 400),
        ("banner", upload(picture(), alt="x" * 201), 400),
        ("banner", {**upload(picture()), "width": 3}, 400),
        ("banner", {"content": "A" * 9_000_000}, 413),
    ],
)
async def test_a_call_that_can_not_be_used_is_refused(
    sqlite_app: Starlette, sqlite_api: httpx.AsyncClient, place: str, body: Any, status: int
) -> None:
    await make(sqlite_api)
    answer = await sqlite_api.put(f"/campaigns/y2sB7/pictures/{place}", json=body)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["message"]
    assert await files(sqlite_app) == (0, 0)


@pytest.mark.once
async def test_a_photograph_of_five_megabytes_can_be_uploaded_and_read_tokens_can_not_do_it(
    sqlite_app: Starlette, sqlite_api: httpx.AsyncClient
) -> None:
    await make(sqlite_api)
    large = noise((3_600, 2_700))
    assert 3_000_000 < len(large) < 5 * 1024 * 1024
    answer = await sqlite_api.put("/campaigns/y2sB7/pictures/banner", json=upload(large))
    assert answer.status_code == 200, answer.text
    assert 400 <= answer.json()["width"] <= 1200
    async with await api_of(sqlite_app) as other:
        other.headers["authorization"] = "Bearer none"
        refused = await other.put("/campaigns/y2sB7/pictures/banner", json=upload(picture()))
        assert refused.status_code == 401


@pytest.mark.once
async def test_a_backup_has_them(
    sqlite_app: Starlette, sqlite_api: httpx.AsyncClient, sqlite_url: str, tmp_path: Path
) -> None:
    await fill(sqlite_api)
    copied = tmp_path / "copy.db"
    back_up(Path(sqlite_url.removeprefix("sqlite:///")), copied, lambda done, total: None)
    with closing(sqlite3.connect(copied)) as copy:
        [(pictures,)] = copy.execute("SELECT COUNT(*) FROM pictures")
        [(content,)] = copy.execute("SELECT content FROM picture_files LIMIT 1")
    assert pictures == 4
    assert opened(content).format == "WEBP"


async def test_of_several_uploads_for_one_place_at_once_one_stays(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await make(api)
    bodies = [upload(picture(size=(300 + n, 200))) for n in range(4)]
    answers = await asyncio.gather(
        *(api.put("/campaigns/y2sB7/pictures/logo", json=body) for body in bodies)
    )
    assert [answer.status_code for answer in answers] == [200] * 4
    assert await files(app) == (1, 2)


@pytest.mark.parametrize("kind", ["prize", "action"])
async def test_no_picture_is_stored_where_the_thing_was_deleted_while_it_was_drawn(
    kind: str, app: Starlette, api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    action, prize = await make(api)
    place = prize if kind == "prize" else action
    studio = server_of(app).studio
    drawn = studio.drawn

    async def slowly(*given: Any) -> Any:
        made = await drawn(*given)
        gone = await api.delete(f"/campaigns/y2sB7/{kind}s/{place.partition('-')[2]}")
        assert gone.is_success
        return made

    monkeypatch.setattr(studio, "drawn", slowly)
    answer = await api.put(f"/campaigns/y2sB7/pictures/{place}", json=upload(picture()))
    assert answer.status_code == 404
    assert await files(app) == (0, 0)
