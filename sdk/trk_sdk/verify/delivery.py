"""What became of the page's pushes, in sentences: acknowledged, refused, or held up by what?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from trk_sdk.verify import policy, pushes
from trk_sdk.verify.network import trouble
from trk_sdk.verify.pushes import Push
from trk_sdk.verify.seen import Seen, Send
from trk_sdk.verify.sentences import Finding, cut, listed, printable, quoted

_GOOD = {
    "unlocked": "the action is unlocked",
    "repeated": "the visitor had done the action already",
    "waiting": "it unlocks the action once the visitor enters the campaign",
}
_ADVICE = {
    "campaign_not_started": "Wait for the campaign's start, or set an earlier one.",
    "campaign_ended": "Take the push from the page, or let the campaign end later.",
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
    seen: Seen, rows: tuple[Push, ...], key: str, address: str, global_name: str
) -> Iterator[Finding]:
    """What there is to say of these pushes for campaign `key`, and of what they depend on."""
    for row in rows:
        yield _finding(row, seen, global_name)
    for refusal in pushes.refused_tokens(seen, key):
        yield Finding(
            "problem",
            refusal.code or "refused",
            f"The token (xref) in the page's address was refused: {_sentence(refusal.message)}",
            "Open the page from the campaign's own page, or without xref.",
        )
    yield from _held_up(seen, [row.send for row in rows if row.outcome == "unanswered"])
    yield from _elsewhere(seen, rows, address)
    yield from _array_apart(seen, rows, global_name)


def _finding(row: Push, seen: Seen, global_name: str) -> Finding:
    name = quoted(row.name) + (f" with value {quoted(row.value)}" if row.value is not None else "")
    when = {True: " before the script had loaded", False: " after the script had loaded"}
    pushed = f"{name} was pushed{when[row.early] if row.early is not None else ''}"
    again = ", and had been stored before (a duplicate)" if row.duplicate else ""
    if row.outcome in _GOOD:
        return Finding(
            "good",
            row.outcome,
            f"{pushed}, sent and acknowledged{again}: {row.outcome} ({_GOOD[row.outcome]}).",
        )
    if row.outcome == "unmatched":
        return Finding(
            "note",
            "unmatched",
            f"{pushed}, sent and acknowledged{again}: unmatched (no action of the campaign has "
            "this name).",
            "If it should unlock an action, push the action's tracking name.",
        )
    if row.outcome == "refused":
        return Finding(
            "problem",
            row.code or "refused",
            f"{pushed}, sent and refused{again}: {_sentence(row.reason)}",
            _ADVICE.get(row.code, "Correct what the page pushes."),
        )
    if row.outcome == "unanswered":
        return Finding("problem", "unanswered", f"{pushed} and sent, but not acknowledged.")
    if row.outcome == "unsent":
        return Finding(
            "problem",
            "unsent",
            f"{pushed}, and not sent within {seen.seconds:.0f} s.",
            f"If the campaign asks for consent, call {global_name}.push(['consent', true]) once "
            "the visitor agrees; nothing is stored or sent before.",
        )
    return Finding(
        "problem",
        "unread",
        f"{name} was pushed and never read.",
        "It waits for the tracking script to run."
        if seen.variable.window != "ours"
        else f"It is in an array that only the page knows, not in window.{global_name}.",
    )


def _held_up(seen: Seen, sends: Iterable[Send | None]) -> Iterator[Finding]:
    """Why beacons were not acknowledged, once for each address."""
    last = {send.url: send for send in sends if send is not None}
    for url, send in last.items():
        shown = printable(cut(url))
        violation = next((each for each in seen.violations if each.blocked == url), None)
        failure = next((word for where, word in reversed(seen.failures) if where == url), "")
        if violation is not None:
            yield Finding(
                "problem",
                "csp_beacon",
                f"The page's Content-Security-Policy blocks beacons to {shown}: "
                f"{policy.described(violation)}.",
                policy.allowing(violation.policy, send.place.address),
            )
        elif send.parting:
            yield Finding(
                "note",
                "parting",
                f"The page was left while a beacon to {shown} was on its way: its answer can't be "
                "seen.",
                "Look into the campaign's trackings on the server.",
            )
        elif send.status:
            yield _strange_answer(send, shown)
        elif send.status is None:
            yield Finding(
                "problem",
                "beacon_slow",
                f"{shown} had not answered within {seen.seconds:.0f} s.",
                "Look whether the server is up, and into its log; to wait longer: --wait.",
            )
        else:
            why, advice = trouble(failure)
            yield Finding(
                "problem", "beacon_blocked", f"No beacon got through to {shown}: {why}.", advice
            )


def _strange_answer(send: Send, url: str) -> Finding:
    answer = pushes.answer_of(send)
    if answer is not None and answer.error is not None:
        return Finding(
            "problem",
            answer.error.code or "busy",
            f"{url} answered {send.status}: {_sentence(answer.error.message)} trk.js keeps the "
            "push and tries again.",
            "Look into the server's log if that lasts.",
        )
    return Finding(
        "problem",
        "beacon_status",
        f"{url} answered {send.status} with what is not the tracking server's: "
        f"{quoted(send.answer)}.",
        "A proxy, a firewall or another server answers there: let it pass beacons on. trk.js keeps "
        "the push and tries again.",
    )


def _elsewhere(seen: Seen, rows: Iterable[Push], address: str) -> Iterator[Finding]:
    """A server that knows itself under another address gives that one to its script."""
    if not any(script.place.address == address for script in seen.scripts):
        return
    others = [
        printable(cut(row.send.place.address))
        for row in rows
        if row.send is not None and row.send.place.address != address
    ]
    if others:
        yield Finding(
            "problem",
            "beacons_elsewhere",
            f"The script comes from {address} and sends to {listed(others)}.",
            f"Start the server with --public-url {address}, under which browsers reach it.",
        )


def _array_apart(seen: Seen, rows: tuple[Push, ...], global_name: str) -> Iterator[Finding]:
    """The mistake of an array that has the global's name, and that nobody else can see."""
    advice = (
        f"Write `window.{global_name} = window.{global_name} || [];` and then "
        f"{global_name}.push(…), without const or let."
    )
    if seen.variable.apart is not None:
        # Where the script has not run, that array is not what holds the pushes up.
        lost = seen.variable.window == "ours" and any(row.outcome == "unread" for row in rows)
        yield Finding(
            "problem" if lost else "note",
            "array_apart",
            f"The page declares an array named {global_name} that is not window.{global_name}: "
            "nobody reads what is pushed into it.",
            advice,
        )
    elif seen.hidden and not any(row.outcome in pushes.ACKNOWLEDGED for row in rows):
        where = listed([printable(cut(each)) for each in seen.hidden])
        yield Finding(
            "note",
            "array_hidden",
            f"A likely mistake: {where} declares a {global_name} of its own with const or let. In "
            "a module or a function nobody reads what is pushed into it before the tracking script "
            "has loaded.",
            advice,
        )


def _sentence(text: str) -> str:
    """The server's sentence as one that may end a finding."""
    said = printable(cut(text, 300)).strip() or "it gave no reason"
    return said if said.endswith((".", "!", "?", "…")) else f"{said}."
