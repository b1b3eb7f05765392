"""One bad pair takes no other with it: it is refused alone, the others are stored and unlock."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.calls import action, call, entered, made
from tests.backend.conftest import client_of
from tests.backend.stored import query, visitor
from tests.backend.wire import beacon_id
from trk.core.beacon import Beacon, read
from trk.core.rejection import Rejection
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

BAD: dict[str, tuple[Any, str]] = {
    "no list": ("VIP", "'VIP'; expected [name], [name, value] or [name, value, signature]."),
    "an object": ({"VIP": 1}, "{'VIP': 1}; expected [name], [name, value]"),
    "null": (None, "pairs[1] is null; expected [name], [name, value]"),
    "true": (True, "pairs[1] is true; expected [name]"),
    "true as value": (["VIP", True], "the value true; expected text"),
    "false as signature": (["VIP", "v", False], "the signature false; expected text"),
    "four that are not text": (
        [None, True, {"a": None}, [None]],
        "[null, true, {'a': null}, [null]",
    ),
    "no items": ([], "[], of 0 items; expected [name], [name, value]"),
    "four items": (["a", "b", "c", "d"], "['a', 'b', 'c', 'd'], of 4 items; expected [name]"),
    "a number as name": ([5], "the name 5; expected 1 to 200 characters."),
    "null as name": ([None, "v"], "the name null; expected 1 to 200 characters."),
    "an empty name": ([""], "the name ''; expected 1 to 200 characters."),
    "blanks as name": ([" \u3000\t", "v"], "the name ' \\u3000\\t'; expected 1 to 200"),
    "a long name": (["n" * 201], "a name of 201 characters, 'nnn"),
    "a number as value": (["VIP", 5], "the value 5; expected text of at most 10000 characters"),
    "an object as value": (["VIP", {}], "the value {}; expected text of at most 10000"),
    "a long value": (["VIP", "v" * 10_001], "a value of 10001 characters; expected text of at"),
    "a number as signature": (["VIP", "v", 5], "the signature 5; expected text of at most 200"),
    "a long signature": (["VIP", "v", "s" * 201], "a signature of 201 characters; expected"),
    "a deep value": (["VIP", [[[[[[1]]]]]]], "the value [[[[[[1]]]]]]; expected text"),
}


def sent(number: int, *pairs: Any, **fields: Any) -> dict[str, Any]:
    return {"id": beacon_id(number), "visitor": visitor(1), "pairs": list(pairs), **fields}


@pytest.mark.parametrize(("bad", "said"), BAD.values(), ids=BAD)
def test_a_malformed_pair_is_taken_out_with_what_is_wrong(bad: Any, said: str) -> None:
    beacon = read(json.dumps(sent(1, ["VIP", "1"], bad, ["b"])).encode())
    assert isinstance(beacon, Beacon)
    assert beacon.pairs == [["VIP", "1"], ["b"]]
    assert list(beacon.malformed) == [1]
    assert beacon.malformed[1].startswith("pairs[1] ")
    assert said in beacon.malformed[1]
    assert len(beacon.malformed[1]) < 400


def test_a_body_cannot_say_itself_which_of_its_pairs_are_malformed() -> None:
    beacon = read(json.dumps(sent(1, ["a"], mistakes={"0": "x"}, malformed={"0": "x"})).encode())
    assert isinstance(beacon, Beacon)
    assert beacon.malformed == {}


def test_a_bad_pair_beside_text_that_no_database_holds_is_taken_out_too() -> None:
    body = json.dumps(sent(1, ["VIP", 5], ["a\ud800", "b\0"])).encode()
    beacon = read(body)
    assert isinstance(beacon, Beacon)
    assert beacon.pairs == [["a\ufffd", "b\ufffd"]]
    assert list(beacon.malformed) == [0]


async def test_the_others_are_stored_and_unlock_as_if_it_were_not_there(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await made(api)
    await action(api, "Order", unique_value=True)
    await action(api, "VIP")
    await entered(app, 1)
    pairs = [["VIP"], ["Order"], [""], ["Order", "17"], ["x", 5]]
    async with client_of(app) as page:
        first = (await page.post("/y2sB7/beacon", json=sent(1, *pairs))).json()
        again = (await page.post("/y2sB7/beacon", json=sent(1, *pairs))).json()
    assert first["unlocked"] == ["VIP", "Order"]
    assert first["pairs"] == ["unlocked", "refused", "refused", "unlocked", "refused"]
    assert [each["code"] for each in first["refused"]] == ["value_missing", "bad_pair", "bad_pair"]
    assert [each["message"][:8] for each in first["refused"][1:]] == ["pairs[2]", "pairs[4]"]
    assert again == {**first, "duplicate": True}
    rows = await query(server_of(app).database, "SELECT n, name, value FROM trackings ORDER BY n")
    assert [tuple(dict(row).values()) for row in rows] == [
        (0, "VIP", None),
        (1, "Order", None),
        (2, "Order", "17"),
    ]


async def test_the_refusal_of_a_token_stays_the_first_one(
    sqlite_app: Starlette, sqlite_api: httpx.AsyncClient
) -> None:
    await made(sqlite_api)
    async with client_of(sqlite_app) as page:
        body = sent(1, [], xref="no token")
        answer = (await page.post("/y2sB7/beacon", json=body)).json()
    assert [each["code"] for each in answer["refused"]] == ["xref_unknown", "bad_pair"]
    assert answer["pairs"] == ["refused"]


async def test_a_beacon_of_malformed_pairs_only_is_refused_with_the_first_mistake(
    sqlite_app: Starlette, sqlite_api: httpx.AsyncClient
) -> None:
    await made(sqlite_api)
    async with client_of(sqlite_app) as page:
        answer = await page.post("/y2sB7/beacon", json=sent(1, ["a", 1], []))
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "bad_beacon"
    assert answer.json()["error"]["message"].startswith("pairs[0] ('a') has the value 1;")


UNREADABLE = {
    "an integer of 5,000 digits": '["VIP", ' + "1" * 5_000 + "]",
    "a negative one": '["VIP", -' + "9" * 4_301 + "]",
    "a number beyond all": '["VIP", 1e999]',
    "no number": '["VIP", NaN]',
    "lists, 500 deep": '["VIP", ' + "[" * 500 + "]" * 500 + "]",
    "objects, 4,000 deep": '["VIP", ' + '{"a":' * 4_000 + "1" + "}" * 4_000 + "]",
    "a pair 25,000 deep": "[" * 25_000 + "]" * 25_000,
    "a deep name": "[" + "[" * 500 + '"VIP"' + "]" * 500 + "]",
    "a deep signature": '["VIP", "v", ' + "[" * 500 + "]" * 500 + "]",
    "brackets in texts, and deep": '["VIP", [{"]}": "[[["}, ' + "[" * 500 + "]" * 500 + "]]",
}


def _with(pair: str) -> str:
    """A call of the customer's server with an unreadable pair between two good ones."""
    return json.dumps(call(1, ["VIP", "1"], ["bad"], ["b"], visitor=visitor(1))).replace(
        '["bad"]', pair
    )


