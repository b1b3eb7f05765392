"""What a page pushed and what became of it: one row a pair, from calls, beacons and answers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import msgspec

from trk_sdk.names import fold
from trk_sdk.verify.observations import Observations, Send

Outcome = Literal[
    "unlocked",
    "repeated",
    "waiting",
    "unmatched",
    "expired",
    "refused",
    "unanswered",  # sent, but neither acknowledged nor refused
    "unsent",  # taken by trk.js, but not sent
    "unread",  # in an array that trk.js has not read
]
ACKNOWLEDGED = frozenset({"unlocked", "repeated", "waiting", "expired", "unmatched"})
COUNTING = frozenset({"unlocked", "repeated", "waiting", "expired"})
"""Outcomes of pairs that matched an action of the campaign."""

_WORDS = ACKNOWLEDGED | {"refused"}


@dataclass(frozen=True, slots=True)
class PushedPair:
    """A pair and what became of it.

    `early`: pushed before trk.js had loaded; None if that is not known. `code` and `reason` are the
    server's, if it refused the pair; `send` is the last attempt to send it, if there was one.
    """

    name: str
    value: str | None
    outcome: Outcome
    early: bool | None = None
    code: str = ""
    reason: str = ""
    duplicate: bool = False
    send: Send | None = None


@dataclass(frozen=True, slots=True)
class TokenRefusal:
    """A token (`xref`) in the page's address that the server refused."""

    code: str
    message: str


class WireError(msgspec.Struct):
    """`{"code", "message"}` in the server's answers."""

    code: str = ""
    message: str = ""


class BeaconAnswer(msgspec.Struct):
    """The server's answer to a beacon: `unlocked` and more after the commit, or else `error`.

    `notes` are sentences on what became of the pairs, which trk.js writes to the console.
    """

    unlocked: list[str] | None = None
    duplicate: bool = False
    pairs: list[str] = []
    refused: list[WireError] = []
    notes: list[str] = []
    error: WireError | None = None


class _Beacon(msgspec.Struct):
    id: str
    pairs: list[list[str | None]] = []
    xref: str | None = None


def answer_of(send: Send) -> BeaconAnswer | None:
    """The tracking server's answer; None if there was none, or if something else answered."""
    if not send.status:
        return None
    try:
        answer = msgspec.json.decode(send.answer, type=BeaconAnswer)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    return answer if answer.unlocked is not None or answer.error else None


def is_final(send: Send) -> bool:
    """Has the server acknowledged or refused it for good, so that trk.js does not try again?"""
    answer = answer_of(send)
    if answer is None or send.status is None:
        return False
    return answer.unlocked is not None or (send.status < 500 and send.status != 429)


def settled(sends: Iterable[Send]) -> bool:
    """Is there at least one beacon, and is every one of them answered for good?"""
    last = _last_tries(sends)
    return bool(last) and all(is_final(send) for _, send in last)


def of(observed: Observations, key: str) -> tuple[PushedPair, ...]:
    """All pairs that the page pushed for campaign `key`: first those sent, then the others.

    Pairs that only the script of another campaign has taken are left out.
    """
    early = Counter(name for text in observed.replayed for name, _ in _taken(text))
    taken = (
        list(calls(observed)) if any(each.campaign.key == key for each in observed.scripts) else []
    )
    rows = list(sent(each for each in observed.sends if each.campaign.key == key))
    left = Counter(name for name, _ in taken) - Counter(row.name for row in rows)
    unsent: list[PushedPair] = []
    # Of several with the same name, it is the last ones that were not sent.
    for name, value in reversed(taken):
        if left[name] > 0:
            left[name] -= 1
            unsent.append(PushedPair(name, value, "unsent"))
    rows += reversed(unsent)
    rows = [_dated(row, early, known=bool(observed.replayed or observed.pushed)) for row in rows]
    return (*rows, *(PushedPair(name, value, "unread", True) for name, value in _unread(observed)))


def calls(observed: Observations) -> Iterator[tuple[str, str | None]]:
    """The pairs that trk.js took, for any campaign."""
    for text in (*observed.replayed, *observed.pushed):
        yield from _taken(text)


def refused_consent(observed: Observations) -> bool:
    """Has the page pushed `['consent', false]`?"""
    taken = map(_decoded, (*observed.replayed, *observed.pushed))
    return any(_refuses(item) for call in taken if isinstance(call, list) for item in call)


def sent(sends: Iterable[Send]) -> tuple[PushedPair, ...]:
    """The pairs in these beacons, each with what became of it."""
    return tuple(row for beacon, send in _last_tries(sends) for row in _answered(beacon, send))


