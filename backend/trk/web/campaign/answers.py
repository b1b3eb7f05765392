"""Completing an action on the page itself: by an answer, or on one's word (`I'll know`)."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request

from trk.clock import now_ms
from trk.core.answer import mistake_in, tidy
from trk.core.campaign import Action
from trk.core.phrase import phrase
from trk.core.rate import ANSWERS, WRONG_ANSWERS, sender_of
from trk.core.rejection import Rejection, RejectionReason
from trk.store import answers
from trk.store.status import PollResult
from trk.web import protection
from trk.web.forms import FormErrors, text
from trk.web.language import spoken
from trk.web.server import server

_NOT_OPEN = phrase("This campaign is not open.")
_SAID = {
    RejectionReason.NOT_STARTED: _NOT_OPEN,
    RejectionReason.ENDED: _NOT_OPEN,
    RejectionReason.CLOSED: _NOT_OPEN,
    RejectionReason.NOT_ASKED: phrase("An answer does not unlock this."),
    RejectionReason.ENTRANT_BLOCKED: phrase("The organiser has blocked you here; nothing unlocks."),
    RejectionReason.VALUE_USED: phrase(
        "Somebody else has already given this answer; each one counts once."
    ),
    RejectionReason.VALUE_MISSING: phrase("Enter an answer."),
}
"""What an entrant is told; the rules' own sentences are for the site's owner."""


async def complete(
    request: Request, seen: PollResult, action: Action, form: Mapping[str, object]
) -> FormErrors | None:
    """Give the form's `answer` for the entrant in `seen`; None if that completed the action."""
    assert seen.entrant_id is not None
    given = tidy(text(form.get("answer")))
    database = server(request).database
    refusal = await _too_many(request, action, seen.entrant_id, given)
    if refusal is None:
        decision = await database.write(
            answers.give, seen.campaign, action, seen.entrant_id, given, now_ms()
        )
        refusal = decision.refusal
    if refusal is None:
        return None
    field = f"answer-{action.id}"
    said = _SAID.get(refusal.reason, refusal.message)
    return FormErrors({field: said}, {field: given}, refusal.reason.status)


async def _too_many(
    request: Request, action: Action, entrant_id: int, given: str
) -> Rejection | None:
    """Why nothing is looked at now: this entrant has answered too often, or too many wrong answers
    came from this network, whoever gave them. A right one has to wait as well, or it would stand
    out among the wrong ones."""
    app, language = server(request), spoken(request)
    wait = await protection.wait(app, ANSWERS, "answer to", f"{action.id} by {entrant_id}")
    if wait:
        said = language.gettext("Too many answers in a short time; try again %(ahead)s.")
        return Rejection(RejectionReason.TOO_MANY, said % {"ahead": language.ahead(wait)})
    if not action.asks or not given or request.client is None:
        return None
    wrong = mistake_in(given, action.answer_pattern) is not None
    asked = protection.wait if wrong else protection.look
    sender = sender_of(request.client.host)
    wait = await asked(app, WRONG_ANSWERS, "wrong answer to", f"{action.id} from {sender}")
    if not wait:
        return None
    said = language.gettext(
        "Too many wrong answers from your network in a short time; try again %(ahead)s."
    )
    return Rejection(RejectionReason.TOO_MANY, said % {"ahead": language.ahead(wait)})
