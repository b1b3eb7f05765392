"""The HTML of every page is valid: the owner's and the entrants', with data, in three languages."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.crawler import crawled, forms_of
from tests.backend.admin.owning import browser_of, set_up
from tests.backend.calls import action, call, made, prize
from tests.backend.conftest import api_of, client_of
from tests.backend.drawing import drawn, end_now
from tests.backend.pictures import picture
from tests.backend.stored import query
from tests.sdk.node import node, tools
from trk.web.server import server_of

CONFIG = Path(__file__).with_name("html-validate.json")
LANGUAGES = ("en", "de", "ar")
DESCRIPTION = "A *red* bike & more\n\n- one\n- two\n\n![Bike](https://shop.example/a.png)\n\n> Ride"
LOOK: dict[str, Any] = {
    "languages": LANGUAGES,
    "accent": "#7b2d8b",
    "scheme": "light",
    "css": ".card { color: red }",
    "description": DESCRIPTION,
    "terms": "# Terms\n\n1. First\n2. Second",
    "allowed_origins": ["https://shop.example"],
}
PEOPLE = {"accept": "text/html", "sec-fetch-site": "same-origin"}
EXTRA = ("nothing/at/all", "confirm/nonsense", "won/nonsense", "preview/nonsense", "answer/1")


GOING = ("delete", "remove", "revoke", "sign-out", "draw")
"""Forms that would take away what the other pages show."""


class Pages(dict[str, str]):
    """The HTML of pages by what they are."""

    async def see(self, browser: httpx.AsyncClient, path: str, name: str = "") -> None:
        """Add the page at this address."""
        answer = await browser.get(path)
        if answer.status_code in (302, 303):
            answer = await browser.get(answer.headers["location"])
        self.add(f"{name or path}", answer)

    def add(self, name: str, answer: httpx.Response) -> None:
        """Add the page that this is."""
        if answer.headers.get("content-type", "").startswith("text/html"):
            self[f"{name} {answer.status_code}"] = answer.text


async def filled(app: Starlette, api: httpx.AsyncClient) -> None:
    """A competition with pictures, actions of each kind, a webhook, tokens and an invitation."""
    await made(api, **LOOK)
    bike = await prize(api, "A bike", 2)
    actions = []
    for verification in ("tracking", "question", "question_or_tracking", "ill_know"):
        asks = {"question": "Which colour?"} if "question" in verification else {}
        fields = {"url": "https://shop.example/vip?a=1&b=2", "description": DESCRIPTION, **asks}
        name = f"Do {verification}"
        actions.append(await action(api, name, verification=verification, **fields))
    for place in ("banner", "logo", f"prize-{bike}", f"action-{actions[0]}"):
        content = {"content": base64.b64encode(picture()).decode(), "alt": 'A "red" bike'}
        answer = await api.put(f"/campaigns/y2sB7/pictures/{place}", json=content)
        assert answer.status_code == 200, answer.text
    hook = {"url": "https://shop.example/hooks", "events": ["action.completed"]}
    for path, body in [
        ("/campaigns/y2sB7/webhooks", hook),
        ("/campaigns/y2sB7/webhooks/1/test", None),
        ("/campaigns/y2sB7/scripts", None),
    ]:
        assert (await api.post(path, json=body)).status_code < 300
    reward = {
        **LOOK,
        "name": "Coupons",
        "key": "rew4rd",
        "kind": "reward",
        "reward_kind": "codes",
        "confirmed_only": True,
    }
    assert (await api.post("/campaigns", json=reward)).status_code == 201
    codes = await api.post(
        "/campaigns/rew4rd/codes", content="A-1\nA-2\n", headers={"content-type": "text/plain"}
    )
    assert codes.status_code == 201, codes.text
    buy = {"title": "Buy", "tracking_name": "Buy", "url": "https://shop.example/"}
    assert (await api.post("/campaigns/rew4rd/actions", json=buy)).status_code == 201


async def entrants(app: Starlette, api: httpx.AsyncClient, pages: Pages, when: str) -> None:
    """What entrants see of both campaigns, before and after they have entered, in a frame too."""
    for tag in LANGUAGES:
        for key in ("y2sB7", "rew4rd"):
            async with client_of(app, **PEOPLE, **{"accept-language": tag}) as browser:
                for path in (f"/{key}", f"/{key}/draw", *(f"/{key}/{end}" for end in EXTRA)):
                    await pages.see(browser, path, f"{when} {tag} {path}")
                frame = f"/{key}/frame?origin=https://shop.example&lang={tag}"
                await pages.see(browser, frame, f"{when} {tag} {frame}")
                who = {"name": f"Ann & {tag}", "email": f"ann-{tag}@example.org"}
                pages.add(
                    f"{when} {tag} {key} wrong",
                    await browser.post(f"/{key}/enter", data={"name": "", "email": "x"}),
                )
                await browser.post(f"/{key}/enter", data=who)
                body = call(len(pages), ["Do tracking", "x"], ["Buy"], email=who["email"])
                await api.post(f"/campaigns/{key}/beacons", json=body)
                await pages.see(browser, f"/{key}", f"{when} {tag} {key} entered")
                await pages.see(browser, f"/{key}/draw", f"{when} {tag} {key} draw, entered")
                pages.add(
                    f"{when} {tag} {key} answered",
                    await browser.post(f"/{key}/answer/3", data={"answer": ""}),
                )
            async with client_of(app, **PEOPLE, **{"accept-language": tag}) as other:
                pages.add(f"{when} {tag} {key} mailed", await other.post(f"/{key}/enter", data=who))


async def mistaken(browser: httpx.AsyncClient, pages: Pages) -> None:
    """Every form of the owner's, sent back with nothing in it."""
    for address, page in (await crawled(browser, "/admin/campaigns")).items():
        for form in forms_of(page):
            if any(word in form.target for word in GOING):
                continue
            empty = dict.fromkeys(form.fields, "")
            pages.add(f"{address} {form.target} empty", await browser.post(form.target, data=empty))


