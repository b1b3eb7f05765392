"""Notes in the answer to a beacon: on each name without an action, or with debug on every pair."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import signed_in
from tests.backend.calls import action, call, entered, made
from tests.backend.conftest import PUBLIC_URL, client_of
from tests.backend.stored import visitor
from tests.backend.wire import beacon_id

pytestmark = pytest.mark.by_turns

LOGGED = "the push is in the owner's log as unmatched."
LOG = (
    "See what was reported in the owner's log of campaign y2sB7: "
    f"{PUBLIC_URL}/admin/campaigns/y2sB7/log"
)


async def told(app: Starlette, number: int, *pairs: Any, by: int = 1, **fields: Any) -> Any:
    """The answer to a beacon."""
    body = {"id": beacon_id(number), "visitor": visitor(by), "pairs": list(pairs), **fields}
    async with client_of(app) as page:
        answer = await page.post("/y2sB7/beacon", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_each_name_without_an_action_is_told_once(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await made(api)
    await action(api)
    answer = await told(app, 1, ["Purchse"], ["Purchase"], ["purchse ", "17"], ['b"\nc'])
    assert answer["notes"] == [
        f'Campaign y2sB7 has no action with the tracking name "Purchse"; {LOGGED}',
        f'Campaign y2sB7 has no action with the tracking name "b\\"\\nc"; {LOGGED}',
    ]
    again = await told(app, 1, ["Purchse"], ["Purchase"], ["purchse ", "17"], ['b"\nc'])
    assert again == {**answer, "duplicate": True}


async def test_where_every_name_has_an_action_there_are_no_notes(
    sqlite_app: Starlette, sqlite_api: httpx.AsyncClient
) -> None:
    await made(sqlite_api)
    await action(sqlite_api)
    assert "notes" not in await told(sqlite_app, 1, ["purchase"], [""])


async def test_a_long_name_is_cut(sqlite_app: Starlette, sqlite_api: httpx.AsyncClient) -> None:
    await made(sqlite_api)
    [note] = (await told(sqlite_app, 1, ["n" * 200]))["notes"]
    assert f'the tracking name "{"n" * 59}…"; ' in note


async def test_a_repeated_beacon_does_not_deny_an_action_that_was_made_since(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await made(api)
    await told(app, 1, ["VIP"], ["x"])
    await action(api, "vip")
    answer = await told(app, 1, ["VIP"], ["x"])
    assert answer["pairs"] == ["unmatched", "unmatched"]
    assert answer["notes"] == [
        'Campaign y2sB7 had no action with the tracking name "VIP" when this was first sent; '
        + LOGGED,
        f'Campaign y2sB7 has no action with the tracking name "x"; {LOGGED}',
    ]


async def test_with_debug_there_is_a_note_on_every_pair_and_the_address_of_the_log(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await made(api)
    await action(api)
    await action(api, "Order", unique_value=True)
    await entered(app, 1)
    pairs = [["Purchase", "17"], ["purchase"], ["Order"], ["x", 5], ["Purchse", "v" * 99]]
    answer = await told(app, 1, *pairs, debug=True, xref="no token")
    refused = [each["message"] for each in answer["refused"]]
    notes = [
        'Campaign y2sB7: "Purchase" with the value "17" unlocked its action.',
        'Campaign y2sB7: "purchase" unlocked nothing, because the visitor had already completed '
        "the action.",
        f'Campaign y2sB7: "Order" was refused: {refused[1]}',
        f"Campaign y2sB7: {refused[2]}",
        f'Campaign y2sB7: "Purchse" with the value "{"v" * 59}…" is unmatched, because no action '
        "has this tracking name.",
        LOG,
    ]
    assert answer["notes"] == notes
    # Without debug it is the same beacon; with it, the notes are of the first time.
    again = await told(app, 1, *pairs, xref="no token")
    assert (again["duplicate"], len(again["notes"])) == (True, 1)
    again = await told(app, 1, *pairs, debug=True, xref="no token")
    before = "Campaign y2sB7 had already stored this; what follows is what happened then."
    assert again["notes"] == [before, *notes]


async def test_with_debug_a_visitor_who_has_not_entered_is_told_to(
    sqlite_app: Starlette, sqlite_api: httpx.AsyncClient
) -> None:
    await made(sqlite_api)
    await action(sqlite_api)
    assert (await told(sqlite_app, 1, ["Purchase"], debug=True))["notes"] == [
        'Campaign y2sB7: "Purchase" is waiting for the visitor to enter the campaign.',
        LOG,
    ]


async def test_the_log_is_at_the_address_that_is_told(
    sqlite_app: Starlette, sqlite_api: httpx.AsyncClient
) -> None:
    await made(sqlite_api)
    answer = await told(sqlite_app, 1, ["Purchse"], debug=True)
    async with signed_in(sqlite_app) as owner:
        page = await owner.get(answer["notes"][-1].rpartition(" ")[2])
    assert (page.status_code, "Purchse" in page.text) == (200, True)


@pytest.mark.parametrize("debug", ["yes", 1, None])
async def test_a_debug_that_is_neither_true_nor_false_is_refused(
    sqlite_app: Starlette, sqlite_api: httpx.AsyncClient, debug: Any
) -> None:
    await made(sqlite_api)
    body = {"id": beacon_id(1), "visitor": visitor(1), "pairs": [["x"]], "debug": debug}
    async with client_of(sqlite_app) as page:
        answer = await page.post("/y2sB7/beacon", json=body)
    assert answer.status_code == 400
    assert "`bool`" in answer.json()["error"]["message"]


async def test_the_customers_server_is_told_of_names_without_an_action_too(
    sqlite_app: Starlette, sqlite_api: httpx.AsyncClient
) -> None:
    await made(sqlite_api)
    await entered(sqlite_app, 1)
    body = call(1, ["Purchse"], email="1@example.org")
    answer = await sqlite_api.post("/campaigns/y2sB7/beacons", json=body)
    assert answer.json()["notes"] == [
        f'Campaign y2sB7 has no action with the tracking name "Purchse"; {LOGGED}'
    ]
