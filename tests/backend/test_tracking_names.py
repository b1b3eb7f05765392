"""Tracking names: trimmed, and one name in every spelling that names the same action."""

from __future__ import annotations

import httpx
import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, text
from starlette.applications import Starlette

from tests.backend.admin.owning import signed_in
from tests.backend.calls import action, made, mistake
from tests.backend.conftest import PUBLIC_URL
from tests.backend.migrating import down, on, up
from tests.backend.stored import campaign_with, enter, query, query_write, told
from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.core.drafts import ActionDraft
from trk.core.signature import sign
from trk.doctor.database import tracking_names
from trk.services.actions import change_action, delete_action, make_action
from trk.services.campaigns import copy_campaign
from trk.services.drafts import action_draft_of
from trk.store import actions, unmatched
from trk.store.database import Database
from trk.store.errors import Duplicate
from trk.store.inspection import inspect
from trk.store.writer import Writer
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns


@pytest.mark.parametrize("name", ["Purchase ", " purchase", "\u00a0PURCHASE\u3000", "Purchase"])
async def test_a_name_with_blanks_around_it_unlocks_and_is_stored_without_them(
    database: Database, writer: Writer, name: str
) -> None:
    campaign = await campaign_with(database)
    await enter(database, campaign, 1)
    assert (await told(writer, 1, [name, " 17 "])).unlocked == ["Purchase"]
    [row] = await query(database, "SELECT name, value FROM trackings")
    assert (row["name"], row["value"]) == (name.strip(), " 17 ")


async def test_a_beacon_whose_name_was_stored_with_its_blanks_is_known_when_it_comes_again(
    database: Database, writer: Writer
) -> None:
    await campaign_with(database)
    await told(writer, 1, ["Purchase", "17"])
    await database.write(lambda tx: tx.fetch("UPDATE trackings SET name = ' Purchase '"))
    assert (await told(writer, 1, [" Purchase ", "17"])).duplicate
    assert (await told(writer, 1, ["Purchase", "17"])).duplicate


async def test_a_signature_is_made_over_the_trimmed_name(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database, signed=True)
    await enter(database, campaign, 1)
    signature = sign(campaign.secret, campaign.key, "Purchase", "17")
    assert (await told(writer, 1, ["Purchase ", "17", signature])).unlocked == ["Purchase"]


async def test_every_turkish_spelling_unlocks_the_action(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database)
    sql = "UPDATE actions SET tracking_name = '\u0130ndirim', name_folded = 'indirim'"
    await database.write(lambda tx: tx.fetch(sql))
    for number, name in enumerate(
        ("indirim", "IND\u0130R\u0130M", "INDIRIM", "\u0131nd\u0131r\u0131m"), 1
    ):
        await enter(database, campaign, number)
        assert (await told(writer, number, [name], by=number)).pairs == ["unlocked"], name


