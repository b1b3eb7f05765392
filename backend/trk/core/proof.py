"""The proof of a draw: what its seed is made of, whether that is so, and what it shows.

1. A secret of the server's is committed when a campaign is made: its SHA-256 (of the secret as it
   is written) is published at once, the secret only with the draw.
2. When the campaign ends, its list is fixed, and the list's digest (see draw.py) is published.
3. The seed follows from these. It is the SHA-256 of `SECRET`, line feed, `DIGEST`, for a draw with
   a public source followed by a line feed and its `VALUE`. A seed of the organiser's own choice is
   what the organiser says.
4. The winners are drawn from the list as it is then. Where it differs from the one that was fixed,
   both are published, and what has changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import islice
from typing import Literal

import msgspec

from trk.core import drand
from trk.core.draw import DrawError, DrawPrize, Tickets, Win
from trk.core.rejection import shown

SeedKind = Literal["committed", "drand", "announced", "chosen"]
"""What a seed is made of: the committed secret; that and a value of drand's, or of a source that
the organiser has named beforehand; or the organiser's own choice."""

TITLES: dict[SeedKind, str] = {
    "committed": "the server’s secret, committed beforehand",
    "drand": "a public source, drand, and the server’s secret",
    "announced": "a public source, named beforehand, and the server’s secret",
    "chosen": "a seed of the organiser’s own choice",
}
MAX_SOURCE = 200


class GivenError(DrawError):
    """What was given for a draw can't be used; `field` is what it was given as."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class FixedList(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A list as it was fixed when its campaign had ended, with its digest and what there was to win
    then; instants in ms.

    `opened_at`: the campaign was opened again then, and another list was fixed at its next end.
    """

    ended_at: int
    fixed_at: int
    digest: str
    entrants: int
    entries: int
    prizes: list[DrawPrize]
    opened_at: int | None = None


