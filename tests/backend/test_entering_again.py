"""Who has entered one campaign of a server is asked only whether to enter the next as the same."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.campaign_pages import ANN, BOB, PAGE, bring, make
from tests.backend.confirmed_only import links, stored
from tests.backend.confirming import known
from tests.backend.conftest import PUBLIC_URL, api_of, beacon, client_of
from tests.backend.entering_again import (
    ELSE,
    NEXT,
    SAID,
    ask_in_next,
    entrants,
    hidden,
    make_next,
    offered,
    press,
)
from tests.backend.referring import REFER
from tests.backend.stored import query_write
from trk.store import erasure, people
from trk.store.people import Linked
from trk.web.server import server_of


async def entered(app: Starlette, browser: httpx.AsyncClient, **campaign: Any) -> None:
    """Ann has entered one campaign in this browser, and there is a next one."""
    await make(app, **campaign)
    await make_next(app, **campaign)
    assert (await browser.post("/y2sB7/enter", data=ANN)).status_code == 303


async def confirmed(app: Starlette, browser: httpx.AsyncClient, **campaign: Any) -> None:
    """The same, and she has pressed the button in her e-mail."""
    await entered(app, browser, confirmed_only=True, **campaign)
    [link] = await links(app)
    assert (await browser.post(link)).status_code == 303


async def test_one_button_enters_the_next_campaign_as_the_same_person(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await entered(app, browser)
    page = await browser.get(NEXT)
    assert SAID in page.text
    assert "a•••@example.org" in page.text
    assert "ann@example.org" not in page.text
    assert f'href="{ELSE}"' in page.text
    assert page.headers["cache-control"] == "private, no-store"
    answer = await press(browser)
    assert (answer.status_code, answer.headers["location"]) == (303, NEXT)
    assert known(await browser.get(NEXT)) == "Ann"
    assert known(await browser.get(PAGE)) == "Ann"
    assert await entrants(app) == [("Ann", "ann@example.org", False)]


async def test_who_wants_to_be_somebody_else_gets_the_usual_form(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await entered(app, browser)
    page = await browser.get(NEXT, params={"as": "new"})
    assert SAID not in page.text
    assert hidden(page, "again") is None
    for field in ("name", "email"):
        assert f'name="{field}"' in page.text
    assert ANN["email"] not in page.text
    assert (await browser.post("/n3xtC/enter", data=BOB)).status_code == 303
    assert known(await browser.get(NEXT)) == "Bob"
    assert known(await browser.get(PAGE)) == "Ann"


async def test_another_browser_and_one_that_only_looked_are_offered_nothing(
    app: Starlette, browser: httpx.AsyncClient, other: httpx.AsyncClient
) -> None:
    await entered(app, browser)
    await other.get(PAGE)
    assert await offered(other) is None
    # Nor is one whose e-mail was known: it has no session.
    assert "Check your e-mail" in (await other.post("/y2sB7/enter", data=ANN)).text
    assert await offered(other) is None


async def test_the_last_who_entered_is_offered(app: Starlette, browser: httpx.AsyncClient) -> None:
    await entered(app, browser)
    async with await api_of(app) as owner:
        await owner.post("/campaigns", json={"name": "Third", "key": "th1rd"})
    await browser.post("/th1rd/enter", data=BOB)
    assert "Enter as <bdi>Bob</bdi>" in (await browser.get(NEXT)).text
    await browser.post("/th1rd/leave")
    assert SAID in (await browser.get(NEXT)).text


async def test_a_card_of_before_enters_as_nobody_but_whom_it_named(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await entered(app, browser)
    ann = await offered(browser)
    await browser.post("/y2sB7/leave")
    await browser.post("/y2sB7/enter", data=BOB)
    answer = await browser.post("/n3xtC/enter", data={"again": ann})
    assert answer.status_code == 400
    assert "Enter your name." in answer.text
    assert await entrants(app) == []


@pytest.mark.parametrize("again", ["", "0", "-1", "x", "9" * 40, "1 OR 1=1", "\0"])
async def test_a_number_lets_in_nobody(
    app: Starlette, browser: httpx.AsyncClient, other: httpx.AsyncClient, again: str
) -> None:
    await entered(app, browser)
    for client in (browser, other):
        answer = await client.post("/n3xtC/enter", data={"again": again})
        assert answer.status_code == 400
    number = await offered(browser)
    assert (await other.post("/n3xtC/enter", data={"again": number})).status_code == 400
    assert await entrants(app) == []


ENDS = {
    "signed out": None,
    "blocked": "UPDATE entrants SET blocked_at = 1",
    "claimed": "UPDATE entrants SET claimed_at = 1",
    "unused for long": "UPDATE entrant_sessions SET used_at = 1",
    "deleted campaign": "UPDATE campaigns SET deleted_at = 1 WHERE key = 'y2sB7'",
    "draft": "UPDATE campaigns SET published_at = NULL WHERE key = 'y2sB7'",
}


@pytest.mark.parametrize("end", ENDS)
async def test_what_is_not_shown_in_the_one_is_not_offered_in_the_next(
    app: Starlette, browser: httpx.AsyncClient, end: str
) -> None:
    await entered(app, browser)
    ann = await offered(browser)
    assert ann is not None
    sql = ENDS[end]
    if sql is None:
        await browser.post("/y2sB7/leave")
    else:
        await query_write(server_of(app).database, sql)
    assert await offered(browser) is None
    assert (await browser.post("/n3xtC/enter", data={"again": ann})).status_code == 400
    assert await entrants(app) == []


async def test_who_is_erased_in_the_one_is_offered_nothing_and_stays_in_the_next(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await entered(app, browser)
    await press(browser)
    await browser.post("/n3xtC/leave")
    database = server_of(app).database
    [first, _] = await database.read(people.by_email, ANN["email"])
    assert first.campaign_key == "y2sB7"
    assert await database.write(erasure.forget, first, Linked([], []), 0, 1)
    assert await offered(browser) is None
    assert await entrants(app) == [("Ann", "ann@example.org", False)]


async def test_an_address_that_the_other_browser_has_proved_to_be_its_own_offers_the_thief_nothing(
    app: Starlette, browser: httpx.AsyncClient, other: httpx.AsyncClient
) -> None:
    await entered(app, browser)
    await other.post("/y2sB7/enter", data=ANN)
    assert await offered(browser) is None
    [link] = await links(app)
    await other.post(link)
    assert await offered(browser) is None
    # She asked for the link in this browser, and typed her address there.
    assert await offered(other) is not None
    assert (await press(other)).status_code == 303
    assert await entrants(app) == [("Ann", "ann@example.org", True)]


async def test_a_link_that_somebody_else_has_sent_offers_nobody(
    app: Starlette, browser: httpx.AsyncClient, other: httpx.AsyncClient
) -> None:
    """Whoever presses the button of a stranger's link is that stranger in the one campaign, and is
    not asked to be it in the next; however often."""
    await entered(app, browser, confirmed_only=True)
    [link] = await links(app)
    assert (await other.post(link)).status_code == 303
    assert known(await other.get(PAGE)) == "Ann"
    assert await offered(other) is None
    await query_write(server_of(app).database, "UPDATE mails SET topic = 'an earlier one'")
    async with client_of(app) as third:
        await third.post("/y2sB7/enter", data=ANN)
    assert (await other.post((await links(app))[-1])).status_code == 303
    assert await offered(other) is None


async def test_a_link_over_ones_own_session_keeps_the_offer(
    app: Starlette, browser: httpx.AsyncClient, other: httpx.AsyncClient
) -> None:
    """Asked for elsewhere, and used where its entrant has typed the address."""
    await entered(app, browser)
    await other.post("/y2sB7/enter", data=ANN)
    [link] = await links(app)
    assert (await browser.post(link)).status_code == 303
    assert await offered(browser) is not None
    assert await offered(other) is None


async def test_a_confirmed_address_is_confirmed_in_the_next_and_no_e_mail_is_sent(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await confirmed(app, browser)
    before = await links(app)
    assert (await press(browser)).status_code == 303
    assert await entrants(app) == [("Ann", "ann@example.org", True)]
    assert "Confirm your e-mail" not in (await browser.get(NEXT)).text
    assert await links(app) == before


async def test_an_address_that_nobody_has_confirmed_is_not_confirmed_by_it(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await entered(app, browser, confirmed_only=True)
    assert (await press(browser)).status_code == 303
    assert await entrants(app) == [("Ann", "ann@example.org", False)]
    assert "Confirm your e-mail" in (await browser.get(NEXT)).text
    assert len(await links(app)) == 2
    assert (await links(app))[-1].startswith("/n3xtC/confirm/")


@pytest.mark.parametrize(
    ("email", "proved"),
    [("ann@example.org", True), ("bob@example.org", False), ("Ann@example.org", False)],
)
async def test_the_form_confirms_the_very_address_that_this_browser_has_confirmed(
    app: Starlette, browser: httpx.AsyncClient, email: str, proved: bool
) -> None:
    await confirmed(app, browser)
    form = {"name": "Somebody", "email": email}
    assert (await browser.post("/n3xtC/enter", data=form)).status_code == 303
    assert await entrants(app) == [("Somebody", email, proved)]


async def test_a_name_and_an_address_in_another_browser_prove_nothing(
    app: Starlette, browser: httpx.AsyncClient, other: httpx.AsyncClient
) -> None:
    await confirmed(app, browser)
    await other.post("/n3xtC/enter", data={**ANN, "again": await offered(browser)})
    assert await entrants(app) == [("Ann", "ann@example.org", False)]


async def test_who_has_entered_the_next_from_another_browser_is_mailed_a_link(
    app: Starlette, browser: httpx.AsyncClient, other: httpx.AsyncClient
) -> None:
    await entered(app, browser)
    await other.post("/n3xtC/enter", data={**ANN, "name": "Thief"})
    answer = await press(browser)
    assert answer.status_code == 200
    assert "Check your e-mail" in answer.text
    assert "Thief" not in answer.text
    [link] = await links(app)
    assert (await browser.post(link)).status_code == 303
    assert known(await browser.get(NEXT)) == "Thief"
    assert known(await other.get(NEXT)) is None


async def test_a_button_that_is_pressed_twice_enters_once(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await entered(app, browser)
    page = await browser.get(NEXT)
    sent = {name: hidden(page, name) for name in ("again", "browser")}
    answers = await asyncio.gather(*(browser.post("/n3xtC/enter", data=sent) for _ in range(2)))
    assert [each.status_code for each in answers] == [303, 303]
    assert known(await browser.get(NEXT)) == "Ann"
    assert await entrants(app) == [("Ann", "ann@example.org", False)]
    sessions = await stored(app, "SELECT entrant_id FROM entrant_sessions")
    assert len(sessions) == 2, "one in each campaign"


async def test_a_form_of_another_sites_enters_nobody(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await entered(app, browser)
    ann = await offered(browser)
    for said in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
        answer = await browser.post("/n3xtC/enter", data={"again": ann}, headers=said)
        assert answer.status_code == 403
    assert await entrants(app) == []


async def test_what_the_next_asks_is_asked_with_name_and_e_mail_filled_in(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await entered(app, browser)
    terms = await ask_in_next(app, "I accept the terms", kind="checkbox", required=True)
    page = await browser.get(NEXT)
    for part in ('value="Ann"', 'value="ann@example.org"', f'name="{terms}"', f'href="{ELSE}"'):
        assert part in page.text
    assert hidden(page, "again") is None
    refused = await browser.post("/n3xtC/enter", data=ANN)
    assert refused.status_code == 400
    assert 'value="ann@example.org"' in refused.text
    assert await entrants(app) == []
    assert (await browser.post("/n3xtC/enter", data={**ANN, terms: "yes"})).status_code == 303
    assert await entrants(app) == [("Ann", "ann@example.org", False)]


async def test_a_field_that_came_after_the_card_was_shown_is_asked(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await entered(app, browser)
    ann = await offered(browser)
    terms = await ask_in_next(app, "I accept the terms", kind="checkbox", required=True)
    answer = await browser.post("/n3xtC/enter", data={"again": ann})
    assert answer.status_code == 400
    for part in ('value="Ann"', 'value="ann@example.org"', f'id="{terms}-mistake"'):
        assert part in answer.text
    assert await entrants(app) == []


async def test_nobody_is_offered_where_nobody_can_enter(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await entered(app, browser)
    ann = await offered(browser)
    sql = "UPDATE campaigns SET ends_at = 1 WHERE key = 'n3xtC'"
    await query_write(server_of(app).database, sql)
    assert SAID not in (await browser.get(NEXT)).text
    answer = await browser.post("/n3xtC/enter", data={"again": ann})
    assert answer.status_code == 400
    assert await entrants(app) == []


async def test_a_preview_shows_the_form_that_a_newcomer_sees(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await entered(app, browser)
    sql = "UPDATE campaigns SET published_at = NULL, preview_token = 'seen' WHERE key = 'n3xtC'"
    await query_write(server_of(app).database, sql)
    browser.cookies.set("trk_preview_n3xtC", "seen", path="/n3xtC")
    page = await browser.get(NEXT)
    assert page.status_code == 200
    assert SAID not in page.text
    assert 'name="email"' in page.text


async def test_a_frame_offers_nobody_and_remembers_nobody(
    app: Starlette, browser: httpx.AsyncClient, other: httpx.AsyncClient
) -> None:
    """Not even where the browser sends our cookies, as in a page of the same site."""
    shop = "https://shop.example"
    await entered(app, browser, allowed_origins=[shop])
    ann = await offered(browser)
    framed = {"origin": shop, "page": f"{shop}/bikes"}
    page = await browser.get("/n3xtC/frame", params={"origin": shop})
    assert SAID not in page.text
    assert hidden(page, "again") is None
    refused = await browser.post("/n3xtC/enter", data={**framed, "again": ann})
    assert refused.status_code == 400
    assert await entrants(app) == []
    await other.post("/y2sB7/enter", data={**BOB, **framed})
    assert await offered(other) is None


async def test_what_a_customers_page_knows_enters_no_other_campaign(
    app: Starlette, browser: httpx.AsyncClient, other: httpx.AsyncClient
) -> None:
    """It has the session's token and the browser's secret of its frame, and may know the address:
    good for this one campaign, as whoever allows its origin is told."""
    shop = {"origin": "https://shop.example", "page": "https://shop.example/bikes"}
    await make(app, confirmed_only=True, allowed_origins=[shop["origin"]])
    await make_next(app, confirmed_only=True)
    framed = await browser.post("/y2sB7/enter", data={**ANN, **shop, "browser": "s" * 32})
    [token] = re.findall(r'data-session="([\w-]+)"', framed.text)
    planted = {"cookie": f"trk_entered={token}"}
    assert hidden(await other.get(NEXT, headers=planted), "again") is None
    given = {**ANN, "browser": "s" * 32}
    assert (await other.post("/y2sB7/enter", data=given)).status_code == 303
    assert known(await other.get(PAGE)) == "Ann"
    assert await offered(other) is None
    await other.post((await links(app))[0])
    assert await offered(other) is None
    await other.post("/n3xtC/enter", data=ANN)
    assert await entrants(app) == [("Ann", "ann@example.org", False)]


async def test_a_first_button_that_is_pressed_twice_is_remembered_too(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app)
    await make_next(app)
    form = {**ANN, "browser": hidden(await browser.get(PAGE), "browser")}
    for _ in range(3):
        browser.cookies.clear()  # the first answers are lost
        assert (await browser.post("/y2sB7/enter", data=form)).status_code == 303
    assert await offered(browser) is not None


async def test_a_hostile_name_is_only_a_name(app: Starlette, browser: httpx.AsyncClient) -> None:
    await make(app)
    await make_next(app)
    name = "<b>\u2067A&\"'"
    await browser.post("/y2sB7/enter", data={"name": name, "email": "ann@example.org"})
    page = (await browser.get(NEXT)).text
    assert "<b>" not in page
    assert "&lt;b&gt;" in page
    await press(browser)
    [(stored_name, _, _)] = await entrants(app)
    [(first_name, _, _)] = await entrants(app, "y2sB7")
    assert stored_name == first_name


def from_one_network(app: Starlette) -> httpx.AsyncClient:
    """A browser in a network that is somebody's."""
    transport = httpx.ASGITransport(app=app, client=("93.184.216.34", 1))
    return httpx.AsyncClient(transport=transport, base_url=PUBLIC_URL)


