"""Two entrants of whom each is the other's friend, in two campaigns, and what touches both: at
once and many times. It all comes out as if one thing came after the other, and nobody stands in a
circle (see docs/decisions/one-order-of-locks.md)."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable, Sequence
from itertools import count
from typing import Any, NamedTuple

import msgspec
import pytest

from tests.backend.at_once import given_up
from tests.backend.linking import minted, sent
from tests.backend.stored import NOW, claims, query, visitor
from trk.core.campaign import Campaign
from trk.core.drafts import ActionDraft, CampaignDraft
from trk.services import corrections, leaving_out
from trk.services.actions import make_action
from trk.services.campaigns import make_campaign
from trk.services.code_uploads import add_codes
from trk.store import actions, answers, confirmations, erasure, people, undoing
from trk.store.arrivals import Came
from trk.store.beacons import store
from trk.store.confirmations import Here, NewLink
from trk.store.corrections import Cause
from trk.store.database import Database
from trk.store.errors import Duplicate
from trk.store.friend_completions import FriendRefused
from trk.store.program import Program, Transaction

Programs = dict[str, Program[Any]]

_beacons = count(1)


class Person(NamedTuple):
    """Somebody with a browser: `n` is their visitor's number."""

    n: int

    @property
    def email(self) -> str:
        return f"{self.n}@mail{self.n}.example"

    def enters(self, campaign: Campaign, referrer: int | None = None) -> Program[Any]:
        return lambda tx: confirmations.enter(
            tx,
            campaign,
            Came(browser=f"browser {self.n}"),
            NewLink(f"link {campaign.key} {self.n}", "https://track.test/x", ""),
            now=NOW,
            browser=f"browser {self.n}",
            referrer=referrer,
            name="Somebody",
            email=self.email,
            session_hash=f"session {campaign.key} {self.n}",
            visitor=visitor(self.n),
        )

    def confirms(self, campaign: Campaign, *, elsewhere: bool = False) -> Program[Any]:
        """Opens the mailed link, in the browser in which they have entered or in another one."""
        session = None if elsewhere else f"session {campaign.key} {self.n}"
        came = Came(browser="elsewhere" if elsewhere else f"browser {self.n}")
        link, new = f"link {campaign.key} {self.n}", f"new session {campaign.key} {self.n}"
        return lambda tx: confirmations.go_on_here(
            tx, campaign, link, Here(session, came), new, NOW
        )

    def erased(self, campaign: Campaign) -> Program[Any]:
        async def program(tx: Transaction) -> None:
            [found] = [
                each
                for each in await people.by_email(tx, self.email)
                if each.campaign_key == campaign.key
            ]
            await erasure.forget(tx, found, await people.linked(tx, found), 0, NOW)

        return program


class Both(NamedTuple):
    """In `one`, Ann has brought Bob, in `two`, Bob has brought Ann; by id, in the order of
    entering."""

    ann: Person
    bob: Person
    one: Campaign
    two: Campaign
    in_one: list[int]
    in_two: list[int]

    def push(self, *each: tuple[Person, Campaign, list[str | None]]) -> Program[Any]:
        group = [sent(next(_beacons), who.n, pair, key=to.key) for who, to, pair in each]
        return lambda tx: store(tx, group)


async def campaign_of(database: Database, *, confirmed_only: bool) -> Campaign:
    draft = CampaignDraft("Thanks", kind="reward")
    draft = msgspec.structs.replace(draft, reward_kind="codes", confirmed_only=confirmed_only)
    campaign = await database.write(make_campaign, draft)
    for name in ("First", "Second", "Order"):
        action = ActionDraft(name, name, verification="question_or_tracking")
        action = msgspec.structs.replace(action, question="?", unique_value=name == "Order")
        await database.write(make_action, campaign, action)
    refer = ActionDraft("Refer", "Refer", verification="referral")
    await database.write(make_action, campaign, refer)
    await add_codes(database, campaign, [f"code {n}" for n in range(9)])
    return campaign


async def both_in(database: Database, turn: int, *, confirmed_only: bool = False) -> Both:
    ann, bob = Person(10 * turn + 1), Person(10 * turn + 2)
    one, two = [await campaign_of(database, confirmed_only=confirmed_only) for _ in "12"]
    entered = []
    for campaign, first, friend in ((one, ann, bob), (two, bob, ann)):
        referrer, _ = await database.write(first.enters(campaign))
        brought, _ = await database.write(friend.enters(campaign, referrer.id))
        entered.append([referrer.id, brought.id])
    return Both(ann, bob, one, two, *entered)


@pytest.fixture
async def servers(database: Database, database_url: str) -> AsyncIterator[Sequence[Database]]:
    """Two servers on one database."""
    other = Database(database_url)
    await other.open()
    yield database, other
    await other.close()


def turns(database: Database) -> range:
    return range(2 if database.sqlite else 15)


def shuffled(programs: Programs, turn: int) -> Programs:
    names = list(programs)
    random.Random(turn).shuffle(names)
    return {name: programs[name] for name in names}


