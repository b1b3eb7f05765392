"""Characters that no text of ours has (NUL, others that control, halves of a character): whatever
they come in is cleaned or refused with a reason, and the database is never blamed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from tests.backend.admin.owning import browser_of, set_up
from tests.backend.campaign_pages import ANN, PAGE, VISITOR, make
from tests.backend.confirming import FRAMED, SHOP, link_to
from tests.backend.conftest import api_of, beacon, client_of
from tests.backend.stored import query, query_write
from trk.core.keys import with_hyphens
from trk.services.tokens import make_token
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

ODD = ["%00", "a%00b", "%01", "%0a", "%7f", "%c2%85", "%ed%a0%80", "%ff", "%e2%80%ae"]


def addresses(routes: Sequence[BaseRoute], before: str = "") -> Iterator[tuple[str, str]]:
    """Each route's method and path."""
    for route in routes:
        if isinstance(route, Mount):
            yield from addresses(route.routes or [], before + route.path)
        elif isinstance(route, Route):
            for method in sorted(route.methods or ()):
                yield method, before + route.path


# test_malformed has such texts in each part of each address, too.
@pytest.mark.sampled(3)
@pytest.mark.parametrize("odd", ODD)
async def test_in_any_part_of_any_address(app: Starlette, odd: str) -> None:
    token = (await server_of(app).database.write(make_token, "tests")).token
    part = re.compile(r"\{(\w+)(:\w+)?\}")
    failed = []
    async with browser_of(app) as owner:
        await set_up(app, owner)
        action = await make(app)
        given = {"key": "y2sB7", "slug": "win-a-bike", "action": str(action), "path": "x.css"}
        for method, path in addresses(app.routes):
            names = [found[0] for found in part.findall(path)]
            for wrong in names or [""]:
                values = {**given, **({wrong: given.get(wrong, "1") + odd} if wrong else {})}
                url = part.sub("{}", path).format(*[values.get(each, "1") for each in names])
                if wrong == "release":
                    url = url.replace("trk-", f"trk-{odd}")
                headers = {"authorization": f"Bearer {token}"} if url.startswith("/api") else {}
                asked = f"{url}?visitor={odd}&search={odd}&token={odd}&{odd}={odd}"
                answer = await owner.request(method, asked, headers=headers)
                if answer.status_code >= 500:
                    failed.append((method, asked, answer.status_code))
    assert failed == []


async def test_in_a_beacons_address(app: Starlette) -> None:
    await make(app)
    async with client_of(app) as shop:
        for odd in ODD:
            answer = await shop.post(f"/y2sB7{odd}/beacon", json=beacon(["VIP"]))
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_campaign")


FIELDS = ["page", "session", "visitor", "origin", "scheme", "browser", "confirmed", "answer"]
TYPED = ["\0", "a\0b", "\x01", "\n", "\x7f", "\x85", "\u202e", "\ufffd"]


@pytest.mark.parametrize("field", [*FIELDS, "name", "email"])
async def test_in_any_field_of_the_campaigns_page(
    app: Starlette, other: httpx.AsyncClient, field: str
) -> None:
    action = await make(app, allowed_origins=[SHOP])
    database = server_of(app).database
    await other.post("/y2sB7/enter", data=ANN)
    for odd in TYPED:
        async with client_of(app, accept="text/html") as browser:
            await browser.post("/y2sB7/enter", data={**ANN, **FRAMED})
            link = await link_to(app)
            for text in (odd, f"x{odd}"):
                given = {**FRAMED, "session": "", "visitor": VISITOR, **ANN}
                given[field] = f"{given[field]}{odd}" if field in FRAMED else text
                await query_write(database, "DELETE FROM mails")
                for path in ("enter", "frame", "leave", f"answer/{action}", f"go/{action}"):
                    answer = await browser.post(f"/y2sB7/{path}", data=given)
                    assert answer.status_code < 500, (path, text)
                answer = await browser.post(link, data={"to": f"here{odd}"})
                assert answer.status_code < 500, (link, text)
            await query_write(database, "DELETE FROM mails")
    for row in await query(database, "SELECT page FROM confirmations"):
        assert row["page"].isprintable()


async def test_a_page_with_such_characters_still_leads_back(
    app: Starlette, browser: httpx.AsyncClient, other: httpx.AsyncClient
) -> None:
    await make(app, allowed_origins=[SHOP])
    await other.post("/y2sB7/enter", data=ANN)
    page = f"{SHOP}/bikes\0?size=\x01m"
    answer = await browser.post("/y2sB7/enter", data={**ANN, **FRAMED, "page": page})
    assert "Check your e-mail" in answer.text
    [row] = await query(server_of(app).database, "SELECT page FROM confirmations")
    assert row["page"] == f"{SHOP}/bikes?size=m"


