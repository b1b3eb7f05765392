"""The shop's pages, its cart and its forms."""

from __future__ import annotations

import ast
import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import httpx
import pytest

import trk_shop
from trk_sdk import snippet
from trk_shop.app import create_app
from trk_shop.catalogue import PRODUCTS
from trk_shop.pushes import Push, literal
from trk_shop.tracker import Tracker
from trk_shop.uses import SIGNUP, USES

TRACKER = Tracker("http://track.example", "y2sB7")
PAGES = ("/", *(f"/products/{product.slug}" for product in PRODUCTS), "/journal/winter", "/game")
FORMS = ("/finder", "/cart", "/signup", "/survey", "/refer")
HOSTILE = "<script>alert('x')</script>"

Client = httpx.AsyncClient


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    transport = httpx.ASGITransport(app=create_app(TRACKER))
    async with Client(
        transport=transport, base_url="http://shop.example", follow_redirects=True
    ) as started:
        yield started


async def order(client: Client, **typed: str) -> httpx.Response:
    """Put a bell in the cart and buy it."""
    await client.post("/cart", data={"product": "brass-bell"})
    address = {"name": "Ann", "email": "ann@example.org", "address": "1 High St, York"}
    return await client.post("/checkout", data={**address, **typed})


def pushed(page: httpx.Response) -> list[str]:
    """The pairs that a page pushes when it is opened, as they stand in its script."""
    script = page.text.partition("</details>")[2]
    found = re.findall(r"^  Gleam\.push\(\[(.*)\]\);$", script, re.M)
    return [pair for pair in found if pair != "'callback', noted"]


@pytest.mark.parametrize("path", [*PAGES, *FORMS])
async def test_every_page_has_the_loader_word_for_word_in_its_head(
    path: str, client: Client
) -> None:
    page = await client.get(path)
    assert page.status_code == 200
    head = page.text.partition("</head>")[0]
    assert snippet.loader(TRACKER.key, TRACKER.address) in head


@pytest.mark.parametrize("path", [*PAGES, *FORMS])
async def test_every_link_of_a_page_leads_somewhere(path: str, client: Client) -> None:
    page = await client.get(path)
    links = set(re.findall(r'(?:href|src|action)="(/[^"#]*)', page.text))
    assert len(links) > 5
    for link in sorted(links):
        answer = await client.get(link)
        assert answer.status_code == 200, link


async def test_the_page_that_each_action_leads_to_is_there(client: Client) -> None:
    assert len(USES) == 8
    assert len({use.tracking_name.lower() for use in USES}) == 8
    for use in USES:
        assert (await client.get(use.path)).status_code == 200


async def test_a_push_is_the_documents_trigger_and_shown_as_it_is() -> None:
    push = Push(SIGNUP, "C-12345", "At once.")
    expected = snippet.trigger("Signup", "C-12345").splitlines()
    assert [line.strip() for line in push.code.splitlines()][:2] == expected


@pytest.mark.parametrize("path", ["/", "/signup", "/lab", "/lab?when=before"])
async def test_a_page_runs_the_loader_once_however_often_it_shows_it(
    path: str, client: Client
) -> None:
    page = await client.get(path)
    assert page.text.count("<script>(function(d, t){") == 1
    if path != "/lab":
        assert "&lt;script&gt;(function(d, t){" in page.text


async def test_what_a_page_shows_as_its_push_is_what_it_runs(client: Client) -> None:
    page = await client.get("/journal/winter")
    shown = re.search(r'trigger script"><code>(.*?)</code>', page.text, re.S)
    assert shown is not None
    assert unescape(shown[1]) in page.text.partition("</details>")[2]
    assert pushed(page) == ["'VisitGuide', 'winter'"]


async def test_a_purchase_reports_the_orders_number_and_empties_the_cart(client: Client) -> None:
    page = await order(client)
    assert page.url.path == "/thank-you"
    number = re.search(r"BS-\d{6}", page.text)
    assert number is not None
    assert pushed(page) == [f"'Purchase', '{number[0]}'"]
    assert "Your cart is empty" in (await client.get("/cart")).text


async def test_two_orders_have_two_numbers(client: Client) -> None:
    assert pushed(await order(client)) != pushed(await order(client))


@pytest.mark.parametrize("path", ["/thank-you", "/welcome", "/survey/thanks", "/refer/sent"])
async def test_a_page_of_thanks_without_its_deed_pushes_nothing(path: str, client: Client) -> None:
    page = await client.get(path)
    assert page.url.path != path
    assert pushed(page) == []


async def test_a_note_that_the_shop_has_not_signed_is_no_order(client: Client) -> None:
    await order(client)
    text, _, signature = client.cookies["order"].partition(".")
    for forged in (f"{text}x.{signature}", f"{text}.{signature[::-1]}", "é.é", ""):
        client.cookies.clear()
        page = await client.get("/thank-you", headers={b"cookie": f"order={forged}".encode()})
        assert page.url.path == "/cart"