async def test_each_brings_the_other_while_both_complete(servers: Sequence[Database]) -> None:
    [database, _] = servers
    for turn in turns(database):
        ann, bob = Person(10 * turn + 1), Person(10 * turn + 2)
        one, two = [await campaign_of(database, confirmed_only=False) for _ in "12"]
        first, _ = await database.write(ann.enters(one))
        second, _ = await database.write(bob.enters(two))
        both = Both(ann, bob, one, two, [first.id], [second.id])
        programs = {
            "Bob enters": bob.enters(one, first.id),
            "Ann enters": ann.enters(two, second.id),
            "both push": both.push((ann, one, ["First"]), (bob, two, ["First"])),
            "both push, Bob first": both.push(
                (bob, one, ["First"]), (ann, two, ["First"]), (bob, two, ["Second"])
            ),
        }
        assert await given_up(servers, shuffled(programs, turn)) == []
        assert [len(await claims(database, each)) for each in (one, two)] == [2, 2]


async def test_each_confirms_while_beacons_of_both_complete(servers: Sequence[Database]) -> None:
    [database, _] = servers
    for turn in turns(database):
        both = await both_in(database, turn, confirmed_only=True)
        ann, bob, one, two, *_ = both
        for campaign, referrer in ((one, ann), (two, bob)):
            await database.write(referrer.confirms(campaign))
        programs = {
            "Bob confirms": bob.confirms(one),
            "Ann confirms": ann.confirms(two),
            "both push": both.push((bob, one, ["First"]), (ann, one, ["First"])),
            "both push, elsewhere": both.push((bob, two, ["First"]), (ann, two, ["First"])),
            "both push to both": both.push(
                (ann, two, ["Second"]),
                (bob, one, ["Second"]),
                (ann, one, ["Second"]),
                (bob, two, ["Second"]),
            ),
        }
        assert await given_up(servers, shuffled(programs, turn)) == []
        for campaign in (one, two):
            assert len(await claims(database, campaign)) == 2
        brought = await query(
            database,
            "SELECT id FROM completions WHERE source = 'referral' AND invalidated_at IS NULL "
            f"AND campaign_id IN ({one.id}, {two.id})",
        )
        assert len(brought) == 2


async def corrected(database: Database, both: Both) -> tuple[Both, list[int]]:
    """Both have used a value and completed something, and all of it was invalidated; the ids."""
    ann, bob, one, *_ = both
    await database.write(both.push((bob, one, ["Order", "2"]), (ann, one, ["Order", "1"])))
    found = await query(database, f"SELECT id FROM completions WHERE campaign_id = {one.id}")
    ids = [row["id"] for row in found]
    await database.write(
        corrections.each, corrections.invalidate, one, ids, Cause("x", NOW, "step")
    )
    return both, ids


def restores(both: Both, ids: list[int]) -> Programs:
    return {
        "restores": lambda tx: corrections.each(
            tx, corrections.restore, both.one, ids, Cause("x", NOW, "again")
        ),
        "undoes": lambda tx: undoing.undo(tx, both.one, "step", NOW),
        "invalidates": lambda tx: corrections.each(
            tx, corrections.invalidate, both.one, ids[::-1], Cause("x", NOW)
        ),
    }


def leaves_out(both: Both, ids: list[int]) -> Programs:
    chosen = both.in_one[::-1]
    return {
        "blocks": lambda tx: corrections.each(
            tx, corrections.block, both.one, chosen, Cause("x", NOW)
        ),
        "leaves out": lambda tx: leaving_out.several(tx, both.one, chosen, Cause("y", NOW, "out")),
        "lets in": lambda tx: corrections.each(
            tx, corrections.unblock, both.one, chosen, Cause("x", NOW)
        ),
    }


def erases(both: Both, ids: list[int]) -> Programs:
    return {
        "Ann is erased": both.ann.erased(both.one),
        "Bob confirms": both.bob.confirms(both.one, elsewhere=True),
    }


async def completes(database: Database, both: Both) -> Programs:
    """Both complete, one uses what was the other's value, and one is linked to another browser."""
    ann, bob, one, _, (first, second), _ = both
    known = await database.read(actions.of_campaign, one.id)
    [order] = [each for each in known if each.tracking_name == "Order"]
    token = f"token of {second}"
    await minted(database, one, second, token)
    linking = sent(next(_beacons), ann.n + 5, ["First"], key=one.key, xref=token)
    return {
        "both push": both.push((bob, one, ["First"]), (ann, one, ["Second"])),
        "Ann uses Bob's value": lambda tx: answers.give(tx, one, order, first, "2", NOW),
        "another browser is Bob's": lambda tx: store(tx, [linking]),
    }


@pytest.mark.parametrize(
    ("one", "other"),
    [(restores, leaves_out), (restores, erases), (leaves_out, erases)],
    ids=lambda each: each.__name__,
)
async def test_both_are_corrected_while_both_complete(
    one: Callable[[Both, list[int]], Programs],
    other: Callable[[Both, list[int]], Programs],
    servers: Sequence[Database],
) -> None:
    [database, _] = servers
    for turn in turns(database):
        both, ids = await corrected(database, await both_in(database, turn))
        programs = {**one(both, ids), **other(both, ids), **await completes(database, both)}
        # By then somebody may have used a value, or a friend may be blocked.
        refused = (Duplicate, FriendRefused)
        assert await given_up(servers, shuffled(programs, turn), *refused) == []