async def test_two_actions_cannot_have_names_that_are_one(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await made(api)
    await action(api, "\u0130ndirim")
    body = {"title": "Again", "tracking_name": " INDIRIM "}
    answer = await api.post("/campaigns/y2sB7/actions", json=body)
    assert "INDIRIM" in mistake(answer, 409, "taken")
    await action(api, " Kauf ")
    rows = await query(server_of(app).database, "SELECT tracking_name FROM actions ORDER BY id")
    assert [row["tracking_name"] for row in rows] == ["\u0130ndirim", "Kauf"]


def test_names_of_an_older_database_are_folded_anew_and_two_that_are_one_by_now_stay_two(
    database_url: str,
) -> None:
    folded: list[tuple[str, str]] = []

    def older(connection: Connection) -> None:
        down(connection, "0014")
        connection.execute(
            text(
                "INSERT INTO campaigns (id, key, name, slug, kind, timezone, secret, created_at) "
                "VALUES (1, 'y2sB7', 'Win', 'win', 'competition', 'UTC', 's', 1)"
            )
        )
        for number, (name, before) in enumerate(
            (("\u0130ndirim", "i\u0307ndirim"), ("\u0131ndirim", "\u0131ndirim"), ("VIP", "vip")), 1
        ):
            connection.execute(
                text(
                    "INSERT INTO actions (id, campaign_id, position, title, tracking_name, "
                    "name_folded, worth, frequency, created_at) "
                    "VALUES (:n, 1, 1, 'A', :name, :before, 1, 'once', 1)"
                ),
                {"n": number, "name": name, "before": before},
            )
        up(connection)
        sql = "SELECT tracking_name, name_folded FROM actions ORDER BY id"
        folded.extend((row.tracking_name, row.name_folded) for row in connection.execute(text(sql)))

    on(database_url, older)
    assert folded == [("\u0130ndirim", "indirim"), ("\u0131ndirim", "\u0131ndirim"), ("VIP", "vip")]


TWINS = ("\u0130ndirim", "\u0131ndirim")
"""Two names that an older version took for two, and that are one by now."""


async def _twins(database: Database) -> Campaign:
    """A campaign as migration 0015 leaves it: the older of two actions is found by `indirim`, the
    younger by the older form of its name."""
    campaign = await campaign_with(database)
    await database.write(make_action, campaign, ActionDraft("Second", "second"))
    for number, (name, folded) in enumerate(zip(TWINS, ("indirim", TWINS[1]), strict=True), 1):
        sql = f"UPDATE actions SET tracking_name = '{name}', name_folded = '{folded}' "
        await query_write(database, f"{sql} WHERE position = {number}")
    return campaign


async def test_of_two_actions_whose_names_are_one_each_is_completed_by_its_own_spelling(
    database: Database, writer: Writer
) -> None:
    campaign = await _twins(database)
    spelt = {TWINS[0]: TWINS[0], "indirim": TWINS[0], "INDIRIM": TWINS[0], TWINS[1]: TWINS[1]}
    for number, (name, unlocked) in enumerate(spelt.items(), 1):
        await enter(database, campaign, number)
        answer = await told(writer, number, [name], by=number)
        assert answer.unlocked == [unlocked], name
    assert await database.read(unmatched.most, campaign, 9) == []


async def test_both_can_be_changed_and_keep_what_they_are_found_by(database: Database) -> None:
    campaign = await _twins(database)
    for each in await database.read(actions.of_campaign, campaign.id):
        draft = replace(action_draft_of(each), worth=7)
        changed = await database.write(change_action, campaign, each, draft)
        assert (changed.worth, changed.name_folded) == (7, each.name_folded)
    [_, second] = await database.read(actions.of_campaign, campaign.id)
    draft = replace(action_draft_of(second), tracking_name="INDIRIM")
    with pytest.raises(Duplicate):
        await database.write(change_action, campaign, second, draft)
    draft = replace(action_draft_of(second), tracking_name="Other")
    assert (await database.write(change_action, campaign, second, draft)).name_folded == "other"


async def test_once_the_other_one_is_gone_a_name_is_found_in_every_spelling_again(
    database: Database, writer: Writer
) -> None:
    campaign = await _twins(database)
    [first, second] = await database.read(actions.of_campaign, campaign.id)
    await delete_action(database, first)
    await database.write(change_action, campaign, second, action_draft_of(second))
    await enter(database, campaign, 1)
    assert (await told(writer, 1, ["INDIRIM"])).unlocked == [TWINS[1]]


async def test_a_copy_has_both(database: Database) -> None:
    copy = await database.write(copy_campaign, await _twins(database))
    found = await database.read(actions.of_campaign, copy.id)
    assert [each.tracking_name for each in found] == list(TWINS)
    assert [each.name_folded for each in found] == ["indirim", TWINS[1]]


async def test_the_owner_is_told_on_the_pages_of_both_and_by_the_doctor(app: Starlette) -> None:
    database = server_of(app).database
    campaign = await _twins(database)
    [first, second] = await database.read(actions.of_campaign, campaign.id)
    async with signed_in(app) as owner:
        for each, other in ((first, second), (second, first)):
            page = await owner.get(f"{PUBLIC_URL}/admin/campaigns/y2sB7/actions/{each.id}")
            assert "counts as the same name as" in page.text
            assert f"/actions/{other.id}" in page.text
    found = tracking_names(await inspect(server_of(app).settings.database, now_ms))
    assert found.status == "warning"
    assert "'\u0131ndirim' in y2sB7" in found.found
    await delete_action(database, second)
    found = tracking_names(await inspect(server_of(app).settings.database, now_ms))
    assert found.status == "ok"
