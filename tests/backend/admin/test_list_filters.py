"""The filters of the owner's lists, seen and removed one by one; and the lists as files, with the
same filters."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator
from html import unescape

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.crowded import crowded, shown
from tests.backend.admin.owning import HOSTILE
from tests.backend.stored import query, query_write
from trk.services.exports import person_cell
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

LISTS = ("entries", "entrants", "log", "claims")
FORMULAS = ["=1+1", "a;=1+1", "a,\t=1+1", "a;＝1", "a\n=1", '"x";@SUM(A1)', "-1", "a, -b"]
"""What some spreadsheet might calculate: at once, or once it cuts a cell at its own separator."""


@pytest.fixture
async def browser(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """Ann's browser; its base is the campaign y2sB7, with 30 entrants."""
    async with crowded(app, 30) as client:
        yield client


def chips(page: str) -> dict[str, str]:
    """The filters that a page shows, each with where it is removed."""
    found = re.findall(
        r'<li><a href="([^"]*)"><span class="hidden">Remove the filter </span>(.*?): '
        r"<bdi>(.*?)</bdi>",
        page,
        re.DOTALL,
    )
    return {f"{label}: {unescape(value)}": unescape(path) for path, label, value in found}


async def rows_of(browser: httpx.AsyncClient, path: str, delimiter: str) -> list[dict[str, str]]:
    answer = await browser.get(path)
    assert answer.status_code == 200
    text = answer.content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))


async def test_every_filter_that_is_set_is_seen_and_removed_by_itself(
    browser: httpx.AsyncClient,
) -> None:
    for path, expected in {
        "entries?search=order&action=1&source=tracking&state=valid&order=oldest": [
            *("Search: order", "Action: Purchase", "Source: Tracking", "State: Valid")
        ],
        "entrants?search=Entrant&state=active&email=unconfirmed&order=email": [
            *("Search: Entrant", "State: Active", "E-mail: Not confirmed")
        ],
        "entrants?shares=network&with=3": ["Shares a: Network", "With: Entrant 3"],
        "log?search=name&outcome=unlocked&entrant=3": [
            *("Search: name", "Entrant: Entrant 3", "Outcome: Completed an action")
        ],
        "log?refusal=late": ["Reason: It arrived long after the campaign ended"],
        "claims?search=reward": ["Search: reward"],
    }.items():
        page = (await browser.get(f"/{path}")).text
        assert list(chips(page)) == expected, path
        for chip, without in chips(page).items():
            answer = await browser.get(f"http://track.test{without}")
            assert answer.status_code == 200
            rest = [each for each in expected if each != chip and "Shares" not in chip]
            assert list(chips(answer.text)) == rest
            assert ("order=" in path) == ("order=" in without), "the order stays"
    for name in LISTS:
        assert chips((await browser.get(f"/{name}?order=oldest&state=nothing")).text) == {}


async def test_what_was_searched_is_shown_as_text(browser: httpx.AsyncClient) -> None:
    for name in LISTS:
        page = (await browser.get(f"/{name}", params={"search": HOSTILE})).text
        assert list(chips(page)) == [f"Search: {HOSTILE}"]
        assert "<script>alert" not in page


async def test_claims_are_found_by_name_e_mail_and_reward(browser: httpx.AsyncClient) -> None:
    for search, found in {
        "Entrant 17": [17],
        "018.017@X.test": [17],
        "reward 17": [17],
        "nobody@x.test": [],
    }.items():
        page = (await browser.get("/claims", params={"search": search})).text
        assert shown(page) == found, search


