"""Beacons over the real network, on both databases: what is mended, told apart and refused."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import pytest

from tests.backend.wire import (
    VISITOR,
    beacon,
    beacon_id,
    beacon_url,
    client,
    expect_refusal,
    padded,
    post,
)
from tests.postgres import PostgresServer
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.testkit.process import Backend

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def postgres_backend(
    postgres_server: PostgresServer,
    _postgres_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Backend]:
    """A tracking server on PostgreSQL, for all tests of this file."""
    url = postgres_server.create("beacon_http", _postgres_template)
    backend = Backend(tmp_path_factory.mktemp("trk"), url)
    try:
        backend.start()
        yield backend
    finally:
        backend.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def make(request: pytest.FixtureRequest, trk_campaign: CampaignFactory) -> CampaignFactory:
    """Makes campaigns; the test runs on both databases."""
    if request.param == "sqlite":
        return trk_campaign
    return functools.partial(trk_campaign, on=request.getfixturevalue("postgres_backend"))


def test_a_body_of_64_kib_is_stored(make: CampaignFactory) -> None:
    campaign = make("VIP")
    body = padded(65_536)
    assert len(body) == 65_536
    assert post(campaign, body).status_code == 200
    campaign.expect_trackings(("VIP", "myValue"))


def test_the_longest_name_value_and_list_of_pairs_are_stored(make: CampaignFactory) -> None:
    campaign = make("VIP")
    longest = ("\N{PARTY POPPER}" * 200, "v" * 10_000)
    pairs = [longest, *[("n", str(n)) for n in range(99)]]
    answer = post(campaign, beacon(1, *pairs))
    assert answer.json()["pairs"] == ["unmatched"] * 100
    campaign.expect_trackings(*pairs)


def test_nul_and_lone_surrogates_are_mended_and_stored(make: CampaignFactory) -> None:
    campaign = make("VIP")
    answer = post(campaign, beacon(1, ["n\0m", "v\0"], ["\ud800", "a\udc00b"], ["VIP", "\0"]))
    assert answer.status_code == 200
    assert answer.json()["pairs"] == ["unmatched", "unmatched", "waiting"]
    campaign.expect_trackings(("n\ufffdm", "v\ufffd"), ("\ufffd", "a\ufffdb"), ("VIP", "\ufffd"))
    # As the same content, when it comes again.
    again = post(campaign, beacon(1, ["n\0m", "v\0"], ["\ud800", "a\udc00b"], ["VIP", "\0"]))
    assert again.json()["duplicate"] is True


def test_bytes_that_are_not_utf_8_are_mended_and_stored(make: CampaignFactory) -> None:
    campaign = make("VIP")
    answer = post(campaign, beacon().replace(b"myValue", b"m\xffV"))
    assert answer.status_code == 200
    campaign.expect_trackings(("VIP", "m\ufffdV"))


def test_an_unknown_key_is_refused(make: CampaignFactory) -> None:
    campaign = make("VIP")
    with client() as opened:
        answer = opened.post(
            beacon_url(campaign).replace(campaign.key, "nobody7"), content=beacon()
        )
    expect_refusal(answer, 404, "unknown_campaign", "There is no campaign with the key 'nobody7'.")
    assert campaign.trackings() == []


@pytest.mark.parametrize(
    ("times", "code", "said"),
    [
        ({"starts_at": "2100-01-01T00:00:00Z"}, "campaign_not_started", "starts at 2100-01-01"),
        (
            {"starts_at": "2020-01-01T00:00:00Z", "ends_at": "2020-02-01T00:00:00Z"},
            "campaign_ended",
            "ended at 2020-02-01",
        ),
    ],
    ids=["not started", "ended"],
)
def test_outside_its_time_a_campaign_refuses_unlocks_nothing_and_keeps_a_log(
    times: dict[str, Any], code: str, said: str, make: CampaignFactory
) -> None:
    campaign = make("VIP", timezone="Europe/Berlin", **times)
    answer = post(campaign, beacon())
    expect_refusal(answer, 403, code, f"Campaign {campaign.key} {said} 01:00 (Europe/Berlin)")
    [logged] = campaign.trackings()
    assert (logged.name, logged.value, logged.outcome) == ("VIP", "myValue", "refused")
    assert str(logged.refusal).startswith(f"{code}: Campaign {campaign.key} {said}")
    assert campaign.completions() == []
    # Sent again, it gets the same refusal and is logged once.
    assert post(campaign, beacon()).json() == answer.json()
    assert len(campaign.trackings()) == 1


OTHER_CONTENT = {
    "another value": beacon(1, ["VIP", "other"]),
    "no value": beacon(1, ["VIP"]),
    "another pair": beacon(1, ["VIP", "myValue"], ["more"]),
    "a signature": beacon(1, ["VIP", "myValue", "00"]),
    "another visitor": beacon(1, visitor=VISITOR[::-1]),
}


@pytest.mark.parametrize("other", OTHER_CONTENT.values(), ids=OTHER_CONTENT)
def test_the_same_id_with_another_content_is_refused_and_the_first_stays(
    other: bytes, make: CampaignFactory
) -> None:
    campaign = make("VIP")
    assert post(campaign, beacon()).json()["duplicate"] is False
    says = f"id {beacon_id(1)} was stored with another content; expected a new id for each beacon."
    expect_refusal(post(campaign, other), 409, "id_reused", says)
    [stored] = campaign.expect_trackings(("VIP", "myValue"))
    assert stored.visitor == VISITOR


def test_the_same_beacon_again_gets_the_same_answer_and_is_stored_once(
    make: CampaignFactory,
) -> None:
    campaign = make("VIP")
    body = beacon(1, ["VIP", "myValue"], ["taskPerformed"])
    first = post(campaign, body).json()
    # It comes later, so it is older: its age is no part of its content.
    again = post(campaign, beacon(1, ["VIP", "myValue"], ["taskPerformed"], age=2000)).json()
    assert (first["duplicate"], again["duplicate"]) == (False, True)
    assert {**again, "duplicate": False} == first
    assert first["pairs"] == ["waiting", "unmatched"]
    campaign.expect_trackings(("VIP", "myValue"), ("taskPerformed", None))


def test_an_id_that_another_campaign_has_seen_is_free(make: CampaignFactory) -> None:
    one, other = make("VIP"), make("VIP")
    assert post(one, beacon()).json()["duplicate"] is False
    assert post(other, beacon()).json()["duplicate"] is False
    other.expect_trackings(("VIP", "myValue"))
