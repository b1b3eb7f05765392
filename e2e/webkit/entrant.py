"""An entrant's hands and eyes on the campaign's page, by itself or in a frame of the shop's."""

from __future__ import annotations

from e2e.webkit.browser import Browser, first


def enter(browser: Browser, name: str = "Ann", email: str = "ann@example.org") -> None:
    """Fill in the form on the open page, and send it."""
    browser.type(first("#enter [name=name]"), name)
    browser.type(first("#enter [name=email]"), email)
    browser.click(first("#enter button"))
    expect_entered(browser, name)


def follow(browser: Browser, title: str) -> None:
    """Follow the link of the action with this title, to the customer's site."""
    link = first(f"[data-title={title}] a.go")
    browser.evaluate(f"{link}.removeAttribute('target')")  # the driver stays in its tab
    browser.click(link)


def expect_entered(browser: Browser, name: str = "Ann") -> None:
    """Wait until the page is that of who entered with this name."""
    browser.wait_until(f"{first('#you')}.innerText == 'You’re in, {name}'")


def expect_done(browser: Browser, title: str) -> None:
    """Wait until the action with this title is shown as done."""
    browser.wait_until(f"{first(f'[data-title={title}]')}.innerText.includes('Done')")