FILLED = [
    ("/signup", {"name": "Ann", "email": "ann@example.org"}, r"'Signup', 'C-\d{5}'"),
    ("/survey", {"ride": "city", "often": "daily", "wish": "A trailer"}, "'Survey', 'city'"),
    ("/refer", {"name": "Ben", "email": "ben@example.org"}, r"'ReferFriend', 'RIDE-\w{6}'"),
]


@pytest.mark.parametrize(("path", "typed", "expected"), FILLED, ids=[path for path, *_ in FILLED])
async def test_a_completed_form_reports_itself(
    path: str, typed: dict[str, str], expected: str, client: Client
) -> None:
    page = await client.post(path, data=typed)
    assert page.status_code == 200
    assert re.fullmatch(expected, "".join(pushed(page)))


@pytest.mark.parametrize(("path", "typed", "expected"), FILLED, ids=[path for path, *_ in FILLED])
async def test_a_form_that_is_not_complete_comes_back_filled_in_and_pushes_nothing(
    path: str, typed: dict[str, str], expected: str, client: Client
) -> None:
    first, *rest = typed
    for missing in ({name: typed[name] for name in rest}, {first: typed[first]}, {}):
        page = await client.post(path, data=missing)
        assert page.status_code == 400
        assert 'class="mistake"' in page.text
        assert pushed(page) == []
    page = await client.post(path, data={**typed, rest[-1]: " "})
    assert re.search(rf'value="{typed[first]}"', page.text)


async def test_a_checkout_with_a_mistake_says_which(client: Client) -> None:
    page = await order(client, email="nobody")
    assert page.status_code == 400
    assert 'aria-describedby="email-mistake"' in page.text
    assert 'value="nobody"' in page.text


async def test_what_a_visitor_types_is_text_wherever_it_is_shown(client: Client) -> None:
    thanks = await order(client, name=HOSTILE)
    welcome = await client.post("/signup", data={"name": HOSTILE, "email": "a@example.org"})
    sent = await client.post("/refer", data={"name": HOSTILE, "email": "a@example.org"})
    back = await client.post("/signup", data={"name": HOSTILE, "email": f'"{HOSTILE}'})
    for page in (thanks, welcome, sent, back):
        assert unescape(page.text).count(HOSTILE) > 0
        assert HOSTILE not in page.text


async def test_the_gift_finder_answers_two_questions_and_reports_it(client: Client) -> None:
    page = await client.get("/finder?ride=touring&budget=small")
    assert pushed(page) == ["'GiftFinder', 'brass-bell'"]
    unanswered = await client.get("/finder?ride=touring&budget=")
    assert (unanswered.status_code, pushed(unanswered)) == (400, [])


async def test_the_cart_counts_changes_and_forgets(client: Client) -> None:
    for _ in range(2):
        await client.post("/cart", data={"product": "front-light"})
    json = {"accept": "application/json"}
    answer = await client.post("/cart", data={"product": "brass-bell"}, headers=json)
    assert answer.json() == {"count": 3}
    assert "96 €" in (await client.get("/cart")).text
    page = await client.post("/cart", data={"product": "front-light", "count": "0"})
    assert "Daylight" not in page.text
    page = await client.post("/cart", data={"product": "brass-bell", "count": "999"})
    assert "162 €" in page.text


@pytest.mark.parametrize(
    "cookie", ["nothing.3", "brass-bell.-1", "brass-bell.x~~.", "brass-bell.0", "a" * 4000]
)
async def test_a_cart_cookie_that_makes_no_sense_is_an_empty_cart(
    cookie: str, client: Client
) -> None:
    page = await client.get("/cart", headers={"cookie": f"cart={cookie}"})
    assert "Your cart is empty" in page.text


@pytest.mark.parametrize(
    "typed", [{"product": "unicycle"}, {"product": "brass-bell", "count": "-1"}]
)
async def test_the_cart_refuses_what_the_shop_does_not_sell(
    typed: dict[str, str], client: Client
) -> None:
    page = await client.post("/cart", data=typed)
    assert page.status_code == 400
    assert "cart" not in client.cookies


async def test_an_unknown_page_says_so(client: Client) -> None:
    for path in ("/nothing", "/products/unicycle"):
        page = await client.get(path)
        assert page.status_code == 404
        assert "We don’t have that" in page.text


def test_a_literal_stays_one_inside_a_script() -> None:
    for text in ("it's", '"', "</script>", "\\", "\n", "ü", "\u2028"):
        assert "</" not in literal(text)
        assert ast.literal_eval(literal(text)) == text


def test_the_shop_imports_neither_the_server_nor_the_sdk() -> None:
    for file in Path(trk_shop.__file__).parent.rglob("*.py"):
        tree = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        for node in tree:
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {name.partition(".")[0] for name in names} & {"trk", "trk_sdk"}, file
