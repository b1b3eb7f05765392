"""What a large campaign has besides (tests/bench/crowd): friends, a form, those who share networks,
an entrant with 100,000 completions, and lists of what was sent."""

from __future__ import annotations

from tests.bench import held_linked
from tests.bench.crowd import KEY
from trk.core.drafts import PrizeDraft
from trk.core.field import FieldDraft
from trk.services.fields import make_field
from trk.store import campaigns, prizes
from trk.store.database import Database
from trk.store.program import select

BUSY = 1
"""The entrant with so many completions."""
HOST = 3
"""The entrant by whose link so many friends have come."""
_MANY = 100_000
_PART = 20_000

_NUMBERS = (
    "WITH RECURSIVE numbers(n) AS (SELECT CAST($1 AS BIGINT) UNION ALL "
    "SELECT n + 1 FROM numbers WHERE n < $2)"
)
_ROWS = (
    "INSERT INTO completions (campaign_id, entrant_id, action_id, day, worth, source, happened_at, "
    f"completed_at) {_NUMBERS} SELECT 1, {BUSY}, 1, 'day ' || n, 1, 'tracking', 1, 1 FROM numbers",
    f"INSERT INTO referrals (friend_id, campaign_id, referrer_id, made_at) {_NUMBERS} "
    "SELECT n, 1, n / 5, 1 FROM numbers WHERE n >= 20",
    "INSERT INTO mails (campaign_id, entrant_id, topic, recipient, subject, body, queued_at, "
    f"sent_at) {_NUMBERS} SELECT 1, n, 'bench ' || n, n || '@example.org', 'Hello', 'Hello', 1, 1 "
    "FROM numbers",
    "INSERT INTO refusals (campaign_id, beacon, visitor, code, message, received_at) "
    f"{_NUMBERS} SELECT 1, 'r' || n, 'visitor-' || n, 'bad', 'bad', 1 FROM numbers",
    "INSERT INTO webhook_deliveries (campaign_id, webhook_id, type, subject_id, entrant_id, "
    f"queued_at, delivered_at) {_NUMBERS} SELECT 1, 1, 'action.completed', n, n, 1, 1 FROM numbers",
    "INSERT INTO reward_codes (campaign_id, code, upload_id) "
    f"{_NUMBERS} SELECT 2, 'OTHER-' || n, 1 FROM numbers",
)
_FRIENDS = (
    f"INSERT INTO referrals (friend_id, campaign_id, referrer_id, made_at) {_NUMBERS} "
    f"SELECT n, 1, {HOST}, 1 FROM numbers"
)


async def add(url: str, rows: int) -> None:
    """Add it to the campaign KEY."""
    database = Database(url, readers=1)
    await database.open()
    campaign = await database.read(campaigns.by_key, KEY)
    assert campaign is not None
    field = await database.write(make_field, campaign, FieldDraft(label="Town", kind="text"))
    await database.write(prizes.add, campaign, PrizeDraft("A bike", winners=1_000))
    await database.write(
        select,
        "INSERT INTO webhooks (campaign_id, url, events, secret, created_at, off_at) "
        "VALUES (1, 'https://shop.example/hook', '[]', 's', 1, 1)",
    )
    for first in range(1, rows + 1, _PART):
        last = min(first + _PART - 1, rows)
        await database.write(
            select,
            f"INSERT INTO field_answers (campaign_id, entrant_id, field_id, value) {_NUMBERS} "
            f"SELECT 1, n, {field.id}, 'Springfield' FROM numbers",
            first,
            last,
        )
        # Half of them have confirmed, and a thousand share each network.
        await database.write(
            select,
            "UPDATE entrants SET network = 'net ' || (id / 1000), mailbox = 'box ' || (id / 20), "
            "confirmed_at = CASE id % 2 WHEN 0 THEN 1 END WHERE id >= $1 AND id <= $2",
            first,
            last,
        )
    # Some have no reward yet.
    await database.write(select, "DELETE FROM claims WHERE entrant_id % 10 = 0")
    for sql in _ROWS:
        for first in range(1, min(_MANY, rows) + 1, _PART):
            await database.write(select, sql, first, min(first + _PART - 1, _MANY, rows))
    for first in range(_MANY + 1, min(2 * _MANY, rows) + 1, _PART):
        last = min(first + _PART - 1, 2 * _MANY, rows)
        await database.write(select, _FRIENDS, first, last)
    await database.write(select, held_linked.LINKS)
    for first in range(1, held_linked.MOST + 1, _PART):
        last = min(first + _PART - 1, held_linked.MOST)
        for sql in held_linked.rows(_NUMBERS):
            await database.write(select, sql, first, last)
    await database.close()
