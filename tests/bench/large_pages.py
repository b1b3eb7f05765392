"""The pages of a large campaign that `tests.bench.large` asks for, and how long one takes."""

from __future__ import annotations

import statistics
import time

import httpx

from tests.bench.crowd import KEY, say

_TIMES = 5


OWNER = f"/admin/campaigns/{KEY}"


PAGES = {
    "all campaigns": "/admin/campaigns",
    "overview, with charts": OWNER,
    "question before deleting": f"{OWNER}/delete",
    "log": f"{OWNER}/log",
    "log, from the middle": f"{OWNER}/log?after=HALF&at=HALF",
    "log, the page before the middle": f"{OWNER}/log?before=HALF&at=HALF",
    "log, the last page": f"{OWNER}/log?last=1",
    "log, the oldest first": f"{OWNER}/log?order=oldest",
    "log, a text that none has": f"{OWNER}/log?search=nowhere",
    "log, refused": f"{OWNER}/log?outcome=refused",
    "entries": f"{OWNER}/entries",
    "entries, from the middle": f"{OWNER}/entries?after=HALF&at=HALF",
    "entries, the last page": f"{OWNER}/entries?last=1",
    "entries, the oldest first": f"{OWNER}/entries?order=oldest",
    "entries of one action": f"{OWNER}/entries?action=1",
    "entries, valid, the last page": f"{OWNER}/entries?state=valid&last=1",
    "entries, a name that none has": f"{OWNER}/entries?search=nobody",
    "entries, one e-mail": f"{OWNER}/entries?search=500@example.org",
    "entries, taken back": f"{OWNER}/entries?state=invalidated",
    "entrants": f"{OWNER}/entrants",
    "entrants, the last page": f"{OWNER}/entrants?last=1",
    "entrants, by e-mail": f"{OWNER}/entrants?order=email",
    "entrants, by e-mail, from the middle": f"{OWNER}/entrants?order=email&after=HALF&at=HALF",
    "entrants, by e-mail, the page before": f"{OWNER}/entrants?order=email&before=HALF&at=HALF",
    "entrants, by e-mail, the last page": f"{OWNER}/entrants?order=email&last=1",
    "entrants, by e-mail, downwards": f"{OWNER}/entrants?order=email_desc",
    "entrants, by e-mail, a name that none has": f"{OWNER}/entrants?order=email&search=nobody",
    "entrants, a name that none has": f"{OWNER}/entrants?search=nobody",
    "entrants, blocked": f"{OWNER}/entrants?state=blocked",
    "claims": f"{OWNER}/claims",
    "claims, the last page": f"{OWNER}/claims?last=1",
    "claims, a name that none has": f"{OWNER}/claims?search=nobody",
    "claims, one e-mail": f"{OWNER}/claims?search=500@example.org",
    "all codes": f"{OWNER}/codes/list",
    "all codes, the last page": f"{OWNER}/codes/list?last=1",
    "all codes, by code": f"{OWNER}/codes/list?order=code",
    "all codes, by code, from the middle": f"{OWNER}/codes/list?order=code&after=HALF&at=HALF",
    "all codes, by code, the last page": f"{OWNER}/codes/list?order=code&last=1",
    "all codes, one": f"{OWNER}/codes/list?search=CODE-500",
    "all codes, a text that none has": f"{OWNER}/codes/list?search=nobody",
    "installing, with what came last": f"{OWNER}/install",
    "question before deleting an action": f"{OWNER}/actions/1/delete",
    "the campaign's page": f"/{KEY}/large",
}


def page(client: httpx.Client, path: str) -> float:
    """How long a page takes, in milliseconds: the median of some requests."""
    say(path)
    took = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        answer = client.get(path)
        took.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200, (path, answer.status_code)
    return statistics.median(took)
