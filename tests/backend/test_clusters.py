"""Who may be one person: clusters, the biggest first; and leaving them out with one reason."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.calls import competition, end, entered, made, mistake, prize
from tests.backend.campaign_pages import make
from tests.backend.networks import ELSEWHERE, HERE
from tests.backend.networks import enter as enter_from
from tests.backend.stored import (
    NOW,
    campaign_in,
    campaign_with,
    enter,
    query,
    query_write,
    told,
    visitor,
)
from trk.core.campaign import Campaign
from trk.core.drafts import ActionDraft, CampaignDraft
from trk.services import corrections
from trk.services.actions import make_action
from trk.services.campaigns import make_campaign
from trk.store import clusters, entrants, leaving_out
from trk.store.corrections import Cause
from trk.store.database import Database
from trk.store.entrants import EntrantFilter
from trk.store.pages import Span
from trk.store.writer import Writer
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns


async def crowd(database: Database, networks: list[str | None]) -> tuple[Campaign, list[int]]:
    """A campaign whose entrants come from these networks, in this order."""
    campaign = await campaign_with(database)
    people = [await enter(database, campaign, n) for n in range(len(networks))]
    for each, network in zip(people, networks, strict=True):
        if network is not None:
            await query_write(
                database, f"UPDATE entrants SET network = '{network}' WHERE id = {each}"
            )
    return campaign, people


async def sizes(database: Database, campaign: Campaign, kind: clusters.Kind) -> list[int]:
    found = await database.read(clusters.of_campaign, campaign, kind)
    assert found.number == len(found.biggest)
    assert found.entrants == sum(each.size for each in found.biggest)
    return [each.size for each in found.biggest]


async def listed(database: Database, campaign: Campaign, **which: Any) -> list[int]:
    page = await database.read(entrants.listed, campaign, Span(limit=1000), EntrantFilter(**which))
    return [row.id for row in page.rows]


async def test_those_of_one_network_are_one_cluster_and_the_biggest_comes_first(
    database: Database,
) -> None:
    campaign, people = await crowd(database, ["a", "b", None, "b", "b", "a", "c", None])
    await query_write(
        database,
        f"UPDATE entrants SET confirmed_at = 5, created_at = {NOW + 7} WHERE id = {people[3]}",
    )
    found = await database.read(clusters.of_campaign, campaign, "network")
    assert (found.number, found.entrants) == (2, 5)
    three, two = found.biggest
    assert (three.size, three.confirmed, three.first_at, three.last_at) == (3, 1, NOW, NOW + 7)
    assert [each for each, _ in three.some] == [people[1], people[3], people[4]]
    assert [each for each, _ in two.some] == [people[0], people[5]]
    assert await listed(database, campaign, shares="network", around=people[4]) == [
        people[n] for n in (1, 3, 4)
    ]
    assert await listed(database, campaign, shares="network") == [
        people[n] for n in (0, 1, 3, 4, 5)
    ]
    assert await listed(database, campaign, confirmed=True) == [people[3]]
    by_id = await database.read(entrants.by_id, campaign, people[1])
    assert by_id is not None
    assert (by_id.same_network, by_id.same_mailbox) == (2, 0)


async def test_those_of_one_mailbox_are_one_cluster_however_it_is_spelt(app: Starlette) -> None:
    await make(app)
    for email in ("a.nn@gmail.com", "ann+1@googlemail.com", "ANN@gmail.com", "ann@example.org"):
        assert (await enter_from(app, "", email=email)).status_code == 303
    database = server_of(app).database
    campaign = await campaign_in(database)
    assert await sizes(database, campaign, "mailbox") == [3]
    assert await sizes(database, campaign, "browser") == []


async def test_those_who_share_a_browser_are_one_cluster(database: Database) -> None:
    campaign, people = await crowd(database, [None] * 5)
    for n in (1, 2):
        await database.write(entrants.link_visit, campaign, visitor(0), people[n], NOW)
    assert await sizes(database, campaign, "browser") == [3]
    everyone = [people[n] for n in (0, 1, 2)]
    assert await listed(database, campaign, shares="browser") == everyone
    for n in (0, 1, 2):
        assert await listed(database, campaign, shares="browser", around=people[n]) == everyone
    assert await listed(database, campaign, shares="browser", around=people[4]) == [people[4]]


@pytest.mark.parametrize("kind", clusters.KINDS)
async def test_another_campaigns_entrants_are_in_no_cluster_here(
    database: Database, kind: clusters.Kind
) -> None:
    campaign, people = await crowd(database, ["a", "a"])
    other = await database.write(make_campaign, CampaignDraft("Other", key="other1"))
    await database.write(entrants.link_visit, campaign, visitor(0), people[1], NOW)
    await query_write(database, "UPDATE entrants SET mailbox = 'm'")
    stranger = await enter(database, other, 0)
    await query_write(
        database, f"UPDATE entrants SET network = 'a', mailbox = 'm' WHERE id = {stranger}"
    )
    assert await sizes(database, campaign, kind) == [2]
    assert await sizes(database, other, kind) == []
    assert await listed(database, other, shares=kind, around=people[0]) == []
    assert (
        await database.write(leaving_out.all_but_one, other, kind, people[0], Cause("x", NOW)) == []
    )
    assert await listed(database, campaign, shares=kind, around=stranger) == []


async def test_the_biggest_twenty_are_told_and_all_are_counted(database: Database) -> None:
    networks = [f"n{n // 2}" for n in range(2 * clusters.MOST + 4)]
    campaign, _ = await crowd(database, [*networks, "n0"])
    found = await database.read(clusters.of_campaign, campaign, "network")
    assert (found.number, found.entrants) == (clusters.MOST + 2, len(networks) + 1)
    assert [each.size for each in found.biggest] == [3, *[2] * (clusters.MOST - 1)]


async def test_all_of_a_cluster_but_one_are_left_out_and_can_be_taken_back(
    database: Database, writer: Writer
) -> None:
    draft = CampaignDraft("Win", key="y2sB7", kind="reward", reward_kind="shared", reward_value="X")
    campaign = await database.write(make_campaign, draft)
    await database.write(make_action, campaign, ActionDraft("Buy", "Purchase"))
    people = [await enter(database, campaign, n) for n in range(6)]
    await query_write(database, "UPDATE entrants SET network = 'a'")
    await query_write(database, f"UPDATE entrants SET network = 'b' WHERE id = {people[5]}")
    await query_write(database, f"UPDATE entrants SET confirmed_at = 5 WHERE id = {people[2]}")
    await database.write(corrections.block, campaign, people[0], Cause("before", NOW))
    left = await database.write(
        leaving_out.all_but_one, campaign, "network", people[1], Cause("One person.", NOW + 1)
    )
    assert left == [people[n] for n in (1, 3, 4)]
    assert await listed(database, campaign, blocked=False) == [people[2], people[5]]
    assert await sizes(database, campaign, "network") == []
    assert (await told(writer, 1, ["Purchase"], by=3)).pairs != ["unlocked"]
    [group] = await database.read(leaving_out.groups, campaign)
    assert (group.at, group.reason, group.entrants) == (NOW + 1, "One person.", 3)
    rows = await query(database, "SELECT kind, entrant_id, reason FROM corrections ORDER BY id")
    assert [(row["kind"], row["entrant_id"]) for row in rows][1:] == [
        ("blocked", each) for each in left
    ]
    back = await database.write(
        leaving_out.take_back, campaign, NOW + 1, Cause("A family.", NOW + 2)
    )
    assert sorted(back) == left
    assert await listed(database, campaign, blocked=True) == [people[0]]
    assert await database.read(leaving_out.groups, campaign) == []
    rows = await query(database, "SELECT kind FROM corrections ORDER BY id")
    assert [row["kind"] for row in rows][4:] == ["unblocked"] * 3


async def test_who_earned_a_reward_before_gets_it_when_the_leaving_out_is_taken_back(
    database: Database, writer: Writer
) -> None:
    draft = CampaignDraft("Win", key="y2sB7", kind="reward", reward_kind="codes")
    campaign = await database.write(make_campaign, draft)
    await database.write(make_action, campaign, ActionDraft("Buy", "Purchase"))
    people = [await enter(database, campaign, n) for n in range(3)]
    for n in range(3):
        await told(writer, n + 1, ["Purchase"], by=n)
    await database.write(leaving_out.several, campaign, people[:2], Cause("One person.", NOW))
    await query_write(
        database,
        f"INSERT INTO reward_codes (campaign_id, code) VALUES ({campaign.id}, 'A'), "
        f"({campaign.id}, 'B')",
    )
    assert await query(database, "SELECT * FROM claims") == []
    await database.write(leaving_out.take_back, campaign, NOW, Cause("A family.", NOW + 1))
    claims = await query(database, "SELECT entrant_id FROM claims ORDER BY entrant_id")
    assert [row["entrant_id"] for row in claims] == people[:2]


async def test_all_who_are_unconfirmed_are_left_out_at_once(database: Database) -> None:
    campaign, people = await crowd(database, [None] * 4)
    await query_write(database, f"UPDATE entrants SET confirmed_at = 5 WHERE id = {people[1]}")
    part = await database.read(clusters.part, campaign)
    assert part == (4, 3)
    left = await database.write(leaving_out.unconfirmed, campaign, Cause("Nobody confirmed.", NOW))
    assert left == [people[n] for n in (0, 2, 3)]
    assert await database.read(clusters.part, campaign) == (1, 0)


async def test_who_was_erased_is_in_no_cluster_and_is_not_taken_back(database: Database) -> None:
    campaign, people = await crowd(database, ["a", "a", "a"])
    await database.write(leaving_out.several, campaign, people[:2], Cause("One person.", NOW))
    await query_write(
        database, f"UPDATE entrants SET erased_at = 5, network = NULL WHERE id = {people[0]}"
    )
    changed = await database.write(leaving_out.take_back, campaign, NOW, Cause("No.", NOW + 1))
    assert changed == [people[1]]
    assert await sizes(database, campaign, "network") == [2]


async def test_316_entrants_of_one_person_win_as_one_after_one_look(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    """An owner who has not asked for confirmed e-mails sees them before the draw all the same."""
    await made(api)
    for n in range(60):
        answer = await enter_from(app, f"cheat+{n}", HERE)
        assert answer.status_code == 303
    assert (await enter_from(app, "bob", ELSEWHERE)).status_code == 303
    await prize(api, "Bike", 1)
    found = (await api.get("/campaigns/y2sB7/clusters")).json()
    assert (found["entrants"], found["unconfirmed"]) == (61, 61)
    for kind in ("network", "mailbox"):
        assert (found[kind]["number"], found[kind]["entrants"]) == (1, 60)
        [cluster] = found[kind]["biggest"]
        assert (cluster["size"], cluster["confirmed"], len(cluster["some"])) == (60, 0, 3)
        assert cluster["first_at"].endswith("Z")
    first = cluster["some"][0][0]
    asked = {"shares": "mailbox", "with": first, "limit": 100}
    whole = (await api.get("/campaigns/y2sB7/entrants", params=asked)).json()["data"]
    assert len(whole) == 60
    assert {row["same_network"] for row in whole} == {59}
    ids = [row["id"] for row in whole[1:]]
    body = {"ids": ids, "reason": "One person."}
    changed = (await api.post("/campaigns/y2sB7/entrants/block", json=body)).json()
    assert changed == {"changed": ids}
    assert (await api.post("/campaigns/y2sB7/entrants/block", json=body)).json() == {"changed": []}
    assert (await api.get("/campaigns/y2sB7/clusters")).json()["network"]["number"] == 0
    await api.post("/campaigns/y2sB7/entrants/unblock", json={**body, "ids": ids[:3]})
    assert (await api.get("/campaigns/y2sB7/clusters")).json()["network"]["entrants"] == 4


async def test_the_lists_filters_say_what_they_expect(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await made(api)
    person = await entered(app, 1)
    for asked, count in (
        ({"email": "unconfirmed"}, 1),
        ({"email": "confirmed"}, 0),
        ({"shares": "network"}, 0),
        ({"shares": "browser", "with": str(person)}, 1),
        ({"with": str(person)}, 1),
    ):
        answer = await api.get("/campaigns/y2sB7/entrants", params=asked)
        assert len(answer.json()["data"]) == count, asked
        export = await api.get("/campaigns/y2sB7/entrants.csv", params=asked)
        assert len(export.text.splitlines()) == count + 1
    for wrong in ({"email": "x"}, {"shares": "street"}, {"with": "x"}, {"with": "0"}):
        mistake(await api.get("/campaigns/y2sB7/entrants", params=wrong), 400, "invalid")


async def test_who_is_left_out_is_not_drawn(app: Starlette, api: httpx.AsyncClient) -> None:
    await competition(app, api, 3)
    await prize(api, "Bike", 3)
    await end(app)
    await query_write(server_of(app).database, "UPDATE entrants SET network = 'a'")
    campaign = await campaign_in(server_of(app).database)
    await server_of(app).database.write(
        leaving_out.all_but_one, campaign, "network", 2, Cause("One person.", NOW)
    )
    drawn = (await api.post("/campaigns/y2sB7/draw")).json()
    assert (drawn["entrants"], drawn["unconfirmed"]) == (1, 0)
