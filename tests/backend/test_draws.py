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


async def test_what_the_seed_is_made_of_is_settled_and_asked_for_on_the_command_line(
    sqlite_url: str, sqlite_app: Starlette, sqlite_api: httpx.AsyncClient, tmp_path: Path
) -> None:
    await competition(sqlite_app, sqlite_api, 5)
    await prize(sqlite_api, "Bell", 2)
    plan = ("--database", sqlite_url, "draw", "plan", "y2sB7")
    shown = await trk(*plan)
    assert "the server’s secret, committed beforehand" in shown.output
    assert (await trk(*plan, "--source", "the lottery")).exit_code == 2
    nameless = await trk(*plan, "--kind", "announced")
    assert nameless.exit_code == 1
    assert "source is ''" in nameless.output
    settled = await trk(*plan, "--kind", "announced", "--source", "the lottery")
    assert settled.exit_code == 0, settled.output
    assert "The source: the lottery" in settled.output
    commitment = shown.output.splitlines()[-1]
    assert commitment == settled.output.splitlines()[-1]
    await end(sqlite_app)
    late = await trk(*plan, "--kind", "chosen")
    assert late.exit_code == 1
    assert "has already ended" in late.output
    make = ("--database", sqlite_url, "draw", "make", "y2sB7")
    for given, said in (((), "value is missing"), (("--seed", "x"), "expected none")):
        refused = await trk(*make, *given)
        assert refused.exit_code == 1
        assert said in refused.output
    made = await trk(*make, "--value", "4 8 15")
    assert made.exit_code == 0, made.output
    export = tmp_path / "draw.txt"
    export.write_text(made.output, "utf-8")
    verified = await trk("draw", "verify", str(export))
    assert "Check that this is the result of “the lottery”: 4 8 15." in verified.output
    assert commitment.rpartition(" ")[2] in verified.output


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
    assert "a seed chosen by the organiser" in settled.output
    await end(sqlite_app)
    made = await trk("--database", sqlite_url, "draw", "make", "y2sB7", "--seed", "a seed")
    assert made.exit_code == 0, made.output
    export = tmp_path / "draw.txt"
    export.write_text(made.output)
    verified = await trk("draw", "verify", str(export))
    assert verified.exit_code == 0, verified.output
    assert "its 2 wins among 5 entrants with 15 entries follow from its seed" in verified.output
    assert "a seed chosen by the organiser" in verified.output
    assert "can try as many as it takes" in verified.output
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
