"""One person's data: all of it is exported, and after erasure none of it is left anywhere, while
draws can still be repeated and totals stay what they were."""

from __future__ import annotations

import msgspec
import pytest

from tests.backend.stored import (
    NOW,
    beacon_id,
    campaign_in,
    enter,
    push,
    query,
    query_write,
    told,
    visitor,
)
from trk.core.beacon import Answer, Beacon
from trk.core.campaign import Campaign
from trk.core.drafts import ActionDraft, CampaignDraft, PrizeDraft
from trk.core.keys import token_hash
from trk.core.rejection import Rejection
from trk.core.webhook import EVENTS, WebhookDraft
from trk.services import corrections, draw_records
from trk.services import draws as drawing
from trk.services import people as privacy
from trk.services.actions import make_action
from trk.services.campaigns import make_campaign
from trk.services.webhooks import make_webhook
from trk.store import (
    completions,
    confirmations,
    deliveries,
    draws,
    entrant_sessions,
    entrants,
    erasure,
    people,
    prizes,
    xrefs,
)
from trk.store.corrections import Cause
from trk.store.database import Database
from trk.store.pages import Span
from trk.store.schema import metadata
from trk.store.status import total_entries
from trk.store.submissions import Submission, named_visitor
from trk.store.webhooks import Endpoint
from trk.store.writer import Writer

pytestmark = pytest.mark.by_turns

ANN = "ann.secret@example.org"
ANNS = visitor(0xA22)
SECRETS = ("ann.secret", "Ann Secret", "order-of-ann", "unknown-of-ann", ANNS, visitor(0xA23))
"""What must be gone; the tests' visitors 0xa22 and 0xa23 are hers."""


async def _found_anywhere(database: Database) -> list[str]:
    """The tables that hold anything of SECRETS."""
    found = []
    for table in metadata.sorted_tables:
        for row in await query(database, f"SELECT * FROM {table.name}"):
            text = repr(dict(row))
            found += [f"{table.name}: {text}" for secret in SECRETS if secret in text]
    return found


async def _ann(database: Database, writer: Writer) -> Campaign:
    """A campaign in which Ann has left something of everything, and Bob has too."""
    draft = CampaignDraft("Win", key="y2sB7", kind="reward", reward_kind="shared", reward_value="T")
    campaign = await database.write(make_campaign, draft)
    await database.write(make_action, campaign, ActionDraft("Buy", "Purchase", unique_value=True))
    visit = await database.write(
        make_action, campaign, ActionDraft("Visit", "Visit", frequency="daily")
    )
    await database.write(
        make_webhook, campaign, WebhookDraft("https://shop.example", list(EVENTS)), private=False
    )
    found = await campaign_in(database)
    assert found is not None
    await push(writer, 1, ["Purchase", "order-of-ann"], ["unknown-of-ann", "x"], by=0xA22)
    entrant = await database.write(
        entrants.enter,
        found,
        name="Ann Secret",
        email=ANN,
        session_hash=token_hash("ann"),
        visitor=ANNS,
        now=NOW,
    )
    assert entrant is not None
    await enter(database, found, 2)
    await database.write(xrefs.mint, found, entrant.id, visit.id, token_hash("t"), NOW)
    pairs: list[list[str | None]] = [["Visit", "order-of-ann 2"]]
    phone = Beacon(beacon_id(2), visitor(0xA23), pairs, xref="t", direct=True)
    await writer.submit(Submission("y2sB7", phone, NOW))
    await push(writer, 3, ["Visit"], by=0xA23, xref="not a token")
    page = "https://shop.example/ann"
    await database.write(confirmations.ask, found, ANN, token_hash("c"), "http://x/ann", page, NOW)
    await told(writer, 4, ["Purchase", "order-of-bob"], by=2)
    # Bob's browser in Ann's hands, and Ann's in Bob's.
    await database.write(entrants.link_visit, found, ANNS, entrant.id + 1, NOW)
    await database.write(entrants.link_visit, found, visitor(2), entrant.id, NOW)
    # She clicked on a link to the campaign.
    clicked = Beacon(beacon_id(6), ANNS, [], ticket="c" * 32)
    await writer.submit(Submission("y2sB7", clicked, NOW))
    named = Beacon(beacon_id(5), named_visitor(entrant.id), [["Visit", "order-of-ann 3"]], 0)
    await writer.submit(Submission("y2sB7", named, NOW, vouched=True, entrant_id=entrant.id))
    return found


