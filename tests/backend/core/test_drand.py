"""drand's rounds, by the published parameters of its chain, and what is taken for an answer."""

from __future__ import annotations

import json

import pytest

from tests.backend.drand_rounds import ANOTHER, RANDOMNESS, SIGNATURE
from tests.backend.drawing import LEAGUE, signature_of
from trk.core.drand import WAIT, comes_at, is_signed, path_of, read, round_for
from trk.core.draw import DrawError

GENESIS = 1_692_803_367_000


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


X = (1 << 381) - 1
"""The bits of a point's x, as it is written; those before them are flags."""
FIELD = int(
    "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f624"
    "1eabfffeb153ffffb9feffffffffaaab",
    16,
)
"""The number of elements of BLS12-381's field: x and x + FIELD mean the same point."""


def test_the_signatures_that_drand_has_published_are_its_own_each_for_its_round() -> None:
    assert is_signed(1_000, SIGNATURE)
    assert is_signed(657_413, ANOTHER)
    assert not is_signed(1_001, SIGNATURE)
    assert not is_signed(1_000, ANOTHER)


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "00",
        SIGNATURE[:-2],
        SIGNATURE + "00",
        SIGNATURE.upper(),
        SIGNATURE + "\n",
        "00" * 48,
        "ff" * 48,
        f"{0b110 << 381:096x}",  # the point at infinity
        f"{0b100 << 381 | 4:096x}",  # on the curve, but not in the group of order r
        f"{int(SIGNATURE, 16) ^ 1 << 381:096x}",  # the other point with this x
        f"{int(SIGNATURE, 16) & X:096x}",
    ],
)
def test_nothing_else_is_a_signature(signature: str) -> None:
    assert not is_signed(1_000, signature)


@pytest.mark.parametrize("number", [-1, 0, 2**64, 10**30])
def test_nor_is_there_one_of_a_round_that_never_is(number: int) -> None:
    assert not is_signed(number, SIGNATURE)


def test_a_signature_is_written_in_one_way_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """The value is made of how it is written, so whoever draws could choose between two."""
    monkeypatch.setattr("trk.core.drand.KEY", LEAGUE)
    number = next(n for n in range(1, 99) if int(signature_of(n), 16) & X < X - FIELD)
    right = signature_of(number)
    assert is_signed(number, right)
    assert not is_signed(number, f"{int(right, 16) + FIELD:096x}")


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
        (answer(signature=SIGNATURE[:-2] + "38"), "is not drand's for round 1000"),
        (answer(signature=ANOTHER, randomness=None), "is not drand's for round 1000"),
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
