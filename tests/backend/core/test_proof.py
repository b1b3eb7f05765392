"""The proof of a draw: seeds by their written rule, and every way in which a proof is wrong."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
import pytest

from tests.backend.drand_rounds import ANOTHER, RANDOMNESS, SIGNATURE
from trk.core import drand
from trk.core.doubts import doubts, guarantees, limits, said_of
from trk.core.draw import DrawError, DrawPrize, Tickets, Win
from trk.core.proof import (
    UNCHANGED,
    Changes,
    FixedList,
    GivenError,
    Proof,
    SeedKind,
    changes_between,
    check_given,
    check_plan,
    commitment_of,
    mistake_in_proof,
    seed_of,
)

LIST = Tickets([(3, 1), (7, 5), (8, 2)])
PRIZES = [DrawPrize(1, "Bike", 1), DrawPrize(2, "Bell", 2)]
WINS = [Win(0, 1, 7), Win(1, 2, 3), Win(2, 2, 8)]
SECRET = "5ec2e7" * 10
ENDED = drand.comes_at(1000) - drand.WAIT
OTHERS = drand.value_of(ANOTHER)


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def proof(kind: SeedKind = "committed", **fields: Any) -> Proof:
    fixed = FixedList(ENDED, ENDED + 9_000, LIST.digest, len(LIST), LIST.total, PRIZES)
    made = Proof(
        kind=kind,
        source="the lottery" if kind == "announced" else "",
        settled_at=1,
        commitment=sha(SECRET),
        committed_at=1,
        secret=SECRET,
        fixed=[fixed],
        value={"committed": "", "drand": RANDOMNESS, "announced": "4 8", "chosen": "mine"}[kind],
        signature=SIGNATURE if kind == "drand" else "",
        taken_back=0,
        unconfirmed=0,
        changes=UNCHANGED,
    )
    return msgspec.structs.replace(made, **fields)


def test_a_seed_is_the_hash_of_the_secret_the_lists_digest_and_the_public_value() -> None:
    assert commitment_of(SECRET) == sha(SECRET)
    assert seed_of("committed", SECRET, "d", "") == sha(f"{SECRET}\nd")
    assert seed_of("drand", SECRET, "d", "v") == sha(f"{SECRET}\nd\nv")
    assert seed_of("announced", SECRET, "d", "v") == sha(f"{SECRET}\nd\nv")
    assert seed_of("chosen", SECRET, "d", "v") == "v"


@pytest.mark.parametrize("kind", ["committed", "drand", "announced", "chosen"])
def test_a_right_proof_has_no_mistake(kind: SeedKind) -> None:
    right = proof(kind)
    seed = seed_of(kind, SECRET, LIST.digest, right.value)
    assert mistake_in_proof(right, seed, LIST, LIST) is None


@pytest.mark.parametrize(
    ("kind", "fields", "said"),
    [
        ("committed", {"secret": "another"}, "The secret’s SHA-256 is"),
        ("committed", {"commitment": sha("another")}, "The secret’s SHA-256 is"),
        ("committed", {"fixed": []}, "No list was fixed"),
        ("committed", {"fixed": [FixedList(1, 2, "d", 1, 1, [])]}, "The fixed list’s digest"),
        ("committed", {"kind": "drand"}, "is not drand’s for round 1000"),
        ("committed", {"kind": "announced"}, "The seed is"),
        ("committed", {"kind": "chosen"}, "The seed is"),
        ("drand", {"value": "00"}, "its signature gives"),
        ("drand", {"signature": "00"}, "is not drand’s for round 1000"),
        ("drand", {"signature": ANOTHER, "value": OTHERS}, "is not drand’s for round 1000"),
        ("drand", {"kind": "committed"}, "The seed is"),
        ("announced", {"value": "4 9"}, "The seed is"),
        ("announced", {"kind": "committed"}, "The seed is"),
        ("chosen", {"value": "yours"}, "The seed is"),
        ("committed", {"changes": Changes(entries_removed=1)}, "entries_removed is 1"),
    ],
)
def test_a_forged_proof_is_found_out(kind: SeedKind, fields: dict[str, Any], said: str) -> None:
    seed = seed_of(kind, SECRET, LIST.digest, proof(kind).value)
    forged = msgspec.structs.replace(proof(kind), **fields)
    assert said in (mistake_in_proof(forged, seed, LIST, LIST) or "")


def test_a_chosen_seed_does_not_pass_for_one_that_was_committed() -> None:
    for tried in range(40):
        assert mistake_in_proof(proof(), sha(f"{tried}"), LIST, LIST) is not None


def test_lists_are_compared_entrant_by_entrant() -> None:
    later = Tickets([(3, 4), (8, 1), (9, 6), (20, 1)])
    found = changes_between(LIST, later, Changes(late=3, blocked=1))
    assert found == Changes(2, 1, 3 + 6 + 1, 5 + 1, late=3, blocked=1)
    assert changes_between(LIST, LIST, UNCHANGED) == UNCHANGED
    said = said_of(found)
    assert said == (
        "10 entries more, 6 entries fewer; 2 entrants new, 1 removed. Since then: 3 completions "
        "that came in late, 1 entrant blocked by the organiser."
    )
    seed = seed_of("committed", SECRET, LIST.digest, "")
    assert mistake_in_proof(proof(changes=found), seed, LIST, later) is None
    assert "entrants_added is 0" in (mistake_in_proof(proof(), seed, LIST, later) or "")


def test_what_weakens_a_draw_is_told() -> None:
    assert list(doubts(proof(), WINS)) == []
    assert list(doubts(proof("drand"), WINS)) == []
    [late] = doubts(proof(committed_at=ENDED), WINS)
    assert "only after the end" in late
    first = FixedList(ENDED - 9, ENDED - 8, "d", 1, 1, [], opened_at=ENDED - 5)
    last = proof().fixed[0]
    [opened] = doubts(proof(fixed=[first, last]), WINS)
    assert "reopened once" in opened
    [opened] = doubts(proof(fixed=[first, first, last]), WINS)
    assert "reopened 2 times" in opened
    known = drand.comes_at(drand.round_for(ENDED))
    [after] = doubts(proof("drand", fixed=[msgspec.structs.replace(last, fixed_at=known)]), WINS)
    assert "only after the public value was known" in after
    [changed] = doubts(proof(changes=Changes(entries_removed=2, invalidated=1)), WINS)
    assert "1 completion invalidated by the organiser" in changed
    [once] = doubts(proof(), [*WINS, Win(3, 1, 9, 0)])
    assert once.startswith("1 win was taken back by the organiser")
    [again] = doubts(proof(), [*WINS, Win(3, 1, 9, 0), Win(4, 1, 10, 3)])
    assert again.startswith("2 wins were taken back by the organiser")


@pytest.mark.parametrize(
    "made",
    [
        [Win(0, 2, 7), Win(1, 2, 3), Win(2, 1, 8)],  # in another order
        [Win(0, 1, 7), Win(1, 2, 3), Win(2, 2, 8), Win(3, 2, 9)],  # one more
        [Win(0, 1, 7), Win(1, 3, 3)],  # another prize
        WINS[:2],  # one less, though there was a third entrant
    ],
)
def test_prizes_that_were_changed_after_the_end_are_told(made: list[Win]) -> None:
    [said] = doubts(proof(), made)
    assert "The prizes were changed" in said


def test_fewer_entrants_than_prizes_are_no_change() -> None:
    last = proof().fixed[0]
    for some in (0, 2):
        fixed = [msgspec.structs.replace(last, entrants=some)]
        assert list(doubts(proof(fixed=fixed), WINS[:some])) == []
    left_out = doubts(proof(changes=Changes(entrants_left_out=1, entries_removed=1)), WINS[:2])
    assert not any("prizes" in said for said in left_out)


def test_each_kind_says_what_it_shows_and_what_not() -> None:
    assert "can’t choose the seed" in guarantees("committed")[0]
    assert "not even whoever runs this server" in guarantees("drand")[1]
    assert "if nobody can know that" in guarantees("announced")[1]
    assert "no more than that" in guarantees("chosen")[0]
    assert "can read the secret" in limits("committed")[0]
    assert "anyone can check the signature" in guarantees("drand")[2]
    assert "worked together in secret" in limits("drand")[0]
    assert limits("announced", "the lottery")[0].endswith("beforehand: the lottery")
    assert "try as many as it takes" in limits("chosen")[0]
    kinds: list[SeedKind] = ["committed", "drand", "announced", "chosen"]
    assert all("invent" in limits(kind)[-1] for kind in kinds)


@pytest.mark.parametrize(
    ("kind", "source", "said"),
    [
        ("announced", "", "source is ''"),
        ("announced", "x" * 201, "1 to 200 printable"),
        ("announced", "a\nb", "1 to 200 printable"),
        ("drand", "the lottery", "expected nothing"),
        ("chosen", "the lottery", "expected nothing"),
    ],
)
def test_a_source_is_named_for_the_kind_that_has_one(
    kind: SeedKind, source: str, said: str
) -> None:
    with pytest.raises(GivenError, match=said) as caught:
        check_plan(kind, source)
    assert caught.value.field == "source"


@pytest.mark.parametrize(
    ("kind", "seed", "value", "field"),
    [
        ("committed", "s", None, None),
        ("committed", None, "v", None),
        ("drand", "s", None, None),
        ("announced", "s", "v", None),
        ("announced", None, None, "value"),
        ("announced", None, "a\nb", "value"),
        ("chosen", None, None, "seed"),
        ("chosen", "", None, "seed"),
        ("chosen", "x" * 201, None, "seed"),
        ("chosen", "s", "v", None),
    ],
)
def test_what_a_kind_does_not_take_is_refused(
    kind: SeedKind, seed: str | None, value: str | None, field: str | None
) -> None:
    with pytest.raises(DrawError) as caught:
        check_given(kind, "the lottery", seed, value)
    assert getattr(caught.value, "field", None) == field


def test_what_a_kind_takes_is_taken() -> None:
    check_given("committed", "", None, None)
    check_given("drand", "", None, None)
    check_given("drand", "", None, "{}")
    check_given("announced", "the lottery", None, "4 8")
    check_given("chosen", "", "s", None)
    check_plan("announced", "the lottery")
    check_plan("committed", "")
