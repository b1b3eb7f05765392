"""What a beacon means: the bytes of a request become a Beacon, or a reason why they can't."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from trk.core import tolerant
from trk.core.keys import is_beacon_id, is_ticket, is_visitor, with_hyphens
from trk.core.rejection import Rejection, RejectionReason, shown

MAX_BODY = 65_536
"""The most bytes in a beacon's body: what browsers let a page send while it is being left."""
MAX_AGE = 7 * 24 * 3600 * 1000
"""The greatest age of a beacon in milliseconds: how long trk.js keeps trying."""
MAX_PAIRS = 100
MAX_NAME = 200
MAX_VALUE = 10_000
MAX_SIGNATURE = 200

Pair = list[str | None]
"""`[name]`, `[name, value]` or `[name, value, signature]`."""


class Beacon(msgspec.Struct, frozen=True):
    """One report of trk.js: its idempotency id, who, how long ago (ms), and what.

    A `ticket` stands for the visitor in the address of the campaign's page (see store/tickets.py);
    `was` is another visitor id that the same browser has used; `direct` says that the page with the
    `xref` was opened straight from the campaign.
    `debug` asks for a note on every pair; it is no part of the content.
    """

    id: str
    visitor: str
    pairs: list[Pair]
    age: int = 0
    xref: str | None = None
    ticket: str | None = None
    was: str | None = None
    debug: bool = False
    direct: bool = False

    def __post_init__(self) -> None:
        # trk.js leaves the hyphens out; with and without them it is the same id.
        if len(self.id) == 32:
            msgspec.structs.force_setattr(self, "id", with_hyphens(self.id))

    @property
    def tells_more(self) -> bool:
        """Does it report something besides its pairs, so that it may have none?"""
        return (self.xref, self.ticket, self.was) != (None, None, None)

    @property
    def malformed(self) -> Mapping[int, str]:
        """What is wrong with the pairs that are not in `pairs`, by their place in the body."""
        return _NONE


_NONE: Mapping[int, str] = {}


class _Sifted(Beacon, frozen=True):
    """A beacon some of whose pairs were malformed; never decoded, so that no body can say so."""

    mistakes: dict[int, str] = {}

    @property
    def malformed(self) -> Mapping[int, str]:
        return self.mistakes


class _Unread(Beacon, frozen=True):
    """A beacon whose pairs may be anything."""

    pairs: list[Any]


