"""The lists: pages in both orders and between two times; what is rare."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from msgspec.structs import asdict

from tests.backend.stored import NOW, campaign_with, enter, push, query, statements, visitor
from trk.core.campaign import Campaign
from trk.core.drafts import ActionDraft
from trk.services.actions import make_action
from trk.store import (
    completions,
    corrections,
    entrants,
    pages,
    refusals,
    rewards,
    trackings,
    unmatched,
)
from trk.store.database import Database
from trk.store.pages import Page, Span
from trk.store.program import Program
from trk.store.writer import Writer

pytestmark = pytest.mark.by_turns

R = TypeVar("R")


Read = Callable[[Span], Program[Page[R]]]


async def every(database: Database, read: Read[R], **span: Any) -> tuple[list[R], int]:
    """All rows of a list, page by page, and how many pages there were."""
    rows: list[R] = []
    after, count = None, 0
    while True:
        page = await database.read(read(Span(after=after, **span)))
        rows += page.rows
        count += 1
        if page.next is None:
            return rows, count
        after = page.next


@pytest.fixture
async def campaign(database: Database) -> Campaign:
    return await campaign_with(database)


async def test_a_list_is_read_from_both_ends_without_a_gap_or_a_repetition(
    database: Database, writer: Writer, campaign: Campaign
) -> None:
    for n in range(1, 8):
        await push(writer, n, [f"name {n}"], ["other"])
    for limit in (1, 2, 7, 13, 14, 15):
        up, count = await every(
            database, lambda span: lambda tx: trackings.listed(tx, campaign, span), limit=limit
        )
        down, _ = await every(
            database,
            lambda span: lambda tx: trackings.listed(tx, campaign, span),
            limit=limit,
            newest_first=True,
        )
        assert len(up) == 14
        assert up == down[::-1]
        assert sorted(up, key=lambda row: row.id) == up
        assert count == -(-14 // limit)  # no empty last page


async def test_another_campaigns_rows_are_in_no_list(
    database: Database, writer: Writer, campaign: Campaign
) -> None:
    await enter(database, campaign, 1)
    await push(writer, 1, ["Purchase", "x"])
    await push(writer, 2, ["nothing"])
    other = Campaign(**{**_fields(campaign), "id": campaign.id + 1})
    for listed in (
        lambda tx: trackings.listed(tx, other, Span()),
        lambda tx: completions.listed(tx, other, Span()),
        lambda tx: entrants.listed(tx, other, Span()),
        lambda tx: corrections.listed(tx, other, Span()),
        lambda tx: refusals.listed(tx, other, Span()),
        lambda tx: completions.listed(
            tx, other, Span(), completions.CompletionFilter(search="1@example.org")
        ),
        lambda tx: completions.listed(tx, other, Span(), completions.CompletionFilter(entrant=1)),
    ):
        assert (await database.read(listed)) == Page([], None)
    assert await database.read(unmatched.most, other, 10) == []
    assert await database.read(refusals.reasons, other) == []


def _fields(campaign: Campaign) -> dict[str, Any]:
    return asdict(campaign)


async def test_what_is_rare_is_found_behind_many_rows_and_no_page_looks_at_all(
    database: Database, writer: Writer, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST_ROWS", 300)
    await push(writer, 1, ["rare", "first"])
    for n in range(2, 14):
        common: list[list[str | None]] = [["common"]] * 100
        await push(writer, n, *common)
    await push(writer, 14, ["rare", "last"])
    which = trackings.TrackingFilter(name="rare")
    for newest_first, order in ((False, ["first", "last"]), (True, ["last", "first"])):
        rows, count = await every(
            database,
            lambda span: lambda tx: trackings.listed(tx, campaign, span, which),
            limit=10,
            newest_first=newest_first,
        )
        assert [row.value for row in rows] == order
        assert count == 5  # 1,202 rows, 300 of them for each page


async def test_a_time_is_found_by_halving_with_its_first_and_without_its_last_instant(
    database: Database, writer: Writer, campaign: Campaign
) -> None:
    minute = 60_000
    for n in range(1, 61):
        await push(writer, n, [f"m{n}"], at=NOW + n * minute)
    read: Read[trackings.Tracking] = lambda span: lambda tx: trackings.listed(tx, campaign, span)  # noqa: E731
    for since, until, names in [
        (NOW + 20 * minute, NOW + 23 * minute, ["m20", "m21", "m22"]),
        (NOW + 20 * minute + 1, NOW + 22 * minute + 1, ["m21", "m22"]),
        (None, NOW + 2 * minute, ["m1"]),
        (NOW + 60 * minute, None, ["m60"]),
        (NOW + 61 * minute, None, []),
        (NOW, NOW, []),
    ]:
        for newest_first in (False, True):
            rows, _ = await every(
                database, read, limit=2, since=since, until=until, newest_first=newest_first
            )
            found = [row.name for row in rows]
            assert found == (names[::-1] if newest_first else names)
    low, high = await database.read(
        pages.ids_between, trackings.LISTING, campaign, NOW + 30 * minute, NOW + 31 * minute
    )
    assert high - low <= 6  # the minutes around it, and not the other 50


async def test_refusals_are_counted_by_their_reason(
    database: Database, writer: Writer, campaign: Campaign
) -> None:
    await database.write(make_action, campaign, ActionDraft("Sign", "Signed", signed=True))
    await push(writer, 1, ["Signed"], ["Signed"], ["Signed", "x", "bad"], at=NOW)
    await push(writer, 2, ["Purchase"], xref="nobody's", at=NOW + 5)
    counts = await database.read(refusals.reasons, campaign)
    assert [(each.code, each.refusals) for each in counts] == [
        ("unsigned", 2),
        ("bad_signature", 1),
        ("xref_unknown", 1),
    ]
    assert counts[-1].last_at == NOW + 5
    [refused] = (await database.read(refusals.listed, campaign, Span())).rows
    assert (refused.code, refused.visitor) == ("xref_unknown", visitor(1))
    nothing = await database.read(refusals.listed, campaign, Span(), code="xref_used")
    assert nothing.rows == []


async def test_every_list_is_read_by_an_index_and_never_by_reading_a_whole_table(
    sqlite_database: Database,
) -> None:
    """On SQLite, whose plan says SCAN for a table that is read as a whole."""
    database = sqlite_database
    campaign = await campaign_with(database)
    for number in range(5):  # the fifth is where the lists go on
        await enter(database, campaign, number)
    programs: list[Program[Any]] = [
        lambda tx: trackings.listed(tx, campaign, Span(5)),
        lambda tx: completions.listed(tx, campaign, Span(5)),
        lambda tx: completions.listed(
            tx, campaign, Span(5), completions.CompletionFilter(entrant=1)
        ),
        lambda tx: entrants.listed(tx, campaign, Span(5)),
        lambda tx: corrections.listed(tx, campaign, Span(5)),
        lambda tx: refusals.listed(tx, campaign, Span(5)),
        lambda tx: trackings.listed(tx, campaign, Span(since=NOW, until=NOW + 1)),
        lambda tx: rewards.claims(tx, campaign, Span(5)),
        lambda tx: entrants.listed(tx, campaign, Span(5, by="email")),
        lambda tx: entrants.listed(tx, campaign, Span(5, by="email", newest_first=True)),
    ]
    for program in programs:
        seen = await statements(database, program)
        first, given = next(one for one in seen if "LIMIT" in one[0])
        args = ["NULL" if a is None else f"'{a}'" if isinstance(a, str) else f"{a}" for a in given]
        sql = first.replace("packed[o.other]", "json_group_array(o.other)")
        for n in range(len(args), 0, -1):
            sql = sql.replace(f"${n}", args[n - 1])
        plan = [row["detail"] for row in await query(database, f"EXPLAIN QUERY PLAN {sql}")]
        tables = ("trackings", "completions", "entrants", "corrections", "refusals", "claims")
        assert not [line for line in plan if line.startswith(tuple(f"SCAN {t}" for t in tables))]
        assert any("campaign_id=" in line or "entrant_id=" in line for line in plan), plan
        rows = plan[: plan.index("SCAN u")] if "SCAN u" in plan else plan
        few = "CO-ROUTINE own" in plan  # what one entrant has done
        assert few or "USE TEMP B-TREE FOR ORDER BY" not in rows, "a whole list is sorted"
