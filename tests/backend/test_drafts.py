"""Drafts: what strangers, beacons, the preview and the API see of a campaign before it is
published, and that all works at once after that."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import Connection, text
from starlette.applications import Starlette

from tests.backend.calls import made, mistake
from tests.backend.campaign_pages import ANN
from tests.backend.conftest import beacon
from tests.backend.migrating import down, on, up
from tests.backend.stored import campaign_in, query
from trk.clock import now_ms
from trk.core.beacon import Answer, Beacon
from trk.core.rejection import Rejection
from trk.services.jobs.list_fixer import ListFixer
from trk.services.publishing import renew_preview
from trk.store import campaigns
from trk.store.submissions import Submission
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

KEY, ONE = "y2sB7", "/campaigns/y2sB7"
PAGES = ("", "/win", "/draw", "/draw.txt", "/frame?origin=https://shop.example", "/status")
FORMS = ("/enter", "/leave", "/confirm", "/answer/1", "/go/1", "/frame")
STORED = ("trackings", "entrants", "refusals", "links", "tickets", "unmatched_bytes", "mails")


async def drafted(api: httpx.AsyncClient, **fields: Any) -> None:
    """A draft with all that it needs to be published."""
    await made(api, draft=True, allowed_origins=["https://shop.example"], **fields)
    action = {"title": "Buy", "tracking_name": "Purchase", "url": "https://shop.example/"}
    assert (await api.post(f"{ONE}/actions", json=action)).status_code == 201
    if fields.get("kind") != "reward":
        assert (await api.post(f"{ONE}/prizes", json={"title": "A bike"})).status_code == 201


async def preview_of(app: Starlette) -> str:
    """The address of the draft's preview."""
    database = server_of(app).database
    token = await database.read(campaigns.preview_token, await campaign_in(database))
    assert len(token) >= 32
    return f"/{KEY}/preview/{token}"


async def rows(app: Starlette) -> dict[str, int]:
    """How many rows there are of what visitors leave."""
    database = server_of(app).database
    return {
        table: (await query(database, f"SELECT COUNT(*) AS n FROM {table}"))[0]["n"]
        for table in STORED
    }