@pytest.fixture
async def pages(sqlite_app: Starlette) -> Pages:
    """All of them, by their addresses."""
    found = Pages()
    async with await api_of(sqlite_app) as api, browser_of(sqlite_app) as owner:
        for path in ("/admin/setup", "/admin/sign-in", "/api", "/nosuch"):
            await found.see(owner, path, f"new {path}")
        await set_up(sqlite_app, owner)
        owner.headers["accept"] = "text/html"
        await filled(sqlite_app, api)
        await entrants(sqlite_app, api, found, "open")
        for path, page in (await crawled(owner, "/admin/campaigns")).items():
            found[f"open {path}"] = page
        for path in ("/admin/no/such", "/admin/campaigns/nosuch", "/admin/link/x"):
            await found.see(owner, path)
        await mistaken(owner, found)
        await end_now(sqlite_app)
        await drawn(api)
        await entrants(sqlite_app, api, found, "over")
        for path, page in (await crawled(owner, "/admin/campaigns")).items():
            found[f"over {path}"] = page
        when = {"answer_by": "2490-12-24T18:00:00Z"}
        assert (await api.post("/campaigns/y2sB7/draw/tell", json=when)).status_code == 200
        mails = await query(server_of(sqlite_app).database, "SELECT body FROM mails")
        for path in re.findall(r"/\w+/(?:confirm|won)/[\w-]+", str(mails)):
            await found.see(owner, path)
    return found


@pytest.mark.once
async def test_the_html_of_every_page_is_valid(pages: Pages, tmp_path: Path) -> None:
    assert len(pages) > 150, "the crawl found too little"
    assert await wrong_in(pages, tmp_path) == []


@pytest.mark.parametrize(
    ("mistake", "said"),
    [
        ("<p><span><h3>A</h3></span></p>", "element-permitted-content"),
        ('<label for="a">A</label><input id="a" type="text" required="True">', "attribute-"),
        ("<p>if a < 0</p>", "no-raw-characters"),
        ('<p id="a">A</p><p id="a">B</p>', "no-dup-id"),
        ("<div>A", "close-order"),
        ('<p><span aria-describedby="none">A</span></p>', "no-missing-references"),
    ],
)
async def test_a_mistake_is_found(mistake: str, said: str, tmp_path: Path) -> None:
    page = (
        f'<!doctype html><html lang="en"><head><title>A</title></head><body>{mistake}</body></html>'
    )
    found = await wrong_in({"page": page}, tmp_path)
    assert any(said in each for each in found), found


async def wrong_in(pages: Mapping[str, str], folder: Path) -> list[str]:
    """What html-validate finds in these pages; of several with the same text one is named."""
    names = {text: name for name, text in pages.items()}
    for n, text in enumerate(names):
        (folder / f"{n}.html").write_text(text, "utf-8")
    program = tools() / "html-validate" / "bin" / "html-validate.mjs"
    how = ("--config", CONFIG, "--formatter", "json=found.json", "*.html")
    done = await asyncio.to_thread(node, program, *how, cwd=folder)
    assert done.returncode in (0, 1), done.stderr
    given = list(names.values())
    return [
        f"{given[int(Path(file['filePath']).stem)]}, line {each['line']}: "
        f"{each['ruleId']}: {each['message']}"
        for file in json.loads((folder / "found.json").read_text("utf-8"))
        for each in file["messages"]
    ]
