"""SQLite while another process holds the file: wait for it, and lose nothing."""

from __future__ import annotations

import asyncio
import subprocess
import sys

from trk.core.drafts import CampaignDraft
from trk.services.campaigns import make_campaign
from trk.store import campaigns
from trk.store.database import Database

HOLD = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
database.execute("COMMIT")
print("released", flush=True)
"""


async def test_a_write_waits_for_the_process_that_holds_the_file_and_reads_go_on(
    sqlite_url: str,
) -> None:
    database = Database(sqlite_url)
    await database.open()
    path = sqlite_url.removeprefix("sqlite:///")
    other = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", HOLD, path), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert other.stdin is not None
    assert other.stdout is not None
    try:
        assert await other.stdout.readline() == b"held\n"
        writing = asyncio.create_task(
            database.write(make_campaign, CampaignDraft("Win", key="y2sB7"))
        )
        # Several reads come and go meanwhile; the write is still waiting.
        for _ in range(20):
            assert await database.read(campaigns.by_key, "y2sB7") is None
        assert not writing.done()
        other.stdin.write(b"\n")
        await other.stdin.drain()
        assert await other.stdout.readline() == b"released\n"
        assert (await writing).key == "y2sB7"
        assert await database.read(campaigns.by_key, "y2sB7") is not None
    finally:
        other.stdin.close()
        await other.wait()
        await database.close()
