"""Lists of codes on the owner's page: shown as they were understood, then added, and taken back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import mistakes, values
from tests.backend.calls import call, entered
from tests.backend.stored import query, visitor
from trk.web.server import server_of

pytestmark = pytest.mark.once

SHOP = '"Code","Times Used In Total"\n' + "".join(f'"SPRING-{n:04d}",0\n' for n in range(9))
SHOP_CODES = [f"SPRING-{n:04d}" for n in range(9)]


async def sent(browser: httpx.AsyncClient, fields: Mapping[str, str]) -> str:
    """The page after its form was sent, as browsers send a form that has files."""
    parts = {name: (None, value) for name, value in fields.items()}
    return (await browser.post("/codes", files=parts)).text


async def checked(browser: httpx.AsyncClient, data: bytes, name: str = "codes.csv") -> str:
    """The page after a file was given."""
    return (await browser.post("/codes", data={"codes": ""}, files={"file": (name, data)})).text


async def added(browser: httpx.AsyncClient, page: str, **changed: str) -> str:
    """The page after its button to add was pressed."""
    [button] = re.findall(r'name="add" value="([^"]*)"', page)
    return await sent(browser, {**values(page), **changed, "add": button})


def first_codes(page: str) -> list[str]:
    return [unescape(code) for code in re.findall(r"<li><code[^>]*>(.*?)</code></li>", page)]


def counts(page: str) -> dict[str, str]:
    return dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page))


async def stored(app: Starlette) -> list[str]:
    rows = await query(server_of(app).database, "SELECT code FROM reward_codes ORDER BY id")
    return [row["code"] for row in rows]


async def test_a_shops_export_is_shown_as_it_was_understood_and_added_by_a_second_click(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    page = await checked(browser, SHOP.encode(), "Spring <sale>.csv")
    assert first_codes(page) == SHOP_CODES[:5]
    assert counts(page) == {"New": "9"}
    assert "<strong>Spring &lt;sale&gt;.csv</strong> has 9 codes. The first ones" in page
    assert await stored(app) == []
    page = await added(browser, page)
    assert "9 of 9 codes were new and have been added." in page
    assert await stored(app) == SHOP_CODES
    assert "<td>Spring &lt;sale&gt;.csv</td>" in page


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
async def test_each_encoding_gives_the_same_codes(
    app: Starlette, browser: httpx.AsyncClient, encoding: str
) -> None:
    page = await checked(browser, "Gutscheincode;Wert\r\nGRÜN-1;5 €\r\nGRÜN-2;5 €".encode(encoding))
    await added(browser, page)
    assert await stored(app) == ["GRÜN-1", "GRÜN-2"]


@pytest.mark.parametrize("separator", ["comma", "semicolon", "tab"])
async def test_the_file_of_one_campaigns_codes_gives_another_the_same(
    app: Starlette, browser: httpx.AsyncClient, api: httpx.AsyncClient, separator: str
) -> None:
    codes = ["-10OFF", "+X1", "@ANN", "=1+1", "＝2", "B,=7", "C;-1", "D'-1", "'E", "it's"]
    await api.post("/campaigns/y2sB7/codes", params={"column": "lines"}, content="\n".join(codes))
    assert sorted(await stored(app)) == sorted(codes)
    file = await browser.get(f"/codes.csv?separator={separator}")
    other = {"name": "Other", "key": "other", "kind": "reward", "reward_kind": "codes"}
    assert (await api.post("/campaigns", json=other)).status_code == 201
    browser.base_url = browser.base_url.copy_with(path="/admin/campaigns/other")
    await added(browser, await checked(browser, file.content, "codes.csv"))
    assert sorted(await stored(app)) == sorted([*codes, *codes])


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PK\x03\x04\x14\x00", "an Excel workbook"),
        ("КУПОН-1".encode("cp1251"), "neither UTF-8 nor Windows-1252"),
        (b"A\0\0B", "not a text file"),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused_at_its_field_and_nothing_is_stored(
    app: Starlette, browser: httpx.AsyncClient, data: bytes, said: str
) -> None:
    answer = await browser.post("/codes", data={"codes": "T-1"}, files={"file": ("x.csv", data)})
    assert answer.status_code == 400
    assert said in mistakes(answer.text)["file"]
    assert values(answer.text)["codes"] == "T-1"
    assert await stored(app) == []


@pytest.mark.parametrize(("typed", "said"), [("", "has no code"), ("x" * 201, "Line 1 is")])
async def test_a_list_without_a_code_is_refused_at_its_field(
    browser: httpx.AsyncClient, typed: str, said: str
) -> None:
    answer = await browser.post("/codes", data={"codes": typed})
    assert answer.status_code == 400
    assert said in mistakes(answer.text)["codes"]


async def test_the_field_and_a_file_are_one_list_and_known_repeated_and_unusable_are_counted(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await added(browser, (await browser.post("/codes", data={"codes": "A-1\r\nA-2"})).text)
    page = await browser.post(
        "/codes",
        data={"codes": f"A-2\r\nA-3\r\nA-3\r\n{'x' * 300}"},
        files={"file": ("codes.txt", b"\xef\xbb\xbfA-1\r\nA-4\r\n")},
    )
    assert counts(page.text) == {
        "New": "2",
        "Already added": "2",
        "Repeated": "1",
        "Not usable": "1",
    }
    assert "Line 7: <code>" in page.text
    assert "Add 2 codes" in page.text
    await added(browser, page.text)
    assert await stored(app) == ["A-1", "A-2", "A-4", "A-3"]


async def test_the_column_is_asked_for_and_what_is_added_was_shown_like_that(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    page = await checked(browser, b"A-1;B-1\nA-2;B-2\n")
    assert "if we read it correctly. Please check" in page
    assert first_codes(page) == ["A-1", "B-1", "A-2", "B-2"]
    # Another column is chosen, and the button is pressed that was made for the first.
    page = await added(browser, page, column="2")
    assert first_codes(page) == ["B-1", "B-2"]
    assert await stored(app) == []
    await added(browser, page)
    assert await stored(app) == ["B-1", "B-2"]
    page = await checked(browser, b"Code\nC-1\n")
    again = {name: value for name, value in values(page).items() if name != "heading"}
    page = await sent(browser, again)
    assert first_codes(page) == ["Code", "C-1"]
    page = await sent(browser, {**values(page), "column": "7"})
    assert "expected one of" in mistakes(page)["codes"]


async def test_codes_that_spaces_separate_are_told_from_those_with_spaces(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    page = await checked(browser, b"SUMMER SALE\nSPRING 10\n")
    assert first_codes(page) == ["SUMMER SALE", "SPRING 10"]
    page = await sent(browser, {**values(page), "column": "words"})
    assert first_codes(page) == ["SUMMER", "SALE", "SPRING", "10"]
    page = await checked(browser, b"A-1 A-2\nA-3 A-4\n")
    assert "if we read it correctly. Please check" in page
    assert first_codes(page) == ["A-1", "A-2", "A-3", "A-4"]
    await added(browser, page)
    assert await stored(app) == ["A-1", "A-2", "A-3", "A-4"]
    assert "How are the codes separated?" not in await checked(browser, b"B-1\nB-2\n")


async def test_an_upload_is_taken_back_but_what_was_given_stays(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await added(browser, await checked(browser, b"A-1\nA-2\nA-3", "wrong.csv"))
    page = await added(browser, await checked(browser, b"B-1", "right.csv"))
    await entered(app, 1)
    body = call(1, ["Purchase"], visitor=visitor(1))
    assert (await api.post("/campaigns/y2sB7/beacons", json=body)).status_code == 200
    [wrong] = re.findall(r'action="[^"]*/codes/(\d+)/take-back"[^>]*><button class="quiet">'
                         r"Remove 3 unused", page)  # fmt: skip
    page = (await browser.get("/codes")).text
    assert "Remove 2 unused<" in page
    answer = await browser.post(f"/codes/{wrong}/take-back")
    assert "2 codes were removed." in answer.text
    assert await stored(app) == ["A-1", "B-1"]
    assert counts(answer.text) == {"Left": "1", "Given": "1"}
    # Their number is known, too, to what warns of the last ones.
    stocks = await query(server_of(app).database, "SELECT total FROM code_stocks")
    assert [row["total"] for row in stocks] == [2]
    await added(browser, await checked(browser, b"A-2"))
    assert await stored(app) == ["A-1", "B-1", "A-2"]
    for nowhere in ("999", "x"):
        assert (await browser.post(f"/codes/{nowhere}/take-back")).status_code == 404


async def test_100_000_codes_with_a_tenth_of_them_double(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    codes = [f"SPRING-{n % 90_000:06d}" for n in range(100_000)]
    text = '"Code","Times Used In Total"\n' + "".join(f'"{code}",0\n' for code in codes)
    page = await checked(browser, text.encode())
    assert counts(page) == {"New": "90,000", "Repeated": "10,000"}
    page = await added(browser, page)
    assert "90,000 of 90,000 codes were new" in page
    [row] = await query(server_of(app).database, "SELECT total FROM code_stocks")
    assert row["total"] == 90_000
