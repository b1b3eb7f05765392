"""An e-mail that a browser has confirmed in one campaign is confirmed in the next; no other is."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.campaign_pages import ANN, BOB, PAGE, bring, make
from tests.backend.confirmed_only import links, stored
from tests.backend.confirming import FRAMED, SHOP, back_from, known
from tests.backend.conftest import PUBLIC_URL, api_of, beacon, client_of
from tests.backend.entering_again import (
    NEXT,
    confirmed,
    entered,
    entrants,
    hidden,
    make_next,
    offered,
    press,
)
from tests.backend.referring import REFER
from tests.backend.stored import query_write
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns


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


async def test_a_browsers_secret_lets_in_and_confirms_nothing_elsewhere(
    app: Starlette, browser: httpx.AsyncClient, other: httpx.AsyncClient
) -> None:
    """Who has set it from another host of the domain, or has read it in the page, knows it."""
    await confirmed(app, browser)
    secret = browser.cookies["trk_browser_y2sB7"]
    await other.post("/y2sB7/enter", data={**ANN, "browser": secret})
    assert known(await other.get(PAGE)) == "Ann"
    assert (await press(other)).status_code == 303
    assert await entrants(app) == [("Ann", "ann@example.org", False)]
    assert (await links(app))[-1].startswith("/n3xtC/confirm/")


async def test_a_session_that_was_open_before_the_confirmation_confirms_nothing_elsewhere(
    app: Starlette, browser: httpx.AsyncClient, other: httpx.AsyncClient
) -> None:
    """A thief has entered with her address, and set that session in her browser. She presses the
    button there, and goes back to the shop."""
    await make(app, confirmed_only=True, allowed_origins=[SHOP])
    await make_next(app, confirmed_only=True)
    await other.post("/y2sB7/enter", data=ANN)
    browser.cookies.set("trk_y2sB7", other.cookies["trk_y2sB7"], path="/y2sB7")
    await query_write(server_of(app).database, "UPDATE mails SET topic = 'an earlier one'")
    await browser.post("/y2sB7/enter", data={**ANN, **FRAMED})
    await back_from(app, browser)
    assert await entrants(app, "y2sB7") == [("Ann", "ann@example.org", True)]
    assert (await press(other)).status_code == 303
    assert await entrants(app) == [("Ann", "ann@example.org", False)]


async def test_a_confirmation_is_carried_on_from_the_next_to_the_one_after(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await confirmed(app, browser)
    await press(browser)
    await browser.get(NEXT)
    again = {**ANN, "browser": browser.cookies["trk_browser_n3xtC"]}
    assert (await browser.post("/n3xtC/enter", data=again)).status_code == 303
    async with await api_of(app) as owner:
        third = {"name": "Third", "key": "th1rd", "confirmed_only": True}
        assert (await owner.post("/campaigns", json=third)).status_code == 201
        await owner.delete("/campaigns/y2sB7")
    sent = {"again": hidden(await browser.get("/th1rd/third"), "again")}
    assert (await browser.post("/th1rd/enter", data=sent)).status_code == 303
    assert await entrants(app, "th1rd") == [("Ann", "ann@example.org", True)]
