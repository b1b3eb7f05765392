"""Tracking names: trimmed, and one name in every spelling that names the same action."""

from __future__ import annotations

import httpx
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from starlette.applications import Starlette

from tests.backend.calls import action, made, mistake
from tests.backend.stored import campaign_with, enter, query, told
from tests.backend.test_schema import MIGRATIONS, _on
from trk.core.signature import sign
from trk.store.database import Database
from trk.store.writer import Writer
from trk.web.server import server_of


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
    await database.write(lambda tx: tx.fetch("UPDATE actions SET tracking_name = '\u0130ndirim'"))
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
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.downgrade(config, "0014")
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
        command.upgrade(config, "head")
        sql = "SELECT tracking_name, name_folded FROM actions ORDER BY id"
        folded.extend((row.tracking_name, row.name_folded) for row in connection.execute(text(sql)))

    _on(database_url, older)
    assert folded == [("\u0130ndirim", "indirim"), ("\u0131ndirim", "\u0131ndirim"), ("VIP", "vip")]
