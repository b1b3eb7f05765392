"""One person with many addresses: slowed down, and with nothing gained in draw and rewards."""

from __future__ import annotations

import asyncio
import html

import pytest
from starlette.applications import Starlette

from tests.backend.campaign_pages import make
from tests.backend.confirmed_only import links, stored
from tests.backend.conftest import client_of
from tests.backend.networks import ELSEWHERE, HERE, enter
from tests.backend.stored import query, query_write
from trk.core.mail import MOST_LINKS
from trk.core.network import UNCONFIRMED
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns


async def count(app: Starlette, what: str = "entrants") -> int:
    return len(await stored(app, f"SELECT * FROM {what}"))


async def test_316_entrants_in_seconds_from_one_address_become_thirty(app: Starlette) -> None:
    await make(app, confirmed_only=True)
    answers = await asyncio.gather(*(enter(app, f"ann+{n}") for n in range(316)))
    refused = [answer for answer in answers if answer.status_code == 429]
    # On PostgreSQL two transactions may see the same thirtieth.
    most = UNCONFIRMED + server_of(app).database.write_lanes - 1
    assert UNCONFIRMED <= await count(app) <= most
    assert await count(app) == 316 - len(refused)
    assert await count(app, "mails") == MOST_LINKS  # all of these addresses are of one mailbox
    assert (await enter(app, "bob", ELSEWHERE)).status_code == 303


async def test_who_is_too_many_is_told_when_with_the_form_as_it_was(app: Starlette) -> None:
    await make(app, confirmed_only=True)
    for n in range(UNCONFIRMED):
        assert (await enter(app, f"p{n}")).status_code == 303
    refused = await enter(app, "ann")
    assert refused.status_code == 429
    page = html.unescape(refused.text)
    assert "Many people have just entered from your network" in page
    assert "otherwise in 60 minutes." in page
    assert 'value="Ann"' in page
    assert 'value="ann@example.org"' in page
    # Who has entered is known as before, and is sent a link.
    assert "Check your e-mail" in (await enter(app, "P7")).text


async def test_a_family_and_an_office_that_confirm_never_meet_the_limit(app: Starlette) -> None:
    await make(app, confirmed_only=True)
    for n in range(3 * UNCONFIRMED):
        assert (await enter(app, f"p{n}")).status_code == 303
        if n % 2:
            async with client_of(app, x_forwarded_for=HERE) as browser:
                assert (await browser.post((await links(app))[-1])).status_code == 303


async def test_one_who_confirms_makes_room_for_one_and_an_hour_makes_room_for_all(
    app: Starlette,
) -> None:
    await make(app, confirmed_only=True)
    for n in range(UNCONFIRMED):
        assert (await enter(app, f"p{n}")).status_code == 303
    assert (await enter(app, "late")).status_code == 429
    async with client_of(app, x_forwarded_for=HERE) as browser:
        await browser.post((await links(app))[0])
    # One is unconfirmed no more, and has made room for another.
    assert [(await enter(app, f"room{n}")).status_code for n in range(3)] == [303, 303, 429]
    database = server_of(app).database
    await query_write(database, "UPDATE entrants SET created_at = created_at - 3600000")
    assert (await enter(app, "late")).status_code == 303


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "nonsense"])
async def test_behind_an_unknown_proxy_nobody_shares_a_network(
    app: Starlette, address: str
) -> None:
    await make(app, confirmed_only=True)
    for n in range(UNCONFIRMED + 2):
        assert (await enter(app, f"p{n}", address)).status_code == 303
    networks = await stored(app, "SELECT network FROM entrants WHERE network IS NOT NULL")
    assert networks == []


async def test_where_nobody_is_asked_to_confirm_only_the_quick_limit_holds(app: Starlette) -> None:
    await make(app)
    for n in range(UNCONFIRMED + 2):
        assert (await enter(app, f"p{n}")).status_code == 303


async def test_no_address_of_a_computer_is_stored_anywhere(app: Starlette) -> None:
    await make(app, confirmed_only=True)
    for address in (HERE, "2a00:1450:4001:800::1"):
        await enter(app, address.replace(":", ""), address)
    rows = await query(server_of(app).database, "SELECT network FROM entrants")
    assert len({row["network"] for row in rows}) == 2
    assert not any(part in row["network"] for row in rows for part in ("8.8", "2a00", "1450"))