@pytest.mark.parametrize("pair", UNREADABLE.values(), ids=UNREADABLE)
def test_a_pair_that_no_decoder_reads_is_taken_out_alone(pair: str) -> None:
    beacon = read(_with(pair).encode())
    assert isinstance(beacon, Beacon)
    assert beacon.pairs == [["VIP", "1"], ["b"]]
    assert list(beacon.malformed) == [1]
    assert len(beacon.malformed[1]) < 400


@pytest.mark.parametrize("text", ["[" * 300, "{[" * 300 + '\\"', '\\"[' * 300, "]}" * 300])
def test_brackets_in_a_text_are_text(text: str) -> None:
    body = json.dumps(sent(1, ["VIP", text], ["b\0"])).encode()
    beacon = read(body)
    assert isinstance(beacon, Beacon)
    assert beacon.pairs == [["VIP", text], ["b\ufffd"]]


@pytest.mark.parametrize(
    "body",
    [b'"' * 65_000, b'["' + b'\\"' * 32_000, b'"\\' * 30_000, b"[]" * 32_000, b'{"a":' * 13_000],
    ids=["quotes", "a text without an end", "backslashes", "lists", "objects without an end"],
)
def test_what_is_no_json_is_refused_in_one_reading(body: bytes) -> None:
    began = time.process_time()
    refusal = read(body)
    assert isinstance(refusal, Rejection)
    assert refusal.code == "not_json"
    # Some milliseconds; read anew from every bracket or quote, it would be minutes.
    assert time.process_time() - began < 2


async def test_a_call_of_the_customers_server_loses_only_its_malformed_pairs(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await made(api)
    await action(api)
    await entered(app, 1)
    bad = [pair for pair, _ in BAD.values()]
    body = call(1, ["a"], *bad, ["Purchase", "17"], email="1@example.org")
    answer = (await api.post("/campaigns/y2sB7/beacons", json=body)).json()
    assert answer["pairs"] == ["unmatched", *["refused"] * len(bad), "unlocked"]
    assert {each["code"] for each in answer["refused"]} == {"bad_pair"}
    assert [each["message"].split()[0] for each in answer["refused"]] == [
        f"pairs[{n}]" for n in range(1, len(bad) + 1)
    ]
    again = (await api.post("/campaigns/y2sB7/beacons", json=body)).json()
    assert again == {**answer, "duplicate": True}


@pytest.mark.parametrize("pair", UNREADABLE.values(), ids=UNREADABLE)
async def test_and_those_that_no_decoder_reads(
    sqlite_app: Starlette, sqlite_api: httpx.AsyncClient, pair: str
) -> None:
    await made(sqlite_api)
    await action(sqlite_api, "VIP")
    answer = await sqlite_api.post("/campaigns/y2sB7/beacons", content=_with(pair))
    assert answer.status_code == 200, answer.text
    assert answer.json()["pairs"] == ["waiting", "refused", "unmatched"]
    assert [each["code"] for each in answer.json()["refused"]] == ["bad_pair"]


@pytest.mark.parametrize("bad", ["\0", "\ud800", "a\udc00b", "\x01\x7f\x85\u202e"])
async def test_text_that_no_database_holds_is_mended_in_a_call_too(
    app: Starlette, api: httpx.AsyncClient, bad: str
) -> None:
    await made(api)
    await action(api)
    await entered(app, 1)
    body = call(1, ["Purchase", bad], [f"x{bad}", bad, bad], email="1@example.org")
    answer = await api.post("/campaigns/y2sB7/beacons", content=json.dumps(body))
    assert answer.status_code == 200, answer.text
    assert answer.json()["pairs"] == ["unlocked", "unmatched"]
    kept = "\ufffd".join(re.split("[\0\ud800-\udfff]", bad))
    rows = await query(server_of(app).database, "SELECT value FROM trackings ORDER BY n")
    assert [row["value"] for row in rows] == [kept, kept]
    for who in ({"email": f"1{bad}@example.org"}, {"xref": bad}, {"visitor": bad}):
        body = call(2, ["Purchase"], **who)
        answer = await api.post("/campaigns/y2sB7/beacons", content=json.dumps(body))
        assert answer.status_code in (400, 403, 404), answer.text