async def test_the_limit_on_unconfirmed_entrants_of_a_network_holds_for_the_card_too(
    app: Starlette,
) -> None:
    async with from_one_network(app) as browser:
        await entered(app, browser, confirmed_only=True)
        for n in range(30):
            async with from_one_network(app) as person:
                who = {"name": "P", "email": f"{n}@example.org"}
                assert (await person.post("/n3xtC/enter", data=who)).status_code == 303
        refused = await press(browser)
        assert refused.status_code == 429
        assert 'value="ann@example.org"' in refused.text
        # Who has confirmed the address is none of those whom the limit counts.
        [first] = [each for each in await links(app) if each.startswith("/y2sB7")]
        await browser.post(first)
        assert (await press(browser)).status_code == 303
        assert (await entrants(app))[-1] == ("Ann", "ann@example.org", True)


async def test_a_friend_whose_address_is_confirmed_counts_at_once(
    app: Starlette, browser: httpx.AsyncClient, other: httpx.AsyncClient
) -> None:
    await confirmed(app, browser)
    async with await api_of(app) as owner:
        assert (await owner.post("/campaigns/n3xtC/actions", json=REFER)).status_code == 201
    await other.post("/n3xtC/enter", data=BOB)
    [bob] = await stored(app, "SELECT id FROM entrants WHERE name = 'Bob'")
    await browser.get(f"{NEXT}?ref={bob['id']}")
    assert (await press(browser)).status_code == 303
    done = "SELECT entrant_id FROM completions WHERE invalidated_at IS NULL"
    assert await stored(app, done) == [{"entrant_id": bob["id"]}]


