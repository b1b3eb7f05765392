"""drand's rounds, by the published parameters of its chain, and what is taken for an answer."""

from __future__ import annotations

import json

import pytest

from trk.core.drand import WAIT, comes_at, path_of, read, round_for
from trk.core.draw import DrawError

GENESIS = 1_692_803_367_000
SIGNATURE = (
    "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125"
    "e342b73a8dd2bacbe47e4b6b63ed5e39"
)
RANDOMNESS = "fe290beca10872ef2fb164d2aa4442de4566183ec51c56ff3cd603d930e54fdd"
"""Round 1000 of quicknet, as drand publishes it."""


@pytest.mark.parametrize(
    ("after_genesis", "number"),
    [
        (0, 1),
        (1, 2),
        (2_999, 2),
        (3_000, 2),
        (3_001, 3),
        (105_321_033_000, 35_107_012),  # 2026-12-24T15:00:00Z
        (105_321_033_001, 35_107_013),
        (-1, 1),
        (-GENESIS, 1),  # a campaign that ended before drand began
    ],
)
def test_the_first_round_that_comes_after_the_wait_is_taken(
    after_genesis: int, number: int
) -> None:
    ended_at = GENESIS + after_genesis - WAIT
    assert round_for(ended_at) == number
    assert comes_at(number) >= ended_at + WAIT
    if number > 1:
        assert comes_at(number - 1) < ended_at + WAIT


def test_a_value_is_looked_up_by_the_name_of_the_chain() -> None:
    chain = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"
    assert path_of(1_000) == f"/{chain}/public/1000"


def answer(**fields: object) -> str:
    real = {"round": 1000, "randomness": RANDOMNESS, "signature": SIGNATURE}
    return json.dumps({name: v for name, v in {**real, **fields}.items() if v is not None})


@pytest.mark.parametrize("fields", [{}, {"randomness": None}, {"previous_signature": "00"}])
def test_a_real_answer_is_read_also_without_its_randomness(fields: dict[str, object]) -> None:
    assert read(answer(**fields), 1000) == (1000, RANDOMNESS, SIGNATURE)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "expected everything that"),
        (RANDOMNESS, "expected everything that"),
        ("[" * 5_000, "expected everything that"),
        ("\ud800", "expected everything that"),
        (answer(round=1001), "from round 1001"),
        (answer(round="1000"), "expected everything that"),
        (answer(signature=SIGNATURE[:-2] + "38"), "its signature gives"),
        (answer(randomness="00" * 32), "its signature gives"),
        (answer(signature="xyz"), "The signature is 'xyz'"),
        (answer(signature=SIGNATURE.upper()), "The signature is"),
        (answer(signature=None), "expected everything that"),
        (answer(padding="x" * 9_000), "expected everything that"),
    ],
)
def test_what_is_no_answer_for_the_round_is_refused_in_a_sentence(text: str, said: str) -> None:
    with pytest.raises(DrawError) as caught:
        read(text, 1000)
    assert said in str(caught.value)
    assert len(str(caught.value)) < 500