class Refused(msgspec.Struct, frozen=True):
    """Something in an accepted beacon that was stored but refused."""

    code: str
    message: str


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What trk.js is told once the beacon is stored; `pairs` has one outcome per pair, in order.

    `notes` are sentences for whoever builds the page (see notes.py), left out if there are none.
    """

    unlocked: list[str]
    duplicate: bool
    pairs: list[str]
    refused: list[Refused]
    notes: list[str] = []


def same_content(beacon: Beacon, visitor: str, pairs: list[Pair]) -> bool:
    """Did the beacon stored with this id report the same (apart from its age and `debug`)?"""
    return beacon.visitor == visitor and [whole(p) for p in beacon.pairs] == [
        whole(p) for p in pairs
    ]


def whole(pair: Pair) -> Pair:
    """`pair` as name, value and signature; None for each that it does not have.

    The name is trimmed, as it is stored and signed.
    """
    name, value, signature = [*pair, None, None][:3]
    return [name and name.strip(), value, signature]


def read(body: bytes) -> Beacon | Rejection:
    """The beacon in `body` (at most MAX_BODY bytes of JSON), or the first step's refusal.

    A body in which everything is as it should be is decoded in one go; only in another one are the
    pairs left as they are, to be judged one by one.
    """
    try:
        return checked(tolerant.decode(body, _strict, _Unread))
    except msgspec.ValidationError as error:
        return Rejection(RejectionReason.BAD_BEACON, f"The beacon has the wrong shape: {error}.")
    except ValueError as error:
        return Rejection(
            RejectionReason.NOT_JSON,
            f"The body is not JSON ({error}); it starts with {shown(body[:40])}.",
        )


def checked(beacon: Beacon) -> Beacon | Rejection:
    """A decoded beacon without its malformed pairs, or the first step's refusal.

    A malformed pair takes no other with it. If nothing else was reported, the beacon is refused.
    """
    mistake = next((mistake for step in STEPS if (mistake := step(beacon)) is not None), None)
    if mistake is not None:
        return Rejection(RejectionReason.BAD_BEACON, mistake)
    mistakes = {
        n: mistake
        for n, pair in enumerate(beacon.pairs)
        if (mistake := _mistake_in_pair(n, pair)) is not None
    }
    if not mistakes:
        return beacon
    good = [pair for n, pair in enumerate(beacon.pairs) if n not in mistakes]
    if not good and not beacon.tells_more:
        return Rejection(RejectionReason.BAD_BEACON, next(iter(mistakes.values())))
    return sifted(msgspec.structs.replace(beacon, pairs=good), mistakes)


def sifted(beacon: Beacon, mistakes: Mapping[int, str]) -> Beacon:
    """The beacon as one whose body had other pairs besides: what was wrong with them, by place."""
    # Only Beacon's own fields: the beacon itself may have been read as one of another class.
    fields = {name: getattr(beacon, name) for name in Beacon.__struct_fields__}
    return _Sifted(**fields, mistakes=dict(mistakes)) if mistakes else beacon


_strict = msgspec.json.Decoder(Beacon)


def _id_is_uuid7(beacon: Beacon) -> str | None:
    if is_beacon_id(beacon.id):
        return None
    return f"id is {shown(beacon.id)}; expected a UUIDv7 in lower case."


def _visitor_is_hex(beacon: Beacon) -> str | None:
    if is_visitor(beacon.visitor):
        return None
    return f"visitor is {shown(beacon.visitor)}; expected 32 lower-case hexadecimal digits."


def _age_is_within_a_week(beacon: Beacon) -> str | None:
    if 0 <= beacon.age <= MAX_AGE:
        return None
    return f"age is {shown(beacon.age)}; expected 0 to {MAX_AGE} milliseconds."


def _something_is_reported(beacon: Beacon) -> str | None:
    if len(beacon.pairs) > MAX_PAIRS:
        return f"pairs has {len(beacon.pairs)} items; expected at most {MAX_PAIRS}."
    if not beacon.pairs and not beacon.tells_more:
        return "pairs is empty, and there is no xref, ticket or was; expected at least one of them."
    if beacon.xref is not None and not 1 <= len(beacon.xref) <= 200:
        return f"xref has {len(beacon.xref)} characters; expected 1 to 200."
    return None


def _was_is_hex(beacon: Beacon) -> str | None:
    if beacon.was is None or is_visitor(beacon.was):
        return None
    return f"was is {shown(beacon.was)}; expected 32 lower-case hexadecimal digits."


def _ticket_is_hex(beacon: Beacon) -> str | None:
    if beacon.ticket is None or is_ticket(beacon.ticket):
        return None
    return f"ticket is {shown(beacon.ticket)}; expected 32 lower-case hexadecimal digits."


_SHAPES = "expected [name], [name, value] or [name, value, signature]."


def _mistake_in_pair(n: int, pair: Any) -> str | None:
    """What is wrong with one pair, whatever it is."""
    if not isinstance(pair, list):
        return f"pairs[{n}] is {shown(pair)}; {_SHAPES}"
    if not 1 <= len(pair) <= 3:
        return f"pairs[{n}] is {shown(pair)}, of {len(pair)} items; {_SHAPES}"
    name, value, signature = [*pair, None, None][:3]
    if not isinstance(name, str) or not name.strip():
        found = "null" if name is None else shown(name)
        return f"pairs[{n}] has the name {found}; expected 1 to {MAX_NAME} characters."
    if len(name.strip()) > MAX_NAME:
        return (
            f"pairs[{n}] has a name of {len(name.strip())} characters, {shown(name)}; "
            f"expected 1 to {MAX_NAME} characters."
        )
    return _mistake_in_text(n, name, "value", value, MAX_VALUE) or _mistake_in_text(
        n, name, "signature", signature, MAX_SIGNATURE
    )


def _mistake_in_text(n: int, name: str, what: str, text: Any, most: int) -> str | None:
    if text is None or (isinstance(text, str) and len(text) <= most):
        return None
    found = (
        f"a {what} of {len(text)} characters"
        if isinstance(text, str)
        else f"the {what} {shown(text)}"
    )
    return (
        f"pairs[{n}] ({shown(name)}) has {found}; expected text of at most {most} characters, or "
        "null."
    )


STEPS: tuple[Callable[[Beacon], str | None], ...] = (
    _id_is_uuid7,
    _visitor_is_hex,
    _age_is_within_a_week,
    _something_is_reported,
    _ticket_is_hex,
    _was_is_hex,
)
"""The checks of a decoded beacon but for its pairs; each returns None, or what is wrong."""
