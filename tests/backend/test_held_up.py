"""Whatever takes longer the more there is does not hold up the writer: it goes in small parts, or
finds what it needs without looking through the rest."""

from __future__ import annotations

from functools import partial

import httpx
import msgspec
import pytest
from starlette.applications import Starlette

from tests.backend.calls import action, call, entered, made
from tests.backend.in_parts import between
from tests.backend.steps import needs_no_more_for_many, numbers, steps
from tests.backend.stored import NOW, campaign_in, enter, query, query_write, visitor
from trk.core.campaign import Campaign
from trk.core.drafts import ActionDraft, CampaignDraft, PrizeDraft
from trk.core.mail import Mail
from trk.core.webhook import LONGEST_PAUSE
from trk.services import giving
from trk.services.actions import make_action
from trk.services.campaigns import change_campaign, delete_campaign, make_campaign
from trk.services.drafts import campaign_draft_of
from trk.services.jobs.reward_giver import RewardGiver
from trk.store import (
    confirmations,
    deletion,
    deliveries,
    erasure,
    mails,
    people,
    prizes,
    rewards,
    webhooks,
    winning,
)
from trk.store.arrivals import Came
from trk.store.database import Database
from trk.store.program import Transaction
from trk.store.webhooks import Endpoint
from trk.web.server import server_of

HOOK = "/campaigns/y2sB7/webhooks"


async def queued(database: Database, campaign: Campaign, count: int, due_at: int) -> int:
    """A webhook for which so many deliveries wait."""
    hook = await database.write(
        webhooks.add, campaign, "https://x.example", ["action.completed"], "whsec_", NOW
    )
    await query_write(
        database,
        "INSERT INTO webhook_deliveries "
        "(campaign_id, webhook_id, type, subject_id, queued_at, due_at) "
        f"{numbers(1, count)}SELECT {campaign.id}, {hook.id}, 'action.completed', n, {NOW}, "
        f"{due_at} + n FROM n",
    )
    return hook.id


@pytest.mark.parametrize("due_at", [0, NOW + 1_000], ids=["due", "due later"])
async def test_taking_some_deliveries_does_not_look_through_all_that_wait(
    sqlite_database: Database, due_at: int
) -> None:
    database = sqlite_database
    campaign = await database.write(make_campaign, CampaignDraft("Win", key="y2sB7"))
    found = []
    for count in (30, 3_000):
        of = Endpoint(campaign.id, await queued(database, campaign, count, due_at))
        found.append(
            await steps(database, partial(deliveries.take, endpoint=of, limit=20, now=NOW))
        )
    assert found[1] < 1.5 * found[0] + 5, found


async def test_what_is_due_is_taken_first_then_what_was_queued_while_the_clock_was_ahead(
    database: Database,
) -> None:
    campaign = await database.write(make_campaign, CampaignDraft("Win", key="y2sB7"))
    of = Endpoint(
        campaign.id, await queued(database, campaign, 4, NOW - 2)
    )  # due: two now, two soon
    ahead = NOW + 2 * LONGEST_PAUSE
    await query_write(database, f"UPDATE webhook_deliveries SET due_at = {ahead} WHERE id = 4")
    assert [each.id for each in await database.write(deliveries.take, of, 1, NOW)] == [1]
    taken = await database.write(deliveries.take, of, 9, NOW)
    assert sorted(each.id for each in taken) == [2, 4]


async def test_a_webhook_with_a_long_log_is_removed_a_part_at_a_time(
    app: Starlette, api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "_PART", 2)
    await made(api)
    await action(api)
    database = server_of(app).database
    hook = await queued(database, await campaign_in(database), 5, NOW)
    other = await queued(database, await campaign_in(database), 3, NOW)
    seen: list[tuple[bool, int]] = []

    async def look() -> None:
        rows = await query(
            database,
            "SELECT w.off_at, (SELECT COUNT(*) FROM webhook_deliveries AS d "
            f"WHERE d.webhook_id = w.id) AS n FROM webhooks AS w WHERE w.id = {hook}",
        )
        seen.extend((row["off_at"] is None, row["n"]) for row in rows)

    with between(database, lambda program: program is webhooks.clear, look):
        assert (await api.delete(f"{HOOK}/{hook}")).status_code == 204
    assert seen == [(False, 3), (False, 1), (False, 0)]
    left = await query(database, "SELECT webhook_id FROM webhook_deliveries")
    assert [row["webhook_id"] for row in left] == [other] * 3
    assert (await api.delete(f"{HOOK}/{hook}")).status_code == 404


async def test_the_mails_of_a_deleted_campaign_are_not_sent_though_they_are_there_still(
    database: Database,
) -> None:
    campaign = await database.write(make_campaign, CampaignDraft("Win", key="y2sB7"))
    for name, owner in (("theirs", campaign.id), ("mine", "NULL")):
        await query_write(
            database,
            "INSERT INTO mails (campaign_id, topic, recipient, subject, body, queued_at, due_at) "
            f"VALUES ({owner}, '{name}', 'a@example.org', 's', 'b', 1, 1)",
        )
    await database.write(deletion.delete_campaign, campaign, NOW)
    taken = await database.write(mails.take, 9, NOW)
    assert [due.mail.topic for due in taken] == ["mine"]
    await delete_campaign(database, campaign)
    assert [row["topic"] for row in await query(database, "SELECT topic FROM mails")] == ["mine"]


