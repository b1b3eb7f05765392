"""A mail goes out once: also when a server stops, the mail server is slow, or nodes share them."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from typing import Any, Literal

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.backend.connections import held_writes
from tests.backend.mail_servers import Serve
from tests.backend.stopping import terminated
from tests.backend.stored import query, query_write
from trk.clock import now_ms
from trk.core.mail import Mail
from trk.services.jobs import mailer
from trk.services.jobs.mailer import Mailer
from trk.settings import Settings
from trk.store import mails
from trk.store.database import Database
from trk.store.program import Row
from trk_sdk.testkit.process import Backend

Stage = Literal["RCPT", "DATA", ""]
YEAR = 365 * 24 * 3_600_000


class SlowServer:
    """A mail server that is slow at one `stage`: it goes on when it is told to."""

    def __init__(self, serve: Serve, stage: Stage = "", goodbye: str = "221 Bye") -> None:
        self.taken: Counter[str] = Counter()
        """How often each mail was taken, by its Message-ID."""
        self.reached = threading.Event()
        self._go = threading.Event()
        self._stage = stage
        self._goodbye = goodbye
        self.url = serve(self)

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        await self._pause("RCPT")
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        await self._pause("DATA")
        assert isinstance(envelope.content, bytes)
        self.taken[message_from_bytes(envelope.content)["Message-ID"]] += 1
        return "250 OK"

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        return self._goodbye

    async def _pause(self, stage: Stage) -> None:
        if stage == self._stage:
            self.reached.set()
            await asyncio.to_thread(self._go.wait, 30)

    def go_on(self) -> None:
        """Be slow no longer."""
        self._go.set()


@pytest.fixture
def slow(serve: Serve) -> Iterator[Callable[..., SlowServer]]:
    """Makes slow mail servers."""
    made: list[SlowServer] = []

    def make(*stage: Any, **options: Any) -> SlowServer:
        made.append(SlowServer(serve, *stage, **options))
        return made[-1]

    yield make
    for each in made:
        each.go_on()


async def wrote(database: Database, number: int = 1, now: int | None = None) -> None:
    for n in range(number):
        mail = Mail(f"topic {n}", f"{n}@shop.example", "Hello", "Hello\n")
        await database.write(mails.queue, mail, now or now_ms())


def mailer_of(database: Database, server: SlowServer) -> Mailer:
    return Mailer(database, Settings(smtp=server.url))


@asynccontextmanager
async def running(job: Mailer) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(job.run())
    try:
        async with asyncio.timeout(30):
            yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def at(server: SlowServer) -> None:
    """Wait until the mail server has been reached at its slow stage."""
    assert await asyncio.to_thread(server.reached.wait, 30)


async def rows(database: Database) -> list[Row]:
    return await query(database, "SELECT * FROM mails ORDER BY id")


async def leases_run_out(database: Database) -> None:
    await query_write(database, "UPDATE mails SET due_at = 1 WHERE due_at IS NOT NULL")


async def until_sent(database: Database, number: int) -> None:
    while sum(row["sent_at"] is not None for row in await rows(database)) < number:
        pass


async def test_a_stop_waits_for_the_mail_that_is_handed_over_and_leaves_the_others_as_they_were(
    database: Database, slow: Callable[..., SlowServer]
) -> None:
    server = slow("DATA")
    await wrote(database, 3)
    async with running(mailer_of(database, server)) as stopped:
        await at(server)
        stopped.cancel()
        server.go_on()
    first, *others = await rows(database)
    assert (first["sent_at"] is None, first["due_at"]) == (False, None)
    assert [(row["sent_at"], row["attempts"]) for row in others] == [(None, 0)] * 2

    await leases_run_out(database)
    await mailer_of(database, server).work()
    assert sorted(server.taken.values()) == [1, 1, 1]


async def test_a_stop_does_not_wait_for_a_mail_that_is_not_handed_over_yet(
    database: Database, slow: Callable[..., SlowServer]
) -> None:
    server = slow("RCPT")
    await wrote(database)
    async with running(mailer_of(database, server)) as stopped:
        await at(server)
        stopped.cancel()
        await asyncio.gather(stopped, return_exceptions=True)
    [row] = await rows(database)
    # As if nobody had taken it: whoever comes next sends it at once.
    assert (row["attempts"], row["sent_at"], row["due_at"] <= now_ms()) == (0, None, True)
    server.go_on()
    await mailer_of(database, server).work()
    assert list(server.taken.values()) == [1]


async def test_a_mail_that_another_node_has_taken_meanwhile_is_not_handed_over(
    database: Database, slow: Callable[..., SlowServer]
) -> None:
    server, quick = slow("RCPT"), slow()
    await wrote(database)
    late = asyncio.create_task(mailer_of(database, server).work())
    await at(server)
    await leases_run_out(database)
    await mailer_of(database, quick).work()
    server.go_on()
    await late
    assert server.taken + quick.taken == Counter(dict.fromkeys(quick.taken, 1))


async def test_the_lease_of_a_mail_under_way_is_renewed_however_slow_the_mail_server_is(
    database: Database, slow: Callable[..., SlowServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailer, "_RENEWED", 0.02)
    server, quick = slow("DATA"), slow()
    await wrote(database)
    async with running(mailer_of(database, server)):
        await at(server)
        await query_write(database, f"UPDATE mails SET due_at = {now_ms() + 1000}")
        while (await rows(database))[0]["due_at"] < now_ms() + mails.LEASE - 20_000:
            pass
        await mailer_of(database, quick).work()
        server.go_on()
        await until_sent(database, 1)
    assert (list(server.taken.values()), list(quick.taken.values())) == ([1], [])


async def test_three_nodes_with_a_slow_mail_server_send_each_mail_once(
    database: Database, slow: Callable[..., SlowServer]
) -> None:
    server = slow()
    await wrote(database, 12)
    nodes = [mailer_of(database, server) for _ in range(3)]
    await asyncio.gather(*[node.work() for node in nodes])
    assert sorted(server.taken.values()) == [1] * 12


async def test_a_mail_server_that_is_rude_after_it_has_taken_a_mail_gets_it_once(
    database: Database, slow: Callable[..., SlowServer]
) -> None:
    server = slow(goodbye="500 Whatever")
    await wrote(database)
    await mailer_of(database, server).work()
    [row] = await rows(database)
    assert (row["error"], row["sent_at"] is None) == (None, False)
    assert list(server.taken.values()) == [1]


async def test_what_was_sent_is_stored_however_long_the_database_is_held(
    database: Database, database_url: str, slow: Callable[..., SlowServer]
) -> None:
    server = slow("DATA")
    await wrote(database)
    async with running(mailer_of(database, server)):
        await at(server)
        async with held_writes(database_url, "mails"):
            server.go_on()
            await asyncio.sleep(4)  # longer than anybody waits for a lock
        await until_sent(database, 1)
    [row] = await rows(database)
    assert (row["attempts"], list(server.taken.values())) == (1, [1])


async def test_what_was_queued_or_tried_while_the_clock_was_a_year_ahead_is_due_now(
    database: Database, slow: Callable[..., SlowServer]
) -> None:
    server = slow()
    later = now_ms() + YEAR
    await wrote(database, 3, later)
    # One was tried then and failed, and of one the lease is still that of then.
    [failing, leased] = await database.write(mails.take, 2, later)
    await database.write(mails.failed, failing, "OSError: away", later)
    assert leased.attempts == 1
    await mailer_of(database, server).work()
    assert sorted(server.taken.values()) == [1, 1, 1]
    assert await database.write(mails.take, 9, later) == []


async def test_of_a_mail_that_waits_for_its_next_try_nothing_is_sent_before(
    database: Database, slow: Callable[..., SlowServer]
) -> None:
    server = slow()
    await wrote(database)
    [due] = await database.write(mails.take, 1, now_ms())
    await database.write(mails.failed, due, "OSError: away", now_ms())
    await mailer_of(database, server).work()
    assert server.taken == Counter()


@pytest.mark.once
async def test_a_server_that_is_asked_to_stop_ends_in_order_once_the_mail_is_handed_over(
    backend: Backend, slow: Callable[..., SlowServer]
) -> None:
    server = slow("DATA")
    database = Database(backend.database)
    await database.open()
    await wrote(database, 2)
    backend.start({"TRK_SMTP": server.url, "TRK_STOP_TIMEOUT": "1"})
    await at(server)
    status = asyncio.create_task(asyncio.to_thread(terminated, backend))
    # Longer than it waits for anything else: TRK_STOP_TIMEOUT and 5 seconds.
    await asyncio.sleep(7)
    assert not status.done()
    server.go_on()
    assert await status == 0
    assert [row["sent_at"] is None for row in await rows(database)] == [False, True]

    await leases_run_out(database)
    backend.start({"TRK_SMTP": server.url})
    await until_sent(database, 2)
    backend.stop()
    await database.close()
    assert sorted(server.taken.values()) == [1, 1]
