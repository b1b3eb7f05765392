"""What a beacon's bytes mean."""

from __future__ import annotations

import json
from typing import Any

import pytest

from trk.core.beacon import MAX_AGE, Beacon, read
from trk.core.rejection import Rejection

GOOD: dict[str, Any] = {
    "id": "0193e5b4-6f3a-7c1e-9d2a-0123456789ab",
    "visitor": "0123456789abcdef0123456789abcdef",
    "pairs": [["VIP", "myValue"]],
}


def test_a_good_beacon_is_read() -> None:
    beacon = read(json.dumps(GOOD).encode())
    assert isinstance(beacon, Beacon)
    assert (beacon.pairs, beacon.age, beacon.xref) == ([["VIP", "myValue"]], 0, None)


def test_an_id_is_the_same_with_and_without_hyphens() -> None:
    beacon = read(json.dumps({**GOOD, "id": GOOD["id"].replace("-", "")}).encode())
    assert isinstance(beacon, Beacon)
    assert beacon.id == GOOD["id"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": None}, "id"),
        ({"id": "0193e5b4-6f3a-4c1e-9d2a-0123456789ab"}, "expected a UUIDv7"),
        ({"visitor": "Ann"}, "expected 32 lower-case hexadecimal digits"),
        ({"age": -1}, "age is -1"),
        ({"age": 10 * 365 * 24 * 3600 * 1000}, f"expected 0 to {MAX_AGE}"),
        ({"pairs": []}, "pairs is empty"),
        ({"pairs": [["a"]] * 10_000}, "pairs has 10000 items"),
        ({"pairs": [[""]]}, "pairs[0] has the name ''; expected 1 to 200 characters"),
        ({"pairs": [["x" * 5000]]}, "a name of 5000 characters"),
        ({"pairs": [["x", 5]]}, "pairs[0] ('x') has the value 5; expected text"),
        ({"pairs": [[]]}, "pairs[0] is [], of 0 items"),
        ({"pairs": [["x", "v" * 20_000]]}, "a value of 20000 characters"),
        ({"pairs": "VIP"}, "pairs"),
    ],
)
def test_a_bad_beacon_is_refused_with_the_thing_and_what_was_expected(
    change: dict[str, Any], said: str
) -> None:
    refusal = read(json.dumps({**GOOD, **change}).encode())
    assert isinstance(refusal, Rejection)
    assert refusal.code == "bad_beacon"
    assert said in refusal.message


@pytest.mark.parametrize("body", [b"", b"VIP", b"{", b"\xff\xfe", b"[" * 60_000])
def test_what_is_not_json_is_refused(body: bytes) -> None:
    refusal = read(body)
    assert isinstance(refusal, Rejection)
    assert refusal.code in ("not_json", "bad_beacon")


@pytest.mark.parametrize("bad", [r"\u0000", r"\ud800", "\\ud83c"])
def test_text_that_no_database_holds_is_mended_and_not_lost(bad: str) -> None:
    body = json.dumps(GOOD).replace("myValue", f"a{bad}b").encode()
    beacon = read(body)
    assert isinstance(beacon, Beacon)
    assert beacon.pairs == [["VIP", "a\ufffdb"]]
