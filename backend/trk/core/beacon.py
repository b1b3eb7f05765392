"""What a beacon means: the bytes of a request become a Beacon, or a reason why they can't."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec

from trk.core.keys import is_beacon_id, is_visitor, with_hyphens
from trk.core.rejection import Reason, Rejection, shown

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
    """One report of trk.js: its idempotency id, who, how long ago (ms), and what."""

    id: str
    visitor: str
    pairs: list[Pair]
    age: int = 0
    xref: str | None = None

    def __post_init__(self) -> None:
        # trk.js leaves the hyphens out; with and without them it is the same id.
        if len(self.id) == 32:
            msgspec.structs.force_setattr(self, "id", with_hyphens(self.id))


class Refused(msgspec.Struct, frozen=True):
    """Something in an accepted beacon that was stored but refused."""

    code: str
    message: str


class Answer(msgspec.Struct, frozen=True):
    """What trk.js is told once the beacon is stored; `pairs` has one outcome per pair, in order."""

    unlocked: list[str]
    duplicate: bool
    pairs: list[str]
    refused: list[Refused]


def same_content(beacon: Beacon, visitor: str, pairs: list[Pair]) -> bool:
    """Did the beacon stored with this id report the same (apart from its age)?"""
    return beacon.visitor == visitor and [whole(p) for p in beacon.pairs] == [
        whole(p) for p in pairs
    ]


def whole(pair: Pair) -> Pair:
    """`pair` as name, value and signature; None for each that it does not have."""
    return [*pair, None, None][:3]


def read(body: bytes) -> Beacon | Rejection:
    """The beacon in `body` (at most MAX_BODY bytes of JSON), or the first step's refusal."""
    try:
        beacon = _decode(body)
    except msgspec.ValidationError as error:
        return Rejection(Reason.BAD_BEACON, f"The beacon has a wrong shape: {error}.")
    except (ValueError, RecursionError) as error:
        return Rejection(
            Reason.NOT_JSON, f"The body is not JSON ({error}); it starts with {shown(body[:40])}."
        )
    mistake = mistake_in(beacon)
    return beacon if mistake is None else Rejection(Reason.BAD_BEACON, mistake)


def mistake_in(beacon: Beacon) -> str | None:
    """What is wrong with a decoded beacon, in the words of the first check that it fails."""
    return next((mistake for step in STEPS if (mistake := step(beacon)) is not None), None)


_strict = msgspec.json.Decoder(Beacon)


def _decode(body: bytes) -> Beacon:
    """Decode fast; where text holds what no database can hold, replace only that by U+FFFD."""
    if b"\\u0000" not in body:
        try:
            return _strict.decode(body)
        except msgspec.ValidationError:
            raise
        except ValueError:
            pass  # Perhaps half of a surrogate pair, or broken UTF-8: a page's text may hold both.
    return msgspec.convert(_mended(json.loads(body.decode("utf-8", "replace"))), Beacon)


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return (
            value.replace("\0", "\ufffd")
            .encode("utf-16", "surrogatepass")
            .decode("utf-16", "replace")
        )
    if isinstance(value, list):
        return [_mended(item) for item in value]
    if isinstance(value, dict):
        return {key: _mended(item) for key, item in value.items()}
    return value


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
    if not beacon.pairs and beacon.xref is None:
        return "pairs is empty and there is no xref; expected at least one of them."
    if beacon.xref is not None and not 1 <= len(beacon.xref) <= 200:
        return f"xref has {len(beacon.xref)} characters; expected 1 to 200."
    return None


def _pairs_are_well_formed(beacon: Beacon) -> str | None:
    for n, pair in enumerate(beacon.pairs):
        if not 1 <= len(pair) <= 3:
            return (
                f"pairs[{n}] has {len(pair)} items; expected [name], [name, value] "
                "or [name, value, signature]."
            )
        name = pair[0]
        if name is None or not 1 <= len(name) <= MAX_NAME:
            found = "null" if name is None else f"a name of {len(name)} characters"
            return f"pairs[{n}] has {found}; expected a name of 1 to {MAX_NAME} characters."
        if len(pair) > 1 and len(pair[1] or "") > MAX_VALUE:
            return (
                f"pairs[{n}] ({shown(name)}) has a value of {len(pair[1] or '')} characters; "
                f"expected at most {MAX_VALUE}."
            )
        if len(pair) > 2 and len(pair[2] or "") > MAX_SIGNATURE:
            return f"pairs[{n}] ({shown(name)}) has a signature of over {MAX_SIGNATURE} characters."
    return None


STEPS: tuple[Callable[[Beacon], str | None], ...] = (
    _id_is_uuid7,
    _visitor_is_hex,
    _age_is_within_a_week,
    _something_is_reported,
    _pairs_are_well_formed,
)
"""The checks of a decoded beacon, in order; each returns None, or what is wrong."""