async def test_an_export_has_all_that_is_stored_about_a_person_and_nothing_of_another(
    database: Database, writer: Writer
) -> None:
    await _ann(database, writer)
    found = await privacy.export(database, f" {ANN.upper()} ")
    assert found is not None
    text = msgspec.json.encode(found).decode()
    assert "bob" not in text
    assert "2@example.org" not in text
    [record] = found["campaigns"]
    assert record["campaign"] == {"key": "y2sB7", "name": "Win"}
    assert record["entrant"]["name"] == "Ann Secret"
    assert [row["details"] for row in record["completions"]] == ["order-of-ann", "order-of-ann 2"]
    assert [row["visitor"] for row in record["links"]] == [ANNS, visitor(0xA23)]
    assert [row["visitor"] for row in record["shared_browsers"]] == [visitor(2)]
    assert [(row["visitor"], row["used_at"]) for row in record["clicked_links"]] == [(ANNS, None)]
    assert [(row["name"], row["value"]) for row in record["trackings"]] == [
        ("Purchase", "order-of-ann"),
        ("unknown-of-ann", "x"),
        ("Visit", "order-of-ann 2"),
        ("Visit", None),
        ("Visit", "order-of-ann 3"),
    ]
    assert [row["code"] for row in record["refusals"]] == ["xref_unknown"]
    assert [row["value"] for row in record["claims"]] == ["T"]
    assert len(record["mails"]) == 2
    assert [row["type"] for row in record["webhook_events"]] == [
        "entrant.created",
        "action.completed",
        "reward.claimed",
        "action.completed",
    ]
    assert (len(record["sessions"]), len(record["confirmations"])) == (1, 1)
    assert [row["visitor"] for row in record["followed_links"]] == [visitor(0xA23)]
    assert all("token_hash" not in row for part in record.values() for row in part)


async def test_an_export_names_every_secret_that_the_database_holds_so_that_erasure_can_be_judged(
    database: Database, writer: Writer
) -> None:
    await _ann(database, writer)
    tables = {each.partition(":")[0] for each in await _found_anywhere(database)}
    assert tables == {
        *("entrants", "links", "mails", "xrefs", "trackings", "completions", "refusals"),
        *("shared_visitors", "tickets"),
    }


async def test_after_erasure_nothing_of_the_person_is_left_in_any_table(
    database: Database, writer: Writer
) -> None:
    campaign = await _ann(database, writer)
    before = await query(database, "SELECT COUNT(*) AS n FROM trackings WHERE action_id > 0")
    assert await privacy.erase(database, ANN) == [privacy.Erasure("y2sB7", 1)]
    assert await _found_anywhere(database) == []
    assert await privacy.export(database, ANN) is None
    assert await privacy.erase(database, ANN) == []
    # What is counted is still there, and so is the other one.
    after = await query(database, "SELECT COUNT(*) AS n FROM trackings WHERE action_id > 0")
    assert after[0]["n"] == before[0]["n"]
    assert len((await database.read(completions.listed, campaign, Span())).rows) == 3
    bob = await privacy.export(database, "2@example.org")
    assert bob is not None
    assert bob["campaigns"][0]["completions"][0]["details"] == "order-of-bob"
    assert [row["visitor"] for row in bob["campaigns"][0]["links"]] == [visitor(2)]


async def test_an_event_that_still_waits_is_told_without_the_person(
    database: Database, writer: Writer
) -> None:
    await _ann(database, writer)
    await privacy.erase(database, ANN)
    due = await database.write(deliveries.take, Endpoint(1, 1), 100, NOW * 2)
    anns = [each for each in due if each.event.data.get("entrant", {}).get("id") == 1]
    assert [each.event.type for each in anns] == [
        "entrant.created",
        "action.completed",
        "reward.claimed",
        "action.completed",
    ]
    for each in anns:
        assert each.event.data["entrant"] == {
            "id": 1,
            "name": "(erased)",
            "email": "",
            "answers": [],
        }
        assert not [secret for secret in SECRETS if secret.encode() in each.event.body]


