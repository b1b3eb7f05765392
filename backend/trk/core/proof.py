"""The proof of a draw: what its seed is made of, and whether that is so (doubts.py: what it shows).

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
from typing import Literal

import msgspec

from trk.core import drand
from trk.core.draw import DrawError, DrawPrize, Tickets
from trk.core.rejection import shown

SeedKind = Literal["committed", "drand", "announced", "chosen"]
"""What a seed is made of: the committed secret; that and a value of drand's, or of a source that
the organiser has named beforehand; or the organiser's own choice."""

TITLES: dict[SeedKind, str] = {
    "committed": "the server’s secret, committed beforehand",
    "drand": "a public source, drand, and the server’s secret",
    "announced": "a public source named beforehand, and the server’s secret",
    "chosen": "a seed chosen by the organiser",
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
                "announced has a source.",
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
    told = f"This draw uses {TITLES[kind]}"
    if seed is not None and kind != "chosen":
        raise DrawError(f"seed is {shown(seed)}; expected none. {told}.")
    if value is not None and kind in ("committed", "chosen"):
        raise DrawError(f"value is {shown(value)}; expected none. {told}.")
    if kind == "chosen":
        _check_text("seed", seed, "the seed, because this draw uses one")
    elif kind == "announced":
        _check_text("value", value, f"the result of the public source: {source}")


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
        if not drand.is_signed(round_of(proof), proof.signature):
            return (
                f"The signature is {shown(proof.signature)}, which is not drand’s for round "
                f"{round_of(proof)}."
            )
        made = drand.value_of(proof.signature)
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
