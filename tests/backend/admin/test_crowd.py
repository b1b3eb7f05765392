"""Many who guess passwords at once: the queue is short, and the owner gets in."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Literal
from urllib.parse import urlencode

import pytest
from argon2 import PasswordHasher
from starlette.applications import Starlette

from tests.backend.admin.owning import SIGN_IN, browser_of, set_up
from tests.backend.conftest import PUBLIC_URL, TRUSTED
from tests.backend.malformed import Answered, ask
from trk.app import create_app
from trk.core.rate import SIGN_INS_FROM_ADDRESS, SIGN_INS_OF_ACCOUNT, Limit
from trk.services.passwords import Crowded, Passwords
from trk.settings import Settings
from trk.web.http.rates import Rates
from trk.web.server import server_of

FORM = (b"content-type", b"application/x-www-form-urlencoded")


class Held(PasswordHasher):
    """A hasher whose checks wait until they may go on."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.checked = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002
        self.may_go_on.wait(60)
        self.checked += 1
        return super().verify(hash, password)


@pytest.fixture
async def hasher(sqlite_url: str) -> AsyncIterator[tuple[Starlette, Held]]:
    """A server that Ann has set up, and its hasher."""
    held = Held()
    settings = Settings(database=sqlite_url, public_url=PUBLIC_URL)
    app = create_app(settings, passwords=Passwords(held), tls=TRUSTED)
    async with app.router.lifespan_context(app):
        async with browser_of(app) as browser:
            await set_up(app, browser)
        yield app, held
        held.may_go_on.set()


async def _sign_in(app: Starlette, peer: str, **fields: str) -> Answered:
    body = urlencode({**SIGN_IN, **fields}).encode()
    return await ask(app, "POST", "/admin/sign-in", [FORM], b"", body, peer)


@pytest.mark.parametrize("address", ["10.0.0.66", "127.0.0.1", "fd00::66", "9.9.9.9"])
async def test_120_guesses_at_once_from_one_address_do_not_keep_the_owner_waiting(
    hasher: tuple[Starlette, Held], address: str
) -> None:
    app, held = hasher
    held.may_go_on.clear()
    guesses = [
        asyncio.create_task(_sign_in(app, address, sign_in_email=f"{n}@example.org"))
        for n in range(120)
    ]
    # All but those whose passwords are being checked are answered at once, without a check.
    answered: list[Answered] = []
    for done in asyncio.as_completed(guesses):
        answered.append(await done)
        if len(answered) == 116:
            break
    assert {each.status for each in answered} == {429, 503}
    owner = asyncio.create_task(_sign_in(app, "192.168.1.5"))
    held.may_go_on.set()
    assert (await owner).status == 303
    assert [(await each).status for each in guesses].count(400) == 4
    assert held.checked == 5


async def test_many_addresses_fill_a_short_queue_and_are_told_to_come_back(
    hasher: tuple[Starlette, Held],
) -> None:
    app, held = hasher
    held.may_go_on.clear()
    guesses = [
        asyncio.create_task(_sign_in(app, f"10.0.{n}.1", sign_in_email=f"{n}@example.org"))
        for n in range(100)
    ]
    for answered, done in enumerate(asyncio.as_completed(guesses), 1):
        refused = await done
        assert refused.status == 503
        assert b"Too many people are signing in right now" in refused.body
        if answered == 84:
            break
    held.may_go_on.set()
    await asyncio.gather(*guesses)
    assert held.checked == 16
    assert (await _sign_in(app, "192.168.1.5")).status == 303


async def test_an_address_that_must_wait_takes_no_attempt_from_an_account(
    hasher: tuple[Starlette, Held],
) -> None:
    app, held = hasher
    rates = server_of(app).rates
    for _ in range(SIGN_INS_FROM_ADDRESS.burst):
        rates.wait(SIGN_INS_FROM_ADDRESS, "signing in from", "10.0.0.66")
    for _ in range(2 * SIGN_INS_OF_ACCOUNT.burst):
        refused = await _sign_in(app, "10.0.0.66", sign_in_password="wrong")
        assert refused.status == 429
    assert held.checked == 0
    assert (await _sign_in(app, "192.168.1.5")).status == 303


def test_made_up_visitors_make_no_blocked_account_forgotten() -> None:
    rates, limit = Rates(capacity=1_000, clock=lambda: 0.0), Limit(1, 1)
    assert rates.wait(limit, "signing in to", "ann@example.org") == 0
    for n in range(5_000):
        rates.wait(limit, "beacon of", f"{n:032x}")
    assert rates.wait(limit, "signing in to", "ann@example.org") == 1


async def test_a_full_queue_says_so_to_whoever_sets_a_password(
    hasher: tuple[Starlette, Held],
) -> None:
    app, held = hasher
    held.may_go_on.clear()
    passwords = server_of(app).passwords
    checks = [asyncio.create_task(passwords.verify(None, "x")) for _ in range(16)]
    await asyncio.sleep(0)
    with pytest.raises(Crowded):
        await passwords.hash("correct horse")
    held.may_go_on.set()
    assert await asyncio.gather(*checks) == [False] * 16
    assert await passwords.hash("correct horse")
