"""The draw: repeatable from its seed, fair, without repeats, and the same as its description."""

from __future__ import annotations

import hashlib
from collections import Counter
from itertools import islice

import pytest

from trk.core.draw import DrawError, DrawPrize, Tickets, Win, mistake_in, redrawn, wins

LIST = [(3, 1), (7, 5), (8, 2), (20, 10), (21, 1)]


def plainly(seed: str, entries: list[tuple[int, int]]) -> list[int]:
    """The order as the module's description says it, by the simplest code that does it."""
    lines = "".join(f"{entrant} {weight}\n" for entrant, weight in entries)
    digest = hashlib.sha256(lines.encode()).hexdigest()
    left, order, block = list(entries), [], 0
    while left:
        total = sum(weight for _, weight in left)
        while True:
            text = f"{seed}\n{digest}\n{block}"
            number = int(hashlib.sha256(text.encode()).hexdigest(), 16)
            block += 1
            if number < 2**256 // total * total:
                break
        ticket = number % total
        for at, (_, weight) in enumerate(left):
            ticket -= weight
            if ticket < 0:
                order.append(left.pop(at)[0])
                break
    return order


def test_a_published_draw_can_be_repeated_years_later() -> None:
    # Written down once: should this change, no old draw could be verified any more.
    assert (
        Tickets(LIST).digest == "82d581304af588d9ba9456f74f96a9b1b602bca845b845daa1f1195bdc0c3dc4"
    )
    assert list(Tickets(LIST).order("2026-11-24 lottery 7 12 23 41")) == [20, 21, 7, 8, 3]


@pytest.mark.parametrize("seed", ["", "a", "b", "ü" * 100])
@pytest.mark.parametrize("size", [0, 1, 2, 1_023, 1_024, 1_025, 3_000])
def test_the_draw_does_what_its_description_says(seed: str, size: int) -> None:
    entries = [(n * 3 + 1, n * n % 50 + 1) for n in range(size)]
    first = list(islice(Tickets(entries).order(seed), 40))
    assert first == plainly(seed, entries)[:40]


def test_every_entrant_is_drawn_exactly_once() -> None:
    entries = [(n, n % 7 + 1) for n in range(5_000)]
    assert sorted(Tickets(entries).order("seed")) == [n for n, _ in entries]


def test_entries_are_chances() -> None:
    entries = [(1, 1), (2, 3), (3, 6)]
    first = Counter(next(Tickets(entries).order(str(n))) for n in range(20_000))
    # 20,000 draws: five standard deviations are below 2 %.
    for entrant, weight in entries:
        assert abs(first[entrant] / 20_000 - weight / 10) < 0.02
    second = Counter(list(Tickets(entries).order(str(n)))[1] for n in range(20_000))
    # By hand: 3 wins second after 1 (1/10 · 6/9) or after 2 (3/10 · 6/7).
    assert abs(second[3] / 20_000 - (0.1 * 6 / 9 + 0.3 * 6 / 7)) < 0.02


def test_huge_weights_stay_exact() -> None:
    entries = [(1, 2**40), (2, 1), (3, 2**40)]
    order = list(Tickets(entries).order("x"))
    assert order == plainly("x", entries)
    assert sorted(order) == [1, 2, 3]


@pytest.mark.parametrize("entries", [[(2, 1), (1, 1)], [(1, 1), (1, 1)], [(1, 0)], [(1, -1)]])
def test_a_list_that_is_not_in_order_or_has_no_entries_is_refused(
    entries: list[tuple[int, int]],
) -> None:
    with pytest.raises(DrawError, match="expected entrants in ascending order"):
        Tickets(entries)


def test_prizes_are_given_in_order_one_win_per_entrant() -> None:
    order = list(Tickets(LIST).order("s"))
    made = wins([DrawPrize(1, "Bike", 1), DrawPrize(2, "Bell", 3)], iter(order))
    assert [(w.n, w.prize_id) for w in made] == [(0, 1), (1, 2), (2, 2), (3, 2)]
    assert [w.entrant_id for w in made] == order[:4]


def test_more_prizes_than_entrants_leave_prizes_over() -> None:
    made = wins([DrawPrize(1, "Bell", 10)], Tickets(LIST).order("s"))
    assert len(made) == len(LIST)
    assert wins([DrawPrize(1, "Bell", 10)], Tickets([]).order("s")) == []


def test_a_redrawn_win_goes_to_the_next_in_order_and_never_back() -> None:
    tickets = Tickets(LIST)
    order = list(tickets.order("s"))
    made = wins([DrawPrize(1, "Bike", 2)], tickets.order("s"))
    [again] = redrawn(tickets, "s", made, made[0], {})
    assert again == Win(2, 1, order[2], replaces=0)
    [once_more] = redrawn(tickets, "s", [*made, again], again, {})
    assert once_more == Win(3, 1, order[3], replaces=2)
    assert mistake_in(tickets, "s", tickets.digest, [*made, again, once_more]) is None


def test_when_all_have_won_a_redraw_says_so() -> None:
    tickets = Tickets(LIST)
    made = wins([DrawPrize(1, "Bell", 5)], tickets.order("s"))
    with pytest.raises(DrawError, match="All 5 entrants"):
        redrawn(tickets, "s", made, made[0], {})


def test_who_is_out_has_their_turn_and_wins_nothing() -> None:
    tickets = Tickets(LIST)
    order = list(tickets.order("s"))
    made = wins([DrawPrize(1, "Bike", 2)], tickets.order("s"))
    out = dict.fromkeys(order[2:4], "blocked")
    chain = redrawn(tickets, "s", made, made[1], out)
    assert chain == [Win(2, 1, order[2], 1), Win(3, 1, order[3], 2), Win(4, 1, order[4], 3)]
    assert mistake_in(tickets, "s", tickets.digest, [*made, *chain]) is None
    with pytest.raises(DrawError, match="have won, or are blocked or erased; nobody is left"):
        redrawn(tickets, "s", made, made[1], dict.fromkeys(order, "blocked"))


def test_a_forged_draw_is_found_out() -> None:
    tickets = Tickets(LIST)
    made = wins([DrawPrize(1, "Bike", 2)], tickets.order("s"))
    forged = [made[0], Win(1, 1, next(e for e, _ in LIST if e not in {w.entrant_id for w in made}))]
    altered = Tickets([*LIST[:-1], (21, 2)])
    assert mistake_in(tickets, "s", tickets.digest, made) is None
    assert "the seed gives" in (mistake_in(tickets, "s", tickets.digest, forged) or "")
    assert "digest" in (mistake_in(altered, "s", tickets.digest, made) or "")
    assert "the seed gives" in (mistake_in(tickets, "s", tickets.digest, [*made, *made]) or "")
    # No prize comes from nowhere: a replacement has that of a win which nobody else replaces.
    at, order = len(made), list(tickets.order("s"))
    for prize, replaces in ((2, 0), (1, at), (1, at + 5), (1, -1)):
        again = [*made, Win(at, prize, order[at], replaces)]
        assert "expected a win before it that stood" in (
            mistake_in(tickets, "s", tickets.digest, again) or ""
        )
    twice = [*made, Win(at, 1, order[at], 0), Win(at + 1, 1, order[at + 1], 0)]
    assert "replaces win 0" in (mistake_in(tickets, "s", tickets.digest, twice) or "")
    one, won = Tickets([(3, 1)]), Win(0, 1, 3)
    said = mistake_in(one, "s", one.digest, [won, Win(1, 1, 7)])
    assert said == "Win 1 went to entrant 7; the seed gives nobody."