@pytest.mark.parametrize(
    ("name", "searches"),
    [
        ("Mesut Özil", ("Özil", "özil", "MESUT ÖZIL", "mesut ö")),
        ("ÉMILE ZOLA", ("Émile", "émile z", "ÉMILE")),
        ("Łukasz Żak", ("łukasz ż", "ŁUKASZ", "Żak")),
        ("Иван Чехов", ("иван", "ЧЕХОВ")),
        ("Ελένη", ("Ελένη", "ελένη", "ΕΛΈΝΗ")),
        ("İpek Işık", ("İpek", "Işık", "ışık", "İPEK IŞIK", "ipek işik")),
        (
            "ΓΑΖΈΕΣ καὶ МЫКОФЮЖЭЛ ЩБДГЯ ÄÖÜÉÀÈÇ",
            ("γαζέεσ καὶ мыкофюжэл щбдгя äöüéàèç", "ΓΑΖΈΕΣ ΚΑῚ МЫКОФЮЖЭЛ ЩБДГЯ ÄÖÜÉÀÈÇ"),
        ),
        ("Weiß", ("weiß", "WEIß")),
        ("山田 太郎", ("太郎",)),
        ("Ö'Neill", ("ö'neill", "Ö'N")),
    ],
)
async def test_a_name_is_found_as_it_is_written_and_without_regard_to_capitals(
    app: Starlette,
    browser: httpx.AsyncClient,
    api: httpx.AsyncClient,
    name: str,
    searches: tuple[str, ...],
) -> None:
    quoted = name.replace("'", "''")
    await query_write(
        server_of(app).database, f"UPDATE entrants SET name = '{quoted}' WHERE id = 7"
    )
    for search in searches:
        for path in ("/entrants", "/entries", "/claims"):
            page = (await browser.get(path, params={"search": search})).text
            assert set(re.findall(r'/entrants/(\d+)"', page)) == {"7"}, (search, path)
        found = (await api.get("/campaigns/y2sB7/entrants", params={"search": search})).json()
        assert [each["id"] for each in found["data"]] == [7], search
    for search in ("Ozil", "Ö%", "_zil", "Öz?l", "Éa"):
        page = (await browser.get("/entrants", params={"search": search})).text
        assert not re.findall(r'/entrants/(\d+)"', page), search


async def test_every_list_is_a_file_with_its_filters_and_the_separator_that_was_chosen(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    for name, parameters in {
        "entries": "search=order+2&order=oldest",
        "entrants": "search=Entrant+2&order=email_desc",
        "log": "search=name+2",
        "claims": "search=reward+2",
    }.items():
        page = (await browser.get(f"/{name}?{parameters}")).text
        expected = sorted(shown(page))
        assert expected == [2, *range(20, 30)], name
        comma, semicolon = re.findall(rf'href="([^"]*/{name}\.csv[^"]*)" data-download', page)
        for path, delimiter in ((comma, ","), (semicolon, ";")):
            rows = await rows_of(browser, f"http://track.test{unescape(path)}", delimiter)
            assert [int(row["id"]) for row in rows] == expected, (name, delimiter)
        whole = await rows_of(browser, f"/{name}.csv?separator=tab&order=email", "\t")
        assert [int(row["id"]) for row in whole] == list(range(1, 31)), name
        asked = await rows_of(browser, f"/{name}.csv?separator=x", ",")
        assert len(asked) == 30
    noted = await query(server_of(app).database, "SELECT about FROM audit WHERE deed = 'exported'")
    assert {each["about"] for each in noted} == {"completions", "entrants", "trackings", "claims"}


async def test_no_text_becomes_a_formula_whatever_separator_a_spreadsheet_takes(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    database = server_of(app).database
    for n, text in enumerate(FORMULAS, 1):
        quoted = text.replace("'", "''")
        await query_write(database, f"UPDATE entrants SET name = '{quoted}' WHERE id = {n}")
        await query_write(database, f"UPDATE completions SET details = '{quoted}' WHERE id = {n}")
        await query_write(database, f"UPDATE trackings SET value = '{quoted}' WHERE id = {n}")
        await query_write(database, f"UPDATE claims SET value = '{quoted}' WHERE id = {n}")
    for name in LISTS:
        for separator, delimiter in (("comma", ","), ("semicolon", ";"), ("tab", "\t")):
            text = (await browser.get(f"/{name}.csv?separator={separator}")).text
            assert len(list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))) == 31
            for taken in ",;\t\n":
                for part in text.replace("\r", "\n").split(taken):
                    assert not part.strip(" \t\n\"'\ufeff").startswith("=") or "'" in part, part
                    assert not re.match(r"\s*[=@＝]", part), (name, separator, taken, part)


def test_a_text_is_changed_only_where_a_formula_could_begin() -> None:
    for text in ("order-17", "a, b; c", "a=b", "1+1", "x@y.test", "", "5 - 3", "a\nb"):
        assert person_cell(text) == text
    assert person_cell("a; =1") == "a; '=1"
    assert person_cell("=1;+2") == "'=1;'+2"
    assert person_cell('a;"=1+1;b') == "a;\"'=1+1;b"
    assert [person_cell(-5), person_cell(None), person_cell([1, 2])] == ["-5", "", "1 2"]