async def test_to_a_stranger_a_draft_is_as_if_there_were_no_campaign(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await drafted(api)
    for path in PAGES:
        here, nowhere = await browser.get(f"/{KEY}{path}"), await browser.get(f"/nosuch{path}")
        assert here.status_code == nowhere.status_code == 404, path
        assert here.text == nowhere.text.replace("nosuch", KEY), path
        assert "set-cookie" not in here.headers
    for path in FORMS:
        form = {**ANN, "origin": "https://shop.example"} if path == "/frame" else ANN
        headers = {"sec-fetch-site": "same-origin"}
        here = await browser.post(f"/{KEY}{path}", data=form, headers=headers)
        nowhere = await browser.post(f"/nosuch{path}", data=form, headers=headers)
        assert here.status_code == nowhere.status_code == 404, path
        assert here.text == nowhere.text, path
    assert not any((await rows(app)).values())


async def test_its_scripts_say_in_one_line_that_it_is_a_draft_and_are_not_kept(
    api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await drafted(api)
    for script in ("trk.js", "ol.js", "embed.js"):
        answer = await browser.get(f"/{KEY}/{script}")
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        assert f"trk.js: campaign {KEY} is a draft" in answer.text
        assert answer.text.count("console.warn") == 1
        assert len(answer.text) < 200
    said = mistake(await api.post(f"{ONE}/scripts"), 409, "draft")
    assert said == f"Campaign {KEY} is a draft. Publish it first."
    assert (await api.post(f"{ONE}/publish")).status_code == 200
    assert "is a draft" not in (await browser.get(f"/{KEY}/trk.js")).text
    pinned = await api.post(f"{ONE}/scripts")
    assert pinned.status_code == 201, pinned.text
    path = urlsplit(pinned.json()["url"]).path
    assert (await browser.get(path)).text == (await browser.get(f"/{KEY}/trk.js")).text


async def test_a_beacon_to_a_draft_is_refused_for_good_and_leaves_nothing(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await drafted(api)
    body = beacon(["Purchase", "1"], ["Unknown", "2"], ticket="b" * 32)
    for debug in (False, True):
        sent = {**body, "debug": debug}  # type: ignore[dict-item]
        said = mistake(await browser.post(f"/{KEY}/beacon", json=sent), 403, "campaign_draft")
        assert (
            said == f"Campaign {KEY} is a draft: nothing is tracked until its owner publishes it."
        )
    of_server = {"id": "0193e5b4-6f3a-7c1e-9d2a-0123456789ab", "pairs": [["Purchase"]]}
    for who in ({"visitor": "a" * 32}, {"email": "ann@example.org"}, {"xref": "x" * 32}):
        answer = await api.post(f"{ONE}/beacons", json={**of_server, **who})
        mistake(answer, 403, "campaign_draft")
    assert not any((await rows(app)).values())
    assert (await api.post(f"{ONE}/publish")).status_code == 200
    answer = await browser.post(f"/{KEY}/beacon", json=body)
    assert answer.json()["pairs"] == ["waiting", "unmatched"]


async def test_in_one_group_a_draft_refuses_and_its_neighbours_and_its_owners_test_are_stored(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await drafted(api)
    assert (await api.post("/campaigns", json={"name": "Open", "key": "open1"})).is_success
    writer, at = server_of(app).writer, now_ms()

    def sent(n: int, key: str, *, tested: bool = False) -> Submission:
        made = Beacon(f"0193e5b4-6f3a-7c1e-9d2a-{n:012x}", f"{n:032x}", [["Purchase", None]], 0)
        return Submission(key, made, at, tested=tested)

    group = [sent(1, KEY), sent(2, "open1"), sent(3, KEY, tested=True), sent(1, KEY)]
    replies = await asyncio.gather(*(writer.submit(each) for each in group))
    kinds = [each.code if isinstance(each, Rejection) else each.pairs for each in replies]
    assert kinds == ["campaign_draft", ["unmatched"], ["waiting"], "campaign_draft"]
    assert all(isinstance(reply, Rejection | Answer) for reply in replies)
    assert (await rows(app))["trackings"] == 2


async def test_who_has_the_preview_sees_it_and_nothing_of_what_they_do_is_stored(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient, other: httpx.AsyncClient
) -> None:
    await drafted(api)
    preview = await preview_of(app)
    opened = await browser.get(preview)
    assert (opened.status_code, opened.headers["location"]) == (302, f"/{KEY}/win")
    assert opened.headers["x-robots-tag"] == "noindex"
    assert opened.headers["cache-control"] == "no-store"
    page = await browser.get(f"/{KEY}/win")
    assert page.status_code == 200
    assert "This is a preview" in page.text
    assert '<meta name="robots" content="noindex">' in page.text
    assert "A bike" in page.text
    assert 'action="/y2sB7/enter"' in page.text  # as it will be, once it is published
    assert (await browser.get(f"/{KEY}/draw")).status_code == 200
    assert (await browser.get(f"/{KEY}/status")).json()["entered"] is False
    for path in FORMS:
        answer = await browser.post(
            f"/{KEY}{path}", data=ANN, headers={"sec-fetch-site": "same-origin"}
        )
        assert answer.status_code == 403, path
        assert "This is only a preview" in answer.text
    assert not any((await rows(app)).values())
    # Another browser has no part in it, and no other link opens it.
    assert (await other.get(f"/{KEY}/win")).status_code == 404
    for wrong in (preview[:-1], f"/{KEY}/preview/None", f"/nosuch/{preview.split('/', 2)[2]}"):
        answer = await other.get(wrong)
        assert answer.status_code == 404
        assert "set-cookie" not in answer.headers


async def test_a_new_link_of_the_preview_ends_the_old_one_and_publishing_all_of_them(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient, other: httpx.AsyncClient
) -> None:
    await drafted(api)
    database = server_of(app).database
    old = await preview_of(app)
    await browser.get(old)
    await database.write(renew_preview, await campaign_in(database))
    new = await preview_of(app)
    assert new != old
    assert (await browser.get(f"/{KEY}/win")).status_code == 404
    assert (await browser.get(old)).status_code == 404
    assert (await browser.get(new)).status_code == 302
    assert (await browser.get(f"/{KEY}/win")).status_code == 200
    assert (await api.post(f"{ONE}/publish")).status_code == 200
    for link in (old, new):  # whoever was sent it finds what it was sent for
        assert (await other.get(link)).headers["location"] == f"/{KEY}/win"
    page = await browser.get(f"/{KEY}/win")
    assert "This is a preview" not in page.text
    assert "noindex" not in page.text
    # A published one has no preview to be renewed.
    await database.write(renew_preview, await campaign_in(database))
    assert await database.read(campaigns.preview_token, await campaign_in(database)) == ""


async def test_the_api_publishes_what_has_all_that_it_needs(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await made(api, draft=True)
    answer = await api.get(ONE)
    assert answer.json()["published_at"] is None
    said = mistake(await api.post(f"{ONE}/publish"), 409, "not_ready")
    assert "Add an action" in said
    assert "Add a prize" in said
    assert "Set an end" not in said  # usual, but not needed
    mistake(await api.post(f"{ONE}/close"), 409, "draft")
    # A change of its settings does not publish it.
    assert (await api.patch(ONE, json={"name": "Win"})).json()["published_at"] is None
    action = {"title": "Buy", "tracking_name": "Purchase"}
    assert (await api.post(f"{ONE}/actions", json=action)).status_code == 201
    assert (await api.post(f"{ONE}/prizes", json={"title": "A bike"})).status_code == 201
    published = (await api.post(f"{ONE}/publish")).json()
    assert published["published_at"] is not None
    assert (await api.post(f"{ONE}/publish")).json() == published
    assert (await browser.get(f"/{KEY}/win")).status_code == 200
    noted = await query(server_of(app).database, "SELECT deed FROM audit WHERE deed = 'published'")
    assert len(noted) == 1


@pytest.mark.parametrize("draft", [None, False, True])
async def test_what_the_api_makes_or_copies_is_published_unless_it_says_draft(
    api: httpx.AsyncClient, draft: bool | None
) -> None:
    asked: dict[str, Any] = {} if draft is None else {"draft": draft}
    await made(api, **asked)
    copy = (await api.post(f"{ONE}/copy", json={"name": "Again", **asked})).json()
    for found in ((await api.get(ONE)).json(), copy):
        assert (found["published_at"] is None) is (draft is True)
    # Without a word, a copy is what its original is: nothing becomes public by being copied.
    again = (await api.post(f"{ONE}/copy")).json()
    assert (again["published_at"] is None) is (draft is True)
    opened = (await api.post(f"{ONE}/copy", json={"draft": False})).json()
    assert opened["published_at"] is not None


async def test_a_draft_that_is_over_is_neither_fixed_nor_drawn(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await drafted(api, ends_at="2020-01-01T00:00:00Z")
    await ListFixer(server_of(app).database).work()
    assert await query(server_of(app).database, "SELECT id FROM fixed_lists") == []
    mistake(await api.post(f"{ONE}/draw"), 409, "not_drawn")
    assert "Set a later end" in mistake(await api.post(f"{ONE}/publish"), 409, "not_ready")


def _migrated(connection: Connection) -> list[Any]:
    found: list[Any] = []
    down(connection, "0040")
    connection.execute(
        text(
            "INSERT INTO campaigns (id, key, name, slug, kind, timezone, secret, created_at) "
            "VALUES (1, 'y2sB7', 'Win', 'win', 'reward', 'UTC', 's', 17)"
        )
    )
    up(connection)
    found.append(connection.execute(text("SELECT published_at FROM campaigns")).scalar())
    connection.execute(
        text("UPDATE campaigns SET published_at = NULL, preview_token = 'secret' WHERE id = 1")
    )
    down(connection, "0040")
    found.append(connection.execute(text("SELECT closed_at FROM campaigns")).scalar())
    up(connection)
    found.append(connection.execute(text("SELECT published_at FROM campaigns")).scalar())
    return found


def test_campaigns_that_exist_are_published_and_on_the_way_back_no_draft_is_open(
    database_url: str,
) -> None:
    assert on(database_url, _migrated) == [17, 17, 17]
