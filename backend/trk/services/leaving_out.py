"""Leaving out many entrants at once, and letting them take part again: one entry of the audit each
time."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec

from trk.core.audit import Deed
from trk.core.campaign import Campaign
from trk.services.audit import note
from trk.store import leaving_out
from trk.store.program import Transaction

P = ParamSpec("P")
_Leaving = Callable[Concatenate[Transaction, Campaign, P], Coroutine[Any, Any, list[int]]]
"""A program of store/leaving_out: the ids of those whom it changed."""


def _noted(deed: Deed, program: _Leaving[P]) -> _Leaving[P]:
    async def noted(
        tx: Transaction, campaign: Campaign, /, *args: P.args, **kwargs: P.kwargs
    ) -> list[int]:
        changed = await program(tx, campaign, *args, **kwargs)
        if len(changed) == 1:
            await note(tx, deed, "entrant", changed[0], campaign=campaign)
        elif changed:
            await note(tx, deed, "entrant", about=f"{len(changed)} entrants", campaign=campaign)
        return changed

    return noted


several = _noted("blocked", leaving_out.several)
unconfirmed = _noted("blocked", leaving_out.unconfirmed)
all_but_one = _noted("blocked", leaving_out.all_but_one)
take_back = _noted("unblocked", leaving_out.take_back)
