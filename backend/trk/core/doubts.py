"""What a draw shows and what it does not, in sentences for everybody."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice

from trk.core import drand
from trk.core.draw import Win
from trk.core.phrase import Phrase, phrase, phrases
from trk.core.proof import UNCHANGED, Changes, Proof, SeedKind, round_of


def guarantees(kind: SeedKind) -> list[Phrase]:
    """What a draw of this kind shows, in sentences for everybody."""
    if kind == "chosen":
        return [
            phrase("The winners follow from the seed and the list. It proves no more than that.")
        ]
    said = [
        phrase(
            "The organiser can’t choose the seed: it follows from a secret that was sealed "
            "beforehand, and from a list that is fixed at the end."
        )
    ]
    if kind == "drand":
        said += [
            phrase(
                "Nobody can know the seed while the list is open, not even whoever runs this "
                "server: it also needs a public value that appears only later."
            ),
            phrase(
                "This server takes only a value that drand has signed, and anyone can check the "
                "signature."
            ),
        ]
    if kind == "announced":
        said.append(
            phrase(
                "It also needs the result of the source named beforehand: if nobody can know that, "
                "nobody can know the seed while the list is open, not even whoever runs this "
                "server."
            )
        )
    return said


def limits(kind: SeedKind, source: str = "") -> list[Phrase]:
    """What a draw of this kind does not show, in sentences for everybody."""
    said = {
        "committed": phrase(
            "Whoever runs this server (it may be the organiser) can read the secret, and try which "
            "invented entrants make somebody win. A public source would rule that out."
        ),
        "drand": phrase(
            "If enough of the organisations behind drand worked together in secret, they could "
            "know the value beforehand."
        ),
        "announced": phrase(
            "Only you can compare the value with its source, and judge whether anyone could know "
            "or influence it beforehand: %(source)s",
            source=source,
        ),
        "chosen": phrase(
            "The organiser chooses the seed when the list is known, and can try as many as it "
            "takes until a certain entrant wins."
        ),
    }[kind]
    return [
        said,
        phrase(
            "Nothing here proves that all entrants are real: whoever runs the server can invent "
            "some."
        ),
    ]


def doubts(proof: Proof, made: list[Win]) -> Iterator[Phrase]:
    """What happened with this very draw, with its wins, that weakens what its kind shows."""
    last = proof.fixed[-1]
    if proof.kind != "chosen" and proof.committed_at >= proof.fixed[0].ended_at:
        yield phrase(
            "The secret was committed only after the end: the campaign is older than this way of "
            "drawing. So nothing proves that the secret was not chosen to fit the list."
        )
    opened = len(proof.fixed) - 1
    if opened:
        yield phrases(
            "The campaign was reopened once after its end. The lists fixed before are shown, but "
            "don’t count.",
            "The campaign was reopened %(num)s times after its end. The lists fixed before are "
            "shown, but don’t count.",
            opened,
        )
    if proof.kind == "drand" and last.fixed_at >= drand.comes_at(round_of(proof)):
        yield phrase(
            "The list was fixed only after the public value was known (was the server down?), so "
            "whoever runs it could have tried different lists."
        )
    if proof.changes != UNCHANGED:
        yield phrase(
            "The list was changed after it was fixed, and winners were drawn from the changed one: "
            "%(changes)s",
            changes=said_of(proof.changes),
        )
    order = (prize.id for prize in last.prizes for _ in range(prize.winners))
    given = [win.prize_id for win in made if win.replaces is None]
    changes = proof.changes
    drawn = last.entrants + changes.entrants_added - changes.entrants_left_out
    if given != list(islice(order, max(0, drawn))):
        yield phrase(
            "The prizes were changed after the list was fixed: different ones were given away, or "
            "in a different order."
        )
    taken_back = len(made) - len(given)
    if taken_back:
        yield phrases(
            "%(num)s win was taken back by the organiser, and the prize went to the next in order. "
            "Whoever takes back enough wins can choose who gets a prize.",
            "%(num)s wins were taken back by the organiser, and each prize went to the next in "
            "order. Whoever takes back enough wins can choose who gets a prize.",
            taken_back,
        )


_REASONS: Mapping[str, Callable[[int], Phrase]] = {
    "late": lambda num: phrases(
        "%(num)s completion that came in late", "%(num)s completions that came in late", num
    ),
    "invalidated": lambda num: phrases(
        "%(num)s completion invalidated by the organiser",
        "%(num)s completions invalidated by the organiser",
        num,
    ),
    "restored": lambda num: phrases(
        "%(num)s completion restored", "%(num)s completions restored", num
    ),
    "blocked": lambda num: phrases(
        "%(num)s entrant blocked by the organiser", "%(num)s entrants blocked by the organiser", num
    ),
    "unblocked": lambda num: phrases(
        "%(num)s entrant unblocked", "%(num)s entrants unblocked", num
    ),
    "erased": lambda num: phrases(
        "%(num)s entrant erased with all their data",
        "%(num)s entrants erased with all their data",
        num,
    ),
}


def said_of(changes: Changes) -> Phrase:
    """What became of a list, in a sentence with its reasons."""
    compared = phrase(
        "%(more)s more, %(fewer)s fewer; %(added)s new, %(left_out)s removed.",
        more=phrases("%(num)s entry", "%(num)s entries", changes.entries_added),
        fewer=phrases("%(num)s entry", "%(num)s entries", changes.entries_removed),
        added=phrases("%(num)s entrant", "%(num)s entrants", changes.entrants_added),
        left_out=changes.entrants_left_out,
    )
    reasons = [say(count) for name, say in _REASONS.items() if (count := getattr(changes, name))]
    if not reasons:
        return compared
    listed = reasons[0]
    for reason in reasons[1:]:
        listed = phrase("%(several)s, %(last)s", several=listed, last=reason)
    return phrase("%(compared)s Since then: %(reasons)s.", compared=compared, reasons=listed)