class Changes(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What became of a list between being fixed and being drawn from.

    The first four compare the lists; the others count the reasons: completions that were
    invalidated and restored, entrants blocked, unblocked and erased, and completions that came in
    later.
    """

    entrants_added: int = 0
    entrants_left_out: int = 0
    entries_added: int = 0
    entries_removed: int = 0
    invalidated: int = 0
    restored: int = 0
    blocked: int = 0
    unblocked: int = 0
    erased: int = 0
    late: int = 0


UNCHANGED = Changes()


class Proof(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What is published with a draw so that anybody can check its seed; instants in ms.

    `fixed` has every list that was fixed, of which the last one counts. `source` is what the
    organiser named, `value` what came of it, `signature` drand's. `unconfirmed` entrants of the
    list have not confirmed their e-mail; `taken_back` entries are not in it since the organiser
    took them back.
    """

    kind: SeedKind
    source: str
    settled_at: int
    commitment: str
    committed_at: int
    secret: str
    fixed: list[FixedList]
    value: str
    signature: str
    taken_back: int
    unconfirmed: int
    changes: Changes


def commitment_of(secret: str) -> str:
    """What is published of a secret before the draw: its SHA-256, in hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()


def seed_of(kind: SeedKind, secret: str, digest: str, value: str) -> str:
    """The seed of a draw; `digest` is that of the list as it was fixed."""
    if kind == "chosen":
        return value
    parts = [secret, digest] if kind == "committed" else [secret, digest, value]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def check_plan(kind: SeedKind, source: str) -> None:
    """Raise GivenError unless a draw can be settled to be made so."""
    if kind != "announced":
        if source:
            raise GivenError(
                "source",
                f"source is {shown(source)} with the kind {kind}; expected nothing: only the kind "
                "announced has a source that is named.",
            )
    elif not (1 <= len(source) <= MAX_SOURCE and source.isprintable()):
        raise GivenError(
            "source",
            f"source is {shown(source)}; expected 1 to {MAX_SOURCE} printable characters that name "
            "something public, such as: the numbers of the national lottery on 1 May 2027.",
        )


def check_given(kind: SeedKind, source: str, seed: str | None, value: str | None) -> None:
    """Raise DrawError unless a draw of this kind can be made with what was given for it, and
    GivenError if that has a mistake."""
    told = f"This draw was settled to be made from {TITLES[kind]}"
    if seed is not None and kind != "chosen":
        raise DrawError(f"seed is {shown(seed)}; expected none. {told}.")
    if value is not None and kind in ("committed", "chosen"):
        raise DrawError(f"value is {shown(value)}; expected none. {told}.")
    if kind == "chosen":
        _check_text("seed", seed, "the seed: this draw was settled to be made from one")
    elif kind == "announced":
        _check_text("value", value, f"what has come of the source that was named: {source}")


def _check_text(field: str, text: str | None, expected: str) -> None:
    if text is None:
        raise GivenError(field, f"{field} is missing; expected {expected}.")
    if not (1 <= len(text) <= 200 and text.isprintable()):
        raise GivenError(
            field, f"{field} is {shown(text)}; expected 1 to 200 printable characters, {expected}."
        )


def changes_between(fixed: Tickets, drawn: Tickets, why: Changes) -> Changes:
    """How a list differs from the one that was fixed, with the reasons that `why` has."""
    before = dict(zip(fixed.entrants, fixed.weights, strict=True))
    added = left_out = more = fewer = 0
    for entrant, entries in zip(drawn.entrants, drawn.weights, strict=True):
        had = before.pop(entrant, 0)
        added += had == 0
        more += max(0, entries - had)
        fewer += max(0, had - entries)
    left_out, fewer = len(before), fewer + sum(before.values())
    return msgspec.structs.replace(
        why,
        entrants_added=added,
        entrants_left_out=left_out,
        entries_added=more,
        entries_removed=fewer,
    )


def mistake_in_proof(proof: Proof, seed: str, fixed: Tickets, drawn: Tickets) -> str | None:
    """Why a seed was not made as its proof says, or None if it was."""
    if commitment_of(proof.secret) != proof.commitment:
        return f"The secret’s SHA-256 is {commitment_of(proof.secret)}, not {proof.commitment}."
    if not proof.fixed:
        return "No list was fixed; expected at least one."
    last = proof.fixed[-1]
    if fixed.digest != last.digest:
        return f"The fixed list’s digest is {fixed.digest}; {last.digest} was published."
    if proof.kind == "drand":
        try:
            made = drand.value_of(proof.signature)
        except ValueError:
            made = "none"
        if made != proof.value:
            return f"The value is {shown(proof.value)}; its signature gives {made}."
    made = seed_of(proof.kind, proof.secret, last.digest, proof.value)
    if made != seed:
        return f"The seed is {shown(seed)}; secret, list and value give {made}."
    found, told = changes_between(fixed, drawn, UNCHANGED), proof.changes
    for name in ("entrants_added", "entrants_left_out", "entries_added", "entries_removed"):
        if getattr(found, name) != getattr(told, name):
            return f"{name} is {getattr(told, name)}; the lists give {getattr(found, name)}."
    return None


def round_of(proof: Proof) -> int:
    """The round of drand's that a draw was to be made with."""
    return drand.round_for(proof.fixed[-1].ended_at)


def guarantees(kind: SeedKind) -> list[str]:
    """What a draw of this kind shows, in sentences for everybody."""
    if kind == "chosen":
        return ["The winners follow from the seed and the list. It shows no more than that."]
    said = [
        "The organiser can’t choose the seed: it follows from a secret that was put under seal "
        "before, and from a list that is fixed at the end."
    ]
    if kind == "drand":
        said.append(
            "Nobody can know the seed while the list is made, not even who runs this server: it "
            "also needs a public value that comes only later."
        )
    if kind == "announced":
        said.append(
            "It also needs what comes of the source that was named beforehand: if nobody can know "
            "that, nobody can know the seed while the list is made, not even who runs this server."
        )
    return said


def limits(kind: SeedKind, source: str = "") -> list[str]:
    """What a draw of this kind does not show, in sentences for everybody."""
    said = {
        "committed": "Who runs this server (it may be the organiser) can read the secret, and try "
        "out which invented entrants let somebody win. A public source would rule that out.",
        "drand": "This server checks that the value belongs to its signature, not that the "
        "signature is drand’s: please compare the value with what drand itself shows.",
        "announced": "Only you can compare the value with its source, and judge whether anybody "
        f"could know or steer it before: {source}",
        "chosen": "The organiser gives the seed when the list is known, and can try out as many as "
        "it takes until a certain entrant wins.",
    }[kind]
    return [
        said,
        "Nothing here shows that all entrants are real: who runs the server can invent some.",
    ]


def doubts(proof: Proof, made: list[Win]) -> Iterator[str]:
    """What happened with this very draw, with its wins, that weakens what its kind shows."""
    last = proof.fixed[-1]
    if proof.kind != "chosen" and proof.committed_at >= proof.fixed[0].ended_at:
        yield (
            "The secret was committed only after the end: the campaign is older than this way of "
            "drawing. It does not show that the secret was not chosen to fit the list."
        )
    opened = len(proof.fixed) - 1
    if opened:
        times = "once" if opened == 1 else f"{opened} times"
        yield (
            f"The campaign was opened again {times} after its end. The lists that had been fixed "
            "before are shown, and do not count."
        )
    if proof.kind == "drand" and last.fixed_at >= drand.comes_at(round_of(proof)):
        yield (
            "The list was fixed only after the public value was known (was the server down?), so "
            "who runs it could have tried out lists."
        )
    if proof.changes != UNCHANGED:
        yield (
            "The list was changed after it had been fixed, and the winners were drawn from the "
            "changed one: " + said_of(proof.changes)
        )
    order = (prize.id for prize in last.prizes for _ in range(prize.winners))
    given = [win.prize_id for win in made if win.replaces is None]
    if given != list(islice(order, len(given))):
        yield (
            "The prizes were changed after the list had been fixed: others were given away, or in "
            "another order, than there were then."
        )


_REASONS = (
    ("late", "%d %s that came in late", "completion", "completions"),
    ("invalidated", "%d %s taken back by the organiser", "completion", "completions"),
    ("restored", "%d %s given back", "completion", "completions"),
    ("blocked", "%d %s blocked by the organiser", "entrant", "entrants"),
    ("unblocked", "%d %s let in again", "entrant", "entrants"),
    ("erased", "%d %s erased with all their data", "entrant", "entrants"),
)


def said_of(changes: Changes) -> str:
    """What became of a list, in a sentence with its reasons."""
    compared = (
        f"{_count(changes.entries_added, 'entry', 'entries')} more, "
        f"{_count(changes.entries_removed, 'entry', 'entries')} fewer; "
        f"{_count(changes.entrants_added, 'entrant', 'entrants')} new, "
        f"{changes.entrants_left_out} left out."
    )
    reasons = [
        words % (count, one if count == 1 else many)
        for name, words, one, many in _REASONS
        if (count := getattr(changes, name))
    ]
    return compared + (f" Since then: {', '.join(reasons)}." if reasons else "")


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
