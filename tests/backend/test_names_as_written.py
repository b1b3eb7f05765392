"""Names as people write them, on pages, in the API and on the command line."""

from __future__ import annotations

import httpx
import pytest
from click.testing import CliRunner
from starlette.applications import Starlette

from tests.backend.admin.owning import signed_in
from tests.backend.calls import made, mistake
from tests.backend.campaign_pages import ANN, PAGE, make
from tests.backend.conftest import api_of
from tests.backend.stored import campaign_with, enter, query, query_write, told
from trk.cli import main
from trk.core.access import ALL
from trk.core.signature import sign
from trk.store.database import Database
from trk.store.writer import Writer
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

NAMES = [
    ("山田\u3000太郎", "山田 太郎"),
    ("علی\u200cرضا", "علی\u200cرضا"),
    ("Jean\u00a0Paul", "Jean Paul"),
    ("Ann 👨\u200d👩\u200d👧", "Ann 👨\u200d👩\u200d👧"),
    ("\u202eAn\0n\u2069\x85Lee\x1b", "Ann Lee"),
    (" " * 90 + "\u200b" * 90 + "x" * 100, "x" * 100),
]


@pytest.mark.parametrize(("typed", "name"), NAMES)
async def test_an_entrant_an_owner_and_a_token_have_it(
    app: Starlette, browser: httpx.AsyncClient, typed: str, name: str
) -> None:
    await make(app)
    answer = await browser.post("/y2sB7/enter", data={**ANN, "name": typed})
    assert answer.status_code == 303, answer.text
    assert f"<bdi>{name}" in (await browser.get(PAGE)).text
    async with signed_in(app) as owner:
        owner.base_url = httpx.URL("https://track.test")
        assert (await owner.post("/admin/account", data={"owner_name": typed})).status_code == 303
        page = await owner.post(
            "/admin/tokens", data={"name": typed, "scopes": "read", "read": "on"}
        )
        assert page.status_code == 200, page.text
    for table in ("entrants", "owners", "api_tokens"):
        rows = await query(server_of(app).database, f"SELECT name FROM {table} ORDER BY id DESC")
        assert rows[0]["name"] == name


@pytest.mark.parametrize(("typed", "name"), NAMES)
async def test_the_api_stores_it_for_campaign_action_prize_and_token(
    app: Starlette, api: httpx.AsyncClient, typed: str, name: str
) -> None:
    await made(api, name=typed)
    first = {"title": typed, "tracking_name": typed, "question": typed, "verification": "question"}
    number = (await api.post("/campaigns/y2sB7/actions", json=first)).json()["id"]
    path = f"/campaigns/y2sB7/actions/{number}"
    assert (await api.patch(path, json={"title": f"{typed} "})).status_code == 200
    await api.post("/campaigns/y2sB7/prizes", json={"title": typed})
    async with await api_of(app, scopes=ALL) as every:
        answer = await every.post("/tokens", json={"name": typed, "scopes": ["read"]})
        assert answer.status_code == 201, answer.text
    assert (await api.get("/campaigns/y2sB7")).json()["name"] == name
    found = (await api.get(path)).json()
    assert [found[each] for each in ("title", "tracking_name", "question")] == [name] * 3
    for table, column in (("prizes", "title"), ("api_tokens", "name")):
        sql = f"SELECT {column} AS name FROM {table} ORDER BY id DESC"
        assert (await query(server_of(app).database, sql))[0]["name"] == name


async def test_a_name_that_is_too_long_or_that_nobody_sees_is_told_so(
    app: Starlette,
) -> None:
    async with await api_of(app, scopes=ALL) as api:
        for name in ("\u200d", "\u202e", "\u3164", "x" * 101):
            token = {"name": name, "scopes": ["read"]}
            said = mistake(await api.post("/tokens", json=token), 400, "invalid")
            assert "name" in said
            assert "1 to 100 characters" in said
        lone = b'{"name": "An\\ud800n", "scopes": ["read"]}'
        headers = {"content-type": "application/json"}
        assert (await api.post("/tokens", content=lone, headers=headers)).status_code == 400


async def test_what_a_page_pushes_is_found_in_every_way_of_writing_its_spaces(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database)
    sql = "UPDATE actions SET tracking_name = 'Jean Paul', name_folded = 'jean paul'"
    await query_write(database, sql)
    pushed = ("Jean\u00a0Paul", "jean \u3000 PAUL", "\u200bJean\tPaul", "Jean Paul\u202e")
    for number, name in enumerate(pushed, 1):
        await enter(database, campaign, number)
        assert (await told(writer, number, [name], by=number)).pairs == ["unlocked"], name


async def test_an_action_of_before_is_found_as_before(database: Database, writer: Writer) -> None:
    campaign = await campaign_with(database)
    await query_write(
        database, "UPDATE actions SET tracking_name = '\u0130ki  Kez', name_folded = 'iki  kez'"
    )
    await enter(database, campaign, 1)
    assert (await told(writer, 1, ["\u0130KI  kez"])).pairs == ["unlocked"]


async def test_a_signature_is_of_one_pair_only(database: Database, writer: Writer) -> None:
    """`VIP` with the value `x, y`, written as the name `VIP x` with the value `y`."""
    campaign = await campaign_with(database, signed=True)
    await query_write(database, "UPDATE actions SET tracking_name = 'VIP x', name_folded = 'vip x'")
    await enter(database, campaign, 1)
    signature = sign(campaign.secret, campaign.key, "VIP", "x\ny")
    assert (await told(writer, 1, ["VIP\nx", "y", signature])).pairs == ["refused"]
    signature = sign(campaign.secret, campaign.key, "VIP\u00a0x", "y")
    assert (await told(writer, 2, ["VIP\u00a0x", "y", signature])).pairs == ["unlocked"]


def test_the_command_line_cleans_names_and_takes_no_bytes_that_are_no_text(
    sqlite_url: str,
) -> None:
    def trk(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(main, ["--database", sqlite_url, *arguments])
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result.exit_code, result.output

    assert trk("campaign", "create", "Jean\u00a0\u202ePaul", "--key", "y2sB7")[0] == 0
    assert "\tJean Paul\t" in trk("campaign", "show", "y2sB7")[1]
    assert trk("token", "create", "Jean\u3000Paul")[0] == 0
    assert "\tJean Paul\t" in trk("token", "list")[1]
    for broken in (
        ("campaign", "create", "Jos\udce9"),
        ("campaign", "create", "Jos", "--description", "\udce9"),
        ("campaign", "show", "\udce9"),
        ("token", "create", "Jos\udce9"),
        ("owner", "reset", "jos\udce9@example.org"),
    ):
        code, said = trk(*broken)
        assert code == 2
        assert "is not valid UTF-8" in said
