"""The owner's mails: every one that was written, what became of it, and its text, never as HTML."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import HOSTILE, browser_of, set_up, values
from tests.backend.calls import entered, made
from tests.backend.conftest import PUBLIC_URL, api_of, client_of, running
from tests.backend.stored import NOW, query_write
from trk.core.mail import Mail
from trk.services import people
from trk.settings import Settings
from trk.store import campaigns, mails
from trk.store.program import Transaction
from trk.web.admin.mails import link_in, trouble_of
from trk.web.server import server_of

pytestmark = pytest.mark.once

HERE = "/admin/mails"
OURS = {"sec-fetch-site": "same-origin"}


@pytest.fixture
async def browser(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """Ann's browser, signed in, on both databases; the server has the campaign y2sB7."""
    async with browser_of(app) as client, await api_of(app) as api:
        await set_up(app, client)
        await made(api)
        yield client


async def write(
    app: Starlette, topic: str, *, key: str | None = "y2sB7", to: int | None = None, **mail: str
) -> None:
    """Have a mail written that is given up, so that the mailer leaves it alone."""
    fields = {"recipient": "sue@example.org", "subject": "Hello", "body": "Hello Sue,\n"}
    database = server_of(app).database
    campaign = await database.read(campaigns.by_key, key) if key else None

    async def program(tx: Transaction) -> None:
        await mails.queue(
            tx,
            replace(Mail(topic, "", "", ""), **{**fields, **mail}),
            NOW,
            campaign_id=campaign.id if campaign else None,
            entrant_id=to,
        )
        await tx.fetch("UPDATE mails SET due_at = NULL, error = 'No mail server is set'")

    await database.write(program)


def listed(page: str) -> list[str]:
    return re.findall(r'<a href="/admin/mails/\d+">(.*?)</a>', page)