@pytest.mark.parametrize("odd", ["\0", "\x01"])
async def test_in_the_owners_forms(app: Starlette, odd: str) -> None:
    async with browser_of(app) as owner:
        await set_up(app, owner)
        async with browser_of(app) as stranger:
            form = {"sign_in_email": f"a{odd}@b.test", "sign_in_password": f"x{odd}"}
            assert (await stranger.post("/admin/sign-in", data=form)).status_code < 500
        found = await owner.get("/admin/people", params={"email": f"ann{odd}@example.org"})
        assert found.status_code < 500


@pytest.mark.parametrize("odd", ["\0", "\x01", "\x7f", "\ud800"])
async def test_in_cookies_and_headers(app: Starlette, odd: str) -> None:
    await make(app)
    raw = odd.encode("utf-8", "surrogatepass").decode("latin-1")
    names = ("trk_y2sB7", "trk_visitor_y2sB7", "trk_ticket_y2sB7", "trk_browser_y2sB7", "trk_owner")
    for name in names:
        for path in (PAGE, "/y2sB7/status", "/admin"):
            headers = [
                (b"cookie", f"{name}=a{raw}b".encode("latin-1")),
                (b"accept", b"text/html"),
                (b"authorization", f"Bearer a{raw}".encode("latin-1")),
            ]
            async with client_of(app) as browser:
                answer = await browser.get(path, headers=headers)
                assert answer.status_code < 500


async def test_what_the_database_cannot_hold_is_refused_with_a_reason_wherever_it_comes_in(
    app: Starlette,
) -> None:
    """A net below the doors: PostgreSQL's texts hold no NUL, and no half of a character."""
    database = server_of(app).database
    async with client_of(app) as browser:
        await make(app)
        for text in ("a\0b", "a\ud800b"):

            async def odd(tx: Any, text: str = text) -> None:
                await tx.fetch("SELECT id FROM campaigns WHERE name = $1", text)

            for run in (database.read, database.write):
                app.router.routes.insert(0, Route("/odd", _reading(run, odd)))
                answer = await browser.get("/odd")
                app.router.routes.pop(0)
                if database.sqlite and "\0" in text:
                    assert answer.status_code == 200
                else:
                    assert answer.status_code == 400
                    assert answer.json()["error"]["code"] == "bad_text"


def _reading(run: Any, program: Any) -> Any:
    async def handler(_: Any) -> Response:
        await run(program)
        return PlainTextResponse("")

    return handler


async def test_in_the_apis_bodies(app: Starlette) -> None:
    await make(app)
    async with client_of(app) as browser:
        await browser.post("/y2sB7/enter", data=ANN)
    async with await api_of(app) as api:
        for n, (field, odd) in enumerate(
            (field, odd)
            for field in ("email", "visitor", "xref", "name", "value")
            for odd in ("\\u0000", "\\ud800", "\\u0001")
        ):
            made = with_hyphens(f"{n:08x}00007000800000000000000{n % 10}"[:32])
            who = {"email": "ann@example.org"} if field in ("name", "value") else {}
            body = {"id": made, "pairs": '[["VIP"]]', **who}
            content = f'{{"id": "{made}", "pairs": [["VIP"]], "{field}": "a{odd}"}}'
            if field in ("name", "value"):
                pair = f'["a{odd}"]' if field == "name" else f'["VIP", "a{odd}"]'
                content = f'{{"id": "{made}", "pairs": [{pair}], "email": "{body["email"]}"}}'
            answer = await api.post(
                "/campaigns/y2sB7/beacons",
                content=content,
                headers={"content-type": "application/json"},
            )
            assert answer.status_code < 500, content
        for path in ("/campaigns", "/campaigns/y2sB7/actions", "/campaigns/y2sB7/prizes"):
            for field in ("name", "title", "tracking_name", "key", "description", "url", "terms"):
                for odd in ("\\u0000", "\\ud800"):
                    fields = {"name": "x", "title": "x", "tracking_name": "x"}
                    text = ", ".join(
                        f'"{name}": "{"a" + odd if name == field else value}"'
                        for name, value in {**fields, field: ""}.items()
                    )
                    answer = await api.post(
                        path,
                        content=f"{{{text}}}",
                        headers={"content-type": "application/json"},
                    )
                    assert answer.status_code < 500, (path, text)
