"""Notes: what became of a beacon's pairs, in sentences for whoever builds the page."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from trk.core.beacon import Answer, Beacon, whole
from trk.core.printable import printable
from trk.core.tracking_name import fold

_SHOWN = 60
"""How many characters of a name or a value are shown: both come from visitors."""
_BECAME = {
    "unlocked": "unlocked its action",
    "repeated": "unlocked nothing, because the visitor had already completed the action",
    "waiting": "is waiting for the visitor to enter the campaign",
    "expired": "unlocked nothing, because its day ended before the visitor entered",
    "unmatched": "is unmatched, because no action has this tracking name",
}


def notes(key: str, beacon: Beacon, answer: Answer, is_known: Callable[[str], bool]) -> list[str]:
    """What to tell of a beacon with its `answer` by campaign `key`: of each name without an action,
    or of every pair if the beacon asks for it (`debug`).

    `is_known`: has an action this tracking name by now? One may have been made since a beacon was
    first stored.
    """
    if beacon.debug:
        return list(_of_pairs(key, beacon, answer))
    return list(_of_names(key, beacon, answer, is_known))


def _of_names(
    key: str, beacon: Beacon, answer: Answer, is_known: Callable[[str], bool]
) -> Iterator[str]:
    told = set()
    for name, _, outcome, _ in _outcomes(beacon, answer):
        if outcome != "unmatched" or fold(name) in told:
            continue
        told.add(fold(name))
        missing = f"no action with the tracking name {quoted(name)}"
        then = f"had {missing} when this was first sent" if is_known(name) else f"has {missing}"
        yield f"Campaign {key} {then}; the push is in the owner's log as unmatched."


def _of_pairs(key: str, beacon: Beacon, answer: Answer) -> Iterator[str]:
    if answer.duplicate:
        yield f"Campaign {key} had already stored this; what follows is what happened then."
    for name, value, outcome, reason in _outcomes(beacon, answer):
        if not name:
            yield f"Campaign {key}: {reason}"
            continue
        pair = quoted(name) + ("" if value is None else f" with the value {quoted(value)}")
        became = f"was refused: {reason}" if reason else f"{_BECAME[outcome]}."
        yield f"Campaign {key}: {pair} {became}"


def _outcomes(beacon: Beacon, answer: Answer) -> Iterator[tuple[str, str | None, str, str]]:
    """Name, value, outcome and refusal of each pair; a malformed one has only its refusal."""
    pairs = map(whole, beacon.pairs)
    # The refusal of an xref comes before those of the pairs.
    refusals = iter(answer.refused[len(answer.refused) - answer.pairs.count("refused") :])
    for n, outcome in enumerate(answer.pairs):
        reason = next(refusals).message if outcome == "refused" else ""
        name, value, _ = ("", None, None) if n in beacon.malformed else next(pairs)
        yield name or "", value, outcome, reason


def quoted(text: str) -> str:
    """`text` as JSON, cut to some characters: nothing in it can steer a terminal or a console."""
    cut = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    return printable(json.dumps(cut, ensure_ascii=False))
