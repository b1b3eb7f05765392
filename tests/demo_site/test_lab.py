"""The lab's choices, and its wire as far as it needs no browser."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import httpx
import pytest

from trk_shop.app import create_app
from trk_shop.lab import CHOICES, DEFAULTS, Experiment
from trk_shop.tracker import Tracker
from trk_shop.wire import MOST_BODY, MOST_RUNS, Wire, Wires

NOWHERE = Tracker("http://127.0.0.1:9", "y2sB7")  # the port "discard": nobody listens
WIRE = "http://lab-any.localhost:8001"

Client = httpx.AsyncClient


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    transport = httpx.ASGITransport(app=create_app(NOWHERE))
    async with Client(transport=transport, base_url="http://127.0.0.1:8001") as started:
        yield started


async def test_a_run_gets_its_script_through_a_wire_of_its_own_on_another_site(
    client: Client,
) -> None:
    pages = [(await client.get("/lab", params=DEFAULTS)).text for _ in range(2)]
    wires = [page.partition('g.src = "')[2].partition('"')[0] for page in pages]
    assert all(re.fullmatch(r"http://lab-\w+\.localhost:8001/", wire) for wire in wires)
    assert wires[0] != wires[1]


async def test_no_other_campaigns_script_sends_what_the_labs_own_does_not() -> None:
    transport = httpx.ASGITransport(app=create_app(NOWHERE._replace(club="8club")))
    async with Client(transport=transport, base_url="http://127.0.0.1:8001") as client:
        assert "/8club/trk.js" in (await client.get("/")).text
        page = (await client.get("/lab", params=DEFAULTS)).text
    assert "8club" not in page
    assert "ol.js" not in page


@pytest.mark.parametrize("name", DEFAULTS)
async def test_a_choice_that_there_is_not_is_named_with_what_was_expected(
    name: str, client: Client
) -> None:
    page = await client.get("/lab", params={**DEFAULTS, name: "<b>"})
    assert page.status_code == 400
    assert (
        f"{name} is &#39;&lt;b&gt;&#39;; expected one of {', '.join(CHOICES[name])}." in page.text
    )
    assert ".localhost" not in page.text


async def test_a_wire_to_a_server_that_is_away_answers_as_a_gateway_does(client: Client) -> None:
    answer = await client.post(f"{WIRE}/y2sB7/beacon", content=b"{}")
    assert answer.status_code == 502
    assert "access-control-allow-origin" not in answer.headers


async def test_a_wire_takes_no_endless_beacon(client: Client) -> None:
    answer = await client.post(f"{WIRE}/y2sB7/beacon", content=b"x" * (MOST_BODY + 1))
    assert answer.status_code == 413


def test_a_page_with_functions_has_a_timer_of_its_own() -> None:
    code = Experiment(**{**DEFAULTS, "delay": "never"}).code("abcdef")
    assert code.endswith("\n  setTimeout(goOn, 3000);")


async def test_a_forgotten_run_says_so(client: Client) -> None:
    answer = await client.get("/lab/runs/any")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


async def test_a_tracker_that_does_not_answer_is_said_beside_the_states(client: Client) -> None:
    page = (await client.get("/lab", params=DEFAULTS)).text
    run = page.partition('data-run="')[2].partition('"')[0]
    client.cookies.set("gleam_id", "0" * 32)
    answer = (await client.get(f"/lab/runs/{run}")).json()
    assert "http://127.0.0.1:9 can't be reached" in answer["problem"]
    assert {action["state"] for action in answer["actions"]} == {"open"}


def test_the_backend_is_down_from_the_first_beacon_on_for_as_long_as_was_chosen() -> None:
    wire = Wire(down=3)
    assert [wire.is_down(now) for now in (100, 102.9, 103, 200)] == [True, True, False, False]
    assert not Wire(down=0).is_down(100)


def test_only_the_latest_runs_are_remembered() -> None:
    wires = Wires()
    runs = [wires.add(Wire()) for _ in range(MOST_RUNS + 1)]
    assert wires.get(runs[0]) is None
    assert all(wires.get(run) for run in runs[1:])


def test_three_pairs_are_three_actions_in_one_call() -> None:
    chosen = {**DEFAULTS, "values": "many", "callback": "off", "action": "GiftFinder"}
    code = " ".join(Experiment(**chosen).code("abcdef").split())
    assert code.endswith(
        "Gleam.push(['GiftFinder', 'lab-abcd'], ['AddToCart', 'lab-abcd'], "
        "['Purchase', 'lab-abcd']);"
    )
