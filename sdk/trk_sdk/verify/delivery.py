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
    "repeated": "the visitor had done the action already",
    "waiting": "it unlocks the action once the visitor enters the campaign",
    "expired": "its day was over before the visitor had entered",
}
_ADVICE = {
    "campaign_draft": "Publish the campaign on its owner's pages.",
    "campaign_not_started": "Wait for the campaign's start, or set an earlier one.",
    "campaign_ended": "Take the push from the page, or let the campaign end later.",
    "over_quota": "Push less under names that no action has.",
    "late": "Look whether pages can reach the server when they push.",
    "campaign_closed": "Take the push from the page: the campaign was closed.",
    "not_tracked": "Let the action be verified by tracking, or push another name.",
    "unsigned": "Let your server sign the pair and push the signature as the third item.",
    "bad_signature": "Sign key, name and value with the campaign's secret, as docs/api.md says.",
    "value_missing": "Push a value with the name: the action wants a unique one.",
    "value_used": "Push a value that is unique, such as the order's number.",
    "entrant_blocked": "Unblock the entrant, or look with another visitor.",
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
            "If it should unlock an action, push the action's tracking name.",
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
    return problem(
        "unread",
        f"{name} was pushed and never read.",
        "It waits for the tracking script to run."
        if observed.variable.window != "ours"
        else f"It is in an array that only the page knows, not in window.{global_name}.",
    )


def _unsent(observed: Observations, global_name: str, *, doubtful: bool) -> str:
    if doubtful:
        return "See first what is said of trk.js below."
    if pushes.refused_consent(observed):
        return (
            f"The page called {global_name}.push(['consent', false]): what is pushed while consent "
            "is refused is neither stored nor sent, also if consent is given later. Call it only "
            "where the visitor refuses."
        )
    return (
        f"If the campaign asks for consent, call {global_name}.push(['consent', true]) once the "
        "visitor agrees; nothing is stored or sent before."
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
                f"The page was left while a beacon to {shown} was on its way: its answer can't be "
                "seen.",
                "Look into the campaign's trackings on the server.",
            )
        elif send.status:
            yield _strange_answer(send, shown)
        elif send.status is None:
            yield problem(
                "beacon_slow",
                f"{shown} had not answered within {observed.seconds:.0f} s.",
                "Look whether the server is up, and into its log; to wait longer: --wait.",
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
            "Look into the server's log if that lasts.",
        )
    return problem(
        "beacon_status",
        f"{url} answered {send.status} with what is not the tracking server's: "
        f"{quoted(send.answer)}.",
        "A proxy, a firewall or another server answers there: let it pass beacons on. trk.js keeps "
        "the push and tries again.",
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
            f"Start the server with --public-url {address}, under which browsers reach it.",
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
            "nobody reads what is pushed into it.",
            advice,
        )
    elif observed.hidden and not any(row.outcome in pushes.ACKNOWLEDGED for row in rows):
        where = listed([printable(cut(each)) for each in observed.hidden])
        yield note(
            "array_hidden",
            f"A likely mistake: {where} declares a {global_name} of its own with const or let. In "
            "a module or a function nobody reads what is pushed into it before the tracking script "
            "has loaded.",
            advice,
        )


def _sentence(text: str) -> str:
    """The server's message, made fit to end a finding: never empty, always with a full stop."""
    said = printable(cut(text, 300)).strip() or "it gave no reason"
    return said if said.endswith((".", "!", "?", "…")) else f"{said}."
