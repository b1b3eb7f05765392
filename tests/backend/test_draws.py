"""`trk draw`: the winners by the command line, and an export that anyone can verify."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import httpx
from click.testing import CliRunner, Result
from starlette.applications import Starlette

from tests.backend.calls import competition, end, prize
from trk.cli import main


async def trk(*arguments: str) -> Result:
    """Run the command line as a process would: outside of this test's event loop."""
    return await asyncio.to_thread(CliRunner().invoke, main, list(arguments))


async def test_a_draw_made_on_the_command_line_is_verified_by_it(
    sqlite_url: str, sqlite_app: Starlette, sqlite_api: httpx.AsyncClient, tmp_path: Path
) -> None:
    await competition(sqlite_app, sqlite_api, 5)
    await prize(sqlite_api, "Bell", 2)
    early = await trk("--database", sqlite_url, "draw", "make", "y2sB7")
    assert early.exit_code == 1
    assert "is not over" in early.output
    settled = await trk("--database", sqlite_url, "draw", "plan", "y2sB7", "--kind", "chosen")
    assert settled.exit_code == 0, settled.output
    assert "a seed of the organiser’s own choice" in settled.output
    await end(sqlite_app)
    made = await trk("--database", sqlite_url, "draw", "make", "y2sB7", "--seed", "a seed")
    assert made.exit_code == 0, made.output
    export = tmp_path / "draw.txt"
    export.write_text(made.output)
    verified = await trk("draw", "verify", str(export))
    assert verified.exit_code == 0, verified.output
    assert "its 2 wins among 5 entrants with 15 entries follow from its seed" in verified.output
    assert "a seed of the organiser’s own choice" in verified.output
    assert "can try out as many as it takes" in verified.output
    head, listed = made.output.split("\n", 1)
    published = json.loads(head)
    published["wins"].reverse()
    for n, win in enumerate(published["wins"]):
        win["n"] = n
    export.write_text(f"{json.dumps(published)}\n{listed}")
    forged = await trk("draw", "verify", str(export))
    assert forged.exit_code == 1
    assert "the seed gives" in forged.output
    export.write_bytes(b"\xff\xfe")
    nonsense = await trk("draw", "verify", str(export))
    assert nonsense.exit_code == 1
    assert nonsense.output.startswith("Error: ")
