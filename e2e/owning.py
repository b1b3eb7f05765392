"""What tests of the owner's side do in a browser."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Page, expect

from e2e.plain_entrant import PlainEntrant, plain_browser
from trk_sdk.testkit.process import Backend, Template

PASSWORD = "correct horse battery"
NAME = "Win a bike"
PEOPLE = ("Ada", "Bob", "Cleo")


@dataclass(frozen=True, slots=True)
class Prepared:
    """The database of a server that Ann has set up, to be copied: her session, and the path of her
    first campaign."""

    template: Template
    session: str
    path: str


def prepare(folder: Path) -> Prepared:
    """Set a server up as a browser does, once: to do so takes longer than most tests."""
    backend = Backend(folder)
    cookies = CookieJar()
    browser = plain_browser(cookies)
    typed = {"owner_name": "Ann", "email": "ann@example.org", "password": PASSWORD}
    first = {"name": NAME, "template": "competition", "timezone": "UTC"}
    try:
        backend.start()
        with browser.open(
            f"{backend.url}/admin/setup", urlencode({**typed, **first}).encode()
        ) as answer:
            path = str(answer.url).removeprefix(backend.url)
    finally:
        backend.close()
    with closing(sqlite3.connect(folder / "trk.db")) as connection, connection:
        # What its starter leaves open is no matter to most tests.
        connection.execute("UPDATE campaigns SET published_at = created_at")
    [session] = [cookie.value for cookie in cookies if cookie.name == "trk_owner"]
    return Prepared(Template(folder / "trk.db"), session or "", path)


class OwnersServer(Backend):
    """A server that Ann has set up, on a copy of what was prepared; not started yet."""

    def __init__(self, folder: Path, prepared: Prepared) -> None:
        super().__init__(folder, template=prepared.template)
        self.prepared = prepared
        self.proved(0)

    def proved(self, minutes: int) -> None:
        """All owners' sessions gave their password so many minutes ago."""
        then = time.time_ns() // 1_000_000 - minutes * 60_000
        file = self.database.removeprefix("sqlite:///")
        with closing(sqlite3.connect(file, timeout=30)) as connection, connection:
            connection.execute("UPDATE owner_sessions SET proved_at = ?", (then,))


def signed_in(page: Page, server: OwnersServer, name: str = NAME) -> str:
    """Look at the first campaign as Ann, who is signed in and has called it `name`; its address."""
    campaign = server.url + server.prepared.path
    page.context.add_cookies(
        [
            {
                "name": "trk_owner",
                "value": server.prepared.session,
                "domain": "localhost",
                "path": "/admin",
                "httpOnly": True,
            }
        ]
    )
    if name != NAME:
        page.goto(f"{campaign}/settings")
        page.get_by_label("Name", exact=True).fill(name)
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("Saved.")).to_be_visible()
    page.goto(campaign)
    return campaign


def set_up(page: Page, server: Backend, name: str = NAME) -> str:
    """Set the server up by its pages; the address of the first campaign for its owner."""
    page.goto(server.url)
    page.get_by_label("Your name").fill("Ann")
    page.get_by_label("E-mail").fill("ann@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Campaign name").fill(name)
    page.get_by_role("button", name="Get started").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    return page.url


def publish(page: Page, campaign: str) -> None:
    """Publish the first campaign of a fresh server, whose prize has to be named before."""
    page.goto(campaign)
    page.get_by_role("link", name="Name the prize").click()
    page.get_by_label("Title").fill("A red bike")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.goto(f"{campaign}/publish")
    page.get_by_role("button", name="Publish anyway").click()
    expect(page.get_by_text("Published. Everybody can see it now.")).to_be_visible()


def close(page: Page, campaign: str) -> None:
    """Close the campaign, as its owner."""
    page.goto(f"{campaign}/close")
    page.get_by_role("button", name="Close now").click()
    expect(page.get_by_text("The campaign is closed.")).to_be_visible()


def announce(page: Page, campaign: str) -> None:
    """Announce the winners that were drawn."""
    page.goto(f"{campaign}/draw")
    page.get_by_label("Announce them now").check()
    page.get_by_role("button", name="Announce the winners").click()
    expect(page.get_by_text("Everybody can see the winners now.")).to_be_visible()


def add_action(page: Page, campaign: str, title: str) -> None:
    page.goto(f"{campaign}/actions/new")
    page.get_by_label("Title").fill(title)
    page.get_by_label("Tracking name").fill(title)
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("link", name=title, exact=True)).to_be_visible()


def add_honest_action(page: Page, campaign: str) -> str:
    """Add the action “Tell a friend”, of which entrants themselves say that it is done; its id."""
    page.goto(f"{campaign}/actions/new")
    page.get_by_label("Title").fill("Tell a friend")
    page.get_by_label("Tracking name").fill("Tell")
    page.get_by_label("Verification").select_option("ill_know")
    page.get_by_role("button", name="Add").click()
    address = page.get_by_role("link", name="Tell a friend", exact=True).get_attribute("href")
    assert address is not None
    return address.rpartition("/")[2]


def expect_titles(page: Page, *titles: str) -> None:
    """Wait until the actions are in this order."""
    expect(page.locator("ol.rows h2")).to_have_text(titles)


def add_field(page: Page, campaign: str, label: str, kind: str = "text") -> None:
    """Ask for something besides name and e-mail, as an owner."""
    page.goto(f"{campaign}/fields/new")
    page.get_by_label("Label").fill(label)
    page.get_by_label("Kind").select_option(kind)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("link", name=label, exact=True)).to_be_visible()


def press(page: Page, name: str, role: Any = "button") -> None:
    """Go on with the Tab key to this button or link, and press Enter."""
    target = page.get_by_role(role, name=name, exact=True)
    for _ in range(60):
        page.keyboard.press("Tab")
        if target.evaluate("target => target === document.activeElement"):
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"the Tab key does not reach {name}")


def with_entries(page: Page, server: OwnersServer) -> str:
    """A campaign with an entry of each of PEOPLE; its address for the owner, whose page shows its
    entries."""
    campaign = signed_in(page, server)
    address = page.locator("#address").inner_text()
    action = add_honest_action(page, campaign)
    for name in PEOPLE:
        entrant = PlainEntrant(address)
        entrant.enter(name, f"{name.lower()}@example.org")
        entrant.say_done(action)
    page.goto(f"{campaign}/entries")
    return campaign