def missing(rows: Iterable[PushedPair], expected: Iterable[str]) -> tuple[str, ...]:
    """The `expected` names that matched no action, compared as the server does."""
    taken = {fold(row.name) for row in rows if row.outcome in COUNTING}
    return tuple(name for name in dict.fromkeys(expected) if fold(name) not in taken)


def refused_tokens(observed: Observations, key: str) -> tuple[TokenRefusal, ...]:
    """The tokens in the page's address that the server refused."""
    refusals = []
    for beacon, send in _last_tries(each for each in observed.sends if each.campaign.key == key):
        answer = answer_of(send)
        if beacon.xref is not None and answer is not None:
            spare = len(answer.refused) - answer.pairs.count("refused")
            problems = [answer.error] if answer.error else answer.refused[: max(0, spare)]
            refusals += [TokenRefusal(each.code, each.message) for each in problems]
    return tuple(refusals)


def said(observed: Observations) -> set[str]:
    """The sentences in all answers, for any campaign: trk.js repeats them on the console."""
    sentences = set[str]()
    for answer in filter(None, map(answer_of, observed.sends)):
        refusals = [answer.error] if answer.error else answer.refused
        sentences.update(answer.notes, (refusal.message for refusal in refusals))
    return sentences - {""}


def _last_tries(sends: Iterable[Send]) -> list[tuple[_Beacon, Send]]:
    """Each beacon with the attempt that counts: the final one, or else the last."""
    tries: dict[tuple[str, str], tuple[_Beacon, Send]] = {}
    for send in sends:
        try:
            beacon = msgspec.json.decode(send.body, type=_Beacon)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            continue
        known = tries.get((send.url, beacon.id))
        if known is None or not is_final(known[1]):
            tries[send.url, beacon.id] = (beacon, send)
    return list(tries.values())


def _answered(beacon: _Beacon, send: Send) -> Iterator[PushedPair]:
    answer = answer_of(send)
    refusals: Iterator[WireError] = iter(())
    words: list[str] = []
    if answer is not None and answer.unlocked is not None:
        words = answer.pairs
        # A refused token comes before the refused pairs.
        refusals = iter(answer.refused[max(0, len(answer.refused) - words.count("refused")) :])
    for number, pair in enumerate(beacon.pairs):
        name, value = (*pair, None, None)[:2]
        word = words[number] if number < len(words) else ""
        problem = WireError()
        if answer is not None and answer.error is not None:
            problem = answer.error
            word = "refused" if is_final(send) else ""
        elif word == "refused":
            problem = next(refusals, problem)
        outcome: Any = word if word in _WORDS else "unanswered"
        yield PushedPair(
            (name or "").strip(),
            value,
            outcome,
            code=problem.code,
            reason=problem.message,
            duplicate=answer is not None and answer.duplicate,
            send=send,
        )


def _dated(push: PushedPair, early: Counter[str], *, known: bool) -> PushedPair:
    """The pair with `early` filled in; the first ones of a name are the early ones."""
    before = early[push.name] > 0
    if before:
        early[push.name] -= 1
    return replace(push, early=before if known else None)


def _unread(observed: Observations) -> Iterator[tuple[str, str | None]]:
    # In an array of ours that is not known to be read, it may be what the script has taken.
    taken = observed.variable.window == "ours" and not observed.replayed
    for text in (*(() if taken else observed.variable.queued), *(observed.variable.apart or ())):
        yield from _pairs(_decoded(text))


def _taken(text: str) -> Iterator[tuple[str, str | None]]:
    """The pairs in one call of push (an array of items)."""
    call = _decoded(text)
    for item in call if isinstance(call, list) else ():
        yield from _pairs(item)


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _pairs(item: Any, depth: int = 0) -> Iterator[tuple[str, str | None]]:
    """The pairs of an item as trk.js reads it: a name, a pair, or an array of items."""
    parts: Sequence[Any] = item if isinstance(item, list) else [item]
    if parts and isinstance(parts[0], list):
        if depth < 20:
            for each in parts:
                yield from _pairs(each, depth + 1)
        return
    name = parts[0] if parts else None
    value = parts[1] if len(parts) > 1 else None
    # JSON writes null for a function.
    told = name in ("callback", "error") and len(parts) > 1 and value is None
    if isinstance(name, str) and name.strip() and not told and not _is_consent(name, value):
        yield name.strip(), _text(value)


def _refuses(item: Any, depth: int = 0) -> bool:
    if not isinstance(item, list) or depth > 20:
        return False
    if len(item) > 1 and item[0] == "consent":
        return item[1] is False
    return any(_refuses(each, depth + 1) for each in item)


def _is_consent(name: str, value: Any) -> bool:
    return name == "consent" and isinstance(value, bool)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