async def test_a_reward_needs_no_second_confirmation(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    """What was done in the shop before counts and is given in the transaction of entering."""
    await make(app, confirmed_only=True)
    reward = {"kind": "reward", "reward_kind": "shared", "reward_value": "SAVE10"}
    await make_next(app, confirmed_only=True, **reward)
    async with await api_of(app) as owner:
        vip = {"title": "Be VIP", "tracking_name": "VIP"}
        assert (await owner.post("/campaigns/n3xtC/actions", json=vip)).status_code == 201
    await browser.post("/y2sB7/enter", data=ANN)
    await browser.post((await links(app))[0])
    await bring(app, "f" * 32, key="n3xtC")
    async with client_of(app) as shop:
        await shop.post("/n3xtC/beacon", json=beacon(["VIP"]))
    await browser.get(f"{NEXT}?visitor={'f' * 32}")
    assert (await press(browser)).status_code == 303
    assert "SAVE10" in (await browser.get(NEXT)).text


async def test_entering_the_next_is_in_the_language_of_its_page(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app)
    await make_next(app, languages=["de", "ar"])
    await browser.post("/y2sB7/enter", data=ANN)
    page = await browser.get(NEXT, headers={"accept-language": "de"})
    assert "Als <bdi>Ann</bdi> (<bdi>a•••@example.org</bdi>) mitmachen?" in page.text
    assert "Als jemand anderes mitmachen" in page.text
    await browser.get(NEXT, params={"lang": "ar"})
    assert "شارك باسم <bdi>Ann</bdi>" in (await browser.get(NEXT)).text
    await press(browser)
    languages = await stored(app, "SELECT language FROM entrants ORDER BY id")
    assert [row["language"] for row in languages] == ["en", "ar"]


async def test_the_newest_five_are_remembered(app: Starlette, browser: httpx.AsyncClient) -> None:
    await make_next(app)
    async with await api_of(app) as owner:
        for n in range(7):
            await owner.post("/campaigns", json={"name": f"No {n}", "key": f"numb{n}"})
    for n in range(7):
        who = {"name": f"P{n}", "email": f"p{n}@example.org"}
        assert (await browser.post(f"/numb{n}/enter", data=who)).status_code == 303
    assert len(browser.cookies["trk_entered"].split(".")) == 5
    for n in (6, 5, 4, 3, 2):
        assert f"Enter as <bdi>P{n}</bdi>" in (await browser.get(NEXT)).text
        await browser.post(f"/numb{n}/leave")
    assert await offered(browser) is None


@pytest.mark.parametrize("junk", ["x", ".", "a" * 43, ".".join(["b" * 43] * 90), "\u00fc", '"'])
async def test_a_cookie_of_junk_offers_nobody(
    app: Starlette, browser: httpx.AsyncClient, junk: str
) -> None:
    await make_next(app)
    said = {b"cookie": f"trk_entered={junk}".encode()}
    page = await browser.get(NEXT, headers=said)
    assert page.status_code == 200
    assert hidden(page, "again") is None
    assert (await browser.post("/n3xtC/enter", data=ANN, headers=said)).status_code == 303
