"""Bad beacons over the real network: the status, the code, the sentence, and nothing stored."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from tests.backend.wire import beacon, beacon_id, beacon_url, client, expect_refusal, padded, post
from trk_sdk.testkit.plugin import CampaignFactory

YEARS = 10 * 365 * 24 * 3600 * 1000  # ten, in milliseconds
AGES = "expected 0 to 604800000 milliseconds."
UUID = "expected a UUIDv7 in lower case."


class Bad(NamedTuple):
    """A request that is refused before anything is stored; `says` are parts of the sentence."""

    what: str
    body: bytes
    status: int
    code: str
    says: tuple[str, ...]


def bad_beacon(what: str, *says: str, **fields: Any) -> Bad:
    """A beacon whose `fields` are wrong."""
    return Bad(what, beacon(**fields), 400, "bad_beacon", says)


def not_json(what: str, body: bytes, *says: str) -> Bad:
    return Bad(what, body, 400, "not_json", ("The body is not JSON", *says))


def too_large(what: str, body: bytes) -> Bad:
    says = (f"The body has at least {len(body)} bytes; expected at most 65536.",)
    return Bad(what, body, 413, "too_large", says)


def shape(what: str, *says: str, **fields: Any) -> Bad:
    """A beacon with a field of another type."""
    return bad_beacon(what, "The beacon has the wrong shape:", *says, **fields)


REFUSED = [
    not_json("nothing", b"", "it starts with b''."),
    not_json("text", b"VIP", "it starts with b'VIP'."),
    not_json("a form", b"name=VIP&value=1", "it starts with b'name=VIP&value=1'."),
    not_json("a portal's page", b"<html>", "it starts with b'<html>'."),
    not_json("half a beacon", beacon()[:-3], 'it starts with b\'{"id":"0193e5b4-'),
    not_json("two beacons", beacon() * 2, "Extra data"),
    not_json("utf-16", beacon().decode().encode("utf-16"), r"it starts with b'\xff\xfe{"),
    Bad("a list", b"[]", 400, "bad_beacon", ("Expected `object`, got `array`",)),
    Bad("a number", b"5", 400, "bad_beacon", ("Expected `object`, got `int`",)),
    Bad("null", b"null", 400, "bad_beacon", ("Expected `object`, got `null`",)),
    not_json("60,000 brackets", b"[" * 60_000, "it starts with b'[[["),
    too_large("65 KB", padded(65 * 1024)),
    too_large("one byte too many", padded(65_537)),
    too_large("10,000 pairs of 70 KB", beacon(1, *[["ab"]] * 10_000)),
    bad_beacon(
        "10,000 pairs within 64 KB",
        "pairs has 10000 items; expected at most 100.",
        pairs=[["a"]] * 10_000,
    ),
    bad_beacon("101 pairs", "pairs has 101 items; expected at most 100.", pairs=[["a"]] * 101),
    shape("no id", "missing required field `id`", id=None),
    shape("no visitor", "missing required field `visitor`", visitor=None),
    shape("no pairs", "missing required field `pairs`", pairs=None),
    shape("a number as id", "Expected `str`, got `int` - at `$.id`", id=5),
    bad_beacon(
        "a UUIDv4 as id",
        "id is 'a3bb189e-8bf9-4c1e-9d2a-",
        UUID,
        id="a3bb189e-8bf9-4c1e-9d2a-0123456789ab",
    ),
    bad_beacon(
        "capitals in the id", f"id is '{beacon_id(11).upper()}'; ", UUID, id=beacon_id(11).upper()
    ),
    bad_beacon("an id of 60,000 characters", "id is 'xxx", "…; " + UUID, id="x" * 60_000),
    bad_beacon(
        "a name as visitor",
        "visitor is 'Ann'; expected 32 lower-case hexadecimal digits.",
        visitor="Ann",
    ),
    bad_beacon("age -1", f"age is -1; {AGES}", age=-1),
    bad_beacon("age of 10 years", f"age is {YEARS}; {AGES}", age=YEARS),
    bad_beacon("an age of 31 digits", f"age is 1{'0' * 30}; {AGES}", age=10**30),
    shape("half a millisecond", "Expected `int`, got `float` - at `$.age`", age=1.5),
    shape("text as age", "Expected `int`, got `str` - at `$.age`", age="1"),
    shape("text as pairs", "Expected `array`, got `str` - at `$.pairs`", pairs="VIP"),
    shape("an object as pairs", "got `object` - at `$.pairs`", pairs={"VIP": "1"}),
    bad_beacon("text as a pair", "pairs[0] is 'VIP'; expected [name], [name,", pairs=["VIP"]),
    bad_beacon("a number as name", "pairs[0] has the name 5; expected 1 to 200", pairs=[[5]]),
    bad_beacon(
        "an object as value",
        "pairs[0] ('VIP') has the value {}; expected text of at most 10000 characters, or null.",
        pairs=[["VIP", {}]],
    ),
    bad_beacon(
        "nothing to report", "pairs is empty, and there is no xref, ticket or was; exp", pairs=[]
    ),
    bad_beacon(
        "an empty pair", "pairs[0] is [], of 0 items; expected [name], [name, va", pairs=[[]]
    ),
    bad_beacon(
        "a pair of four",
        "pairs[0] is ['a', 'b', 'c', 'd'], of 4 items; expected [name], [name, value] or",
        pairs=[["a", "b", "c", "d"]],
    ),
    bad_beacon(
        "null as name", "pairs[0] has the name null; expected 1 to 200 char", pairs=[[None]]
    ),
    bad_beacon(
        "two bad pairs and no good one",
        "pairs[0] has the name ''; expected 1 to 200 characters.",
        pairs=[[""], []],
    ),
    bad_beacon(
        "a name of 5,000 characters",
        "pairs[0] has a name of 5000 characters, 'nnn",
        pairs=[["n" * 5000]],
    ),
    bad_beacon(
        "a value of 10,001 characters",
        "pairs[0] ('VIP') has a value of 10001 characters; expected text of at most 10000",
        pairs=[["VIP", "v" * 10_001]],
    ),
    bad_beacon(
        "a signature of 201 characters",
        "pairs[0] ('VIP') has a signature of 201 characters; expected text of at most 200",
        pairs=[["VIP", "v", "s" * 201]],
    ),
    bad_beacon("an empty xref", "xref has 0 characters; expected 1 to 200.", xref=""),
]


@pytest.mark.parametrize("bad", REFUSED, ids=[bad.what for bad in REFUSED])
def test_is_refused_with_a_reason_and_stores_nothing(
    bad: Bad, trk_campaign: CampaignFactory
) -> None:
    campaign = trk_campaign("VIP")
    expect_refusal(post(campaign, bad.body), bad.status, bad.code, *bad.says)
    assert campaign.trackings() == []
    # Its id is still free: the same beacon, put right, is stored.
    assert post(campaign, beacon()).json()["duplicate"] is False
    campaign.expect_trackings(("VIP", "myValue"))


def test_a_body_without_a_length_is_refused_as_soon_as_it_is_too_large(
    trk_campaign: CampaignFactory,
) -> None:
    campaign = trk_campaign("VIP")
    chunks = (b" " * 1000 for _ in range(70))
    with client() as opened:
        answer = opened.post(beacon_url(campaign), content=chunks)
    expect_refusal(answer, 413, "too_large", "bytes; expected at most 65536.")
    assert campaign.trackings() == []


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_a_wrong_method_is_refused(method: str, trk_campaign: CampaignFactory) -> None:
    campaign = trk_campaign("VIP")
    with client() as opened:
        answer = opened.request(method, beacon_url(campaign), content=beacon())
    says = f"The method is {method}; expected POST."
    expect_refusal(answer, 405, "wrong_method", says)
    assert answer.headers["Allow"] == "POST, OPTIONS"
    assert campaign.trackings() == []


@pytest.mark.parametrize(
    "kind",
    [
        "image/png",
        "text/html",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=b",
    ],
)
def test_a_wrong_content_type_is_refused(kind: str, trk_campaign: CampaignFactory) -> None:
    campaign = trk_campaign("VIP")
    says = f"The content type is '{kind}'; expected text/plain or application/json."
    expect_refusal(post(campaign, beacon(), kind), 415, "wrong_type", says)
    assert campaign.trackings() == []


@pytest.mark.parametrize("kind", ["text/plain;charset=UTF-8", "TEXT/PLAIN", "application/json"])
def test_a_right_content_type_is_taken(kind: str, trk_campaign: CampaignFactory) -> None:
    campaign = trk_campaign("VIP")
    assert post(campaign, beacon(), kind).status_code == 200
    campaign.expect_trackings(("VIP", "myValue"))
