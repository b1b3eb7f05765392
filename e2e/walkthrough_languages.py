"""The walkthrough's second part: the same campaign for people whose browsers ask for German and for
Arabic."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Error, Page, ViewportSize, expect

from e2e.stage import Stage
from e2e.walkthrough_report import Letter, Report, Scene
from trk_sdk.testkit.truth import WAIT_SECONDS
from trk_shop.languages import TEXTS
from trk_shop.uses import VISIT_GUIDE

DESK: ViewportSize = {"width": 1100, "height": 760}
PHONE: ViewportSize = {"width": 390, "height": 760}
EMAIL = "lena@example.org"

_WAIT = WAIT_SECONDS * 1000  # Playwright counts in milliseconds
_GUIDE = TEXTS["de"][VISIT_GUIDE.title]


def speak(on: Stage, report: Report) -> None:
    """Lena at her desk and on her phone, in German; her friend Omar in Arabic."""
    print("  In German and in Arabic", flush=True)
    desk = _at(on, "de-DE", DESK)
    try:
        _enter(on, report, desk)
        _unlock(report, desk)
        link = _share(report, desk)
        _go_on(on, report, _at(on, "de-DE", PHONE))
        _follow(report, _at(on, "ar", PHONE), link)
    except (AssertionError, Error) as problem:
        report.languages[-1].failure = str(problem)


def _at(on: Stage, locale: str, viewport: ViewportSize) -> Page:
    """A page in a browser of somebody else's, which asks for this language."""
    browser = on.context.browser
    assert browser is not None
    context: BrowserContext = browser.new_context(locale=locale, viewport=viewport)
    return context.new_page()


def _scene(report: Report, title: str, story: str) -> Callable[[Page, str, str], None]:
    """Begin a scene; what takes a picture for it, with a name and a caption."""
    scene = Scene(title, story)
    report.languages.append(scene)

    def shows(page: Page, name: str, caption: str) -> None:
        scene.pictures[caption] = report.picture(page, name)

    return shows


def _enter(on: Stage, report: Report, page: Page) -> None:
    shows = _scene(
        report,
        "The campaign speaks German",
        "Lena’s browser asks for German. So the page is in German, with its dates and numbers, and "
        "so is what its owner wrote: the campaign has these texts in each of its languages.",
    )
    page.goto(on.campaign.url)
    expect(page.locator("html")).to_have_attribute("lang", "de")
    shows(page, "11-german", "Lena opens the campaign")
    _send_form(page, "Lena Beispiel", EMAIL)
    expect(page.get_by_role("heading", name="Du bist dabei, Lena Beispiel")).to_be_visible()
    shows(page, "11-entered", "She has entered")


def _unlock(report: Report, page: Page) -> None:
    shows = _scene(
        report,
        "What she does in the shop is ticked off in German",
        "She opens the winter guide, whose page reports the same as it did for Ann: a tracking "
        "name has no language.",
    )
    row = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=_GUIDE))
    row.get_by_role("heading").click()
    with page.context.expect_page() as opened:
        row.get_by_role("link", name="Öffnen").click()
    guide = opened.value
    expect(guide.locator("#noted p")).to_be_visible(timeout=_WAIT)
    shows(guide, "12-shop", "In the shop")
    guide.close()
    page.bring_to_front()
    expect(row.get_by_text("Erledigt")).to_be_visible(timeout=_WAIT)
    expect(page.locator("#entries")).to_have_text(str(VISIT_GUIDE.worth))
    row.evaluate("element => element.scrollIntoView({ block: 'center' })")
    shows(page, "12-unlocked", "On the campaign’s page, a moment later")


def _share(report: Report, page: Page) -> str:
    """Copy Lena's own link, which is handed on to Omar."""
    shows = _scene(
        report, "She shares it", "Everybody who has entered has a link of their own to hand on."
    )
    link = page.get_by_label("Dein Link")
    link.scroll_into_view_if_needed()
    page.get_by_role("button", name=re.compile("Kopieren|Teilen")).click()
    expect(page.get_by_role("button", name="Kopiert")).to_be_visible()
    shows(page, "13-shared", "Her link, copied")
    return link.input_value()


def _go_on(on: Stage, report: Report, page: Page) -> None:
    shows = _scene(
        report,
        "She continues on her phone",
        "There she enters with the same address. Anybody could do that, so nothing is shown until "
        "she opens the link in an e-mail, which is in German, too.",
    )
    page.goto(on.campaign.url)
    _send_form(page, "Lena", EMAIL)
    expect(page.get_by_role("heading", name="Schau in dein Postfach")).to_be_visible()
    shows(page, "14-mailed", "On her phone")
    mail = next(each for each in on.campaign.mails() if each["recipient"] == EMAIL)
    scene = report.languages[-1]
    scene.letter, scene.language = Letter(EMAIL, mail["subject"], mail["body"]), "de"
    [link] = re.findall(r"https?://\S+", mail["body"])
    page.goto(link)
    shows(page, "14-confirm", "She has opened the link")
    page.get_by_role("button", name="Ja, hier weitermachen").click()
    expect(page.get_by_role("heading", name="Du bist dabei, Lena Beispiel")).to_be_visible()
    expect(page.get_by_text("Erledigt").first).to_be_visible()
    shows(page, "14-phone", "What she has done is here")


def _follow(report: Report, page: Page, link: str) -> None:
    shows = _scene(
        report,
        "Her friend Omar reads it in Arabic",
        "Lena has sent him her link. His phone asks for Arabic, which is written from right to "
        "left, and so the whole page is.",
    )
    page.goto(link)
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    shows(page, "15-arabic", "Omar opens the link")
    _send_form(page, "عمر", "omar@example.org")
    expect(page.locator("#progress")).to_be_visible()
    shows(page, "15-entered", "He has entered")
    page.locator(".ways").evaluate("element => element.scrollIntoView()")
    shows(page, "15-actions", "What there is to do")


def _send_form(page: Page, name: str, email: str) -> None:
    page.locator("#name").fill(name)
    page.locator("#email").fill(email)
    with page.expect_navigation():
        page.locator("#enter button").click()
