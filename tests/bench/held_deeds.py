"""What an owner, the API and the jobs can do to a large campaign, in an order in which all of it is
possible."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import httpx

from tests.bench import held_commands, held_linked
from tests.bench.crowd import KEY
from tests.bench.held_crowd import BUSY, HOST
from trk.clock import now_ms
from trk.services.jobs.counters import Counters
from trk.services.jobs.deletion import Deletion
from trk.services.jobs.list_fixer import ListFixer
from trk.services.jobs.part_counter import PartCounter
from trk.services.jobs.retention import Retention
from trk.services.jobs.reward_giver import RewardGiver
from trk.store.database import Database
from trk.store.program import select

_ONE = f"/campaigns/{KEY}"
_CODES = 90_000
_WHY = {"reason": "The bench."}


class Doing(NamedTuple):
    """By whom, and to how many rows: the store, a client of the API, one of the owner's pages, and
    where the database is."""

    database: Database
    api: httpx.AsyncClient
    pages: httpx.AsyncClient
    rows: int
    url: str


Deed = Callable[[Doing], Awaitable[object]]


def _call(method: str, path: str, body: Any = None) -> Deed:
    async def deed(doing: Doing) -> None:
        content = {"content": body} if isinstance(body, str) else {"json": body}
        answer = await doing.api.request(
            method, f"{_ONE}{path}", **({} if body is None else content)
        )
        assert answer.is_success, (path, answer.text)

    return deed


def _form(path: str, **fields: str) -> Deed:
    async def deed(doing: Doing) -> None:
        answer = await doing.pages.post(path, data=fields)
        assert answer.status_code == 303, (path, answer.status_code, answer.text[:2000])
        doing.pages.headers["x-told"] = answer.headers["location"]

    return deed


async def _undo(doing: Doing) -> None:
    """Undo what the last form did."""
    step = re.search(r"step=([\w-]+)", doing.pages.headers["x-told"])
    assert step is not None
    await _form("/undo", step=step[1])(doing)


async def _add_codes(doing: Doing) -> None:
    codes = "\n".join(f"NEW-{n:05}" for n in range(_CODES))
    await _call("POST", "/codes?column=lines", codes)(doing)


async def _retire(doing: Doing) -> None:
    [upload, *_] = (await doing.api.get(f"{_ONE}/codes/uploads")).json()["data"]
    await _call("DELETE", f"/codes/uploads/{upload['id']}")(doing)


async def _take_back(doing: Doing) -> None:
    """Let all in again who were left out together."""
    sql = "SELECT MAX(blocked_at) AS at FROM entrants WHERE campaign_id = 1"
    [row] = await doing.database.read(select, sql)
    await _form("/entrants/take-back", at=str(row["at"]))(doing)


async def _count_all(doing: Doing) -> None:
    """Count anew what nobody has counted for long."""
    await doing.database.write(select, "DELETE FROM tallies")
    await doing.database.write(select, "UPDATE tallied SET up_to = 0")
    job = Counters(doing.database)
    await job.work()
    await job.work()


async def _translate(doing: Doing) -> None:
    await _call("PATCH", "", {"languages": ["en", "de"]})(doing)
    texts = (await doing.api.get(f"{_ONE}/texts/de")).json()["texts"]
    given = {each["place"]: each["own"] for each in texts}
    await _call("PATCH", "/texts/de", {"texts": given})(doing)


async def _count_friends(doing: Doing) -> None:
    await PartCounter(doing.database).work()


def _download(path: str) -> Deed:
    async def deed(doing: Doing) -> None:
        async with doing.pages.stream("GET", path) as answer:
            assert answer.status_code == 200
            async for _ in answer.aiter_bytes():
                pass

    return deed


async def _person(doing: Doing, method: str, who: int = BUSY) -> None:
    email = {"email": f"{who}@example.org"}
    answer = await doing.api.request(method, "/entrants", params=email)
    assert answer.is_success, answer.text


def _ids(first: int) -> dict[str, Any]:
    return {"ids": list(range(first, first + 1000)), **_WHY}


DEEDS: dict[str, Deed] = {
    "settings: a name": _call("PATCH", "", {"name": "Larger"}),
    "settings: only confirmed e-mails count": _call("PATCH", "", {"confirmed_only": True}),
    "settings: all count again": _call("PATCH", "", {"confirmed_only": False}),
    "all texts are translated": _translate,
    **held_linked.DEEDS,
    "an action's worth": _call("PATCH", "/actions/1", {"worth": 3}),
    "an action that friends complete": _call(
        "POST",
        "/actions",
        {
            "title": "Friends",
            "tracking_name": "Friends",
            "verification": "referral",
            "friends": 3,
            "worth": 2,
        },
    ),
    "the others of them are counted by the job": _count_friends,
    "more friends count": _call("PATCH", "/actions/3", {"friends": 10}),
    "the others are counted by the job": _count_friends,
    "with friends: only confirmed e-mails count": _call("PATCH", "", {"confirmed_only": True}),
    "and the job": _count_friends,
    "with friends: all count again": _call("PATCH", "", {"confirmed_only": False}),
    "and the job again": _count_friends,
    "entrant with 100,000 friends: blocked": _call("POST", f"/entrants/{HOST}/block", _WHY),
    "entrant with 100,000 friends: unblocked": _call("POST", f"/entrants/{HOST}/unblock", _WHY),
    "and their friends by the job": _count_friends,
    "1,000 entries are invalidated": _call("POST", "/completions/invalidate", _ids(5_001)),
    "1,000 entries are restored": _call("POST", "/completions/restore", _ids(5_001)),
    "1,000 entrants are blocked": _call("POST", "/entrants/block", _ids(1)),
    "1,000 entrants are unblocked": _call("POST", "/entrants/unblock", _ids(1)),
    "all but one of a network are blocked": _form(
        "/entrants?shares=network&with=500", what="others", reason="The bench."
    ),
    "undone": _undo,
    "all unconfirmed are blocked": _form("/entrants", what="unconfirmed", reason="The bench."),
    "taken back": _take_back,
    "entrant with 100,000 completions: blocked": _call("POST", f"/entrants/{BUSY}/block", _WHY),
    "entrant with 100,000 completions: unblocked": _call("POST", f"/entrants/{BUSY}/unblock", _WHY),
    "entrant with 100,000 completions: exported": lambda doing: _person(doing, "GET"),
    "entrant with 100,000 completions: erased": lambda doing: _person(doing, "DELETE"),
    "entrant with 100,000 friends: erased": lambda doing: _person(doing, "DELETE", HOST),
    "entries as CSV": _download("/entries.csv"),
    "entrants as CSV": _download("/entrants.csv"),
    "settings: a reward for everyone": _call(
        "PATCH", "", {"kind": "reward", "reward_kind": "shared", "reward_value": "THANKS"}
    ),
    "settings: a code for everyone": _call(
        "PATCH", "", {"reward_kind": "codes", "reward_value": ""}
    ),
    "90,000 codes are added": _add_codes,
    "90,000 codes are taken back": _retire,
    "settings: a competition again": _call(
        "PATCH", "", {"kind": "competition", "reward_kind": "none"}
    ),
    **held_commands.DEEDS,
    "campaign is copied": _call("POST", "/copy", {}),
    "closed": _call("POST", "/close"),
    "the list is fixed by the job": lambda doing: ListFixer(doing.database).work(),
    "reopened": _call("POST", "/reopen"),
    "closed again": _call("POST", "/close"),
    "the draw": _call("POST", "/draw"),
    "the winners are announced": _call("POST", "/draw/announce", {}),
    "the winners are written to": _call(
        "POST", "/draw/tell", {"answer_by": "2099-01-01T00:00:00Z"}
    ),
    "reopened after the draw": _call("POST", "/reopen"),
    "all rows are counted anew": _count_all,
    "old rows are erased": lambda doing: Retention(doing.database, 8).sweep(now_ms()),
    "field is deleted": _call("DELETE", "/fields/1"),
    "its answers are erased": lambda doing: Deletion(doing.database).work(),
    "rewards that were missed are given": lambda doing: RewardGiver(doing.database).work(),
    "the action that all have done is deleted": _call("DELETE", "/actions/1"),
    "its completions are erased": lambda doing: Deletion(doing.database).work(),
    "the campaign is deleted": _call("DELETE", ""),
    "all that it had is erased": lambda doing: Deletion(doing.database).work(),
}
