"""The npm package in a page that Vite has built, at the real server."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page

from e2e.console import mistakes_of, sentences_of
from tests.sdk import node, packed
from trk_sdk import npm
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import Campaign

# The page's module: pushes before there is a script, and lets a test do the rest.
MAIN = """
import { load, push } from 'custom-action-tracking';

push(['early', 'before the script']);
document.querySelector('button').onclick = () => push(['Purchase', 'order-17']);
Object.assign(window, { load, push });
"""
HTML = (
    "<!doctype html><meta charset=utf-8><title>Shop</title><link rel=icon href=data:,>"
    "<button>Buy</button><script type=module src=/main.js></script>"
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Vite makes of the page, with the package as npm packed and installed it."""
    project = packed.project(tmp_path_factory.mktemp("npm"))
    (project / "index.html").write_text(HTML, encoding="utf-8")
    (project / "main.js").write_text(MAIN, encoding="utf-8")
    node.vite_build(project)
    return project / "dist"


def open_shop(built: Path, site: Site, page: Page, **headers: str) -> None:
    """Serve the built page, with these headers, and go to it."""
    for script in (built / "assets").glob("*.js"):
        site.script(f"/assets/{script.name}", script.read_text("utf-8"))
    page.goto(site.page("/", (built / "index.html").read_text("utf-8"), **headers))


def loaded(page: Page, campaign: Campaign, options: str = "{}") -> str:
    """Load the campaign's script: `loaded`, or why not."""
    told: str = page.evaluate(
        f"load('{campaign.key}', '{campaign.address}', {options})"
        ".then(() => 'loaded', (error) => error.message)"
    )
    return told


@pytest.mark.once
def test_what_is_pushed_before_and_after_loading_is_stored(
    built: Path, campaign: Campaign, trk_site: Site, trk_page: Page
) -> None:
    mistakes, sentences = mistakes_of(trk_page), sentences_of(trk_page)
    open_shop(built, trk_site, trk_page)
    assert loaded(trk_page, campaign) == "loaded"
    trk_page.get_by_role("button", name="Buy").click()
    answer = trk_page.evaluate(
        "new Promise((stored) => push([['userId', 17], ['VIP']], ['callback', stored]))"
    )
    assert answer == {"unlocked": [], "duplicate": False}
    campaign.expect_trackings(
        ("early", "before the script"), ("Purchase", "order-17"), ("userId", "17"), ("VIP", None)
    )
    assert (mistakes, sentences) == ([], [])


@pytest.mark.once
def test_loading_twice_puts_in_one_tag(
    built: Path, campaign: Campaign, trk_site: Site, trk_page: Page
) -> None:
    open_shop(built, trk_site, trk_page)
    call = f"load('{campaign.key}', '{campaign.address}')"
    assert trk_page.evaluate(f"{call} === {call}")
    assert loaded(trk_page, campaign) == "loaded"
    assert trk_page.locator(f"script[src='{campaign.script_url}']").count() == 1


@pytest.mark.once
def test_a_blocked_script_is_told_and_loads_when_it_is_asked_for_again(
    built: Path, campaign: Campaign, trk_site: Site, trk_page: Page
) -> None:
    mistakes = mistakes_of(trk_page)
    open_shop(built, trk_site, trk_page)
    trk_page.route(campaign.script_url, lambda route: route.abort())
    # A page that does not wait for the promise sees no uncaught error.
    trk_page.evaluate(f"void load('{campaign.key}', '{campaign.address}')")
    assert loaded(trk_page, campaign).startswith(
        f"custom-action-tracking: {campaign.script_url} did not load; expected the script"
    )
    assert trk_page.locator(f"script[src='{campaign.script_url}']").count() == 0
    trk_page.unroute(campaign.script_url)
    assert loaded(trk_page, campaign) == "loaded"
    campaign.expect_trackings(("early", "before the script"))
    assert mistakes == []


@pytest.mark.once
def test_a_blocked_script_is_told_to_every_error_function_once(
    built: Path, campaign: Campaign, trk_site: Site, trk_page: Page
) -> None:
    trk_page.clock.install()
    open_shop(built, trk_site, trk_page)
    trk_page.route(campaign.script_url, lambda route: route.abort())
    trk_page.evaluate(
        """
        window.told = [];
        window.pushed = (name) => [
            [[name], ['error', (problem) => told.push([name, problem.retry, problem.reason])]],
            ['callback', () => told.push([name, 'stored'])],
        ];
        push(...pushed('before'));
        """
    )
    sentence = loaded(trk_page, campaign)
    trk_page.evaluate("push(...pushed('after'))")
    trk_page.wait_for_function("told.length == 2")
    expected = [["before", True, sentence], ["after", True, sentence]]
    assert trk_page.evaluate("told") == expected
    trk_page.unroute(campaign.script_url)
    assert loaded(trk_page, campaign) == "loaded"
    trk_page.wait_for_function("told.length == 4")
    trk_page.clock.run_for(60_000)
    assert trk_page.evaluate("told") == [*expected, ["before", "stored"], ["after", "stored"]]
    campaign.expect_trackings(("early", "before the script"), ("before", None), ("after", None))


@pytest.mark.once
def test_a_page_that_waits_for_its_push_goes_on_when_the_script_neither_comes_nor_fails(
    built: Path, campaign: Campaign, trk_site: Site, trk_page: Page
) -> None:
    [recipe] = re.findall(r"```js\n(new Promise.*?)```", npm.files()["README.md"], re.S)
    trk_site.page("/welcome", "<title>Welcome</title>")
    trk_page.clock.install()
    open_shop(built, trk_site, trk_page)
    trk_page.route(campaign.script_url, lambda route: None)
    trk_page.evaluate(f"void load('{campaign.key}', '{campaign.address}'); {recipe} undefined")
    trk_page.clock.run_for(3000)
    trk_page.wait_for_url("**/welcome")


@pytest.mark.once
def test_a_key_that_can_t_be_one_is_an_uncaught_error_unless_the_page_catches_it(
    built: Path, trk_site: Site, trk_page: Page
) -> None:
    open_shop(built, trk_site, trk_page)
    with trk_page.expect_event("pageerror") as mistake:
        trk_page.evaluate("void load('y2', 'https://track.example.org')")
    assert 'key is "y2"; expected at least 5' in str(mistake.value)


@pytest.mark.once
def test_a_policy_lets_the_script_in_by_its_nonce(
    built: Path, campaign: Campaign, trk_site: Site, trk_page: Page
) -> None:
    policy = f"script-src 'self' 'nonce-r4nd0m'; connect-src {campaign.address}"
    open_shop(built, trk_site, trk_page, Content_Security_Policy=policy)
    assert "did not load" in loaded(trk_page, campaign)
    assert loaded(trk_page, campaign, "{ nonce: 'r4nd0m' }") == "loaded"
    campaign.expect_trackings(("early", "before the script"))


@pytest.mark.once
def test_a_release_is_held_to_its_hash(
    built: Path, campaign: Campaign, trk_site: Site, trk_page: Page
) -> None:
    pinned = campaign.pinned()
    right = f"{{ release: '{pinned['release']}', integrity: '{pinned['integrity']}' }}"
    wrong = re.sub("sha384-[^']+", "sha384-" + "A" * 64, right)
    open_shop(built, trk_site, trk_page)
    assert f"{pinned['url']} did not load" in loaded(trk_page, campaign, wrong)
    assert loaded(trk_page, campaign, right) == "loaded"
    campaign.expect_trackings(("early", "before the script"))
