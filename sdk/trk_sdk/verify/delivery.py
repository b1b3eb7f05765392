"""Findings about the page's pushes: acknowledged, refused, or not delivered, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from trk_sdk.verify import policy, pushes
from trk_sdk.verify.finding import PageFinding, good, note, problem
from trk_sdk.verify.network import trouble
from trk_sdk.verify.observations import Observations, Send
from trk_sdk.verify.pushes import PushedPair
from trk_sdk.verify.wording import cut, listed, printable, quoted

_GOOD = {
    "unlocked": "the action is unlocked",
    "repeated": "the visitor had already completed the action",
    "waiting": "it unlocks the action once the visitor enters the campaign",
    "expired": "its day ended before the visitor entered",
}
_ADVICE = {
    "campaign_draft": "Publish the campaign on its owner's pages.",
    "campaign_not_started": "Wait for the campaign to start, or set an earlier start.",
    "campaign_ended": "Remove the push from the page, or set a later end for the campaign.",
    "over_quota": "Push fewer names that match no action.",
    "late": "Check that pages can reach the server when they push.",
    "campaign_closed": "Remove the push from the page: the campaign was closed.",
    "not_tracked": "Change the action's verification to tracking, or push another name.",
    "unsigned": "Have your server sign the pair, and push the signature as the third item.",
    "bad_signature": "Sign key, name and value with the campaign's secret, as docs/api.md says.",
    "value_missing": "Push a value with the name: the action needs a unique one.",
    "value_used": "Push a unique value, such as the order number.",
    "entrant_blocked": "Unblock the entrant, or try as another visitor.",
    "unknown_campaign": "Correct the key on the page; `trk campaign list` shows the server's keys.",
}


def findings(
    observed: Observations,
    rows: tuple[PushedPair, ...],
    key: str,
    address: str,
    global_name: str,
    *,
    doubtful: bool,
) -> Iterator[PageFinding]:
    """The findings about these pushes to campaign `key`, and about what delays or loses them.

    `doubtful`: another finding is about a complaint or an error of the tracking script.
    """
    for row in rows:
        yield _finding(row, observed, global_name, doubtful=doubtful)
    for refusal in pushes.refused_tokens(observed, key):
        yield problem(
            refusal.code or "refused",
            f"The token (xref) in the page's address was refused: {_sentence(refusal.message)}",
            "Open the page from the campaign's own page, or without xref.",
        )
    yield from _held_up(observed, [row.send for row in rows if row.outcome == "unanswered"])
    yield from _elsewhere(observed, rows, address)
    yield from _array_apart(observed, rows, global_name)


def _finding(
    row: PushedPair, observed: Observations, global_name: str, *, doubtful: bool
) -> PageFinding:
    name = quoted(row.name) + (f" with value {quoted(row.value)}" if row.value is not None else "")
    when = {True: " before the script had loaded", False: " after the script had loaded"}
    pushed = f"{name} was pushed{when[row.early] if row.early is not None else ''}"
    again = ", and had been stored before (a duplicate)" if row.duplicate else ""
    if row.outcome in _GOOD:
        return good(
            row.outcome,
            f"{pushed}, sent and acknowledged{again}: {row.outcome} ({_GOOD[row.outcome]}).",
        )
    if row.outcome == "unmatched":
        return note(
            "unmatched",
            f"{pushed}, sent and acknowledged{again}: unmatched (no action of the campaign has "
            "this name).",
            "To unlock an action, push the action's tracking name.",
        )
    if row.outcome == "refused":
        return problem(
            row.code or "refused",
            f"{pushed}, sent and refused{again}: {_sentence(row.reason)}",
            _ADVICE.get(row.code, "Correct what the page pushes."),
        )
    if row.outcome == "unanswered":
        return problem("unanswered", f"{pushed} and sent, but not acknowledged.")
    if row.outcome == "unsent":
        return problem(
            "unsent",
            f"{pushed}, and not sent within {observed.seconds:.0f} s.",
            _unsent(observed, global_name, doubtful=doubtful),
        )
    return problem("unread", f"{name} was pushed but never read.", _unread(observed, global_name))


def _unread(observed: Observations, global_name: str) -> str:
    if observed.variable.window == "ours":
        return f"It is in an array of the page's own, not in window.{global_name}."
    if observed.variable.window == "array" and observed.replayed:
        return (
            f"The page gave window.{global_name} a new value after the tracking script had run. "
            f"Write `window.{global_name} = window.{global_name} || [];`: that keeps what is there."
        )
    return "It is waiting for the tracking script to run."


def _unsent(observed: Observations, global_name: str, *, doubtful: bool) -> str:
    if doubtful:
        return "See the findings about trk.js below first."
    if pushes.refused_consent(observed):
        return (
            f"The page called {global_name}.push(['consent', false]): what is pushed while "
            "consent is refused is neither stored nor sent, even if consent is given later. Call "
            "it "
            "only when the visitor refuses."
        )
    if observed.tried and not observed.sends:
        return (
            "trk.js sent it, but nothing left the page: its fetch and XMLHttpRequest are not the "
            "browser's. Remove the libraries that replace them one by one."
        )
    return (
        f"If the campaign asks for consent, call {global_name}.push(['consent', true]) once the "
        "visitor agrees; nothing is stored or sent before that."
    )


def _held_up(observed: Observations, sends: Iterable[Send | None]) -> Iterator[PageFinding]:
    """Why beacons were not acknowledged; one finding for each address."""
    last = {send.url: send for send in sends if send is not None}
    for url, send in last.items():
        shown = printable(cut(url))
        violation = next((each for each in observed.violations if each.blocked == url), None)
        failure = next((word for where, word in reversed(observed.failures) if where == url), "")
        if violation is not None:
            yield problem(
                "csp_beacon",
                f"The page's Content-Security-Policy blocks beacons to {shown}: "
                f"{policy.described(violation)}.",
                policy.allowing(violation.policy, send.campaign.address),
            )
        elif send.parting:
            yield note(
                "parting",
                f"The page was left while a beacon to {shown} was on its way, so its answer is "
                "unknown.",
                "Check the campaign's log on the server.",
            )
        elif send.status:
            yield _strange_answer(send, shown)
        elif send.status is None:
            yield problem(
                "beacon_slow",
                f"{shown} had not answered within {observed.seconds:.0f} s.",
                "Check that the server is up, and check its log; to wait longer, use --wait.",
            )
        else:
            why, advice = trouble(failure)
            yield PageFinding(
                "problem", "beacon_blocked", f"No beacon got through to {shown}: {why}.", advice
            )


def _strange_answer(send: Send, url: str) -> PageFinding:
    answer = pushes.answer_of(send)
    if answer is not None and answer.error is not None:
        return problem(
            answer.error.code or "busy",
            f"{url} answered {send.status}: {_sentence(answer.error.message)} trk.js keeps the "
            "push and tries again.",
            "If this persists, check the server's log.",
        )
    return problem(
        "beacon_status",
        f"{url} answered {send.status}, but not from the tracking server: {quoted(send.answer)}.",
        "A proxy, a firewall or another server answers there: make it pass beacons on. trk.js "
        "keeps the push and tries again.",
    )


def _elsewhere(
    observed: Observations, rows: Iterable[PushedPair], address: str
) -> Iterator[PageFinding]:
    """The script sends beacons to another address: the one the server believes it has."""
    if not any(script.campaign.address == address for script in observed.scripts):
        return
    others = [
        printable(cut(row.send.campaign.address))
        for row in rows
        if row.send is not None and row.send.campaign.address != address
    ]
    if others:
        yield problem(
            "beacons_elsewhere",
            f"The script comes from {address} and sends to {listed(others)}.",
            f"Start the server with --public-url {address}, at which browsers reach it.",
        )


def _array_apart(
    observed: Observations, rows: tuple[PushedPair, ...], global_name: str
) -> Iterator[PageFinding]:
    """The mistake of pushing to a local array that has the global's name."""
    advice = (
        f"Write `window.{global_name} = window.{global_name} || [];` and then "
        f"{global_name}.push(…), without const or let."
    )
    if observed.variable.apart is not None:
        # If the script did not run, the array is not the reason why the pushes wait.
        lost = observed.variable.window == "ours" and any(row.outcome == "unread" for row in rows)
        yield PageFinding(
            "problem" if lost else "note",
            "array_apart",
            f"The page declares an array named {global_name} that is not window.{global_name}: "
            "nothing reads what is pushed to it.",
            advice,
        )
    elif observed.hidden and not any(row.outcome in pushes.ACKNOWLEDGED for row in rows):
        where = listed([printable(cut(each)) for each in observed.hidden])
        yield note(
            "array_hidden",
            f"Probably a mistake: {where} declares its own {global_name} with const or let. In a "
            "module or a function, nothing reads what is pushed to it before the tracking script "
            "has loaded.",
            advice,
        )


def _sentence(text: str) -> str:
    """The server's message, made fit to end a finding: never empty, always with a full stop."""
    said = printable(cut(text, 300)).strip() or "it gave no reason"
    return said if said.endswith((".", "!", "?", "…")) else f"{said}."