async def test_who_was_erased_has_withdrawn_and_may_enter_again_as_somebody_new(
    database: Database, writer: Writer
) -> None:
    campaign = await _ann(database, writer)
    assert await database.read(total_entries, campaign) == 3
    await privacy.erase(database, ANN)
    assert await database.read(total_entries, campaign) == 1
    assert not await database.write(corrections.unblock, campaign, 1, Cause("oops", NOW))
    assert await database.read(entrant_sessions.by_session, campaign, token_hash("ann")) is None
    assert await database.read(entrants.by_email, campaign, "erased 1") is None
    # Her outbox sends again what was acknowledged: it is known, and unlocks nothing.
    again = await push(writer, 1, ["Purchase", "order-of-ann"], ["unknown-of-ann", "x"], by=0xA22)
    assert isinstance(again, Rejection)
    assert again.code == "id_reused"
    entrant = await database.write(
        entrants.enter, campaign, name="Ann", email=ANN, session_hash="n", visitor=ANNS, now=NOW
    )
    assert entrant is not None
    assert entrant.id != 1
    reply = await push(writer, 9, ["Purchase", "order-of-ann"], by=0xA22)
    assert isinstance(reply, Answer)
    assert reply.pairs == ["unlocked"]


async def test_a_draw_that_was_made_stays_verifiable_and_its_totals_stay(
    database: Database, writer: Writer
) -> None:
    campaign = await database.write(make_campaign, CampaignDraft("Win", key="y2sB7"))
    await database.write(make_action, campaign, ActionDraft("Buy", "Purchase"))
    for number in range(1, 6):
        await enter(database, campaign, number)
        await told(writer, number, ["Purchase"], by=number)
    await database.write(prizes.add, campaign, PrizeDraft("Bike", winners=2))
    await query_write(database, "UPDATE campaigns SET ends_at = 1")
    ended = await campaign_in(database)
    assert ended is not None
    made_draw = await drawing.draw(database, ended)
    before = [part async for part in draw_records.export(database, ended, made_draw)]
    [winner, *_] = await database.read(draws.winners, campaign, made_draw.id)
    people = await database.read(draws.names, campaign, [winner.win.entrant_id])
    await privacy.erase(database, people[winner.win.entrant_id]["email"])
    after = [part async for part in draw_records.export(database, ended, made_draw)]
    assert after == before
    lines = b"".join(after).decode().splitlines(True)
    assert "its 2 wins among 5 entrants with 5 entries" in draw_records.verify(lines)
    assert await database.read(total_entries, ended) == 5
    people = await database.read(draws.names, campaign, [winner.win.entrant_id])
    assert people[winner.win.entrant_id]["name"] == "(erased)"
    assert (await drawing.redraw(database, ended, 0, "was erased")).replaces == 0


async def test_a_visitor_that_is_linked_while_it_is_erased_is_erased_too(
    database: Database, writer: Writer
) -> None:
    campaign = await _ann(database, writer)
    [person] = await database.read(people.by_email, ANN)
    known = await database.read(people.linked, person)
    newest = await database.read(people.newest, person)
    before = people.Linked(known.own[:1], [])
    assert not await database.write(erasure.forget, person, before, newest, NOW)
    assert await database.read(entrants.by_email, campaign, ANN) is not None
    assert await database.write(erasure.forget, person, known, 0, NOW)


async def test_a_person_is_found_in_every_campaign_that_they_entered(
    database: Database, writer: Writer
) -> None:
    for key in ("first1", "second2", "third3"):
        campaign = await database.write(make_campaign, CampaignDraft(key, key=key))
        await enter(database, campaign, 2 if key == "second2" else 1)
    found = await privacy.export(database, "1@example.org")
    assert found is not None
    assert [each["campaign"]["key"] for each in found["campaigns"]] == ["first1", "third3"]
    erased = await privacy.erase(database, "1@EXAMPLE.org")
    assert [each.campaign for each in erased] == ["first1", "third3"]
