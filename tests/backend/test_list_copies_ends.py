"""Lists in the making that are nobody's any more: their campaign was deleted, or drawn."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.announcing import ONE, over
from tests.backend.drawing import begun, drawn
from tests.backend.stored import campaign_in, query
from trk.services.jobs.deletion import Deletion
from trk.services.jobs.list_fixer import ListFixer
from trk.store import deletion, list_copies
from trk.store.errors import Gone
from trk.web.server import server_of


async def test_a_list_in_the_making_goes_with_its_campaign_and_nothing_is_added_to_it(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await over(app, api, 5)
    database = server_of(app).database
    campaign = await campaign_in(database)
    parts, _ = await database.read(list_copies.read, campaign)
    made = await begun(database, await database.now())
    await database.write(list_copies.add, campaign, "draw_entries", made, parts[0])
    await database.write(deletion.delete_campaign, campaign, 1)
    await Deletion(database).work()
    for table in ("campaigns", "list_copies", "draw_entries"):
        assert await query(database, f"SELECT * FROM {table}") == []
    with pytest.raises(Gone):
        await database.write(list_copies.add, campaign, "draw_entries", made, parts[0])
    with pytest.raises(Gone):
        await database.write(list_copies.begin, campaign, "draw_entries", 5)
    assert await query(database, "SELECT * FROM draw_entries") == []


@pytest.mark.usefixtures("large")
async def test_none_is_begun_for_a_draw_that_was_made(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await over(app, api, 5)
    database = server_of(app).database
    await ListFixer(database).work()
    await drawn(api)
    campaign = await campaign_in(database)
    assert await database.write(list_copies.begin, campaign, "draw_entries", 5) is None
    assert (await api.post(f"{ONE}/draw")).status_code == 409
    assert len(await query(database, "SELECT id FROM draws")) == 1
