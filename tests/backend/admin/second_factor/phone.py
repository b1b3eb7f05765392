"""The owner's phone with the app that shows codes, and how it is set up on the owner's pages."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape

import httpx
from pyotp import TOTP
from starlette.applications import Starlette

from tests.backend.admin.owning import SIGN_IN, browser_of, mistakes, saved

HERE = "/admin/account/second-factor"
NOW = 1_800_000_000_000


class Phone:
    """An app that shows codes."""

    def __init__(self, key: str) -> None:
        self._otp = TOTP(key.replace("-", ""))

    def code(self, steps: int = 0) -> str:
        """The code of now, or of so many steps later."""
        return self._otp.generate_otp(NOW // 30_000 + steps)


async def switched_on(browser: httpx.AsyncClient) -> tuple[Phone, list[str]]:
    """Ann's phone with the second factor that she sets up, whose code of now is used up, and her
    recovery codes."""
    assert saved(await browser.post(f"{HERE}/begin")) == f"{HERE}/new"
    page = (await browser.get(f"{HERE}/new")).text
    phone = Phone(re.findall(r'<code id="key">([A-Z2-7-]+)</code>', page)[0])
    assert "<svg" in page
    answer = await browser.post(f"{HERE}/new", data={"code": phone.code()})
    assert answer.status_code == 200, mistakes(answer.text)
    return phone, codes_on(answer.text)


@asynccontextmanager
async def half_signed_in(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """Another browser, in which Ann's password was typed and the code is still to come."""
    async with browser_of(app) as browser:
        await browser.post("/admin/sign-in", data=SIGN_IN)
        yield browser


async def send_code(browser: httpx.AsyncClient, code: str) -> httpx.Response:
    return await browser.post("/admin/sign-in/code", data={"sign_in_code": code})


def codes_on(page: str) -> list[str]:
    found = re.findall(r'<code id="codes">(.*?)</code>', page, re.DOTALL)[0]
    return list(unescape(found).split("\n"))