async def test_a_newcomers_confirmation_is_found_without_a_mail_server_and_its_link_works(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    page = (await browser.get(HERE)).text
    assert "No e-mails yet" in page
    for words in ("No mail server is set up", "TRK_SMTP", "TRK_MAIL_FROM"):
        assert words in page
    sue = {"name": "Sue", "email": "sue@example.org"}
    async with client_of(app, **OURS) as first, client_of(app, **OURS) as second:
        await first.post("/y2sB7/enter", data=sue)
        await second.post("/y2sB7/enter", data=sue)
        page = (await browser.get(HERE)).text
        assert listed(page) == ["Is this you? Win"]
        assert "sue@example.org" in page
        [path] = re.findall(r'href="(/admin/mails/\d+)"', page)
        page = (await browser.get(path)).text
        assert "Hello Sue," in page
        [link] = re.findall(r'<code id="address">([^<]+)</code>', page)
        assert f'<a href="{link}" rel="noreferrer">Open</a>' in page
        assert "Is this you?" in (await second.get(link)).text
        assert (await second.post(link)).status_code == 303
        assert "Not <bdi>Sue</bdi>?" in (await second.get("/y2sB7/win")).text


async def test_what_visitors_typed_stays_text_in_every_part_of_a_mail(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    body = f"Hello {HOSTILE},\n\n    https://evil.example/{HOSTILE}\n    https://evil.example/x\n"
    await write(app, "1", subject=HOSTILE, body=body, recipient=f'"{HOSTILE}"@example.org')
    await query_write(server_of(app).database, "UPDATE campaigns SET name = '<b>Win</b>'")
    for path in (HERE, f"{HERE}/1"):
        page = (await browser.get(path)).text
        assert page.count("&lt;script&gt;alert") >= 2
        for tag in ("<script>alert", "<img", "<b>Win", 'href="https://evil'):
            assert tag not in page


async def test_mails_are_found_by_recipient_subject_state_and_campaign(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    async with await api_of(app) as api:
        await api.post("/campaigns", json={"name": "Other", "key": "other1"})
    await write(app, "1", subject="First", recipient="Sue@example.org")
    await write(app, "2", subject="Second", key="other1")
    await write(app, "3", subject="Third", key=None, recipient="bob@example.org")
    await query_write(
        server_of(app).database, "UPDATE mails SET sent_at = 1790000000001 WHERE id = 2"
    )
    for part, subjects in {
        "": ["Third", "Second", "First"],
        "search=sue": ["Second", "First"],
        "search=THIRD": ["Third"],
        "search=%25": [],
        "state=sent": ["Second"],
        "state=given_up": ["Third", "First"],
        "state=waiting": [],
        "campaign=other1": ["Second"],
        "campaign=y2sB7&state=sent": [],
        "campaign=nosuch&state=x&search=%00&after=x": ["Third", "Second", "First"],
        "after=3": ["Second", "First"],
    }.items():
        answer = await browser.get(f"{HERE}?{part}")
        assert answer.status_code == 200
        assert listed(answer.text) == subjects, part
    form = (await browser.get(f"{HERE}?campaign=other1&search=x%22y")).text
    assert (values(form)["campaign"], values(form)["search"]) == ("other1", 'x"y')


async def test_a_long_list_is_read_part_by_part(app: Starlette, browser: httpx.AsyncClient) -> None:
    for number in range(60):
        await write(app, str(number), subject=f"Number {number}")
    first = (await browser.get(HERE)).text
    assert len(listed(first)) == 50
    [older] = re.findall(r'href="([^"]*)">Next<', first)
    rest = (await browser.get(older)).text
    assert listed(rest) == [f"Number {number}" for number in reversed(range(10))]
    assert ">Next<" not in rest


async def test_the_mails_of_whoever_is_erased_are_gone(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    first, second = await entered(app, 1), await entered(app, 2)
    await write(app, "1", subject="To one", recipient="1@example.org", to=first)
    await write(app, "2", subject="To two", recipient="2@example.org", to=second)
    assert f'/entrants/{first}">The entrant' in (await browser.get(f"{HERE}/1")).text
    await people.erase(server_of(app).database, "1@example.org")
    assert listed((await browser.get(HERE)).text) == ["To two"]
    assert (await browser.get(f"{HERE}/1")).status_code == 404
    assert (await browser.get(f"{HERE}/2")).status_code == 200


async def test_a_mail_that_is_not_there_is_not_found(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    for wrong in ("1", "x", "0", "-1", "99999999999999999999"):
        assert (await browser.get(f"{HERE}/{wrong}")).status_code == 404


async def test_with_a_mail_server_its_name_is_said_but_no_password_and_why_a_mail_waits(
    database_url: str,
) -> None:
    settings = Settings(
        database=database_url,
        public_url=PUBLIC_URL,
        smtp="smtp://shop:s3cret@127.0.0.1:1",
        mail_from="Bell & Spoke <win@shop.example>",
    )
    async with running(settings) as app, browser_of(app) as browser:
        await set_up(app, browser)
        assert "sent through <strong>127.0.0.1</strong>" in (await browser.get(HERE)).text
        await write(app, "1", key=None)
        later = "UPDATE mails SET due_at = 9790000000000, error = 'ConnectionRefusedError: no'"
        await query_write(server_of(app).database, later)
        for path in (HERE, f"{HERE}/1"):
            page = (await browser.get(path)).text
            for words in ("Waiting", "The mail server could not be reached."):
                assert words in page
            assert "s3cret" not in page
        assert "ConnectionRefusedError: no" in page
        assert "Bell &amp; Spoke &lt;win@shop.example&gt;" in (await browser.get(HERE)).text
        await query_write(
            server_of(app).database,
            "UPDATE mails SET due_at = NULL, error = NULL, sent_at = 1790000000002",
        )
        page = (await browser.get(f"{HERE}/1")).text
        assert ">Sent<" in page
        assert "ConnectionRefused" not in page


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (None, None),
        (mails.NO_SERVER, ("No mail server was set up at the time, so it was not sent.", None)),
        ("gaierror: x", ("The mail server could not be reached.", "gaierror: x")),
        ("OddError: x", ("OddError: x", None)),
    ],
)
def test_why_a_mail_was_not_sent_is_told_in_words(
    error: str | None, said: tuple[str, str | None] | None
) -> None:
    assert trouble_of(error) == said


@pytest.mark.parametrize(
    ("body", "link"),
    [
        (
            f"Hello,\n\n    {PUBLIC_URL}/y2sB7/confirm/x-Y_1\n\nBye\n",
            f"{PUBLIC_URL}/y2sB7/confirm/x-Y_1",
        ),
        (f"Hello {PUBLIC_URL}/evil,\n", None),
        (f"    {PUBLIC_URL}.evil.example/x\n", None),
        ("    https://evil.example/x\n", None),
        (f"    {PUBLIC_URL}/a b\n", None),
        (f"{PUBLIC_URL}/a\n", None),
        ("    javascript:alert(1)\n", None),
        ("", None),
    ],
)
def test_only_a_line_of_its_own_that_leads_to_this_server_is_a_link(
    body: str, link: str | None
) -> None:
    assert link_in(body, PUBLIC_URL) == link
