"""What a draw shows and what it does not, in sentences for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from trk.core import drand
from trk.core.draw import Win
from trk.core.proof import UNCHANGED, Changes, Proof, SeedKind, round_of


def guarantees(kind: SeedKind) -> list[str]:
    """What a draw of this kind shows, in sentences for everybody."""
    if kind == "chosen":
        return ["The winners follow from the seed and the list. It proves no more than that."]
    said = [
        "The organiser can’t choose the seed: it follows from a secret that was sealed beforehand, "
        "and from a list that is fixed at the end."
    ]
    if kind == "drand":
        said.append(
            "Nobody can know the seed while the list is open, not even whoever runs this server: "
            "it also needs a public value that appears only later."
        )
    if kind == "announced":
        said.append(
            "It also needs the result of the source named beforehand: if nobody can know that, "
            "nobody can know the seed while the list is open, not even whoever runs this server."
        )
    return said


def limits(kind: SeedKind, source: str = "") -> list[str]:
    """What a draw of this kind does not show, in sentences for everybody."""
    said = {
        "committed": "Whoever runs this server (it may be the organiser) can read the secret, and "
        "try which invented entrants make somebody win. A public source would rule that out.",
        "drand": "This server checks that the value belongs to its signature, not that the "
        "signature is drand’s: compare the value with what drand itself shows.",
        "announced": "Only you can compare the value with its source, and judge whether anyone "
        f"could know or influence it beforehand: {source}",
        "chosen": "The organiser chooses the seed when the list is known, and can try as many as "
        "it takes until a certain entrant wins.",
    }[kind]
    return [
        said,
        "Nothing here proves that all entrants are real: whoever runs the server can invent some.",
    ]


def doubts(proof: Proof, made: list[Win]) -> Iterator[str]:
    """What happened with this very draw, with its wins, that weakens what its kind shows."""
    last = proof.fixed[-1]
    if proof.kind != "chosen" and proof.committed_at >= proof.fixed[0].ended_at:
        yield (
            "The secret was committed only after the end: the campaign is older than this way of "
            "drawing. So nothing proves that the secret was not chosen to fit the list."
        )
    opened = len(proof.fixed) - 1
    if opened:
        times = "once" if opened == 1 else f"{opened} times"
        yield (
            f"The campaign was reopened {times} after its end. The lists fixed before are shown, "
            "but don’t count."
        )
    if proof.kind == "drand" and last.fixed_at >= drand.comes_at(round_of(proof)):
        yield (
            "The list was fixed only after the public value was known (was the server down?), so "
            "whoever runs it could have tried different lists."
        )
    if proof.changes != UNCHANGED:
        yield (
            "The list was changed after it was fixed, and winners were drawn from the changed one: "
            + said_of(proof.changes)
        )
    order = (prize.id for prize in last.prizes for _ in range(prize.winners))
    given = [win.prize_id for win in made if win.replaces is None]
    if given != list(islice(order, len(given))):
        yield (
            "The prizes were changed after the list was fixed: different ones were given away, or "
            "in a different order."
        )


_REASONS = (
    ("late", "%d %s that came in late", "completion", "completions"),
    ("invalidated", "%d %s invalidated by the organiser", "completion", "completions"),
    ("restored", "%d %s restored", "completion", "completions"),
    ("blocked", "%d %s blocked by the organiser", "entrant", "entrants"),
    ("unblocked", "%d %s unblocked", "entrant", "entrants"),
    ("erased", "%d %s erased with all their data", "entrant", "entrants"),
)


def said_of(changes: Changes) -> str:
    """What became of a list, in a sentence with its reasons."""
    compared = (
        f"{_count(changes.entries_added, 'entry', 'entries')} more, "
        f"{_count(changes.entries_removed, 'entry', 'entries')} fewer; "
        f"{_count(changes.entrants_added, 'entrant', 'entrants')} new, {changes.entrants_left_out} "
        "removed."
    )
    reasons = [
        words % (count, one if count == 1 else many)
        for name, words, one, many in _REASONS
        if (count := getattr(changes, name))
    ]
    return compared + (f" Since then: {', '.join(reasons)}." if reasons else "")


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
