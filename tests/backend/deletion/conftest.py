"""Fixtures: a campaign to delete, of which the job erases everything."""

from __future__ import annotations

import pytest

from tests.backend.stored import campaign_with, enter, push
from trk.core.campaign import Campaign
from trk.core.drafts import ActionDraft, CampaignDraft
from trk.services.actions import make_action
from trk.services.campaigns import make_campaign
from trk.store.database import Database
from trk.store.writer import Writer


@pytest.fixture
async def doomed(database: Database, writer: Writer, monkeypatch: pytest.MonkeyPatch) -> Campaign:
    """A campaign with some entrants, beside another one; nothing of it goes while one waits."""
    monkeypatch.setattr("trk.services.campaigns._AT_ONCE", 0)
    monkeypatch.setattr("trk.services.actions._AT_ONCE", 0)
    campaign = await campaign_with(database)
    other = await database.write(make_campaign, CampaignDraft("Open", key="open1"))
    await database.write(make_action, other, ActionDraft("Buy", "Purchase"))
    for number in range(1, 11):
        await enter(database, campaign, number)
        await push(writer, number, ["Purchase"], by=number)
    await enter(database, other, 1)
    await push(writer, 11, ["Purchase"], by=1, key="open1")
    return campaign
