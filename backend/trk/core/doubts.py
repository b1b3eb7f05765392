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
            phrase("The winners follow from the seed and the list. It shows no more than that.")
        ]
    said = [
        phrase(
            "The organiser can’t choose the seed: it follows from a secret that was put under seal "
            "before, and from a list that is fixed at the end."
        )
    ]
    if kind == "drand":
        said.append(
            phrase(
                "Nobody can know the seed while the list is made, not even who runs this server: "
                "it also needs a public value that comes only later."
            )
        )
    if kind == "announced":
        said.append(
            phrase(
                "It also needs what comes of the source that was named beforehand: if nobody can "
                "know that, nobody can know the seed while the list is made, not even who runs "
                "this server."
            )
        )
    return said


def limits(kind: SeedKind, source: str = "") -> list[Phrase]:
    """What a draw of this kind does not show, in sentences for everybody."""
    said = {
        "committed": phrase(
            "Who runs this server (it may be the organiser) can read the secret, and try out which "
            "invented entrants let somebody win. A public source would rule that out."
        ),
        "drand": phrase(
            "This server checks that the value belongs to its signature, not that the signature is "
            "drand’s: please compare the value with what drand itself shows."
        ),
        "announced": phrase(
            "Only you can compare the value with its source, and judge whether anybody could know "
            "or steer it before: %(source)s",
            source=source,
        ),
        "chosen": phrase(
            "The organiser gives the seed when the list is known, and can try out as many as it "
            "takes until a certain entrant wins."
        ),
    }[kind]
    return [
        said,
        phrase(
            "Nothing here shows that all entrants are real: who runs the server can invent some."
        ),
    ]


def doubts(proof: Proof, made: list[Win]) -> Iterator[Phrase]:
    """What happened with this very draw, with its wins, that weakens what its kind shows."""
    last = proof.fixed[-1]
    if proof.kind != "chosen" and proof.committed_at >= proof.fixed[0].ended_at:
        yield phrase(
            "The secret was committed only after the end: the campaign is older than this way of "
            "drawing. It does not show that the secret was not chosen to fit the list."
        )
    opened = len(proof.fixed) - 1
    if opened:
        yield phrases(
            "The campaign was opened again once after its end. The lists that had been fixed "
            "before are shown, and do not count.",
            "The campaign was opened again %(num)s times after its end. The lists that had been "
            "fixed before are shown, and do not count.",
            opened,
        )
    if proof.kind == "drand" and last.fixed_at >= drand.comes_at(round_of(proof)):
        yield phrase(
            "The list was fixed only after the public value was known (was the server down?), so "
            "who runs it could have tried out lists."
        )
    if proof.changes != UNCHANGED:
        yield phrase(
            "The list was changed after it had been fixed, and the winners were drawn from the "
            "changed one: %(changes)s",
            changes=said_of(proof.changes),
        )
    order = (prize.id for prize in last.prizes for _ in range(prize.winners))
    given = [win.prize_id for win in made if win.replaces is None]
    if given != list(islice(order, len(given))):
        yield phrase(
            "The prizes were changed after the list had been fixed: others were given away, or in "
            "another order, than there were then."
        )


_REASONS: Mapping[str, Callable[[int], Phrase]] = {
    "late": lambda num: phrases(
        "%(num)s completion that came in late", "%(num)s completions that came in late", num
    ),
    "invalidated": lambda num: phrases(
        "%(num)s completion taken back by the organiser",
        "%(num)s completions taken back by the organiser",
        num,
    ),
    "restored": lambda num: phrases(
        "%(num)s completion given back", "%(num)s completions given back", num
    ),
    "blocked": lambda num: phrases(
        "%(num)s entrant blocked by the organiser", "%(num)s entrants blocked by the organiser", num
    ),
    "unblocked": lambda num: phrases(
        "%(num)s entrant let in again", "%(num)s entrants let in again", num
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
        "%(more)s more, %(fewer)s fewer; %(added)s new, %(left_out)s left out.",
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