@pytest.mark.usefixtures("large")
async def test_rewards_by_new_rules_are_given_to_some_at_a_time_in_the_order_of_earning_them(
    app: Starlette, api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(giving, "GIVEN", 2)
    await made(api, "reward", reward_kind="codes", reward_after=2)
    await action(api, "A1")
    await action(api, "A2")
    database, order = server_of(app).database, [3, 1, 5, 2, 4]
    for number in range(1, 6):
        await entered(app, number)
    for n, number in enumerate(order):
        body = call(n, ["A1"], visitor=visitor(number))
        assert (await api.post("/campaigns/y2sB7/beacons", json=body)).status_code == 200
    answer = await api.post("/campaigns/y2sB7/codes", content="A\nB\nC\nD\n")
    assert answer.status_code == 201, answer.text
    with between(database, lambda program: program is rewards.grant) as parts:
        answer = await api.patch("/campaigns/y2sB7", json={"reward_after": 1})
        assert answer.status_code == 200, answer.text
    assert [part.result for part in parts] == [2, 2, 0]
    claims = await query(database, "SELECT entrant_id, value FROM claims ORDER BY id")
    assert {row["entrant_id"] for row in claims} == {3, 1, 5, 2}
    assert [row["value"] for row in claims][:2] != [row["value"] for row in claims][2:]
    assert len(await query(database, "SELECT id FROM mails WHERE entrant_id IS NOT NULL")) == 4
    with between(database, lambda program: program is rewards.grant) as parts:
        await api.patch("/campaigns/y2sB7", json={"description": "Hello"})
    assert parts == [], "nothing is given anew by a change of anything else"


@pytest.mark.usefixtures("large")
async def test_who_is_left_without_a_reward_when_the_process_dies_gets_it_from_the_job(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await made(api, "reward", reward_kind="shared", reward_value="X", reward_after=2)
    await action(api, "A1")
    await action(api, "A2")
    for number in (1, 2):
        await entered(app, number)
        body = call(number, ["A1"], visitor=visitor(number))
        assert (await api.post("/campaigns/y2sB7/beacons", json=body)).status_code == 200
    database = server_of(app).database
    campaign = await campaign_in(database)
    draft = msgspec.structs.replace(campaign_draft_of(campaign), reward_after=1)
    await database.write(change_campaign, campaign, draft)  # and then it died
    assert await query(database, "SELECT id FROM claims") == []
    await RewardGiver(database).work()
    assert len(await query(database, "SELECT id FROM claims")) == 2


async def test_erasing_a_person_does_not_look_through_the_tokens_of_all(
    sqlite_database: Database,
) -> None:
    database = sqlite_database
    campaign = await database.write(make_campaign, CampaignDraft("Win", key="y2sB7"))
    await database.write(make_action, campaign, ActionDraft("Buy", "Purchase"))
    entrant, other = [await enter(database, campaign, number) for number in (1, 2)]
    person = people.CampaignEntrant(entrant, campaign.id, campaign.key, campaign.name)
    known = await database.read(people.linked, person)
    await needs_no_more_for_many(
        database,
        partial(erasure.forget, person=person, known=known, seen_to=0, now=NOW),
        "xrefs (token_hash, campaign_id, entrant_id, action_id, minted_at, expires_at)",
        f"'x' || n, {campaign.id}, {other}, 1, 1, 1",
    )


@pytest.mark.parametrize("deed", ["a winner is written to", "accepts", "comes back by a link"])
async def test_what_one_entrant_does_does_not_look_through_all(
    sqlite_database: Database, deed: str
) -> None:
    database = sqlite_database
    campaign = await database.write(make_campaign, CampaignDraft("Win", key="y2sB7"))
    who, until = await enter(database, campaign, 1), NOW + 1
    await database.write(prizes.add, campaign, PrizeDraft("Bike"))
    for sql in (
        f"INSERT INTO draws (campaign_id, seed, made_at) VALUES ({campaign.id}, 's', 1)",
        "INSERT INTO winners (campaign_id, draw_id, n, prize_id, entrant_id, drawn_at, answer_by) "
        f"VALUES ({campaign.id}, 1, 1, 1, {who}, 1, {until})",
        "INSERT INTO confirmations (campaign_id, token_hash, entrant_id, expires_at, "
        "browser_hash, hand_over) "
        f"VALUES ({campaign.id}, 'back', {who}, {until}, 'b', 1)",
    ):
        await query_write(database, sql)
    letter, here = (
        Mail("winner 1 1", "a@b.c", "s", "b"),
        confirmations.Here(None, Came(browser="b")),
    )

    async def program(tx: Transaction) -> None:
        if deed == "a winner is written to":
            token = {"answer_hash": "a", "answer_by": until, "now": NOW}
            done = await winning.tell(tx, campaign, 1, 1, who, letter, **token)  # type: ignore[arg-type]
        elif deed == "accepts":
            won = winning.WonPrize(1, 1, 1, "", "", until, None, None, False)
            done = await winning.accept(tx, campaign, won, NOW)
        else:
            done = await confirmations.come_back(tx, campaign, "back", here, "s", NOW)
        assert done

    await needs_no_more_for_many(
        database,
        program,
        "entrants (campaign_id, name, email, email_folded, created_at)",
        f"{campaign.id}, 'x', 'x' || n, 'x' || n, 1",
    )
