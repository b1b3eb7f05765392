"""The draw of a competition: an order of all entrants that a published seed fixes.

Anyone can repeat it with SHA-256 and whole numbers:

1. The list has one line `ENTRANT ENTRIES` (two decimal numbers and a line feed) for each entrant
   with at least one valid entry, by rising entrant number. Its digest is the SHA-256 of these
   lines, in hexadecimal.
2. Block i = 0, 1, 2 … of the stream is SHA-256 of `SEED`, line feed, `DIGEST`, line feed, `i`
   (in decimal), read as a big-endian number of 256 bits.
3. Each win: let T be the sum of entries of all who have not won. Take the next block until one is
   below the greatest multiple of T that 256 bits hold; its remainder modulo T is the ticket.
   Walk the list, skipping who has won, and subtract each one's entries from the ticket; who would
   bring it below zero wins.

The first wins go to the first prize, as many as it has winners, the next to the second, and so on.
A redrawn win goes to the next in this same order: whose prize was taken back stays out. Who has
been blocked or erased since the draw has their turn, and it is taken back at once.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from trk.core.campaign import Campaign, state_at

_SPAN = 1 << 256
_BLOCK = 1_024


class DrawError(ValueError):
    """A draw that can't be made or repeated; the message says why."""


class Tickets:
    """The list of a draw: entrants and their entries, 16 bytes each, whatever their number."""

    def __init__(self, entries: Iterable[tuple[int, int]] = ()) -> None:
        """`entries` are (entrant, entries) as `add` takes them, one after the other."""
        self.entrants = array("Q")
        self.weights = array("Q")
        self.total = 0
        self._sums: list[int] = []
        self._hashed = hashlib.sha256()
        self._last = -1
        for entrant, weight in entries:
            self.add(entrant, weight)

    def add(self, entrant: int, weight: int) -> None:
        """Add the next entrant with its entries; DrawError unless it is above those before."""
        if entrant <= self._last or weight < 1:
            raise DrawError(
                f"After entrant {self._last} the list has {entrant} with {weight} entries; "
                "expected entrants in ascending order, each with at least 1 entry."
            )
        if len(self.entrants) % _BLOCK == 0:
            self._sums.append(0)
        self._last = entrant
        self._sums[-1] += weight
        self.total += weight
        self.entrants.append(entrant)
        self.weights.append(weight)
        self._hashed.update(b"%d %d\n" % (entrant, weight))

    @property
    def digest(self) -> str:
        """The SHA-256 of the list's lines."""
        return self._hashed.hexdigest()

    def __len__(self) -> int:
        return len(self.entrants)

    def order(self, seed: str) -> Iterator[int]:
        """The entrants in the order in which `seed` lets them win; ends when all have won."""
        weights, sums, left = array("Q", self.weights), list(self._sums), self.total
        stream = _stream(seed, self.digest)
        while left:
            ticket = _below(stream, left)
            block = 0
            while ticket >= sums[block]:
                ticket -= sums[block]
                block += 1
            index = block * _BLOCK
            while ticket >= weights[index]:
                ticket -= weights[index]
                index += 1
            left -= weights[index]
            sums[block] -= weights[index]
            weights[index] = 0  # who has won holds no ticket any more
            yield self.entrants[index]


def _stream(seed: str, digest: str) -> Iterator[int]:
    number = 0
    while True:
        block = hashlib.sha256(f"{seed}\n{digest}\n{number}".encode()).digest()
        yield int.from_bytes(block, "big")
        number += 1


def _below(stream: Iterator[int], bound: int) -> int:
    """The next number below `bound`, all of them equally likely."""
    limit = _SPAN - _SPAN % bound
    return next(number for number in stream if number < limit) % bound


@dataclass(frozen=True, slots=True)
class DrawPrize:
    """A prize of a competition and how many entrants win it."""

    id: int
    title: str
    winners: int


@dataclass(frozen=True, slots=True)
class Win:
    """The n-th win of a draw (from 0): who wins which prize. `replaces` is the win taken back."""

    n: int
    prize_id: int
    entrant_id: int
    replaces: int | None = None


def refusal(campaign: Campaign, places: int, now: int) -> str | None:
    """Why the winners can't be drawn at `now` (ms), with so many `places`; None if they can."""
    if campaign.kind != "competition":
        return f"Campaign {campaign.key} is a {campaign.kind}; expected a competition."
    if state_at(campaign, now) not in ("ended", "closed"):
        return (
            f"Campaign {campaign.key} is not over; winners can be drawn after it ends or is closed."
        )
    if places < 1:
        return f"Campaign {campaign.key} has no prize; expected at least one with a winner."
    return None


def wins(prizes: Iterable[DrawPrize], order: Iterator[int]) -> list[Win]:
    """The wins of a fresh draw, in order; fewer than there are prizes if the entrants run out."""
    places = (prize.id for prize in prizes for _ in range(prize.winners))
    return [
        Win(n, prize_id, entrant)
        # The place first: zip must not take an entrant for whom there is no place.
        for n, (prize_id, entrant) in enumerate(zip(places, order, strict=False))
    ]


def redrawn(
    tickets: Tickets, seed: str, made: list[Win], taken_back: Win, out: Mapping[int, str]
) -> list[Win]:
    """The wins that replace `taken_back`, each the one before it: for the next in the seed's order
    after all `made`, up to the first who takes part still. Those before the last, who are `out`
    (each with the reason), win nothing.

    Raises DrawError if nobody who takes part is left.
    """
    chain = [taken_back]
    for entrant in islice(tickets.order(seed), len(made), None):
        n = len(made) + len(chain) - 1
        chain.append(Win(n, taken_back.prize_id, entrant, chain[-1].n))
        if entrant not in out:
            return chain[1:]
    rest = ", or are blocked or erased" if len(chain) > 1 else ""
    raise DrawError(
        f"All {len(tickets)} entrants in the draw have won{rest}; nobody is left to draw."
    )


def mistake_in(tickets: Tickets, seed: str, digest: str, made: list[Win]) -> str | None:
    """Why a published draw does not follow from its seed and list, or None if it does."""
    if tickets.digest != digest:
        return f"The list's digest is {tickets.digest}; the draw was made on {digest}."
    order = tickets.order(seed)
    for n, win in enumerate(made):
        expected = next(order, None)
        if (win.n, win.entrant_id) != (n, expected):
            right = "nobody" if expected is None else expected
            return f"Win {win.n} went to entrant {win.entrant_id}; the seed gives {right}."
    standing: dict[int, int] = {}
    for win in made:
        if win.replaces is not None and standing.pop(win.replaces, None) != win.prize_id:
            return (
                f"Win {win.n} has prize {win.prize_id} and replaces win {win.replaces}; expected a "
                "win before it that stood, with the same prize."
            )
        standing[win.n] = win.prize_id
    return None
