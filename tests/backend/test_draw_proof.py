"""The draw proves itself: a committed secret, and who could choose what."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.calls import competition, end, made, mistake, prize, settle
from tests.backend.conftest import client_of
from tests.backend.drawing import (
    ONE,
    drawn,
    end_now,
    file_of,
    page_of,
    run_lines,
    sha,
    told,
    words,
)
from tests.backend.stored import NOW, campaign_in, query
from trk.core.draw import DrawError
from trk.services.announcing import announce
from trk.services.draws import draw
from trk.services.jobs.list_fixer import ListFixer
from trk.store import draw_plans, draws
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns


async def test_an_organiser_can_not_try_seeds_until_a_friend_wins(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await competition(app, api, 6)
    await prize(api, "Bike", 1)
    await end_now(app)
    for tried in range(40):
        answer = await api.post(f"{ONE}/draw", json={"seed": f"{tried:064x}"})
        assert "expected none" in mistake(answer, 409, "not_drawn")
    assert "has already ended" in mistake(
        await api.put(f"{ONE}/draw/plan", json={"kind": "chosen"}), 409, "not_drawn"
    )
    result = await drawn(api)
    proof = result["proof"]
    [fixed] = proof["fixed"]
    listed = "".join(f"{n} {n}\n" for n in range(1, 7))
    assert (proof["kind"], fixed["digest"]) == ("committed", sha(listed))
    assert proof["commitment"] == sha(proof["secret"])
    assert result["seed"] == sha(f"{proof['secret']}\n{sha(listed)}")
    said = told(await file_of(app))
    assert "its 1 wins among 6 entrants with 21 entries follow from its seed" in said
    assert "The organiser can’t choose the seed" in said
    assert "Note:" not in said


async def test_the_secret_is_committed_on_the_first_day_kept_and_told_only_with_the_draw(
    app: Starlette, api: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    await competition(app, api, 2)
    await prize(api, "Bike", 1)
    [row] = await query(server_of(app).database, "SELECT secret FROM draw_plans")
    secret = row["secret"]
    assert re.fullmatch("[0-9a-f]{64}", secret)
    plan = (await api.get(f"{ONE}/draw/plan")).json()
    assert plan["commitment"] == sha(secret)
    assert sha(secret) in await page_of(app)
    moved = await api.patch(ONE, json={"ends_at": "2199-01-01T00:00:00Z", "name": "Win more"})
    assert moved.status_code == 200
    await settle(api, "drand")
    await settle(api, "committed")
    await end_now(app)
    await ListFixer(server_of(app).database).work()
    assert (await api.get(f"{ONE}/draw/plan")).json()["commitment"] == sha(secret)
    paths = ("", "/draw/plan", "/draw", "/draw/export", "/prizes", "/actions", "/secret")
    seen = [await page_of(app), moved.text]
    seen += [(await api.get(f"{ONE}{path}")).text for path in paths]
    async with client_of(app, accept="text/html") as browser:
        seen += [(await browser.get(path)).text for path in ("/y2sB7/win", "/y2sB7/draw.txt")]
    database = server_of(app).database
    seen.append(repr(await database.read(draw_plans.of, await campaign_in(database))))
    assert not [each for each in [*seen, caplog.text] if secret in each]
    await drawn(api)
    assert secret in await page_of(app)
    assert secret in await file_of(app)
    assert secret not in caplog.text


async def test_a_copy_has_a_secret_of_its_own_and_names_no_day_that_is_past(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await made(api)
    secrets = set()
    for kind, source, copied in (
        ("drand", "", "drand"),
        ("chosen", "", "chosen"),
        ("announced", "the lottery on 1 May", "committed"),
    ):
        await settle(api, kind, source)
        copy = (await api.post(f"{ONE}/copy", json={})).json()["key"]
        plan = (await api.get(f"/campaigns/{copy}/draw/plan")).json()
        assert (plan["kind"], plan["source"]) == (copied, "")
        secrets.add(plan["commitment"])
    secrets.add((await api.get(f"{ONE}/draw/plan")).json()["commitment"])
    assert len(secrets) == 4


async def test_a_seed_of_the_organisers_choice_is_called_that_everywhere(
    app: Starlette, api: httpx.AsyncClient, tmp_path: Path
) -> None:
    await competition(app, api, 4)
    await prize(api, "Bike", 1)
    await settle(api, "chosen")
    assert "the organiser chooses it" in words(await page_of(app))
    await end_now(app)
    missing = await api.post(f"{ONE}/draw")
    assert "seed is missing" in mistake(missing, 400, "invalid")
    result = await drawn(api, seed="mine <b>")
    assert (result["seed"], result["proof"]["kind"]) == ("mine <b>", "chosen")
    page, file = await page_of(app), await file_of(app)
    assert "mine &lt;b&gt;" in page
    for said in (words(page), told(file)):
        assert "can try as many as it takes until a certain entrant wins" in said
        assert "can’t choose the seed" not in said
    printed = await run_lines(page, file, tmp_path)
    assert printed[-1].startswith("Win 1 is entrant")
    assert all(line.endswith("True") for line in printed)


async def test_what_came_of_a_named_source_is_typed_shown_and_part_of_the_seed(
    app: Starlette, api: httpx.AsyncClient, tmp_path: Path
) -> None:
    await competition(app, api, 4)
    await prize(api, "Bike", 2)
    for source in ("", "a\nb", "x" * 201):
        wrong = await api.put(f"{ONE}/draw/plan", json={"kind": "announced", "source": source})
        assert wrong.status_code == 400
    await settle(api, "announced", "lottery on <1 May>")
    page = await page_of(app)
    assert "lottery on &lt;1 May&gt;" in page
    assert "if nobody can know that" in words(page)
    await end_now(app)
    missing = mistake(await api.post(f"{ONE}/draw"), 400, "invalid")
    assert "expected the result of the public source: lottery on <1 May>" in missing
    result = await drawn(api, value="4 8 15 <b>")
    proof = result["proof"]
    fixed = proof["fixed"][0]["digest"]
    assert result["seed"] == sha(f"{proof['secret']}\n{fixed}\n4 8 15 <b>")
    page, file = await page_of(app), await file_of(app)
    assert "4 8 15 &lt;b&gt;" in page
    assert "Check that this is the result of “lottery on <1 May>”: 4 8 15 <b>." in told(file)
    printed = await run_lines(page, file, tmp_path)
    assert len(printed) == 5
    assert all(line.endswith("True") for line in printed)


async def test_an_old_draw_and_its_export_say_that_nothing_is_known_of_the_seed(
    app: Starlette, api: httpx.AsyncClient, tmp_path: Path
) -> None:
    await competition(app, api, 3)
    await prize(api, "Bike", 1)
    await end(app)
    # Begun by a version that knew no proof, and finished by this one.
    database, campaign = server_of(app).database, await campaign_in(server_of(app).database)
    await database.write(draws.freeze, campaign, "an old seed", NOW)
    await draw(database, campaign)
    await database.write(announce, campaign)
    result = (await api.get(f"{ONE}/draw")).json()
    assert (result["seed"], result["proof"]) == ("an old seed", None)
    page, file = await page_of(app), await file_of(app)
    assert json.loads(file.split("\n", 1)[0])["proof"] is None
    assert "How this seed was chosen was not recorded" in words(page)
    assert "fingerprint of the secret" not in words(page).lower()
    assert "doesn't say how the seed was chosen" in told(file)
    [printed] = await run_lines(page, file, tmp_path)
    assert printed.endswith("True")


def test_an_export_of_a_version_before_the_proof_is_verified_as_before() -> None:
    said = told(OLD)
    assert "its 2 wins among 3 entrants with 8 entries follow from its seed" in said
    assert "somebody may have tried seeds" in said
    with pytest.raises(DrawError, match="the seed gives"):
        told(OLD.replace('"entrant_id":7', '"entrant_id":3'))
    with pytest.raises(DrawError, match="expected an entrant and its entries"):
        told(OLD + "fixed\n1 1\n")


OLD = (
    '{"campaign":"y2sB7","seed":"lottery 7","digest":'
    '"a0caa2f578904a6a577a066d7cef596bba68188d69eef8f000f8ada3eede3381",'
    '"entrants":3,"entries":8,"wins":'
    '[{"n":0,"prize_id":1,"entrant_id":7,"replaces":null},'
    '{"n":1,"prize_id":1,"entrant_id":8,"replaces":null}]}\n'
    "3 1\n7 5\n8 2\n"
)


async def test_a_campaign_that_ended_before_its_secret_was_made_says_so(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await competition(app, api, 3)
    await prize(api, "Bike", 1)
    await end(app)  # in 1970
    await drawn(api)
    for said in (words(await page_of(app)), told(await file_of(app))):
        assert "The secret was committed only after the end" in said


async def test_an_entrant_is_told_which_number_is_theirs(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await competition(app, api, 3)
    await prize(api, "Bike", 1)
    async with client_of(app, accept="text/html") as ann:
        form = {"name": "Ann", "email": "ann@example.org"}
        assert (await ann.post("/y2sB7/enter", data=form)).status_code == 303
        assert "You are entrant 4 . The list has numbers" in words(
            (await ann.get("/y2sB7/draw")).text
        )
        await end_now(app)
        await ListFixer(server_of(app).database).work()
        assert "You are entrant 4 , but not in the list" in words(
            (await ann.get("/y2sB7/draw")).text
        )
    assert "You are" not in words(await page_of(app))


async def test_a_program_that_asks_for_no_page_gets_the_record(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await competition(app, api, 2)
    await prize(api, "Bike", 1)
    async with client_of(app) as program:
        assert (await program.get("/y2sB7/draw")).status_code == 404
        await end_now(app)
        await drawn(api)
        found = await program.get("/y2sB7/draw")
        assert found.headers["content-type"] == "text/plain; charset=utf-8"
        assert found.headers["vary"].startswith("accept")
        assert found.text == (await program.get("/y2sB7/draw.txt")).text
        assert (await program.get("/none0/draw.txt")).status_code == 404


async def test_a_reward_has_no_draw(app: Starlette, api: httpx.AsyncClient) -> None:
    await made(api, kind="reward")
    async with client_of(app, accept="text/html") as browser:
        for path in ("/y2sB7/draw", "/y2sB7/draw.txt", "/none0/draw"):
            assert (await browser.get(path)).status_code == 404
        assert "/y2sB7/draw" not in (await browser.get("/y2sB7/win")).text


async def test_a_competition_leads_to_its_proof_also_before_it_has_prizes(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await made(api)
    async with client_of(app, accept="text/html") as browser:
        assert 'href="/y2sB7/draw"' in (await browser.get("/y2sB7/win")).text
        await prize(api, "Bike", 1)
        assert 'href="/y2sB7/draw"' in (await browser.get("/y2sB7/win")).text
