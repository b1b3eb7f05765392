"""What tests of the owner's webhooks do: add one, and read what a page says of it."""

from __future__ import annotations

import re

import httpx

from tests.backend.admin.owning import mistakes
from tests.backend.conftest import PUBLIC_URL
from tests.backend.receiver import Receiver
from trk.core.webhook import EVENTS

HERE = "/admin/campaigns/y2sB7/webhooks"
ALL = f"{PUBLIC_URL}{HERE}"
Endpoint = tuple[Receiver, str]


async def add(browser: httpx.AsyncClient, url: str, *events: str) -> str:
    """Add a webhook as the form does; its secret."""
    form = {"url": url, **dict.fromkeys(events or EVENTS, "on")}
    answer = await browser.post("/new", data=form)
    assert answer.status_code == 200, mistakes(answer.text)
    secret: str = re.findall(r'<code id="secret">(whsec_[^<]+)</code>', answer.text)[0]
    return secret


def note(page: str) -> str:
    """What the page says that has just been done, or that is wrong."""
    notes = re.findall(r'<p class="note[^>]*>(.*?)</p>', page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", "", " ".join(notes)).split())
