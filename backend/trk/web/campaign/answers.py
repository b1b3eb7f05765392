"""Completing an action on the page itself: by an answer, or on one's word (`I'll know`)."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request

from trk.clock import now_ms
from trk.core.answer import tidy
from trk.core.campaign import Action
from trk.core.rate import ANSWERS
from trk.core.rejection import Rejection, slow_down
from trk.store import answers
from trk.store.errors import Duplicate
from trk.store.status import PollResult
from trk.web.forms import FormErrors, text
from trk.web.server import server


async def complete(
    request: Request, seen: PollResult, action: Action, form: Mapping[str, object]
) -> FormErrors | None:
    """Give the form's `answer` for the entrant in `seen`; None if that completed the action."""
    assert seen.entrant_id is not None
    given = tidy(text(form.get("answer")))
    database, rates = server(request).database, server(request).rates
    wait = rates.wait(ANSWERS, "answer to", f"{action.id} by {seen.entrant_id}")
    if wait:
        refusal: Rejection | None = slow_down("answers", wait)
    else:
        asked = (seen.campaign, action, seen.entrant_id, given, now_ms())
        try:
            decision = await database.write(answers.give, *asked)
        except Duplicate:  # another process was quicker; this time its row is visible
            decision = await database.write(answers.give, *asked)
        refusal = decision.refusal
    if refusal is None:
        return None
    field = f"answer-{action.id}"
    return FormErrors({field: refusal.message}, {field: given}, refusal.reason.status)
