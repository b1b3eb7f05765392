"""What tests of long lists of codes do between their parts, and what they look at."""

from __future__ import annotations

from contextlib import AbstractContextManager

from tests.backend import in_parts
from tests.backend.in_parts import Deed
from tests.backend.stored import claims, query
from trk.core.campaign import Campaign
from trk.services.jobs.deletion import Deletion
from trk.store import codes, listed_codes, missed_rewards, offer, rewards
from trk.store import unfinished_uploads as uploads
from trk.store.database import Database
from trk.store.listed_codes import CodeFilter
from trk.store.pages import Span

CODES = ["A", "B", "C", "D", "E"]


def between(database: Database, deed: Deed) -> AbstractContextManager[object]:
    """Let something be done after each part of a list that is added or taken back."""
    return in_parts.between(
        database,
        lambda program: program is uploads.add or program.__name__ == "take_back",
        deed,
    )


async def shown(database: Database, campaign: Campaign) -> list[object]:
    """What anybody can see of the campaign's codes."""
    listed: list[list[str]] = []
    for span, which in (
        (Span(), CodeFilter()),
        (Span(by="code", newest_first=True), CodeFilter()),
        (Span(), CodeFilter(search="A")),
        (Span(), CodeFilter(state="left")),
    ):
        page = await database.read(listed_codes.listed, campaign, span, which)
        listed.append([row.code for row in page.rows])
    return [
        tuple(await database.read(rewards.stock, campaign)),
        await database.read(codes.uploads, campaign),
        await database.read(codes.lists, campaign),
        await database.read(codes.known, campaign, CODES),
        await database.read(codes.has_code, campaign),
        (await database.read(offer.offer_to, campaign, None)).sold_out,
        [each.key for each in await database.read(missed_rewards.giving)],
        await database.read(codes.short, [campaign.id]) != {},
        listed,
    ]


NOTHING = [(0, 0), [], [], 0, False, True, [], True, [[], [], [], []]]


async def total(database: Database) -> list[tuple[int, int]]:
    """The count that is kept of each campaign's codes, and how many there are."""
    rows = await query(
        database,
        "SELECT s.total, (SELECT COUNT(*) FROM reward_codes AS r "
        "WHERE r.campaign_id = s.campaign_id) AS n FROM code_stocks AS s",
    )
    return [(row["total"], row["n"]) for row in rows]


async def nothing_is_left(database: Database) -> None:
    """What was in the making is gone once the job has looked."""
    await Deletion(database).work()
    assert await query(database, "SELECT upload_id FROM unfinished_uploads") == []
    assert {count for count, there in await total(database) if count != there} == set()
    unused = "SELECT id FROM code_uploads WHERE id NOT IN (SELECT upload_id FROM reward_codes)"
    assert await query(database, unused) == []


async def given(database: Database, campaign: Campaign) -> list[str]:
    """The codes that were given."""
    return [code for _, code in await claims(database, campaign)]
