"""Prints how many mails and events are lost, and how many go out twice, over stops of a server.

`python -m tests.bench.told [--kills 100] [--stops 60] [--workers 2] [--postgresql]`. People enter a
campaign that confirms each e-mail by a mail, through a slow mail server, and tells an endpoint of
each; meanwhile a worker, the process that stores or the parent is killed at random, or the server
is asked to stop. At the end all that waits is waited for, which takes two minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from email import message_from_bytes
from pathlib import Path
from typing import NamedTuple

import httpx
import psutil
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.backend.receiver import Receiver, add_webhook, receiving
from tests.bench.kills import processes
from tests.ports import free_port
from tests.postgres import private_server
from trk_sdk.testkit.process import Backend
from trk_sdk.testkit.truth import Campaign, make_campaign

_PEOPLE = 2
"""How many enter at the same time."""
_LEASES = 150.0
"""Seconds after which what was under way when its process died has been tried again."""
_QUIET = 15.0
"""Seconds for which it is looked whether anything comes a second time."""


class MailServer:
    """Takes its time with each mail, before it says that it may come, and little to accept it."""

    def __init__(self, choosing: float = 0.02, accepting: float = 0.002) -> None:
        self.taken: Counter[str] = Counter()
        """How often each address was written to."""
        self._choosing, self._accepting = choosing, accepting
        port = free_port()
        self.url = f"smtp://127.0.0.1:{port}"
        self._server = Controller(self, hostname="127.0.0.1", port=port)
        self._server.start()

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        await asyncio.sleep(self._choosing)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        await asyncio.sleep(self._accepting)
        assert isinstance(envelope.content, bytes)
        self.taken[message_from_bytes(envelope.content)["To"]] += 1
        return "250 OK"

    def close(self) -> None:
        """Stop."""
        self._server.stop()


class Entering:
    """People who enter, one after the other, and which of them were told that they have."""

    def __init__(self, campaign: Campaign) -> None:
        self._url = campaign.url.replace("localhost", "127.0.0.1")
        self._numbers = itertools.count()
        self.entered: set[str] = set()

    async def until_gone(self) -> None:
        """Enter until cancelled, or until nobody answers."""
        await asyncio.gather(*[self._enter_again_and_again() for _ in range(_PEOPLE)])

    async def _enter_again_and_again(self) -> None:
        while True:
            number = next(self._numbers)
            email = f"{number}@example.org"
            # Each from a network of their own, or they would be asked to wait.
            headers = {
                "sec-fetch-site": "same-origin",
                "x-forwarded-for": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}",
            }
            async with httpx.AsyncClient(trust_env=False, timeout=30, headers=headers) as client:
                form = {"name": "Ann", "email": email}
                try:
                    answer = await client.post(f"{self._url}/enter", data=form)
                except httpx.TransportError:
                    await asyncio.sleep(0.02)
                    continue
            if answer.status_code == 503:
                await asyncio.sleep(0.02)
                continue
            assert answer.status_code == 303, answer.text
            self.entered.add(email)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--stops", type=int, default=60)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=19)
    parser.add_argument("--minutes", type=float, default=60, help="at most, for each of the two")
    parser.add_argument("--postgresql", action="store_true")
    options = parser.parse_args()
    columns = ("entered", "mails", "lost", "twice", "events", "lost", "twice")
    print(f"{'':<20}" + "".join(f"{column:>9}" for column in columns))
    with tempfile.TemporaryDirectory() as folder, private_server(durable=True) as postgres:
        for what, count in (("kills", options.kills), ("orderly stops", options.stops)):
            if not count:
                continue
            url = postgres.create(what[:5]) if options.postgresql else None
            with (
                closing(Backend(Path(folder, what), url)) as backend,
                closing(MailServer()) as mail_server,
                receiving() as (receiver, address),
            ):
                server = _Run(backend, mail_server, receiver, address, options)
                done, found = asyncio.run(server.run(count, killing=what == "kills"))
                print(f"{f'{done} {what}':<20}" + "".join(f"{each:>9,}" for each in found))


class _Run(NamedTuple):
    """A server, and who is told what happens there."""

    backend: Backend
    mail_server: MailServer
    receiver: Receiver
    address: str
    options: argparse.Namespace

    async def run(self, count: int, *, killing: bool) -> tuple[int, list[int]]:
        """Stop or kill it so many times while people enter, as far as there is time: how many times
        it was, and what `main` prints."""
        backend, choose = self.backend, random.Random(self.options.seed)
        settings = {
            "TRK_WORKERS": str(self.options.workers),
            "TRK_SMTP": self.mail_server.url,
            "TRK_WEBHOOKS_PRIVATE": "1",
        }
        backend.start(settings)
        campaign = make_campaign(backend, ["VIP"], url="", pause=time.sleep, confirmed_only=True)
        add_webhook(backend, campaign.key, f"{self.address}/told", "entrant.created")
        entering = Entering(campaign)
        number = self.options.workers + backend.database.startswith("sqlite")
        done, until = 0, time.monotonic() + self.options.minutes * 60
        while done < count and time.monotonic() < until:
            _say(f"{done} of {count}: {len(entering.entered)} have entered")
            whole = await asyncio.to_thread(processes, backend, number)
            people = asyncio.create_task(entering.until_gone())
            wanted = len(entering.entered) + choose.randrange(5, 20)
            while len(entering.entered) < wanted and not people.done():
                await asyncio.wait([people], timeout=choose.uniform(0.001, 0.02))
            victim = choose.choice([None, *whole]) if killing else None
            end = backend.stop if not killing else backend.kill if victim is None else victim.kill
            await asyncio.to_thread(end)
            gone = whole if victim is None else [victim]
            await asyncio.to_thread(psutil.wait_procs, gone, 30)
            if victim is None:
                await asyncio.to_thread(backend.start, settings)
            people.cancel()
            await asyncio.gather(people, return_exceptions=True)
            done += 1
        await _drained(entering, self.mail_server, self.receiver)
        told = Counter(
            request.event["data"]["entrant"]["email"] for request in self.receiver.at("/told")
        )
        found = [len(entering.entered)]
        for counted in (self.mail_server.taken, told):
            lost = entering.entered - counted.keys()
            found += [len(counted), len(lost), sum(times > 1 for times in counted.values())]
        return done, found


async def _drained(entering: Entering, mail_server: MailServer, receiver: Receiver) -> None:
    """Wait until everybody was told, or until nothing has come for so long that nothing will."""
    came, until = 0, time.monotonic() + _LEASES
    while time.monotonic() < until:
        events = {got.event["data"]["entrant"]["email"] for got in receiver.at("/told")}
        now = mail_server.taken.total() + len(receiver.at("/told"))
        if now > came:
            came, until = now, time.monotonic() + _LEASES
        _say(f"waiting for what was under way: {came} came")
        if not entering.entered - mail_server.taken.keys() and not entering.entered - events:
            await asyncio.sleep(_QUIET)
            break
        await asyncio.sleep(1)
    _say("")


def _say(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
